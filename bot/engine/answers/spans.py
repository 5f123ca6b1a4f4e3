"""Options that are a span of numbers ("18 a 29", "Menos de 1 año", "65 o más"): which of them hold a number."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from bot.engine.answers.folding import fold
from bot.engine.answers.numbers import read_decimal
from bot.engine.answers.quantities import PAUSE, Counted, count
from bot.engine.answers.reading import AskBack, Choosable, Question, Sure
from bot.engine.answers.words import FRILL, Lexicon, Tokens

_DAYS = {"day": Decimal(1), "week": Decimal(7), "fortnight": Decimal(15), "month": Decimal(30), "year": Decimal(360)}
"""Days of a unit as people reckon: twelve months are a year, four weeks not quite a month."""


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers from `low` to `high` (None: no end), the ends themselves or not. `unit` is a unit of time, or ""."""

    index: int
    low: Decimal | None
    high: Decimal | None
    unit: str
    strict: bool

    def holds(self, value: Decimal, side: int = 0) -> bool:
        """Tells whether the number lies in the span; with a side, all numbers beyond it on that side (1: above, -1: below)."""
        if side > 0:
            return self.high is None and self.low is not None and value >= self.low
        if side < 0:
            return self.low is None and self.high is not None and value <= self.high
        if self.low is not None and (value < self.low or (self.strict and value == self.low)):
            return False
        return self.high is None or value < self.high or (value == self.high and not self.strict)

    def sensible(self, value: Decimal) -> bool:
        """Tells whether the number is near the others: "1980" is no age past "65 o más"."""
        return self.high is not None or self.low is None or value < 10 * max(self.low, Decimal(1))


def span_of(text: str, options: tuple[Choosable, ...], words: Lexicon) -> tuple[tuple[int, ...], str | None]:
    """Returns the options whose span holds the one number of the text, and the comment if that is surely the answer, else None.

    It is sure where most options are spans, one of them holds it, and the number bears a unit, is a bound ("más de 65") or is
    past the numbers shown before the options: "3" may be number three, "3 años" and "34" are not.
    """
    spans = _spans(options, words)
    if not spans:
        return (), None
    counted = count(text, words)
    numbers = [number for number in counted.numbers if len(number.values) == 1]
    if len(numbers) != 1 or len(counted.numbers) != 1:
        return (), None
    value = numbers[0].values[0]
    unit, named = _unit(counted, numbers[0].end, words)
    if numbers[0].article and not named:
        return (), None
    side = _bound(counted.tokens[: numbers[0].start], counted.tokens[numbers[0].end :], words)
    reckoned = [(span, _reckoned(value, unit, span)) for span in spans]
    fitting = tuple(span.index for span, amount in reckoned if amount is not None and span.holds(amount, side))
    mostly = len(spans) * 2 > len(options)
    past = value > len(options) and value % 1 == 0 and all(span.sensible(value) for span in spans)
    if len(fitting) != 1 or not mostly or not (named or past or side):
        return fitting, None
    reading = read_decimal(Question("decimal"), text, words)
    if isinstance(reading, Sure):
        return fitting, reading.comment
    bounded = side != 0 and isinstance(reading, AskBack) and reading.reason == "bound" and not _more(counted, words)
    return fitting, "" if bounded else None


def _bound(before: Tokens, after: Tokens, words: Lexicon) -> int:
    """1 where the number is the least that is meant ("más de 65", "65 o más"), -1 where it is the most, 0 where it is itself."""
    near = before[-3:]
    for section, side in (("more", 1), ("less", -1)):
        if any(words.has(section, token) for token in near) and words.anywhere("bounds", near) is not None:
            return side
    if (size := words.length("and_some", after, 0)) or (size := words.length("and_some", after, 1)):
        return 1 if any(words.has("more", token) for token in after[: size + 1]) else 0
    return 0


def _more(counted: Counted, words: Lexicon) -> bool:
    """Whether words stand beside a bounded number that say something else."""
    at = 0
    sections = ("bounds", "more", "less", "and_some", "units", "around", "exact", FRILL)
    while at < len(counted.tokens):
        size = max(words.length(section, counted.tokens, at) for section in sections)
        if not size and not any(number.start <= at < number.end for number in counted.numbers) and counted.tokens[at] != PAUSE:
            return True
        at += size or 1
    return False


def _unit(counted: Counted, at: int, words: Lexicon) -> tuple[str, bool]:
    time = words.find("spans", counted.tokens, at)
    return (time[0], True) if time is not None else ("", words.length("units", counted.tokens, at) > 0)


def _reckoned(value: Decimal, unit: str, span: Span) -> Decimal | None:
    """The value in the span's unit; None where the two have nothing to do with each other."""
    if unit == span.unit or not unit or (unit == "year" and not span.unit):
        return value
    return value * _DAYS[unit] / _DAYS[span.unit] if span.unit else None


@lru_cache(maxsize=256)
def _spans(options: tuple[Choosable, ...], words: Lexicon) -> tuple[Span, ...]:
    """Kept by `lru_cache`: a pure function of frozen records."""
    found = (_span(index, tuple(fold(option.label).split()), words) for index, option in enumerate(options))
    spans = tuple(span for span in found if span is not None)
    units = {span.unit for span in spans if span.unit}
    if len(units) != 1:
        return spans
    unit = units.pop()  # "1 a 3" beside "Más de 3 años" counts years too
    return tuple(Span(span.index, span.low, span.high, unit, span.strict) for span in spans)


def _span(index: int, tokens: Tokens, words: Lexicon) -> Span | None:
    places = [at for at, token in enumerate(tokens) if token.isdecimal() and len(token) < 10]
    if not places:
        places = [at for at, token in enumerate(tokens) if words.key("numbers", token) is not None]
    values = [Decimal(tokens[at] if tokens[at].isdecimal() else words.key("numbers", tokens[at]) or 0) for at in places]
    unit = next((hit[0] for at in range(len(tokens)) if (hit := words.find("spans", tokens, at)) is not None), "")
    if len(values) == 2 and values[0] < values[1]:
        return Span(index, values[0], values[1], unit, strict=False)
    if len(values) != 1:
        return None
    # "más de 10" is without the ten, "65 o más" with it
    strict = any(words.length("bounds", tokens, at) > 1 for at in range(places[0]))
    if any(words.has("less", token) for token in tokens):
        return Span(index, None, values[0], unit, strict)
    return Span(index, values[0], None, unit, strict) if any(words.has("more", token) for token in tokens) else None
