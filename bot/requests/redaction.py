"""Personal data in what people write in Spanish: found, and hidden before anything is made public.

It errs towards hiding: a word too many that is hidden can be put back by the officer who looks at it before the release, a number
too many that is shown cannot be taken back. What it cannot know are names that nobody told it; it takes those that follow a title
or "me llamo", and those that the request's own identity holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal["document", "email", "phone", "address", "name", "plate", "account", "birth", "code", "known"]

MARK = "[dato personal]"
"""What stands in the place of what is hidden."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text, from letter `start` up to and without `end`, and what it is."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Redacted:
    """The text without what is personal, and where in the first text that stood."""

    text: str
    spans: tuple[Span, ...]


def redact(text: str, known: Mapping[str, str] | None = None, *, mark: str = MARK) -> Redacted:
    """Returns the text with what is personal in it replaced. `known` is the request's own identity (name, document, e-mail…)."""
    return _replaced(text, _found(text, known or {}), mark)


def _replaced(text: str, found: Iterable[Span], mark: str) -> Redacted:
    spans = tuple(_joined(sorted(found, key=lambda span: (span.start, -span.end))))
    pieces, after = list[str](), 0
    for span in spans:
        pieces += [text[after : span.start], mark]
        after = span.end
    return Redacted("".join([*pieces, text[after:]]), spans)


def net(text: str, known: Mapping[str, str] | None = None, *, mark: str = MARK) -> Redacted:
    """Returns the text without what is never meant: identity numbers, receipt codes, and whose request it is as a whole.

    The last net under a text that an officer looked over and released: the telephone of an office that they left in stays.
    """
    spans = [Span(found.start(), found.end(), "code") for found in _CODE.finditer(text)]
    spans += [
        Span(found.start(), found.end(), "document")
        for found in _DIGITS.finditer(text)
        if is_cedula(re.sub(r"\D", "", found[0])) and not found[0].startswith("+")
    ]
    for key, value in (known or {}).items():
        if key == "name":
            words = _plain(value)[0].split()
            if len(words) > 1:
                spans += _there(*_plain(text), r"\s+".join(map(re.escape, words)), "known")
        elif key in ("document", "email", "phone", "address"):
            spans += [span for span in _told(text, key, value) if key != "address" or span.end - span.start > len(value) // 2]
    return _replaced(text, spans, mark)


def is_cedula(digits: str) -> bool:
    """Tells whether ten digits are an Ecuadorian identity number: province 01–24 or 30, third digit below 6, check digit."""
    if len(digits) != 10 or not digits.isascii() or not digits.isdigit():
        return False
    if not (1 <= int(digits[:2]) <= 24 or digits[:2] == "30") or int(digits[2]) > 5:
        return False
    total = 0
    for place, digit in enumerate(digits[:9]):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return (10 - total % 10) % 10 == int(digits[9])


# ── what has a form ──────────────────────────────────────────────────────────────────────────────────────────────────

_EMAIL = re.compile(r"[\w.+%-]+\s?(?:@|\(at\)|\[at\]|\barroba\b)\s?[\w-]+(?:\s?(?:\.|\bpunto\b)\s?[a-z]{2,}){1,3}", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w$.,/-])\+?\(?\d(?:[ \u00a0.\-–()]{0,2}\d){6,19}(?![\w])")
_LABELLED = re.compile(
    r"(?P<label>\b(?:c[eé]dula(?:\s+de\s+(?:identidad|ciudadan[ií]a))?|c\.\s?[ic]\.?|ci|ruc|r\.u\.c\.?|pasaporte|documento(?:\s+de\s+identidad)?|dni)"
    r"\s*(?:n[uú]mero|nro\.?|no\.?|n[º°.]{0,2}|#)?\s*(?:es|:|=)?\s*(?:el\s+)?)(?P<value>[a-z]{0,3}\d[\d.\- ]{3,16}\d)",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?P<label>\b(?:cuenta|cta\.?|tarjeta)(?:\s+(?:de|del|la|el|banco|bancaria|ahorros?|corriente|cr[eé]dito|d[eé]bito|n[uú]mero|pichincha|guayaquil|pac[ií]fico|produbanco|banecuador|cooperativa)){0,6}"
    r"\s*(?:n[uú]mero|nro\.?|no\.?|n[º°.]{0,2}|#)?\s*(?:es|:|=)?\s*(?:la\s+)?)(?P<value>\d[\d\- ]{4,22}\d)",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"(?<![\w-])(?!SAIP|SUG|QJA|COA|RUC|GAD|ART)[A-Z]{3}[ -]?\d{3,4}(?![\w-])|(?<![\w-])[A-Z]{2}[ -]?\d{3}[A-Z](?![\w-])"
)
_PLATE_WORD = re.compile(
    r"(?P<label>\bplacas?\s*(?:n[uú]mero|nro\.?|no\.?|:|es)?\s*)(?P<value>[a-z]{2,3}[ -]?\d{3,4}[a-z]?)\b", re.IGNORECASE
)
_CODE = re.compile(r"(?<![0-9A-Z-])(?=[0-9A-Z-]*\d)[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{5}(?![0-9A-Z])")

_MONTH = r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre)"
_DAY = (
    rf"(?:\d{{1,2}}\s*(?:de\s+)?{_MONTH}(?:\s*(?:de|del)?\s*\d{{4}})?"
    r"|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{4}-\d{2}-\d{2})"
)
_BIRTH = re.compile(
    rf"(?P<label>\b(?:nac[ií](?:d[oa])?|naci[oó]|nacimiento|cumplea[ñn]os|f\.?\s?n\.?)\b[^\d\n]{{0,25}}?)(?P<value>{_DAY})",
    re.IGNORECASE,
)

