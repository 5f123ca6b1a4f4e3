"""A table in colours: a group in each row, an answer in each column, the darker the more of the group."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

from bot.reports.chart_drawing import ACCENT, FAINT, MUTED, SIZE, Drawing, between, letters_on, width_of, wrap

ROOMY = 520
_LINE, _HIGH, _SMALL = SIZE + 4, 34.0, SIZE - 1
_TALL = 4
"""Heads of columns that need more lines than this are told by letters, with a key below."""

_SIZES = (_SMALL, SIZE - 3)
"""Heads are written as large as they fit: no word of them is ever cut."""

_LIGHT = "#edf4f9"


@dataclass(frozen=True, slots=True)
class Heat:
    """`cells` are shares between 0 and 1, row by row, None where one is hidden; `told` are the same as they are written."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[float | None, ...], ...]
    told: tuple[tuple[str, ...], ...]


def draw(heat: Heat, key: str, width: int, title: str, alt: str) -> str:
    """Returns the chart, `width` units wide."""
    drawing = Drawing(width)
    roomy = width >= ROOMY
    left = round(width * 0.28) if roomy else 0
    wide = (width - left) / max(1, len(heat.columns))
    size = next((size for size in _SIZES if _fits(heat.columns, wide - 4, size)), None)
    lettered = size is None
    heads = [wrap(name, wide - 4, size) for name in heat.columns] if size is not None else []
    if lettered:
        heads = [[_letter(place)] for place in range(len(heat.columns))]
    y = 15.0 * max(map(len, heads), default=1) + 4
    for place, head in enumerate(heads):
        for up, line in enumerate(reversed(head)):
            middle = left + (place + 0.5) * wide
            drawing.text(middle, y - 8 - 15 * up, line, anchor="middle", size=size or _SMALL, fill=MUTED, bold=lettered)
    most = max((cell for row in heat.cells for cell in row if cell is not None), default=1.0) or 1.0
    for name, row, told in zip(heat.rows, heat.cells, heat.told, strict=True):
        lines = wrap(name, left - 14 if roomy else width) or [""]
        tall = max(_HIGH, _LINE * len(lines) + 4) if roomy else _HIGH
        if roomy:
            drawing.lines(0, y + (tall - _LINE * len(lines)) / 2 + _LINE - 4.5, lines)
        else:
            drawing.lines(0, y + _LINE - 4, lines)
            y += _LINE * len(lines) + 3
        for place, (cell, text) in enumerate(zip(row, told, strict=True)):
            colour = FAINT if cell is None else between(_LIGHT, ACCENT, cell / most)
            x = left + place * wide
            drawing.rect(x + 1, y + 1, wide - 2, tall - 2, colour, kind="hidden" if cell is None else "cell")
            letters = _SMALL if width_of(text, _SMALL) <= wide - 4 else _SMALL - 3
            drawing.text(x + wide / 2, y + tall / 2 + 4.5, text, anchor="middle", size=letters, fill=letters_on(colour))
        y += tall + (0 if roomy else 8)
    if lettered:
        y += 10
        for place, name in enumerate(heat.columns):
            lines = wrap(name, width - 22)
            drawing.text(0, y + _LINE - 4, _letter(place), fill=MUTED, bold=True)
            drawing.lines(20, y + _LINE - 4, lines)
            y += _LINE * len(lines) + 3
    return drawing.svg(key, y + 4, title, alt)


def _fits(columns: Sequence[str], room: float, size: float) -> bool:
    words = (word for name in columns for word in name.split())
    return all(width_of(word, size) <= room for word in words) and all(len(wrap(name, room, size)) <= _TALL for name in columns)


def _letter(place: int) -> str:
    """Returns A, B … Z, A2, B2 …"""
    again, at = divmod(place, len(string.ascii_uppercase))
    return string.ascii_uppercase[at] + (str(again + 1) if again else "")
