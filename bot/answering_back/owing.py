"""What the clock owes about commitments: when the day of one passes without news, its people are told, once."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import partial

import structlog

from bot.answering_back.words import said
from bot.casework.now_and_then import NowAndThen
from bot.casework.office import Office
from bot.casework.recipients import Recipient, officials, send_to
from bot.clock import milliseconds
from bot.requests import ledger
from bot.requests.words import day
from storage import commitments, notices
from storage.commitments import Commitment
from storage.database import Database
from storage.statements import Transaction

BETWEEN = timedelta(minutes=5)
"""The least time between two looks of one process."""

KIND = "commitment_owes"
"""The notice's kind in the ledger; its epoch is the day that passed, so a new day that passes too is told anew."""


class OwedUpdates:
    """Tells staff which commitments owe an update. Several processes may do so side by side."""

    def __init__(self, database: Database, office: Office) -> None:
        self._database = database
        self._office = office
        self.look_now_and_then = NowAndThen(self.look, BETWEEN)

    async def look(self, now: datetime) -> int:
        """Tells of all that is owed at that moment, and returns of how many commitments. Nothing at night."""
        if not ledger.by_day(now):
            return 0
        told = await self._database.transaction(partial(self._tell, now=now), apart=True)
        if told:
            structlog.get_logger("minga.commitments").info("owed_updates_told", number=told)
        return told

    def _tell(self, tx: Transaction, *, now: datetime) -> int:
        at = milliseconds(now)
        lines: defaultdict[Recipient, list[str]] = defaultdict(list)
        told = 0
        for one in commitments.owing(tx, now.date().isoformat()):
            if not notices.give(tx, f"commitment/{one.id}", KIND, one.due_on, at):
                continue
            told += 1
            for recipient in officials(tx, one.officer_id, one.unit_id):
                lines[recipient].append(self._line(one, recipient))
        for recipient, theirs in lines.items():
            language = self._office.language(recipient.language)
            url = self._office.public_url.rstrip("/")
            link = f"\n\n{url}/desk/commitments" if url else ""
            text = language.say("back.owed.intro", count=len(theirs)) + "\n\n" + "\n".join(f"• {line}" for line in theirs) + link
            send_to(tx, self._office, recipient, language.say("back.owed.subject", count=len(theirs)), text, at)
        return told

    def _line(self, one: Commitment, recipient: Recipient) -> str:
        language = self._office.language(recipient.language)
        due = day(date.fromisoformat(one.due_on), language.code)
        return language.say("back.owed.line", number=one.number, what=said(one.what, language.code), due=due)
