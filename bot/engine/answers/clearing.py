"""What is taken away before an option is looked for: pictures, and a yes before an answer."""

from __future__ import annotations

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
