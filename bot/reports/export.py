"""An export: the wide table, the long table and the codebook, written while the results stream by, whatever the format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import BinaryIO, Literal, Protocol

import orjson

from bot.engine.language import Language
from bot.reports import codebook, long
from bot.reports.cells import Cell
from bot.reports.counts import Counts
from bot.reports.layout import Layout
from bot.reports.long import Long
from bot.reports.rows import ResultRow
from bot.reports.themes.columns import THEMES, Theming
from bot.reports.wide import CODES, Latest, Style, Wide

Format = Literal["csv", "xlsx", "jsonl"]

TABLES = ("wide", "long", "codebook")


WEIGHT = "weight"
"""The column of the weights, behind all others of the wide table."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """What each conversation counts for: the column's name, and the weight of one; None for one that has none."""

    name: str
    of: Callable[[ResultRow, Latest], float | None]


class Table(Protocol):
    """Takes the rows of one table, its header written already."""

    def write(self, row: Sequence[Cell]) -> None:
        """Writes a row."""


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows each table got, headers not counted."""

    wide: int
    long: int
    codebook: int


class Sink(Protocol):
    """Takes conversations and the codebook in one format, and returns how many rows each took."""

    def conversation(self, number: int, result: ResultRow, latest: Latest) -> int:
        """Takes the number-th conversation; returns how many rows the long table got."""

    def meaning(self, row: Sequence[Cell]) -> None:
        """Takes a row of the codebook."""


class TableSink:
    """Writes to those of the tables that are wanted, of CSV or of a workbook, by their names."""

    def __init__(
        self,
        layout: Layout,
        zone: tzinfo,
        tables: Mapping[str, Table],
        style: Style = CODES,
        weighing: Weighing | None = None,
        theming: Theming | None = None,
    ) -> None:
        self._makers = (Wide(layout, zone, style), Long(layout, zone, style))
        self._weighing = weighing
        self._theming = theming
        self._wide, self._long, self._codebook = (tables.get(name) for name in TABLES)

    def conversation(self, number: int, result: ResultRow, latest: Latest) -> int:
        """See Sink."""
        wide, long = self._makers
        if self._wide is not None:
            row = wide.row(number, result, latest)
            if self._theming is not None:
                row += self._theming.cells(result, latest)
            if self._weighing is not None:
                row.append(self._weighing.of(result, latest))
            self._wide.write(row)
        written = 0
        if self._long is not None:
            for each in long.rows(number, result, latest):
                self._long.write(each)
                written += 1
        return written

    def meaning(self, row: Sequence[Cell]) -> None:
        """See Sink."""
        if self._codebook is not None:
            self._codebook.write(row)


class JsonSink:
    """Writes JSON Lines: an object for each conversation, each answer, each row of the codebook."""

    def __init__(
        self,
        layout: Layout,
        zone: tzinfo,
        files: Mapping[str, BinaryIO],
        weighing: Weighing | None = None,
        theming: Theming | None = None,
    ) -> None:
        self._makers = (Wide(layout, zone), Long(layout, zone))
        self._weighing = weighing
        self._theming = theming
        self._files = files
        self._header = header(layout)["codebook"]

    def conversation(self, number: int, result: ResultRow, latest: Latest) -> int:
        """See Sink."""
        wide, long = self._makers
        if "wide" in self._files:
            said = wide.document(number, result, latest)
            if self._theming is not None:
                said[THEMES] = {name: codes for name, codes in self._theming.told(result, latest).items() if codes is not None}
            if self._weighing is not None:
                said[self._weighing.name] = self._weighing.of(result, latest)
            self._write("wide", said)
        written = 0
        if "long" in self._files:
            for document in long.documents(number, result, latest):
                self._write("long", document)
                written += 1
        return written

    def meaning(self, row: Sequence[Cell]) -> None:
        """See Sink. What a row does not have, its object does not have either."""
        self._write("codebook", {name: cell for name, cell in zip(self._header, row, strict=True) if cell is not None})

    def _write(self, table: str, document: object) -> None:
        if table not in self._files:
            return
        self._files[table].write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))


def header(
    layout: Layout, style: Style = CODES, weighing: Weighing | None = None, theming: Theming | None = None
) -> dict[str, list[str]]:
    """Returns the columns of each table, by the tables' names."""
    wide = Wide(layout, UTC, style).header + ([] if theming is None else [*theming.names.values()])
    wide += [] if weighing is None else [weighing.name]
    return {"wide": wide, "long": list(long.HEADER), "codebook": codebook.header(layout)}


def weighed_by(layout: Layout, of: Callable[[ResultRow, Latest], float | None]) -> Weighing:
    """Returns the weighing of these weights; its column's name is no question's."""
    return Weighing(f"{WEIGHT}__raked" if WEIGHT in layout.columns() else WEIGHT, of)


def write(
    results: Iterable[ResultRow],
    layout: Layout,
    languages: Mapping[str, Language],
    sink: Sink,
    weighing: Weighing | None = None,
    theming: Theming | None = None,
) -> Written:
    """Writes an export in one pass over the results, which may hold only what the layout has seen."""
    counts = Counts()
    conversations = answers = 0
    for conversations, result in enumerate(results, 1):
        latest = result.latest()
        counts.add(result, latest)
        answers += sink.conversation(conversations, result, latest)
    meanings = 0
    for row in codebook.rows(layout, counts, languages, weight="" if weighing is None else weighing.name, theming=theming):
        sink.meaning(row)
        meanings += 1
    return Written(conversations, answers, meanings)
