"""Telephone numbers, to E.164. A number without a country is Ecuador's."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.engine.answers.folding import fold, soften
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Reading, Sure
from bot.engine.answers.words import FRILL, Lexicon

REGION = "EC"

_WHOLE = 10
"""Digits of a mobile number as it is said at home."""

_KEYCAPS = re.compile("[\ufe0e\ufe0f]?\u20e3")
_RUN = re.compile(r"\+?\s*\(?\d[\d\s().\-]*\d")
_NOUGHT = re.compile(r"(?<![a-zñ])o(?=\d)|(?<=\d)o(?![a-zñ])")
_BETWEEN = re.compile(r"[/,;\n]")


def read_phone(text: str, words: Lexicon) -> Reading:
    """Reads the text as a telephone number; the value is E.164 ("+593991234567")."""
    plain = soften(_KEYCAPS.sub("", text))
    tokens = tuple(fold(plain).split())
    found: list[str] = []
    odd: list[str] = []
    for piece in _BETWEEN.split(plain):
        for run in _RUN.findall(piece):
            number = _valid(run, REGION)
            (found if number else odd).append(number or run)
    numbers = tuple(dict.fromkeys(found))
    denied = any(words.anywhere("negation", said) is not None for said in (_before(plain), _after(plain)))
    if len(numbers) > 1:
        return _ask("phones", numbers)
    if numbers:
        more = any(_digits(run) > 5 for run in odd) or words.anywhere("either", tokens) is not None
        if denied or more or _NOUGHT.search(plain):
            return _ask("phone", numbers)
        return Sure(numbers[0], text.strip() if odd or _tells_more(plain, words) else "")
    return _doubtful(plain, tokens, odd, words)


def _doubtful(plain: str, tokens: tuple[str, ...], odd: list[str], words: Lexicon) -> Reading:
    """No number as it stands: one without its plus or its area, with the letter O for a nought, or spelt out."""
    for run in odd:
        if foreign := _valid("+" + re.sub(r"\D", "", run), None):
            return _ask("phone", (foreign,))
        if _digits(run) == 7:
            return AskBack("phone_area")
    if any(4 < _digits(run) < 16 for run in odd):
        return AskBack("phone_digits")
    noughts = _NOUGHT.sub("0", plain)
    for run in _RUN.findall(noughts) if noughts != plain else ():
        if number := _valid(run, REGION):
            return _ask("phone", (number,))
    spelt = "".join(value for token in tokens if (value := words.key("numbers", token)) is not None and len(value) < 3)
    if len(spelt) >= 7 and (number := _valid(spelt, REGION)):
        single = all(len(words.key("numbers", token) or "") == 1 for token in words.strip(tokens, FRILL))
        return Sure(number) if single and len(spelt) == _WHOLE else _ask("phone", (number,))
    if words.has("nothing", " ".join(words.strip(tokens, "polite"))):
        return AskBack("nothing")
    return AskBack("unsure") if words.anywhere("unsure", tokens) is not None else NotUnderstood()


def _valid(run: str, region: str | None) -> str:
    """The number in E.164, "" if there is no such number."""
    import phonenumbers  # a tenth of a second of tables, which only answers of this type need

    compact = re.sub(r"[^\d+]", "", run)
    if compact.startswith("00"):
        compact = "+" + compact[2:]
    try:
        number = phonenumbers.parse(compact, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _digits(run: str) -> int:
    return sum(char.isdigit() for char in run)


def _before(plain: str) -> tuple[str, ...]:
    run = _RUN.search(plain)
    return tuple(fold(plain[: run.start()]).split()) if run else ()


def _after(plain: str) -> tuple[str, ...]:
    """What follows the number without a pause: "… ya no funciona"."""
    run = _RUN.search(plain)
    return tuple(fold(re.split(r"[,;:.!?()\n]", plain[run.end() :], maxsplit=1)[0]).split()) if run else ()


def _tells_more(plain: str, words: Lexicon) -> bool:
    """Whether a story follows the number."""
    last = [run.end() for run in _RUN.finditer(plain)]
    after = tuple(fold(plain[last[-1] :]).split()) if last else ()
    beside = words.strip(after, "phone_beside", "polite")  # "solo whatsapp" tells something
    return any(token[0].isalnum() for token in beside) and any(token[0].isalnum() for token in words.strip(after, FRILL))


def _ask(reason: str, numbers: Iterable[str]) -> AskBack:
    return AskBack(reason, tuple(Candidate(number, number) for number in numbers))
