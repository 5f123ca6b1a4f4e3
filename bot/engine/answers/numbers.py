"""Integers and decimals.

Exactly one number, and around it nothing that changes it, is an answer. Two numbers, a bound ("más de 20"), a rest ("20 y
pico"), a doubt, or a story without a pause is asked back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from rapidfuzz import fuzz

from bot.engine.answers.asked import counts_years, named, new
from bot.engine.answers.literals import LONGEST
from bot.engine.answers.quantities import PAUSE, Counted, Number, count
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Question, Reading, Sure
from bot.engine.answers.words import FRILL, Lexicon


def read_integer(question: Question, text: str, words: Lexicon) -> Reading:
    """Reads the text as a whole number (int). "12,5" and "dos y medio" ask back the whole numbers beside them."""
    return _read(question, text, words, whole=True)


def read_decimal(question: Question, text: str, words: Lexicon) -> Reading:
    """Reads the text as a number (float). "1.500" asks back, see `literals`."""
    return _read(question, text, words, whole=False)


def _read(question: Question, text: str, words: Lexicon, *, whole: bool) -> Reading:
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) <= LONGEST:
        if len(plain) == 4 and plain[:2] in ("19", "20") and question.about and counts_years(question.about, words):
            return ask_number("unit", (Decimal(plain),), words, whole=whole)
        return Sure(int(plain) if whole else float(plain))
    counted = count(text, words)
    reading = judge(text, counted, words, whole=whole, about=question.about)
    if not isinstance(reading, Sure):
        return reading
    if whole and any(_part(counted.tokens, number.end, words) for number in counted.numbers):  # "un cuarto de hora"
        return AskBack("number")
    if whole and words.anywhere("company", counted.tokens) is not None:  # who lives with three is the fourth
        value = Decimal(str(reading.value))
        return ask_number("number", (value, value + 1), words, whole=whole)
    return _measured(question.about, reading, counted, words, whole=whole) if question.about else reading


def _part(tokens: tuple[str, ...], at: int, words: Lexicon) -> bool:
    """Whether a part of a unit stands there, "cuarto de hora"; "cuartos" alone are rooms."""
    part = words.find("fractions", tokens, at)
    return part is not None and any(words.find("measures", tokens, at + part[1] + more) is not None for more in (0, 1))


def _measured(about: str, reading: Sure, counted: Counted, words: Lexicon, *, whole: bool) -> Reading:
    """Asks back a number in another unit or for another span than the question's words tell: "6 meses" where years are asked."""
    said = next((hit[0] for n in counted.numbers if (hit := words.find("measures", counted.tokens, n.end)) is not None), None)
    asked = named("measures", about, words) if said is not None else frozenset()
    if (said is None or not asked or said in asked) and not _other_rate(counted, about, words):
        return reading
    return ask_number("unit", (Decimal(str(reading.value)),), words, whole=whole)


def _other_rate(counted: Counted, about: str, words: Lexicon) -> bool:
    """Whether the number is said to be for another span than the question asks: "5 a la semana" where a day is asked for."""
    places = range(counted.numbers[0].end, len(counted.tokens)) if counted.numbers else ()
    said = next((hit[0] for at in places if (hit := words.find("rates", counted.tokens, at)) is not None), None)
    if said is None:
        return False
    asked = named("rates", about, words)
    return said not in asked and (bool(asked) or said == "each")


def judge(
    text: str,
    counted: Counted,
    words: Lexicon,
    *,
    whole: bool,
    inside: tuple[Decimal | None, Decimal | None] = (None, None),
    about: str = "",
) -> Reading:
    """Returns what the numbers of a message come to.

    `inside`: the ends of the scale, which tell thousands from decimals. `about`: the question's own words.
    """
    tokens, numbers = counted.tokens, counted.numbers
    if not numbers or all(number.article for number in numbers):
        amount = words.strip(tuple(token for token in tokens if token != PAUSE), "polite")
        if words.has("many", " ".join(amount)):  # "un montón" is not one
            return AskBack("many")
    if not numbers:
        return _no_number(tokens, words, whole=whole)
    if _NOUGHT.search(text):  # "2O": the letter for the nought
        return _noughts(text, words, whole=whole)
    alone = all(number.article for number in numbers) and not any(words.length("units", tokens, n.end) for n in numbers)
    if alone and _left(tokens, numbers, words):  # "un perro" counts nothing that is asked for
        return NotUnderstood()
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
        begins = _after_pause(tokens, head)
        joined = head == real[0].end and begins < len(tokens) and words.has("number_and", tokens[begins])
        joined = joined and _of_something_else(tokens, begins + 1, real[1:], words)
        told = (joined or words.length("story", tokens, begins)) and all(number.start >= head for number in real[1:])
        if not (told and len(chosen[0]) == 1):
            return _several(values, tokens, real, words, whole=whole)
    value = chosen[0][0]
    for number in real:
        before, after = tokens[: number.start], tokens[number.end : max(head, number.end)]
        reason = _changed(before, after, words)
        if reason and not (reason == "negated" and number.start and words.has("minus", tokens[number.start])):
            return ask_number(reason, (value,), words, whole=whole)
    if new(_left(tokens[:head], real, words), about, words):
        return ask_number("number", (value,), words, whole=whole)
    if whole and value % 1:
        return ask_number("whole", (value,), words, whole=True)
    if value < 0:  # a dash in front is more often a dash than a minus
        return ask_number("number", (value, -value), words, whole=whole)
    rest = _left(tokens[head:], tuple(Number(n.values, n.start - head, n.end - head) for n in real if n.start >= head), words)
    return Sure(as_stored(value, whole=whole), text.strip() if new(rest, about, words) else "")


