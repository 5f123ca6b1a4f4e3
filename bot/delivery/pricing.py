"""Asking providers what messages cost: most know it hours after the message, and say it only when asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from bot.channels.channel import AskBill, Bill, Channel, Never, SendError, billing
from bot.clock import milliseconds
from storage import costs
from storage.costs import Unpriced
from storage.database import Database
from storage.statements import Transaction

_AFTER = 600_000
"""Milliseconds after which it is worth asking."""
_BEFORE = 30 * 86_400_000
"""Milliseconds after which a price that is still missing is asked for no more."""
_BATCH = 200
_TOGETHER = 16


@dataclass(frozen=True, slots=True)
class Pricing:
    """Keeps the prices of messages. `within` is how many seconds one run may take: the rest is asked the next day."""

    database: Database
    channels: Mapping[str, Channel]
    within: float = 60.0

    async def ask(self, now: datetime) -> None:
        """Asks for the prices that are missing. A provider that does not answer is asked another day."""
        at = milliseconds(now)
        try:
            async with asyncio.timeout(self.within):
                for name, channel in self.channels.items():
                    ask = billing(channel)
                    if ask is not None:
                        await self._channel(name, ask, at)
        except TimeoutError:
            structlog.get_logger("minga.delivery").info("prices_go_on_tomorrow")

    async def _channel(self, name: str, ask: AskBill, at: int) -> None:
        after = 0
        while True:
            rows = await self.database.transaction(
                partial(costs.unpriced, channel=name, after=after, since=at - _BEFORE, until=at - _AFTER, limit=_BATCH),
                apart=True,
            )
            if not rows:
                return
            bills: list[tuple[Unpriced, Bill]] = []
            for start in range(0, len(rows), _TOGETHER):
                found, answers = await _asked(ask, rows[start : start + _TOGETHER])
                bills += found
                if not answers:
                    await self._keep(bills)
                    return
            await self._keep(bills)
            after = rows[-1].id

    async def _keep(self, bills: Sequence[tuple[Unpriced, Bill]]) -> None:
        await self.database.transaction(partial(_keep, bills=bills), apart=True)


async def _asked(ask: AskBill, rows: Sequence[Unpriced]) -> tuple[list[tuple[Unpriced, Bill]], bool]:
    """Returns what is known of these, and whether the provider answers at all."""
    bills = await asyncio.gather(*(ask(row.provider_id) for row in rows), return_exceptions=True)
    for bill in bills:
        if isinstance(bill, BaseException) and not isinstance(bill, SendError):
            raise bill
    answered = any(isinstance(bill, Bill | Never) for bill in bills)
    return [(row, bill) for row, bill in zip(rows, bills, strict=True) if isinstance(bill, Bill)], answered


def _keep(tx: Transaction, bills: Sequence[tuple[Unpriced, Bill]]) -> None:
    for row, bill in bills:
        if bill.price is not None:
            costs.price(tx, row.id, price=bill.price, currency=bill.currency, units=bill.units)
