"""The functions of dates: ISO 8601 texts in, ISO 8601 texts or days out, by the wall clock of the municipality."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.engine.expressions.run import Run
from bot.engine.expressions.values import Plain, days, from_days, moment, number, text, written


def _reading(run: Run, value: Plain) -> datetime | None:
    """Returns the wall clock's reading of a date as text or as days since 1970-01-01; None where it is neither."""
    if isinstance(value, str):
        found = moment(value, run)
        if found is not None:
            return found
    elif isinstance(value, bool):
        return None
    return from_days(number(value, run))


def _today(run: Run) -> str:
    return run.now.date().isoformat()


def _now(run: Run) -> str:
    return run.now.isoformat(timespec="milliseconds")


def _date(run: Run, value: Plain) -> str:
    reading = _reading(run, value)
    return "" if reading is None else reading.date().isoformat()


def _date_time(run: Run, value: Plain) -> str:
    reading = _reading(run, value)
    return "" if reading is None else written(reading, run.now.tzinfo)


def _decimal_date_time(run: Run, value: Plain) -> Plain:
    """Unlike ODK's, which counts from midnight of UTC, it counts from local midnight: one scale for all dates."""
    return number(value, run) if not isinstance(value, str) else days(value, run)


def _decimal_time(run: Run, value: Plain) -> Plain:
    count = number(value, run)
    return count - math.floor(count) if math.isfinite(count) else math.nan


def _format_date(run: Run, value: Plain, form: Plain) -> str:
    """`%Y %y %m %n %b %d %e %a %H %h %M %S %3` are ODK's; any other sign stands for itself."""
    reading = _reading(run, value)
    if reading is None:
        return ""
    found: list[str] = []
    letters = iter(text(form))
    for letter in letters:
        if letter != "%":
            found.append(letter)
            continue
        code = next(letters, "")
        found.append(_part(run, reading, code))
    run.spend(len(found) >> 4)
    return run.produced("".join(found))


def _part(run: Run, reading: datetime, code: str) -> str:
    match code:
        case "b":
            return run.scope.calendar("month", reading.month)
        case "a":
            return run.scope.calendar("weekday", reading.isoweekday())
        case "3":
            return f"{reading.microsecond // 1000:03}"
        case "n":
            return str(reading.month)
        case "e":
            return str(reading.day)
        case "h":
            return str(reading.hour)
        case "Y":
            return f"{reading.year:04}"
        case "y" | "m" | "d" | "H" | "M" | "S" | "%":
            return reading.strftime("%" + code)
        case _:
            return "%" + code


DATE_FUNCTIONS: Final[tuple[tuple[str, Callable[..., Plain]], ...]] = (
    ("today()", _today),
    ("now()", _now),
    ("date(a)", _date),
    ("date-time(a)", _date_time),
    ("decimal-date-time(a)", _decimal_date_time),
    ("decimal-time(a)", _decimal_time),
    ("format-date(a, b)", _format_date),
    ("format-date-time(a, b)", _format_date),
)
