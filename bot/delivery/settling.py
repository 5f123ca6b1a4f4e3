"""Settling: what became of messages is written down, that of many in one transaction, and is never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from storage import statuses
from storage.database import ClosedError, Database, UnavailableError
from storage.statements import Transaction
from storage.statuses import Early

Settle = Callable[[Transaction], None]

_UNAVAILABLE = 0.5
"""Seconds to wait before a database that refused is asked again."""


class Settling:
    """Writes settlements down. `early` is told of statuses that came before their message's sending was written down."""

    def __init__(
        self, database: Database, settled: Callable[[int], None], early: Callable[[Sequence[Early]], Awaitable[None]]
    ) -> None:
        self._database = database
        self._settled = settled
        self._early = early
        self._waiting: list[tuple[int, Settle]] = []
        self._task: asyncio.Task[None] | None = None

    def settle(self, row: int, settle: Settle) -> None:
        """Writes down what became of that row, together with others that are settled meanwhile."""
        self._waiting.append((row, settle))
        if self._task is None:
            self._task = asyncio.create_task(self._write_down())

    async def end(self) -> None:
        """Returns when all is written down."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _write_down(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    early = await self._database.transaction(partial(_all, batch), apart=True)
                except ClosedError:
                    return
                except UnavailableError:
                    # not to be lost: a message that was sent and is not written down is sent again
                    self._waiting = batch + self._waiting
                    await asyncio.sleep(_UNAVAILABLE)
                    continue
                for row, _ in batch:
                    self._settled(row)
                if early:
                    await self._early(early)
        finally:
            self._task = None


def _all(batch: list[tuple[int, Settle]], tx: Transaction) -> Sequence[Early]:
    for _, settle in batch:
        settle(tx)
    return statuses.ripe(tx)
