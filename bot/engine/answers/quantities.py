"""Numbers inside a message, in digits, in words, or both: "34", "dos mil quinientos", "1 millón y medio", "3 con 50"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from bot.engine.answers.folding import soften, sound, squeeze
from bot.engine.answers.literals import LITERAL, literal
from bot.engine.answers.words import Lexicon

_TOKEN = re.compile(rf"(?P<number>{LITERAL.pattern})|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<sign>[-+$%<>/])|(?P<rest>\S)")
_VULGAR = {"½": ".5", "¼": ".25", "¾": ".75"}
_VULGAR_PLACE = re.compile(r"(\d*)\s*([½¼¾])")
_MIXED = re.compile(r"(?<![\d/.,])(\d{1,3})\s([1-3])/(2|4|5)(?![\d/.,])")
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})\s?[kK](?![^\W_])")
_SPACED = re.compile(
    r"(?<![\d.,'])(?<!\d )\d{1,3}"
    r"(?:(?: \d{3})* 000(?: \d{3})*|(?: \d{3}){2,}|(?:[\u00a0\u2009\u202f]\d{3})+)(?![\d.,'])"
)
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")  # "thirty-four"
_KEYCAPS = re.compile("[\ufe0e\ufe0f]?\u20e3")
Found = tuple[tuple[Decimal, ...], int]
"""What a number may mean, and the place after it."""

PAUSE = "¦"
"""Stands among the tokens where a clause ends."""


@dataclass(frozen=True, slots=True)
class Number:
    """What the tokens from `start` to `end` may mean; `article`: nothing but "un" or "una"."""

    values: tuple[Decimal, ...]
    start: int
    end: int
    article: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """A message as tokens (words folded, digits and signs as they stand) and the numbers in it, left to right."""

    tokens: tuple[str, ...]
    numbers: tuple[Number, ...]


def count(text: str, words: Lexicon) -> Counted:
    """Returns the tokens and numbers of the text. Digits whose marks make no sense become a number without values."""
    tokens = _tokens(text, words)
    numbers: list[Number] = []
    at = 0
    while at < len(tokens):
        if (unit := words.length("units", tokens, at)) > 1:  # the "ciento" of "por ciento" is no number
            at += unit
            continue
        found = _number(tokens, at, words)
        if found is None:
            at += 1
        else:
            numbers.append(found)
            at = found.end
    return Counted(tokens, tuple(numbers))


def _tokens(text: str, words: Lexicon) -> tuple[str, ...]:
    text = _THOUSANDS.sub(lambda m: f"{m[1]}000", text)
    text = _MIXED.sub(lambda m: f"{int(m[1]) + int(m[2]) / int(m[3]):g}", text)
    text = _VULGAR_PLACE.sub(lambda m: (m[1] or "0") + _VULGAR[m[2]], text)
    text = _SPACED.sub(lambda m: re.sub(r"\s", "", m[0]), _KEYCAPS.sub(" ", text))
    tokens: list[str] = []
    for match in _TOKEN.finditer(_HYPHEN.sub(" ", soften(text))):
        kind, piece = match.lastgroup, match[0]
        if kind == "word":
            word = squeeze(piece.replace("'", ""))
            known = words.key("numbers", word) is not None or len(word) <= 5
            tokens.extend((word,) if known else _apart(_heard(word, words), words))
        elif kind in ("number", "sign"):
            tokens.append(piece)
        elif not piece.isalnum():
            tokens.append(PAUSE)
    return tuple(tokens)


@lru_cache(maxsize=512)
def _heard(word: str, words: Lexicon) -> str:
    """The number word that sounds the same ("diecinuebe"), else the word itself. Kept by `lru_cache` as `_apart` is."""
    if any(words.has(section, word) for section in ("units", "filler", "polite", "around")):
        return word
    heard = sound(word)
    near = {value: known for known, value in words.keyed.get("numbers", {}).items() if len(known) > 4 and sound(known) == heard}
    return next(iter(near.values())) if len(near) == 1 else word


@lru_cache(maxsize=512)
def _apart(word: str, words: Lexicon) -> tuple[str, ...]:
    """Number words written together ("treintaicuatro", "dosmil"), taken apart; the word itself if it is no such thing.

    Kept by `lru_cache`: a pure function of a word and frozen lists.
    """
    if words.has("units", word) or words.key("months", word) or words.has("filler", word):
        return (word,)

    def split(rest: str, first: bool) -> tuple[str, ...] | None:
        if not rest:
            return ()
        for size in range(len(rest), 0, -1):
            piece = rest[:size]
            number = size > 2 and words.key("numbers", piece) is not None and not (first and piece in ("uno", "una"))
            if number or (not first and words.has("number_and", piece)):
                more = split(rest[size:], False)
                if more is not None:
                    return (piece, *more)
        return None

    pieces = split(word, True)
    return pieces if pieces and words.key("numbers", pieces[-1]) is not None else (word,)


def _number(tokens: tuple[str, ...], at: int, words: Lexicon) -> Number | None:
    joined = at + 2 < len(tokens) and words.has("number_and", tokens[at + 1]) and words.length("half", tokens, at + 2)
    if joined and words.length("units", tokens, at) == 1:  # "dólar y medio"
        return Number((Decimal("1.5"),), at, at + 2 + joined)
    saying = words.find("number_sayings", tokens, at)
    if saying is not None and (int(saying[0]) > 0 or len(tokens) == saying[1]):
        return Number((Decimal(saying[0]),), at, at + saying[1])
    start = at
    negative = False
    before = tokens[at - 1] if at else PAUSE
    sign = tokens[at] == "-" and not before[0].isdigit() and words.key("numbers", before) is None
    if sign or (before == PAUSE and words.has("minus", tokens[at])):
        negative, at = True, at + 1
        if at == len(tokens):
            return None
    if tokens[at] == "$" and at + 1 < len(tokens):
        at += 1
    found = amount(tokens, at, words)
    if found is None:
        return None
    values, end = found
    article = end == at + 1 and tokens[at] in ("un", "una", "a")
    return Number(tuple(-value for value in values) if negative else values, start, end, article)


def amount(tokens: tuple[str, ...], at: int, words: Lexicon) -> Found | None:
    """Returns what the number at that place may mean and where it ends, None if there is none.

    Groups below a thousand with their scales: "2 mil 500", "un millón doscientos mil", "1,5 millones".
    """
    total = Decimal(0)
    ceiling = Decimal(10) ** 12
    first = True
    last = Decimal(1)
    alone: tuple[Decimal, ...] | None = None
    while at < len(tokens):
        start = at
        if not first and words.has("number_and", tokens[at]) and _value(tokens, at + 1, words) is not None and last >= 1000:
            at += 1
        group = _group(tokens, at, words)
        values, at = group if group is not None else ((), at)
        scale = _scale(tokens, at, words)
        if scale is not None and scale < ceiling and (values or first):
            total += (values[0] if values else Decimal(1)) * scale
            ceiling = last = scale
            at += 1
            first = False
            continue
        if group is None or (not first and (last < 1000 or len(values) != 1 or values[0] >= last or values[0] % 1)):
            at = start
            break
        if first:
            alone = values
            if not values:
                return (), at
        total += values[0]
        last = Decimal(1)
        first = False
        break
    if first:
        return None
    return _tail(tokens, at, words, alone if alone is not None else (total,), last)


def _tail(
    tokens: tuple[str, ...],
    at: int,
    words: Lexicon,
    values: tuple[Decimal, ...],
    last: Decimal,
) -> Found:
    """What may follow a number and belong to it: "y medio", "coma cinco", "con 50"."""
    unit = words.length("units", tokens, at)
    for place in (at, at + unit) if unit else (at,):
        joined = place + 1 < len(tokens) and words.has("number_and", tokens[place])
        if joined and (size := words.length("half", tokens, place + 1)):
            return tuple(value + last / 2 for value in values), place + 1 + size
    if len(values) == 1 and values[0] == values[0].to_integral_value() and last == 1:
        after = _group(tokens, at + 1, words) if at + 1 < len(tokens) and words.has("point", tokens[at]) else None
        if after is not None and len(after[0]) == 1:
            digits = tokens[at + 1] if after[1] == at + 2 and tokens[at + 1].isdigit() else str(after[0][0])
            if digits.isdigit():
                return (Decimal(f"{values[0]}.{digits}"),), after[1]
        for place in (at + unit, at):
            if place + 1 < len(tokens) and words.has("cents_join", tokens[place]):
                found = _cents(tokens, place, words, values[0])
                if found is not None:
                    return found
        cents = _group(tokens, at + unit, words) if unit and words.length("money", tokens, at) == unit else None
        if cents is not None and len(cents[0]) == 1 and cents[0][0] % 1 == 0 and 10 <= cents[0][0] < 100:
            return (values[0] + cents[0][0] / 100,), cents[1]  # "3 dólares 25"
        if size := words.length("cents", tokens, at):
            return (values[0] / 100,), at + size
    return values, at


def _cents(tokens: tuple[str, ...], at: int, words: Lexicon, whole: Decimal) -> Found | None:
    """Reads "3 con 50", "3 dólares y 50 centavos"; "3 con 5" may be 3.05 or 3.5. Only "con" does without the word cents."""
    group = _group(tokens, at + 1, words)
    if group is None or len(group[0]) != 1 or not 0 < group[0][0] < 100 or group[0][0] % 1:
        return None
    part, end = group[0][0], group[1]
    named = words.length("cents", tokens, end)
    if not named and words.has("number_and", tokens[at]):
        return None
    exact = whole + part / 100
    if whole >= 1000 and not named and not tokens[at - 1][0].isdigit():
        return (exact, whole + part), end  # "dos mil trescientos con cincuenta"
    if named or part >= 10 or tokens[at + 1].startswith("0"):
        return (exact,), end + named
    return (exact, whole + part / 10), end


def _group(tokens: tuple[str, ...], at: int, words: Lexicon) -> Found | None:
    """A number below a thousand in words, or any number in digits."""
    if at < len(tokens) and LITERAL.fullmatch(tokens[at]):  # "15/3" and "17:30" are digits too, and no number
        return literal(tokens[at]), at + 1
    total, end, joined = 0, at, at
    while (found := _value(tokens, joined, words)) is not None:
        value, size = found
        if value >= 1000 or not _fits(total, value, end == at):
            break
        if end > at and joined > end and value >= 100:
            break
        total = total * value if value == 100 and 0 < total < 10 else total + value
        end = joined + size
        if total == 0:
            break
        joined = end
        if end < len(tokens) and words.has("number_and", tokens[end]) and total >= 20 and total % 10 == 0:
            joined = end + 1
    mixed = joined > end and joined < len(tokens) and len(tokens[joined]) == 1 and tokens[joined] in "123456789"
    if end > at and total % 10 == 0 and mixed:  # "cuarenta y 5"
        return (Decimal(total + int(tokens[joined])),), joined + 1
    if end == at:
        return _half(tokens, at, words)
    return (Decimal(total),), end


def _fits(total: int, value: int, first: bool) -> bool:
    """Whether a number word may follow what stands: hundreds, then tens, then units."""
    if first:
        return True
    if value == 100:
        return 0 < total < 10
    if value >= 100 or value == 0:
        return False
    if value < 10:
        return total % 10 == 0 and total >= 20
    return total % 100 == 0


def _half(tokens: tuple[str, ...], at: int, words: Lexicon) -> Found | None:
    size = words.length("half", tokens, at)
    if size and at + size < len(tokens) and words.has("one", tokens[at + size]):  # "half a hectare"
        size += 1
    return ((Decimal("0.5"),), at + size) if size else None


def _value(tokens: tuple[str, ...], at: int, words: Lexicon) -> tuple[int, int] | None:
    found = words.find("numbers", tokens, at) if at < len(tokens) else None
    return (int(found[0]), found[1]) if found is not None else None


def _scale(tokens: tuple[str, ...], at: int, words: Lexicon) -> Decimal | None:
    value = words.key("numbers", tokens[at]) if at < len(tokens) else None
    return Decimal(value) if value is not None and int(value) >= 1000 else None
