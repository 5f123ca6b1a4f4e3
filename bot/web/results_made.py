"""What this server made of public results and keeps: pages, PDFs and pictures by what they were made of; counts beside all else.

Nobody who asks for a page waits for a count: they get the last one, and the next is made beside it, by one process of all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy import Connection

from bot.clock import milliseconds
from bot.web.desk.results_look import LOOKS
from bot.web.results_seen import Held
from bot.web.world import WORLD
from storage import releases
from storage.releases import Count, Release
from storage.statements import Transaction

MOST = 60
"""How many pages, PDFs and pictures are kept: those of a dozen releases."""


@dataclass(slots=True)
class Made:
    """What was made, by what it was made of; what is being made is there as well, so that it is made once."""

    things: dict[Hashable, asyncio.Future[Any]] = field(default_factory=dict)
    running: set[asyncio.Task[None]] = field(default_factory=set)
    press: Any = None

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Any]]) -> Any:
        """Returns what there is under that key, made if there is none. What `make` raises is raised to all who wait for it."""
        found = self.things.get(key)
        if found is None:
            while len(self.things) >= MOST:
                del self.things[next(iter(self.things))]
            found = self.things[key] = asyncio.ensure_future(make())
            found.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(found)

    def _forget(self, key: Hashable, done: asyncio.Future[Any]) -> None:
        if (done.cancelled() or done.exception() is not None) and self.things.get(key) is done:
            del self.things[key]

    def start(self, work: Awaitable[None]) -> None:
        """Does that beside all else."""
        task = asyncio.ensure_future(_quietly(work))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def settle(self) -> None:
        """Waits until nothing runs any more."""
        while self.running:
            await asyncio.gather(*self.running, return_exceptions=True)


MADE = web.AppKey("results_made", Made)


async def _quietly(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 because nobody waits for it: the next who asks starts it again
        structlog.get_logger("minga.web").error("results_not_counted", error=type(error).__name__)


def look_again(request: web.Request, seen: Held, *, unreadable: bool = False) -> None:
    """Has what is public counted anew in the background, if it is due and no other process does it.

    `unreadable`: what was counted cannot be read any more, so the same is counted again.
    """
    now = milliseconds(request.app[WORLD].clock.now())
    if seen.public is not None and (unreadable or seen.due(now)):
        request.app[MADE].start(_again(request.app, seen, seen.public, now, unreadable=unreadable))


async def _again(app: web.Application, seen: Held, before: Release, now: int, *, unreadable: bool) -> None:
    world = app[WORLD]
    if not await world.database.transaction(lambda tx: releases.claim(tx, before, now)):
        return
    wanted = told_of(app, seen, before.shown)

    def count(connection: Connection) -> Count | None:
        from bot.web import results_counting  # the tables' classes, which the first visitor must not wait for

        found = results_counting.anew(connection, wanted, before)
        return results_counting.same(connection, wanted, before) if unreadable and found is None else found

    async with app[LOOKS].gate:
        found = await world.database.read(count)

    def keep(tx: Transaction) -> None:
        if found is not None:
            releases.recount(tx, before.id, found, now)
        elif seen.over:
            # too few are new: told now, they would be the difference to what everybody has seen
            releases.end(tx, before.id)

    await world.database.transaction(keep)


def told_of(app: web.Application, seen: Held, shown: tuple[str, ...] | None) -> Any:
    """Returns what `bot.web.results_counting` is asked: these questions of that flow, now."""
    from bot.web.results_counting import Told

    world = app[WORLD]
    assert world.office is not None
    return Told(seen.row.flow, shown, seen.over, world.clock.now(), world.office.languages, world.office.municipality)
