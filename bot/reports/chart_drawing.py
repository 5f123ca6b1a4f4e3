"""What charts are drawn with: letters that are wrapped before they are too wide, bars, lines, and the colours.

A chart stands alone: sizes, fonts and colours are attributes, so it looks the same inside a page, on paper and as a picture. The
blues, browns and greens are told apart by all kinds of colour vision (Okabe and Ito; ColorBrewer), and differ in lightness too.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

FONT = "Minga Sans, Noto Sans, Segoe UI, Roboto, Helvetica, Arial, sans-serif"
"""The first of these that is there. A PDF ships the first."""

INK, MUTED, FAINT, PAPER = "#1d2730", "#55606b", "#dde2e7", "#ffffff"
ACCENT = "#0072b2"
BESIDE = "#e0a100"
"""What stands beside the accent: weighted beside unweighted, the census beside the sample."""

NAMESPACE = "http://www.w3.org/2000/svg"

SIZE = 13.0
"""Height of letters, in units of a chart's width."""

Anchor = Literal["start", "middle", "end"]

_THIN, _FAT = frozenset("iljtfrI.,;:'|!()[]·- "), frozenset("mwMWÑ@%—…")


def width_of(text: str, size: float = SIZE) -> float:
    """Returns about how wide a text is in a common sans-serif, rather too wide than too narrow."""
    units = sum(0.36 if c in _THIN else 0.92 if c in _FAT else 0.7 if c.isupper() else 0.58 for c in text)
    return units * size


def wrap(text: str, room: float, size: float = SIZE) -> list[str]:
    """Returns the text in lines that are no wider than `room`; a word that is wider alone is cut. Nothing is lost."""
    lines: list[str] = []
    line = ""
    for whole in text.split():
        word = whole
        while width_of(word, size) > room and len(word) > 1:
            fits = max(1, next((n for n in range(len(word), 0, -1) if width_of(word[:n], size) <= room), 1))
            if line:
                lines.append(line)
                line = ""
            lines.append(word[:fits])
            word = word[fits:]
        joined = f"{line} {word}" if line else word
        if line and width_of(joined, size) > room:
            lines.append(line)
            joined = word
        line = joined
    return [*lines, line] if line or not lines else lines


def between(one: str, other: str, share: float) -> str:
    """Returns the colour so far on the way from one to the other: 0 is the one, 1 the other."""
    parts = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def letters_on(colour: str) -> str:
    """Returns the colour in which letters are read best on that one."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return PAPER if 0.299 * red + 0.587 * green + 0.114 * blue < 130 else INK


class Drawing:
    """Elements of an SVG as they are added, later ones above earlier ones."""

    def __init__(self, width: float) -> None:
        self.width = width
        self._drawn: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: Anchor = "start",
        size: float = SIZE,
        bold: bool = False,
        fill: str = INK,
        halo: bool = False,
    ) -> None:
        """Writes a line of text; `y` is its base line. `halo`: paper around the letters, for what stands on something."""
        further = "" if anchor == "start" else f' text-anchor="{anchor}"'
        further += ' font-weight="600"' if bold else ""
        if halo:
            further += f' stroke="{PAPER}" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"'
        placed = f'x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}"{further}'
        self._drawn.append(f'<text {placed} fill="{fill}">{escape(text)}</text>')

    def lines(self, x: float, y: float, lines: Sequence[str], step: float = SIZE + 4, *, anchor: Anchor = "start") -> None:
        """Writes lines one below the other, the first with its base line at `y`."""
        for place, line in enumerate(lines):
            self.text(x, y + place * step, line, anchor=anchor)

    def rect(self, x: float, y: float, width: float, height: float, fill: str, *, kind: str = "", edge: str = "") -> None:
        """Draws a rectangle; `kind` is its class, for whoever looks for it."""
        named = f' class="{kind}"' if kind else ""
        edged = f' stroke="{edge}"' if edge else ""
        self._drawn.append(
            f'<rect{named} x="{_n(x)}" y="{_n(y)}" width="{_n(max(0.0, width))}" height="{_n(height)}" fill="{fill}"{edged}/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str = INK, width: float = 1.5) -> None:
        """Draws a straight line."""
        ends = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
        self._drawn.append(f'<line {ends} stroke="{stroke}" stroke-width="{_n(width)}"/>')

    def polyline(self, points: Sequence[tuple[float, float]], stroke: str, width: float = 2.0) -> None:
        """Draws a line through these points."""
        path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self._drawn.append(
            f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="{_n(width)}" stroke-linejoin="round"/>'
        )

    def dot(self, x: float, y: float, radius: float, fill: str, *, edge: str = "", kind: str = "", sheer: bool = False) -> None:
        """Draws a circle; `sheer` lets what lies below be seen."""
        named = f' class="{kind}"' if kind else ""
        edged = f' stroke="{edge}"' if edge else ""
        dim = ' fill-opacity="0.75"' if sheer else ""
        self._drawn.append(f'<circle{named} cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}"{dim}{edged}/>')

    def svg(self, key: str, height: float, title: str, alt: str) -> str:
        """Returns the picture. `key` makes the ids of its title and its description."""
        named = f'role="img" aria-labelledby="{key}-t" aria-describedby="{key}-d"'
        size = f'width="{_n(self.width)}" height="{_n(height)}" viewBox="0 0 {_n(self.width)} {_n(height)}"'
        head = f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(alt)}</desc>'
        return f'<svg xmlns="{NAMESPACE}" {size} font-family="{escape(FONT)}" {named}>{head}{"".join(self._drawn)}</svg>'


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
