"""Places: the way between points, on a sphere of the Earth's mean radius."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from bot.engine.expressions.run import Run
from bot.engine.expressions.values import NAN, Plain, text

_RADIUS: Final = 6_371_008.8
"""The Earth's mean radius in metres (IUGG)."""


def _points(values: tuple[Plain, ...]) -> Iterator[tuple[float, float] | None]:
    """Yields latitude and longitude of each point; a text may hold several, parted by semicolons. None for what is no point."""
    for value in values:
        for written in text(value).split(";"):
            parts = written.split()
            if not parts:
                continue
            try:
                latitude, longitude = float(parts[0]), float(parts[1])
            except (ValueError, IndexError):
                yield None
            else:
                yield (latitude, longitude) if math.isfinite(latitude) and math.isfinite(longitude) else None


def _distance(run: Run, *values: Plain) -> float:
    """Returns the metres along the points in their order; NaN where there are fewer than two, or one is no point."""
    points = list(_points(values))
    run.spend(len(points))
    if len(points) < 2 or None in points:
        return NAN
    return sum(_between(one, other) for one, other in pairwise(point for point in points if point is not None))


def _between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The haversine formula."""
    north, south = math.radians(one[0]), math.radians(other[0])
    high = math.sin((south - north) / 2) ** 2
    wide = math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    return 2 * _RADIUS * math.asin(math.sqrt(min(1.0, high + math.cos(north) * math.cos(south) * wide)))


GEOMETRY_FUNCTIONS: Final[tuple[tuple[str, Callable[..., Plain]], ...]] = (("distance(a, …)", _distance),)
