"""Hearing what providers say later about messages.

It only moves forward, and a failure has the consequences that it would have had at the sending.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from bot.channels.channel import Channel, RetryLater, SendError, Status, explaining
from bot.clock import milliseconds
from bot.delivery.refusals import Row, Terms, code_of, refused
from storage import statuses
from storage.database import Database, UnavailableError
from storage.statements import Transaction
from storage.statuses import Early, Told


class Hearing:
    """`terms` are those of a message that was tried so often; `wake` is called when something may go again."""

    def __init__(
        self, database: Database, channels: Mapping[str, Channel], terms: Callable[[int], Terms], wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._channels = channels
        self._terms = terms
        self._wake = wake

    async def heard(self, status: Status) -> None:
        """Writes it down. Raises UnavailableError; saying it again is harmless.

        A word about a message whose sending is not written down yet is kept until it is.
        """
        word = Early(status.channel, status.provider_id, status.stage, milliseconds(status.at), status.error)
        await self._hear(word)

    async def early(self, words: Sequence[Early]) -> None:
        """Writes down what came before the sending of its message was."""
        for word in words:
            try:
                await self._hear(word, kept=True)
            except UnavailableError:
                return  # it is found again with the next message that is written down

    async def _hear(self, word: Early, *, kept: bool = False) -> None:
        key = zlib.crc32(word.provider_id.encode())
        if await self._database.transaction(partial(self._take_in, word=word, kept=kept), key=key):
            self._wake()

    def _take_in(self, tx: Transaction, word: Early, *, kept: bool) -> bool:
        """Does it in a transaction; returns whether something may go again."""
        if kept:
            statuses.drop(tx, word)
        owners = statuses.owners(tx, word.channel, word.provider_id)
        if not owners:
            statuses.keep_early(tx, word, self._terms(1).now)
            return False
        if word.stage == "failed":  # a person may have stopped: their lock comes first, as everywhere
            for contact in sorted({owner for owner in owners if owner is not None}):
                tx.lock(contact)
        moved = statuses.move(tx, word.channel, word.provider_id, stage=word.stage, at=word.at)
        if word.stage != "failed":
            return False
        for told in moved:
            self._failed(tx, told, word)
        return bool(moved)

    def _failed(self, tx: Transaction, told: Told, word: Early) -> None:
        channel = self._channels.get(word.channel)
        explain = explaining(channel) if channel is not None else None
        error = explain(word.error) if explain is not None and word.error else SendError(word.error or "failed_later")
        if isinstance(error, RetryLater) and not statuses.newest(tx, told):
            # the talk went on without it: said now, it would only confuse
            error = SendError(error.code)
        terms = self._terms(max(told.attempts, 1))
        if statuses.reopen(tx, told, terms.now):
            refused(tx, Row(told.id, told.lane, told.attempts), error, terms)
        else:
            statuses.fail(tx, told, status="failed", error=code_of(error))
