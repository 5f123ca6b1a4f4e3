"""An order: "2 1 3", "213", labels in their order. All options unless the question asks for the first few."""

from __future__ import annotations

from collections.abc import Iterable

from bot.engine.answers.folding import fold, squeeze
from bot.engine.answers.mentions import mentions
from bot.engine.answers.picks import pick
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
    if folded.isdecimal() and 1 < len(folded) <= len(options.options) < 10:
        return _ordered([int(digit) - 1 for digit in folded], options, wanted, "")
    said = sentence(text)
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
    """Reads "agua primero, luz segundo": each option with its place after it, in the order of the places.

    Returns an empty list where places are told but make no order, None where none stands after an option.
    """
    tokens = said.tokens
    places: dict[int, int] = {}
    named = mentions(tokens, options)
    if not named or any(words.find("ordinals", tokens, at) for at in range(named[0].start)):
        return None
    starts = {mention.start for mention in named}
    for mention in named:
        at = mention.end
        while at < len(tokens) and at not in said.breaks and words.has("filler", tokens[at]):
            at += 1
        ordinal = words.find("ordinals", tokens, at) if at not in starts and at not in said.breaks else None
        if ordinal is not None and len(mention.indices) == 1:
            value = int(ordinal[0])
            places[value if value > 0 else len(options.options) + 1 + value] = mention.indices[0]
    if not places:
        return None
    return [places[place] for place in sorted(places)] if sorted(places) == list(range(1, len(named) + 1)) else []


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
