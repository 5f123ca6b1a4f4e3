"""Sheets are read from whatever file holds them, and nothing that a file does can hurt."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from bot.forms import reading, worker
from bot.forms.workbook import UnreadableError, letter

from .bringing import FORMS, languages


def xlsx(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, datetime | date):
                        sheet.write_datetime(at, column, value, day)
                    elif value is not None:
                        sheet.write(at, column, value)
    return target.getvalue()


SURVEY = [["type", "name", "label"], ["text", "a", "¿Qué?"]]


def cells(data: bytes, sheet: str = "survey") -> list[tuple[str, ...]]:
    return [row.cells for row in reading.read(data).sheets[sheet].rows]


def test_cells_are_what_a_person_sees() -> None:
    row = ["integer", 1.0, 2.5, True, date(2026, 3, 15), "  con\u00a0espacio\u200b ", None, "x"]
    assert cells(xlsx({"Survey ": [["type"], row]}))[1] == (
        "integer", "1", "2.5", "TRUE", "2026-03-15", "con espacio", "", "x",
    )  # fmt: skip


def test_blank_rows_are_passed_over_and_rows_keep_their_number() -> None:
    found = reading.read(xlsx({"survey": [["type"], [], ["text"], [None, " "], ["note"]]})).sheets["survey"]
    assert [row.number for row in found.rows] == [1, 3, 5]


@pytest.mark.parametrize("name", ["sheet.xls", "sheet.csv", "sheet"])
def test_the_name_of_a_file_does_not_matter(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(xlsx({"survey": SURVEY}))
    assert worker.read(file).sheets["survey"].rows[1].cells == ("text", "a", "¿Qué?")


def test_an_old_spreadsheet_called_xlsx_is_read(tmp_path: Path) -> None:
    file = tmp_path / "old.xlsx"
    file.write_bytes((FORMS / "pyxform_sms_info.xls").read_bytes())
    assert {"survey", "choices", "settings"} <= worker.read(file).sheets.keys()


def test_only_the_sheets_of_a_form_are_read_and_the_others_named() -> None:
    found = reading.read(xlsx({"Notas": [["x"] * 3], "survey": SURVEY, "External choices": [["list_name", "name"]]}))
    assert found.sheets.keys() == {"survey", "external_choices"}
    assert found.unread == ("Notas",)


CSV = '"survey","type","name","label"\n,"text","a","Hola, ¿qué?"\n"choices"\n,"list_name","name","label"\n,"l","x","X"\n'


@pytest.mark.parametrize(
    "data",
    [
        CSV.encode(),
        CSV.encode("utf-8-sig"),
        CSV.encode("utf-16"),
        CSV.encode("cp1252"),
        CSV.replace(",", ";").replace("Hola;", "Hola,").encode(),
    ],
)
def test_a_csv_holds_its_sheets_in_any_encoding(data: bytes) -> None:
    assert cells(data) == [("type", "name", "label"), ("text", "a", "Hola, ¿qué?")]
    assert cells(data, "choices")[1] == ("l", "x", "X")


def test_a_csv_of_one_table_is_a_survey() -> None:
    assert cells(b"type,name,label\ntext,a,Hola\n") == [("type", "name", "label"), ("text", "a", "Hola")]


def test_markdown_may_escape_its_bars_and_rule_its_header() -> None:
    text = "# Mi formulario\n\n| survey |\n|  | type | constraint |\n|  | --- | :---: |\n|  | text | regex(., 'a\\|b') |\n"
    assert cells(text.encode()) == [("type", "constraint"), ("text", "regex(., 'a|b')")]


def packed(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b'<?xml version="1.0"?><h:html/>', "markup"),
        (b"<html><table><tr><td>type</td></tr></table></html>", "markup"),
        (b'{"survey": []}', "json"),
        (b"%PDF-1.7 ...", "pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "binary"),
        (packed(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content_xml=b"<x/>"), "ods"),
        (packed(xl__workbook_bin=b"x"), "xlsb"),
        (packed(readme=b"x"), "no_workbook"),
        (packed(xl__workbook_xml=b"<x/>", xl__big=b"0" * 160_000_000), "unpacks_too_big"),
        (xlsx({"survey": [["type"] * 500]}), "too_big"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") * 40, "encrypted"),
        (b"PK\x03\x04 broken", "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken", "broken"),
        (packed(xl__workbook_xml=b"<x/>"), "broken"),
    ],
)
def test_what_is_no_form_is_refused_in_words(tmp_path: Path, data: bytes, code: str) -> None:
    file = tmp_path / "formulario.xlsx"
    file.write_bytes(data)
    with pytest.raises(UnreadableError) as refused:
        worker.read(file)
    assert refused.value.code == code
    for language in ("es", "en"):
        assert languages()[language].say(f"forms.unreadable.{code}", **refused.value.places)


def test_a_missing_file_a_folder_and_one_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableError, match="no_file"):
        worker.read(tmp_path / "nada.xlsx")
    with pytest.raises(UnreadableError, match="folder"):
        worker.read(tmp_path)
    monkeypatch.setattr(worker, "BYTES", 10)
    (tmp_path / "grande.csv").write_bytes(b"type,name\n" * 3)
    with pytest.raises(UnreadableError, match="file_too_big"):
        worker.read(tmp_path / "grande.csv")


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "f.xlsx"
    file.write_bytes(xlsx({"survey": SURVEY}))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UnreadableError) as refused:
        worker.read(file)
    assert refused.value.code == "extra"
    assert "minga[xlsform]" in languages()["es"].say("forms.unreadable.extra", **refused.value.places)


def test_reading_ends_at_its_memory(tmp_path: Path) -> None:
    file = tmp_path / "f.xlsx"
    file.write_bytes(xlsx({"survey": [*SURVEY, *(["note", f"n{at}", f"{at}" + "x" * 3_000] for at in range(2_500))]}))
    assert len(worker.read(file).sheets["survey"].rows) == 2_502
    with pytest.raises(UnreadableError) as refused:
        worker.read(file, memory=46_000_000)
    assert refused.value.code in ("too_much", "broken")


def test_reading_ends_at_its_time(tmp_path: Path) -> None:
    file = tmp_path / "f.xlsx"
    file.write_bytes(xlsx({"survey": [*SURVEY, *(["note", f"n{at}", "x" * 60] for at in range(60_000))]}))
    with pytest.raises(UnreadableError) as refused:
        worker.read(file, seconds=0)
    assert refused.value.code in ("too_long", "broken")


def test_a_sheet_that_claims_a_million_rows_is_read_by_what_it_holds(tmp_path: Path) -> None:
    data = xlsx({"survey": [*SURVEY]})
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b'ref="A1:C2"', b'ref="A1:XFD1048576"')
                assert b"XFD1048576" in content
            new.writestr(name, content)
    assert cells(target.getvalue())[1] == ("text", "a", "¿Qué?")


def test_a_formula_is_its_kept_value_and_one_without_is_told() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as made:
        sheet = made.add_worksheet("survey")
        sheet.write_row(0, 0, ["type", "name", "label"])
        sheet.write(1, 0, "text")
        sheet.write_formula(1, 1, '="a"', None, "a")
        sheet.write_formula(1, 2, '="b"', None, "")
    found = reading.read(target.getvalue())
    assert found.sheets["survey"].rows[1].cells == ("text", "a")
    assert found.formulas == (("survey", 2, "C"),)


def test_letters_of_columns() -> None:
    assert [letter(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
