"""Charts as SVG inside a page: bars that lie, with their labels above them, and histograms. No script, no font, no reference.

Widths are percentages and heights pixels, so that a chart is as readable on a phone as on paper: only bars are scaled, never
letters. Blue and orange are of Okabe and Ito's palette, told apart by all kinds of colour vision, and differ in lightness too.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

LABEL = 34
"""So many letters of a label stand in a line: what fits on a telephone of 360 pixels beside the figure."""

_LINE, _BAR, _GAP = 18, 14, 12
_HIGH = 150
"""Height of the highest column of a histogram, in pixels."""


@dataclass(frozen=True, slots=True)
class Lying:
    """A bar. `part`, `low`, `high` and `weighted` lie between 0 and 1; `low` and `high` are the ends of its interval.

    `told` is the figure beside its label. None for `part` is a bar that is hidden.
    """

    label: str
    told: str
    part: float | None
    low: float | None = None
    high: float | None = None
    weighted: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a histogram: what stands below it, and how many it holds; None where that is hidden."""

    label: str
    count: int | None


def bars(key: str, title: str, description: str, rows: Sequence[Lying]) -> str:
    """Returns the chart of these bars; `key` makes its parts' ids, which no other chart of the page may have."""
    drawn: list[str] = []
    y = 0
    for row in rows:
        for place, line in enumerate(textwrap.wrap(row.label, LABEL) or [""]):
            y += _LINE
            drawn.append(f'<text x="0" y="{y - 4}">{escape(line)}</text>')
            if place == 0:
                drawn.append(f'<text class="figure" x="100%" y="{y - 4}" text-anchor="end">{escape(row.told)}</text>')
        y += 2
        drawn.append(f'<rect class="track" x="0" y="{y}" width="100%" height="{_BAR}"/>')
        if row.part is not None:
            drawn.append(f'<rect class="bar" x="0" y="{y}" width="{_percent(row.part)}" height="{_BAR}"/>')
        if row.part is not None and row.low is not None and row.high is not None:
            middle = y + _BAR / 2
            drawn.append(_line(row.low, middle, row.high, middle))
            drawn += [_line(end, middle - 4, end, middle + 4) for end in (row.low, row.high)]
        y += _BAR
        if row.weighted is not None:
            drawn.append(f'<rect class="weighted" x="0" y="{y + 2}" width="{_percent(row.weighted)}" height="{_BAR // 2}"/>')
            y += 2 + _BAR // 2
        y += _GAP
    return _svg(key, title, description, y, drawn)


def histogram(key: str, title: str, description: str, columns: Sequence[Column]) -> str:
    """Returns the chart of these columns, side by side; where labels would touch, only every so manieth is written."""
    most = max((column.count or 0 for column in columns), default=0) or 1
    wide = 100 / max(1, len(columns))
    longest = max((len(column.label) for column in columns), default=0)
    every = max(1, -(-longest * 8 * len(columns) // 300))
    drawn: list[str] = []
    for place, column in enumerate(columns):
        middle = f"{(place + 0.5) * wide:.2f}%"
        base = _HIGH + _LINE
        if column.count is None:
            drawn.append(f'<text x="{middle}" y="{base - 4}" text-anchor="middle">·</text>')
        else:
            high = round(_HIGH * column.count / most, 1)
            left, width = f"{place * wide + wide * 0.04:.2f}%", f"{wide * 0.92:.2f}%"
            drawn.append(f'<rect class="bar" x="{left}" y="{base - high}" width="{width}" height="{high}"/>')
            figure = f'x="{middle}" y="{base - high - 4}" text-anchor="middle"'
            drawn.append(f'<text class="figure" {figure}>{column.count}</text>')
        if place % every == 0:
            drawn.append(f'<text x="{middle}" y="{base + _LINE - 2}" text-anchor="middle">{escape(column.label)}</text>')
    drawn.append(f'<line class="axis" x1="0" y1="{_HIGH + _LINE}" x2="100%" y2="{_HIGH + _LINE}"/>')
    return _svg(key, title, description, _HIGH + 2 * _LINE + 4, drawn)


def _svg(key: str, title: str, description: str, height: int, drawn: Sequence[str]) -> str:
    head = f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(description)}</desc>'
    named = f'role="img" aria-labelledby="{key}-t" aria-describedby="{key}-d"'
    return f'<svg class="chart" width="100%" height="{height}" {named}>{head}{"".join(drawn)}</svg>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="interval" x1="{_percent(x1)}" y1="{y1:g}" x2="{_percent(x2)}" y2="{y2:g}"/>'


def _percent(part: float) -> str:
    return f"{100 * min(1.0, max(0.0, part)):.2f}%"
