"""Options that a message names, in whole, in part or misspelt, and what stands around them."""

from __future__ import annotations

from itertools import pairwise

from bot.engine.answers.chosen import ask, sure
from bot.engine.answers.closeness import nearest
from bot.engine.answers.folding import without_tilde
from bot.engine.answers.mentions import Mention, another, content, hits, only_one, part_of, stems, turned
from bot.engine.answers.pointers import without_counts
from bot.engine.answers.reading import AskBack, NotUnderstood, Reading
from bot.engine.answers.sentence import Sentence
from bot.engine.answers.shown import Shown
from bot.engine.answers.spans import span_of
from bot.engine.answers.verdicts import denied, loosely
from bot.engine.answers.words import FRILL, Lexicon, Tokens


def read_named(said: Sentence, named: tuple[Mention, ...], text: str, options: Shown, words: Lexicon) -> Reading:
    """Whole forms stand in the message; what stands around them decides."""
    all_named = tuple(dict.fromkeys(index for mention in named for index in mention.indices))
    head_end = _head(said, named[0].end, words)
    head = (*said.tokens[: named[0].start], *said.tokens[named[0].end : head_end])
    if any(words.has("negation", token) for token in words.without("filler", words.without("unsure", head))):
        return turned_down(said, options, words)
    if len(all_named) > 1:
        return ask("which", options, all_named)
    index = all_named[0]
    if options.yes and content(said.tokens[: named[0].start], words):
        return ask("which", options, all_named)  # "cuando llueve no"
    left = content(without_counts(head, options, words), words)
    numbers = [int(token) - 1 for token in left if token.isdecimal() and len(token) < 4]
    alike = (i for token in left if index not in (same := stems(token, options)) for i in sorted(same))
    beside = [i for i in (*numbers, *hits(left, options, words), *alike) if i != index and 0 <= i < len(options.options)]
    before = said.tokens[named[0].start - 1] if named[0].start and named[0].start not in said.breaks else ""
    if words.has("degrees", before) or _of_another(said.tokens[: named[0].start], words):
        return ask("which", options, (index, *beside))
    start = named[0].start
    if before and words.has("number_and", before) and content(said.tokens[: start - 1], words):  # "mi mamá y yo"
        return ask("which", options, (index, *beside))
    if words.has("intense", before) and (stronger := _stronger(named[0], said.tokens, options)):
        return ask("which", options, (index, *stronger))
    for section, reason in (("unsure", "unsure"), ("apart", "which"), ("either", "which")):
        if words.anywhere(section, words.without("habits", head)) is not None:
            return ask(reason, options, (index, *beside))
    left = tuple(token for token in left if token != str(index + 1))
    if left and words.anywhere("also", said.tokens[named[0].end : head_end]) is not None:  # "nací en Ibarra y vivo en Quito"
        return ask("which", options, (index, *beside))
    if beside:
        return ask("which", options, (index, *beside))
    if len(left) > 6 and named[0].end - named[0].start == 1:
        return ask("which", options, (index,))
    return sure(options, index, text if left or content(said.tokens[head_end:], words) else "")


def _stronger(mention: Mention, tokens: Tokens, options: Shown) -> tuple[int, ...]:
    """The other options that are said with the same word: "Muy mal" for the "mal" of "súper mal"."""
    return tuple(sorted(options.tokens.get(tokens[mention.end - 1], frozenset()) - set(mention.indices)))


def _of_another(tokens: Tokens, words: Lexicon) -> bool:
    """Whether the words tell of somebody else ("mis papás son de") and not of the person too."""
    others = any(words.has("possessives", a) and words.has("relatives", b) for a, b in pairwise(tokens))
    return others and not any(words.has("myself", token) for token in tokens)


def turned_down(said: Sentence, options: Shown, words: Lexicon) -> Reading:
    """Something is named and something is turned down; what is named without a "no" is offered."""
    named = loosely(said, options, words)
    bad = denied(said, named, words)
    left = tuple(dict.fromkeys(i for mention in named for i in mention.indices if i not in bad))
    return ask("which", options, left) if left else _denied(tuple(i for m in named for i in m.indices), options)


def read_unnamed(said: Sentence, core: Tokens, text: str, options: Shown, words: Lexicon) -> Reading:
    """No whole form: a part of one, a misspelt one, or words that hint at some."""
    end = _head(said, 1, words)
    head = words.strip(said.tokens[:end], FRILL)
    close: tuple[int, ...] = ()
    for tokens, comment in ((core, ""), (head, text)):
        parts = part_of(tokens, options, words)
        if len(parts) == 1 and not turned(tokens, parts[0], options, words) and not another(tokens, parts[0], options, words):
            return sure(options, parts[0], comment if tokens != core else "")
        if parts:
            return ask("which", options, parts)
        if (only := only_one(tokens, options, words)) is not None:
            return sure(options, only, comment if tokens != core else "")
        index, likely = nearest(tokens, options, words)
        if index is not None:
            return sure(options, index, comment if tokens != core else "")
        close = close or likely
    quiet = tuple(token for token in core if not stems(token, options))
    parts = part_of(words.strip(quiet, FRILL), options, words) if len(quiet) < len(core) else ()
    if len(parts) == 1 and all(parts[0] in stems(token, options) for token in core if token not in quiet):
        return sure(options, parts[0])  # "que arreglen las vías"
    near = nearest(tuple(without_tilde(token) for token in core), options, words)[1] if "ñ" in text.lower() else ()
    pointed = tuple(int(token) - 1 for token in core if token.isdecimal() and 1 <= int(token[:6]) <= len(options.options))
    hinted = (*pointed, *hits(said.tokens, options, words), *(close if len(core) <= 4 else ()), *near)
    if any(words.has("negation", token) and token not in options.tokens for token in said.tokens) and hinted:
        return turned_down(said, options, words)
    if hinted:
        return ask("which", options, hinted)
    fitting, _ = span_of(text, options.options, words)
    if fitting:
        return ask("which", options, fitting)
    if words.anywhere("unsure", said.tokens) is not None:
        return ask("unsure", options, range(len(options.options)))
    return NotUnderstood()


def _head(said: Sentence, after: int, words: Lexicon) -> int:
    """Where a story begins that is told beside the answer: the first pause or joining word from that place on."""
    for at in range(after, len(said.tokens)):
        if at in said.breaks or words.length("story", said.tokens, at):
            return at
    return len(said.tokens)


def _denied(named: tuple[int, ...], options: Shown) -> AskBack:
    """What is named beside a "no" is never taken; the others are offered, if there are few."""
    return ask("negated", options, (index for index in range(len(options.options)) if index not in named))
