"""What a week brought, counted once for everybody: who is told what of it is decided in `telling.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from bot.casework.office import Office
from bot.clock import milliseconds
from bot.engine.build import build
from bot.engine.flow import Flow, Texts
from bot.reports.course import Coursing, Passage
from bot.reports.rows import Filter, Selection
from storage import commitments, digests, flows, results, theme_lists, theme_streams
from storage.commitments import OPEN, Commitment
from storage.digests import Came, Failures, Owed
from storage.export import read_layout
from storage.reading import Snapshot
from storage.statements import Transaction

WEEK = timedelta(days=7)

NOBODY = -1
"""No id of anybody: the question how far coding is, is asked for nobody in particular."""


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


def gather(connection: Connection, now: datetime) -> Gathered:
    """Returns what the week before this one brought, and what is due in this one. `now` is aware, in the municipality's zone."""
    tx, week = Snapshot(connection), week_of(now.date())
    last = week.until.isoformat()
    begin = _midnight(week.monday, now)
    open_ = [row for row in flows.listed(tx) if row.state == "open"]
    found = [(row.flow, flows.content(tx, row.version)) for row in open_]
    promised = tuple(one for one in commitments.listed(tx) if one.state in OPEN and one.due_on <= last)
    return Gathered(
        week,
        now.date(),
        tuple(_week(connection, build(content), week, now) for _, content in found if content is not None),
        tuple(digests.owed(tx, last)),
        promised,
        digests.failures(tx, begin),
    )


def _midnight(day: date, now: datetime) -> int:
    return milliseconds(datetime.combine(day, time(), now.tzinfo))


def _week(connection: Connection, flow: Flow, week: Week, now: datetime) -> FlowWeek:
    tx: Transaction = Snapshot(connection)
    begin, end = _midnight(week.monday, now), _midnight(week.sunday + timedelta(days=1), now)
    came = tuple(digests.came(tx, flow.flow, before=_midnight(week.monday - WEEK, now), begin=begin, end=end))
    left = _left(connection, flow.flow, begin, end, now) if any(one.started for one in came) else None
    return FlowWeek(flow, came, left, _uncoded(connection, flow.flow))


def _left(connection: Connection, flow: str, begin: int, end: int, now: datetime) -> Passage | None:
    """Returns where most of those left who began in that time: the first of the questions with the most."""
    selection = Selection(partial=True, only=Filter(since=begin, until=end))
    zone = now.tzinfo
    assert zone is not None, "the clock tells the municipality's time"
    coursing = Coursing(read_layout(connection, flow, selection), zone)
    for result in results.stream(connection, flow, selection):
        coursing.add(result)
    passages = coursing.course().passages
    most = max(passages, key=lambda one: one.left, default=None)
    return most if most is not None and most.left else None


def _uncoded(connection: Connection, flow: str) -> int | None:
    if not theme_streams.coded_any(connection, flow):
        return None
    return sum(one.answered - one.coded for one in theme_lists.progress(Snapshot(connection), flow, NOBODY).values())


def title(texts: Texts, language: str) -> str:
    """Returns what is called so in that language, else in its own first one."""
    template = texts.get(language) or next(iter(texts.values()), None)
    return "" if template is None else " ".join(template.source.split())
