"""Weights by raking: each person counts for so many that the weighted answers have the census's margins.

A weight depends only on a person's categories, so people are counted by cell first and cells are raked: a hundred thousand people
cost no more than a hundred. Raking mends who took part more or less often; it mends nothing of what they would have said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bot.reports.filters import FilterError
from bot.reports.intervals import design_effect
from bot.reports.margins import Margins
from bot.reports.rows import ResultRow
from bot.reports.wide import Latest

CAP = 5.0
"""A person counts at most for so many, and at least for one in so many, of the mean."""

LEAST = 5
"""A category of fewer people is not raked: a handful would speak for thousands."""

ROUNDS = 1_000
EXACT = 1e-10
TRIMS = 50
NEAR = 1e-6

Cell = tuple[str, ...]


class RakingError(FilterError):
    """These answers cannot be weighted to these margins."""


class Unweighted(NamedTuple):
    """Why the margins that are kept for a flow could not be used: a text's key and what fills it."""

    key: str
    places: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Compared:
    """A category in the sample, in the census and after weighting: people, and shares of their margin (0 to 1)."""

    question: str
    code: str
    people: int
    sample: float
    census: float
    weighted: float


@dataclass(frozen=True, slots=True)
class Weighting:
    """Weights by cell, mean 1 over the `people` that have one; `outside` gave no answer that the margins have.

    `effect` is Kish's design effect. `capped` people were held at the cap; with none the margins are met exactly, else as
    nearly as `compared` tells.
    """

    margins: Margins
    weights: Mapping[Cell, float]
    people: int
    outside: int
    effect: float
    cap: float
    capped: int
    rounds: int
    compared: tuple[Compared, ...]

    def of(self, result: ResultRow, latest: Latest) -> float | None:
        """Returns a conversation's weight, None outside."""
        cell = cell_of(self.margins, result, latest)
        return None if cell is None else self.weights.get(cell)


class Cells:
    """Counts people by cell while conversations stream by."""

    def __init__(self, margins: Margins) -> None:
        self._margins = margins
        self.people: Counter[Cell] = Counter()
        self.outside = 0

    def add(self, result: ResultRow, latest: Latest) -> None:
        """Counts a conversation."""
        cell = cell_of(self._margins, result, latest)
        if cell is None:
            self.outside += 1
        else:
            self.people[cell] += 1


def cell_of(margins: Margins, result: ResultRow, latest: Latest) -> Cell | None:
    """Returns a conversation's category of each margin, None if it lacks one."""
    found: list[str] = []
    for margin in margins.margins:
        code = margin.of(result, latest)
        if code is None:
            return None
        found.append(code)
    return tuple(found)


def weigh(cells: Cells, margins: Margins, *, cap: float = CAP, least: int = LEAST) -> Weighting:
    """Returns the weights of these people.

    `cap` (over 1; infinity for none) bounds a weight to 1/cap … cap times the mean. Raises RakingError: "weights.small" for a
    category of fewer than `least` people, "weights.diverges" where no weights meet the margins.
    """
    people = cells.people
    total = people.total()
    targets = [
        {code: total * count / sum(margin.counts.values()) for code, count in margin.counts.items()} for margin in margins.margins
    ]
    for place, target in enumerate(targets):
        name = margins.margins[place].grouping.name
        small = [code for code in target if sum(count for cell, count in people.items() if cell[place] == code) < least]
        if small:
            raise RakingError("weights.small", name=name, categories=", ".join(small), least=least)
    weights, rounds = _raked({cell: float(count) for cell, count in people.items()}, people, targets)
    for _ in range(TRIMS):
        if all(1 / cap <= weight <= cap for weight in weights.values()):
            break
        # what the trimmed ones no longer carry, raking gives to the others of their categories
        trimmed = {cell: min(cap, max(1 / cap, weight)) * people[cell] for cell, weight in weights.items()}
        weights, more = _raked(trimmed, people, targets)
        rounds += more
    weights = _trimmed(weights, people, cap)
    return Weighting(
        margins,
        weights,
        total,
        cells.outside,
        design_effect((weight, people[cell]) for cell, weight in weights.items()),
        cap,
        sum(people[cell] for cell, weight in weights.items() if not 1 / cap * (1 + NEAR) < weight < cap * (1 - NEAR)),
        rounds,
        tuple(_compared(margins, people, weights)),
    )


def _raked(
    masses: Mapping[Cell, float], people: Mapping[Cell, int], targets: list[dict[str, float]]
) -> tuple[dict[Cell, float], int]:
    """Returns weights that meet all targets (iterative proportional fitting from these masses) and how many rounds it took."""
    for number in range(1, ROUNDS + 1):
        worst = 0.0
        for place, target in enumerate(targets):
            sums = dict.fromkeys(target, 0.0)
            for cell, mass in masses.items():
                sums[cell[place]] += mass
            factors = {code: wanted / sums[code] for code, wanted in target.items()}
            worst = max(worst, *(abs(factor - 1) for factor in factors.values()))
            masses = {cell: mass * factors[cell[place]] for cell, mass in masses.items()}
        if worst < EXACT:
            return {cell: mass / people[cell] for cell, mass in masses.items()}, number
    raise RakingError("weights.diverges", rounds=ROUNDS)


def _trimmed(weights: dict[Cell, float], people: Mapping[Cell, int], cap: float) -> dict[Cell, float]:
    """Returns weights within the cap whose mean is 1. Trimming moves the mean and mending it the weights, less each time."""
    for _ in range(TRIMS):
        if all(1 / cap * (1 - NEAR) <= weight <= cap * (1 + NEAR) for weight in weights.values()):
            break
        weights = {cell: min(cap, max(1 / cap, weight)) for cell, weight in weights.items()}
        mean = sum(weight * people[cell] for cell, weight in weights.items()) / sum(people.values())
        weights = {cell: weight / mean for cell, weight in weights.items()}
    return weights


def _compared(margins: Margins, people: Mapping[Cell, int], weights: Mapping[Cell, float]) -> list[Compared]:
    total = sum(people.values())
    mass = sum(weights[cell] * count for cell, count in people.items())
    found: list[Compared] = []
    for place, margin in enumerate(margins.margins):
        census = sum(margin.counts.values())
        for code, count in margin.counts.items():
            here = [cell for cell in people if cell[place] == code]
            number = sum(people[cell] for cell in here)
            weighted = sum(weights[cell] * people[cell] for cell in here) / mass
            found.append(Compared(margin.grouping.name, code, number, number / total, count / census, weighted))
    return found
