"""What a report holds, whatever it is printed as: HTML, PDF and the public page are drawn from the same pieces.

`bot.reports.report` decides what is told and what is hidden; whoever draws a report decides only how it looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from bot.reports.chart import Chart

Role = Literal["lead", "plain", "small"]
"""lead: the one sentence of a question that a hurried reader should read · small: what is there for whoever checks."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A paragraph."""

    text: str
    role: Role = "plain"


@dataclass(frozen=True, slots=True)
class Notice:
    """Paragraphs that must not be overlooked, set apart from the others."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """What something is: one value or several, each on its own line. `code` is for hashes and names of files."""

    name: str
    values: tuple[str, ...]
    code: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """A short list of facts."""

    pairs: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row is its head. `numeric`: the others are figures, to be set one below the other.

    Every row has as many cells as there are `heads`.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its text alternative (`alt`: what is seen in it, in sentences) and the table of the same figures.

    `key` is unlike that of any other figure of the report, and fit for an id and a file name. `tabled` is False where the next
    figure has the same table, so that one is enough.
    """

    key: str
    chart: Chart
    caption: str
    alt: str
    table: Table
    tabled: bool = True


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody wrote, as it was released; `about` is what may be told of whom (a place, a theme), or empty.

    `language` is that in which they wrote, by its code.
    """

    text: str
    about: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Quotes:
    """Quotes below a sentence that introduces them."""

    lead: str
    items: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report under its heading, or of such a part. `key` is unlike that of any other: "method", "q3".

    `column` is that of the question that it tells of; empty for any other part.
    """

    key: str
    heading: str
    pieces: tuple[Piece, ...] = field(default=())
    column: str = ""


Piece = Sentence | Notice | Facts | Table | Figure | Quotes | Bullets | Section


@dataclass(frozen=True, slots=True)
class Report:
    """A report in one language (its code). `kind` stands above the title, `closing` below everything."""

    title: str
    kind: str
    language: str
    sections: tuple[Section, ...]
    closing: str

    def figures(self) -> Iterator[Figure]:
        """Yields its charts, in their order."""
        for section in self.sections:
            yield from _figures(section)


def _figures(section: Section) -> Iterator[Figure]:
    for piece in section.pieces:
        match piece:
            case Figure():
                yield piece
            case Section():
                yield from _figures(piece)
