"""Which characters the fonts have, and what is written where they lack one: text of anybody may come, a report is always printed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"

LONG = 28
"""A word of more letters than this may be broken anywhere: no language that is printed has one, but an answer may."""

_ANYWHERE = "\u200b"


@dataclass(frozen=True, slots=True)
class Letters:
    """The characters that every one of the fonts has."""

    known: frozenset[int]

    def written(self, text: str) -> str:
        """Returns the text in one line, in letters that can be printed.

        Pictures (emoji) are left out, of any other letter that is lacking the bare one stands, and a question mark where there is none.
        """
        composed = unicodedata.normalize("NFC", text)
        found = "".join(character if ord(character) in self.known else self._instead(character) for character in composed)
        return " ".join(_breakable(word) for word in found.split())

    def _instead(self, character: str) -> str:
        if character.isspace():
            return " "
        if unicodedata.category(character)[0] in "CSM":  # controls, pictures and what changes them, marks that no font can set
            return ""
        bare = "".join(one for one in unicodedata.normalize("NFKD", character) if ord(one) in self.known)
        return bare or "?"


def _breakable(word: str) -> str:
    if len(word) <= LONG:
        return word
    return _ANYWHERE.join(word[start : start + 8] for start in range(0, len(word), 8))


def read_letters() -> Letters:
    """Reads what the fonts have."""
    spans = [line.split("-") for line in (FONTS / "letters.txt").read_text(encoding="ascii").split()]
    return Letters(frozenset(code for first, last in spans for code in range(int(first, 16), int(last, 16) + 1)))
