"""The functions whose arguments are plain values. What each means is ODK's word (its XForms specification), else XPath 1.0's.

A missing answer is '' and every function bears it. What looks at whole repeats or at the tree is in `forms`.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal
from types import MappingProxyType
from typing import Final

from bot.engine.expressions.chance import CHANCE_FUNCTIONS
from bot.engine.expressions.dates import DATE_FUNCTIONS
from bot.engine.expressions.geometry import GEOMETRY_FUNCTIONS
from bot.engine.expressions.run import Run
from bot.engine.expressions.signature import Signature
from bot.engine.expressions.values import NAN, Plain, missing, number, text, truth


@dataclass(frozen=True, slots=True)
class Function:
    """A function of plain values: how it is written, and what it returns for its arguments; `asks`: the run comes first."""

    signature: Signature
    apply: Callable[..., Plain]
    asks: bool


# ── choices ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _selected(chosen: Plain, name: Plain) -> bool:
    names, wanted = text(chosen).split(), text(name).strip()
    return wanted in names if wanted else not names


def _count_selected(chosen: Plain) -> float:
    return float(len(text(chosen).split()))


def _selected_at(run: Run, chosen: Plain, index: Plain) -> str:
    names, at = text(chosen).split(), number(index, run)
    return names[int(at)] if 0 <= at < len(names) else ""


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _concat(run: Run, *parts: Plain) -> str:
    return run.produced("".join([text(part) for part in parts]))


def _substr(run: Run, whole: Plain, start: Plain, end: Plain = math.inf) -> str:
    letters = text(whole)
    first, last = _place(run, start, len(letters)), _place(run, end, len(letters))
    return letters[first:last]


def _place(run: Run, place: Plain, length: int) -> int:
    at = number(place, run)
    if math.isnan(at):
        return 0
    at = min(max(at, -length), length)
    return int(at) + length if at <= -1 else int(at)


def _substring_before(whole: Plain, part: Plain) -> str:
    before, found, _ = text(whole).partition(text(part)) if text(part) else ("", "", "")
    return before if found else ""


def _substring_after(whole: Plain, part: Plain) -> str:
    return text(whole).partition(text(part))[2] if text(part) else text(whole)


def _translate(run: Run, whole: Plain, letters: Plain, others: Plain) -> str:
    table: dict[int, str | None] = {}
    replacements = text(others)
    for index, letter in enumerate(text(letters)):
        table.setdefault(ord(letter), replacements[index] if index < len(replacements) else None)
    run.spend(len(table) >> 6)
    return run.produced(text(whole).translate(table))


def _boolean_from_string(value: Plain) -> bool:
    return text(value).lower() in ("true", "1")


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _whole(run: Run, value: Plain) -> float:
    exact = number(value, run)
    return float(math.trunc(exact)) if math.isfinite(exact) else exact


def _floor(run: Run, value: Plain) -> float:
    exact = number(value, run)
    return float(math.floor(exact)) if math.isfinite(exact) else exact


def _ceiling(run: Run, value: Plain) -> float:
    exact = number(value, run)
    return float(math.ceil(exact)) if math.isfinite(exact) else exact


def _round(run: Run, value: Plain, places: Plain = 0.0) -> float:
    """Halves go up (XPath), and are halves as written in decimals (ODK): round(2.675, 2) is 2.68."""
    exact, digits = number(value, run), number(places, run)
    if not math.isfinite(exact):
        return exact
    if math.isnan(digits) or abs(digits) > 30:
        return NAN
    unit = Decimal(1).scaleb(-int(digits))
    context = Context(prec=400)
    steps = context.add(context.divide(Decimal(repr(exact)), unit), Decimal("0.5")).to_integral_value(ROUND_FLOOR)
    return float(context.multiply(steps, unit))


def _pow(run: Run, base: Plain, exponent: Plain) -> float:
    """IEEE 754's power: what has no bounds is Infinity with its sign, what is no number is NaN."""
    low, high = number(base, run), number(exponent, run)
    try:
        return math.pow(low, high)
    except OverflowError:
        return -math.inf if low < 0 and high % 2 == 1 else math.inf
    except ValueError:
        return math.inf if low == 0 else NAN


def _of_number(function: Callable[[float], float]) -> Callable[[Run, Plain], float]:
    def apply(run: Run, value: Plain) -> float:
        try:
            return function(number(value, run))
        except OverflowError:
            return math.inf
        except ValueError:
            return NAN

    return apply


def _logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    """Adds what mathematics leaves out and IEEE 754 does not: the logarithm of 0 is minus infinity."""

    def apply(value: float) -> float:
        return -math.inf if value == 0 else function(value)

    return apply


# ── truths and other things ──────────────────────────────────────────────────────────────────────────────────────────


