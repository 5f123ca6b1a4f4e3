"""When a turn fails: its event is kept for staff, counts as seen, and the person is told. The engine is asked nothing."""

from __future__ import annotations

from datetime import datetime

from bot.channels.channel import Raw
from bot.clock import milliseconds
from bot.turn.aliases import Names
from bot.turn.handled import SEEN, Handled
from bot.turn.plain import lane_of, queue_plain
from bot.turn.tools import Tools
from bot.vocabulary import Incoming, Say
from storage import conversations, inbox
from storage.conversations import Due
from storage.groups import AddressKey
from storage.statements import Transaction


def admit(
    tx: Transaction, identifier: int, incoming: Incoming, contact: int | None, conversation: int | None, raw: bytes | None
) -> bool:
    """Records that event and returns True, or returns False because it was seen before."""
    address, at = incoming.address, milliseconds(incoming.received_at)
    return inbox.admit(
        tx, identifier, address.channel, address.account, incoming.event, contact=contact, conversation=conversation,
        received_at=at, raw=raw,
    )  # fmt: skip


def quarantine(tx: Transaction, tools: Tools, incoming: Incoming, key: AddressKey, now: datetime, error: str) -> Handled:
    """Keeps an event whose turn failed. `error` is the class of the error: its text may hold what the person wrote."""
    found = Names(incoming, key, tools.vault).find(tx)
    contact = found.contact_id if found is not None else None
    conversation = found.conversation_id if found is not None else None
    next_id = tools.identifiers.next
    if not admit(tx, next_id(), incoming, contact, conversation, None):
        return SEEN
    address, at = incoming.address, milliseconds(now)
    inbox.quarantine(
        tx, next_id(), address.channel, address.account, incoming.event, find_key=key[2], contact=contact, error=error,
        raw=tools.vault.seal(incoming.raw, inbox.QUARANTINED), at=at,
    )  # fmt: skip
    language = found.language if found is not None else tools.library.spoken(incoming.language)
    say = Say(tools.library.catalogue.language(language).say("engine.trouble"), step="trouble", language=language)
    lane = found.address_id if found is not None else lane_of(key[2])
    identifier = queue_plain(tx, tools, address, say, (lane, contact, conversation), at)
    return Handled(trouble=True, contact=contact, conversation=conversation, outbox=(identifier,), says=(say,))


def set_aside(tx: Transaction, tools: Tools, where: tuple[str, str], raw: Raw, now: datetime, error: str) -> bool:
    """Keeps an event that does not parse, and returns whether it is new. `where` is the channel and our account there."""
    next_id = tools.identifiers.next
    channel, account = where
    at = milliseconds(raw.received_at)
    new = inbox.admit(tx, next_id(), channel, account, raw.event, contact=None, conversation=None, received_at=at, raw=None)
    if new:
        sealed = tools.vault.seal(raw.body, inbox.QUARANTINED)
        inbox.quarantine(
            tx, next_id(), channel, account, raw.event, find_key=None, contact=None, error=error, raw=sealed, at=milliseconds(now)
        )
    return new


def drop(tx: Transaction, tools: Tools, due: Due, now: datetime, error: str) -> Handled:
    """Takes away a timer whose turn failed, so that it does not run out for ever, and shows it to staff."""
    conversations.unset_timer(tx, due)
    event = f"{due.id}/{due.kind}/{due.token}"
    inbox.quarantine(
        tx, tools.identifiers.next(), "timer", "", event, find_key=None, contact=None, error=error, raw=None, at=milliseconds(now)
    )
    return Handled(trouble=True, conversation=due.id)
