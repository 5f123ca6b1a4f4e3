"""How far a share may be trusted: Wilson's interval, Kish's design effect, Pearson's chi-square. Numbers in, numbers out.

All of it is "as if the people had been drawn at random", which nobody was: whoever prints a figure from here says so beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Z = 1.959963984540054
"""Of the normal distribution: 95 of a hundred such intervals hold the true share."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a base, between 0 and 1, and the interval around it. `count` and `base` are people, or their weights."""

    count: float
    base: float
    share: float
    low: float
    high: float

    def apart(self, other: Share) -> bool:
        """Tells whether the two intervals do not touch."""
        return self.low > other.high or other.low > self.high


def wilson(count: float, base: float, effect: float = 1.0) -> Share | None:
    """Returns the share with its 95 % interval; None of nobody.

    `effect` is the design effect of weights: the base tells as much as base/effect unweighted answers would. It is below 1 where
    the base is a sum of weights that are less than 1 each.
    """
    if base <= 0:
        return None
    share = min(1.0, max(0.0, count / base))
    n = base / effect
    square = Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return Share(count, base, share, max(0.0, middle - half), min(1.0, middle + half))


def design_effect(weights: Iterable[tuple[float, int]]) -> float:
    """Returns Kish's 1 + variation of the weights squared: n·Σw²/(Σw)². `weights` come with how many people have each."""
    people = total = squares = 0.0
    for weight, count in weights:
        people += count
        total += weight * count
        squares += weight * weight * count
    return people * squares / (total * total) if total else 1.0


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """Whether rows and columns of a table go together: `p` is how often chance alone would do as much.

    `smallest` is the least expected count: below 5 `p` is not to be trusted. `strength` is Cramér's V, 0 (none) to 1.
    """

    statistic: float
    freedom: int
    p: float
    smallest: float
    strength: float


def chi_square(table: Sequence[Sequence[int]]) -> ChiSquare | None:
    """Returns the test of a table of counts, rows and columns without anybody left aside; None where fewer than two are left."""
    columns = [column for column in zip(*table, strict=True) if sum(column)]
    rows = [row for row in zip(*columns, strict=True) if sum(row)]
    if len(rows) < 2 or len(columns) < 2:
        return None
    total = sum(map(sum, rows))
    down = [sum(column) for column in zip(*rows, strict=True)]
    statistic, smallest = 0.0, math.inf
    for row in rows:
        across = sum(row)
        for count, column in zip(row, down, strict=True):
            expected = across * column / total
            smallest = min(smallest, expected)
            statistic += (count - expected) ** 2 / expected
    freedom = (len(rows) - 1) * (len(down) - 1)
    strength = math.sqrt(statistic / (total * min(len(rows) - 1, len(down) - 1)))
    return ChiSquare(statistic, freedom, _tail(freedom / 2, statistic / 2), smallest, min(1.0, strength))


def _tail(shape: float, at: float) -> float:
    """Returns the regularised upper incomplete gamma function (Numerical Recipes' series and continued fraction)."""
    if at <= 0:
        return 1.0
    scale = math.exp(-at + shape * math.log(at) - math.lgamma(shape))
    if at < shape + 1:
        term = total = 1 / shape
        step = shape
        while term > total * 1e-15:
            step += 1
            term *= at / step
            total += term
        return max(0.0, 1 - total * scale)
    tiny = 1e-300
    b = at + 1 - shape
    c, d = 1 / tiny, 1 / b
    fraction = d
    for number in range(1, 10_000):
        a = -number * (number - shape)
        b += 2
        d = 1 / (a * d + b or tiny)
        c = b + a / c or tiny
        fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return min(1.0, fraction * scale)
