"""Bars that lie, one below the other, with their intervals and, where there is one, a second figure beside the first."""

from __future__ import annotations

from dataclasses import dataclass

from bot.reports.chart_drawing import ACCENT, BESIDE, FAINT, INK, MUTED, PAPER, SIZE, Anchor, Drawing, width_of, wrap

ROOMY = 520
"""From this width on labels stand beside their bars, below it above them."""

_LINE, _BAR, _SECOND, _GAP = SIZE + 4, 15.0, 7.0, 11.0


_ASIDE = "#8a97a3"


@dataclass(frozen=True, slots=True)
class Row:
    """A bar. `part`, `low`, `high` and `second` lie between 0 and 1; `low` and `high` are the ends of its interval.

    `told` is the figure beside it. None for `part` is a bar that is hidden. `aside` is one that is no answer as the others are
    ("sin clasificar").
    """

    label: str
    told: str
    part: float | None
    low: float | None = None
    high: float | None = None
    second: float | None = None
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """`names` say what the bar and the second figure are, where there are two. `ticks` label 0, 25, 50, 75 and 100 %.

    Without `ticks` the parts are of the largest and no scale is drawn.
    """

    rows: tuple[Row, ...]
    names: tuple[str, str] | None = None
    ticks: tuple[str, ...] = ()


def draw(bars: Bars, key: str, width: int, title: str, alt: str) -> str:
    """Returns the chart, `width` units wide."""
    drawing = Drawing(width)
    top = _top(bars)
    roomy = width >= ROOMY
    figure = max((width_of(row.told) for row in bars.rows), default=0.0) * 1.08 + 10
    left = round(width * 0.38) if roomy else 0
    room = width - left - (figure if roomy else 0)
    y = _legend(drawing, bars)
    begin = y
    placed: list[tuple[Row, list[str], float, float]] = []
    for row in bars.rows:
        lines = wrap(row.label, left - 16 if roomy else width - figure) or [""]
        bar = y if roomy else y + _LINE * len(lines) + 1
        below = bar + _BAR + (_SECOND + 2 if row.second is not None else 0)
        placed.append((row, lines, y, bar))
        y = max(y + _LINE * len(lines), below) + _GAP
    if bars.ticks:
        for place, tick in enumerate(bars.ticks):
            share = place / (len(bars.ticks) - 1)
            if share <= top + 1e-9:
                x = left + room * share / top
                drawing.line(x, begin - 4, x, y - _GAP + 4, FAINT, 1)
                anchor: Anchor = "start" if place == 0 else "end" if not roomy and share == top else "middle"
                drawing.text(x, y + 6, tick, anchor=anchor, size=SIZE - 2, fill=MUTED)
    for row, lines, above, bar in placed:
        drawing.lines(0, above + _LINE - 4.5, lines)
        drawing.text(width, (bar if roomy else above) + _LINE - 4.5, row.told, anchor="end", bold=row.part is not None)
        _bar(drawing, row, left, bar, room / top)
    return drawing.svg(key, y + (12 if bars.ticks else -_GAP + 2), title, alt)


def _bar(drawing: Drawing, row: Row, left: float, y: float, scale: float) -> None:
    if row.part is None:
        return
    drawing.rect(left, y, row.part * scale, _BAR, _ASIDE if row.aside else ACCENT, kind="bar")
    if row.low is not None and row.high is not None:
        low, high, middle = left + row.low * scale, left + row.high * scale, y + _BAR / 2
        for stroke, thick in ((PAPER, 4.0), (INK, 1.5)):
            drawing.line(low, middle, high, middle, stroke, thick)
            for end in (low, high):
                drawing.line(end, middle - 4, end, middle + 4, stroke, thick)
    if row.second is not None:
        drawing.rect(left, y + _BAR + 2, row.second * scale, _SECOND, BESIDE, kind="second")


def _legend(drawing: Drawing, bars: Bars) -> float:
    """Draws what the two figures are and returns where the bars begin."""
    if bars.names is None:
        return 6
    x, y = 0.0, 6.0
    for name, fill, high in zip(bars.names, (ACCENT, BESIDE), (11.0, 6.0), strict=True):
        if x and x + 20 + width_of(name) > drawing.width:
            x, y = 0.0, y + _LINE
        drawing.rect(x, y + (11 - high) / 2, 14, high, fill)
        drawing.text(x + 20, y + 10, name, fill=MUTED)
        x += 20 + width_of(name) + 18
    return y + 26


def _top(bars: Bars) -> float:
    """Returns what share of everybody the room for bars is: 25, 50, 75 or 100 %."""
    if not bars.ticks:
        return 1.0
    ends = [end for row in bars.rows for end in (row.part, row.high, row.second) if end is not None]
    most = max(ends, default=1.0)
    return next((top for top in (0.25, 0.5, 0.75) if most <= top), 1.0)
