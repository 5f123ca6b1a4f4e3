"""Options named inside a message: which, where, and what else is said around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.engine.answers.shown import Shown
from bot.engine.answers.words import Lexicon, Tokens


@dataclass(frozen=True, slots=True)
class Mention:
    """The words from `start` to `end` are a whole form of the options `indices`."""

    start: int
    end: int
    indices: tuple[int, ...]


def mentions(tokens: Tokens, options: Shown) -> tuple[Mention, ...]:
    """Returns the whole forms that stand in the message, left to right, the longest where they overlap."""
    found: list[Mention] = []
    at = 0
    while at < len(tokens):
        best: Mention | None = None
        for form, index in options.starts.get(tokens[at], ()):
            if best is not None and at + len(form) < best.end:
                break
            if tokens[at : at + len(form)] == form:
                best = Mention(at, at + len(form), (index,) if best is None else (*best.indices, index))
        if best is None:
            at += 1
        else:
            found.append(best)
            at = best.end
    return tuple(found)


def part_of(core: Tokens, options: Shown, words: Lexicon) -> tuple[int, ...]:
    """Returns the options of which the words are a part, in a row; () if no word among them tells options apart."""
    if not core or not any(telling(token, words) for token in core):
        return ()
    size = len(core)
    return tuple(
        dict.fromkeys(
            index
            for index, form in options.forms
            if core[0] in form and any(form[at : at + size] == core for at in range(len(form) - size + 1))
        )
    )


def turned(core: Tokens, index: int, options: Shown, words: Lexicon) -> bool:
    """Tells whether every form of the option that holds these words denies them: "participado" in "Nunca he participado"."""
    size = len(core)
    if any(words.has("negation", token) for token in core):
        return False
    own = [form for i, form in options.forms if i == index]
    holding = [form for form in own if any(form[at : at + size] == core for at in range(len(form) - size + 1))]
    return bool(holding) and all(any(words.has("negation", token) for token in form) for form in holding)


def another(core: Tokens, index: int, options: Shown, words: Lexicon) -> bool:
    """Tells whether the words are the end of a name that its beginning makes another one: "Loja" is not "Nueva Loja"."""
    size = len(core)
    found = False
    for i, form in options.forms:
        if i == index and form[-size:] == core and len(form) > size:
            if not words.has("name_heads", form[-size - 1]):
                return False
            found = True
    return found


def only_one(core: Tokens, options: Shown, words: Lexicon) -> int | None:
    """Returns the option in whose forms all the words that say something stand, two at least, in any order."""
    told = [token for token in content(core, words) if telling(token, words)]
    if len(told) < _ENOUGH or any(words.has("negation", token) for token in core):
        return None
    sharing = [options.tokens.get(token, frozenset()) for token in told]
    common = frozenset.intersection(*sharing)
    if len(common) != 1:
        return None
    index = next(iter(common))
    own = tuple(token for i, form in options.forms if i == index for token in form)
    denying = any(words.has("negation", token) for token in own)
    return None if denying or _counts(core, words) - _counts(own, words) else index


def _counts(tokens: Tokens, words: Lexicon) -> frozenset[str]:
    """The numbers that are said, articles aside: "cada 8 días" is not "cada día"."""
    said = (token if token.isdecimal() else words.key("numbers", token) for token in tokens if token not in ("un", "una", "a"))
    return frozenset(number for number in said if number is not None)


def stems(token: str, options: Shown) -> frozenset[int]:
    """Returns the options of whose words the token is another form: "arreglen" of "Arreglo de vías"."""
    stem = token[:_STEM]
    if len(stem) < _STEM:
        return frozenset()
    return frozenset().union(*(indices for known, indices in options.tokens.items() if known.startswith(stem)))


_STEM = 6
"""Letters that two words must begin with to be of one stem."""


_ENOUGH = 2
_SILENT = ("filler", "also", "either", "through", "polite", "no_labels", "yes_labels")


def telling(token: str, words: Lexicon) -> bool:
    """Tells whether a word can tell options apart: no article, no joining word, no lone letter, no number, no bare "no"."""
    return not (len(token) < 2 or token.isdigit() or any(words.has(section, token) for section in _SILENT))


def hits(tokens: Iterator[str] | Tokens, options: Shown, words: Lexicon) -> tuple[int, ...]:
    """Returns the options in whose forms one of the telling words stands, except words that half of all options share."""
    found: list[int] = []
    for token in tokens:
        sharing = options.tokens.get(token, frozenset())
        if sharing and len(sharing) <= max(1, len(options.options) // 2) and telling(token, words):
            found.extend(sorted(sharing))
    return tuple(dict.fromkeys(found))


def content(tokens: Tokens, words: Lexicon) -> Tokens:
    """Returns the words that say something: all but polite words and those that never change an answer."""
    kept: list[str] = []
    at = 0
    while at < len(tokens):
        size = max(words.length("filler", tokens, at), words.length("polite", tokens, at), words.length("also", tokens, at))
        if size or not (tokens[at][0].isalnum() or tokens[at] in "<>"):  # a picture tells no story
            at += size or 1
        else:
            kept.append(tokens[at])
            at += 1
    return tuple(kept)
