"""Several choices: "1,3", "1 y 3", "agua y luz", "1-3", "todas menos la 2", "ninguna".

The value lists the names in the order shown. "13" is the first and the third where there are fewer than ten options. "ninguna"
is the option that says so, or no option at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.engine.answers.asked import wishing
from bot.engine.answers.clearing import lacking, without_wish
from bot.engine.answers.folding import fold, squeeze
from bot.engine.answers.mentions import Mention, content, stems
from bot.engine.answers.picks import pick
from bot.engine.answers.pointers import letters, pointer
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Question, Reading, Sure
from bot.engine.answers.sentence import Sentence, sentence
from bot.engine.answers.shown import Shown, shown
from bot.engine.answers.verdicts import denied, loosely, verdicts
from bot.engine.answers.words import Lexicon, Tokens

_LIST = re.compile(r"\s*\S+(?:\s+\S+)?\s*:")


def read_several(question: Question, text: str, words: Lexicon) -> Reading:
    """Reads the text as some of the question's options; the value is the list of their names in the order shown."""
    options = shown(question.options, words)
    folded = squeeze(fold(text))
    if not folded:
        return NotUnderstood()
    found = options.exact.get(folded, ())
    if folded.isdecimal():
        return _digits(folded, found, options)
    if found:
        return _sure(options, found) if len(found) == 1 else _ask("which", options, [(index,) for index in found])
    said = sentence(text)
    core = words.strip(said.tokens, "polite")
    if len(core) == 1 and core[0].isdecimal() and core != said.tokens:
        return _digits(core[0], options.exact.get(core[0], ()), options)
    if by_letter := letters(core, len(options.options)):
        return _sure(options, by_letter)
    answer = _in_one_word(core, options, words) or _first_clause(said, text, options, words)
    if answer is not None:
        return answer
    asked = wishing(question.about, words) if question.about else 1
    wish = lacking(said, asked, options, words) if asked <= 0 else None
    if wish is not None:  # "agua y luz, falta internet"
        there = pick(said.until(wish), options, words).certain
        return _ask("partly", options, [there] if there else [])
    return _picked(without_wish(said, question.about, options, words), text, options, words)


def _digits(digits: str, labelled: tuple[int, ...], options: Shown) -> Reading:
    count = len(options.options)
    value = int(digits) if len(digits) < 10 else 10**9
    if labelled:
        if 1 <= value <= count and value - 1 not in labelled:
            return _ask("which", options, [labelled, (value - 1,)])
        return _sure(options, labelled)
    if 1 <= value <= count:
        return _sure(options, (value - 1,))
    each = [int(digit) for digit in digits]
    if len(set(each)) == len(each) and all(1 <= one <= count for one in each):
        chosen = tuple(one - 1 for one in each)
        if set(chosen) & set(options.none):
            return _ask("which", options, [tuple(i for i in chosen if i not in options.none), options.none])
        return _sure(options, chosen) if count < 10 else _ask("which", options, [chosen])
    return NotUnderstood("no_such_number")


def _in_one_word(core: Tokens, options: Shown, words: Lexicon) -> Reading | None:
    """All, none, both, all but some, the first two; None where the message is none of these."""
    whole = " ".join(core)
    real = tuple(index for index in range(len(options.options)) if index not in (*options.none, *options.unsure, *options.other))
    if words.has("unsure", whole):
        if options.unsure:
            return _sure(options, options.unsure)
        return _ask("unsure", options, [(index,) for index in real] if len(real) <= 10 else [])
    if words.has("none", whole):
        return _sure(options, options.none)
    if words.has("no", whole):
        return AskBack("none_at_all", (Candidate(_names(options, options.none), _say(options, options.none, words)),))
    if words.has("both", whole) and len(real) == 2:
        return _sure(options, real)
    if words.has("both", whole):
        at = pointer(core, 1, words, len(options.options)) if len(core) == 2 else None
        return _ask("which", options, [(at[0],)] if at and at[0] < len(options.options) else [])
    if len(core) == 2 and words.has("plural_articles", core[0]) and (hit := pointer(core, 1, words, len(options.options))):
        ordinal = words.key("ordinals", core[1]) is not None  # "las tres" may be three of them, or number three
        if not ordinal and 1 <= hit[0] < len(options.options):
            return _ask("which", options, [(hit[0],), real] if hit[0] + 1 == len(real) else [(hit[0],)])
    if core and (lead := words.length("except", core, 0)) and not words.has("without", core[0]):  # "menos la radio, todas"
        return _all_but(words.strip_end(core[lead:], "all"), real, options, words)
    start = next((at for at in range(min(3, len(core))) if words.length("all", core, at)), None)
    if start is not None and not words.strip(core[:start], "filler"):
        return _all(core, start, real, options, words)
    return _group(core, options, words)


def _first_clause(said: Sentence, text: str, options: Shown, words: Lexicon) -> Reading | None:
    """Reads "ninguna, todo está bien": none, and a story that names nothing."""
    end = min(said.breaks, default=0)
    clause = words.strip(said.tokens[:end], "polite")
    if not clause or not words.has("none", " ".join(clause)):
        return None
    return None if loosely(said.after(end), options, words) else _sure(options, options.none, text)


