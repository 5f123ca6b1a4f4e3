"""A chat as an open page follows it: looks into the database, and tells what changed since it looked last."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bot.channels.simulator import NAME
from bot.clock import milliseconds
from bot.engine.language import Language
from bot.vocabulary import Address, Outgoing
from bot.web import transcript
from bot.web.audience import Watcher
from bot.web.bubbles import bubbles
from bot.web.kept import kept
from bot.web.transcript import Got
from bot.web.world import World
from storage.identifiers import first_at, made_at

_LOOK_AGAIN = 1.0
"""Seconds between two looks while nothing is heard: another process may have written."""

_SOON = (0.02, 0.06, 0.15, 0.4)
"""Seconds between looks after something was heard: the channel takes a message a moment before its row says so."""

_OVERLAP = 60_000
"""Milliseconds of messages that a returning page is told again: one may have been accepted after others that are newer."""

_KEPT_BY_THEN = 1.0
"""Seconds after which a message that went out and has no row never will have one: the person was erased, or is nobody's."""


class LiveChat:
    """One stream's view. `last` is the id of the newest message that was told."""

    def __init__(self, world: World, address: Address, reader: Language, last: int) -> None:
        self._world = world
        self._address = address
        self._reader = reader
        self._floor = first_at(max(0, made_at(last) - _OVERLAP))
        self._seen: tuple[Any, ...] | None = None
        self._passing: list[tuple[float, Outgoing]] = []
        self._soon: list[float] = []
        self._since = time.monotonic()
        self.last = last

    @property
    def silent(self) -> float:
        """Returns for how many seconds nothing was told."""
        return time.monotonic() - self._since

    def told(self) -> None:
        """Notes that something was told just now."""
        self._since = time.monotonic()

    async def wait(self, watcher: Watcher) -> None:
        """Returns when it is time to look again."""
        pause = self._soon.pop(0) if self._soon else _LOOK_AGAIN
        try:
            async with asyncio.timeout(pause):
                await watcher.heard.wait()
        except TimeoutError:
            return
        watcher.heard.clear()
        self._soon = list(_SOON[1:])
        await asyncio.sleep(_SOON[0])

    async def look(self, watcher: Watcher) -> Mapping[str, Any] | None:
        """Returns what to tell the page, None if nothing changed since the last look."""
        self._passing += [(time.monotonic(), outgoing) for outgoing in watcher.said]
        watcher.said.clear()
        ripe = [said for at, said in self._passing if time.monotonic() - at > _KEPT_BY_THEN]
        if ripe:
            self._seen = None
        world, account = self._world, self._address.account
        catalogue, present = world.catalogue(), world.clock.now()
        now, zone = milliseconds(present), str(present.tzinfo)
        key = world.vault.find_key(self._address)

        def read(connection: sa.Connection) -> tuple[tuple[Any, ...], dict[str, Any] | None, list[transcript.Did | Got]]:
            who = transcript.person(connection, NAME, account, key)
            mark = () if who is None else transcript.mark(connection, who)
            if mark == self._seen:
                return mark, None, []
            clock: dict[str, Any] = {"now": now, "offset": 0, "zone": zone, "next": None}
            if who is None:
                return mark, {"items": [], "clock": clock, "kept": None, "language": None}, []
            told = transcript.messages(connection, world.vault, who, account)
            stands = kept(connection, who, catalogue, self._reader)
            for row in [*stands["rows"], *stands["consents"]] if stands is not None else []:
                row["at"] = transcript.on_their_clock(told, who.offset, row["at"])
            due = stands["due"] if stands is not None else None
            clock |= {"now": now + who.offset, "offset": who.offset, "next": due and {**due, "at": due["at"] + who.offset}}
            items = bubbles(told, look=account, catalogue=catalogue, reader=self._reader, above=self._floor)
            return mark, {"items": items, "clock": clock, "kept": stands, "language": who.language}, told

        mark, data, told = await world.database.read(read)
        if data is None:
            return None
        self._forget(told)
        data["items"] += self._gone([said for said in ripe if any(said is other for _, other in self._passing)], data["clock"])
        self._seen = mark
        self.last = max([self.last, *(message.id for message in told)])
        self.told()
        return data

    def _forget(self, told: list[transcript.Did | Got]) -> None:
        """What stands in the database is told from there."""
        stands = {(message.message.text, message.message.prompt) for message in told if isinstance(message, Got)}
        self._passing = [(at, said) for at, said in self._passing if (said.text, said.prompt) not in stands]

    def _gone(self, said: list[Outgoing], clock: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Returns messages that went to the screen and are kept nowhere: the goodbye to somebody who was just erased, for one."""
        self._passing = [(at, other) for at, other in self._passing if all(other is not one for one in said)]
        number = self._world.database.identifiers.next
        got = [Got(number(), clock["now"], outgoing) for outgoing in said]
        catalogue, account = self._world.catalogue(), self._address.account
        return bubbles(got, look=account, catalogue=catalogue, reader=self._reader)
