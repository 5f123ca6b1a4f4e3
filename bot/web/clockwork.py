"""A simulated person's clock: an offset of their own contact. Moving it does what falls due on the way, moment by moment."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from bot.casework.notices import RequestDuties
from bot.channels.simulator import NAME
from bot.clock import milliseconds, moment
from bot.vocabulary import Address
from bot.web import transcript
from bot.web.pages import Refusal
from bot.web.transcript import Person
from bot.web.world import World
from storage import contacts, inbox
from storage.columns import CONVERSATION
from storage.database import Transaction

FARTHEST = 3660 * 24 * 3600 * 1000
"""Milliseconds that a clock may be ahead: ten years."""

_STOPS = 50
"""Moments at which something fell due that one move stops at; what is left is moved at once."""


async def find(world: World, address: Address) -> Person | None:
    """Returns who writes from that address."""
    key = world.vault.find_key(address)
    return await world.database.read(lambda connection: transcript.person(connection, NAME, address.account, key))


async def next_due(world: World, who: Person) -> int | None:
    """Returns when something falls due for this person next, in real milliseconds."""

    def read(connection: sa.Connection) -> int | None:
        asked = sa.select(sa.func.min(CONVERSATION.c.due_at)).where(CONVERSATION.c.contact_id.in_(who.everybody))
        due: int | None = connection.execute(asked).scalar_one()
        return due

    return await world.database.read(read)


async def wanted(world: World, who: Person, body: Mapping[str, Any]) -> int:
    """Returns by how many milliseconds the page wants the clock moved. Raises Refusal."""
    real = milliseconds(world.clock.now())
    match body:
        case {"real": True}:
            return -who.offset
        case {"next": True}:
            due = await next_due(world, who)
            by = 0 if due is None else max(0, due - real)
        case {"advance": int() | float() as seconds} if seconds is not True and seconds is not False:
            by = round(seconds * 1000)
        case {"to": str(text)}:
            by = milliseconds(_local(world, text)) - real - who.offset
        case _:
            raise Refusal("web.error.bad_request", detail="advance, to, next, real")
    if by < 0:
        now = moment(real + who.offset, world.clock.now().tzinfo)
        raise Refusal("web.clock.past", 409, now=now.strftime("%Y-%m-%d %H:%M"))
    if who.offset + by > FARTHEST:
        raise Refusal("web.clock.far", 409)
    return by


def _local(world: World, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=world.clock.now().tzinfo)
    except ValueError as error:
        raise Refusal("web.clock.unreadable") from error


async def move(world: World, address: Address, who: Person, by: int) -> None:
    """Moves the clock by milliseconds (back only to real time), stopping wherever something falls due, so that it is done."""
    before: tuple[int, int] | None = None
    for _ in range(_STOPS):
        due = await next_due(world, who) if by > 0 else None
        step = by if due is None else min(by, max(0, due - milliseconds(world.clock.now())))
        if due is not None and before == (due, step):
            break  # what is due there waits for something else than time
        before = None if due is None else (due, step)
        await _step(world, address, who, step)
        by -= step
        await _run(world, who)
        if by <= 0:
            return
    await _step(world, address, who, by)
    await _run(world, who)


async def _run(world: World, who: Person) -> None:
    """Does what is due, and what the clock owes about this person's requests, which go by their own clock."""
    await world.run_duties()
    if world.office is not None:
        await RequestDuties(world.database, world.office).look_for(who.everybody, world.clock.now())


async def _step(world: World, address: Address, who: Person, by: int) -> None:
    """Moves the clock and leaves the move among the events of the chat, so that former messages keep their time."""
    if by == 0:
        return
    now = milliseconds(world.clock.now())
    raw = world.vault.seal(orjson.dumps({"does": {"clock": by}}), inbox.RAW)
    identifier, event = world.database.identifiers.next(), "clock-" + secrets.token_hex(12)

    def work(tx: Transaction) -> None:
        for contact in who.everybody:  # those who share the phone live in the same time
            contacts.move_clock(tx, contact, by)
        inbox.admit(
            tx,
            identifier,
            NAME,
            address.account,
            event,
            contact=who.contact,
            conversation=None,
            received_at=now,
            raw=raw,
        )

    await world.database.transaction(work, key=who.contact)
