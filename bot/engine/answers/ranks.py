"""An order: "2 1 3", "213", labels in their order. All options unless the question asks for the first few."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from bot.engine.answers.folding import fold, squeeze
from bot.engine.answers.mentions import content, mentions, telling
from bot.engine.answers.picks import pick
from bot.engine.answers.pointers import letters, pointer
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Question, Reading, Sure
from bot.engine.answers.sentence import Sentence, sentence
from bot.engine.answers.shown import Shown, shown
from bot.engine.answers.words import Lexicon


def read_rank(question: Question, text: str, words: Lexicon) -> Reading:
    """Reads the text as an order of options; the value is the list of their names, first place first.

    Where only the last place is missing, the whole order is asked back.
    """
    options = shown(question.options, words)
    wanted = min(question.top or len(options.options), len(options.options))
    folded = squeeze(fold(text))
    if not folded:
        return NotUnderstood()
    whole = tuple(folded.split())
    core = " ".join(words.strip(whole, "polite")) or folded
    if any(words.has(section, core) for section in ("as_shown", "all")):
        return _ask("rank", options, range(wanted))
    if words.has("unsure", core):
        return AskBack("unsure")
    if core.isdecimal() and 1 < len(core) <= len(options.options) < 10:
        return _ordered([int(digit) - 1 for digit in core], options, wanted, "")
    said = sentence(text)
    if by_letter := letters(words.strip(said.tokens, "polite"), len(options.options)):
        return _ordered(list(by_letter), options, wanted, "")
    placed = _placed(said, options, words)
    if placed is not None:
        return _ordered(placed, options, wanted, "") if placed else AskBack("rank")
    # the dashes and dots of "2-1-3" part places here, they tie nothing
    picks = pick(Sentence(said.tokens, said.breaks, frozenset()), options, words)
    if picks.either or picks.denied or picks.doubt:
        return AskBack("rank")
    if picks.unread or picks.hinted:
        return AskBack("rank") if picks.certain or picks.hinted else NotUnderstood()
    if picks.beyond and not picks.certain:
        return NotUnderstood("no_such_number")
    return _ordered([*picks.certain, *picks.beyond], options, wanted, text if picks.story else "")


def _placed(said: Sentence, options: Shown, words: Lexicon) -> list[int] | None:
    """Reads options with their places: "agua primero, luz segundo", "parques: 3, agua: 1", "1. luz 2. agua", "último vías".

    Returns them in the order of their places; an empty list where places are told but make no order; None where none are told.
    """
    steps, told = _steps(said, options, words)
    kinds = "".join("p" if place else "o" for place, _ in steps)
    pairs = None
    if re.fullmatch(r"(op)+", kinds):
        pairs = [(steps[at + 1][1], steps[at][1]) for at in range(0, len(steps), 2)]
    elif re.fullmatch(r"(po)+", kinds):
        pairs = [(steps[at][1], steps[at + 1][1]) for at in range(0, len(steps), 2)]
    elif not told and said.breaks and "p" in kinds and (clauses := _clauses(said, options, words)) is not None:
        return clauses
    elif re.fullmatch(r"(p?o)+", kinds) and "p" in kinds:  # "primero luz, después agua, último parques"
        order = [index for place, index in steps if not place]
        if told:
            return None
        at = 0
        for place, value in steps:
            if place and value not in (at + 1, len(options.options) if at + 1 == len(order) else at + 1):
                return []
            at += not place
        return order
    if pairs is not None:
        places = dict(pairs)
        right = len(places) == len(pairs) and sorted(places) == list(range(1, len(pairs) + 1))
        if right and not told:
            return [places[place] for place in sorted(places)]
        return None if kinds[0] == "p" and told else []
    ordinal = any(words.key("ordinals", token) is not None for token in said.tokens)
    return [] if "o" in kinds and "p" in kinds and ordinal else None


def _clauses(said: Sentence, options: Shown, words: Lexicon) -> list[int] | None:
    """Reads "water first, then roads, park last": where a clause tells a place, its one option has that place."""
    ends = (*sorted(said.breaks), len(said.tokens))
    clauses = [said.tokens[start:end] for start, end in pairwise((0, *ends))]
    order: list[int] = []
    for clause in clauses:
        steps, _ = _steps(Sentence(clause, frozenset(), frozenset()), options, words)
        named = [value for place, value in steps if not place]
        places = [value for place, value in steps if place]
        number = len(order) + 1
        last = number == len(options.options)
        if not named or (places and len(named) > 1) or any(p != number and not (last and p > number) for p in places):
            return None
        order += named
    return order


def _steps(said: Sentence, options: Shown, words: Lexicon) -> tuple[list[tuple[bool, int]], bool]:
    """Places (True, from 1) and options (False, their index) in the order said, and whether anything else is said."""
    named = {mention.start: mention for mention in mentions(said.tokens, options)}
    steps: list[tuple[bool, int]] = []
    rest: list[str] = []
    at = 0
    while at < len(said.tokens):
        mention = named.get(at)
        hit = pointer(said.tokens, at, words, len(options.options))
        sharing = options.tokens.get(said.tokens[at], frozenset()) if telling(said.tokens[at], words) else frozenset()
        if mention is not None and len(mention.indices) == 1:
            steps.append((False, mention.indices[0]))
            at = mention.end
        elif len(sharing) == 1:
            steps.append((False, next(iter(sharing))))
            at += 1
        elif steps and words.length("story", said.tokens, at):
            break
        elif hit is not None:
            steps.append((True, hit[0] + 1))
            at += hit[1]
        else:
            rest.append(said.tokens[at])
            at += 1
    return steps, bool(content(tuple(rest), words))


def _ordered(places: list[int], options: Shown, wanted: int, comment: str) -> Reading:
    count = len(options.options)
    if not places:
        return NotUnderstood()
    if len(set(places)) < len(places) or not all(0 <= place < count for place in places):
        return AskBack("rank_twice" if len(set(places)) < len(places) else "rank")
    if len(places) == wanted:
        return Sure([options.options[place].name for place in places], comment.strip())
    if len(places) > wanted:
        return _ask("rank_too_many", options, places[:wanted])
    missing = [place for place in range(count) if place not in places]
    if len(missing) == 1 and wanted == count:
        return _ask("rank", options, [*places, *missing])
    return AskBack("rank_missing")


def _ask(reason: str, options: Shown, places: Iterable[int]) -> AskBack:
    chosen = [options.options[place] for place in places]
    label = ", ".join(f"{number}. {option.label}" for number, option in enumerate(chosen, 1))
    return AskBack(reason, (Candidate([option.name for option in chosen], label),))
