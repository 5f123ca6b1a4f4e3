"""The whole of `ciudades_abiertas` on each of the three channels, by buttons and by typing, beside a campaign of so many on each.

What is measured is how long a resident waits for the next question, counted from the moment the provider hands us the answer. All
paces are those that Minga ships with: a number for SMS sends one segment a second, and answers and campaign share it.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from wires_installation import ROOT

from bot.channels import payload
from bot.vocabulary import Address, Outgoing
from storage import migrations, outbox
from storage.database import Database
from storage.identifiers import Identifiers
from storage.vault import open_vault

sys.path.insert(0, str(ROOT))  # the providers are those of the tests
from tests.peers import bot_api
from tests.whole import test_ciudades_abiertas as town
from tests.whole.phones import SMS, WHATSAPP

_ACCOUNTS = {"telegram": bot_api.TOKEN.partition(":")[0], "whatsapp": WHATSAPP, "sms": SMS}
_PACES = ("sms_pace", "person_pace")


class Waiting(town.Resident):
    """A resident with a watch. `waits` are the seconds between an answer and what came of it."""

    def __init__(self, *what: Any) -> None:
        super().__init__(*what)
        self.waits: list[float] = []
        self.asked_at = 0.0
        self._last: Any = None

    @property
    def channel(self) -> str:
        """The channel that this person writes on."""
        side = getattr(self.phone, "side", "")
        return "telegram" if not side else "whatsapp" if side.startswith("whatsapp:") else "sms"

    async def see(self, before: str, answered: Any) -> Any:
        seen = await super().see(before, answered)
        self.waits.append(time.monotonic() - self.asked_at)
        return seen

    async def talk(self, session: aiohttp.ClientSession, chance: random.Random) -> None:
        begun = self.phone.post

        async def posted(session: aiohttp.ClientSession, event: Any) -> int:
            if self.provider is not None and event is self.provider.events[-1] and event is not self._last:
                self._last, self.asked_at = event, time.monotonic()
            return await begun(session, event)

        self.phone.post = posted  # type: ignore[method-assign] # because a watch belongs between the phone and the door
        await super().talk(session, chance)


def whole(count: int) -> None:
    """Prints the waits alone and beside the campaign, channel by channel."""
    alone = asyncio.run(_run(0))
    beside = asyncio.run(_run(count))
    for channel in _ACCOUNTS:
        (quiet, _), (busy, sent) = alone[channel], beside[channel]
        print(
            f"{channel}: {len(busy)} answers · waited alone {_told(quiet)} · beside the campaign {_told(busy)} "
            f"· the campaign sent {sent} meanwhile",
            flush=True,
        )
    worst = max(max(busy) - max(alone[channel][0]) for channel, (busy, _) in beside.items())
    print(f"the longest wait grew by {worst:.2f} s at most")
    if worst > 2.0:
        raise SystemExit("a campaign delays replies by more than two seconds")


def _told(waits: list[float]) -> str:
    ordered = sorted(waits)
    return f"{ordered[len(ordered) // 2]:.2f} s (longest {ordered[-1]:.2f} s)"


async def _run(count: int) -> dict[str, tuple[list[float], int]]:
    """Plays it once; returns for each channel the waits, and how many messages of the campaign went meanwhile."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        async with town.installed(Path(folder), "webhook") as (server, telegram, twilio), aiohttp.ClientSession() as session:
            for name in _PACES:
                server.values.pop(name)
            if count:
                await asyncio.to_thread(_queue, Path(folder) / "data", count)
            await server.start()
            people = [
                Waiting(one.who, one.phone, one.by_buttons, one.hello)
                for one in town.residents(server, telegram, twilio, polled=False)
            ]
            await asyncio.gather(*(person.talk(session, chance) for person in people))
            if telegram.refused or twilio.refused:
                raise SystemExit(f"refused: {telegram.refused[:3]} {twilio.refused[:3]}")
            sent = Counter(
                "whatsapp" if message["to"].startswith("whatsapp:") else "sms"
                for message in twilio.messages
                if str(message["body"]).startswith("ZZ")
            )
            sent["telegram"] = sum(text.startswith("ZZ") for chat in telegram.chats.values() for text in chat.texts)
            return {
                channel: ([wait for one in people if one.channel == channel for wait in one.waits], sent[channel])
                for channel in _ACCOUNTS
            }


def _queue(data: Path, count: int) -> None:
    """Queues a campaign on every channel as the commands do: rows in the outbox, of priority 2."""
    data.mkdir(mode=0o700)
    migrations.upgrade(f"sqlite:///{data / 'minga.db'}")
    database = Database(f"sqlite:///{data / 'minga.db'}")
    now = time.time_ns() // 1_000_000
    vault = database.transaction_now(lambda tx: open_vault(tx, secret_key="", folder=data, now_ms=now))
    next_id = Identifiers().next

    def row(channel: str, number: int) -> tuple[object, ...]:
        who = str(900_000_000 + number) if channel == "telegram" else f"+5939{80_000_000 + number}"
        message = Outgoing(Address(channel, who, _ACCOUNTS[channel]), "ZZ Aviso del municipio.", "aviso", 0, "none")
        sealed = vault.seal(payload.pack(message), outbox.PAYLOAD)
        place = next_id()
        return (place, place, None, None, channel, outbox.CAMPAIGN, 0, sealed, now, now, _ACCOUNTS[channel], "aviso")

    try:
        for channel in _ACCOUNTS:
            rows = [row(channel, number) for number in range(count)]
            database.transaction_now(partial(outbox.queue, rows=rows))
    finally:
        database.close()
