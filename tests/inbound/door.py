"""A channel with a provider of the tests' own, and an ingest over a small town: what comes in is told in plain JSON.

{"id": number, "from": person, "text": …} | {"id", "from", "press": [prompt, choice]} | {"id", "from", "file": content or null}
| {"id", "status": provider id, "stage": …} | {"id", "bad": true} | {"id"} (nothing that concerns us)
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import json
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.channels.abilities import LOOKS, Abilities
from bot.channels.channel import Never, Raw, Request, RetryLater, Sent, Status, UnparsableError
from bot.clock import RealClock
from bot.inbound import Bounds, Flood, Ingest
from bot.vocabulary import Address, Incoming, Media, Outgoing, Press, Text
from storage.attachments import Attachments
from storage.database import UnavailableError
from storage.spool import Spool
from tests.world import ECUADOR, VAULT, World

SECRET = "let me in"
NUMBERS = itertools.count(1)


@dataclass
class Door:
    """The channel. `files` are what its provider has by reference; an exception instead of content is raised, in turn."""

    name: str = "telegram"
    account: str = "bot"
    secrets: frozenset[str] = frozenset({SECRET})
    files: dict[str, Any] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)

    def abilities(self, address: Address) -> Abilities:
        return LOOKS[self.name]

    def verify(self, request: Request) -> bool:
        return hmac.compare_digest(request.headers.get("X-Secret", "").encode(), SECRET.encode())

    def split(self, request: Request) -> list[Raw]:
        try:
            content = json.loads(request.body)
        except ValueError as error:
            raise UnparsableError("not JSON") from error
        events = content if isinstance(content, list) else [content]
        return [Raw(str(event["id"]), json.dumps(event).encode(), request.received_at, self.account) for event in events]

    def parse(self, raw: Raw) -> list[Incoming | Status]:
        event = json.loads(raw.body)
        if "status" in event:
            return [Status(self.name, self.account, event["status"], event["stage"], raw.received_at)]
        if "bad" in event:
            raise UnparsableError("expected something else")
        if "from" not in event:
            return []
        match event:
            case {"text": text}:
                content: Any = Text(text)
            case {"press": [prompt, choice]}:
                content = Press(prompt, choice)
            case {"file": reference}:
                content = Media("image", reference, "image/png", sha256="", size=0)
        address = Address(self.name, event["from"], self.account)
        return [Incoming(address, raw.event, content, raw.received_at, written_at=raw.received_at, raw=raw.body)]

    async def acknowledge(self, raw: Raw) -> None:
        self.acknowledged.append(raw.event)

    async def fetch(self, media: Media, limit: int) -> bytes:
        content = self.files.get(media.reference, Never("file_missing"))
        if isinstance(content, list):
            content = content.pop(0)
        if isinstance(content, Exception):
            raise content
        if callable(content):
            return await content()
        if len(content) > limit:
            raise Never("file_too_large")
        return content

    async def send(self, outgoing: Outgoing) -> Sent:
        raise RetryLater


@dataclass
class Away:
    """Turns whose database can be told to be away: it refuses, or says nothing, `times` times or until told otherwise."""

    turns: Any
    away: bool = False
    silent: bool = False
    times: int = 0
    handled: list[Incoming] = field(default_factory=list)
    before: Callable[[Incoming], Any] | None = None

    async def handle(self, incoming: Incoming) -> Any:
        if self.before is not None:
            await self.before(incoming)
        if self.silent:
            await asyncio.Event().wait()
        if self.times:
            self.times -= 1
            raise UnavailableError("away")
        if self.away:
            raise UnavailableError("away")
        handled = await self.turns.handle(incoming)
        self.handled.append(incoming)
        return handled


@dataclass
class Town:
    """Everything, and short words for what tests do."""

    world: World
    ingest: Ingest
    turns: Away
    door: Door
    folder: Path
    spool: Spool | None
    heard: list[Status]
    counted: list[tuple[str, str]]

    async def posts(self, content: Any, *, secret: str = SECRET, raw: bytes | None = None) -> int:
        return (await self.answered(content, secret=secret, raw=raw)).status

    async def answered(self, content: Any, *, secret: str = SECRET, raw: bytes | None = None) -> Any:
        return await self.ingest.take(self.door, self.request(content, secret=secret, raw=raw))

    def request(self, content: Any, *, secret: str = SECRET, raw: bytes | None = None) -> Request:
        body = json.dumps(content).encode() if raw is None else raw
        return Request("https://pueblo.example/webhooks/x", {"X-Secret": secret}, body, self.world.clock.now())

    def events(self) -> list[str]:
        """The events that are rows, in the order in which they became rows."""
        return [event for (event,) in self.world.rows("SELECT event FROM inbox ORDER BY id")]

    def quarantined(self) -> list[tuple[str, str]]:
        return self.world.rows("SELECT event, error FROM quarantine ORDER BY id")


UNHURRIED = Bounds(patience=15.0, fetch=2.0)
"""For tests of a database that is there, however busy the machine is."""


@contextmanager
def town(url: str, folder: Path, *, name: str = "telegram", spooled: bool = False, bounds: Bounds | None = None, **more: Any):
    """Yields a town whose ingest waits only a moment for a database that is away."""
    # the pace of a flood is real time, and so are the moments that rows tell
    world = World(url, clock=RealClock(ECUADOR))
    turns = Away(world.turns)
    spool = Spool(folder, VAULT) if spooled else None
    heard: list[Status] = []
    counted: list[tuple[str, str]] = []
    flood = more.pop("flood", None) or Flood(burst=1000)

    async def statuses(status: Status) -> None:
        if turns.away:
            raise UnavailableError("away")
        heard.append(status)

    ingest = Ingest(
        world.database, VAULT, turns, Attachments(folder / "attachments"), RealClock(ECUADOR),
        statuses=statuses, spool=spool, spooled=frozenset({"sms"}), flood=flood,
        bounds=bounds or Bounds(patience=1.0, fetch=2.0), count=lambda channel, result, _: counted.append((channel, result)),
    )  # fmt: skip
    try:
        yield Town(world, ingest, turns, Door(name), folder, spool, heard, counted)
    finally:
        world.close()


def text(person: str, words: str, number: int | None = None) -> dict[str, Any]:
    return {"id": next(NUMBERS) if number is None else number, "from": person, "text": words}
