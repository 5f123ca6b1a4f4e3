"""A form as its sheets hold it: rows of texts, each with the number that the spreadsheet shows beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BYTES = 20_000_000
"""The largest file that is read."""

ROWS = 20_000
"""Most rows with content in a sheet; far more than a chat could ask."""

COLUMNS = 400
"""Most columns of a sheet."""

CHARACTERS = 8_000_000
"""Most characters of all sheets together."""


class UnreadableError(Exception):
    """The file is no form that can be read. `code` ends the text's key `forms.unreadable.…`, `places` fill that text."""

    def __init__(self, code: str, **places: object) -> None:
        super().__init__(code, places)
        self.code = code
        self.places: Mapping[str, str] = {key: str(value) for key, value in places.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the sheet (from 1) and its cells as texts without blanks around them, "" for an empty one."""

    number: int
    cells: tuple[str, ...]

    def cell(self, index: int) -> str:
        """Returns the cell of that column, "" where the row ends before it."""
        return self.cells[index] if index < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name as written and its rows with content."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a form by their names in small letters. `unread` are the names of sheets that no form has.

    `formulas` are cells (sheet, row, column letter) whose formula has no value kept beside it: nobody can tell what they show.
    """

    sheets: Mapping[str, Sheet]
    unread: tuple[str, ...] = ()
    formulas: tuple[tuple[str, int, str], ...] = ()
    file: str = field(default="", compare=False)


def letter(index: int) -> str:
    """Returns the name of a column as spreadsheets show it: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name
