"""What the clock owes about requests: notices to staff before and after the date, the passing of the term, the question after an
answer, and the end of what nobody objected to. The ledger makes each of them happen once, however often and late anybody looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog

from bot.casework import steps, telling
from bot.casework.dates import clock, state_of
from bot.casework.office import CLOCK, Office
from bot.casework.recipients import Recipient, recipients, write_to
from bot.clock import milliseconds
from bot.requests import ledger
from bot.requests.states import awaits_answer
from bot.requests.words import day
from storage import notices, requests
from storage.database import Database
from storage.requests import Case, Event
from storage.statements import Transaction

PAGE = 100
"""Requests looked at in one transaction."""

_DAY = 86_400_000

Lines = defaultdict[Recipient, list[str]]
"""What each of the staff is to be told."""

Work = Callable[[Transaction, Case, datetime, Lines], int]
"""Does what is owed about one request, and returns how many things that was."""


class Find(Protocol):
    """Finds requests by page."""

    def __call__(self, tx: Transaction, *, after: int, limit: int) -> list[int]:
        """Returns the ids of at most `limit` requests, from the one after `after` on, ascending."""


class RequestDuties:
    """Looks after the requests of one house. Several processes may do so side by side."""

    def __init__(self, database: Database, office: Office) -> None:
        self._database = database
        self._office = office

    async def look(self, now: datetime) -> int:
        """Does all that is owed at that moment, and returns how many things that was. Nothing at night."""
        if not ledger.MORNING <= now.time() < ledger.EVENING:
            return 0
        done = await self._all(requests.owed, self._owed, now)
        answered = partial(requests.askable, answered_by=milliseconds(now))
        done += await self._all(answered, self._answered, now)
        if done:
            structlog.get_logger("minga.requests").info("notices_given", number=done)
        return done

    async def recount(self, now: datetime) -> int:
        """Counts the dates of all requests anew whose answer is owed, with the table of days as it is; returns how many moved."""
        return await self._all(requests.owed, self._recounted, now)

    async def _all(self, find: Find, work: Work, now: datetime) -> int:
        done, after = 0, 0
        while True:
            page, count = await self._database.transaction(
                partial(self._page, find=find, work=work, after=after, now=now), apart=True
            )
            done += count
            if len(page) < PAGE:
                return done
            after = page[-1]

    def _page(self, tx: Transaction, *, find: Find, work: Work, after: int, now: datetime) -> tuple[list[int], int]:
        found = find(tx, after=after, limit=PAGE)
        lines: Lines = defaultdict(list)
        done = 0
        for identifier in found:
            case = requests.load(tx, identifier)
            if case is not None:
                done += work(tx, case, now, lines)
        for one, told in lines.items():  # each of the staff gets all that this round brought for them as one message
            write_to(tx, self._office, one, told, milliseconds(now))
        return found, done

    def _owed(self, tx: Transaction, case: Case, now: datetime, lines: Lines) -> int:
        office, done = self._office, 0
        for owed in ledger.owed(clock(case), now):
            if not notices.give(tx, f"request/{case.id}", f"{owed.kind}.{owed.who}", str(owed.epoch), milliseconds(now)):
                continue
            done += 1
            if owed.who == "resident":
                _passed(tx, office, case, milliseconds(now))
                continue
            for one in recipients(tx, case, owed.who):
                lines[one].append(_line(office, case, one, now))
        return done

    def _answered(self, tx: Transaction, case: Case, now: datetime, _: Lines) -> int:
        office, at = self._office, milliseconds(now)
        assert case.answered_at is not None
        if awaits_answer(state_of(case)):
            return 0
        given = 0
        if case.verdict is None:
            for number in ledger.asks_after(office.day(case.answered_at), now):
                given += notices.give(tx, f"request/{case.id}", "asked_after", f"{case.epoch}.{number}", at)
        if given:  # after a long outage several are owed: one question is asked
            event = Event(case.id, case.sequence, "answer", case.state, case.state, at, "clock", None, True, "", {})
            telling.tell(tx, office, case, "asked_after", event)
        if at - case.answered_at >= office.law.closing_days * _DAY and case.verdict in (None, "yes"):
            steps.finish(tx, office, case.id, CLOCK, now=at, quiet=True)
            return given + 1
        return given

    def _recounted(self, tx: Transaction, case: Case, now: datetime, _: Lines) -> int:
        return steps.recount(tx, self._office, case, milliseconds(now)).sequence != case.sequence


def _passed(tx: Transaction, office: Office, case: Case, now: int) -> None:
    event = Event(case.id, case.sequence + 1, "overdue", case.state, case.state, now, "clock", None, True, "", {})
    changed = requests.change(tx, case, event, overdue_at=now)
    telling.tell(tx, office, changed, "overdue", event)


def _line(office: Office, case: Case, one: Recipient, now: datetime) -> str:
    language = office.language(one.language)
    left = (case.target - now.date()).days
    places = {"number": case.number, "subject": case.subject, "due": day(case.target, language.code), "days": abs(left)}
    return language.say(f"request.notice.{'due' if left == 0 else 'late' if left < 0 else 'ahead'}", **places)
