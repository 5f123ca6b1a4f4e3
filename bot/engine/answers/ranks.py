"""An order: "2 1 3", "213", labels in their order. All options unless the question asks for the first few."""

from __future__ import annotations

from collections.abc import Iterable

from bot.engine.answers.folding import fold, squeeze
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
    # the dashes and dots of "2-1-3" part places here, they tie nothing
    picks = pick(Sentence(said.tokens, said.breaks, frozenset()), options, words)
    if picks.either or picks.denied or picks.doubt:
        return AskBack("rank")
    if picks.unread or picks.hinted:
        return AskBack("rank") if picks.certain or picks.hinted else NotUnderstood()
    if picks.beyond and not picks.certain:
        return NotUnderstood("no_such_number")
    return _ordered([*picks.certain, *picks.beyond], options, wanted, text if picks.story else "")


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
