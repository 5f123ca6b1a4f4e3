"""A report as a PDF: its pieces as data for the template, every text in letters that the fonts have."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, assert_never

from bot.engine.language import Language
from bot.printing.cutting import cut
from bot.printing.press import Press
from bot.reports import chart
from bot.reports.piece import Bullets, Facts, Figure, Notice, Piece, Quotes, Report, Section, Sentence, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

Data = dict[str, Any]

_NOTHING = "–"
"""Stands for a title of which no font can write anything: a screen reader must find one."""

_PAGE = 780.0
"""So high may a chart be that is `chart.WIDE` wide: what a page holds below a heading and a sentence."""


def pdf(press: Press, report: Report, language: Language, *, municipality: str, now: datetime) -> bytes:
    """Returns the report as a PDF. `municipality` is its author and may be empty; `now` is when it was looked at.

    It takes a processor's tenth of a second: on an event loop hand it to a thread, it holds no lock of the interpreter's.
    """
    written = press.letters.written
    data = {
        "title": written(report.title) or written(report.kind) or _NOTHING,
        "kind": written(report.kind),
        "by": written(municipality),
        "language": report.language.partition("_")[0],
        "closing": written(report.closing),
        "page": written(language.say("print.page", page="{page}", pages="{pages}")),
        "contents": written(language.say("print.contents")),
        "sections": [_Setting(press).section(section) for section in report.sections],
    }
    return press.pdf(data, made=int(now.timestamp()))


class _Setting:
    def __init__(self, press: Press) -> None:
        self.press = press
        self.written = press.letters.written

    def section(self, one: Section) -> Data:
        pieces: list[Data] = []
        for place, piece in enumerate(one.pieces):
            after = one.pieces[place + 1] if place + 1 < len(one.pieces) else None
            if isinstance(piece, Sentence) and piece.role == "small" and pieces and pieces[-1]["piece"] == "figure":
                # what is said in small letters right after a chart stays below its table
                pieces[-1]["below"].append(self.written(piece.text))
                continue
            pieces.append(self.piece(piece))
            if isinstance(piece, Sentence):
                # never the last line of a page when a chart, a table or a list comes of it
                pieces[-1]["sticky"] = after is not None and not isinstance(after, Section)
            if isinstance(piece, Figure) and place and isinstance(one.pieces[place - 1], Figure):
                # two charts of the same figures share one table, below the first
                pieces[-1]["table"] = None if pieces[-1]["table"] == pieces[-2]["table"] else pieces[-1]["table"]
        return {"piece": "section", "heading": self.written(one.heading) or _NOTHING, "pieces": pieces}

    def all(self, texts: Iterable[str]) -> list[str]:
        return [self.written(text) for text in texts]

    def piece(self, one: Piece) -> Data:
        match one:
            case Sentence(text, role):
                return {"piece": "sentence", "text": self.written(text), "role": role}
            case Notice(texts):
                return {"piece": "notice", "texts": self.all(texts)}
            case Facts(pairs):
                return {
                    "piece": "facts",
                    "pairs": [{"name": self.written(p.name), "values": self.all(p.values), "code": p.code} for p in pairs],
                }
            case Table():
                return self.table(one)
            case Figure():
                drawn = chart.svg(one.chart, one.key, chart.WIDE, title=one.caption, alt=one.alt)
                return {
                    "piece": "figure",
                    "svgs": [self.press.letters.bare(part) for part in cut(drawn, _PAGE)],
                    "caption": self.written(one.caption),
                    "alt": self.written(one.alt) or self.written(one.caption) or _NOTHING,
                    "table": self.table(one.table),
                    "below": [],
                }
            case Quotes(lead, items):
                quoted = [{"text": self.written(quote.text), "about": self.written(quote.about)} for quote in items]
                return {"piece": "quotes", "lead": self.written(lead), "items": quoted}
            case Bullets(items):
                return {"piece": "bullets", "items": self.all(items)}
            case Section():
                return self.section(one)
            case _:
                assert_never(one)

    def table(self, one: Table) -> Data:
        return {
            "piece": "table",
            "caption": self.written(one.caption),
            "heads": self.all(one.heads),
            "rows": [self.all(row) for row in one.rows],
            "numeric": one.numeric,
        }
