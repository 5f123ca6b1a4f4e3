"""What Minga counts about itself, and /metrics. Nothing here names a person: labels are channels, outcomes and states."""

from __future__ import annotations

import hmac
import ipaddress
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import sqlalchemy as sa
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.channels.channel import Channel, Sent, looking_up
from bot.turn import Handled
from bot.vocabulary import Incoming, Outgoing
from storage.columns import OUTBOX, QUARANTINE
from storage.database import Database
from storage.statements import Transaction

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Handles(Protocol):
    """Whoever handles one event of a channel in one transaction (`bot.turn.Turns`)."""

    async def handle(self, incoming: Incoming) -> Handled:
        """Returns what was done, after the commit. Raises storage.database.UnavailableError if nothing was stored."""
        ...

    async def give_back(self, hand_over: int, note: Callable[[Transaction], None]) -> bool:
        """See Turns.give_back."""
        ...


class Metrics:
    """The counters of one process. Give it a registry of its own; nothing is kept in the library's global one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._counted: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self._delivered: dict[tuple[str, str], Counter] = {}
        self.turns = Counter(
            "minga_turns", "Events handled, by channel and what became of them", ["channel", "result"], registry=registry
        )
        self.turn_seconds = Histogram(
            "minga_turn_seconds",
            "Seconds from an event's arrival to its commit",
            ["channel"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.deliveries = Counter(
            "minga_deliveries", "Messages handed to a channel, by result", ["channel", "result"], registry=registry
        )
        self.outbox = Gauge("minga_outbox_waiting", "Messages waiting to be sent", registry=registry)
        self.outbox_age = Gauge(
            "minga_outbox_oldest_seconds", "How long the oldest due message has been waiting", registry=registry
        )
        self.quarantine = Gauge("minga_quarantine", "Events that could not be handled and wait for a person", registry=registry)
        self.writes = Gauge("minga_transactions_waiting", "Transactions waiting for the database's writer", registry=registry)

    def turned(self, channel: str, result: str, seconds: float) -> None:
        """Counts one event. `result` is "done", "seen_before", "quarantined" or "unavailable"."""
        counted = self._counted.get((channel, result))
        if counted is None:
            counted = self.turns.labels(channel, result), self.turn_seconds.labels(channel)
            self._counted[channel, result] = counted
        counted[0].inc()
        counted[1].observe(seconds)

    def delivered(self, channel: str, result: str) -> None:
        """Counts one message that was handed to a channel."""
        counted = self._delivered.get((channel, result))
        if counted is None:
            counted = self._delivered[channel, result] = self.deliveries.labels(channel, result)
        counted.inc()

    async def look(self, database: Database, now: int) -> None:
        """Sets what only the database knows; `now` is in milliseconds. Reads small partial indexes, whatever is stored."""
        waiting, oldest, kept = await database.read(_depths)
        self.outbox.set(waiting)
        self.outbox_age.set(max(0, now - oldest) / 1000 if oldest is not None else 0)
        self.quarantine.set(kept)
        self.writes.set(database.waiting())


def _depths(connection: sa.Connection) -> tuple[int, int | None, int]:
    waiting, oldest = connection.execute(
        sa.select(sa.func.count(), sa.func.min(OUTBOX.c.due_at)).where(OUTBOX.c.status.in_(["queued", "sending"]))
    ).one()
    kept = connection.execute(
        sa.select(sa.func.count()).select_from(QUARANTINE).where(QUARANTINE.c.settled_at.is_(None))
    ).scalar_one()
    return waiting, oldest, kept


def may_read(request: web.Request, token: str) -> bool:
    """Tells whether this request may read the metrics: it carries the token, or it comes from this machine and nowhere else.

    A request that a proxy on this machine passed on comes from elsewhere, though its connection does not; and a name that is not
    this machine's own means that a page elsewhere made a browser here ask.
    """
    if token:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
    passed_on = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"))
    return not passed_on and _here(request.remote or "") and _here(request.url.host or "")


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def handler(metrics: Metrics, look: Callable[[], Awaitable[None]], token: str) -> Handler:
    """Returns the handler of /metrics."""

    async def answer(request: web.Request) -> web.Response:
        if not may_read(request, token):
            text = "metrics: only from this machine, or with MINGA_METRICS_TOKEN as bearer\n"
            return web.Response(text=text, status=403)
        await look()
        return web.Response(body=generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return answer


class CountedTurns:
    """The turns, each counted and timed. Whoever handles events through this one need not think of it."""

    def __init__(self, turns: Handles, metrics: Metrics) -> None:
        self._turns = turns
        self._metrics = metrics

    async def handle(self, incoming: Incoming) -> Handled:
        """See Turns.handle."""
        begun, result = time.perf_counter(), "unavailable"
        try:
            handled = await self._turns.handle(incoming)
            result = "quarantined" if handled.trouble else "seen_before" if handled.seen else "done"
        finally:
            self._metrics.turned(incoming.address.channel, result, time.perf_counter() - begun)
        return handled

    async def give_back(self, hand_over: int, note: Callable[[Transaction], None]) -> bool:
        """See Turns.give_back."""
        return await self._turns.give_back(hand_over, note)


class CountedChannel:
    """A channel, what it sends being counted by what became of it: accepted, or the name of the error."""

    def __init__(self, channel: Channel, metrics: Metrics) -> None:
        self._channel = channel
        self._metrics = metrics
        self.name = channel.name
        self.secrets = channel.secrets
        self.abilities = channel.abilities
        self.verify = channel.verify
        self.split = channel.split
        self.parse = channel.parse
        self.fetch = channel.fetch
        self.lookup = looking_up(channel)  # asked for at every message

    def __getattr__(self, name: str) -> Any:
        """Returns what only some channels can (`bot.channels.channel`: lookup, explain …)."""
        return getattr(self._channel, name)

    async def send(self, outgoing: Outgoing) -> Sent:
        """See Channel.send."""
        result = "cancelled"
        try:
            sent = await self._channel.send(outgoing)
            result = "accepted"
        except Exception as error:
            result = _WORD.sub("_", type(error).__name__).lower()
            raise
        finally:
            self._metrics.delivered(self.name, result)
        return sent
