"""People who correct themselves while they write: "la 2... no, perdón, la 3". What comes after the correction is the answer."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.engine.answers.folding import fold
from bot.engine.answers.reading import AskBack, NotUnderstood, Reading, Sure
from bot.engine.answers.words import Lexicon

_WORD = re.compile(r"[^\W_]+(?:['’´`][^\W_]+)*")
_PAUSED = re.compile(r"[^\w\s]\s*$")


def corrected(text: str, words: Lexicon, read: Callable[[str], Reading]) -> Reading | None:
    """Returns the reading of what follows a correction, or None where the message holds none.

    The words of `slips` correct wherever they stand, those of `slips_paused` ("mejor", "digo") only after a pause. What follows
    must be an answer by itself; if it is only a doubtful one, the person is asked.
    """
    cut = _cut(text, words)
    if cut is None:
        return None
    before, after = text[: cut[0]], text[cut[1] :]
    second = read(after)
    if isinstance(second, NotUnderstood) or (isinstance(second, AskBack) and not second.candidates):
        return None
    if not any(char.isalnum() for char in before):
        return second
    first = read(before)
    if isinstance(first, NotUnderstood) or (isinstance(first, Sure) and isinstance(second, Sure) and first.value == second.value):
        return None  # "sí, no, sí" takes nothing back
    return Sure(second.value, second.comment) if isinstance(second, Sure) else second


def _cut(text: str, words: Lexicon) -> tuple[int, int] | None:
    """Where the last correction begins and ends that something follows."""
    opening = words.opening.get("slips", {}), words.opening.get("slips_paused", {})
    if not any(token in opening[0] or token in opening[1] for token in fold(text).split()):
        return None
    places = [(match.start(), match.end(), fold(match[0])) for match in _WORD.finditer(text)]
    tokens = tuple(token for _, _, token in places)
    found: tuple[int, int] | None = None
    at = 0
    while at < len(tokens):
        size = words.length("slips", tokens, at)
        if not size and at and _PAUSED.search(text[places[at - 1][1] : places[at][0]]):
            size = words.length("slips_paused", tokens, at)
        if size and at + size < len(tokens):
            found = places[at][0], places[at + size - 1][1]
        at += size or 1
    return found
