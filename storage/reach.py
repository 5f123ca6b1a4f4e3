"""Where a person is reached about their request, whether they are busy with something else, and how far ahead their clock is."""

from __future__ import annotations

from typing import NamedTuple

from storage.statements import Statement, Transaction


class Reach(NamedTuple):
    """An address where a person is known. `contact_id` is who writes from it now, `name` the person's own, sealed.

    `heard_at` is when somebody last wrote from there, else when it was first known.
    """

    address_id: int
    channel: str
    account: str
    identity: bytes
    heard_at: int
    contact_id: int
    name: bytes | None


_REACH = Statement("""
    SELECT a.id, a.channel, a.account, a.identity, coalesce(a.heard_at, a.created_at), a.contact_id, c.name
    FROM address a JOIN contact c ON c.id = ?
    WHERE a.contact_id = ? OR a.id IN (SELECT p.address_id FROM profile p WHERE p.contact_id = ?)
""")
_BUSY = Statement("""
    SELECT EXISTS (SELECT 1 FROM conversation WHERE contact_id = ? AND is_current)
        OR (SELECT count(*) FROM request WHERE contact_id = ? AND asked_at IS NOT NULL) > 1
""")
_OFFSET = Statement("SELECT clock_offset FROM contact WHERE id = ? AND test")


def reached(tx: Transaction, contact: int) -> list[Reach]:
    """Returns every address where that person is known."""
    return [Reach(*row) for row in tx.all(_REACH, (contact, contact, contact))]


def is_busy(tx: Transaction, contact: int) -> bool:
    """Tells whether what that person writes now may be meant for something else than the one request that asks them."""
    row = tx.one(_BUSY, (contact, contact))
    return row is not None and bool(row[0])


def clock_offset(tx: Transaction, contact: int) -> int:
    """Returns by how many milliseconds the clock of a test contact is ahead; 0 for everybody else."""
    row = tx.one(_OFFSET, (contact,))
    return 0 if row is None else row[0]
