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
_OF_STAFF = Statement("""
    SELECT id, status, content, attempts, error, created_at FROM mail
    WHERE staff_id = ? AND status <> 'sent' AND content IS NOT NULL ORDER BY id DESC LIMIT ?
""")
_STUCK = Statement("""
    SELECT m.id, m.status, s.name, m.attempts, m.error, m.created_at FROM mail m LEFT JOIN staff s ON s.id = m.staff_id
    WHERE m.status = 'dead' OR (m.status = 'queued' AND m.error IS NOT NULL) ORDER BY m.id DESC LIMIT ?
""")
_RETRY = Statement("""
    UPDATE mail SET status = 'queued', due_at = ?, attempts = 0, error = NULL
    WHERE id = ? AND status IN ('queued', 'dead') AND content IS NOT NULL
""")
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


class Owed(NamedTuple):
    """A mail to somebody of the staff that no server took: what it says, in clear, and when it was written (milliseconds)."""

    id: int
    status: str
    subject: str
    text: str
    created_at: int


class Stuck(NamedTuple):
    """A mail that a server refused. `staff` is the name of whom it goes to, "" for a resident; `error` what the server said."""

    id: int
    status: str
    staff: str
    attempts: int
    error: str
    created_at: int


def owed(tx: Transaction, vault: Vault, staff: int, limit: int) -> list[Owed]:
    """Returns what that person of the staff was to be told and no server took, the newest first."""
    found = []
    for identifier, status, content, _, _, at in tx.all(_OF_STAFF, (staff, limit)):
        subject, text = orjson.loads(vault.open(bytes(content), CONTENT))
        found.append(Owed(identifier, status, subject, text, at))
    return found


def stuck(tx: Transaction, limit: int) -> list[Stuck]:
    """Returns mails that were refused: given up, or to be tried again; the newest first."""
    return [
        Stuck(i, status, name or "", attempts, error or "", at)
        for i, status, name, attempts, error, at in tx.all(_STUCK, (limit,))
    ]


def retry(tx: Transaction, identifier: int, now: int) -> bool:
    """Has a refused mail tried again now; False where it was sent meanwhile, or its text is gone."""
    return tx.run(_RETRY, (now, identifier)) == 1


def empty(tx: Transaction, before: int) -> int:
    """Empties what was sent or given up and made before that id; returns how many."""
    return tx.run(_EMPTY, (before,))
