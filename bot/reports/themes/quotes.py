"""A quote is made of the answer's own words: pieces of it, in its order, a mark where something was left out, nothing added.

Who chooses it may cut, and hide what is personal; whoever reads it may rely on that the rest is what somebody wrote.
"""

from __future__ import annotations

import re
from typing import Literal

CUT = "[…]"
"""Stands where words were left out."""

LONGEST = 400
"""Letters of a quote: longer ones are not read, and tell more of a person."""

Fault = Literal["empty", "long", "foreign", "half"]
"""empty: nothing is left; long; foreign: words that the answer has not, or in another order; half: it ends inside a word."""

_CUTS = re.compile(r"\[\s*(?:…|\.{3})\s*\]")
_SPACE = re.compile(r"\s+")


def tidy(text: str, mark: str) -> str:
    """Returns the quote on one line, each cut spelt `CUT`, none at its ends; `mark` (what hides personal data) stays."""
    pieces = [_line(piece) for piece in _CUTS.split(text.replace("\r\n", "\n"))]
    while pieces and not pieces[0]:
        pieces.pop(0)
    while pieces and not pieces[-1]:
        pieces.pop()
    told = f" {CUT} ".join(piece for piece in pieces if piece)
    return (
        _SPACE.sub(" ", told.replace(mark, f" {mark} ")).replace(f"{mark} ,", f"{mark},").replace(f"{mark} .", f"{mark}.").strip()
    )


def fault(quote: str, answer: str, mark: str) -> Fault | None:
    """Returns what is wrong with a tidied quote of that answer; None if it is made of the answer's words.

    A piece may begin with another letter's size than in the answer, and end in a full stop of its own.
    """
    if not re.search(r"\w", quote.replace(mark, "").replace(CUT, "")):
        return "empty"
    if len(quote) > LONGEST:
        return "long"
    said, place = _line(answer), 0
    for piece in re.split(f"{re.escape(CUT)}|{re.escape(mark)}", quote):
        words = _trimmed(piece)
        if not words:
            continue
        found = _find(said, words, place)
        if found < 0:
            return "foreign"
        end = found + len(words)
        if _inside(said, found) or _inside(said, end):
            return "half"
        place = end
    return None


def _find(said: str, words: str, place: int) -> int:
    """Returns where the words stand in what was said from that place on, whole ones if there are; -1 if nowhere."""
    first, found = -1, place - 1
    while True:
        places = [at for at in (said.find(one, found + 1) for one in _sizes(words)) if at >= 0]
        if not places:
            return first
        found = min(places)
        if not _inside(said, found) and not _inside(said, found + len(words)):
            return found
        first = found if first < 0 else first


def _sizes(words: str) -> tuple[str, ...]:
    return (words, words[0].upper() + words[1:], words[0].lower() + words[1:])


def _inside(said: str, place: int) -> bool:
    """Tells whether that place lies inside a word."""
    return 0 < place < len(said) and said[place - 1].isalnum() and said[place].isalnum()


def _trimmed(piece: str) -> str:
    return _line(piece).strip(" .,;:")


def _line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
