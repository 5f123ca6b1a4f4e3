"""What a week brought, counted once for everybody: who is told what of it is decided in `telling.py`."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from bot.clock import milliseconds
from bot.digest.week import WEEK, FlowWeek, Gathered, Week, week_of
from bot.engine.build import build
from bot.engine.flow import Flow
from bot.reports.course import Coursing, Passage
from bot.reports.rows import Filter, Selection
from storage import commitments, digests, flows, results, theme_lists, theme_streams
from storage.commitments import OPEN
from storage.export import read_layout
from storage.reading import Snapshot
from storage.statements import Transaction

NOBODY = -1
"""No id of anybody: the question how far coding is, is asked for nobody in particular."""


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
