"""People who correct themselves while they write: "la 2... no, perdón, la 3", "Cuenca no, Azogues", "no el 3 sino el 4".

What comes after the correction is the answer, if it is one by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.engine.answers.folding import fold
from bot.engine.answers.reading import AskBack, NotUnderstood, Reading, Sure
from bot.engine.answers.words import Lexicon

_WORD = re.compile(r"[^\W_]+(?:['’´`][^\W_]+)*")
_PAUSED = re.compile(r"[^\w\s]\s*$")
_PAUSE = re.compile(r"\s*[,;.…:\n]")

Read = Callable[[str], Reading]


def corrected(text: str, words: Lexicon, read: Read) -> Reading | None:
    """Returns the reading of what follows a correction, or None where the message holds none.

    The words of `slips` correct wherever they stand, those of `slips_paused` ("mejor", "digo") only after a pause.
    """
    tokens = fold(text).split()
    opening = words.opening.get("slips", {}), words.opening.get("slips_paused", {})
    if not any(token in opening[0] or token in opening[1] or words.has("instead", token) for token in tokens):
        return None
    places = [(match.start(), match.end(), fold(match[0])) for match in _WORD.finditer(text)]
    return _taken_back(text, places, words, read) or _instead(text, places, words, read)


def _taken_back(text: str, places: list[tuple[int, int, str]], words: Lexicon, read: Read) -> Reading | None:
    """Reads "X… no, perdón, Y" and "X, mejor Y"."""
    tokens = tuple(token for _, _, token in places)
    cut: tuple[int, int] | None = None
    at = 0
    while at < len(tokens):
        size = words.length("slips", tokens, at)
        if not size and at and _PAUSED.search(text[places[at - 1][1] : places[at][0]]):
            size = words.length("slips_paused", tokens, at)
        if size and at + size < len(tokens):
            cut = places[at][0], places[at + size - 1][1]
        at += size or 1
    return _second(text[: cut[0]], text[cut[1] :], read) if cut is not None else None


def _instead(text: str, places: list[tuple[int, int, str]], words: Lexicon, read: Read) -> Reading | None:
    """Reads "X no, Y", "no X sino Y", "no es X, es Y": X and Y must each be an answer, and another one."""
    tokens = tuple(token for _, _, token in places)
    for at in range(1, len(tokens) - 1):
        start, end, token = places[at]
        paused = _PAUSE.match(text, end) is not None
        if words.has("no_labels", token) and paused and not _PAUSED.search(text[places[at - 1][1] : start]):
            return _second(text[:start], text[end:], read)
    if not tokens or not words.has("no_labels", tokens[0]):
        return None
    for at in range(2, len(tokens)):
        if words.has("instead", tokens[at]) and at + 1 < len(tokens):
            return _second(text[places[0][1] : places[at][0]], text[places[at][1] :], read)
        paused = _PAUSED.search(text[places[at - 1][1] : places[at][0]]) is not None
        if paused and (words.has("again", tokens[at]) or len(tokens) - at <= 2) and not words.has("no_labels", tokens[at]):
            return _second(text[places[0][1] : places[at][0]], text[places[at][0] :], read)
    return None


def _second(before: str, after: str, read: Read) -> Reading | None:
    """What was said at last, where both are answers and not the same; a doubtful second one is asked back."""
    second = read(after)
    if isinstance(second, NotUnderstood) or (isinstance(second, AskBack) and not second.candidates):
        return None
    if not any(char.isalnum() for char in before):
        return second
    first = read(before)
    if isinstance(first, NotUnderstood) or (isinstance(first, Sure) and isinstance(second, Sure) and first.value == second.value):
        return None  # "sí, no, sí" takes nothing back
    return second
