"""A simulated person's chat as it stands in the database: what they did and what they were sent, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import sqlalchemy as sa

from bot.channels import payload
from bot.vocabulary import Outgoing
from storage import inbox, outbox
from storage.columns import ADDRESS, CONTACT, CONVERSATION, INBOX, OUTBOX, PROFILE
from storage.vault import SealBroken, Vault

MOST = 400
"""Messages of one chat that a page shows at once: the newest."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes from an address. `offset` is how far their clock is ahead, in milliseconds.

    `everybody`: all who share the address, of whose messages the screen consists.
    """

    contact: int
    address: int
    language: str
    offset: int
    everybody: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Did:
    """Something the person did. `does` is the event as the page sent it, None once its text was emptied."""

    id: int
    event: str
    at: int
    does: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Got:
    """A message that reached the person's screen."""

    id: int
    at: int
    message: Outgoing


def person(connection: sa.Connection, channel: str, account: str, find_key: bytes) -> Person | None:
    """Returns who writes from that address, None if nobody has yet."""
    row = connection.execute(
        sa.select(CONTACT.c.id, ADDRESS.c.id, CONTACT.c.language, CONTACT.c.clock_offset)
        .join(CONTACT, CONTACT.c.id == ADDRESS.c.contact_id)
        .where(ADDRESS.c.channel == channel, ADDRESS.c.account == account, ADDRESS.c.find_key == find_key)
    ).one_or_none()
    if row is None:
        return None
    sharing = connection.execute(sa.select(PROFILE.c.contact_id).where(PROFILE.c.address_id == row[1])).scalars()
    return Person(*row, everybody=tuple(sorted({row[0], *sharing})))


def screen(connection: sa.Connection, who: Person) -> int:
    """Returns the number of the prompt that is on the person's screen, 0 if there is none."""
    inside = sa.select(CONVERSATION.c.prompt_outbox_id).where(CONVERSATION.c.contact_id == who.contact, CONVERSATION.c.is_current)
    current = connection.execute(inside).one_or_none()
    row = current[0] if current is not None else None
    if current is None:
        row = connection.execute(sa.select(CONTACT.c.lobby_prompt_id).where(CONTACT.c.id == who.contact)).scalar_one()
    if row is None:
        return 0
    return connection.execute(sa.select(OUTBOX.c.prompt).where(OUTBOX.c.id == row)).scalar_one_or_none() or 0


def mark(connection: sa.Connection, who: Person) -> tuple[Any, ...]:
    """Returns something small that differs whenever the chat, the answers or the clock of this person do."""
    did = connection.execute(
        sa.select(sa.func.count(), sa.func.max(INBOX.c.id)).where(INBOX.c.contact_id.in_(who.everybody), INBOX.c.raw.is_not(None))
    ).one()
    got = connection.execute(
        sa.select(sa.func.count(), sa.func.max(OUTBOX.c.id)).where(
            OUTBOX.c.contact_id.in_(who.everybody), OUTBOX.c.payload.is_not(None), OUTBOX.c.status == "sent"
        )
    ).one()
    stands = connection.execute(
        sa.select(sa.func.count(), sa.func.max(CONVERSATION.c.updated_at), sa.func.max(CONVERSATION.c.due_at)).where(
            CONVERSATION.c.contact_id == who.contact
        )
    ).one()
    return (who, *did, *got, *stands)


def messages(connection: sa.Connection, vault: Vault, who: Person, account: str) -> list[Did | Got]:
    """Returns the newest messages of this address, in order, their times read on the person's own clock as it went then.

    Ids are ordered by time, those of one turn as well. What no key opens is left out.
    """
    did = connection.execute(
        sa.select(INBOX.c.id, INBOX.c.event, INBOX.c.received_at, INBOX.c.raw)
        .where(INBOX.c.contact_id.in_(who.everybody), INBOX.c.raw.is_not(None), INBOX.c.account == account)
        .order_by(INBOX.c.id.desc())
        .limit(MOST)
    ).all()
    got = connection.execute(
        sa.select(OUTBOX.c.id, OUTBOX.c.accepted_at, OUTBOX.c.payload)
        .where(
            OUTBOX.c.contact_id.in_(who.everybody),
            OUTBOX.c.payload.is_not(None),
            OUTBOX.c.status == "sent",
            OUTBOX.c.lane == who.address,
        )
        .order_by(OUTBOX.c.id.desc())
        .limit(MOST)
    ).all()
    found: list[Did | Got] = []
    for identifier, event, at, raw in did:
        content = _opened(vault, raw, inbox.RAW)
        try:
            found.append(Did(identifier, event, at, orjson.loads(content or b"").get("does")))
        except (orjson.JSONDecodeError, AttributeError):
            continue
    for identifier, at, sealed in got:
        content = _opened(vault, sealed, outbox.PAYLOAD)
        try:
            found.append(Got(identifier, at, payload.unpack(content or b"")))
        except (orjson.JSONDecodeError, ValueError):
            continue
    return _on_their_clock(sorted(found, key=lambda message: message.id)[-MOST:], who.offset)


def moved(message: Did | Got) -> int | None:
    """Returns by how many milliseconds this moved the person's clock, None if it is no such event."""
    does = message.does if isinstance(message, Did) else None
    return does["clock"] if does is not None and isinstance(does.get("clock"), int) else None


def on_their_clock(told: Sequence[Did | Got], offset: int, at: int) -> int:
    """Returns a real moment as the person's clock told it then, `offset` being how far it is ahead now. Milliseconds."""
    for message in reversed(told):
        by = moved(message)
        if by is not None:
            if message.at - offset <= at:
                break  # the clock stood as it did after this move
            offset -= by
    return at + offset


def _on_their_clock(found: list[Did | Got], offset: int) -> list[Did | Got]:
    # rows hold real time: going back from the clock as it stands now, every move is taken away again
    told: list[Did | Got] = []
    for message in reversed(found):
        told.append(replace(message, at=message.at + offset))
        offset -= moved(message) or 0
    return told[::-1]


def _opened(vault: Vault, sealed: bytes, context: str) -> bytes | None:
    try:
        return vault.open(sealed, context)
    except SealBroken:
        return None
