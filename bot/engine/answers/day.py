"""A day of the calendar that a message may mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A date from token `start` to `end`: the days it may be, and if it is not simply the one, why ("date_year" …)."""

    days: tuple[date, ...]
    reason: str
    start: int
    end: int


def years_of(digits: str, today: date) -> tuple[int, ...]:
    """The years that two or four digits may mean: a century is guessed only where the other one is absurd."""
    year = int(digits)
    if len(digits) > 2:
        return (year,)
    recent = today.year // 100 * 100 + year
    if recent <= today.year + 1:
        return (recent,)
    return (recent - 100,) if recent > today.year + 20 else (recent - 100, recent)


def day_of(day: int, month: int, years: tuple[int, ...] | None, today: date, start: int, end: int) -> Day:
    """The date of these numbers; without a year the last and the next such day."""
    if years is None:
        if not 1 <= month <= 12:
            return Day((), "date_nonsense" if day > 31 or month > 31 else "date_impossible", start, end)
        around = sorted(found for year in range(today.year - 4, today.year + 5) if (found := made(year, month, day)) is not None)
        past = [found for found in around if found <= today][-1:]
        ahead = [found for found in around if found > today][:1]
        return Day((*past, *ahead), "date_year" if around else "date_impossible", start, end)
    days = tuple(one_day for year in years if (one_day := made(year, month, day)) is not None)
    if not days:
        return Day((), "date_nonsense" if day > 31 or month > 12 else "date_impossible", start, end)
    far = not 1900 <= days[0].year <= today.year + 100
    return Day(days, "date" if far else "date_year" if len(days) > 1 else "", start, end)


def made(year: int, month: int, day: int) -> date | None:
    """Returns the day of those numbers, None where no calendar has it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