_WAY = (
    r"(?:calles?|c/|av(?:enida|da)?\.?|pasaje|psje\.?|v[ií]a|urbanizaci[oó]n|urb\.?"
    r"|ciudadela|cdla\.?|conjunto|lotizaci[oó]n|manzana|mz\.?|mza\.?)"
)
_NAMED = r"(?:[A-ZÁÉÍÓÚÑ0-9][\w.áéíóúñ]*)"
_AND = r"(?:\s+(?:de|del|la|las|los|el|y|e|entre|&)){0,3}\s+"
_HOUSE = (
    r"(?:\s*,?\s*(?:n[uú]mero|nro\.?|no\.|n[º°]\.?|#|casa|lote|solar|villa"
    r"|depto\.?|departamento|piso|s/n|bloque|mz\.?|manzana)\s*[\w-]{0,8}"
    r"|\s*,?\s*[A-Z]?\d{1,4}[A-Z]?(?:-\d{1,4})?\b)"
)
_LIVES = re.compile(
    r"(?P<label>\b(?:vivo|vivimos|resido|domicilio|domiciliad[oa]|mi\s+casa|mi\s+direcci[oó]n|direcci[oó]n\s+domiciliaria|mi\s+lote|mi\s+terreno)\b"
    r"(?:\s+(?:es|est[aá]|queda|ubicad[oa]))?\s*:?\s*(?:en\s+)?)(?P<value>(?:n\.\s?[º°]|n[or]{1,2}\.|av\.|mz\.|[^.;\n]){4,120})",
    re.IGNORECASE,
)
_STREET = re.compile(rf"\b(?i:{_WAY})\s+{_NAMED}(?:(?:{_AND}|\s+){_NAMED}){{0,5}}{_HOUSE}(?:{_HOUSE}){{0,3}}")
_ADDRESSED = re.compile(
    r"(?P<label>\bdirecci[oó]n\s*:\s*)(?P<value>(?:n\.\s?[º°]|n[or]{1,2}\.|av\.|mz\.|[^.;\n]){4,120})", re.IGNORECASE
)

_TITLE = (
    r"(?:me\s+llamo|mi\s+nombre\s+(?:completo\s+)?es|soy|yo\s*,|a\s+nombre\s+de|firma(?:do)?\s*:|atentamente\s*[,:]?|señora?|señorita|sra?\.?|srta\.?|don|doña|"
    r"(?:mi|el|la|su)\s+(?:espos[oa]|marido|mujer|hij[oa]|herman[oa]|madre|padre|mam[aá]|pap[aá]|vecin[oa]|abuel[oa]|cuñad[oa]|suegr[oa]|novi[oa]|t[ií][oa]|prim[oa]|nieto|nieta)(?:\s*,)?"
    r"|nombre(?:s)?(?:\s+y\s+apellidos)?\s*:)"
)
_PROPER = r"[A-ZÁÉÍÓÚÑ][a-záéíóúüñ'’]+|[A-ZÁÉÍÓÚÑ]{2,}"
_CALLED = re.compile(
    rf"(?P<label>\b(?i:{_TITLE})\s+)(?P<value>(?:{_PROPER})(?:\s+(?:de\s+la\s+|de\s+los\s+|del\s+|de\s+)?(?:{_PROPER}))*)"
)

_SHORT = 7
"""Digits from which on a number may be a telephone's."""


def _found(text: str, known: Mapping[str, str]) -> Iterator[Span]:
    yield from _named(text, _EMAIL, "email")
    yield from _named(text, _CODE, "code")
    yield from _named(text, _PLATE, "plate")
    yield from _named(text, _STREET, "address")
    for pattern, kind in _VALUES:
        yield from (Span(found.start("value"), found.end("value"), kind) for found in pattern.finditer(text))
    yield from _numbers(text)
    for key, value in known.items():
        yield from _told(text, key, value)


_VALUES: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_LABELLED, "document"),
    (_ACCOUNT, "account"),
    (_PLATE_WORD, "plate"),
    (_BIRTH, "birth"),
    (_LIVES, "address"),
    (_ADDRESSED, "address"),
    (_CALLED, "name"),
)


def _named(text: str, pattern: re.Pattern[str], kind: Kind) -> Iterator[Span]:
    return (Span(found.start(), found.end(), kind) for found in pattern.finditer(text))


