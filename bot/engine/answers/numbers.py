"""Integers, decimals and ranges.

Exactly one number, and around it nothing that changes it, is an answer. Two numbers, a bound ("más de 20"), a rest ("20 y
pico"), a doubt, or a story without a pause is asked back.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from rapidfuzz import fuzz

from bot.engine.answers.literals import LONGEST
from bot.engine.answers.quantities import PAUSE, Counted, Number, count
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Question, Reading, Sure
from bot.engine.answers.words import FRILL, Lexicon


def read_integer(_question: Question, text: str, words: Lexicon) -> Reading:
    """Reads the text as a whole number (int). "12,5" and "dos y medio" ask back the whole numbers beside them."""
    return _read(text, words, whole=True)


def read_decimal(_question: Question, text: str, words: Lexicon) -> Reading:
    """Reads the text as a number (float). "1.500" asks back, see `literals`."""
    return _read(text, words, whole=False)


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
            return _ask("number", (end,), words, whole=whole)
    stars = text.count("⭐") + text.count("🌟")
    if stars and not counted.numbers and all(char in "⭐🌟\ufe0f " for char in text.strip()):
        return _in_range(Sure(stars), low, high, step, words, whole=whole)
    counted = _without_total(counted, high, words)
    if len(counted.numbers) == 1:
        place = counted.numbers[0].end
        things = words.length("units", counted.tokens, place)
        if things > words.length("score_units", counted.tokens, place) and len(counted.numbers[0].values) == 1:
            return _in_range(_ask("number", counted.numbers[0].values, words, whole=whole), low, high, step, words, whole=whole)
    reading = _judge(text, counted, words, whole=whole, inside=(low, high))
    return _in_range(reading, low, high, step, words, whole=whole)


def _without_total(counted: Counted, high: Decimal | None, words: Lexicon) -> Counted:
    """Reads "8/10", "8 de 10": the second number is the end of the scale and says nothing."""
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
                return _ask("step", (v for v in near if high is None or v <= high), words, whole=whole)
            return Sure(_value(exact, whole=whole), comment)
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


def _read(text: str, words: Lexicon, *, whole: bool) -> Reading:
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) <= LONGEST:
        return Sure(int(plain) if whole else float(plain))
    return _judge(text, count(text, words), words, whole=whole)


def _judge(
    text: str,
    counted: Counted,
    words: Lexicon,
    *,
    whole: bool,
    inside: tuple[Decimal | None, Decimal | None] = (None, None),
) -> Reading:
    tokens, numbers = counted.tokens, counted.numbers
    if not numbers or all(number.article for number in numbers):
        amount = words.strip(tuple(token for token in tokens if token != PAUSE), "polite")
        if words.has("many", " ".join(amount)):  # "un montón" is not one
            return AskBack("many")
    if not numbers:
        return _no_number(tokens, words, whole=whole)
    if len(numbers) > 12:
        return AskBack("numbers")
    if any(not number.values for number in numbers):
        listed = all(number.values or tokens[number.start].count(",") > 1 for number in numbers)
        return AskBack("numbers") if listed else NotUnderstood()
    real = tuple(n for n in numbers if not (n.article and not words.length("units", tokens, n.end))) or numbers
    chosen = [_meant(number, whole=whole, inside=inside) for number in real]
    if not whole:
        chosen = [_fraction(number, values, tokens, words) for number, values in zip(real, chosen, strict=True)]
    head = _head(tokens, real[0].end, words)
    values = tuple(dict.fromkeys(value for number in chosen for value in number))
    if len(values) > 1:
        told = words.length("story", tokens, _after_pause(tokens, head)) and all(number.start >= head for number in real[1:])
        if not (told and len(chosen[0]) == 1):
            return _several(values, tokens, real, words, whole=whole)
    value = chosen[0][0]
    for number in real:
        before, after = tokens[: number.start], tokens[number.end : max(head, number.end)]
        reason = _changed(before, after, words)
        if reason and not (reason == "negated" and number.start and words.has("minus", tokens[number.start])):
            return _ask(reason, (value,), words, whole=whole)
    left = _left(tokens[:head], real, words)
    if left:
        return _ask("number", (value,), words, whole=whole)
    if whole and value % 1:
        return _ask("whole", (value,), words, whole=True)
    if value < 0:  # a dash in front is more often a dash than a minus
        return _ask("number", (value, -value), words, whole=whole)
    rest = _left(tokens[head:], tuple(Number(n.values, n.start - head, n.end - head) for n in real if n.start >= head), words)
    return Sure(_value(value, whole=whole), text.strip() if rest else "")


def _meant(number: Number, *, whole: bool, inside: tuple[Decimal | None, Decimal | None]) -> tuple[Decimal, ...]:
    """The values that fit the question: thousands where whole numbers are asked, those inside where there is a range."""
    values = number.values
    if len(values) > 1:
        low, high = inside
        fitting = tuple(v for v in values if (low is None or v >= low) and (high is None or v <= high))
        values = fitting or values
        if whole and len(values) > 1 and values[-1] % 1 == 0:  # thousands come last
            return values[-1:]
    return values


def _fraction(number: Number, values: tuple[Decimal, ...], tokens: tuple[str, ...], words: Lexicon) -> tuple[Decimal, ...]:
    """Reads "tres cuartos", "un tercio", where parts of a whole are asked for."""
    part = words.find("fractions", tokens, number.end)
    return (values[0] / int(part[0]),) if part is not None and len(values) == 1 and values[0] % 1 == 0 else values


def _several(
    values: tuple[Decimal, ...],
    tokens: tuple[str, ...],
    numbers: tuple[Number, ...],
    words: Lexicon,
    *,
    whole: bool,
) -> Reading:
    if sum(1 for number in numbers if len(number.values) == 1 and number.values[0] % 1 == 0) >= 3:
        dates = sum(1 for token in tokens if token in ("/", "-"))
        return NotUnderstood() if dates >= 2 else AskBack("numbers")
    offered = list(values)
    first, second = numbers[0], numbers[-1]
    between = tokens[first.end : second.start]
    counts = all(words.length("units", tokens, n.end) and not words.find("spans", tokens, n.end) for n in numbers)
    if whole and len(numbers) == 2 and counts and any(words.has("number_and", token) for token in between):
        offered.append(first.values[0] + second.values[0])  # "2 adultos y 3 niños"
    if not whole and len(numbers) == 2 and "/" in tokens[numbers[0].end : numbers[1].start] and numbers[1].values[0]:
        part = numbers[0].values[0] / numbers[1].values[0]
        rest = words.strip_start(tokens[numbers[1].end :], "filler")
        alone = numbers[0].start == 0 and words.length("units", rest, 0) == len(rest) > 0
        if alone and part < 1:  # "1/2 hectárea"
            return Sure(_value(part, whole=False))
        offered.insert(0, part)
    return _ask("numbers", offered, words, whole=whole)


def _changed(before: tuple[str, ...], after: tuple[str, ...], words: Lexicon) -> str:
    """Why a number is not simply that number; "" if it is."""
    kept = tuple(token for token in before if token != PAUSE)
    if _bounded(words.strip_end(_no_around(kept, words), "around"), words) or _bounded(_no_around(kept, words), words):
        return "bound"
    if any(words.anywhere("unsure", _no_around(side, words)) is not None for side in (kept, after)):
        return "unsure"
    if any(words.has("negation", token) and not words.has("minus", token) for token in _no_around((*kept, PAUSE, *after), words)):
        return "negated"
    if after and (words.length("and_some", after, 0) or words.length("bounds", after, 0)):
        return "bound"
    unit = words.length("units", after, 0)
    if unit and words.length("and_some", after, unit):
        return "bound"
    return ""


def _bounded(led: tuple[str, ...], words: Lexicon) -> bool:
    """Whether a bound stands right before the number, an article or two between them ("más de los 20")."""
    for end in range(len(led), max(0, len(led) - 3), -1):
        places = ((section, at) for at in range(end) for section in ("bounds", "more", "less"))
        if any((size := words.length(section, led[:end], at)) and at + size == end for section, at in places):
            return True
        if not words.has("filler", led[end - 1]):
            return False
    return False


def _no_around(tokens: tuple[str, ...], words: Lexicon) -> tuple[str, ...]:
    """The tokens without "más o menos" and the like, which are neither doubt nor denial of a number."""
    kept: list[str] = []
    at = 0
    while at < len(tokens):
        size = max(words.length(section, tokens, at) for section in ("around", "and_some", "units"))
        if size > 1:
            at += size
        else:
            kept.append(tokens[at])
            at += 1
    return tuple(kept)


def _left(tokens: tuple[str, ...], numbers: tuple[Number, ...], words: Lexicon) -> tuple[str, ...]:
    """The words that are neither number nor unit nor any of those that change nothing."""
    inside = {place for number in numbers for place in range(number.start, number.end)}
    kept: list[str] = []
    at = 0
    while at < len(tokens):
        part = words.find("fractions", tokens, at)
        size = max(
            part[1] if part else 0, *(words.length(section, tokens, at) for section in ("units", "around", "exact", FRILL))
        )
        if at in inside or tokens[at] in (PAUSE, "$", "%") or not size:
            if at not in inside and tokens[at] not in (PAUSE, "$", "%"):
                kept.append(tokens[at])
            at += 1
        else:
            at += size
    return tuple(kept)


def _head(tokens: tuple[str, ...], after: int, words: Lexicon) -> int:
    return next((at for at in range(after, len(tokens)) if tokens[at] == PAUSE or words.length("story", tokens, at)), len(tokens))


def _after_pause(tokens: tuple[str, ...], at: int) -> int:
    while at < len(tokens) and tokens[at] == PAUSE:
        at += 1
    return at


def _no_number(tokens: tuple[str, ...], words: Lexicon, *, whole: bool) -> Reading:
    core = words.strip(tuple(token for token in tokens if token != PAUSE), "polite")
    phrase = " ".join(core)
    counted_none = words.has("none", " ".join(words.strip(core, "units", "filler")))
    if words.has("unsure", phrase) or (core and words.anywhere("unsure", core) is not None):
        return AskBack("unsure")
    if words.has("nothing", phrase) or words.has("none", phrase) or counted_none:
        return _ask("number", (Decimal(0),), words, whole=whole)
    if words.has("many", phrase) or words.has("many", " ".join(words.strip(core, "filler", "units"))):
        return AskBack("many")
    near = [
        Decimal(value)
        for token in core
        if len(token) >= 5 and not words.has("filler", token)
        for known, value in words.keyed.get("numbers", {}).items()
        if fuzz.ratio(token, known) >= 83
    ]
    return _ask("number", near, words, whole=whole) if near else NotUnderstood()


def _ask(reason: str, values: Iterable[Decimal], words: Lexicon, *, whole: bool) -> AskBack:
    offered: dict[Decimal, None] = {}
    for value in values:
        if whole and value % 1:
            offered |= dict.fromkeys((value.to_integral_value(ROUND_FLOOR), value.to_integral_value(ROUND_CEILING)))
        else:
            offered[value] = None
    mark = words.form("number_marks", "decimal") if "number_marks" in words.forms else ","
    return AskBack(reason, tuple(Candidate(_value(v, whole=whole), f"{v.normalize():f}".replace(".", mark)) for v in offered))


def _value(value: Decimal, *, whole: bool) -> int | float:
    return int(value) if whole else float(value)
