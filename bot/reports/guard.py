"""No cell that a spreadsheet opens may be a formula: in a CSV file, where text and formula look alike, text gets an apostrophe.

A program takes a cell for a formula by its first character, spaces and invisible characters aside. Whoever opens a file with
another separator than its own has further cells that begin inside a text, so what follows a foreign separator is guarded as well.
"""

from __future__ import annotations

import re

FORMULA = r"=+@\-＝＋＠－"
"""The characters that begin a formula, as a class of a regular expression; the wide ones are read as the narrow ones."""

BLANK = r"[\s\x00-\x1f\x7f-\xa0\xad\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\ufeff]"

_START = re.compile(rf"{BLANK}*[{FORMULA}]|[\t\r\n]")
# it consumes what it looks at, formula or not, so that a text of many separators is read once
_FOREIGN = {
    own: re.compile(rf'([{foreign}\t\r\n](?:["{foreign}]|{BLANK})*+)([{FORMULA}]?)') for own, foreign in ((",", ";"), (";", ","))
}

_PLACE = re.compile(r"geo:-?\d+(?:\.\d+)?,-?\d+(?:\.\d+)?(?:;u=\d+(?:\.\d+)?)?").fullmatch
"""A place as we write it: what follows its separators is a number, or a letter, and nothing more."""

HARMLESS = {own: re.compile(rf"[^\W_][^{foreign}\t\r\n]*+").fullmatch for own, foreign in ((",", ";"), (";", ","))}
"""Tells of most texts, by the delimiter between cells, that they need no guard: a letter or digit, then no foreign separator."""


def guard(text: str, delimiter: str = ",") -> str:
    """Returns the text as it may stand in a CSV cell between these delimiters ("," or ";")."""
    if _PLACE(text):
        return text
    text = _FOREIGN[delimiter].sub(_apart, text)
    return f"'{text}" if _START.match(text) else text


def _apart(found: re.Match[str]) -> str:
    return f"{found[1]}'{found[2]}" if found[2] else found[1]
