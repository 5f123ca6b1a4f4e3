"""Windows: when a person last wrote, and what waited for that. Some channels take free text only for a while after it."""

from __future__ import annotations

from storage.statements import Statement, Transaction

_HEARD = Statement("""
    UPDATE address SET heard_at = ? WHERE contact_id = ? AND channel = ? AND account = ? AND (heard_at IS NULL OR heard_at < ?)
""")
_LET_GO = Statement("""
    UPDATE outbox SET status = 'queued', due_at = ?, error = NULL WHERE status = 'waiting' AND error <> 'paused' AND lane IN (
        SELECT a.id FROM address a WHERE a.contact_id = ? AND a.channel = ? AND a.account = ?)
""")


def heard(tx: Transaction, contact: int, channel: str, account: str, *, at: int, now: int) -> None:
    """The person wrote at that time: their window is open, and what waited for it may go. Times are milliseconds.

    A person may be known by several identifiers (a number, and one that holds for us alone): the window is theirs, not of one.
    """
    tx.write(_HEARD, (at, contact, channel, account, at))
    tx.write(_LET_GO, (now, contact, channel, account))
