"""A map of places: each a circle where it lies, as large as its share, over the seats of Ecuador's cantons as small dots.

It is drawn from nothing but coordinates, so it needs no picture of borders, and shows no border that could be wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from bot.reports.chart_drawing import ACCENT, FAINT, MUTED, PAPER, SIZE, Anchor, Drawing, width_of
from bot.reports.ecuador import GALAPAGOS, seats

_CLOSE = 1.2
"""Places that lie within so many degrees are drawn larger, with what lies around them only."""

_AROUND = 0.35
_DOT = "#c3cbd2"


@dataclass(frozen=True, slots=True)
class Circle:
    """A place: degrees north and east, its share (0 to 1), and what is written beside its name."""

    label: str
    lat: float
    lon: float
    part: float
    told: str


@dataclass(frozen=True, slots=True)
class Map:
    """Places of the country; those of Galápagos in a frame of their own."""

    circles: tuple[Circle, ...]


@dataclass(frozen=True, slots=True)
class _View:
    """What part of the world stands where: degrees of the west and north edge, and units a degree."""

    west: float
    north: float
    east: float
    south: float
    scale: float
    x: float
    y: float

    def holds(self, lat: float, lon: float) -> bool:
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        return self.x + (lon - self.west) * self.scale, self.y + (self.north - lat) * self.scale


def draw(chart: Map, key: str, width: int, title: str, alt: str) -> str:
    """Returns the chart, `width` units wide."""
    drawing = Drawing(width)
    wide = min(width, 400)
    side = (width - wide) / 2
    views = list(_views(chart, wide, side))
    largest = wide * 0.065
    for view in views[1:]:
        frame = ((view.east - view.west) * view.scale, (view.north - view.south) * view.scale)
        drawing.rect(view.x, view.y, *frame, PAPER, edge=FAINT)
    for seat in seats():
        for view in views:
            if view.holds(seat.lat, seat.lon):
                drawing.dot(*view.at(seat.lat, seat.lon), 2, _DOT)
    most = max((circle.part for circle in chart.circles), default=1.0) or 1.0
    placed: list[tuple[Circle, float, float, float]] = []
    for circle in sorted(chart.circles, key=lambda one: -one.part):
        view = next((one for one in views if one.holds(circle.lat, circle.lon)), views[0])
        x, y = view.at(circle.lat, circle.lon)
        radius = max(3.0, largest * math.sqrt(circle.part / most))
        drawing.dot(x, y, radius, ACCENT, edge=PAPER, kind="place", sheer=True)
        placed.append((circle, x, y, radius))
    _labels(drawing, placed)
    high = max(view.y + (view.north - view.south) * view.scale for view in views)
    return drawing.svg(key, high + 8, title, alt)


def _labels(drawing: Drawing, placed: list[tuple[Circle, float, float, float]]) -> None:
    """Writes names beside circles that have one, the largest first; one that would stand on another is left to the table."""
    taken: list[tuple[float, float, float, float]] = [
        (x - r * 0.7, y - r * 0.7, x + r * 0.7, y + r * 0.7) for _, x, y, r in placed
    ]
    for number, (circle, x, y, radius) in enumerate(placed):
        if not circle.label:
            continue
        wide = max(width_of(circle.label), width_of(circle.told, SIZE - 1) * 1.05)
        spots: tuple[tuple[float, float, Anchor], ...] = (
            (x + radius + 6, y, "start"),
            (x - radius - 6, y, "end"),
            (x, y + radius + 18, "middle"),
            (x, y - radius - 20, "middle"),
        )
        for start, level, anchor in spots:
            left = start - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
            box = (left, level - 15, left + wide, level + 17)
            inside = box[0] >= 0 and box[2] <= drawing.width and box[1] >= 0
            if inside and not any(_touch(box, other) for place, other in enumerate(taken) if place != number):
                drawing.text(start, level - 1, circle.label, anchor=anchor, bold=True, halo=True)
                drawing.text(start, level + 14, circle.told, anchor=anchor, size=SIZE - 1, fill=MUTED, halo=True)
                taken.append(box)
                break


def _touch(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _views(chart: Map, wide: float, side: float) -> Iterator[_View]:
    """Yields the view of the mainland, or of the part of it that matters, and that of the islands where they matter."""
    mainland = [circle for circle in chart.circles if circle.lon > GALAPAGOS]
    islands = [circle for circle in chart.circles if circle.lon <= GALAPAGOS]
    lats = [circle.lat for circle in mainland]
    lons = [circle.lon for circle in mainland]
    if mainland and max(lats) - min(lats) <= _CLOSE and max(lons) - min(lons) <= _CLOSE:
        half = max(max(lats) - min(lats), max(lons) - min(lons)) / 2 + _AROUND
        middle = ((max(lats) + min(lats)) / 2, (max(lons) + min(lons)) / 2)
        edges = (middle[1] - half, middle[0] + half, middle[1] + half, middle[0] - half)
        wide, side = wide * 0.75, side + wide * 0.125
    else:
        edges = (-82.5 if islands else -81.3, 1.55, -75.1, -5.0)
    west, north, east, south = edges
    scale = wide / (east - west)
    main = _View(west, north, east, south, scale, side, 6)
    yield main
    if islands:
        # in the sea of the north-west, where the country has nothing
        yield _View(-92.0, 0.8, -89.0, -1.6, wide * 0.28 / 3.0, side, main.y)
