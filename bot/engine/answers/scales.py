"""A number on a scale: between its ends, on its steps."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.engine.answers.numbers import as_stored, ask_number, judge
from bot.engine.answers.quantities import PAUSE, Counted, count
from bot.engine.answers.reading import AskBack, NotUnderstood, Question, Reading, Sure
from bot.engine.answers.words import Lexicon


def read_range(question: Question, text: str, words: Lexicon) -> Reading:
    """Reads the text as a number between the question's start and end, on its grid of steps.

    Returns NotUnderstood("out_of_range") beyond the ends; a number between two steps asks back both.
    """
    low = Decimal(str(question.start)) if question.start is not None else None
    high = Decimal(str(question.end)) if question.end is not None else None
    step = Decimal(str(question.step)) if question.step else Decimal(1)
    whole = step % 1 == 0 and (low or Decimal(0)) % 1 == 0
    counted = count(text, words)
    for section, end in (("top", high), ("bottom", low)):
        core = words.strip(tuple(token for token in counted.tokens if token != PAUSE), "polite", "around")
        if end is not None and core and words.has(section, " ".join(core)):
            return ask_number("number", (end,), words, whole=whole)
    stars = text.count("⭐") + text.count("🌟")
    if stars and not counted.numbers and all(char in "⭐🌟\ufe0f " for char in text.strip()):
        return _in_range(Sure(stars), low, high, step, words, whole=whole)
    counted = _without_total(counted, low, high, words)
    if len(counted.numbers) == 1:
        place = counted.numbers[0].end
        things = words.length("units", counted.tokens, place)
        if things > words.length("score_units", counted.tokens, place) and len(counted.numbers[0].values) == 1:
            return _in_range(
                ask_number("number", counted.numbers[0].values, words, whole=whole), low, high, step, words, whole=whole
            )
    reading = judge(text, counted, words, whole=whole, inside=(low, high), about=question.about)
    return _in_range(reading, low, high, step, words, whole=whole)


def _without_total(counted: Counted, low: Decimal | None, high: Decimal | None, words: Lexicon) -> Counted:
    """Reads "8/10", "8 de 10", "del 0 al 10 un 8": the ends of the scale say nothing."""
    numbers = tuple(number for number in counted.numbers if not number.article)
    if low is not None and len(numbers) == 3 and [n.values for n in numbers[:2]] == [(low,), (high,)]:
        start = numbers[1].end  # "del 0 al 10, un 6"
        said = numbers[2]
        return Counted(counted.tokens[start:], (replace(said, start=said.start - start, end=said.end - start),))
    if high is None or len(counted.numbers) != 2:
        return counted
    first, second = counted.numbers
    between = " ".join(words.strip(counted.tokens[first.end : second.start], "units"))
    if second.values == (high,) and words.has("out_of", between):
        return Counted((*counted.tokens[: first.end], *counted.tokens[second.end :]), (first,))
    return counted


def _in_range(
    reading: Reading,
    low: Decimal | None,
    high: Decimal | None,
    step: Decimal,
    words: Lexicon,
    *,
    whole: bool,
) -> Reading:
    match reading:
        case Sure(value, comment) if isinstance(value, (int, float)):
            exact = Decimal(str(value))
            if (low is not None and exact < low) or (high is not None and exact > high):
                return NotUnderstood("out_of_range")
            off = (exact - (low or Decimal(0))) % step
            if off:
                near = (exact - off, exact - off + step)
                return ask_number("step", (v for v in near if high is None or v <= high), words, whole=whole)
            return Sure(as_stored(exact, whole=whole), comment)
        case AskBack(reason, candidates) if candidates:
            inside = tuple(
                candidate
                for candidate in candidates
                if isinstance(candidate.value, (int, float))
                and (low is None or candidate.value >= low)
                and (high is None or candidate.value <= high)
            )
            return AskBack(reason, inside) if inside else NotUnderstood("out_of_range")
        case _:
            return reading
