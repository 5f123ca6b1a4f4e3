"""What is taken away before an option is looked for: pictures, and a yes before an answer."""

from __future__ import annotations

from bot.engine.answers.asked import echoes, wishing
from bot.engine.answers.sentence import Sentence
from bot.engine.answers.shown import Shown
from bot.engine.answers.words import Lexicon


def without_pictures(said: Sentence, options: Shown, words: Lexicon) -> Sentence:
    """Pictures beside words say nothing, unless they say yes, no, or an option."""
    worded = [word[0].isalnum() or word[0] in "+<>" for word in said.tokens]
    if all(worded) or not any(worded):
        return said
    spoken = (word in options.tokens or any(words.has(s, word) for s in ("yes", "no", "unsure")) for word in said.tokens)
    return said.only([plainly or says for plainly, says in zip(worded, spoken, strict=True)])


def without_yes(said: Sentence, options: Shown, words: Lexicon) -> Sentence:
    """Where nobody is asked for a yes, one before an answer says nothing: "sí, la 2", "ok la tercera"."""
    size = 0
    while size < len(said.tokens) and (more := words.length("yes", said.tokens, size)):
        if any(token in options.tokens for token in said.tokens[size : size + more]):
            break
        size += more
    return said.after(size) if 0 < size < len(said.tokens) else said


def without_wish(said: Sentence, about: str, options: Shown, words: Lexicon) -> Sentence:
    """Without a wish, where nobody is asked what there is, and without a verb that repeats the question: "necesitamos luz"."""
    if not about or options.yes:
        return said
    at = lacking(said, 1, options, words) if wishing(about, words) > 0 else None
    size = max(words.length(section, said.tokens, at) for section in _WANTED) if at is not None else 0
    if at is not None and not words.strip(said.tokens[:at], "filler") and at + size < len(said.tokens):
        said = said.after(at + size)
    first = said.tokens[0] if len(said.tokens) > 1 else ""
    repeated = first in echoes(about, words) and first not in options.tokens and not words.has("filler", first)
    return said.after(1) if repeated else said


_WANTED = ("lacks", "wishes")


def lacking(said: Sentence, asked: int, options: Shown, words: Lexicon) -> int | None:
    """Returns where it is said that something is lacking, or wanted, unless the options say so in their own words.

    `asked`: see `wishing`; where it asks neither what there is nor what is needed, to want something is to choose it.
    """
    for at, token in enumerate(said.tokens):
        for section in _WANTED[: 2 if asked else 1]:
            if token not in options.tokens and token in words.opening.get(section, ()) and words.length(section, said.tokens, at):
                return at
    return None
