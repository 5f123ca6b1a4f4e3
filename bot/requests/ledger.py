"""Which notices are owed about a request, to whom: once each for every epoch of its clock, however late somebody looks.

Told before the date: halfway, three days before, the day before, on the day; told after it: overdue. To the official who has
the case, and to the superior from the day before on. Nobody is told at night: a notice is owed from eight in the morning of its
day. Days are counted to the target, the earlier of both countings, since that is what work aims at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.requests.states import State, awaits_answer

Kind = Literal["halfway", "three_days", "one_day", "due", "overdue"]
Who = Literal["official", "superior", "resident"]

MORNING = time(8)
"""From when on in the day anybody is told, local time."""

EVENING = time(19)
"""From then on nobody is told until the next morning."""


def by_day(now: datetime) -> bool:
    """Tells whether anybody is told at that local time."""
    return MORNING <= now.time() < EVENING


_SUPERIOR: frozenset[Kind] = frozenset({"one_day", "due", "overdue"})

ASKED_AFTER = (3, 10, 24)
"""Days after an answer on which the person is asked whether it was what they asked for."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What the ledger needs to know about a request. `epoch` counts what restarts its term (0 start, then extension, insistence).

    `from_day` is the day the epoch's term runs from, `target` the date that work aims at, `due` the printed one.
    """

    state: State
    epoch: int
    from_day: date
    target: date
    due: date


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice that is owed: what, to whom, since when (local time)."""

    kind: Kind
    who: Who
    epoch: int
    since: datetime


def owed(clock: Clock, now: datetime) -> tuple[Owed, ...]:
    """Returns every notice whose time has come by `now` (aware or local), oldest first; none at night, none once it is answered.

    They are all returned each time: the ledger in the database knows which of them were given.
    """
    if not awaits_answer(clock.state) or not by_day(now):
        return ()
    found: list[Owed] = []
    for kind, day in days(clock).items():
        since = datetime.combine(day, MORNING, now.tzinfo)
        if since <= now:
            found.append(Owed(kind, "official", clock.epoch, since))
            if kind in _SUPERIOR:
                found.append(Owed(kind, "superior", clock.epoch, since))
            if kind == "overdue":
                found.append(Owed(kind, "resident", clock.epoch, since))
    return tuple(found)


def days(clock: Clock) -> dict[Kind, date]:
    """Returns the day of each notice, in order. The three before the target fall away where the term is too short for them.

    "overdue" is owed the day after the later of target and printed date: before it nothing is late that the person was promised.
    """
    length = (clock.target - clock.from_day).days
    plan: dict[Kind, date] = {
        "halfway": clock.from_day + timedelta(days=(length + 1) // 2),
        "three_days": clock.target - timedelta(days=3),
        "one_day": clock.target - timedelta(days=1),
        "due": clock.target,
        "overdue": max(clock.target, clock.due) + timedelta(days=1),
    }
    return {kind: day for kind, day in plan.items() if day > clock.from_day}


def overdue(clock: Clock, today: date) -> bool:
    """Tells whether the printed term has passed without an answer: computed, never stored."""
    return awaits_answer(clock.state) and today > clock.due


def asks_after(answered: date, now: datetime) -> tuple[int, ...]:
    """Returns the numbers (0, 1, 2) of the times that the person is owed the question whether the answer was what they wanted."""
    if not by_day(now):
        return ()
    return tuple(i for i, wait in enumerate(ASKED_AFTER) if now.date() >= answered + timedelta(days=wait))
