"""Answers on one scale to several questions: bars that lie on both sides of the scale's middle, "no sé" apart from them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.reports.chart_drawing import INK, MUTED, PAPER, SIZE, Drawing, between, letters_on, width_of, wrap

ROOMY = 520
_LINE, _BAR, _GAP, _APART = SIZE + 4, 24.0, 16.0, 22.0
_LOW, _HIGH = ("#8c510a", "#e6cf9e"), ("#a8d8d1", "#01665e")
"""From the end of the scale to beside its middle, and from there to the other end."""

_MIDDLE = "#d5dade"


@dataclass(frozen=True, slots=True)
class Rated:
    """A question. `parts` are the shares of its answers, the scale's first first, `aside` that of answers off the scale.

    All of them are parts of everybody who answered, and with `aside` add up to 1. `told` are these figures as they are written
    into the bars where there is room.
    """

    label: str
    parts: tuple[float, ...]
    told: tuple[str, ...]
    aside: float = 0.0
    aside_told: str = ""


@dataclass(frozen=True, slots=True)
class Likert:
    """`names` are the scale's steps, `aside` what stands off it ("No sé"), empty where nothing does."""

    rows: tuple[Rated, ...]
    names: tuple[str, ...]
    aside: str = ""


def draw(likert: Likert, key: str, width: int, title: str, alt: str) -> str:
    """Returns the chart, `width` units wide."""
    drawing = Drawing(width)
    colours = _colours(len(likert.names))
    roomy = width >= ROOMY
    left = round(width * 0.34) if roomy else 0
    y = _legend(drawing, likert, colours) + 12
    before = max((_before(row.parts) for row in likert.rows), default=0.5)
    after = max((sum(row.parts) - _before(row.parts) for row in likert.rows), default=0.5)
    aside = max((row.aside for row in likert.rows), default=0.0)
    written = max((width_of(row.aside_told, SIZE - 1) for row in likert.rows if row.aside), default=0.0) + 6
    room = width - left - (_APART + written if aside else 0)
    scale = room / ((before + after + aside) or 1.0)
    middle = left + before * scale
    for row in likert.rows:
        lines = wrap(row.label, left - 16 if roomy else width) or [""]
        if roomy:
            tall = max(_BAR, _LINE * len(lines))
            drawing.lines(0, y + (tall - _LINE * len(lines)) / 2 + _LINE - 4, lines)
            bar = y + (tall - _BAR) / 2
        else:
            drawing.lines(0, y + _LINE - 5, lines)
            bar = y + _LINE * len(lines) + 4
            tall = _BAR + _LINE * len(lines) + 4
        _row(drawing, row, colours, (middle - _before(row.parts) * scale, bar), scale)
        if row.aside:
            off = left + (before + after) * scale + _APART
            drawing.rect(off, bar + 0.5, row.aside * scale - 0.5, _BAR - 1, PAPER, kind="aside", edge=MUTED)
            drawing.text(off + row.aside * scale + 5, bar + 16.5, row.aside_told, size=SIZE - 1, fill=MUTED)
        for end in (bar - 4, bar + _BAR):
            drawing.line(middle, end, middle, end + 4, INK, 1.5)
        y += tall + _GAP
    return drawing.svg(key, y - _GAP + 6, title, alt)


def _row(drawing: Drawing, row: Rated, colours: tuple[str, ...], at: tuple[float, float], scale: float) -> None:
    x, y = at
    for part, told, colour in zip(row.parts, row.told, colours, strict=True):
        wide = part * scale
        drawing.rect(x, y, wide, _BAR, colour, kind="step")
        if width_of(told, SIZE - 1) + 4 <= wide:
            drawing.text(x + wide / 2, y + 16.5, told, anchor="middle", size=SIZE - 1, fill=letters_on(colour))
        x += wide


def _legend(drawing: Drawing, likert: Likert, colours: tuple[str, ...]) -> float:
    """Draws what the colours mean, and returns where the legend ends."""
    x, y = 0.0, 4.0
    named = [*zip(likert.names, colours, strict=True), *([(likert.aside, PAPER)] if likert.aside else [])]
    for name, colour in named:
        for place, line in enumerate(wrap(name, drawing.width - 20)):
            wide = 19 + width_of(line)
            if x and x + wide > drawing.width:
                x, y = 0.0, y + _LINE + 2
            elif place:
                x, y = 0.0, y + _LINE
            if not place:
                drawing.rect(x + 0.5, y + 0.5, 12, 12, colour, edge=MUTED if colour == PAPER else "")
            drawing.text(x + 19, y + 11, line, fill=MUTED)
        x += wide + 14
    return y + _LINE


def _before(parts: tuple[float, ...]) -> float:
    """Returns the share that lies before the middle: of an odd scale half of its middle step too."""
    half = len(parts) // 2
    return sum(parts[:half]) + (parts[half] / 2 if len(parts) % 2 else 0.0)


def _colours(steps: int) -> tuple[str, ...]:
    half = steps // 2

    def ramp(ends: tuple[str, str]) -> list[str]:
        return [between(*ends, place / (half - 1) if half > 1 else 0.5) for place in range(half)]

    return (*ramp(_LOW), *((_MIDDLE,) if steps % 2 else ()), *ramp(_HIGH))
