"""How numbers spread: smallest, quartiles, largest, while they stream by and without keeping them all."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

DISTINCT = 10_000
"""So many different numbers are kept exactly. Beyond that they are rounded to three digits, then to two."""


@dataclass(frozen=True, slots=True)
class Spread:
    """`rounded` tells that quartiles were taken from rounded numbers; the ends are always exact."""

    smallest: float
    lower: float
    median: float
    upper: float
    largest: float
    rounded: bool


class Numbers:
    """Counts numbers by value. Its size has a bound."""

    def __init__(self, distinct: int = DISTINCT) -> None:
        self.values: defaultdict[float, int] = defaultdict(int)
        self._distinct = distinct
        self._digits = 0
        self._smallest = math.inf
        self._largest = -math.inf

    @property
    def rounded(self) -> bool:
        """Tells whether there were too many different numbers to keep them as they are."""
        return self._digits > 0

    def add(self, number: float) -> None:
        """Counts a number."""
        if not self._smallest <= number <= self._largest:
            self._smallest, self._largest = min(self._smallest, number), max(self._largest, number)
        self.values[_round(number, self._digits) if self._digits else number] += 1
        if len(self.values) > self._distinct and self._digits != 1:
            self._digits = 3 if self._digits == 0 else self._digits - 1
            coarse: defaultdict[float, int] = defaultdict(int)
            for value, count in self.values.items():
                coarse[_round(value, self._digits)] += count
            self.values = coarse

    def spread(self) -> Spread | None:
        """Returns smallest, quartiles and largest, None without numbers.

        Quartiles lie between neighbours in proportion, as a spreadsheet's QUARTILE.INC says.
        """
        if not self.values:
            return None
        total = sum(self.values.values())
        wanted = [(total - 1) * share for share in (0.25, 0.5, 0.75)]
        places = sorted({place for want in wanted for place in (math.floor(want), math.ceil(want))})
        found: dict[int, float] = {}
        before = 0
        for value in sorted(self.values):
            before += self.values[value]
            while places and places[0] < before:
                found[places.pop(0)] = value
        lower, median, upper = (
            found[math.floor(want)] + (found[math.ceil(want)] - found[math.floor(want)]) * (want - math.floor(want))
            for want in wanted
        )
        return Spread(self._smallest, lower, median, upper, self._largest, self.rounded)


def _round(number: float, digits: int) -> float:
    return float(f"{number:.{digits - 1}e}")
