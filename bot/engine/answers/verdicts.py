"""Options that are taken or turned down one by one: "agua sí, parques no", "no parques, sino agua"."""

from __future__ import annotations

from bot.engine.answers.mentions import Mention, content, mentions, telling
from bot.engine.answers.pointers import pointer
from bot.engine.answers.sentence import Sentence
from bot.engine.answers.shown import Shown
from bot.engine.answers.words import Lexicon

Indices = tuple[int, ...]


def verdicts(said: Sentence, named: tuple[Mention, ...], words: Lexicon) -> tuple[Indices, Indices] | None:
    """Returns the options with a yes beside them and those with a no; None unless every one has its own and nothing else is said.

    The yes or no stands after each ("agua sí, parques no") or before each ("no parques, sí agua").
    """
    tokens = said.tokens
    inside = {place for mention in named for place in range(mention.start, mention.end)}
    for offset in (0, -1):
        marks: dict[int, str] = {}
        for mention in named:
            place = mention.end if offset == 0 else mention.start - 1
            if len(mention.indices) == 1 and 0 <= place < len(tokens) and place not in inside:
                kind = next((kind for kind in ("yes", "no") if words.has(f"{kind}_labels", tokens[place])), "")
                if kind:
                    marks[place] = kind
        rest = tuple(token for place, token in enumerate(tokens) if place not in inside and place not in marks)
        if len(marks) == len(named) and not content(tuple(t for t in rest if not words.has("story", t)), words):
            sides: dict[str, list[int]] = {"yes": [], "no": []}
            for mention, kind in zip(named, marks.values(), strict=True):
                sides[kind].append(mention.indices[0])
            return tuple(sides["yes"]), tuple(sides["no"])
    return None


def loosely(said: Sentence, options: Shown, words: Lexicon) -> tuple[Mention, ...]:
    """Returns the options named in whole, by a word that no other option has, or by number; only good beside a yes or a no."""
    tokens = said.tokens
    found = {mention.start: mention for mention in mentions(tokens, options)}
    at = 0
    while at < len(tokens):
        if at in found:
            at = found[at].end
            continue
        sharing = options.tokens.get(tokens[at], frozenset())
        hit = pointer(tokens, at, words, len(options.options))
        if len(sharing) == 1 and telling(tokens[at], words):
            found[at] = Mention(at, at + 1, tuple(sharing))
        elif hit is not None and 0 <= hit[0] < len(options.options):
            found[at] = Mention(at, at + hit[1], (hit[0],))
        at += 1
    return tuple(found[at] for at in sorted(found))


def denied(said: Sentence, named: tuple[Mention, ...], words: Lexicon) -> Indices:
    """Returns the options in whose clause a negation stands; "sino" and the like begin a clause of their own."""
    found: list[int] = []
    start = 0
    for at in range(1, len(said.tokens) + 1):
        turn = at < len(said.tokens) and (words.length("story", said.tokens, at) or words.has("instead", said.tokens[at]))
        if at < len(said.tokens) and at not in said.breaks and not turn:
            continue
        clause = [token for token in said.tokens[start:at] if not words.has("instead", token)]
        if any(words.has("negation", token) for token in clause):
            found.extend(i for mention in named if start <= mention.start < at for i in mention.indices)
        start = at
    return tuple(dict.fromkeys(found))
