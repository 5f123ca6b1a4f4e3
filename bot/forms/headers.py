"""Headers as people write them, and what they mean: one field each, in one language where they name one.

The spellings are those of pyxform and of what came before it: `bind:relevant`, `caption`, `label:English`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.forms.workbook import Row, Sheet

TRANSLATED = ("label", "hint", "guidance_hint", "constraint_message", "required_message", "image", "audio", "video", "big-image")
"""Fields that may be in several languages."""

_FIELDS = {
    "type": "type", "command": "type", "name": "name", "tag": "name", "value": "name", "label": "label", "caption": "label",
    "hint": "hint", "guidance_hint": "guidance_hint", "relevant": "relevant", "relevance": "relevant", "skip_logic": "relevant",
    "constraint": "constraint", "constraint_message": "constraint_message", "constraining_message": "constraint_message",
    "jr:constraintmsg": "constraint_message", "required": "required", "required_message": "required_message",
    "requiredmsg": "required_message", "jr:requiredmsg": "required_message", "calculation": "calculation",
    "calculate": "calculation", "default": "default", "read_only": "read_only", "readonly": "read_only",
    "choice_filter": "choice_filter", "repeat_count": "repeat_count", "count": "repeat_count", "jr:count": "repeat_count",
    "appearance": "appearance", "parameters": "parameters", "trigger": "trigger", "disabled": "disabled", "image": "image",
    "audio": "audio", "video": "video", "big-image": "big-image", "big_image": "big-image", "list_name": "list_name",
    "list": "list_name", "form_title": "form_title", "set_form_title": "form_title", "title": "form_title", "form_id": "form_id",
    "set_form_id": "form_id", "id_string": "form_id", "default_language": "default_language", "sms_keyword": "sms_keyword",
    "version": "version", "allow_choice_duplicates": "allow_choice_duplicates", "$autoname": "autoname",
    "kobo_score_choices": "score_choices", "kobo_rank_items": "rank_items",
}  # fmt: skip
_PREFIXES = ("bind", "control", "body", "media")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its place, its header as written, the field that it means ("" for none that we know), and its language's name."""

    index: int
    header: str
    field: str
    language: str = ""


def columns(row: Row) -> list[Column]:
    """Returns the columns that a header row names; those without a header have none."""
    return [_column(index, header) for index, header in enumerate(row.cells) if header]


def _column(index: int, header: str) -> Column:
    parts = [part.strip() for part in (header.split("::") if "::" in header else _by_one_colon(header))]
    while len(parts) > 1 and parts[0].lower() in _PREFIXES:
        del parts[0]
    first = re.sub(r"[\s_-]+", "_", parts[0].lower()) if parts[0].lower() != "big-image" else "big-image"
    field = _FIELDS.get(first, "")
    if len(parts) > 2 or (len(parts) == 2 and field not in TRANSLATED):
        return Column(index, header, "")
    return Column(index, header, field, parts[1] if len(parts) == 2 else "")


def _by_one_colon(header: str) -> list[str]:
    """Parts `label:English` and `bind:jr:constraintMsg` as forms of old wrote them."""
    parts = header.split(":")
    for at, part in enumerate(parts):
        if part.strip().lower() == "jr" and at + 1 < len(parts):
            parts[at : at + 2] = [f"jr:{parts[at + 1].strip()}"]
            break
    return parts


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose header was found: its columns and the rows below it."""

    sheet: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def fields(self) -> frozenset[str]:
        """Returns the fields that some column means."""
        return frozenset(column.field for column in self.columns)

    def records(self) -> Iterable[Record]:
        """Yields the rows as records."""
        for row in self.rows:
            yield Record(self, row)


class Record:
    """A row of a table, read by fields."""

    __slots__ = ("number", "other", "table", "texts", "values")

    def __init__(self, table: Table, row: Row) -> None:
        self.table = table
        self.number = row.number
        self.values: dict[str, str] = {}
        self.texts: dict[str, dict[str, str]] = {}
        self.other: dict[str, str] = {}
        for column in table.columns:
            value = row.cell(column.index)
            if not value:
                continue
            if not column.field:
                self.other.setdefault(column.header, value)
            elif column.field in TRANSLATED:
                self.texts.setdefault(column.field, {}).setdefault(column.language, value)
            elif column.field in self.values:
                # a second column of one meaning only fills what the first leaves empty, and is kept beside it
                self.other.setdefault(column.header, value)
            else:
                self.values[column.field] = value

    def get(self, field: str) -> str:
        """Returns the value of a field, "" where there is none."""
        return self.values.get(field, "")

    def header(self, field: str) -> str:
        """Returns the header under which a field stands, the field itself where there is no such column."""
        return next((column.header for column in self.table.columns if column.field == field), field)

    @property
    def empty(self) -> bool:
        """Whether no column that we know has anything in this row."""
        return not self.values and not self.texts


def table(sheet: Sheet | None, name: str, needs: tuple[str, ...]) -> Table | None:
    """Returns the table of a sheet, None without one. The header is the first row that names what the table needs."""
    if sheet is None or not sheet.rows:
        return None
    for at, row in enumerate(sheet.rows[:20]):
        found = columns(row)
        if all(any(column.field == need for column in found) for need in needs):
            return Table(name, tuple(found), sheet.rows[at + 1 :])
    return Table(name, tuple(columns(sheet.rows[0])), sheet.rows[1:])


def find_survey(sheets: Mapping[str, Sheet]) -> tuple[str, Sheet] | None:
    """Returns the survey: the sheet of that name, else the only one whose header has a type and a name or label."""
    if "survey" in sheets:
        return "survey", sheets["survey"]
    for key, sheet in sheets.items():
        made = table(sheet, key, ("type",))
        if made is not None and "type" in made.fields() and made.fields() & {"name", "label"}:
            return key, sheet
    return None
