"""A message as words, numbers, clock times ("17:30") and numeric dates ("15/03/2026"): what dates and times are read from."""

from __future__ import annotations

import re

from bot.engine.answers.folding import soften, squeeze
from bot.engine.answers.quantities import PAUSE

_HALF_OF_DAY = re.compile(r"(?<![a-zñ])([ap])\.?\s?m(?![a-zñ])\.?")
_JOINED = re.compile(r"(?<=\d)t(?=\d\d:)")
_TOKEN = re.compile(
    r"(?P<date>\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?![\d/])|\d{1,2}(?P<mark>\s?[-/.]\s?)\d{1,2}(?P=mark)(?:\d{4}|\d{2})(?![\d/]))"
    r"|(?P<clock>\d{1,2}\s?[:h]\s?\d{2}(?!\d)(?::\d{2}(?:\.\d+)?)?|\d{1,2}\.\d{2}(?![\d.]))"
    r"|(?P<short>\d{1,2}[/-]\d{1,2}(?![\d/-]))"
    r"|(?P<number>\d+)(?:(?:st|nd|rd|th|ro|ero|era|er|ra|do|da|to|ta|mo|ma|o|a)(?![a-zñ]))?"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<rest>\S)"
)
_MONTHS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_ROMAN = re.compile(rf"(?<!\d)(\d{{1,2}})([-/.])({'|'.join(sorted(_MONTHS, key=len, reverse=True))})[-/.](\d{{4}}|\d{{2}})(?!\d)")
_NOT_DIGITS = re.compile(r"\D+")


def calendar_tokens(text: str) -> tuple[str, ...]:
    """Returns the tokens: words folded, numbers as digits, "h:mm" for clocks, "d/m/y", "y/m/d" and "d/m" for dates."""
    plain = _JOINED.sub(" ", _HALF_OF_DAY.sub(r" \1m ", soften(text)))
    plain = _ROMAN.sub(lambda m: f"{m[1]}{m[2]}{_MONTHS.index(m[3]) + 1}{m[2]}{m[4]}", plain)
    tokens: list[str] = []
    for match in _TOKEN.finditer(plain):
        piece = match[0]
        match match.lastgroup:
            case "short" if int(_NOT_DIGITS.split(piece)[1]) > 12:  # "15-20 de marzo": two days
                tokens.extend(_NOT_DIGITS.split(piece))
            case "date" | "mark" | "short":
                tokens.append("/".join(_NOT_DIGITS.split(piece)))
            case "clock":
                hour, minute = _NOT_DIGITS.split(piece)[:2]
                tokens.append(f"{hour.zfill(2) if 'h' in piece else hour}:{minute}")  # "8h00" is a clock of 24 hours
            case "number":
                tokens.append(match["number"])
            case "word":
                tokens.append(squeeze(piece.replace("'", "")))
            case _ if piece not in "-/":
                tokens.append(PAUSE)
            case _:
                pass
    return tuple(tokens)
