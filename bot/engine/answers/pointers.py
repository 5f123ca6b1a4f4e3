"""Numbers, ordinals and letters that point at an option: "2", "la dos", "opción 3", "segunda", "la última", "b)"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.engine.answers.folding import soften
from bot.engine.answers.shown import Shown
from bot.engine.answers.words import FRILL, Lexicon, Tokens

_MARKED_LETTER = re.compile(r"\W*([a-z])\s*[).]\W*")


def pointer(tokens: Sequence[str], at: int, words: Lexicon, count: int) -> tuple[int, int] | None:
    """Returns what the number or ordinal at that place points at (an index, maybe past the options) and its words, or None."""
    token = tokens[at]
    if token.isdecimal():
        return (int(token) - 1 if len(token) < 7 else count), 1
    for section in ("ordinals", "numbers"):
        found = words.find(section, tokens, at)
        if found is None:
            continue
        value, size = int(found[0]), found[1]
        if section == "numbers" and (token in _ARTICLES or value > 99):
            continue
        if section == "numbers" and value in range(20, 91, 10) and (more := _unit(tokens, at + size, words)):
            value, size = value + more[0], size + more[1]
        return (count + value if value < 0 else value - 1), size
    return None


def counted(tokens: Sequence[str], at: int, options: Shown, words: Lexicon) -> bool:
    """Tells whether the number there counts things ("3 años", "4 en la casa") and so points at no option."""
    if words.key("ordinals", tokens[at]) is not None or (at and words.has("option_words", tokens[at - 1])):
        return False
    after = at + 1
    size = max(words.length("units", tokens, after), (words.find("spans", tokens, after) or ("", 0))[1])
    return size > 0 and not any(token in options.tokens for token in tokens[after : after + size])


def without_counts(tokens: Tokens, options: Shown, words: Lexicon) -> Tokens:
    """Returns the tokens without numbers that count things, the things kept."""
    return tuple(
        token
        for at, token in enumerate(tokens)
        if not ((token.isdecimal() or words.key("numbers", token) is not None) and counted(tokens, at, options, words))
    )


_ARTICLES = ("un", "una", "a")


def _unit(tokens: Sequence[str], at: int, words: Lexicon) -> tuple[int, int] | None:
    """The "y uno" of "treinta y uno"."""
    if at + 1 < len(tokens) and words.has("number_and", tokens[at]):
        value = words.key("numbers", tokens[at + 1])
        if value is not None and 1 <= int(value) <= 9:
            return int(value), 2
    return None


def letters(tokens: Tokens, count: int) -> tuple[int, ...]:
    """Returns what letters alone point at, in their order ("b a c", "a y c"); () where anything else is said."""
    kept = [token for at, token in enumerate(tokens) if not (token in ("y", "and") and 0 < at < len(tokens) - 1)]
    if len(kept) < 2 or not all(len(token) == 1 and "a" <= token <= "z" for token in kept):
        return ()
    found = tuple(ord(token) - ord("a") for token in kept)
    return found if len(set(found)) == len(found) and max(found) < count else ()


def letter(text: str, tokens: Tokens, words: Lexicon) -> tuple[int, bool] | None:
    """Returns the index that a letter points at, and whether it is marked as one ("b)", "opción b"), or None.

    Only Latin letters as they are counted: a is 0.
    """
    marked = _MARKED_LETTER.fullmatch(soften(text)) if len(text) < 12 else None
    if marked:
        return ord(marked[1]) - ord("a"), True
    if not tokens or not (len(tokens[-1]) == 1 and "a" <= tokens[-1] <= "z"):
        return None
    before = tokens[:-1]
    if before and words.strip(before, "option_words", FRILL):
        return None
    return ord(tokens[-1]) - ord("a"), any(len(token) > 2 and words.has("option_words", token) for token in before)
