"""Reads the sheets of a file, whatever it is called: .xlsx, .xls, XLSForm's CSV, or Markdown tables.

Runs in a process of its own (`worker`), because a spreadsheet is a program's worth of trust: values only, no formula is
computed, no macro and no link followed.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator

from bot.forms.cells import shown, tidy
from bot.forms.workbook import CHARACTERS, COLUMNS, ROWS, Row, Sheet, UnreadableError, Workbook, letter

FORM_SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm", "cascades", "columns")
"""Sheets that a form may have; the others of a workbook are notes of whoever made it."""

_UNPACKED = 150_000_000
_SCANNED = 1_100_000
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_RULE = re.compile(r":?-{2,}:?")


def read(data: bytes) -> Workbook:
    """Returns the sheets of a file. Raises UnreadableError; what the libraries raise for broken files goes through."""
    if data.startswith(_ZIP):
        return _xlsx(data)
    if data.startswith(_OLE) or data[:2] == b"\x09\x08":
        return _xls(data)
    text = _decoded(data)
    start = text.lstrip()[:300].lower()
    if not start:
        raise UnreadableError("empty")
    if start.startswith(("<?xml", "<h:html", "<html", "<!doctype", "<table")):
        raise UnreadableError("markup")
    if start.startswith(("{", "[")):
        raise UnreadableError("json")
    if start.startswith("%pdf"):
        raise UnreadableError("pdf")
    lines = text.splitlines()
    tables = sum(line.strip().startswith("|") for line in lines)
    return _named(_markdown(lines) if tables and tables * 2 >= sum(1 for line in lines if line.strip()) else _comma(text))


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:4000]:
        raise UnreadableError("binary")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # what Excel writes as "CSV" in Spanish
        return data.decode("cp1252", "replace")


class _Gathered:
    """Keeps the rows with content and counts what they hold. Raises UnreadableError where they are too many."""

    def __init__(self) -> None:
        self.characters = 0

    def rows(self, name: str, rows: Iterable[tuple[int, Iterable[str]]]) -> Sheet:
        kept: list[Row] = []
        for number, cells in rows:
            found = list(cells)
            while found and not found[-1]:
                found.pop()
            if not found:
                continue
            self.characters += sum(map(len, found))
            if len(found) > COLUMNS or len(kept) >= ROWS or self.characters > CHARACTERS:
                raise UnreadableError("too_big", sheet=name, rows=ROWS, columns=COLUMNS)
            kept.append(Row(number, tuple(found)))
        return Sheet(name, tuple(kept))


def _wanted(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Returns which sheets to read, and the names of the others. Without a survey every sheet may be it."""
    every = list(names)
    known = [name for name in every if sheet_key(name) in FORM_SHEETS]
    if not any(sheet_key(name) == "survey" for name in known):
        return every[:20], every[20:]
    return known, [name for name in every if name not in known]


def sheet_key(name: str) -> str:
    """Returns a sheet's name as forms know it: "Survey " is survey, "External choices" external_choices."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


# ── spreadsheets ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _xlsx(data: bytes) -> Workbook:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = packed.namelist()
        if sum(info.file_size for info in packed.infolist()) > _UNPACKED or len(names) > 5_000:
            raise UnreadableError("unpacks_too_big")
        if "xl/workbook.bin" in names:
            raise UnreadableError("xlsb")
        if "mimetype" in names and b"opendocument" in packed.read("mimetype")[:200]:
            raise UnreadableError("ods")
        if "xl/workbook.xml" not in names:
            raise UnreadableError("no_workbook")
        formulas = any(_FORMULA.search(packed.read(name)) for name in names if name.startswith("xl/worksheets/sheet"))
    from openpyxl import load_workbook  # only who imports a form needs it

    gathered = _Gathered()
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    wanted, unread = _wanted(sheet.title for sheet in book.worksheets)
    sheets = [gathered.rows(name, _cells(book[name])) for name in wanted]
    empty = list(_unvalued(data, sheets)) if formulas else []
    return Workbook({sheet_key(sheet.name): sheet for sheet in reversed(sheets)}, tuple(unread), tuple(empty))


def _cells(sheet: object) -> Iterator[tuple[int, list[str]]]:
    # what a sheet says of its own size may be anything
    sheet.reset_dimensions()  # type: ignore[attr-defined] # because openpyxl carries no types
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):  # type: ignore[attr-defined] # the same
        if number > _SCANNED:
            raise UnreadableError("too_big", sheet=sheet.title, rows=ROWS, columns=COLUMNS)  # type: ignore[attr-defined] # the same
        if row:
            yield number, [shown(value) for value in row]


def _unvalued(data: bytes, sheets: Iterable[Sheet]) -> Iterator[tuple[str, int, str]]:
    """Yields the cells with a formula beside which no value is kept."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    for sheet in sheets:
        values = {row.number: row for row in sheet.rows}
        source = book[sheet.name]
        source.reset_dimensions()
        for number, row in enumerate(source.iter_rows(values_only=True), 1):
            for index, value in enumerate(row):
                if isinstance(value, str) and value.startswith("=") and len(value) > 1:
                    kept = values.get(number)
                    if kept is None or not kept.cell(index):
                        yield sheet_key(sheet.name), number, letter(index)


