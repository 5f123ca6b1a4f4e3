"""Exports as files: written in a folder of their own while results stream from one snapshot, then put in their places whole.

Nobody ever sees half an export: a file with its final name is complete, and what failed leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TextIO, TypeVar

from sqlalchemy import Connection

from bot.engine.build import build
from bot.engine.language import Language
from bot.reports import export
from bot.reports.csv_table import PLAIN, CsvTable, Dialect
from bot.reports.export import TABLES, Format, JsonSink, Sink, TableSink, Weighing, Written, weighed_by
from bot.reports.filters import conditions
from bot.reports.layout import Layout, lay_out
from bot.reports.rows import LeftOut, ResultRow, Selection, left_out
from bot.reports.themes.columns import Theming
from bot.reports.weights import Unweighted, Weighting
from bot.reports.wide import CODES, Style
from bot.reports.xlsx_book import TooWideError, XlsxBook
from storage import results, weights
from storage.coded import themed
from storage.refusal import Refused

Made = TypeVar("Made")

EVERY = 500
"""After so many conversations whoever watches an export is told."""


class ExportRefused(Refused):
    """There is no such flow, or its export cannot be written there."""


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that was written: `rows` in each of its tables (headers not counted), sha256 in hex."""

    path: Path
    rows: Mapping[str, int]
    sha256: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what was left out. `cut` texts did not fit into a cell of a workbook.

    `weights` is what each conversation's weight comes from where the file holds weights; or why it holds none although margins
    are kept for the flow.
    """

    files: tuple[ExportedFile, ...]
    left_out: LeftOut
    cut: int
    weights: Weighting | Unweighted | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported, and where to.

    `now` is aware, in the municipality's zone, in which times are told. `language` is the reader's, `languages` the product's.
    `force`: files that are there already are replaced. `dialect` is for CSV. `where` are conditions as they were typed. `tables`
    are those that are written, in the order of TABLES. `progress` is told now and then how many conversations are written.
    `weights`: with what each counts for, where margins are kept for the flow.
    """

    flow: str
    format: Format
    folder: Path
    selection: Selection
    now: datetime
    language: Language
    languages: Mapping[str, Language]
    dialect: Dialect = PLAIN
    force: bool = False
    where: tuple[str, ...] = ()
    tables: tuple[str, ...] = TABLES
    style: Style = CODES
    progress: Callable[[int], None] | None = None
    weights: bool = False

    def targets(self) -> dict[str, Path]:
        """Returns the files by table; a workbook holds all tables."""
        if self.format == "xlsx":
            return {"": self.folder / f"{self.flow}.xlsx"}
        return {table: self.folder / f"{self.flow}-{table}.{self.format}" for table in self.tables}


def read_layout(connection: Connection, flow: str, selection: Selection) -> Layout:
    """Returns the flow's questions over all its versions. Raises ExportRefused "export.no_flow"."""
    versions = results.versions(connection, flow)
    if not versions:
        raise ExportRefused("export.no_flow", flow=flow)
    return lay_out({version: build(content) for version, content in versions.items()}, results.seen(connection, flow, selection))


def judged(connection: Connection, flow: str, selection: Selection, where: Sequence[str]) -> Selection:
    """Returns the selection with these conditions in its filter. Raises ExportRefused "export.no_flow", FilterError."""
    if not where:
        return selection
    # the questions are those of the flow's versions, whatever was answered
    layout = lay_out(read_layout(connection, flow, selection).flows, ())
    return replace(selection, only=replace(selection.only, conditions=conditions(where, layout)))


def write_export(connection: Connection, wanted: Wanted) -> Exported:
    """Writes an export of what this connection sees, which should be one snapshot, and returns what was written.

    Raises ExportRefused "export.no_flow"; "export.no_language" for labels in one that the flow has not; "export.exists" for
    files that are there already; "export.too_wide" for a workbook with more columns than a sheet holds; "export.unwritable" where
    the folder or a file cannot be written.
    """
    wanted = replace(wanted, selection=judged(connection, wanted.flow, wanted.selection, wanted.where))
    layout = read_layout(connection, wanted.flow, wanted.selection)
    if wanted.style.labels and wanted.style.labels not in layout.languages:
        raise ExportRefused("export.no_language", language=wanted.style.labels, known=", ".join(layout.languages))
    kept = weights_of(connection, wanted, layout)
    weighing = weighed_by(layout, kept.of) if isinstance(kept, Weighting) else None
    (written, book, left), hashes = put_in_place(
        wanted.folder,
        wanted.targets(),
        force=wanted.force,
        make=lambda paths, scratch: _written(connection, wanted, layout, weighing, paths, scratch),
    )
    files = tuple(
        ExportedFile(path, _rows(table, written, wanted.tables), hashes[table]) for table, path in wanted.targets().items()
    )
    return Exported(files, left, book.cut if book is not None else 0, kept)


