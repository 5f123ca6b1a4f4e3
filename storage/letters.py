"""Messages that did not go: what staff see of them, and sending them again."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from storage.claims import UNKNOWN
from storage.statements import Statement, Transaction


class Letter(NamedTuple):
    """A message that failed, was given up, or waits for the person's word. Times are milliseconds; it names nobody.

    `kept`: its text is still there, so that it can be sent again.
    """

    id: int
    channel: str
    flow: str
    status: str
    error: str
    attempts: int
    created_at: int
    kept: bool


_LISTED = text("""
    SELECT id, channel, flow, status, coalesce(error, ''), attempts, created_at, payload IS NOT NULL FROM outbox
    WHERE status IN ('waiting', 'failed', 'dead') ORDER BY id DESC LIMIT :limit
""")
_COUNTED = text("SELECT status, count(*) FROM outbox WHERE status IN ('waiting', 'failed', 'dead') GROUP BY status")
_OF = Statement("""
    SELECT o.status, coalesce(o.error, ''), o.payload IS NOT NULL, c.stopped_at IS NOT NULL
    FROM outbox o LEFT JOIN contact c ON c.id = o.contact_id WHERE o.id = ?
""")
_RESEND = """
    UPDATE outbox SET status = 'queued', due_at = ?, attempts = 0, error = NULL, accepted_at = NULL, provider_id = NULL,
        stage = NULL, stage_at = NULL
    WHERE status IN ('failed', 'dead') AND payload IS NOT NULL AND error NOT IN ('person_stopped', 'person_unreachable')
        AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.id = outbox.contact_id AND c.stopped_at IS NOT NULL) AND {which}
"""
_RESEND_ONE = Statement(_RESEND.replace("{which}", "id = ?"))
_RESEND_ALL = Statement(_RESEND.replace("{which}", "error NOT LIKE ?"))


def listed(connection: Connection, limit: int) -> list[Letter]:
    """Returns the newest so many messages that did not go."""
    rows = connection.execute(_LISTED, {"limit": limit}).all()
    return [Letter._make((*row[:7], bool(row[7]))) for row in rows]


def counted(connection: Connection) -> dict[str, int]:
    """Returns how many there are of each status."""
    return {str(row[0]): int(row[1]) for row in connection.execute(_COUNTED)}


def why_not(tx: Transaction, identifier: int) -> str:
    """Returns why that message cannot be sent again, as the last word of the text's key; empty if it can."""
    row = tx.one(_OF, (identifier,))
    if row is None:
        return "unknown"
    status, error, kept, stopped = row
    if status == "waiting":
        return "waiting"
    if status not in ("failed", "dead"):
        return "went"
    if stopped:
        return "person_stopped"
    if error in ("person_stopped", "person_unreachable"):
        return str(error)
    return "" if kept else "gone"


def resend(tx: Transaction, identifier: int, now: int) -> bool:
    """Queues that message again; returns whether it could be done."""
    return tx.run(_RESEND_ONE, (now, identifier)) == 1


def resend_all(tx: Transaction, now: int) -> int:
    """Queues again what failed and is surely not on anybody's screen; returns how many messages."""
    return tx.run(_RESEND_ALL, (now, UNKNOWN + "%"))
