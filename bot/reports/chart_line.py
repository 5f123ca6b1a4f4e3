"""A time line: how many, day by day or week by week."""

from __future__ import annotations

from dataclasses import dataclass

from bot.reports.chart_drawing import ACCENT, FAINT, INK, MUTED, SIZE, Drawing, width_of

_SMALL = SIZE - 1
_COLOURS = ((ACCENT, 2.4), (MUTED, 1.4))


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a count for every label."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One or two lines over the same days; the first is the one that matters."""

    labels: tuple[str, ...]
    series: tuple[Series, ...]


def draw(line: Line, key: str, width: int, title: str, alt: str) -> str:
    """Returns the chart, `width` units wide. Where labels would touch, only every so manieth is written."""
    drawing = Drawing(width)
    top = _rounded(max((count for one in line.series for count in one.counts), default=0))
    high = 180.0 if width >= 520 else 140.0
    y = _legend(drawing, line) + 12
    margin = width_of(str(top), _SMALL) + 10
    right = width - width_of(line.labels[-1], _SMALL) / 2 - 2
    base = y + high
    for share in (0, 1, 2):
        count = top * share // 2
        level = base - high * share / 2
        drawing.line(margin, level, width, level, INK if not share else FAINT, 1)
        drawing.text(margin - 8, level + 4, str(count), anchor="end", size=_SMALL, fill=MUTED)
    left = margin + width_of(line.labels[0], _SMALL) / 2
    apart = (right - left) / max(1, len(line.labels) - 1)
    places = [left + place * apart for place in range(len(line.labels))]
    for one, (colour, thick) in reversed(list(zip(line.series, _COLOURS, strict=False))):
        points = [(x, base - high * count / top) for x, count in zip(places, one.counts, strict=True)]
        drawing.polyline(points, colour, thick)
        if len(points) <= 31:
            for x, level in points:
                drawing.dot(x, level, thick + 0.8, colour, kind="point")
    longest = max(width_of(label, _SMALL) for label in line.labels)
    every = max(1, -(-int(longest + 14) // max(1, int(apart)))) if len(line.labels) > 1 else 1
    for place, label in enumerate(line.labels):
        if place % every == 0:
            drawing.text(places[place], base + 19, label, anchor="middle", size=_SMALL, fill=MUTED)
    return drawing.svg(key, base + 26, title, alt)


def _legend(drawing: Drawing, line: Line) -> float:
    x = 0.0
    for one, (colour, thick) in zip(line.series, _COLOURS, strict=False):
        drawing.line(x, 9, x + 18, 9, colour, thick)
        drawing.text(x + 24, 13.5, one.name, fill=MUTED)
        x += 24 + width_of(one.name) + 18
    return 18.0


def _rounded(most: int) -> int:
    """Returns an even number that is round and no less than the highest count."""
    power = 2
    while True:
        for step in (1, 2, 3, 5):
            if most <= power * step:
                return power * step
        power *= 10
