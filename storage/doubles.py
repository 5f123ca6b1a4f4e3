"""Several completed answers of one person to one flow: they come of channels that were linked after both had been answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from storage.statements import Statement, Transaction


class Double(NamedTuple):
    """One of several completed conversations of a person in a flow. `ended_at` is in milliseconds since the epoch."""

    contact: int
    conversation: int
    receipt: str
    channel: str
    ended_at: int


_FOUND = Statement("""
    SELECT v.contact_id, v.id, coalesce(v.receipt, ''), v.channel, v.ended_at FROM conversation v
    WHERE v.flow = ? AND v.status = 'completed' AND v.contact_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM conversation o
        WHERE o.contact_id = v.contact_id AND o.flow = v.flow AND o.status = 'completed' AND o.id <> v.id)
    ORDER BY v.contact_id, v.ended_at, v.id
""")
_PARTIAL = Statement("UPDATE conversation SET status = 'partial' WHERE id = ? AND status = 'completed'")


def found(tx: Transaction, flow: str) -> list[Double]:
    """Returns them, person by person, in the order in which they were completed."""
    return [Double._make(row) for row in tx.all(_FOUND, (flow,))]


def set_aside(tx: Transaction, conversations: Sequence[int]) -> None:
    """Counts these answers as partial from now on: they stay, and stand in the results no more."""
    tx.write_many(_PARTIAL, [(conversation,) for conversation in conversations])
