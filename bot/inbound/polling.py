"""Polling: updates are fetched where no provider can reach us, and confirmed when every one of them is kept.

Nothing is remembered between runs: what was fetched and not confirmed comes again, and what was handled of it is known as seen.
An update that takes its time holds up its own person only: the others' are fetched past it, by asking for it once more.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from bot.channels.channel import Channel, Raw, Request, RetryAfter, RetryLater, UnparsableError
from bot.clock import Clock
from bot.inbound.ingest import Ingest, unsplit

_FIRST, _LONGEST = 1.0, 60.0
"""Seconds between two tries while the provider does not answer."""

_GRACE = 0.6
"""Seconds after which more is fetched although something is not kept yet: a slow file, or somebody who floods and has to wait.
(Asked the same again within half a second, Telegram tells one update only.)"""

_CROWD = 50
"""Updates that may wait at once: behind twice as many Telegram tells nothing new, so before that nobody is made to wait."""

_IDENTIFIER = re.compile(rb'"update_id"\s*:\s*(\d{1,18})')


class Polled(Channel, Protocol):
    """A channel whose updates can be fetched."""

    async def updates(self, offset: int, *, wait: float = 25.0, limit: int = 100) -> bytes:
        """Returns updates from `offset` on, for `split`; asking confirms those before it. Raises RetryLater."""
        ...


class Polling:
    """Fetches the updates of one bot, for ever.

    `mine` tells whether this process is the one that fetches: of several on one database only one may. `conflict` is called when
    the provider says that somebody else gets the updates.
    """

    def __init__(
        self,
        channel: Polled,
        ingest: Ingest,
        clock: Clock,
        *,
        mine: Callable[[], Awaitable[bool]] | None = None,
        conflict: Callable[[], Awaitable[None]] | None = None,
        wait: float = 25.0,
        first: float = _FIRST,
    ) -> None:
        self._channel = channel
        self._ingest = ingest
        self._clock = clock
        self._mine = mine
        self._conflict = conflict
        self._wait = wait
        self._first = first
        self._offset = 0
        self._limit = 100
        self._under: dict[str, asyncio.Task[None]] = {}
        self._kept: set[str] = set()
        self._crowd = asyncio.Event()
        self._log = structlog.get_logger("minga.inbound")

    async def run(self) -> None:
        """Fetches until it is cancelled. Whatever the provider does, it goes on."""
        try:
            await self._fetch()
        finally:
            for task in self._under.values():
                task.cancel()
            await asyncio.gather(*self._under.values(), return_exceptions=True)

    async def _fetch(self) -> None:
        pause = self._first
        while True:
            if self._mine is not None and not await self._mine():
                self._offset = 0  # whoever fetches meanwhile confirms
                await asyncio.sleep(_LONGEST / 6)
                continue
            try:
                moved = await self.once()
            except RetryLater as error:
                await self._trouble(error)
                told = error.seconds if isinstance(error, RetryAfter) else 0.0
                await asyncio.sleep(max(told, pause * (1 - random.random() / 2)))  # noqa: S311 because nobody gains by guessing it
                pause = min(pause * 2, _LONGEST)
            else:
                pause = self._first
                if not moved:
                    await asyncio.sleep(self._first)

    async def once(self) -> bool:
        """Fetches once, and keeps what came or begins to; returns False where the provider would only tell the same again.

        Raises RetryLater where it tells nothing.
        """
        asked = self._offset
        body = await self._channel.updates(asked, wait=0 if self._under else self._wait, limit=self._limit)
        request = Request("", {}, body, self._clock.now())
        try:
            raws = self._channel.split(request)
        except UnparsableError as error:
            return await self._strange(request, error)
        self._limit = 100
        await self._keep(raws)
        if not raws and not self._under:
            # all is confirmed, so asking from the start skips nothing; after a quiet week numbers begin anew, perhaps lower
            self._offset = 0
            self._kept.clear()
            return True
        self._offset = max(asked, self._kept_until(raws))
        self._kept = {event for event in self._kept if not event.isdecimal() or int(event) >= self._offset}
        return self._offset != asked or bool(self._under)

    async def _keep(self, raws: Sequence[Raw]) -> None:
        """Begins to keep what is new of them, and returns when nothing is under way any more, or after a while."""
        for raw in raws:
            if raw.event not in self._under and raw.event not in self._kept:
                self._under[raw.event] = asyncio.create_task(self._one(raw))
        if len(self._under) > _CROWD:
            self._crowd.set()
        if self._under:
            await asyncio.wait(self._under.values(), timeout=_GRACE)

    async def _one(self, raw: Raw) -> None:
        try:
            if await self._ingest.event(self._channel, raw, "hold", self._crowd) == "kept":
                self._kept.add(raw.event)
        except Exception as error:  # noqa: BLE001 because it is fetched again, and nobody else may wait for that
            self._log.error("update_not_taken", error=type(error).__name__)
        finally:
            self._under.pop(raw.event, None)
            if not self._under:
                self._crowd.clear()

    def _kept_until(self, raws: Sequence[Raw]) -> int:
        """Returns the offset that confirms what is kept, and nothing behind the first that is not."""
        numbers = sorted(int(raw.event) for raw in raws if raw.event.isascii() and raw.event.isdecimal())
        waiting = next((number for number in numbers if str(number) not in self._kept), None)
        return waiting if waiting is not None else numbers[-1] + 1 if numbers else 0

    async def _strange(self, request: Request, error: UnparsableError) -> bool:
        """A whole answer that is none: updates are asked for one by one, and the one that is to blame is put into quarantine."""
        self._log.error("updates_unparsable", error=str(error), asked=self._limit)
        found = _IDENTIFIER.findall(request.body)
        if self._limit > 1:
            self._limit = 1
            return bool(found)
        if not found:
            raise RetryLater("garbage")
        number = int(found[0])
        whole = unsplit(self._channel, request)
        await self._one(Raw(str(number), whole.body, whole.received_at, whole.account))
        if str(number) not in self._kept:
            return False
        self._offset = number + 1
        return True

    async def _trouble(self, error: RetryLater) -> None:
        if error.code != "conflict":
            self._log.warning("updates_unavailable", error=error.code)
            return
        remedy = "another program fetches this bot's updates, or they go to a webhook: see `minga doctor`"
        self._log.error("updates_go_elsewhere", remedy=remedy)
        if self._conflict is not None:
            await self._conflict()
