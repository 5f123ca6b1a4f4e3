"""No cell that a spreadsheet opens is a formula."""

from __future__ import annotations

import csv
import io
import tempfile
import time
import unicodedata
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from bot.reports.cells import Cell
from bot.reports.csv_table import EXCEL, EXCEL_DECIMAL_COMMA, PLAIN, CsvTable, Dialect
from bot.reports.guard import guard
from bot.reports.xlsx_book import XlsxBook
from tests.luck import examples
from tests.reports.survey import NOW

DANGEROUS = "=+-@＝＋－＠"
NASTY = st.text(
    st.one_of(st.sampled_from(DANGEROUS + " \t\r\n;,\"'\u00a0\ufeff\u200b"), st.characters(exclude_categories=["Cs"]))
)


def begins_a_formula(cell: str) -> bool:
    """Whether a program that passes over whatever is blank or invisible would see a formula."""
    visible = (sign for sign in cell if not sign.isspace() and unicodedata.category(sign) not in ("Cc", "Cf", "Zs", "Zl", "Zp"))
    return next(visible, "x") in DANGEROUS


def as_csv(header: list[str], *rows: list[Cell], dialect: Dialect = PLAIN) -> str:
    """The CSV of these rows."""
    file = io.StringIO(newline="")
    table = CsvTable(file, header, dialect)
    for row in rows:
        table.write(row)
    return file.getvalue()


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+593 99", "'+593 99"),
        ("-5", "'-5"),
        ("@minga", "'@minga"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        ("  =1", "'  =1"),
        ("\u200b=1", "'\u200b=1"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("uno, =dos", "uno, =dos"),
        ("uno; =dos", "uno; '=dos"),
        ("uno\n- dos", "uno\n'- dos"),
        ("a-b", "a-b"),
        ("ñandú", "ñandú"),
        ("", ""),
    ],
)
def test_what_is_guarded(text: str, cell: str):
    assert guard(text) == cell


def test_where_semicolons_separate_commas_are_foreign():
    assert guard("uno, =dos", ";") == "uno, '=dos"
    assert guard("uno; =dos", ";") == "uno; =dos"


@pytest.mark.parametrize("own", [",", ";"])
def test_a_place_is_left_as_it_is_and_nothing_hides_behind_one(own: str):
    for place in ("geo:-1.6,-78.6", "geo:1,-78.65;u=5.0"):
        assert guard(place, own) == place
    assert guard("geo:-1.6,-78.6+cmd", ";") == "geo:-1.6,'-78.6+cmd"
    assert guard("geo:1,2;=1", ",") == "geo:1,2;'=1"


def test_a_text_of_many_separators_is_guarded_in_no_time():
    text = "\n" * 200_000
    began = time.process_time()
    guard(text)

    assert time.process_time() - began < 2, "quadratic would take minutes"


@given(st.lists(NASTY, min_size=1, max_size=4), st.sampled_from([PLAIN, EXCEL, EXCEL_DECIMAL_COMMA]))
def test_no_cell_of_a_csv_is_a_formula_whatever_separates(texts: list[str], dialect: Dialect):
    written = as_csv(["first", *texts], ["x", *texts], dialect=dialect)

    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter):
            for cell in row:
                assert delimiter != dialect.delimiter or cell[:1] not in ("\t", "\r", "\n")
                assert not begins_a_formula(cell.removeprefix("\ufeff")), (delimiter, cell)


@given(NASTY)
def test_a_text_comes_back_from_csv_but_for_the_apostrophes(text: str):
    (_, row) = csv.reader(io.StringIO(as_csv(["h"], [text, 1]), newline=""))

    assert row[0] == guard(text), "also where it was told fast that nothing is to be guarded"
    assert row[0].replace("'", "") == text.replace("'", "")


