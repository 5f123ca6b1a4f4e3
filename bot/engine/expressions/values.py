"""Values as expressions see them, and XPath 1.0's conversions between them, with ODK's for dates.

There are texts, numbers and truths. An answer that is missing is the text ''. Dates are ISO 8601 texts; where a number is
wanted they count days since 1970-01-01, by the wall clock of the municipality: a date is a whole number, noon is a half, and a
time of day alone is the fraction of a day. So `today() - 365`, `${begin} < ${end}` and `today() - ${born} > 18 * 365.25` do
what they say. A moment with an offset is first put into the municipality's zone.
"""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Final, Protocol

from bot.vocabulary import Value

Plain = str | float | bool

NAN: Final = math.nan
_NUMBER = re.compile(r"\s*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*", re.ASCII)
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?",
)
_TIME = re.compile(r"([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?")
_EPOCH = datetime.combine(date(1970, 1, 1), time())
_DAY = timedelta(days=1)
_NEAR: Final = 1e-12


class Clock(Protocol):
    """Whoever knows the moment: aware, in the municipality's zone."""

    @property
    def now(self) -> datetime:
        """The moment."""
        ...


def plain(value: Value) -> Plain:
    """Returns an answer as an expression sees it.

    A list is its names joined by a space. A place is "latitude longitude altitude accuracy" as ODK writes it, or the place's
    name; a file is its name or reference; any other record is its JSON.
    """
    match value:
        case str() | bool():
            return value
        case int():
            try:
                return float(value)
            except OverflowError:
                return math.inf if value > 0 else -math.inf
        case float():
            return value
        case None:
            return ""
        case list():
            return " ".join(map(str, value))
        case dict():
            return _record(value)


def _record(value: dict[str, object]) -> str:
    latitude, longitude = value.get("lat"), value.get("lon")
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        accuracy = value.get("accuracy")
        last = float(accuracy) if isinstance(accuracy, int | float) else 0.0
        return f"{text(float(latitude))} {text(float(longitude))} 0 {text(last)}"
    for part in ("place", "name", "reference"):
        found = value.get(part)
        if isinstance(found, str) and found:
            return found
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str) if value else ""


def text(value: Plain) -> str:
    """Returns XPath's text of a value: whole numbers without a point, no exponents, NaN, Infinity, true, false."""
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value.is_integer():
        return str(int(value))
    written = repr(value)
    return format(Decimal(written), "f") if "e" in written else written


def number(value: Plain, clock: Clock) -> float:
    """Returns XPath's number of a value, days for an ISO date; NaN where it is none."""
    if isinstance(value, str):
        if _NUMBER.fullmatch(value):
            return float(value)
        return days(value, clock)
    return float(value)


def truth(value: object) -> bool:
    """Returns XPath's truth of a value: a text that is not empty, a number that is neither 0 nor NaN."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def missing(value: Plain) -> bool:
    """Tells whether a value stands for no answer: '' or NaN."""
    return value == "" or (isinstance(value, float) and math.isnan(value))


def equal(left: Plain, right: Plain, clock: Clock) -> bool:
    """Tells whether two values are equal.

    Two texts: the same text, or the same moment where both are ISO dates. A number makes numbers of both, equal within 1e-12
    as in ODK. A truth makes truths of both; but compared with '', 'true' or 'false' it is a text, since that is what a stored
    truth is in ODK, and a missing answer must not equal a "no".
    """
    if isinstance(left, str) and isinstance(right, str):
        return left == right or _same_moment(left, right, clock)
    if isinstance(left, bool) or isinstance(right, bool):
        for one, other in ((left, right), (right, left)):
            if isinstance(other, str) and other in ("", "true", "false"):
                return text(one) == other
        return truth(left) == truth(right)
    first, second = number(left, clock), number(right, clock)
    return first == second or abs(first - second) < _NEAR


def _same_moment(left: str, right: str, clock: Clock) -> bool:
    if left[4:5] != "-" or right[4:5] != "-":
        return False
    return days(left, clock) == days(right, clock)


def days(written: str, clock: Clock) -> float:
    """Returns the days since 1970-01-01 of an ISO date or moment, the fraction of a day of an ISO time, else NaN."""
    found = moment(written, clock)
    return NAN if found is None else (found - _EPOCH) / _DAY


def moment(written: str, clock: Clock) -> datetime | None:
    """Returns the wall clock's reading of an ISO date, moment or time (on 1970-01-01); None for any other text."""
    # Most texts are no dates: two comparisons tell it.
    if written[4:5] != "-" and written[2:3] != ":":
        return None
    try:
        if _DATE.fullmatch(written):
            found = datetime.fromisoformat(written)
            return found if found.tzinfo is None else found.astimezone(clock.now.tzinfo).replace(tzinfo=None)
        if match := _TIME.fullmatch(written):
            return datetime.combine(_EPOCH, time.fromisoformat(match[1]))
    except (ValueError, OverflowError):
        return None
    return None


def from_days(count: float) -> datetime | None:
    """Returns the wall clock's reading that many days after 1970-01-01; None for NaN and for what no calendar has."""
    if math.isnan(count) or math.isinf(count):
        return None
    try:
        return _EPOCH + timedelta(days=count)
    except OverflowError:
        return None


def written(reading: datetime, zone: tzinfo | None) -> str:
    """Returns a reading of the wall clock as an ISO 8601 moment with milliseconds and the zone's offset."""
    return reading.replace(tzinfo=zone).isoformat(timespec="milliseconds")
