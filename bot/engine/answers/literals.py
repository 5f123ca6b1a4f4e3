"""Numbers in digits: what their marks may mean.

Ecuador writes "1.500,50" by the book and "1,500.50" on price tags, so neither mark means one thing only:
- both marks: the last one is the decimal mark;
- a mark that comes twice groups thousands ("1.500.000");
- one mark with exactly three digits after it, and one to three before it that are not a lone zero, is either: whoever asks for
  an integer takes thousands (no one counts to three decimal places), whoever asks for a decimal asks back;
- otherwise one mark is the decimal mark.
"""

from __future__ import annotations

import re
from decimal import Decimal

LITERAL = re.compile(r"\d+(?:[.,']\d+)*|[.,]\d+")
LONGEST = 15
"""Digits beyond which a number is no answer to any question."""

_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+|\d{1,3}(?:'\d{3})+")
_MILLIONS = re.compile(r"(\d{1,3})'(\d{3}(?:[.,]\d{3})+)")


def literal(text: str) -> tuple[Decimal, ...]:
    """Returns what the digits mean: one value; decimal and thousands, in that order; or nothing where the marks make no sense."""
    if sum(char.isdigit() for char in text) > LONGEST:
        return ()
    if text.isdigit():
        return (Decimal(text),)
    if millions := _MILLIONS.fullmatch(text):  # "1'500.000", as millions are written by hand
        return (Decimal(millions[1] + re.sub(r"\D", "", millions[2])),)
    text = text if text[0].isdigit() else "0" + text
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        mark = "." if text.rfind(".") > text.rfind(",") else ","
        whole, _, part = text.rpartition(mark)
        group = "," if mark == "." else "."
        grouped = mark not in whole and re.fullmatch(rf"\d{{1,3}}(?:\{group}\d{{3}})+", whole)
        return (Decimal(f"{whole.replace(group, '')}.{part}"),) if grouped else ()
    if "'" in text or dots + commas > 1:
        return (Decimal(re.sub(r"\D", "", text)),) if _GROUPED.fullmatch(text) else ()
    whole, part = re.split(r"[.,]", text)
    decimal = Decimal(f"{whole}.{part}")
    if len(part) == 3 and len(whole) <= 3 and not whole.startswith("0"):
        return decimal, Decimal(whole + part)
    return (decimal,)
