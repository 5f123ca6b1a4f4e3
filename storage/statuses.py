"""What providers say later about messages: it only moves forward, however often and in whatever order it is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from storage.statements import Statement, Transaction

_KEEP = 600_000
"""Milliseconds for which a word about a message that is not known is kept: the writing down of its sending may be on its way."""


class Told(NamedTuple):
    """A message that a status is about."""

    id: int
    lane: int
    contact: int | None
    attempts: int
    status: str


class Early(NamedTuple):
    """A status that came before the sending of its message was written down."""

    channel: str
    provider_id: str
    stage: str
    at: int
    error: str


_RANKS = {"queued": 0, "sent": 1, "delivered": 2, "failed": 2, "read": 3}
"""Which stage comes after which: of the two ways to arrive, the first that is told holds."""
_RANK = "CASE stage" + "".join(f" WHEN '{stage}' THEN {rank}" for stage, rank in _RANKS.items()) + " ELSE -1 END"
_OF = Statement("SELECT contact_id FROM outbox WHERE channel = ? AND provider_id = ? ORDER BY id")
_MOVE = Statement(
    """
    UPDATE outbox SET stage = ?, stage_at = ?,
        status = CASE WHEN ? = 'read' AND status = 'failed' THEN 'sent' ELSE status END
    WHERE channel = ? AND provider_id = ? AND {here} < ?
    RETURNING id, lane, contact_id, attempts, status
""".replace("{here}", _RANK)
)
_NEWER = Statement("""
    SELECT 1 FROM outbox
    WHERE contact_id = ? AND payload IS NOT NULL AND lane = ? AND id > ? AND accepted_at IS NOT NULL LIMIT 1
""")
_REOPEN = Statement("""
    UPDATE outbox SET status = 'sending', lease_until = ?, accepted_at = NULL
    WHERE id = ? AND status IN ('sent', 'waiting') AND payload IS NOT NULL
""")
_FAIL = Statement("UPDATE outbox SET status = ?, error = ? WHERE id = ? AND status IN ('sent', 'waiting')")
_NOT_OPENED = Statement("UPDATE address SET opened_at = NULL WHERE id = ?")
_EARLY = Statement("""
    INSERT INTO early_status (channel, provider_id, stage, at, error, heard_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (channel, provider_id, stage) DO NOTHING
""")
_FORGET = Statement("DELETE FROM early_status WHERE heard_at < ?")
_RIPE = Statement("""
    SELECT e.channel, e.provider_id, e.stage, e.at, e.error FROM early_status e WHERE EXISTS (
        SELECT 1 FROM outbox o WHERE o.channel = e.channel AND o.provider_id = e.provider_id)
    ORDER BY e.heard_at
""")
_DROP = Statement("DELETE FROM early_status WHERE channel = ? AND provider_id = ? AND stage = ?")


def owners(tx: Transaction, channel: str, provider_id: str) -> list[int | None]:
    """Returns the contacts of the messages that the provider calls so; empty where none is known (yet)."""
    return [row[0] for row in tx.all(_OF, (channel, provider_id))]


def move(tx: Transaction, channel: str, provider_id: str, *, stage: str, at: int) -> list[Told]:
    """Moves the messages on to that stage, and returns those that moved: none went back, none stands where it was."""
    return [Told(*row) for row in tx.all(_MOVE, (stage, at, stage, channel, provider_id, _RANKS[stage]))]


def newest(tx: Transaction, told: Told) -> bool:
    """Tells whether nothing was sent to that person after this message."""
    return told.contact is None or tx.one(_NEWER, (told.contact, told.lane, told.id)) is None


def reopen(tx: Transaction, told: Told, until: int) -> bool:
    """Takes a message that failed after it was accepted in hand again, so that it is settled as if its sending had failed.

    Returns False where that cannot be: its text is gone. A template that failed is as if it had never asked.
    """
    if told.status == "waiting":
        tx.write(_NOT_OPENED, (told.lane,))
    return tx.run(_REOPEN, (until, told.id)) == 1


def fail(tx: Transaction, told: Told, *, status: str, error: str) -> None:
    """It failed after all, and cannot be sent again."""
    tx.write(_FAIL, (status, error, told.id))


def keep_early(tx: Transaction, early: Early, now: int) -> None:
    """Keeps a word about a message that nobody knows, for a while."""
    tx.write(_EARLY, (*early, now))
    tx.write(_FORGET, (now - _KEEP,))


def ripe(tx: Transaction) -> Sequence[Early]:
    """Returns the words that came early and whose messages are known by now."""
    return [Early(*row) for row in tx.all(_RIPE)]


def drop(tx: Transaction, early: Early) -> None:
    """Forgets a word that was applied."""
    tx.write(_DROP, early[:3])
