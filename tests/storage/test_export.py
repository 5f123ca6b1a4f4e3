"""Exports as files, from both databases: whole or not at all, never over something else, and exactly what the database holds."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import openpyxl
import orjson
import pytest

from bot.engine.source import load
from bot.reports import xlsx_book
from bot.reports.csv_table import EXCEL_DECIMAL_COMMA
from bot.reports.rows import ResultRow, Selection
from storage import results
from storage.database import Database
from storage.export import Exported, ExportRefused, Wanted, write_export
from storage.statements import Transaction
from tests.reports.survey import FIRST, NOW, SECOND, conversations, languages
from tests.storage.people import insert
from tests.storage.test_results import put

PARTIAL: Literal["partial"] = "partial"


def fill(tx: Transaction, talks: list[ResultRow]) -> None:
    """Keeps both versions of the survey and these conversations."""
    for at, text in enumerate((FIRST, SECOND)):
        loaded = load(text, "barrio.yaml")
        assert loaded.flow is not None
        version = loaded.flow.version
        tx.write(*insert("flow_version", version=version, flow="barrio", content=loaded.content, created_at=at))
    tx.write(*insert("flow", id="barrio", state="open", version=version, updated_at=0))
    for result in talks:
        put(tx, result)


@pytest.fixture
def town(database: Database) -> Database:
    """The survey with its four conversations, one more that was left, one of a test."""
    four = conversations()
    left = four[1]._replace(conversation=5, receipt="", status=PARTIAL)
    tried = four[1]._replace(conversation=6, receipt="RECEIPT006", test=True)
    database.transaction_now(lambda tx: fill(tx, [*four, left, tried]))
    return database


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    """An export as CSV into a folder that is not there yet."""
    return Wanted("barrio", "csv", tmp_path / "new" / "exports", Selection(), NOW, languages()["es"], languages())


def exported(database: Database, wanted: Wanted) -> Exported:
    return database.read_now(lambda connection: write_export(connection, wanted))


def read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), delimiter=delimiter))


def test_csv(town: Database, wanted: Wanted):
    done = exported(town, wanted)
    wide, long, book = (read(file.path) for file in done.files)

    assert [file.path.name for file in done.files] == ["barrio-wide.csv", "barrio-long.csv", "barrio-codebook.csv"]
    assert [list(file.rows.values()) for file in done.files] == [[len(wide)], [len(long)], [len(book)]] == [[4], [35], [68]]
    for file in done.files:
        assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256
    assert wide[0]["idea"] == '\'=HYPERLINK("http://x")'
    assert wide[1]["idea"] == 'Más árboles:\n\'- ñandú, "comillas"; fin'
    assert (wide[1]["anios_2"], wide[1]["lugar/lat"], wide[1]["temas_other"]) == ("-7", "-1.49", "'-2+3")
    assert (done.left_out.taken, done.left_out.test, dict(done.left_out.by_status)) == (4, 1, {PARTIAL: 1})
    assert not list(wanted.folder.glob(".*")), "nothing is left of the making"


def test_csv_for_excel_in_spanish(town: Database, wanted: Wanted):
    done = exported(town, replace(wanted, dialect=EXCEL_DECIMAL_COMMA))
    wide = read(done.files[0].path, ";")

    assert done.files[0].path.read_bytes().startswith("\ufeffreceipt;".encode())
    assert wide[1]["lugar/lat"] == "-1,49"


def test_partial_and_test_conversations_by_request(town: Database, wanted: Wanted):
    done = exported(town, replace(wanted, selection=Selection(partial=True, test=True)))
    wide = read(done.files[0].path)

    assert [(row["row"], row["status"], row["test"]) for row in wide][4:] == [("5", PARTIAL, "0"), ("6", "completed", "1")]
    assert (done.left_out.taken, done.left_out.test, done.left_out.unfinished) == (6, 0, 0)


def test_xlsx(town: Database, wanted: Wanted):
    done = exported(town, replace(wanted, format="xlsx"))
    (file,) = done.files
    read = openpyxl.load_workbook(file.path)
    header, *rows = read["respuestas"].iter_rows(values_only=True)
    second: dict[str, Any] = dict(zip(header, rows[1], strict=True))

    assert read.sheetnames == ["respuestas", "largo", "codigos"]
    assert file.path.name == "barrio.xlsx"
    assert dict(file.rows) == {"wide": 4, "long": 35, "codebook": 68}
    assert [read[name].max_row - 1 for name in read.sheetnames] == [4, 35, 68]
    assert second["idea"] == 'Más árboles:\n- ñandú, "comillas"; fin'
    assert (second["edad__integer"], second["anios_2"], second["lugar/lat"], second["temas/luz"]) == (34, -7, -1.49, 0)
    assert dict(zip(header, rows[0], strict=True))["idea"] == '=HYPERLINK("http://x")'
    assert all(cell.data_type != "f" for name in read.sheetnames for row in read[name].iter_rows() for cell in row)
    assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256


def test_jsonl(town: Database, wanted: Wanted):
    done = exported(town, replace(wanted, format="jsonl"))
    wide, long, book = ([orjson.loads(line) for line in file.path.read_bytes().splitlines()] for file in done.files)

    assert [file.path.name for file in done.files] == ["barrio-wide.jsonl", "barrio-long.jsonl", "barrio-codebook.jsonl"]
    assert (len(wide), len(long), len(book)) == (4, 35, 68)
    assert wide[1]["answers"]["anios"] == {"1": 5, "2": -7}


def test_no_identity_in_any_file(town: Database, wanted: Wanted):
    for form in ("csv", "jsonl"):
        for file in exported(town, replace(wanted, format=form)).files:
            text = file.path.read_text(encoding="utf-8")
            assert "María" not in text
            assert "+593" not in text


def test_a_flow_that_nobody_answered(database: Database, wanted: Wanted):
    database.transaction_now(lambda tx: fill(tx, []))
    done = exported(database, wanted)

    assert [list(file.rows.values()) for file in done.files[:2]] == [[0], [0]]
    assert done.files[0].path.read_text(encoding="utf-8").startswith("receipt,row,status,test,")
    assert "edad,integer" in done.files[2].path.read_text(encoding="utf-8")


def refused(work: Callable[[], object]) -> tuple[str, dict[str, object]]:
    with pytest.raises(ExportRefused) as error:
        work()
    return error.value.key, dict(error.value.places)


def test_a_flow_that_is_unknown(town: Database, wanted: Wanted):
    key, places = refused(lambda: exported(town, replace(wanted, flow="../nada")))

    assert (key, places) == ("export.no_flow", {"flow": "../nada"})
    assert not wanted.folder.exists()


def test_nothing_is_replaced_unless_forced(town: Database, wanted: Wanted):
    wanted.folder.mkdir(parents=True)
    there = wanted.folder / "barrio-long.csv"
    there.write_text("de antes", encoding="utf-8")

    assert refused(lambda: exported(town, wanted)) == ("export.exists", {"files": str(there)})
    assert [path.name for path in wanted.folder.iterdir()] == [there.name]
    assert there.read_text(encoding="utf-8") == "de antes"

    exported(town, replace(wanted, force=True))
    assert there.read_text(encoding="utf-8").startswith("receipt,")


def test_a_failure_on_the_way_leaves_nothing(town: Database, wanted: Wanted, monkeypatch: pytest.MonkeyPatch):
    real = results.stream

    def breaks(*arguments: Any) -> Any:
        yield next(real(*arguments))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results, "stream", breaks)

    assert refused(lambda: exported(town, wanted)) == (
        "export.unwritable",
        {"folder": wanted.folder, "error": "No space left on device"},
    )
    assert list(wanted.folder.iterdir()) == []


def test_rows_that_go_missing_are_no_export(town: Database, wanted: Wanted, monkeypatch: pytest.MonkeyPatch):
    real = results.stream
    monkeypatch.setattr(results, "stream", lambda *arguments: iter(list(real(*arguments))[:2]))

    with pytest.raises(AssertionError, match="2 of 4"):
        exported(town, wanted)
    assert list(wanted.folder.iterdir()) == []


def test_a_folder_that_cannot_be_made(town: Database, wanted: Wanted, tmp_path: Path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    key, places = refused(lambda: exported(town, replace(wanted, folder=tmp_path / "file")))

    assert (key, places["folder"]) == ("export.unwritable", tmp_path / "file")


def test_too_many_columns_for_a_sheet(town: Database, wanted: Wanted, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(xlsx_book, "COLUMNS", 20)

    assert refused(lambda: exported(town, replace(wanted, format="xlsx"))) == ("export.too_wide", {"columns": 46})
    assert list(wanted.folder.iterdir()) == []


def test_the_same_answers_are_the_same_file(town: Database, wanted: Wanted):
    for form in ("csv", "xlsx", "jsonl"):
        twice = [exported(town, replace(wanted, format=form, force=True)) for _ in range(2)]
        assert [file.sha256 for file in twice[0].files] == [file.sha256 for file in twice[1].files]


def test_files_are_the_owners_to_share(town: Database, wanted: Wanted):
    before = os.umask(0o027)
    try:
        done = exported(town, wanted)
    finally:
        os.umask(before)

    assert {file.path.stat().st_mode & 0o777 for file in done.files} == {0o640}, "as the person's own umask says"