def test_numbers_are_no_text():
    rows: list[Cell] = [-5, -1.5, 10**30, 0.1 + 0.2, 1e-07, None]

    assert as_csv(["n"], rows).splitlines()[1] == f"-5,-1.5,{10**30},0.30000000000000004,1e-07,"
    assert as_csv(["n"], [-5, -1.5, "1.5"], dialect=EXCEL_DECIMAL_COMMA).splitlines()[1] == "-5;-1,5;1.5"


def test_only_csv_for_excel_has_a_mark():
    assert as_csv(["año"]) == "año\r\n"
    assert as_csv(["año"], dialect=EXCEL) == "\ufeffaño\r\n"


def opened(path: Any) -> Any:
    return openpyxl.load_workbook(path)


def test_xlsx_text_is_text(tmp_path):
    texts = [
        '=HYPERLINK("http://x")',
        "-5",
        "+1",
        "@a",
        "0987654321",
        "http://example.org/" + "a" * 2100,
        "{=1}",
        "a\nb",
    ]
    with (tmp_path / "b.xlsx").open("wb") as file:
        book = XlsxBook(file, tmp_path, NOW)
        table = book.table("hoja", texts)
        table.write(texts)
        table.write([-5, 1.5, None, 10**15 - 1, 10**20, 0.1 + 0.2])
        book.close()
    sheet = opened(tmp_path / "b.xlsx")["hoja"]
    header, first, second = ([cell.value for cell in row] for row in sheet.iter_rows())

    assert header == first == texts
    assert {cell.data_type for cell in [*sheet[1], *sheet[2]]} <= {"s", "inlineStr"}
    assert all(cell.hyperlink is None for cell in sheet[2])
    assert second[:5] == [-5, 1.5, None, 10**15 - 1, str(10**20)]
    assert second[5] == pytest.approx(0.1 + 0.2, rel=1e-15)
    assert [cell.data_type for cell in sheet[3]][:2] == ["n", "n"]


@examples(30)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20), min_size=1, max_size=3))
def test_no_cell_of_a_workbook_is_a_formula(texts: list[str]):
    file = io.BytesIO()
    book = XlsxBook(file, Path(tempfile.gettempdir()), NOW)
    book.table("hoja", texts).write([f"={text}" for text in texts])
    book.close()
    header, row = openpyxl.load_workbook(file)["hoja"].iter_rows()

    assert [cell.value for cell in header] == texts
    assert [cell.value for cell in row] == [f"={text}" for text in texts]
    assert all(cell.data_type != "f" for cell in [*header, *row])


def test_xlsx_text_that_looks_like_an_escape_comes_back(tmp_path):
    with (tmp_path / "b.xlsx").open("wb") as file:
        book = XlsxBook(file, tmp_path, NOW)
        book.table("hoja", ["t"]).write(["_x0041_\x07"])
        book.close()

    assert unescape(opened(tmp_path / "b.xlsx")["hoja"]["A2"].value) == "_x0041_\x07"


def test_a_full_sheet_goes_on_in_the_next(tmp_path):
    with (tmp_path / "b.xlsx").open("wb") as file:
        book = XlsxBook(file, tmp_path, NOW)
        table = book.table("largo", ["n"], rows=3)
        for number in range(5):
            table.write([number])
        book.close()
    read = opened(tmp_path / "b.xlsx")

    assert read.sheetnames == ["largo", "largo 2", "largo 3"]
    assert [[row[0].value for row in read[name].iter_rows()] for name in read.sheetnames] == [["n", 0, 1], ["n", 2, 3], ["n", 4]]


@pytest.mark.parametrize("sign", ["a", "😀"])
def test_a_text_that_no_cell_holds_is_cut_and_counted(tmp_path, sign):
    with (tmp_path / "b.xlsx").open("wb") as file:
        book = XlsxBook(file, tmp_path, NOW)
        book.table("hoja", ["t"]).write([sign * 40_000])
        book.close()
    text = opened(tmp_path / "b.xlsx")["hoja"]["A2"].value

    assert text.startswith(sign * 1_000)
    assert text.endswith(" […]")
    assert 32_765 <= len(text.encode("utf-16-le")) // 2 <= 32_767
    assert book.cut == 1
