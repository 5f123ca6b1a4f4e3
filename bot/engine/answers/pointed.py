"""Numbers and ordinals that point at an option, with nothing beside them but a story after a pause."""

from __future__ import annotations

from bot.engine.answers.chosen import ask, sure
from bot.engine.answers.mentions import mentions, telling
from bot.engine.answers.picks import marks
from bot.engine.answers.pointers import counted, pointer
from bot.engine.answers.reading import NotUnderstood, Reading
from bot.engine.answers.sentence import Sentence
from bot.engine.answers.shown import Shown
from bot.engine.answers.spans import span_of
from bot.engine.answers.words import BESIDE, Lexicon


def read_pointed(said: Sentence, text: str, options: Shown, words: Lexicon) -> Reading | None:
    """Numbers and ordinals, with nothing beside them but a story after a pause."""
    tokens = said.tokens
    found: list[int] = []
    several = denied = False
    at = end = 0
    while at < len(tokens):
        hit = pointer(tokens, at, words, len(options.options))
        if hit is not None and counted(tokens, at, options, words):
            denied = not found
            break
        if hit is not None and not (found and marks(said, at, words)):
            index, size = hit
            if found and not 0 <= index < len(options.options) and any(pause <= at for pause in said.breaks):
                at = max(pause for pause in said.breaks if pause <= at)
                break  # "la 4, tengo 50"
            if found and index not in found:
                several = True
            found.append(index)
            if (not tokens[at].isdecimal() or size > 1) and telling(tokens[at], words):
                found.extend(i for i in sorted(options.tokens.get(tokens[at], ())) if i != index)
            at = end = at + size
            continue
        size = words.length(BESIDE, tokens, at)
        if size and not (found and words.length("story", tokens, at)):
            at += size
            continue
        if found and (at in said.breaks or end in said.breaks or words.length("story", tokens, at)):
            break
        if found and not tokens[at].isalnum():
            at += 1  # a picture tells nothing
            continue
        denied = True
        break
    if not found or denied:
        return None
    valid = [index for index in dict.fromkeys(found) if 0 <= index < len(options.options)]
    if not valid:
        span = tuple(token for token in tokens if token.isdecimal())
        same = [i for i, form in options.forms if len(span) > 1 and tuple(token for token in form if token.isdecimal()) == span]
        if same:  # "18-29" for "18 a 29"
            return sure(options, same[0]) if len(set(same)) == 1 else ask("which", options, same)
        lone = len(tokens) == 1 and tokens[0].isdecimal()
        return numbered(tokens[0], options, words) if lone else NotUnderstood("no_such_number")
    rest = tokens[at:]
    if several or len(valid) > 1:
        return ask("which", options, valid)
    if any(valid[0] not in mention.indices for mention in mentions(rest, options)):
        return ask("which", options, (valid[0], *(i for mention in mentions(rest, options) for i in mention.indices)))
    return sure(options, valid[0], text if rest else "")


def numbered(digits: str, options: Shown, words: Lexicon) -> Reading:
    """The number shown before an option; if there is none of that number, the options whose label holds it."""
    value = int(digits) if len(digits) < 10 else 10**9
    written = sorted(options.tokens.get(str(value), ()))
    fitting, comment = span_of(digits, options.options, words)
    if comment is not None:
        return sure(options, fitting[0])
    if 1 <= value <= len(options.options):
        others = [index for index in written if index != value - 1]
        return ask("which", options, sorted((value - 1, *others))) if others else sure(options, value - 1)
    fitting = tuple(dict.fromkeys((*written, *fitting)))
    return ask("which", options, fitting) if fitting else NotUnderstood("no_such_number")
