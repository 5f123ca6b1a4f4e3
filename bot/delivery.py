"""Delivery: claims due messages, hands them to their channels, and writes down what became of each.

A claimed row carries a lease. If the process dies, another claims it again when the lease has run out: what was in flight is
repeated, nothing else. The messages of one address go one after the other; different addresses side by side.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Literal

import structlog

from bot.channels import payload
from bot.channels.channel import Channel, FateUnknown, Never, PersonStopped, PersonUnreachable, RetryAfter, RetryLater
from bot.clock import Clock, milliseconds
from storage import contacts, outbox
from storage.database import ClosedError, Database, UnavailableError
from storage.outbox import Claimed
from storage.statements import Transaction
from storage.vault import SealBroken, Vault

Settle = Callable[[Transaction], None]

_UNAVAILABLE = 0.5
"""Seconds to wait before a database that refused is asked again."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How sending is repeated. Seconds.

    `lease` is how long a claimed row is ours; `send` how long one sending may take (well below the lease). After a failed try
    comes a pause of `first`, doubled each time up to `longest`, shortened by chance by up to a half. After `tries` we give up.
    `flight` is how many rows may be claimed at once.
    """

    lease: float = 60.0
    send: float = 20.0
    first: float = 2.0
    longest: float = 900.0
    tries: int = 12
    flight: int = 256


class Deliveries:
    """Sends what is due. One object serves a process; several processes share the outbox."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        patience: Patience | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.accepted: dict[int, int] = {}
        self._database = database
        self._vault = vault
        self._channels = channels
        self._clock = clock
        self._patience = patience or Patience()
        self._chance = chance
        self._log = structlog.get_logger("minga.delivery")
        self._woken = asyncio.Event()
        self._ending = False
        self._lanes: set[asyncio.Task[None]] = set()
        self._flying = 0
        self._settlements: list[tuple[int, Settle]] = []
        self._settling: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Tells that something was queued."""
        self._woken.set()

    async def run(self, *, idle: float = 1.0) -> None:
        """Delivers until `end`: at once when woken, and looks for what became due by itself every `idle` seconds."""
        while not self._ending:
            try:
                claimed = await self._start()
            except UnavailableError as error:
                self._log.warning("outbox_unavailable", error=type(error.__cause__ or error).__name__)
                claimed = 0
                await asyncio.sleep(idle)
            if claimed == 0:
                try:
                    async with asyncio.timeout(idle):
                        await self._woken.wait()
                except TimeoutError:
                    continue
            self._woken.clear()

    async def run_due(self, lane: int | None = None) -> int:
        """Delivers everything that is due now, and returns how many messages were handed to a channel and settled.

        A console's messages go by its `lane` (its address's id), and then nothing else does.
        """
        settled = 0
        while True:
            claimed = await self._start(lane)
            settled += claimed
            await self._land()
            if claimed == 0:
                return settled

    async def end(self, *, within: float = 25.0) -> None:
        """Claims nothing more, waits for what is in flight (at most so many seconds), and writes down what became of it."""
        self._ending = True
        self._woken.set()
        lanes = set(self._lanes)
        if lanes:
            _, late = await asyncio.wait(lanes, timeout=within)
            for lane in late:
                lane.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._settled()

    # ── claiming ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _start(self, lane: int | None = None) -> int:
        """Claims what may go now and sets it flying; returns how many rows."""
        limit = self._patience.flight - self._flying
        if limit <= 0:
            await asyncio.wait(self._lanes, return_when=asyncio.FIRST_COMPLETED)
            limit = self._patience.flight - self._flying
        now = milliseconds(self._clock.now())
        until = now + round(self._patience.lease * 1000)
        rows = await self._database.transaction(
            lambda tx: outbox.claim(tx, now=now, until=until, limit=limit, lane=lane), apart=True
        )
        # the lease is kept by the loop's clock too: the one that is handed in may stand still
        deadline = asyncio.get_running_loop().time() + self._patience.lease - self._patience.send
        for _, group in groupby(sorted(rows, key=lambda row: (row.lane, row.priority, row.id)), key=lambda row: row.lane):
            self._fly(list(group), deadline)
        return len(rows)

    def _fly(self, rows: list[Claimed], deadline: float) -> None:
        self._flying += len(rows)
        task = asyncio.create_task(self._lane(rows, deadline))
        self._lanes.add(task)

        def landed(task: asyncio.Task[None]) -> None:
            self._lanes.discard(task)
            self._flying -= len(rows)
            self._woken.set()

        task.add_done_callback(landed)

    async def _land(self) -> None:
        while self._lanes:
            await asyncio.wait(self._lanes)
        await self._settled()

    # ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _lane(self, rows: list[Claimed], deadline: float) -> None:
        """Sends the messages of one address in order. If one must wait, those behind it go back to the queue."""
        for place, row in enumerate(rows):
            if self._ending or asyncio.get_running_loop().time() > deadline:
                self._release(rows[place:])
                return
            try:
                going = await self._send(row)
            except UnavailableError as error:  # the leases end by themselves, and then all of it is done again
                self._log.warning("outbox_unavailable", error=type(error.__cause__ or error).__name__)
                return
            if not going:
                self._release(rows[place + 1 :])
                return

    def _release(self, rows: list[Claimed]) -> None:
        for row in rows:
            self._settle(row.id, partial(outbox.release, identifier=row.id))

    async def _send(self, row: Claimed) -> bool:
        """Sends one message and settles it; returns whether the next of its lane may go."""
        try:
            outgoing = payload.unpack(self._vault.open(row.payload, outbox.PAYLOAD))
            channel = self._channels[outgoing.address.channel]
        except (SealBroken, ValueError, KeyError) as error:
            # it cannot be read, or its channel is no longer configured: nothing that time will mend
            return self._give_up(row, "dead", type(error).__name__)
        try:
            async with asyncio.timeout(self._patience.send):
                sent = await channel.send(outgoing)
        except RetryAfter as error:
            return self._again(row, error.seconds, error.code or "retry_after")
        except RetryLater as error:
            return self._again(row, self._pause(row.attempts), error.code or "retry_later")
        except (FateUnknown, TimeoutError) as error:
            # perhaps it is on the screen: sending it again might ask twice, and what comes back must count for it
            code = error.code if isinstance(error, FateUnknown) else "timeout"
            return self._give_up(row, "failed", f"fate_unknown {code}".strip(), accepted_at=self._now())
        except Never as error:
            return self._give_up(row, "failed", error.code or "never")
        except (PersonStopped, PersonUnreachable) as error:
            await self._database.transaction(
                partial(self._close, row=row, stopped=isinstance(error, PersonStopped)), key=row.lane
            )
            return False
        except Exception as error:  # noqa: BLE001  # because a fault of ours must not stop the others' messages
            return self._again(row, self._pause(row.attempts), type(error).__name__)
        self.accepted[row.id] = self._now()
        settle = partial(outbox.sent, identifier=row.id, at=self.accepted[row.id], provider_id=sent.provider_id)
        self._settle(row.id, settle)
        return True

    def _now(self) -> int:
        return milliseconds(self._clock.now())

    def _pause(self, attempts: int) -> float:
        whole = min(self._patience.first * 2.0 ** (attempts - 1), self._patience.longest)
        return whole * (1 - self._chance() / 2)

    def _again(self, row: Claimed, seconds: float, code: str) -> bool:
        if row.attempts >= self._patience.tries:
            return self._give_up(row, "dead", code)
        due = self._now() + round(seconds * 1000)
        self._settle(row.id, partial(outbox.again, identifier=row.id, due_at=due, error=code))
        return False

    def _give_up(self, row: Claimed, status: Literal["failed", "dead"], code: str, *, accepted_at: int | None = None) -> bool:
        self._log.error("message_given_up", outbox=row.id, attempts=row.attempts, error=code)
        self._settle(row.id, partial(outbox.fail, identifier=row.id, status=status, error=code, accepted_at=accepted_at))
        return True

    def _close(self, tx: Transaction, row: Claimed, *, stopped: bool) -> None:
        """Nothing more goes to that address; whoever stopped there has said stop."""
        contact = outbox.whose_lane(tx, row.lane)
        if contact is not None:
            tx.lock(contact)
        status, error = ("failed", "person_stopped") if stopped else ("dead", "person_unreachable")
        outbox.close_lane(tx, row.lane, row.id, status=status, error=error)
        if stopped and contact is not None:
            contacts.stop(tx, contact, self._now())

    # ── settling ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _settle(self, row: int, settle: Settle) -> None:
        """Writes down what became of that row, together with others that are settled meanwhile."""
        self._settlements.append((row, settle))
        if self._settling is None:
            self._settling = asyncio.create_task(self._write_down())

    async def _settled(self) -> None:
        while self._settling is not None:
            await asyncio.wait([self._settling])

    async def _write_down(self) -> None:
        try:
            while self._settlements:
                batch, self._settlements = self._settlements, []
                try:
                    await self._database.transaction(partial(_all, batch), apart=True)
                except ClosedError:
                    return
                except UnavailableError:
                    # not to be lost: a message that was sent and is not written down is sent again
                    self._settlements = batch + self._settlements
                    await asyncio.sleep(_UNAVAILABLE)
                    continue
                for row, _ in batch:
                    self.accepted.pop(row, None)
        finally:
            self._settling = None


def _all(batch: list[tuple[int, Settle]], tx: Transaction) -> None:
    for _, settle in batch:
        settle(tx)
