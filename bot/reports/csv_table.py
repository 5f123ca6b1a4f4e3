"""Tables as CSV (RFC 4180, UTF-8): plain, or as Excel opens it by a double click."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from bot.reports.cells import Cell
from bot.reports.guard import HARMLESS, guard


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written: what stands before it, between cells, and before decimals."""

    mark: str = ""
    delimiter: str = ","
    decimal: str = "."


PLAIN = Dialect()

EXCEL = Dialect(mark="\ufeff")
"""Where decimals have a point, Excel separates by commas; the mark tells it that the text is UTF-8."""

EXCEL_DECIMAL_COMMA = Dialect(mark="\ufeff", delimiter=";", decimal=",")
"""Where decimals have a comma, as in Ecuador, Excel separates by semicolons."""


class CsvTable:
    """Writes rows to a text file that was opened with newline=""."""

    def __init__(self, file: TextIO, header: Sequence[str], dialect: Dialect = PLAIN) -> None:
        self._dialect = dialect
        self._harmless = HARMLESS[dialect.delimiter]
        file.write(dialect.mark)
        self._writer = csv.writer(file, delimiter=dialect.delimiter)
        self.write(header)

    def write(self, row: Sequence[Cell]) -> None:
        """Writes a row: text that might be a formula is guarded, numbers are as exact as they are."""
        delimiter, decimal, harmless = self._dialect.delimiter, self._dialect.decimal, self._harmless
        cells: list[Cell] = [
            cell if type(cell) is not str or cell.isalnum() or harmless(cell) else guard(cell, delimiter) for cell in row
        ]
        if decimal != ".":
            cells = [repr(cell).replace(".", decimal) if isinstance(cell, float) else cell for cell in cells]
        self._writer.writerow(cells)