def _coalesce(*values: Plain) -> Plain:
    for value in values:
        if not missing(value):
            return value
    return values[-1]


def _checklist(run: Run, least: Plain, most: Plain, *answers: Plain) -> bool:
    """Tells whether the number of answers that hold is between two; a bound below 0 is none."""
    return _between(run, least, most, float(sum(map(_holds, answers))))


def _weighted_checklist(run: Run, least: Plain, most: Plain, *pairs: Plain) -> bool:
    """As checklist, each answer counting as much as the number after it."""
    weights = [number(weight, run) for answer, weight in zip(pairs[::2], pairs[1::2], strict=False) if _holds(answer)]
    return _between(run, least, most, float(sum(weights)))


def _between(run: Run, least: Plain, most: Plain, count: float) -> bool:
    low, high = number(least, run), number(most, run)
    return (low < 0 or count >= low) and (high < 0 or count <= high)


def _holds(answer: Plain) -> bool:
    """Tells whether an answer of a checklist holds: a truth, or a choice that says yes."""
    return text(answer).lower() in ("true", "1", "yes", "si", "sí", "ok") if isinstance(answer, str) else truth(answer)


_DIGESTS: Final = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})


def _digest(run: Run, value: Plain, algorithm: Plain, form: Plain = "base64") -> str:
    """Returns a text's digest, in base64 unless "hex"; '' for an algorithm that ODK does not name."""
    name = text(algorithm).lower().replace("-", "")
    if name not in _DIGESTS:
        return ""
    found = hashlib.new(name, text(value).encode("utf-8", "replace"), usedforsecurity=False)
    run.spend(len(text(value)) >> 6)
    return found.hexdigest() if text(form) == "hex" else base64.b64encode(found.digest()).decode()


_PURE: Final[tuple[tuple[str, Callable[..., Plain]], ...]] = (
    ("selected(a, b)", _selected),
    ("count-selected(a)", _count_selected),
    ("string(a)", text),
    ("string-length(a)", lambda value: float(len(text(value)))),
    ("contains(a, b)", lambda whole, part: text(part) in text(whole)),
    ("starts-with(a, b)", lambda whole, part: text(whole).startswith(text(part))),
    ("ends-with(a, b)", lambda whole, part: text(whole).endswith(text(part))),
    ("substring-before(a, b)", _substring_before),
    ("substring-after(a, b)", _substring_after),
    ("normalize-space(a)", lambda value: " ".join(text(value).split())),
    ("pi()", lambda: math.pi),
    ("not(a)", lambda value: not truth(value)),
    ("boolean(a)", truth),
    ("boolean-from-string(a)", _boolean_from_string),
    ("true()", lambda: True),
    ("false()", lambda: False),
    ("coalesce(a, b, …)", _coalesce),
)

_ASKING: Final[tuple[tuple[str, Callable[..., Plain]], ...]] = (
    ("selected-at(a, n)", _selected_at),
    ("substr(a, n[, m])", _substr),
    ("translate(a, b, c)", _translate),
    ("concat(a, …)", _concat),
    ("number(a)", lambda run, value: number(value, run)),
    ("int(a)", _whole),
    ("round(a[, n])", _round),
    ("floor(a)", _floor),
    ("ceiling(a)", _ceiling),
    ("abs(a)", _of_number(abs)),
    ("pow(a, b)", _pow),
    ("sqrt(a)", _of_number(math.sqrt)),
    ("exp(a)", _of_number(math.exp)),
    ("exp10(a)", _of_number(lambda value: math.pow(10, value))),
    ("log(a)", _of_number(_logarithm(math.log))),
    ("log10(a)", _of_number(_logarithm(math.log10))),
    ("sin(a)", _of_number(math.sin)),
    ("cos(a)", _of_number(math.cos)),
    ("tan(a)", _of_number(math.tan)),
    ("asin(a)", _of_number(math.asin)),
    ("acos(a)", _of_number(math.acos)),
    ("atan(a)", _of_number(math.atan)),
    ("atan2(a, b)", lambda run, high, wide: math.atan2(number(high, run), number(wide, run))),
    ("checklist(n, m, a, …)", _checklist),
    ("weighted-checklist(n, m, a, w, …)", _weighted_checklist),
    ("digest(a, b[, c])", _digest),
    *DATE_FUNCTIONS,
    *CHANCE_FUNCTIONS,
    *GEOMETRY_FUNCTIONS,
)


def _table() -> Mapping[str, Function]:
    functions = [Function(Signature.of(form), apply, asks=False) for form, apply in _PURE]
    functions += [Function(Signature.of(form), apply, asks=True) for form, apply in _ASKING]
    return MappingProxyType({function.signature.name: function for function in functions})


PLAIN_FUNCTIONS: Final = _table()
"""The functions of plain values by name."""
