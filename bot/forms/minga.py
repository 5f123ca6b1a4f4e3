"""What a form cannot say and a flow can: columns `minga_KEY`, which the other tools for XLSForms pass over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

PREFIX = "minga_"

MARK = "minga_form"
"""The column of the settings that tells a form written by Minga: its texts are plain, nothing in them is markup."""

SKIPPED = "minga_skip"
"""The column of rows that only other tools need: what a flow says in a word is written out there for them."""


def carried(columns: Mapping[str, str]) -> dict[str, Any]:
    """Returns the keys that a row's columns carry: texts as they are, lists and mappings from JSON."""
    found: dict[str, Any] = {}
    for header, value in columns.items():
        key = header.strip()
        if key.lower().startswith(PREFIX) and key.lower() not in (MARK, SKIPPED):
            found[key[len(PREFIX) :]] = _value(value)
    return found


def _value(value: str) -> Any:
    if value[:1] in "[{":
        try:
            return _texts(json.loads(value))
        except ValueError:
            return value
    return value


def _texts(value: Any) -> Any:
    """Returns what JSON holds with every single value as text, as a flow's file has it."""
    match value:
        case dict():
            return {str(key): _texts(inner) for key, inner in value.items()}
        case list():
            return [_texts(inner) for inner in value]
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case _:
            return str(value)


def packed(value: object) -> str:
    """Returns a value as a cell carries it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case dict() | list():
            # other tools look for references in every column, and know nothing of the product's own words
            return json.dumps(value, ensure_ascii=False).replace("${", "$\\u007b")
        case _:
            return str(value)
