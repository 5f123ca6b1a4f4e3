"""Deliveries: the loop that claims what may go, sends it, and hears later what became of it.

A claimed row carries a lease. If the process dies, another claims it again when the lease has run out: what was in flight is
repeated (where the channel can be asked, not even that), nothing else. The messages of one address go one after the other;
different addresses side by side.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Literal

import structlog

from bot.channels import payload
from bot.channels.channel import (
    Channel,
    FateUnknown,
    PersonStopped,
    PersonUnreachable,
    RetryAfter,
    RetryLater,
    SendError,
    Sent,
    Status,
    looking_up,
    opening,
)
from bot.clock import Clock, milliseconds, moment
from bot.deadlines import Deadlines
from bot.delivery.hearing import Hearing
from bot.delivery.patience import Patience
from bot.delivery.refusals import Row, Terms, code_of, gives_up, refused
from bot.delivery.senders import Opening, Senders
from bot.delivery.settling import Settling
from bot.turn.screen import AT_ONCE, Accepted
from bot.vocabulary import Outgoing
from storage import claims, costs, outbox, pace, statuses
from storage.claims import UNKNOWN, Claimed, Claims, claim_due
from storage.database import Database, UnavailableError
from storage.statements import Transaction
from storage.vault import SealBroken, Vault

_FORGET = 60_000
"""Milliseconds between two clearings of token buckets that are full."""


class Deliveries:
    """Sends what is due. One object serves a process; several processes share the outbox.

    `held` are the channels that are held to their abilities' pace and window, by default all but our own (console, simulator).
    `openings` are the templates by channel that open a talk outside the window. `paces` says otherwise than a channel's abilities
    how many messages a second one sender sends, `person_pace` how many one person gets (0: no limit).
    `alone`: no other process sends, so what is in the air when this one begins was a dead one's, and is taken over at once.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        patience: Patience | None = None,
        chance: Callable[[], float] = random.random,
        held: Collection[str] | None = None,
        openings: Mapping[str, Opening] | None = None,
        paces: Mapping[str, float] | None = None,
        person_pace: float | None = None,
        alone: bool = False,
    ) -> None:
        self.accepted: dict[int, Accepted] = {}
        self._database = database
        self._vault = vault
        self._channels = channels
        self._clock = clock
        self._patience = patience or Patience()
        self._sending = Deadlines(self._patience.send)
        self._chance = chance
        self._log = structlog.get_logger("minga.delivery")
        self._woken = asyncio.Event()
        self._ending = False
        self._lanes: set[asyncio.Task[None]] = set()
        self._senders = Senders(
            channels,
            self._patience,
            held=channels.keys() - AT_ONCE if held is None else held,
            openings=openings or {},
            paces=paces or {},
            person_pace=person_pace,
        )
        self._hearing = Hearing(database, channels, self._terms, self.wake)
        self._settling = Settling(database, self._written_down, self._hearing.early)
        self._inherit = alone
        self._again_at: int | None = None
        self._forgotten_at = 0

    def wake(self) -> None:
        """Tells that something was queued."""
        self._woken.set()

    @property
    def again_at(self) -> datetime | None:
        """When what was held back at the last look (by a pace, after a failed try) may go; None if nothing was."""
        return None if self._again_at is None else moment(self._again_at, self._clock.now().tzinfo)

    def down(self) -> list[str]:
        """Returns our sides ("channel/account") whose provider is taken to be down, as far as this process knows."""
        return self._senders.down()

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
                    async with asyncio.timeout(self._sleep(idle)):
                        await self._woken.wait()
                except TimeoutError:
                    continue
            self._woken.clear()

    def _sleep(self, idle: float) -> float:
        if self._again_at is None:
            return idle
        return min(idle, max((self._again_at - self._now()) / 1000, 0.001))

    async def run_due(self, lane: int | None = None) -> int:
        """Delivers everything that may go now, and returns how many messages were handed to a channel and settled.

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
        await self._settling.end()

    # ── claiming ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _start(self, lane: int | None = None) -> int:
        """Claims what may go now and sets it flying; returns how many rows."""
        now = self._now()
        until = now + round(self._patience.lease * 1000)
        rows, self._again_at = await self._database.transaction(self._claiming(now, until, lane), apart=True)
        self._inherit = self._inherit and lane is not None
        self._senders.take_off(rows)
        # the lease is kept by the loop's clock too: the one that is handed in may stand still
        deadline = asyncio.get_running_loop().time() + self._patience.lease - self._patience.send
        lanes: dict[int, list[Claimed]] = {}
        for row in rows:  # urgent ones first, among the lanes and in each
            lanes.setdefault(row.lane, []).append(row)
        for theirs in lanes.values():
            self._fly(theirs, deadline)
        return len(rows)

    def _claiming(self, now: int, until: int, lane: int | None) -> Callable[[Transaction], Claims]:
        if lane is not None:
            limit = self._patience.flight
            return lambda tx: Claims(outbox.claim(tx, now=now, until=until, limit=limit, lane=lane), None)
        allow = self._senders.allow(now)
        forget = now - self._forgotten_at >= _FORGET
        if forget:
            self._forgotten_at = now

        inherit = self._inherit

        def claim(tx: Transaction) -> Claims:
            if inherit:
                claims.inherit(tx)
            if forget:
                pace.forget(tx, now * 1000)
            return claim_due(tx, now=now, until=until, allow=allow)

        return claim

    def _fly(self, rows: list[Claimed], deadline: float) -> None:
        task = asyncio.create_task(self._lane(rows, deadline))
        self._lanes.add(task)

        def landed(task: asyncio.Task[None]) -> None:
            self._lanes.discard(task)
            self._senders.land(rows)
            self._woken.set()

        task.add_done_callback(landed)

    async def _land(self) -> None:
        while self._lanes:
            await asyncio.wait(self._lanes)
        await self._settling.end()

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
            self._settling.settle(row.id, partial(outbox.release, identifier=row.id))

    async def _send(self, row: Claimed) -> bool:
        """Sends one message and settles it; returns whether the next of its lane may go."""
        try:
            outgoing = payload.unpack(self._vault.open(row.payload, outbox.PAYLOAD))
            channel = self._channels[outgoing.address.channel]
        except (SealBroken, ValueError, KeyError) as error:
            # it cannot be read, or its channel is no longer configured: nothing that time will mend
            return self._give_up(row, "dead", type(error).__name__)
        try:
            with self._sending.wait():
                sent, shown_at = await self._handed_over(row, channel, outgoing)
        except (FateUnknown, TimeoutError) as error:
            return self._unknown(row, channel, error.code if isinstance(error, FateUnknown) else "timeout")
        except SendError as error:
            return await self._refused(row, error)
        except Exception as error:  # noqa: BLE001  # because a fault of ours must not stop the others' messages
            return await self._refused(row, RetryLater(type(error).__name__), ours=True)
        self._answered(row)
        self._settling.settle(row.id, self._accepting(row, sent, shown_at))
        return True

    async def _handed_over(self, row: Claimed, channel: Channel, outgoing: Outgoing) -> tuple[Sent, int]:
        """Sends it, unless it arrived before; returns also since when it is perhaps on the screen. Raises SendError."""
        if row.outside:
            ask, asking = opening(channel), self._senders.opening(row.sender)
            if ask is None or asking is None:
                raise RetryLater("no_template")
            return await ask(outgoing.address, asking.content(outgoing.language), asking.variables), self._now()
        look = looking_up(channel)
        if look is None:
            sent = await channel.send(outgoing)
            return sent, row.tried_at if row.unsure else self._now()
        since = moment(row.tried_at, None)
        if row.unsure:
            try:
                found = await look(outgoing, since)
            except Exception as error:  # because whatever keeps us from knowing, it must not be sent blindly
                code = error.code if isinstance(error, SendError) else type(error).__name__
                raise RetryLater(f"{UNKNOWN} {code}".strip()) from error
            if found is not None and not await self._known(channel, found):
                return found, row.tried_at
            since = self._clock.now()
        try:
            return await channel.send(outgoing), self._now()
        except FateUnknown as unknown:
            await asyncio.sleep(self._patience.looked)  # it may still be on its way into the provider's list
            try:
                found = await look(outgoing, since)
            except Exception:  # noqa: BLE001  # because of the same
                raise unknown from None
            if found is None or await self._known(channel, found):
                raise RetryLater(unknown.code or "looked_up") from unknown
            return found, milliseconds(since)

    async def _known(self, channel: Channel, found: Sent) -> bool:
        """Tells whether what was found is another message of ours: two that read the same are two."""
        return await self._database.transaction(lambda tx: bool(statuses.owners(tx, channel.name, found.provider_id)), apart=True)

    def _accepting(self, row: Claimed, sent: Sent, shown_at: int) -> Callable[[Transaction], None]:
        able, bucket = self._senders.abilities(row.sender), self._senders.bucket(row.sender)
        units = 0 if able is None or able.charged == "nothing" else sent.units
        if not row.outside:
            self.accepted[row.id] = Accepted(shown_at, sent.provider_id)
        apart = self._database.identifiers.next() if row.opened_at is not None else None

        def settle(tx: Transaction) -> None:
            if apart is not None:
                costs.set_apart(tx, row.id, apart)
            if row.outside:
                outbox.opened(tx, row.id, lane=row.lane, at=shown_at, provider_id=sent.provider_id, units=units)
            else:
                outbox.sent(tx, row.id, at=shown_at, provider_id=sent.provider_id, units=units)
            if bucket is not None and able is not None and able.charged == "segment":
                pace.charge(tx, row.sender, bucket, sent.units - 1)

        return settle

    def _answered(self, row: Claimed, *, limited: bool = False) -> None:
        sender = self._senders.of(row.sender)
        if not limited:
            sender.limited.clear()
        if sender.circuit.answered():
            self._log.info("provider_is_back", sender=row.sender)

    def _failed(self, row: Claimed, code: str) -> None:
        if self._senders.of(row.sender).circuit.failed(self._now()):
            self._log.error("provider_is_down", sender=row.sender, error=code)

    async def _refused(self, row: Claimed, error: SendError, *, ours: bool = False) -> bool:
        if isinstance(error, RetryAfter):
            self._answered(row, limited=True)
            self._too_fast(row, error)
        elif isinstance(error, RetryLater):
            if not ours:
                self._failed(row, code_of(error))
        else:
            self._answered(row)
        terms = self._terms(row.attempts, counted=not self._senders.of(row.sender).circuit.open)
        message = Row(row.id, row.lane, row.attempts)
        if isinstance(error, PersonStopped | PersonUnreachable):
            await self._database.transaction(partial(refused, row=message, error=error, terms=terms), key=row.lane)
            return False
        if gives_up(message, error, terms):
            self._log.error("message_given_up", outbox=row.id, attempts=row.attempts, error=code_of(error))
        self._settling.settle(row.id, partial(refused, row=message, error=error, terms=terms))
        return gives_up(message, error, terms) or not isinstance(error, RetryLater)

    def _terms(self, attempts: int, *, counted: bool = True) -> Terms:
        whole = min(self._patience.first * 2.0 ** (attempts - 1), self._patience.longest)
        return Terms(self._now(), whole * (1 - self._chance() / 2), self._patience.tries, counted)

    def _too_fast(self, row: Claimed, error: RetryAfter) -> None:
        """One person is left alone for a while; if it is said to several in a row, it means all, also in other processes."""
        bucket = self._senders.bucket(row.sender)
        if self._senders.limited(row) and bucket is not None:
            until_us = (self._now() + round(error.seconds * 1000)) * 1000
            self._settling.settle(0, partial(pace.hold, sender=row.sender, bucket=bucket, until_us=until_us))

    def _unknown(self, row: Claimed, channel: Channel, code: str) -> bool:
        """Nobody knows what became of it: perhaps it is on the screen, and sending it again might ask twice."""
        self._failed(row, code)
        reason = f"{UNKNOWN} {code}".strip()
        if row.outside:  # the template perhaps asked them to write: that is enough, and it costs
            self._settling.settle(row.id, self._accepting(row, Sent("", units=0), self._now()))
            return False
        if looking_up(channel) is not None and row.attempts < self._patience.tries:
            terms = self._terms(row.attempts)
            due = terms.now + round(terms.pause * 1000)
            self._settling.settle(row.id, partial(outbox.again, identifier=row.id, due_at=due, error=reason))
            return False
        # what comes back must count for it
        return self._give_up(row, "failed", reason, accepted_at=self._now())

    async def heard(self, status: Status) -> None:
        """Writes down what a provider says later about a message of ours: see Hearing. Raises UnavailableError."""
        await self._hearing.heard(status)

    def _written_down(self, row: int) -> None:
        self.accepted.pop(row, None)
        self._woken.set()  # what was queued behind it in its lane may go from now on, not since it landed

    def _now(self) -> int:
        return milliseconds(self._clock.now())

    def _give_up(self, row: Claimed, status: Literal["failed", "dead"], code: str, *, accepted_at: int | None = None) -> bool:
        self._log.error("message_given_up", outbox=row.id, attempts=row.attempts, error=code)
        settle = partial(outbox.fail, identifier=row.id, status=status, error=code, accepted_at=accepted_at)
        self._settling.settle(row.id, settle)
        return True
