"""A sheet that is being written: rows by header; a new header is a new column at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Grid:
    """Rows of named cells."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns: dict[str, bool] = dict.fromkeys(columns, False)
        self.cells: list[Mapping[str, str]] = []

    def add(self, row: Mapping[str, str]) -> None:
        """Adds a row."""
        for column, value in row.items():
            self.columns[column] = self.columns.get(column, False) or value != ""
        self.cells.append(dict(row))

    def rows(self) -> list[list[str]]:
        """Returns the header and the rows. Columns in which nothing stands are left out."""
        used = [column for column, filled in self.columns.items() if filled]
        return [used, *([row.get(column, "") for column in used] for row in self.cells)]
