"""Somebody on a chat, for the tests of the desk: they write by way of the simulator's channel, and the screen is read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import orjson

from bot.channels import payload
from bot.channels.channel import Request
from bot.vocabulary import Incoming, Outgoing
from storage import outbox
from storage.statements import Statement
from tests.web.town import Town

_NUMBERS = count(1)


class Resident:
    def __init__(self, town: Town, name: str = "luz-en-su-telefono-de-siempre", look: str = "telegram") -> None:
        self.town, self.name, self.look = town, name, look

    async def does(self, **does: Any) -> list[str]:
        """Does that, and returns the texts that came of it."""
        before = self._last()
        event = {"id": f"e{next(_NUMBERS)}", "person": self.name, "look": self.look, "does": does}
        raw = Request("http://x/", {}, orjson.dumps(event), self.town.world.clock.now())
        (parsed,) = self.town.world.simulator.parse(self.town.world.simulator.split(raw)[0])
        assert isinstance(parsed, Incoming)
        # written long after what is on the screen: it answers that, and is no further message to the answer before
        handled = await self.town.world.turns.handle(replace(parsed, written_at=parsed.received_at + timedelta(minutes=5)))
        assert not handled.trouble
        await self.town.deliveries.run_due()
        return [message.text for message in self.got(before)]

    async def says(self, text: str) -> list[str]:
        return await self.does(text=text)

    def got(self, after: int = 0) -> list[Outgoing]:
        """Returns what was queued for this town's only person after that row."""
        select = Statement("SELECT payload FROM outbox WHERE id > ? AND payload IS NOT NULL ORDER BY id")
        rows = self.town.world.database.transaction_now(lambda tx: tx.all(select, (after,)))
        return [payload.unpack(self.town.world.vault.open(bytes(sealed), outbox.PAYLOAD)) for (sealed,) in rows]

    def _last(self) -> int:
        select = Statement("SELECT coalesce(max(id), 0) FROM outbox")
        row = self.town.world.database.transaction_now(lambda tx: tx.one(select))
        return 0 if row is None else int(row[0])

    @property
    def journal(self) -> list[tuple[str, str]]:
        select = Statement("SELECT step, raw FROM answer ORDER BY conversation_id, sequence")
        return [tuple(row) for row in self.town.world.database.transaction_now(lambda tx: tx.all(select))]
