"""An export: the wide table, the long table and the codebook, written while the results stream by, whatever the format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import BinaryIO, Literal, Protocol

import orjson

from bot.engine.language import Language
from bot.reports import codebook, long
from bot.reports.cells import Cell
from bot.reports.counts import Counts
from bot.reports.layout import Layout
from bot.reports.long import Long
from bot.reports.rows import ResultRow
from bot.reports.wide import Latest, Wide

Format = Literal["csv", "xlsx", "jsonl"]

TABLES = ("wide", "long", "codebook")


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
    """Writes to three tables, of CSV or of a workbook."""

    def __init__(self, layout: Layout, zone: tzinfo, wide: Table, long: Table, codebook: Table) -> None:
        self._makers = (Wide(layout, zone), Long(layout, zone))
        self._tables = (wide, long, codebook)

    def conversation(self, number: int, result: ResultRow, latest: Latest) -> int:
        """See Sink."""
        wide, long = self._makers
        self._tables[0].write(wide.row(number, result, latest))
        written = 0
        for row in long.rows(number, result, latest):
            self._tables[1].write(row)
            written += 1
        return written

    def meaning(self, row: Sequence[Cell]) -> None:
        """See Sink."""
        self._tables[2].write(row)


class JsonSink:
    """Writes JSON Lines: an object for each conversation, each answer, each row of the codebook."""

    def __init__(self, layout: Layout, zone: tzinfo, wide: BinaryIO, long: BinaryIO, codebook: BinaryIO) -> None:
        self._makers = (Wide(layout, zone), Long(layout, zone))
        self._files = (wide, long, codebook)
        self._header = header(layout)["codebook"]

    def conversation(self, number: int, result: ResultRow, latest: Latest) -> int:
        """See Sink."""
        wide, long = self._makers
        self._write(0, wide.document(number, result, latest))
        written = 0
        for document in long.documents(number, result, latest):
            self._write(1, document)
            written += 1
        return written

    def meaning(self, row: Sequence[Cell]) -> None:
        """See Sink. What a row does not have, its object does not have either."""
        self._write(2, {name: cell for name, cell in zip(self._header, row, strict=True) if cell is not None})

    def _write(self, table: int, document: object) -> None:
        self._files[table].write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))


def header(layout: Layout) -> dict[str, list[str]]:
    """Returns the columns of each table, by the tables' names."""
    return {"wide": layout.columns(), "long": list(long.HEADER), "codebook": codebook.header(layout)}


def write(results: Iterable[ResultRow], layout: Layout, languages: Mapping[str, Language], sink: Sink) -> Written:
    """Writes an export in one pass over the results, which may hold only what the layout has seen."""
    counts = Counts()
    conversations = answers = 0
    for conversations, result in enumerate(results, 1):
        latest = result.latest()
        counts.add(result, latest)
        answers += sink.conversation(conversations, result, latest)
    meanings = 0
    for row in codebook.rows(layout, counts, languages):
        sink.meaning(row)
        meanings += 1
    return Written(conversations, answers, meanings)
