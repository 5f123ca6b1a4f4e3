"""Cards: one chart of a report as a picture, for a chat or for what a shared link shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Literal

from bot.engine.language import Language
from bot.printing.cutting import size_of
from bot.printing.press import Press
from bot.reports import chart
from bot.reports.piece import Figure, Report, Section, Sentence

Shape = Literal["tall", "wide"]
"""tall: 1080 pixels wide and at least 1350 high, for a chat · wide: 1200 × 630, for a link."""

_ACROSS: Mapping[Shape, int] = {"tall": 960, "wide": 612}
"""Pixels that a chart has from left to right."""

_ROOMS: Mapping[Shape, tuple[tuple[int, int], ...]] = {
    "tall": ((chart.NARROW, 700), (380, 1900), (520, 1900), (chart.WIDE, 1900)),
    "wide": ((chart.NARROW, 420), (360, 480), (420, 480), (480, 480), (540, 480), (chart.WIDE, 480)),
}
"""Widths at which a chart is drawn, and how many pixels high it may then be: the smaller the width, the larger its letters."""


LEAD = 320
"""Characters of what was said most: how sure that is stands at its end."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question of a report that has a chart: its section, and the first figure in it."""

    section: Section
    figure: Figure


def drawn(report: Report, names: Sequence[str]) -> dict[str, Drawn]:
    """Returns the questions that have a chart, by name, in their order. What the report does not show has none.

    `names` are those of all questions of the flow, in its order.
    """
    found: dict[str, Drawn] = {}
    for name, section in _asked(report, names).items():
        figure = next((piece for piece in section.pieces if isinstance(piece, Figure)), None)
        if figure is not None:
            found[name] = Drawn(section, figure)
    return found


def why_not(report: Report, names: Sequence[str], name: str) -> str:
    """Returns what the report says of a question instead of drawing it."""
    section = _asked(report, names)[name]
    return next((piece.text for piece in section.pieces if isinstance(piece, Sentence)), section.heading)


def card(press: Press, report: Report, one: Drawn, language: Language, shape: Shape = "tall") -> bytes:
    """Returns the picture (PNG) of one chart, with what was asked, what was said most, how many said it, and how to read it.

    Like a PDF it takes a moment of a processor: off an event loop, please.
    """
    texts: dict[str, str] = {}
    for piece in one.section.pieces:
        if isinstance(piece, Sentence):
            texts[piece.role] = piece.text if piece.role == "small" else texts.get(piece.role, piece.text)
    heading = one.figure.caption
    return _print(press, report, language, shape, heading, texts.get("lead", ""), texts.get("small", ""), one.figure)


def title_card(press: Press, report: Report, language: Language, lead: str = "") -> bytes:
    """Returns the wide picture that a link to the whole report shows: its title, and `lead` below it."""
    return _print(press, report, language, "wide", report.title, lead, "", None)


def _print(
    press: Press, report: Report, language: Language, shape: Shape, heading: str, lead: str, small: str, figure: Figure | None
) -> bytes:
    written = press.letters.written
    svg, across, down = ("", 0, 0) if figure is None else _fitting(figure, shape)
    return press.png(
        {
            "shape": shape,
            "language": report.language.partition("_")[0],
            "kind": written(shorten(report.kind, 90, placeholder=" …")),
            "heading": written(shorten(heading, 180, placeholder=" …")),
            "lead": written(shorten(lead, LEAD, placeholder=" …")),
            "small": written(shorten(small, 180, placeholder=" …")),
            "svg": press.letters.bare(svg),
            "across": across,
            "down": down,
            "foot": written(language.say("print.honest")),
        }
    )


def _asked(report: Report, names: Sequence[str]) -> dict[str, Section]:
    """Returns the sections of the questions by name, in the order of the flow."""
    keyed = {one.column: one for section in report.sections for one in _sections(section) if one.column}
    return {name: keyed[name] for name in names if name in keyed}


def _sections(one: Section) -> Iterator[Section]:
    yield one
    for piece in one.pieces:
        if isinstance(piece, Section):
            yield from _sections(piece)


def _fitting(figure: Figure, shape: Shape) -> tuple[str, int, int]:
    """Returns the chart and its size on the card, in whole pixels.

    It is drawn at the first width at which it is not too high; where there is none, at the last, made smaller.
    """
    across = _ACROSS[shape]
    svg, high, room = "", 1.0, 1
    for width, room in _ROOMS[shape]:
        svg = chart.svg(figure.chart, figure.key, width, title=figure.caption, alt=figure.alt)
        size = size_of(svg)
        high = size[1] / size[0]
        if high * across <= room:
            return svg, across, round(high * across)
    return svg, round(room / high), room
