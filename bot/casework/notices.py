"""What the clock owes about requests: notices to staff before and after the date, the passing of the term, the question after an
answer, and the end of what nobody objected to. The ledger makes each of them happen once, however often and late anybody looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from bot.casework import steps, telling
from bot.casework.dates import clock, state_of
from bot.casework.now_and_then import NowAndThen
from bot.casework.office import CLOCK, Office
from bot.casework.recipients import Recipient, recipients, write_to
from bot.clock import milliseconds
from bot.requests import ledger
from bot.requests.states import awaits_answer
from bot.requests.words import day
from storage import notices, requests
from storage.database import Database
from storage.reach import clock_offset
from storage.requests import Case, Event
from storage.statements import Transaction

PAGE = notices.ASKED
"""Requests looked at in one transaction."""

BETWEEN = timedelta(minutes=5)
"""The least time between two looks of one process."""

_DAY = 86_400_000


class Round:
    """One page of requests: what the ledger holds about them, and what each of the staff is to be told."""

    def __init__(self, tx: Transaction, cases: Sequence[Case], now: datetime) -> None:
        self.tx = tx
        self.now = now
        self.at = milliseconds(now)
        self.lines: defaultdict[Recipient, list[str]] = defaultdict(list)
        self._given = notices.given(tx, [_subject(case) for case in cases])

    def now_of(self, case: Case) -> datetime:
        """Returns the time of whoever filed the request: a test contact has a clock of its own, and what it filed goes by it."""
        if not case.test or case.contact_id is None:
            return self.now
        offset = clock_offset(self.tx, case.contact_id)
        return self.now + timedelta(milliseconds=offset) if offset else self.now

    def give(self, case: Case, kind: str, epoch: str) -> bool:
        """Enters the notice into the ledger and returns True; False if it was given before."""
        key = (_subject(case), kind, epoch)
        return key not in self._given and notices.give(self.tx, *key, self.at)


Work = Callable[[Round, Case], int]
"""Does what is owed about one request, and returns how many things that was."""


class Find(Protocol):
    """Finds requests by page."""

    def __call__(self, tx: Transaction, *, after: int, limit: int) -> list[Case]:
        """Returns at most `limit` requests, from the one after `after` on, by id."""


class RequestDuties:
    """Looks after the requests of one house. Several processes may do so side by side."""

    def __init__(self, database: Database, office: Office) -> None:
        self._database = database
        self._office = office
        self.look_now_and_then = NowAndThen(self.look, BETWEEN)

    async def look(self, now: datetime) -> int:
        """Does all that is owed at that moment, and returns how many things that was. Nothing at night."""
        if not ledger.by_day(now):
            return 0
        done = await self._all(requests.owed, self._owed, now)
        done += await self._all(requests.answered, self._answered, now)
        if done:
            structlog.get_logger("minga.requests").info("notices_given", number=done)
        return done

    async def look_for(self, contacts: Sequence[int], now: datetime) -> int:
        """Does what is owed about the requests of these test contacts, by day or by night of the real clock; returns how many.

        `now` is real time: each of them is judged by the contact's own clock.
        """

        def theirs(tx: Transaction, *, after: int, limit: int) -> list[Case]:
            known = sorted(case.id for contact in contacts for case in requests.of_contact(tx, contact) if case.id > after)
            found = [case for identifier in known[:limit] if (case := requests.load(tx, identifier)) is not None]
            return [case for case in found if case.finished_at is None]

        return await self._all(theirs, lambda page, case: self._owed(page, case) + self._answered(page, case), now)

    async def recount(self, now: datetime) -> int:
        """Counts the dates of all requests anew whose answer is owed, with the table of days as it is; returns how many moved."""
        return await self._all(requests.owed, self._recounted, now)

    async def _all(self, find: Find, work: Work, now: datetime) -> int:
        done, after = 0, 0
        while True:
            last, count = await self._database.transaction(
                partial(self._page, find=find, work=work, after=after, now=now), apart=True
            )
            done += count
            if last is None:
                return done
            after = last

    def _page(self, tx: Transaction, *, find: Find, work: Work, after: int, now: datetime) -> tuple[int | None, int]:
        found = find(tx, after=after, limit=PAGE)
        page = Round(tx, found, now)
        done = sum(work(page, case) for case in found)
        for one, told in page.lines.items():  # each of the staff gets all that this round brought for them as one message
            write_to(tx, self._office, one, told, page.at)
        return (found[-1].id if len(found) == PAGE else None), done

    def _owed(self, page: Round, case: Case) -> int:
        done = 0
        now = page.now_of(case)
        for owed in ledger.owed(clock(case), now):
            if not page.give(case, f"{owed.kind}.{owed.who}", str(owed.epoch)):
                continue
            done += 1
            if owed.who == "resident":
                _passed(page.tx, self._office, case, milliseconds(now))
                continue
            for one in recipients(page.tx, case, owed.who):
                page.lines[one].append(_line(self._office, case, one, now))
        return done

    def _answered(self, page: Round, case: Case) -> int:
        if awaits_answer(state_of(case)) or case.answered_at is None:
            return 0
        asked, now = 0, page.now_of(case)
        at = milliseconds(now)
        if case.verdict is None:
            for number in ledger.asks_after(self._office.day(case.answered_at), now):
                asked += page.give(case, "asked_after", f"{case.epoch}.{number}")
        if asked:  # after a long outage several are owed: one question is asked
            event = Event(case.id, case.sequence, "answer", case.state, case.state, at, "clock", None, True, "", {})
            telling.tell(page.tx, self._office, case, "asked_after", event)
        if at - case.answered_at >= self._office.law.closing_days * _DAY and case.verdict in (None, "yes"):
            steps.finish(page.tx, self._office, case.id, CLOCK, now=at, quiet=True)
            return asked + 1
        return asked

    def _recounted(self, page: Round, case: Case) -> int:
        return steps.recount(page.tx, self._office, case, page.at).sequence != case.sequence


def _subject(case: Case) -> str:
    return f"request/{case.id}"


def _passed(tx: Transaction, office: Office, case: Case, now: int) -> None:
    event = Event(case.id, case.sequence + 1, "overdue", case.state, case.state, now, "clock", None, True, "", {})
    changed = requests.change(tx, case, event, overdue_at=now)
    telling.tell(tx, office, changed, "overdue", event)


def _line(office: Office, case: Case, one: Recipient, now: datetime) -> str:
    language = office.language(one.language)
    left = (case.target - now.date()).days
    places = {"number": case.number, "subject": case.subject, "due": day(case.target, language.code), "days": abs(left)}
    return language.say(f"request.notice.{'due' if left == 0 else 'late' if left < 0 else 'ahead'}", **places)