def _numbers(text: str) -> Iterator[Span]:
    for found in _DIGITS.finditer(text):
        written = found[0]
        kind = _kind_of(written, re.sub(r"\D", "", written))
        if kind is not None:
            yield Span(found.start(), found.end(), kind)


def _kind_of(written: str, digits: str) -> Kind | None:
    """Returns what a long number is. Amounts, numbers of contracts and spans of years stay; what could be a person's goes."""
    if len(digits) == 13 and digits.endswith("001"):
        return "document"  # a RUC; that of a company is public, but nobody can tell them apart for sure
    if len(digits) == 10 and is_cedula(digits):
        return "document"
    if written.startswith(("+", "593", "00593")):
        return "phone"
    if len(digits) == 10 and digits.startswith("09"):
        return "phone"
    if len(digits) == 9 and digits.startswith("0") and digits[1] in "2345679":
        return "phone"
    if len(digits) == 8 and re.fullmatch(r"(?:19|20)\d\d[ \-–.]{0,2}(?:19|20)\d\d", written):
        return None  # two years
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", written):
        return None  # an amount with its thousands
    if re.fullmatch(r"\d{1,2}[.\-]\d{1,2}[.\-]\d{4}|\d{4}[.\-]\d{1,2}[.\-]\d{1,2}", written):
        return None  # a day; one of birth is found by its words
    if re.fullmatch(r"(?:19|20)\d\d-\d{3,6}|\d{3,6}-(?:19|20)\d\d|\d{1,2}(?:\.\d{1,3}){3,}", written):
        return None  # the number of a contract or resolution, a line of the budget
    if len(digits) == 10:
        return "document"  # written wrongly, perhaps: with a false check digit it is still somebody's
    if len(digits) in (7, 9) and not written.isdigit():
        return "phone"
    return "account" if len(digits) >= 10 else ("phone" if len(digits) >= _SHORT else None)


# ── what the request's own identity holds ────────────────────────────────────────────────────────────────────────────

_LEAST = 3
_PARTICLES = frozenset(("de", "del", "la", "las", "los", "el", "san", "santa", "von", "van"))


def _told(text: str, key: str, value: str) -> Iterator[Span]:
    value = value.strip()
    if len(value) < _LEAST:
        return
    plain, places = _plain(text)
    digits = re.sub(r"\D", "", value)
    if len(digits) >= 5 and len(digits) >= len(value.replace(" ", "")) - 4:
        # spelt in whatever groups; of a telephone also without the country or the nought before it
        tail = digits[-8:] if key == "phone" else digits
        pattern = r"\+?\d{0,3}[\s.()\-]{0,3}\d?[\s.()\-]{0,2}" if key == "phone" else ""
        yield from _there(plain, places, pattern + r"[\s.()\-]{0,2}".join(tail), "known", whole=False)
        return
    folded = _plain(value)[0]
    yield from _there(plain, places, r"\s+".join(map(re.escape, folded.split())), "known")
    if key == "name":
        for part in folded.replace("-", " ").split():
            if len(part) >= _LEAST and part not in _PARTICLES:
                yield from _there(plain, places, re.escape(part), "known")
    elif key == "email":
        yield from _there(plain, places, re.escape(folded.partition("@")[0]), "known")
    elif key == "address":
        words = [word for word in re.findall(r"[\w-]+", folded) if word not in _PARTICLES and (len(word) > 1 or word.isdigit())]
        yield from _runs(plain, places, words)


def _there(plain: str, places: list[int], pattern: str, kind: Kind, *, whole: bool = True) -> Iterator[Span]:
    bounded = rf"(?<!\w){pattern}(?!\w)" if whole else rf"(?<!\d){pattern}(?!\d)"
    for found in re.finditer(bounded, plain):
        if found.end() > found.start():
            yield Span(places[found.start()], places[found.end() - 1] + 1, kind)


def _runs(plain: str, places: list[int], words: list[str]) -> Iterator[Span]:
    """Yields where two of the words of an address follow one another: "Tarqui 245" of "Barrio Obrero, calle Tarqui N.º 245"."""
    between = r"\W+(?:(?:n|no|nro|numero|y|entre|de|la)\W+){0,2}"
    for first, second in pairwise(words):
        yield from _there(plain, places, f"{re.escape(first)}{between}{re.escape(second)}", "known")


def _plain(text: str) -> tuple[str, list[int]]:
    """Returns the text in small letters without accents, and for each letter of it its place in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for part in unicodedata.normalize("NFD", letter.lower()):
            if not unicodedata.combining(part):
                letters.append(part)
                places.append(place)
    return "".join(letters), places


def _joined(spans: list[Span]) -> Iterator[Span]:
    """Yields the spans without overlaps; what is parted by one letter alone becomes one where it is of one kind."""
    waiting: Span | None = None
    for span in spans:
        if span.end <= span.start:
            continue
        if waiting is None:
            waiting = span
        elif span.start < waiting.end or (span.start <= waiting.end + 1 and span.kind == waiting.kind):
            waiting = Span(waiting.start, max(waiting.end, span.end), waiting.kind)
        else:
            yield waiting
            waiting = span
    if waiting is not None:
        yield waiting
