"""Ingest: what a provider delivered becomes rows, each event by itself, before the provider is answered.

An event ends in one of these places: handled by a turn, in quarantine because it could not be understood, or, while the database
is away, in the spool. Where it can be put in none of them it is refused, so that its provider sends it again.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import structlog

from bot.channels.channel import Channel, Raw, Request, Status
from bot.clock import Clock, milliseconds, moment
from bot.inbound.committing import Committing, Work
from bot.inbound.fetching import Fetching
from bot.inbound.flood import Flood, Lanes, Who, who
from bot.turn import Handled
from bot.vocabulary import Incoming, Press
from storage import inbox
from storage.attachments import Attachments
from storage.database import Database, UnavailableError
from storage.spool import Spool, Spooled
from storage.statements import Transaction
from storage.vault import Vault

Fate = Literal["kept", "unavailable", "flooded"]
"""What became of an event. `kept`: it is a row or a line of the spool; the others must come again."""

Manner = Literal["refuse", "wait", "hold"]
"""What becomes of the events of a person who floods: sent back for a while, or made to wait. `hold`: what the database does not
take waits as well, in its place, because it cannot be sent back."""

_AGAIN = 1.0
"""Seconds after which what the database did not take is handed in again, where it is held."""


class Handles(Protocol):
    """Whoever handles one event of a person in one transaction (`bot.turn.Turns`)."""

    async def handle(self, incoming: Incoming) -> Handled:
        """Returns after the commit. Raises UnavailableError if nothing was stored."""
        ...


@runtime_checkable
class Acknowledging(Protocol):
    """A channel whose people see at once that a press arrived."""

    async def acknowledge(self, raw: Raw) -> None:
        """Tells the person's app. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long and how much. Seconds.

    `patience`: how long a database may be away before the provider is told so, or the spool is used. `fetch`: how long an
    attachment may take, in `tries`. `queue`: how many events of one address may wait for each other.
    """

    patience: float = 2.0
    fetch: float = 8.0
    tries: int = 3
    queue: int = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider is told: an HTTP status and, where it is to come again, after how many seconds (0: it is not said)."""

    status: int
    retry_after: int = 0


_ANSWERS: Mapping[Fate, Answer] = {"kept": Answer(200), "unavailable": Answer(503, 2), "flooded": Answer(429, 1)}


