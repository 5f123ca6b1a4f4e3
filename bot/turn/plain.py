"""Messages that no engine says: that something went wrong, and that nobody is served where this was written."""

from __future__ import annotations

from datetime import datetime

from bot.channels import payload
from bot.clock import milliseconds
from bot.turn.tools import Tools
from bot.vocabulary import Address, Outgoing, Say
from storage import notices, outbox
from storage.statements import Transaction

LANES = 1 << 63
"""Whoever is no contact has no address's id for a lane: a number below this that follows from their find key does as well."""


def queue_plain(
    tx: Transaction, tools: Tools, address: Address, say: Say, whose: tuple[int, int | None, int | None], at: int
) -> int:
    """Queues a text by itself for that lane, contact and conversation, and returns the row's id."""
    outgoing = Outgoing(address, say.text, say.step, 0, "none", language=say.language)
    identifier = tools.identifiers.next()
    sealed = tools.vault.seal(payload.pack(outgoing), outbox.PAYLOAD)
    lane, contact, conversation = whose
    outbox.queue(
        tx, [(identifier, lane, contact, conversation, address.channel, outbox.REPLY, 0, sealed, at, at, address.account)]
    )
    return identifier


def turn_away(
    tx: Transaction, tools: Tools, address: Address, find_key: bytes, key: str, language: str, now: datetime
) -> tuple[int, Say] | None:
    """Says the text of that key, and returns its row and what was said; None if it was said there today."""
    at = milliseconds(now)
    if not notices.give(tx, f"unserved/{find_key.hex()}", key, now.date().isoformat(), at):
        return None
    say = Say(tools.library.catalogue.language(language).say(key), step="unserved", language=language)
    return queue_plain(tx, tools, address, say, (lane_of(find_key), None, None), at), say


def lane_of(find_key: bytes) -> int:
    """Returns the lane of somebody who is no contact."""
    return int.from_bytes(find_key[:8]) % LANES
