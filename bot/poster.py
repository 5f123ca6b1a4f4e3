"""A poster for a workshop's wall: a page of A4, the flow's title, a QR code, and the same in words for whoever has no camera."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import segno

from bot.engine.flow import Flow
from bot.engine.language import Language
from bot.engine.lobby import spoken
from bot.links import Link
from bot.printing.press import press

_QUIET = 4
"""Empty modules around a QR code, as its standard asks."""


@dataclass(frozen=True, slots=True)
class Poster:
    """What stands on it, from above: `head` (who asks), `title`, `call`, the code of `url`, and `lines` below it."""

    head: str
    title: str
    call: str
    url: str
    lines: Sequence[str] = ()
    language: str = "es"


def poster_of(flow: Flow, ways: Sequence[Link], municipality: str, language: Language) -> Poster:
    """Returns the poster of a flow, or of the place that these links (at least one, all of one place) begin it at."""
    code = language.code if language.code in flow.title else next(iter(flow.title))
    # WhatsApp goes first where there is a number, because more people have it
    best = min(ways, key=lambda link: ("whatsapp", "telegram", "sms").index(link.channel))
    lines = [
        language.say("links.sms", word=link.word, number=link.number)
        if link.channel == "sms"
        else language.say(f"links.line.{link.channel}", url=link.url.partition("?")[0].removeprefix("https://"))
        for link in ways
    ]
    head = " · ".join(filter(None, (municipality, spoken(ways[0].place).title())))
    return Poster(head, flow.title[code], language.say(f"links.call.{best.channel}"), best.url, lines, code)


def pages(flow: Flow, ways: Sequence[Link], municipality: str, language: Language) -> list[Poster]:
    """Returns a poster for each place that has a name, or where there is none for the flow itself."""
    places = list(dict.fromkeys(link.place for link in ways))
    named = [place for place in places if place] or places
    return [poster_of(flow, [link for link in ways if link.place == place], municipality, language) for place in named]


def draw(posters: Sequence[Poster]) -> bytes:
    """Returns a PDF with one page for each of these (at least one), in the letters of printed reports."""
    printing = press()
    written = printing.letters.written
    sheets = [
        {
            "head": written(one.head),
            "title": written(one.title) or "–",
            "call": written(one.call),
            "url": printing.letters.bare(one.url),
            "lines": [written(line) for line in one.lines],
            "code": code(one.url),
        }
        for one in posters
    ]
    return printing.poster({"title": sheets[0]["title"], "language": posters[0].language.partition("_")[0], "posters": sheets})


def code(url: str) -> str:
    """Returns the QR code of that address as SVG, a unit for each module."""
    # level M: a quarter of the code is reserve, for a poster that hangs in sun and rain
    matrix = segno.make(url, error="m", micro=False, boost_error=True).matrix
    bars: list[str] = []
    for down, row in enumerate(matrix, _QUIET):
        across = _QUIET
        for dark, same in itertools.groupby(row):
            length = len(list(same))
            if dark:  # dark modules side by side are one bar, a hair higher than its row: no white shows between them
                bars.append(f"M{across} {down}h{length}v1.01h-{length}z")
            across += length
    side = len(matrix) + 2 * _QUIET
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{"".join(bars)}"/></svg>'
