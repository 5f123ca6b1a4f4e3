"""Which characters the fonts have, and what is written where they lack one: anybody's text may come, reports are printed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"

LONG = 28
"""A word of more letters than this may be broken anywhere: few languages have one, but an answer may hold anything."""

_PART = 8
_ANYWHERE = "\u200b"
_BREAKS = re.compile(r"[^\S\u00a0\u2007\u202f]+")
_SHARE = re.compile(r"(?<=\d) (?=%)")


@dataclass(frozen=True, slots=True)
class Letters:
    """The characters that every one of the fonts has."""

    known: frozenset[int]

    def bare(self, text: str) -> str:
        """Returns the text in characters that can be printed.

        Pictures (emoji) are left out; of a letter that no font has the bare one stands, and a question mark where there is none.
        """
        composed = unicodedata.normalize("NFC", text)
        return "".join(character if ord(character) in self.known else self._instead(character) for character in composed)

    def written(self, text: str) -> str:
        """Returns that as one line whose longest words may be broken, and whose shares never are: "61 %"."""
        return _SHARE.sub("\u00a0", " ".join(_breakable(word) for word in _BREAKS.split(self.bare(text).strip())))

    def _instead(self, character: str) -> str:
        if character.isspace():
            return " "
        if unicodedata.category(character)[0] in "CMS":  # controls, pictures and what changes them, marks that no font can set
            return ""
        bare = "".join(one for one in unicodedata.normalize("NFKD", character) if ord(one) in self.known)
        return bare or "?"


def _breakable(word: str) -> str:
    """Returns the word with places to break it, never between a letter and its marks."""
    if len(word) <= LONG:
        return word
    parts, since = [""], 0
    for character in word:
        if since >= _PART and not unicodedata.combining(character):
            parts.append("")
            since = 0
        parts[-1] += character
        since += 1
    return _ANYWHERE.join(parts)


def read_letters() -> Letters:
    """Reads what the fonts have."""
    spans = [line.split("-") for line in (FONTS / "letters.txt").read_text(encoding="ascii").split()]
    return Letters(frozenset(code for first, last in spans for code in range(int(first, 16), int(last, 16) + 1)))
