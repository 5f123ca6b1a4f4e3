"""Writes the sheets of a form into a spreadsheet: every cell a text, so that no value is ever taken for a formula."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import xlsxwriter

_WIDTHS = {"type": 24, "name": 24, "list_name": 22}
_LONGEST = 32_767
"""Most characters of a cell, Excel's own limit."""


def workbook(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """Returns the .xlsx. Raises ValueError for a text that is longer than a cell may be."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        plain = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for column, header in enumerate(rows[0] if rows else ()):
                sheet.set_column(column, column, 48 if header.startswith(("label", "hint")) else _WIDTHS.get(header, 18))
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    if len(value) > _LONGEST:
                        raise ValueError(f"{name}!{at + 1}")
                    if value:
                        sheet.write_string(at, column, value, plain if at else head)
    return target.getvalue()
