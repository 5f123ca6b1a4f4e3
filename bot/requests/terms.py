"""The term for an answer: both countings, how each was counted, and the date that work aims at.

The law gives ten days and five more with cause (LOTAIP art. 34), without saying which days. Counted as working days (Código
Orgánico Administrativo art. 158) the first one is the next working day after filing; counted as calendar days it is the next
day, and a last day without work moves on to the next one with work. Both are kept and shown; which one is printed as the term is
the municipality's choice, and its own work aims at the earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Literal

from bot.requests.calendar import DayOff, WorkingDays

Unit = Literal["working", "calendar"]

_DAY = timedelta(days=1)
_LIMIT = 3_660
"""No term is looked for beyond ten years: a table that rests for ever is a mistake, not a calendar."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count: from the day after `asked` up to and with `answered`; None while it lasts."""

    asked: date
    answered: date | None


@dataclass(frozen=True, slots=True)
class Count:
    """One way to count. `first` is day one, `last` the day that `days` ends on, `due` the one it moves to if that day rests.

    `skipped` are the days of rest that were passed over (calendar counting: those between `last` and `due`), weekends among
    them; `paused` how many days did not count because an explanation was awaited. `latest` is the due day if the doubtful days
    passed on the way are days of rest; equal to `due`, which takes them as worked, if there are none.
    """

    unit: Unit
    days: int
    first: date
    last: date
    due: date
    latest: date
    skipped: tuple[DayOff, ...]
    doubtful: tuple[DayOff, ...] = ()
    paused: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """Both countings of one term. `printed` says which is the term on the acknowledgement; `target` is what work aims at."""

    working: Count
    calendar: Count
    printed: Unit

    @property
    def due(self) -> date:
        """The day that is printed as the term's end."""
        return self.of(self.printed).due

    @property
    def target(self) -> date:
        """The earlier of both."""
        return min(self.working.due, self.calendar.due)

    def of(self, unit: Unit) -> Count:
        """Returns that counting."""
        return self.working if unit == "working" else self.calendar


class EndlessTermError(ValueError):
    """The table of days leaves no working day for ten years, or the pause has no end."""


def term(filed: date, days: int, off: WorkingDays, places: Sequence[str], *, printed: Unit, pauses: Iterable[Pause] = ()) -> Term:
    """Returns the term of so many days for what was filed on that day. `places`: the requester's and the body's seat.

    A pause that still lasts does not count up to now: give its end as today to have the present date. Raises EndlessTermError,
    and ValueError for years before 2017.
    """
    waits = tuple(pauses)
    return Term(
        _counted("working", filed, days, off, places, waits), _counted("calendar", filed, days, off, places, waits), printed
    )


def _counted(unit: Unit, filed: date, days: int, off: WorkingDays, places: Sequence[str], pauses: tuple[Pause, ...]) -> Count:
    walk = partial(_walk, unit, filed, days, off, places, pauses)
    first, last, due, skipped, paused = walk(False)
    *_, latest, later, _ = walk(True)
    doubtful = tuple(day for day in later if day.doubtful)
    return Count(unit, days, first, last, due, latest, skipped, doubtful, paused)


def _walk(
    unit: Unit, filed: date, days: int, off: WorkingDays, places: Sequence[str], pauses: tuple[Pause, ...], doubtful_rest: bool
) -> tuple[date, date, date, tuple[DayOff, ...], int]:
    def rests(day: date) -> DayOff | None:
        why = off.off(day, places)
        return None if why is not None and why.doubtful and not doubtful_rest else why

    skipped: list[DayOff] = []
    first: date | None = None
    day, counted, paused = filed, 0, 0
    while counted < days:
        day += _DAY
        _bounded(filed, day)
        why = rests(day)
        if any(pause.asked < day and (pause.answered is None or day <= pause.answered) for pause in pauses):
            paused += unit == "calendar" or why is None
            continue
        if unit == "working" and why is not None:
            skipped.append(why)
            continue
        first = first or day
        counted += 1
    last = due = day
    while (why := rests(due)) is not None:
        skipped.append(why)
        due += _DAY
        _bounded(filed, due)
    return first or last, last, due, tuple(skipped), paused


def _bounded(filed: date, day: date) -> None:
    if (day - filed).days > _LIMIT:
        raise EndlessTermError(filed)


def written(counted: Term) -> dict[str, Any]:
    """Returns the term as JSON keeps it. `read_term(written(t)) == t`."""
    return {
        "printed": counted.printed,
        "working": _written(counted.working),
        "calendar": _written(counted.calendar),
    }


def read_term(raw: Mapping[str, Any]) -> Term:
    """Returns the term that `written` wrote. Raises KeyError and ValueError for anything else."""
    return Term(_read(raw["working"]), _read(raw["calendar"]), raw["printed"])


def _written(count: Count) -> dict[str, Any]:
    def rest(day: DayOff) -> list[Any]:
        return [day.day.isoformat(), day.name, day.doubtful, day.reference]

    days = [count.first.isoformat(), count.last.isoformat(), count.due.isoformat(), count.latest.isoformat()]
    lists = [[rest(day) for day in listed] for listed in (count.skipped, count.doubtful)]
    return {"unit": count.unit, "days": count.days, "dates": days, "rests": lists, "paused": count.paused}


def _read(raw: Mapping[str, Any]) -> Count:
    first, last, due, latest = (date.fromisoformat(day) for day in raw["dates"])
    skipped, doubtful = (tuple(DayOff(date.fromisoformat(day), *rest) for day, *rest in listed) for listed in raw["rests"])
    return Count(raw["unit"], raw["days"], first, last, due, latest, skipped, doubtful, raw["paused"])
