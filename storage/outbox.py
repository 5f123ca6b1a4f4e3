"""Messages on their way out: queued in a turn's transaction, claimed with a lease, settled. What is in flight is in a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from storage.statements import Statement, Transaction

PAYLOAD = "outbox.payload"
"""The vault's context of a payload."""

REPLY, NOTICE, CAMPAIGN = 0, 1, 2
"""The priorities: what answers a person goes first."""

BY_LANE = "console"
"""The channel whose messages only their own process can show: they are claimed by lane, and by nobody who claims all."""

_CLAIMING = 7203_541_198_300_01
"""PostgreSQL's advisory lock under which one process at a time claims: two could otherwise part the messages of one lane."""


class Claimed(NamedTuple):
    """A row that is ours to send until its lease ends. `attempts` counts this one."""

    id: int
    lane: int
    priority: int
    payload: bytes
    attempts: int
    due_at: int


_QUEUE = Statement("""
    INSERT INTO outbox (id, lane, contact_id, conversation_id, channel, priority, prompt, payload, status, due_at, attempts,
        created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, 0, ?)
""")
_ALONE = Statement(f"SELECT pg_advisory_xact_lock({_CLAIMING})")
_LAPSE = "UPDATE outbox SET status = 'queued', lease_until = NULL WHERE status = 'sending' AND lease_until <= ?"
_CLAIM = """
    UPDATE outbox SET status = 'sending', lease_until = ?, attempts = attempts + 1 WHERE id IN (
        SELECT o.id FROM outbox o WHERE o.status = 'queued' AND o.priority = ? AND o.due_at <= ? AND %s AND NOT EXISTS (
            SELECT 1 FROM outbox e WHERE e.lane = o.lane AND e.id < o.id AND e.status IN ('queued', 'sending')
            AND (e.status = 'sending' OR (e.priority <= o.priority AND e.due_at > o.due_at)))
        ORDER BY o.due_at, o.id LIMIT ? {locking}
    ) RETURNING id, lane, priority, payload, attempts, due_at
"""
_LOCKING = "FOR UPDATE OF o SKIP LOCKED"
_LAPSE_ALL, _CLAIM_ALL = Statement(_LAPSE), Statement(_CLAIM % f"o.channel <> '{BY_LANE}'", locking=_LOCKING)
_LAPSE_LANE, _CLAIM_LANE = Statement(_LAPSE + " AND lane = ?"), Statement(_CLAIM % "o.lane = ?", locking=_LOCKING)
_SENT = Statement("""
    UPDATE outbox SET status = 'sent', lease_until = NULL, accepted_at = ?, provider_id = ?, error = NULL,
        payload = CASE WHEN contact_id IS NULL THEN NULL ELSE payload END,
        lane = CASE WHEN contact_id IS NULL THEN 0 ELSE lane END
    WHERE id = ? AND status = 'sending'
""")
_AGAIN = Statement("""
    UPDATE outbox SET status = 'queued', lease_until = NULL, due_at = ?, error = ? WHERE id = ? AND status = 'sending'
""")
_RELEASE = Statement("""
    UPDATE outbox SET status = 'queued', lease_until = NULL, attempts = attempts - 1 WHERE id = ? AND status = 'sending'
""")
_FAIL = Statement("""
    UPDATE outbox SET status = ?, lease_until = NULL, accepted_at = ?, error = ?,
        payload = CASE WHEN contact_id IS NULL THEN NULL ELSE payload END,
        lane = CASE WHEN contact_id IS NULL THEN 0 ELSE lane END
    WHERE id = ? AND status = 'sending'
""")
_CLOSE_LANE = Statement("""
    UPDATE outbox SET status = ?, lease_until = NULL, error = ? WHERE (lane = ? OR id = ?) AND status IN ('queued', 'sending')
""")
_WHOSE = Statement("SELECT contact_id FROM address WHERE id = ?")
_NEXT = Statement("SELECT min(due_at) FROM outbox WHERE status = 'queued' AND priority = ?")
_NEXT_LEASE = Statement("SELECT min(lease_until) FROM outbox WHERE status = 'sending'")
_CUT = Statement("""
    UPDATE outbox SET contact_id = NULL, conversation_id = NULL,
        payload = CASE WHEN status IN ('queued', 'sending') THEN payload ELSE NULL END,
        lane = CASE WHEN status IN ('queued', 'sending') THEN lane ELSE 0 END
    WHERE contact_id = ? AND conversation_id = ? AND payload IS NOT NULL
""")


