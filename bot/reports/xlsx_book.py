"""Tables as sheets of one workbook, in constant memory: rows go to a file as they come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bot.reports.cells import Cell

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

ROWS = 1_048_576
COLUMNS = 16_384
TEXT = 32_767
"""What a sheet and a cell can hold; a text is measured in UTF-16."""

EXACT = 10**15
"""Spreadsheets keep 15 digits: a longer whole number is written as text, so that no digit is lost."""

CUT = " […]"
"""Stands where a text was cut because a cell holds no more."""


class TooWideError(ValueError):
    """A table has more columns than a sheet can hold. `columns` is how many it has."""

    def __init__(self, columns: int) -> None:
        super().__init__(f"{columns} columns, but a sheet holds {COLUMNS}")
        self.columns = columns


class XlsxBook:
    """A workbook. `scratch` is a folder for what is under way; `created` is what the file says of its making (local time).

    `cut` counts the texts that did not fit into a cell.
    """

    def __init__(self, file: BinaryIO, scratch: Path, created: datetime) -> None:
        from xlsxwriter.workbook import Workbook  # twelve megabytes, which only a workbook must pay

        options = {"constant_memory": True, "tmpdir": str(scratch), "strings_to_formulas": False, "strings_to_urls": False}
        self._workbook = Workbook(file, options)
        self._workbook.set_properties({"created": created.replace(tzinfo=None)})
        self.bold = self._workbook.add_format({"bold": True})
        self.cut = 0

    def table(self, name: str, header: Sequence[str], rows: int = ROWS) -> XlsxTable:
        """Adds a sheet of that name (at most 25 characters); a table of more than `rows` goes on in a second one, "name 2".

        Raises TooWideError.
        """
        if len(header) > COLUMNS:
            raise TooWideError(len(header))
        return XlsxTable(self, name, header, rows)

    def sheet(self, name: str, columns: int) -> Worksheet:
        """Adds an empty sheet whose first row stays in sight."""
        sheet = self._workbook.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, columns - 1, 18)
        return sheet

    def close(self) -> None:
        """Writes the workbook."""
        self._workbook.close()


class XlsxTable:
    """Writes rows to a sheet, and to further ones where it is full. Text is always text: nothing becomes a formula or a link."""

    def __init__(self, book: XlsxBook, name: str, header: Sequence[str], rows: int) -> None:
        self._book = book
        self._name = name
        self._header = header
        self._rows = rows
        self._sheets = 0
        self._begin()

    def write(self, row: Sequence[Cell]) -> None:
        """Writes a row."""
        if self._next == self._rows:
            self._begin()
        self._put(row, None)

    def _begin(self) -> None:
        self._sheets += 1
        name = self._name if self._sheets == 1 else f"{self._name} {self._sheets}"
        self._sheet = self._book.sheet(name, len(self._header))
        self._next = 0
        self._put(self._header, self._book.bold)

    def _put(self, row: Sequence[Cell], style: Format | None) -> None:
        sheet, number = self._sheet, self._next
        for column, cell in enumerate(row):
            if cell is None:
                continue
            if isinstance(cell, str):
                failed = sheet.write_string(number, column, self._fit(cell), style)
            elif isinstance(cell, int) and abs(cell) >= EXACT:
                failed = sheet.write_string(number, column, str(cell), style)
            else:
                failed = sheet.write_number(number, column, cell, style)
            assert failed == 0, f"cell {number}, {column} was not written: {failed}"
        self._next += 1

    def _fit(self, text: str) -> str:
        if len(text) * 2 <= TEXT or len(text.encode("utf-16-le")) <= TEXT * 2:
            return text
        self._book.cut += 1
        return text.encode("utf-16-le")[: (TEXT - len(CUT)) * 2].decode("utf-16-le", "ignore") + CUT