def weights_of(connection: Connection, wanted: Wanted, layout: Layout) -> Weighting | Unweighted | None:
    """Returns the weights that an export is to hold, or why it holds none of those that are kept; None where none are wanted."""
    return weights.raked(connection, wanted.flow, layout, wanted.selection) if wanted.weights else None


def _written(
    connection: Connection,
    wanted: Wanted,
    layout: Layout,
    weighing: Weighing | None,
    paths: Mapping[str, Path],
    scratch: Path,
) -> tuple[Written, XlsxBook | None, LeftOut]:
    with ExitStack() as stack:
        theming = themed(connection, wanted.flow, layout)
        sink, book = _sink(wanted, layout, weighing, theming, paths, scratch, stack)
        rows = watched(results.stream(connection, wanted.flow, wanted.selection), wanted.progress)
        written = export.write(rows, layout, wanted.languages, sink, weighing, theming)
    left = left_out(results.groups(connection, wanted.flow, wanted.selection.only), wanted.selection)
    assert written.wide == left.taken, f"{written.wide} of {left.taken} conversations were written"
    return written, book, left


def watched(rows: Iterable[ResultRow], progress: Callable[[int], None] | None) -> Iterable[ResultRow]:
    """Returns the same conversations; `progress` is told after each EVERY of them how many have passed."""
    return rows if progress is None else _telling(rows, progress)


def _telling(rows: Iterable[ResultRow], progress: Callable[[int], None]) -> Iterator[ResultRow]:
    number = 0
    for number, result in enumerate(rows, 1):
        yield result
        if not number % EVERY:
            progress(number)
    progress(number)


def put_in_place(
    folder: Path, targets: Mapping[str, Path], *, force: bool, make: Callable[[Mapping[str, Path], Path], Made]
) -> tuple[Made, dict[str, str]]:
    """Makes files in a folder of their own and then puts them in their places whole; returns what `make` said and their sha256.

    `make` is given the path of each file by its name in `targets`, and that folder. Raises ExportRefused "export.exists",
    "export.unwritable", "export.too_wide".
    """
    _refuse_existing(targets, force=force)
    try:
        with _scratch(folder) as scratch:
            paths = {table: scratch / target.name for table, target in targets.items()}
            made = make(paths, scratch)
            hashes = {table: _finished(path) for table, path in paths.items()}
            _refuse_existing(targets, force=force)
            for table, path in paths.items():
                path.replace(targets[table])
            _sync(folder)
    except OSError as error:
        raise ExportRefused("export.unwritable", folder=folder, error=error.strerror or type(error).__name__) from error
    except TooWideError as error:
        raise ExportRefused("export.too_wide", columns=error.columns) from error
    return made, hashes


def _sink(
    wanted: Wanted,
    layout: Layout,
    weighing: Weighing | None,
    theming: Theming | None,
    paths: Mapping[str, Path],
    scratch: Path,
    stack: ExitStack,
) -> tuple[Sink, XlsxBook | None]:
    zone = wanted.now.tzinfo
    assert zone is not None, "the clock tells the municipality's time"
    headers = export.header(layout, wanted.style, weighing, theming)
    match wanted.format:
        case "csv":
            files = {table: stack.enter_context(_text(paths[table])) for table in wanted.tables}
            tables = {table: CsvTable(file, headers[table], wanted.dialect) for table, file in files.items()}
            return TableSink(layout, zone, tables, wanted.style, weighing, theming), None
        case "jsonl":
            opened = {table: stack.enter_context(_binary(paths[table])) for table in wanted.tables}
            return JsonSink(layout, zone, opened, weighing, theming), None
        case "xlsx":
            book = XlsxBook(stack.enter_context(_binary(paths[""])), scratch, wanted.now)
            sheets = {table: book.table(wanted.language.say(f"export.sheet.{table}"), headers[table]) for table in wanted.tables}
            stack.callback(book.close)
            return TableSink(layout, zone, sheets, wanted.style, weighing, theming), book


def _text(path: Path) -> TextIO:
    return io.TextIOWrapper(_binary(path), encoding="utf-8", newline="", write_through=False)


def _binary(path: Path) -> BinaryIO:
    return path.open("xb", buffering=1 << 16)


def _rows(table: str, written: Written, tables: Sequence[str]) -> dict[str, int]:
    return {name: getattr(written, name) for name in (tables if table == "" else (table,))}


def _refuse_existing(targets: Mapping[str, Path], *, force: bool) -> None:
    there = [target for target in targets.values() if target.exists()]
    if there and not force:
        raise ExportRefused("export.exists", files=", ".join(map(str, there)))


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Yields a folder in that folder, so that moving a file out of it is one step; it is gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _finished(path: Path) -> str:
    """Returns the file's sha256, once it is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    """Makes the new names survive a power cut, where folders can be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
