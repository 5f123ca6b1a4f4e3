"""A message as words, with what its punctuation tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from bot.engine.answers.folding import fold, squeeze

_PIECES = re.compile(r"[,;:!?\n()…|/]+|\.(?=\s|$)|(?<!\d)\s+[-–—]\s|\s[-–—]\s+(?!\d)")
_DASH = re.compile(r"\d\s*[-–—]\s*(?=\d)")

_NUMBER_SIGN = re.compile(r"\b[nN](?:[°º]|ro\b\.?)\s*(?=\d)")
_TIED_AND = re.compile(r"(?<=\d)([yeYE])(?=\d)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Folded words; `breaks` holds the indices before which a clause ends, `dashes` those tied by a dash to a number ("1-3")."""

    tokens: tuple[str, ...]
    breaks: frozenset[int]
    dashes: frozenset[int]

    def only(self, keep: Sequence[bool]) -> Sentence:
        """Returns the sentence with only those words, its pauses where they were."""
        places = list(accumulate(keep, initial=0))
        breaks, dashes = (frozenset(places[at] for at in marks) for marks in (self.breaks, self.dashes))
        tokens = tuple(token for token, kept in zip(self.tokens, keep, strict=True) if kept)
        return Sentence(tokens, frozenset(at for at in breaks if 0 < at < len(tokens)), dashes)

    def until(self, at: int) -> Sentence:
        """Returns what stands before that place."""
        breaks, dashes = (frozenset(place for place in places if place < at) for places in (self.breaks, self.dashes))
        return Sentence(self.tokens[:at], breaks, dashes)

    def after(self, at: int) -> Sentence:
        """Returns what follows that place."""
        breaks, dashes = (frozenset(place - at for place in places if place > at) for places in (self.breaks, self.dashes))
        return Sentence(self.tokens[at:], breaks, dashes)


def sentence(text: str) -> Sentence:
    """Returns the text as a sentence; letters drawn out are written once."""
    tokens: list[str] = []
    breaks: set[int] = set()
    dashes: set[int] = set()
    text = _TIED_AND.sub(r" \1 ", _NUMBER_SIGN.sub("", text))
    for clause in _PIECES.split(text):
        if tokens:
            breaks.add(len(tokens))
        parts = _DASH.split(clause)
        if len(parts) == 1:
            tokens.extend(squeeze(fold(clause)).split())
            continue
        ends = [match.group(0)[0] for match in _DASH.finditer(clause)]  # the digit before each dash, which the split took away
        for index, part in enumerate(parts):
            if index:
                dashes.add(len(tokens))
            tokens.extend(squeeze(fold(part + (ends[index] if index < len(ends) else ""))).split())
    return Sentence(tuple(tokens), frozenset(b for b in breaks if b < len(tokens)), frozenset(dashes))