def _of_something_else(tokens: tuple[str, ...], at: int, numbers: tuple[Number, ...], words: Lexicon) -> bool:
    """Whether the numbers told after an "y" are of something else: "34 y tengo 2 hijos", "40 y mi esposo 42", not "20 y 10"."""
    if at < len(tokens) and words.has("possessives", tokens[at]):
        return True
    return all(words.length("units", tokens, number.end) for number in numbers)


_NOUGHT = re.compile(r"\d[oO](?![^\W\d_])")


def _noughts(text: str, words: Lexicon, *, whole: bool) -> Reading:
    mended = re.sub(r"(?<=\d)[oO](?=[oO]|(?![^\W\d_]))", "0", text)
    reading = judge(mended, count(mended, words), words, whole=whole) if mended != text else NotUnderstood()
    return ask_number("number", (Decimal(str(reading.value)),), words, whole=whole) if isinstance(reading, Sure) else reading


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
            return Sure(as_stored(part, whole=False))
        offered.insert(0, part)
    return ask_number("numbers", offered, words, whole=whole)


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
    """Where a story begins: at a pause, a joining word, an "y" that joins no number, or whatever follows a unit."""
    unit = words.length("units", tokens, after)
    some = words.length("and_some", tokens, after) or words.length("and_some", tokens, after + unit)
    if some:
        return len(tokens)
    if after < len(tokens) and words.has("number_and", tokens[after]) and _tells(tokens, after + 1, words):
        return after
    if unit and after + unit < len(tokens) and _tells(tokens, after + unit, words):
        return after + unit
    because = words.length("because_of", tokens, after + unit)
    if because and _tells(tokens, after + unit + because, words):
        return after + unit
    return next((at for at in range(after, len(tokens)) if tokens[at] == PAUSE or words.length("story", tokens, at)), len(tokens))


def _tells(tokens: tuple[str, ...], at: int, words: Lexicon) -> bool:
    """Whether a story may begin there: no word that counts, bounds, denies or doubts follows anywhere near."""
    if at >= len(tokens):
        return False
    near = tokens[at : at + 3]
    if not words.strip(tuple(token for token in tokens[at:] if token != PAUSE), FRILL):
        return False
    first = tokens[at + 1] if words.has("number_and", tokens[at]) and at + 1 < len(tokens) else tokens[at]
    counts = first[0].isdigit() or words.key("numbers", first) is not None or words.length("half", (first,), 0)
    sections = ("bounds", "and_some", "negation", "unsure", "either", "units", "around", "exact", "cents_join", "point")
    return not counts and not any(words.length(section, tokens, at + place) for section in sections for place in range(len(near)))


def _after_pause(tokens: tuple[str, ...], at: int) -> int:
    while at < len(tokens) and tokens[at] == PAUSE:
        at += 1
    return at


def _no_number(tokens: tuple[str, ...], words: Lexicon, *, whole: bool) -> Reading:
    core = words.strip(tuple(token for token in tokens if token != PAUSE), "polite")
    phrase = " ".join(core)
    counted_none = words.has("none", " ".join(words.strip(core, "units", "filler")))
    if words.has("just_me", phrase):
        return ask_number("number", (Decimal(1),), words, whole=whole)
    if words.has("unsure", phrase) or (core and words.anywhere("unsure", core) is not None):
        return AskBack("unsure")
    if words.has("nothing", phrase) or words.has("none", phrase) or counted_none:
        return ask_number("number", (Decimal(0),), words, whole=whole)
    if words.has("many", phrase) or words.has("many", " ".join(words.strip(core, "filler", "units"))):
        return AskBack("many")
    near = [
        Decimal(value)
        for token in core
        if len(token) >= 5 and not words.has("filler", token)
        for known, value in words.keyed.get("numbers", {}).items()
        if fuzz.ratio(token, known) >= 83
    ]
    return ask_number("number", near, words, whole=whole) if near else NotUnderstood()


def ask_number(reason: str, values: Iterable[Decimal], words: Lexicon, *, whole: bool) -> AskBack:
    """Returns the question back with those numbers, as they are said in the person's language."""
    offered: dict[Decimal, None] = {}
    for value in values:
        if whole and value % 1:
            offered |= dict.fromkeys((value.to_integral_value(ROUND_FLOOR), value.to_integral_value(ROUND_CEILING)))
        else:
            offered[value] = None
    mark = words.form("number_marks", "decimal") if "number_marks" in words.forms else ","
    return AskBack(reason, tuple(Candidate(as_stored(v, whole=whole), f"{v.normalize():f}".replace(".", mark)) for v in offered))


def as_stored(value: Decimal, *, whole: bool) -> int | float:
    """Returns the number as it is stored: int where whole numbers are asked for, else float."""
    return int(value) if whole else float(value)
