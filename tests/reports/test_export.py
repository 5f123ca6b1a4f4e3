"""An export as a stream: one pass, flat memory, whatever the format."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import orjson
import pytest

from bot.reports import export
from bot.reports.csv_table import CsvTable
from bot.reports.export import TABLES, JsonSink, TableSink, Written
from bot.reports.layout import Layout
from bot.reports.rows import ResultRow, Selection
from bot.reports.summary import summarise
from bot.reports.xlsx_book import COLUMNS, TooWideError, XlsxBook
from tests.reports.survey import ECUADOR, NOW, conversations, languages, layout


class Nowhere(io.StringIO):
    """A file that keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)


def many(count: int) -> Iterator[ResultRow]:
    """Many conversations, made one by one."""
    sample = conversations()
    for number in range(count):
        yield sample[number % len(sample)]._replace(conversation=number, receipt=f"R{number:09}")


def csv_sink(laid: Layout) -> TableSink:
    headers = export.header(laid)
    return TableSink(laid, ECUADOR, {table: CsvTable(Nowhere(), headers[table]) for table in TABLES})


def test_rows_are_counted():
    results = conversations()
    laid = layout(results)

    assert export.write(results, laid, languages(), csv_sink(laid)) == Written(wide=4, long=35, codebook=68)


def test_json_lines():
    results = conversations()
    laid = layout(results)
    files = {table: io.BytesIO() for table in TABLES}
    written = export.write(results, laid, languages(), JsonSink(laid, ECUADOR, files))
    wide, long, book = ([orjson.loads(line) for line in file.getvalue().splitlines()] for file in files.values())

    assert (len(wide), len(long), len(book)) == (written.wide, written.long, written.codebook)
    assert wide[1]["answers"]["temas"] == ["agua", "other"]
    assert wide[0]["test"] is False
    assert long[0] == {
        "receipt": "RECEIPT001",
        "row": 1,
        "version": wide[0]["version"],
        "step": "canton",
        "instance": None,
        "type": "select_one",
        "value": "ibarra",
        "empty": None,
        "reason": None,
        "comment": None,
        "answered_at": "2026-11-20T10:01:00-05:00",
    }
    assert book[0] == {
        "kind": "version",
        "version": wide[0]["version"],
        "label_es": "Mi barrio",
        "label_en": "My neighbourhood",
        "conversations": 1,
    }


def test_no_conversations_are_a_table_without_rows():
    laid = layout([])
    written = export.write([], laid, languages(), csv_sink(laid))

    assert (written.wide, written.long) == (0, 0)
    assert written.codebook > 0


def peak(work, count: int = 2_500) -> int:
    """The most memory in bytes that is held at once while so many conversations are worked on."""
    work(100)
    tracemalloc.start()
    try:
        work(count)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_stays_flat_whatever_the_number_of_answers(tmp_path):
    laid = layout(conversations())

    def as_csv(count: int) -> None:
        export.write(many(count), laid, languages(), csv_sink(laid))

    def as_xlsx(count: int) -> None:
        with (tmp_path / "b.xlsx").open("wb") as file:
            book = XlsxBook(file, tmp_path, NOW)
            headers = export.header(laid)
            export.write(many(count), laid, languages(), TableSink(laid, ECUADOR, {t: book.table(t, headers[t]) for t in TABLES}))
            book.close()

    def as_summary(count: int) -> None:
        summarise(many(count), laid, [], Selection())

    # some 22,000 answers: kept, they would be several megabytes
    assert peak(as_csv) < 500_000
    assert peak(as_summary) < 500_000
    assert peak(as_xlsx, 800) < 1_500_000


def test_a_table_too_wide_for_a_sheet_is_refused(tmp_path):
    book = XlsxBook(io.BytesIO(), tmp_path, NOW)

    with pytest.raises(TooWideError) as refused:
        book.table("hoja", ["x"] * (COLUMNS + 1))
    assert refused.value.columns == COLUMNS + 1
    book.table("hoja", ["x"]).write([1])
    book.close()


def test_the_same_answers_are_the_same_bytes(tmp_path):
    def made() -> bytes:
        file, laid = io.BytesIO(), layout(conversations())
        book = XlsxBook(file, tmp_path, NOW)
        headers = export.header(laid)
        export.write(conversations(), laid, languages(), TableSink(laid, ECUADOR, {t: book.table(t, headers[t]) for t in TABLES}))
        book.close()
        return file.getvalue()

    assert made() == made()
