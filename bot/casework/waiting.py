"""Staff are told that somebody waits for a person: once for each who waits, never at night, all of a moment in one message."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.casework.now_and_then import NowAndThen
from bot.casework.office import Office
from bot.casework.recipients import coordinators, send_to
from bot.clock import milliseconds
from bot.requests import ledger
from storage import hand_overs, notices
from storage.database import Database
from storage.statements import Transaction

BETWEEN = timedelta(minutes=1)
"""The least time between two looks of one process."""

KIND = "waiting"


class Waiting:
    """Looks for people who wait for a person. Several processes may do so side by side: the ledger tells each once."""

    def __init__(self, database: Database, office: Office) -> None:
        self._database = database
        self._office = office
        self.look_now_and_then = NowAndThen(self.look, BETWEEN)

    async def look(self, now: datetime) -> int:
        """Tells staff who waits and was not told of before; returns how many that are. Nothing at night."""
        if not ledger.by_day(now):
            return 0
        return await self._database.transaction(lambda tx: self._tell(tx, milliseconds(now)), apart=True)

    def _tell(self, tx: Transaction, now: int) -> int:
        waiting = [one for one in hand_overs.open_ones(tx) if one.taken_at is None and not one.test]
        fresh = sum(notices.give(tx, f"hand_over/{one.id}", KIND, "0", now) for one in waiting)
        if not fresh:
            return 0
        link = f"\n\n{self._office.public_url.rstrip('/')}/desk/conversations" if self._office.public_url else ""
        for one in coordinators(tx):
            language = self._office.language(one.language)
            text = language.say("attended.waiting", count=len(waiting)) + link
            send_to(tx, self._office, one, language.say("attended.waiting.subject", count=len(waiting)), text, now)
        return fresh
