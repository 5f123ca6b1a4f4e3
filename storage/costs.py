"""What messages cost: what providers counted and what they charged, by channel and flow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from storage.identifiers import first_at
from storage.statements import Statement, Transaction

MILLIONTHS = 1_000_000


_LAST = (1 << 63) - 1
"""The greatest id."""


class Cost(NamedTuple):
    """What one flow cost on one channel, in one currency. `price` is in millionths; `unpriced` units have no price yet."""

    channel: str
    flow: str
    currency: str
    messages: int
    units: int
    price: int
    unpriced: int


class Unpriced(NamedTuple):
    """A message whose price is not known yet."""

    id: int
    provider_id: str


_COSTS = text("""
    SELECT channel, flow, coalesce(currency, ''), count(*), sum(units), sum(coalesce(price, 0)),
        sum(CASE WHEN price IS NULL THEN units ELSE 0 END)
    FROM outbox WHERE id >= :since AND (units > 0 OR accepted_at IS NOT NULL)
    GROUP BY channel, flow, coalesce(currency, '') ORDER BY channel, flow, coalesce(currency, '')
""")
_UNPRICED = Statement("""
    SELECT id, provider_id FROM outbox
    WHERE units > 0 AND price IS NULL AND provider_id IS NOT NULL AND channel = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?
""")
_PRICE = Statement("""
    UPDATE outbox SET price = ?, currency = ?, units = CASE WHEN ? > units THEN ? ELSE units END WHERE id = ? AND price IS NULL
""")
_PART = (
    Statement("""
        INSERT INTO outbox (id, lane, contact_id, conversation_id, channel, sender, flow, priority, prompt, status, due_at,
            attempts, tried_at, accepted_at, provider_id, units, price, currency, stage, stage_at, error, created_at)
        SELECT ?, lane, contact_id, conversation_id, channel, sender, flow, priority, 0, 'sent', due_at, 1,
            tried_at, coalesce(accepted_at, tried_at), provider_id, units, price, currency, stage, stage_at, ?, created_at
        FROM outbox WHERE id = ? AND provider_id IS NOT NULL AND units > 0
    """),
    Statement("UPDATE outbox SET units = 0, price = NULL, currency = NULL, provider_id = NULL WHERE id = ?"),
    Statement("""
        INSERT INTO campaign_message (id, campaign_id, contact_id, outbox_id)
        SELECT ?, campaign_id, NULL, ? FROM campaign_message WHERE outbox_id = ?
    """),
)

OPENING = "opening"
"""What stands in the row of a template that asked a person to write: it is paid, and is nobody's message."""


def costs(connection: Connection, since: int) -> list[Cost]:
    """Returns what was sent since then (milliseconds since the epoch) by channel, flow and currency."""
    rows = connection.execute(_COSTS, {"since": min(first_at(since), _LAST)}).all()
    return [Cost._make((*row[:3], *map(int, row[3:]))) for row in rows]


def unpriced(tx: Transaction, channel: str, *, after: int, since: int, until: int, limit: int) -> Sequence[Unpriced]:
    """Returns messages of that channel, made between these times and behind the row `after`, whose price is not known yet."""
    first = max(after + 1, first_at(since))
    return [Unpriced(*row) for row in tx.all(_UNPRICED, (channel, first, first_at(until), limit))]


def price(tx: Transaction, identifier: int, *, price: float, currency: str, units: int) -> None:
    """Keeps what a message cost, and what the provider counted in the end."""
    tx.write(_PRICE, (round(price * MILLIONTHS), currency, units, units, identifier))


def set_apart(tx: Transaction, identifier: int, new: int) -> None:
    """Gives the template that was sent for this message a row of its own, `new`, before the message itself goes.

    Both are paid, and each has a price of its own, which its provider may know only later. Nothing happens where none was sent.
    """
    if tx.run(_PART[0], (new, OPENING, identifier)):
        tx.write(_PART[1], (identifier,))
        tx.write(_PART[2], (new, new, identifier))