def _all(core: Tokens, start: int, real: tuple[int, ...], options: Shown, words: Lexicon) -> Reading | None:
    after = start + words.length("all", core, start)
    if after == len(core):
        return _sure(options, real)
    size = words.length("except", core, after)
    if not size:
        return None
    return _all_but(core[after + size :], real, options, words)


def _all_but(rest: Tokens, real: tuple[int, ...], options: Shown, words: Lexicon) -> Reading:
    left_out = pick(Sentence(rest, frozenset(), frozenset()), options, words)
    kept = tuple(index for index in real if index not in left_out.certain)
    if left_out.certain and not (left_out.hinted or left_out.unread or left_out.beyond or left_out.either or left_out.denied):
        return _sure(options, kept)
    return _ask("which", options, [kept] if left_out.certain else [])


def _group(core: Tokens, options: Shown, words: Lexicon) -> Reading | None:
    """Reads "las dos primeras", "las 2 últimas"."""
    rest = words.strip(core, "filler")
    if len(rest) != 2:
        return None
    for number, place in (rest, rest[::-1]):
        value = int(number) if number.isdecimal() and len(number) < 4 else int(words.key("numbers", number) or 0)
        if 1 <= value <= len(options.options):
            if words.has("first_ones", place):
                return _sure(options, range(value))
            if words.has("last_ones", place):
                return _sure(options, range(len(options.options) - value, len(options.options)))
    return None


def _picked(said: Sentence, text: str, options: Shown, words: Lexicon) -> Reading:
    picks = pick(said, options, words)
    if (listed := _counted_first(said, text, words)) is not None:
        rest, told = listed
        chosen = set(pick(rest, options, words).certain)
        return _picked(rest, text, options, words) if len(chosen) == told else _ask("which", options, [tuple(chosen)])
    certain = tuple(dict.fromkeys(picks.certain))
    if picks.denied:
        named = loosely(said, options, words)
        marked = verdicts(said, named, words)
        if marked is not None and marked[0]:
            return _sure(options, marked[0])
        bad = denied(said, named, words)
        kept = [i for mention in named for i in mention.indices if i not in bad]
        if kept and bad and not picks.either and not picks.doubt and not _beside(said, named, words):
            return _sure(options, kept)
        if named and bad:
            return _ask("negated", options, [tuple(kept)] if kept else [])
        cut = next((at for at, token in enumerate(said.tokens) if words.has("negation", token)), len(said.tokens))
        wanted = pick(Sentence(said.tokens[:cut], said.breaks, said.dashes), options, words).certain
        return _ask("negated", options, [wanted] if wanted else [])
    if picks.doubt:
        return _ask("unsure", options, [certain] if certain else [])
    if picks.either:
        each: list[tuple[int, ...]] = [(index,) for index in dict.fromkeys((*certain, *picks.hinted))]
        return _ask("which", options, [*each, certain] if len(each) > 1 else each)
    if picks.hinted:
        return _ask("which", options, [(*certain, *picks.hinted)])
    unread = tuple(token for token in picks.unread if stems(token, options).isdisjoint(certain))
    if unread or picks.beyond:
        if certain:
            return _ask("partly", options, [certain])
        return NotUnderstood("no_such_number" if picks.beyond and not unread else "")
    if not certain:
        return NotUnderstood()
    if len(certain) > 1 and set(certain) & set(options.none):
        return _ask("which", options, [tuple(i for i in certain if i not in options.none), options.none])
    return _sure(options, certain, text if picks.story else "")


def _beside(said: Sentence, named: tuple[Mention, ...], words: Lexicon) -> bool:
    """Whether something is said beside what is named, taken or turned down ("agua pero no parques" says nothing else)."""
    inside = {place for mention in named for place in range(mention.start, mention.end)}
    rest = tuple(token for place, token in enumerate(said.tokens) if place not in inside and not words.has("negation", token))
    return bool(content(tuple(token for token in rest if not words.length("story", (token,), 0)), words))


def _counted_first(said: Sentence, text: str, words: Lexicon) -> tuple[Sentence, int] | None:
    """The message without the count before a list, "2 cosas: basura y seguridad", and the count."""
    tokens = said.tokens
    first = pointer(tokens, 0, words, 99) if tokens else None
    if first is None or first[1] != 1 or not _LIST.match(text) or words.key("ordinals", tokens[0]) is not None:
        return None
    end = first[1] + words.length("things", tokens, first[1])
    return (said.after(end), first[0] + 1) if end in said.breaks else None


def _names(options: Shown, indices: Iterable[int]) -> list[str]:
    return [options.options[index].name for index in sorted(set(indices))]


def _say(options: Shown, indices: Iterable[int], words: Lexicon | None = None) -> str:
    nothing = words.form("said", "nothing") if words is not None else ""
    return ", ".join(options.options[index].label for index in sorted(set(indices))) or nothing or "—"


def _sure(options: Shown, indices: Iterable[int], comment: str = "") -> Sure:
    return Sure(_names(options, indices), comment.strip())


def _ask(reason: str, options: Shown, groups: list[tuple[int, ...]]) -> AskBack:
    seen = list(dict.fromkeys(tuple(sorted(set(group))) for group in groups))
    return AskBack(reason, tuple(Candidate(_names(options, group), _say(options, group)) for group in seen))
