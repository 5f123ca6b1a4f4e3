"""A poster for a workshop's wall: a page of A4, the flow's title, a QR code, and the same in words for whoever has no camera."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import segno
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, XPos, YPos

from bot.engine.flow import Flow
from bot.engine.language import Language
from bot.engine.lobby import spoken
from bot.links import Link

_WIDTH = 210.0
_MARGIN = 20.0
_CODE = 105.0
"""Millimetres: the side of the code, which a telephone reads from two metres away."""

_LEAST = 8
"""Points: no text is smaller than this, however long."""

_QUIET = 4
"""Empty modules around a QR code, as its standard asks."""

_TYPOGRAPHY = str.maketrans({"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Poster:
    """What stands on it, from above: `head` (who asks), `title`, `call`, the code of `url`, and `lines` below it."""

    head: str
    title: str
    call: str
    url: str
    lines: Sequence[str] = ()


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
    return Poster(head, flow.title[code], language.say(f"links.call.{best.channel}"), best.url, lines)


def pages(flow: Flow, ways: Sequence[Link], municipality: str, language: Language) -> list[Poster]:
    """Returns a poster for each place that has a name, or where there is none for the flow itself."""
    places = list(dict.fromkeys(link.place for link in ways))
    named = [place for place in places if place] or places
    return [poster_of(flow, [link for link in ways if link.place == place], municipality, language) for place in named]


def draw(posters: Sequence[Poster]) -> bytes:
    """Returns a PDF with one page for each poster.

    The letters are those of PDF's own fonts, which need no file: Spanish and English whole; of what they lack the bare letter
    stands, and a question mark where there is none.
    """
    pdf = FPDF(orientation="portrait", unit="mm", format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_margins(_MARGIN, _MARGIN)
    for poster in posters:
        pdf.add_page()
        pdf.set_y(26)
        _write(pdf, poster.head, 16, 1)
        pdf.ln(4)
        _write(pdf, poster.title, 34, 3, bold=True)
        pdf.ln(6)
        _write(pdf, poster.call, 18, 2)
        pdf.ln(6)
        _code(pdf, poster.url)
        pdf.ln(8)
        for line in poster.lines:
            _write(pdf, line, 16, 2)
            pdf.ln(2)
    written = io.BytesIO()
    pdf.output(written)
    return written.getvalue()


def _write(pdf: FPDF, text: str, size: float, rows: int, *, bold: bool = False) -> None:
    """Writes a centred text in at most so many rows, the smaller the longer it is."""
    text = written_as(text)
    while True:
        pdf.set_font("Helvetica", "B" if bold else "", size)
        height = size * 0.45
        rows_now = pdf.multi_cell(0, height, text, align=Align.C, dry_run=True, output=MethodReturnValue.LINES)
        assert isinstance(rows_now, list)
        if len(rows_now) <= rows or size <= _LEAST:
            pdf.multi_cell(0, height, text, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            return
        size -= 1


def _code(pdf: FPDF, url: str) -> None:
    # level M: a quarter of the code is reserve, for a poster that hangs in sun and rain
    rows = [list(row) for row in segno.make(url, error="m", micro=False, boost_error=True).matrix]
    side = _CODE / (len(rows) + 2 * _QUIET)
    left, top = (_WIDTH - _CODE) / 2, pdf.get_y()
    pdf.set_fill_color(0)
    for down, row in enumerate(rows):
        across = 0
        while across < len(row):
            end = across
            while end < len(row) and row[end]:
                end += 1
            if end > across:  # dark modules side by side are one bar: no hair of white shows between them
                pdf.rect(
                    left + (across + _QUIET) * side, top + (down + _QUIET) * side, (end - across) * side, side * 1.01, style="F"
                )
            across = end + 1
    pdf.set_y(top + _CODE)


def written_as(text: str) -> str:
    """Returns the text in the letters of PDF's own fonts (Latin-1)."""
    return "".join(_letter(character) for character in text.translate(_TYPOGRAPHY))


def _letter(character: str) -> str:
    if ord(character) < 256:
        return character
    bare = unicodedata.normalize("NFKD", character)[0]
    return bare if ord(bare) < 256 else "?"