def _xls(data: bytes) -> Workbook:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableError("encrypted")
    import xlrd  # only who imports an old form needs it

    try:
        book = xlrd.open_workbook(file_contents=data, on_demand=True, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        if "encrypt" in str(error).lower():
            raise UnreadableError("encrypted") from None
        raise
    gathered = _Gathered()
    wanted, unread = _wanted(book.sheet_names())
    sheets = []
    for name in wanted:
        sheet = book.sheet_by_name(name)
        rows = ((at + 1, [_old(sheet.cell(at, index), book) for index in range(sheet.row_len(at))]) for at in range(sheet.nrows))
        sheets.append(gathered.rows(name, rows))
        book.unload_sheet(name)
    return Workbook({sheet_key(sheet.name): sheet for sheet in reversed(sheets)}, tuple(unread))


def _old(cell: object, book: object) -> str:
    """Returns a cell of an old spreadsheet as text; its type tells a date and a truth from a number."""
    import xlrd

    kind, value = cell.ctype, cell.value  # type: ignore[attr-defined] # because xlrd carries no types
    match kind:
        case xlrd.XL_CELL_BOOLEAN:
            return shown(bool(value))
        case xlrd.XL_CELL_DATE:
            try:
                return shown(xlrd.xldate_as_datetime(value, book.datemode))  # type: ignore[attr-defined] # the same
            except (ValueError, OverflowError):
                return shown(value)
        case xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(value, "#N/A"))
        case _:
            return shown(value)


# ── plain texts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _comma(text: str) -> list[tuple[int, list[str]]]:
    """Returns the rows of a CSV, by whatever mark its columns are parted."""
    head = "\n".join(text.splitlines()[:20])
    mark = max(",;\t", key=head.count)
    csv.field_size_limit(CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=False)
    try:
        return [(number, [tidy(cell) for cell in row]) for number, row in enumerate(reader, 1)]
    except csv.Error as error:
        raise UnreadableError("csv", line=reader.line_num) from error


def _markdown(lines: list[str]) -> list[tuple[int, list[str]]]:
    r"""Returns the rows of Markdown tables; `\|` is a sign of the text. Rules below headers are left out."""
    found: list[tuple[int, list[str]]] = []
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if not bare.startswith("|"):
            continue
        bare = bare[1:-1] if bare.endswith("|") and not bare.endswith("\\|") else bare[1:]
        cells = [tidy(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", bare)]
        if not any(cells) or not all(_RULE.fullmatch(cell) for cell in cells if cell):
            found.append((number, cells))
    return found


def _named(rows: list[tuple[int, list[str]]]) -> Workbook:
    """Parts rows into sheets: the first column names a sheet where it begins. A table that has a column `type` is a survey."""
    first = next((cells for _, cells in rows if any(cells)), [])
    headers = [cell.lower() for cell in first]
    if "type" in headers and sheet_key(headers[0]) not in FORM_SHEETS:
        return Workbook({"survey": _Gathered().rows("survey", rows)})
    gathered = _Gathered()
    parted: dict[str, list[tuple[int, list[str]]]] = {}
    names: dict[str, str] = {}
    current = ""
    for number, cells in rows:
        if cells and cells[0]:
            current = sheet_key(cells[0])
            names.setdefault(current, cells[0])
        if current and any(cells[1:]):
            parted.setdefault(current, []).append((number, cells[1:]))
    sheets = {key: gathered.rows(names[key], rows) for key, rows in parted.items()}
    unread = tuple(names[key] for key in names if key not in FORM_SHEETS)
    return Workbook(sheets if "survey" not in sheets else {k: s for k, s in sheets.items() if k in FORM_SHEETS}, unread)