def queue(tx: Transaction, rows: Sequence[Sequence[object]]) -> None:
    """Queues messages: rows of (id, lane, contact, conversation, channel, priority, prompt, sealed payload, due_at, now)."""
    if len(rows) == 1:
        tx.write(_QUEUE, rows[0])
    else:
        tx.write_many(_QUEUE, rows)


def claim(tx: Transaction, *, now: int, until: int, limit: int, lane: int | None = None) -> list[Claimed]:
    """Takes up to `limit` rows that may go now, urgent ones first, and returns them in the order in which each lane's must go.

    A row waits while an earlier one of its lane is in flight or put off. Rows whose lease ran out are taken again.
    Without `lane` those of every channel but BY_LANE; with it those of that lane alone, and no lease but its own is looked at:
    who plays a console may have a clock of their own.
    """
    if tx.dialect == "postgresql":
        tx.all(_ALONE)
    ours = () if lane is None else (lane,)
    tx.run(_LAPSE_ALL if lane is None else _LAPSE_LANE, (now, *ours))
    claimed: list[Claimed] = []
    for priority in (REPLY, NOTICE, CAMPAIGN):
        if limit > len(claimed):
            asked = (until, priority, now, *ours, limit - len(claimed))
            claimed += [Claimed._make(row) for row in tx.all(_CLAIM_ALL if lane is None else _CLAIM_LANE, asked)]
    return sorted(claimed, key=lambda row: (row.priority, row.id))


def sent(tx: Transaction, identifier: int, *, at: int, provider_id: str) -> None:
    """The provider took it. Where it no longer belongs to anybody (erased, anonymous) its text goes at once."""
    tx.write(_SENT, (at, provider_id or None, identifier))


def again(tx: Transaction, identifier: int, *, due_at: int, error: str) -> None:
    """It shall be tried again at that time."""
    tx.write(_AGAIN, (due_at, error, identifier))


def release(tx: Transaction, identifier: int) -> None:
    """It was claimed but not tried: as before."""
    tx.write(_RELEASE, (identifier,))


def fail(tx: Transaction, identifier: int, *, status: str, error: str, accepted_at: int | None = None) -> None:
    """It will not be tried again: "failed" by the provider's word, "dead" by ours. `accepted_at` if it was perhaps delivered."""
    tx.write(_FAIL, (status, accepted_at, error, identifier))


def whose_lane(tx: Transaction, lane: int) -> int | None:
    """Returns the contact at the end of that lane, None where it has none (any more)."""
    row = tx.one(_WHOSE, (lane,))
    return None if row is None else row[0]


def close_lane(tx: Transaction, lane: int, identifier: int, *, status: str, error: str) -> None:
    """Nothing more goes to that address: neither this row nor what waits behind it."""
    tx.write(_CLOSE_LANE, (status, error, lane, identifier))


def next_due(tx: Transaction) -> int | None:
    """Returns when the next row may go or a lease ends, in milliseconds since the epoch; None if nothing waits."""
    found = [tx.one(_NEXT, (priority,)) for priority in (REPLY, NOTICE, CAMPAIGN)]
    found.append(tx.one(_NEXT_LEASE))
    times = [row[0] for row in found if row is not None and row[0] is not None]
    return min(times) if times else None


def cut_off(tx: Transaction, contact: int, conversation: int) -> None:
    """Cuts the tie from messages to person and conversation: what was sent is emptied now, what waits when it was sent."""
    tx.write(_CUT, (contact, conversation))
