"""The words of an expression: numbers, texts, references, names, signs.

Spreadsheets and word processors turn straight quotation marks and minus signs into typographic ones; outside a text they mean
the straight ones. What stands between quotation marks is kept as it is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot.engine.expressions.errors import ExpressionError, excerpt

Kind = Literal["number", "text", "reference", "name", "sign", "end"]

_DOUBLE = '"“”„‟'
_SINGLE = "'‘’‚‛"
_DASHES = "-‐‑‒–—−"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
_NAME = re.compile(r"[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?")
REFERENCE = re.compile(r"\$\{([^\W\d][\w.\-]*)\}")
_SIGN = re.compile(r"<=|>=|!=|\.\.|[=<>+*(),./]")


@dataclass(frozen=True, slots=True)
class Token:
    """One word: a text without its quotation marks, a reference without its braces; `at` is its place in the source."""

    kind: Kind
    text: str
    at: int


def tokens(source: str) -> list[Token]:
    """Returns the words of the source, with an `end` as the last. Raises ExpressionError (syntax)."""
    found: list[Token] = []
    at = 0
    while at < len(source):
        character = source[at]
        if character.isspace() or character in _INVISIBLE:
            at += 1
        elif character in _DOUBLE or character in _SINGLE:
            end = _closing(source, at)
            found.append(Token("text", source[at + 1 : end], at))
            at = end + 1
        elif character == "$":
            match = REFERENCE.match(source, at)
            if match is None:
                raise ExpressionError("syntax", excerpt(source, at), at, "reference")
            found.append(Token("reference", match[1], at))
            at = match.end()
        elif match := _NUMBER.match(source, at):
            found.append(Token("number", match[0], at))
            at = match.end()
        elif match := _NAME.match(source, at):
            found.append(Token("name", match[0], at))
            at = match.end()
        elif character in _DASHES:
            found.append(Token("sign", "-", at))
            at += 1
        elif match := _SIGN.match(source, at):
            found.append(Token("sign", match[0], at))
            at = match.end()
        else:
            reason = "path" if character in "[]@|" else "unexpected"
            raise ExpressionError("syntax", excerpt(source, at), at, reason)
    found.append(Token("end", "", len(source)))
    return found


def _closing(source: str, start: int) -> int:
    """Returns the place of the mark that closes the text opened at `start`.

    A straight mark closes a straight one, so that typographic ones may stand inside; only where there is none, or the opening
    mark is typographic, does any mark of its family close.
    """
    opening = source[start]
    if opening in "\"'" and (end := source.find(opening, start + 1)) >= 0:
        return end
    family = _DOUBLE if opening in _DOUBLE else _SINGLE
    for end in range(start + 1, len(source)):
        if source[end] in family:
            return end
    raise ExpressionError("syntax", excerpt(source, start), start, "text")
