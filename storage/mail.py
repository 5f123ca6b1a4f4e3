"""E-mails on their way out: queued in the transaction that owes them, claimed with a lease, settled one by one."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from storage.statements import Statement, Transaction
from storage.vault import Vault

CONTENT = "mail.content"
"""The context that mails are sealed for."""


class Letter(NamedTuple):
    """A mail to be sent. `attempts` counts the tries so far, this one included."""

    id: int
    to: str
    subject: str
    text: str
    attempts: int


_QUEUE = Statement("""
    INSERT INTO mail (id, staff_id, recipient, content, status, due_at, attempts, created_at)
    VALUES (?, ?, ?, ?, 'queued', ?, 0, ?)
""")
_CLAIM = Statement("""
    UPDATE mail SET status = 'sending', lease_until = ?, attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM mail WHERE (status = 'queued' AND due_at <= ?) OR (status = 'sending' AND lease_until <= ?)
        ORDER BY due_at LIMIT ? {locking})
    RETURNING id, recipient, content, attempts
""", locking="FOR UPDATE SKIP LOCKED")  # fmt: skip
_SENT = Statement("UPDATE mail SET status = 'sent', lease_until = NULL, error = NULL WHERE id = ?")
_AGAIN = Statement("UPDATE mail SET status = 'queued', lease_until = NULL, due_at = ?, error = ? WHERE id = ?")
_DEAD = Statement("UPDATE mail SET status = 'dead', lease_until = NULL, error = ? WHERE id = ?")
_COUNTS = Statement("SELECT status, count(*) FROM mail WHERE status <> 'sent' GROUP BY status")
_EMPTY = Statement("""
    UPDATE mail SET content = NULL, recipient = NULL WHERE status IN ('sent', 'dead') AND content IS NOT NULL AND id < ?
""")


def queue(
    tx: Transaction, vault: Vault, identifier: int, *, to: str, subject: str, text: str, now: int, staff: int | None = None
) -> None:
    """Queues a mail to that address."""
    content = vault.seal(orjson.dumps([subject, text]), CONTENT)
    tx.write(_QUEUE, (identifier, staff, vault.seal_identity(to), content, now, now))


def claim(tx: Transaction, vault: Vault, *, now: int, lease: int, limit: int) -> list[Letter]:
    """Claims due mails until `now + lease` (milliseconds); whoever claims late takes up what a crash left behind."""
    found = []
    for identifier, recipient, content, attempts in tx.all(_CLAIM, (now + lease, now, now, limit)):
        subject, text = orjson.loads(vault.open(bytes(content), CONTENT))
        found.append(Letter(identifier, vault.open_identity(bytes(recipient)), subject, text, attempts))
    return found


def sent(tx: Transaction, identifier: int) -> None:
    """A server took it."""
    tx.write(_SENT, (identifier,))


def again(tx: Transaction, identifier: int, *, due_at: int, error: str) -> None:
    """It shall be tried again then."""
    tx.write(_AGAIN, (due_at, error, identifier))


def dead(tx: Transaction, identifier: int, *, error: str) -> None:
    """It is given up; staff see it."""
    tx.write(_DEAD, (error, identifier))


def counts(tx: Transaction) -> dict[str, int]:
    """Returns how many mails there are of each status but "sent"."""
    return {row[0]: row[1] for row in tx.all(_COUNTS)}


def empty(tx: Transaction, before: int) -> int:
    """Empties what was sent or given up and made before that id; returns how many."""
    return tx.run(_EMPTY, (before,))
