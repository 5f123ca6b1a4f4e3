"""A week as its digest tells of it, and when that is: the records, apart from the counting, which loads much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bot.casework.office import Office
from bot.engine.flow import Flow, Texts
from bot.reports.course import Passage
from storage.commitments import Commitment
from storage.digests import Came, Failures, Owed
from storage.statements import Transaction

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """The week that is told of, from Monday to Sunday, and the last day of the one that has begun."""

    monday: date
    sunday: date
    until: date

    @property
    def name(self) -> str:
        """Returns the name of the week that has begun, as ISO 8601 writes it: each has one digest."""
        year, week, _ = self.until.isocalendar()
        return f"{year}-W{week:02}"


@dataclass(frozen=True, slots=True)
class FlowWeek:
    """An open flow's week. `left` is the question where most left, with how many came to it (None: nobody left).

    `uncoded` are free answers that nobody put under themes, None where nobody ever did so in this flow.
    """

    flow: Flow
    came: tuple[Came, ...]
    left: Passage | None
    uncoded: int | None

    @property
    def started(self) -> tuple[int, int]:
        """Returns how many conversations began in the week, and in the one before."""
        return sum(one.started for one in self.came), sum(one.started_before for one in self.came)

    @property
    def completed(self) -> tuple[int, int]:
        """Returns how many were completed in the week, and in the one before."""
        return sum(one.completed for one in self.came), sum(one.completed_before for one in self.came)


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a week's digests may tell. `promised` are commitments that owe news, or will by the end of the week."""

    week: Week
    today: date
    flows: tuple[FlowWeek, ...]
    owed: tuple[Owed, ...]
    promised: tuple[Commitment, ...]
    failures: Failures


def week_of(today: date) -> Week:
    """Returns the week before that of this day, and the end of this day's."""
    monday = today - timedelta(days=today.weekday())
    return Week(monday - WEEK, monday - timedelta(days=1), monday + timedelta(days=6))


def is_time(tx: Transaction, office: Office, today: date) -> bool:
    """Tells whether this week has begun to be worked: from its first working day on, at the body's seat."""
    days, places = office.days(tx), (office.seat,) if office.seat else ()
    monday = today - timedelta(days=today.weekday())
    return any(days.off(monday + timedelta(days=n), places) is None for n in range(today.weekday() + 1))


def title(texts: Texts, language: str) -> str:
    """Returns what is called so in that language, else in its own first one."""
    template = texts.get(language) or next(iter(texts.values()), None)
    return "" if template is None else " ".join(template.source.split())
