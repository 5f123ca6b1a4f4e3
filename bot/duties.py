"""Duties: what the clock brings. Timers of conversations that ran out, and the daily ones such as emptying old texts.

The truth stands in rows: when something is due, and whether it was done (the ledger of notices, the table of duties). So it does
not matter how many processes look, nor how long none did: every due thing is done, once. APScheduler only wakes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock, RealClock, milliseconds, moment
from bot.turn import Turns
from storage import conversations, notices
from storage.database import Database, UnavailableError

Work = Callable[[datetime], Awaitable[object]]
"""A recurring duty: does all that is due at that moment, in transactions of at most 1,000 rows each."""

_NONE: Mapping[str, Work] = MappingProxyType({})

AT_ONCE = 1_000
"""How many timers are taken in one go."""

SIDE_BY_SIDE = 64
"""How many timers are handled at the same time: they share commits, and leave room for people's messages."""


class Duties:
    """Does what is due. Several processes may do so side by side."""

    def __init__(
        self,
        database: Database,
        turns: Turns,
        clock: Clock,
        *,
        daily: Mapping[str, Work],
        often: Mapping[str, Work] = _NONE,
        hour: int = 3,
        every: float = 5.0,
    ) -> None:
        """`daily` are the duties done once a day at `hour`, local time; `every` is how many seconds lie between two looks.

        `often` are done at every look, by every process: they must bear that.
        """
        self._database = database
        self._turns = turns
        self._clock = clock
        self._daily = daily
        self._often = often
        self._hour = hour
        self._every = every
        self._scheduler: AsyncIOScheduler | None = None
        self._watching: asyncio.Task[None] | None = None
        self._doing = asyncio.Lock()
        self._log = structlog.get_logger("minga.duties")

    async def run_due(self) -> int:
        """Does everything that is due now, and returns how many things were done. Raises UnavailableError."""
        async with self._doing:
            for name, work in self._often.items():
                await self._try(name, work, self._clock.now())
            return await self._timers() + await self._daily_ones()

    async def next_due(self) -> datetime | None:
        """Returns when something is due next, None if nothing is."""
        found = await self._database.transaction(lambda tx: (conversations.next_due(tx), notices.next_duty(tx)))
        times = [time for time in found if time is not None]
        return moment(min(times), self._clock.now().tzinfo) if times else None

    def start(self) -> None:
        """Looks every few seconds from now on, in the running event loop."""
        scheduler = AsyncIOScheduler(timezone="UTC")
        # one look at a time; after a sleep of the machine one look is enough, since it finds everything
        trigger = IntervalTrigger(seconds=self._every, timezone="UTC")
        scheduler.add_job(self._look, trigger, max_instances=1, coalesce=True, misfire_grace_time=None)
        scheduler.start()
        self._scheduler = scheduler
        self._watching = asyncio.create_task(self._watch(scheduler))

    async def end(self) -> None:
        """Looks no more, and waits for what is being done."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        async with self._doing:
            return

    async def _watch(self, scheduler: AsyncIOScheduler) -> None:
        """Sees that the next look is near: where the machine's clock was set back, the scheduler would wait for as long."""
        while True:
            await asyncio.sleep(self._every)
            now = RealClock(UTC).now()  # the scheduler's own: it knows no other
            for job in scheduler.get_jobs():
                if job.next_run_time is not None and job.next_run_time - now > timedelta(seconds=2 * self._every):
                    job.modify(next_run_time=now)

    async def _look(self) -> None:
        try:
            await self.run_due()
        except UnavailableError as error:
            self._log.warning("duties_unavailable", error=type(error.__cause__ or error).__name__)

    async def _timers(self) -> int:
        done = 0
        gate = asyncio.Semaphore(SIDE_BY_SIDE)

        async def wake(due: conversations.Due) -> int:
            async with gate:
                return 0 if (await self._turns.wake(due)).seen else 1

        while True:
            find = partial(conversations.find_due, now=milliseconds(self._clock.now()), limit=AT_ONCE)
            due = await self._database.transaction(find)
            woken = sum(await asyncio.gather(*(wake(one) for one in due)))
            done += woken
            if woken == 0:  # nothing is due, or others are at it
                return done

    async def _daily_ones(self) -> int:
        done = 0
        for name, work in self._daily.items():
            now = self._clock.now()
            at, then = milliseconds(now), milliseconds(self._next_run(now))
            await self._database.transaction(partial(notices.add_duty, name=name, due_at=at))
            if not await self._database.transaction(partial(notices.take_duty, name=name, now=at, then=then)):
                continue
            done += await self._try(name, work, now)
        return done

    async def _try(self, name: str, work: Work, now: datetime) -> bool:
        try:
            await work(now)
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  # because one duty that fails must not keep the others from being done
            self._log.error("duty_failed", duty=name, error=type(error).__name__)
            return False
        return True

    def _next_run(self, now: datetime) -> datetime:
        run = now.replace(hour=self._hour, minute=0, second=0, microsecond=0)
        return run if run > now else run + timedelta(days=1)
