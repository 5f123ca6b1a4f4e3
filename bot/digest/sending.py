"""Sends each of the staff their digest, once a week, however often and late anybody looks: the ledger knows who got theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.casework.now_and_then import NowAndThen
from bot.casework.office import Office
from bot.clock import milliseconds
from bot.digest.telling import letter, parts
from bot.digest.week import Gathered, is_time, week_of
from bot.requests import ledger
from storage import digests, mail, notices
from storage.database import Database
from storage.notices import ASKED
from storage.staff import Person
from storage.statements import Transaction

BETWEEN = timedelta(minutes=10)
"""The least time between two looks of one process."""

KIND = "digest"


class Digests:
    """Sends the digests of one house by e-mail. Several processes may do so side by side."""

    def __init__(self, database: Database, office: Office, *, mails: bool) -> None:
        """Without `mails` there is no mail server: nothing is sent nor noted as sent, and who looks at the desk is told there."""
        self._database = database
        self._office = office
        self._mails = mails
        self.look_now_and_then = NowAndThen(self.look, BETWEEN)

    async def look(self, now: datetime) -> int:
        """Sends what is owed at that moment, and returns how many mails that were. Nothing before the first working day.

        A week that nobody looked in at all is not made up for: its digest would tell of what is long over.
        """
        if not self._mails or not ledger.by_day(now):
            return 0
        week = week_of(now.date()).name
        owed = await self._database.transaction(lambda tx: self._owed(tx, now, week), apart=True)
        if not owed:
            return 0
        from bot.digest.gathering import gather  # loads much, which is needed once a week

        gathered = await self._database.read(lambda connection: gather(connection, now))
        sent = 0
        for person in owed:
            send = partial(self._send, person=person, gathered=gathered, now=now)
            sent += await self._database.transaction(send, apart=True)
        structlog.get_logger("minga.digests").info("digests_sent", number=sent, week=week)
        return sent

    def _owed(self, tx: Transaction, now: datetime, week: str) -> list[Person]:
        if not is_time(tx, self._office, now.date()):
            return []
        people = digests.wanting(tx)
        given: set[tuple[str, str, str]] = set()
        for start in range(0, len(people), ASKED):
            given |= notices.given(tx, [_subject(person) for person in people[start : start + ASKED]])
        return [person for person in people if (_subject(person), KIND, week) not in given]

    def _send(self, tx: Transaction, person: Person, gathered: Gathered, now: datetime) -> bool:
        """Sends one, in the transaction that notes it. Who has nothing to be told gets none, and is not asked about again."""
        at, office = milliseconds(now), self._office
        if not notices.give(tx, _subject(person), KIND, gathered.week.name, at):
            return False
        language = office.language(person.language)
        found = parts(gathered, person, language)
        if not found:
            return False
        subject, text = letter(found, person, gathered.week, language, office.public_url.rstrip("/"))
        mail.queue(
            tx, office.vault, office.identifiers.next(), to=person.email, subject=subject, text=text, now=at, staff=person.id
        )
        return True


def _subject(person: Person) -> str:
    return f"staff/{person.id}"
