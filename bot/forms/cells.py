"""What stands in a cell, as text: what a person sees there, without what only a spreadsheet needs."""

from __future__ import annotations

import re
from datetime import date, datetime, time

_SPACES = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2007\u202f\u2009\u3000", " "),
        **dict.fromkeys("\u200b\u2060\ufeff", ""),
        "\u2028": "\n",
        "\u2029": "\n",
    }
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def shown(value: object) -> str:
    """Returns a cell's value as text. Whole numbers have no point (a choice "1" is kept as 1.0), truths are TRUE and FALSE."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
        case date() | time():
            return value.isoformat()
        case _:
            return tidy(str(value))


def tidy(text: str) -> str:
    """Returns a text without invisible signs, its lines ended alike, no blanks around it."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_SPACES)
    return _CONTROL.sub("", text).strip()
