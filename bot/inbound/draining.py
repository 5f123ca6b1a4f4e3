"""Draining: what waited in the spool is handled as soon as the database takes it, the events of each person in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from bot.channels.channel import Channel
from bot.inbound.ingest import Ingest
from storage.spool import Spool, Spooled

_FIRST, _LONGEST = 0.25, 5.0
"""Seconds between two tries while the database is away."""


class Draining:
    """Empties the spool, for ever. `channels` are those whose events may be in it."""

    def __init__(self, spool: Spool, ingest: Ingest, channels: Mapping[str, Channel]) -> None:
        self._spool = spool
        self._ingest = ingest
        self._channels = channels
        self._log = structlog.get_logger("minga.inbound")

    async def run(self) -> None:
        """Handles what waits and what will come. Ends only when it is cancelled; then nothing of it is lost."""
        pause = _FIRST
        while True:
            await self._spool.filled()
            try:
                drained = await self.some()
            except OSError as error:
                self._log.error("spool_unreadable", error=error.strerror or type(error).__name__)
                drained = False
            if drained:
                pause = _FIRST
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST)

    async def some(self) -> bool:
        """Handles the first events that wait; returns False, and forgets none of them, if not all could be stored.

        Raises OSError where the file cannot be read or emptied.
        """
        batch = await self._spool.read()
        if batch.broken:
            self._log.error("spool_lines_unreadable", count=len(batch.broken))
        lanes: dict[object, list[Spooled]] = {}
        for place, event in enumerate(batch.events):
            lanes.setdefault(event.key or place, []).append(event)
        done = await asyncio.gather(*(self._one_after_the_other(events) for events in lanes.values()))
        if not all(done):
            return False
        await self._spool.done(batch)
        if batch.events and self._spool.waiting == 0:
            self._log.info("spool_drained")
        return True

    async def _one_after_the_other(self, events: list[Spooled]) -> bool:
        for event in events:
            if not await self._ingest.spooled(self._channels.get(event.channel), event):
                return False
        return True