class Ingest:
    """Takes what providers deliver. One object serves a process, whichever way events come.

    `statuses` stores what a provider says about a message of ours; it may raise UnavailableError. `spool` is where events of
    `spooled` channels (whose providers do not send again what was refused) wait while the database is away; None: nowhere.
    `count` is told of each event that no turn handled: channel, what became of it, seconds.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        turns: Handles,
        attachments: Attachments,
        clock: Clock,
        *,
        statuses: Callable[[Status], Awaitable[object]],
        spool: Spool | None = None,
        spooled: frozenset[str] = frozenset(),
        flood: Flood | None = None,
        bounds: Bounds | None = None,
        count: Callable[[str, str, float], None] = lambda *_: None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._turns = turns
        self._clock = clock
        self._statuses = statuses
        self._spool = spool
        self._spooled = spooled
        self._flood = flood or Flood()
        self._bounds = bounds = bounds or Bounds()
        self._fetching = Fetching(attachments, within=bounds.fetch, tries=bounds.tries)
        self._committing = Committing(bounds.patience)
        self._count = count
        self._lanes = Lanes()
        self._aside: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("minga.inbound")

    async def take(self, channel: Channel, request: Request) -> Answer:
        """Takes one request of a provider, and returns what to answer when everything in it is kept, or why it is not."""
        if not channel.verify(request):
            return Answer(403)
        manner: Manner = "wait" if channel.name in self._spooled else "refuse"
        try:
            raws = channel.split(request)
        except Exception as error:  # noqa: BLE001 because it is the provider's own, and must be kept whatever is wrong with it
            whole = unsplit(channel, request)
            return _ANSWERS[await self._unparsable(channel, whole, error, manner)]
        if len(raws) == 1:
            fate = await self.event(channel, raws[0], manner)
            if fate == "flooded":
                return Answer(429, self._until_dry(channel, raws[0]))
            return _ANSWERS[fate]
        # those of one person in this order, different persons' side by side
        fates = await asyncio.gather(*(self.event(channel, raw, manner) for raw in raws))
        return _ANSWERS[next((fate for fate in fates if fate != "kept"), "kept")]

    async def event(self, channel: Channel, raw: Raw, manner: Manner, crowd: asyncio.Event | None = None) -> Fate:
        """Takes one event. Up to where it waits in its person's lane nothing is awaited: that is what keeps the order.

        Once `crowd` is set, nobody who floods is made to wait any longer.
        """
        try:
            said = channel.parse(raw)
        except Exception as error:  # noqa: BLE001 because one event that cannot be read must not cost the others
            return await self._unparsable(channel, raw, error, manner)
        if any(isinstance(one, Incoming) and isinstance(one.content, Press) for one in said) and isinstance(
            channel, Acknowledging
        ):
            self._begin_aside(channel.acknowledge(raw))
        address = next((one.address for one in said if isinstance(one, Incoming)), None)
        if address is None:
            return await self._kept_or_spooled(channel, raw, b"", manner, lambda: self._do(channel, said))
        lane = who(address)
        if self._lanes.inside(lane) >= self._bounds.queue:
            return "flooded"
        await self._lanes.enter(lane)
        try:
            if not await self._paced(lane, manner, crowd):
                return "flooded"
            key = b""
            if self._spool is not None and channel.name in self._spooled:
                key = self._vault.find_key(address)
                if self._spool.holds(key):
                    return await self._put_away(self._spool, raw, channel.name, key)
            said = await self._fetching.with_files(channel, said)
            return await self._kept_or_spooled(channel, raw, key, manner, lambda: self._do(channel, said))
        finally:
            self._lanes.leave(lane)

    async def spooled(self, channel: Channel | None, event: Spooled) -> bool:
        """Handles an event that waited in the spool; returns False while the database does not take it."""
        raw = Raw(event.event, event.body, moment(event.received_at, None), event.account, event.headers)
        if channel is None:
            return await self._committing.done(lambda: self._quarantine(event.channel, raw, "ChannelMissing"))
        try:
            said = channel.parse(raw)
        except Exception as error:  # noqa: BLE001 because one line that cannot be read must not stop the others
            self._tell("event_unparsable", channel, error)
            name = type(error).__name__
            return await self._committing.done(lambda: self._quarantine(channel.name, raw, name))
        said = await self._fetching.with_files(channel, said)
        return await self._committing.done(lambda: self._do(channel, said))

    async def end(self) -> None:
        """Waits for what was begun aside."""
        await asyncio.gather(*self._aside, return_exceptions=True)

    # ── one event ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _do(self, channel: Channel, said: Sequence[Incoming | Status]) -> None:
        """Does what an event says. Raises UnavailableError; doing it again is safe."""
        for one in said:
            if isinstance(one, Status):
                await self._statuses(one)
                continue
            try:
                await self._turns.handle(one)
            except UnavailableError:
                raise
            except Exception as error:  # noqa: BLE001 because not even the turn's own way out of trouble may lose an event
                self._tell("turn_lost", channel, error)
                raw = Raw(one.event, one.raw, one.received_at, one.address.account)
                await self._quarantine(channel.name, raw, type(error).__name__)

    async def _unparsable(self, channel: Channel, raw: Raw, error: Exception, manner: Manner) -> Fate:
        self._tell("event_unparsable", channel, error)
        name = type(error).__name__
        return await self._kept_or_spooled(channel, raw, b"", manner, lambda: self._quarantine(channel.name, raw, name))

    async def _quarantine(self, channel: str, raw: Raw, error: str) -> None:
        """Keeps the event in quarantine, in a transaction of its own, and counts it as seen. Raises UnavailableError."""
        begun = time.perf_counter()
        sealed = self._vault.seal(raw.body, inbox.QUARANTINED)
        at, received_at = milliseconds(self._clock.now()), milliseconds(raw.received_at)
        next_id = self._database.identifiers.next

        def work(tx: Transaction) -> bool:
            new = inbox.admit(
                tx, next_id(), channel, raw.account, raw.event, contact=None, conversation=None, received_at=received_at, raw=None
            )
            if new:
                inbox.quarantine(
                    tx, next_id(), channel, raw.account, raw.event, find_key=None, contact=None, error=error, raw=sealed, at=at
                )
            return new

        new = await self._database.transaction(work)
        self._count(channel, "quarantined" if new else "seen_before", time.perf_counter() - begun)

    # ── the database, and what to do without it ──────────────────────────────────────────────────────────────────────

    async def _kept_or_spooled(self, channel: Channel, raw: Raw, key: bytes, manner: Manner, work: Work) -> Fate:
        while not await self._committing.done(work):
            if self._spool is not None and channel.name in self._spooled:
                return await self._put_away(self._spool, raw, channel.name, key)
            if manner != "hold":
                return "unavailable"
            await asyncio.sleep(_AGAIN)
        return "kept"

    async def _put_away(self, spool: Spool, raw: Raw, channel: str, key: bytes) -> Fate:
        received_at = milliseconds(raw.received_at)
        event = Spooled(channel, raw.account, raw.event, received_at, raw.body, dict(raw.headers), key)
        try:
            await spool.append(event)
        except OSError as error:
            self._log.error("spool_unwritable", error=error.strerror or type(error).__name__)
            return "unavailable"
        return "kept"

    # ── pace ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _paced(self, lane: Who, manner: Manner, crowd: asyncio.Event | None) -> bool:
        """Holds an event of somebody who floods until it is its time; returns False where it is to come again instead."""
        now = time.monotonic()
        wait = self._flood.wait(lane, now)
        if wait > 0:
            if manner == "refuse":
                return False
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await (crowd or asyncio.Event()).wait()
            now = time.monotonic()
        self._flood.count(lane, now)
        return True

    def _until_dry(self, channel: Channel, raw: Raw) -> int:
        """Returns after how many seconds the provider may bring that event again."""
        address = next((one.address for one in channel.parse(raw) if isinstance(one, Incoming)), None)
        wait = 0.0 if address is None else self._flood.wait(who(address), time.monotonic())
        return max(1, math.ceil(wait))

    # ── aside ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin_aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    def _tell(self, event: str, channel: Channel, error: Exception) -> None:
        """Logs where it failed, never with what: the error's own text may hold what a person wrote."""
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-4:]]
        self._log.error(event, channel=channel.name, error=type(error).__name__, where=where)


def unsplit(channel: Channel, request: Request) -> Raw:
    """Returns a whole request as one event, known by what it holds: it cannot be cut into events."""
    account = getattr(channel, "account", "")
    return Raw(f"sha256:{hashlib.sha256(request.body).hexdigest()}", request.body, request.received_at, account)
