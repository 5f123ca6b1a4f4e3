"""Leaving no trace of who filed something anonymous: whatever leads from it to a person goes in the transaction that files it.

The conversation with its answers is deleted, not cut off: its row would still tell when somebody wrote, and in which channel.
What came in and went out keeps only what providers need (an event that was seen, a message that was sent). On SQLite the bytes
go with the rows (`secure_delete`), and from the log once it is copied; on PostgreSQL they go with the next vacuum.
"""

from __future__ import annotations

from storage.statements import Statement, Transaction

_DAY = 86_400_000

_REFERENCES = Statement("""
    SELECT m.reference FROM media m WHERE m.conversation_id = ?
        AND NOT EXISTS (SELECT 1 FROM request_file f WHERE f.reference = m.reference)
""")
_DROP_MEDIA = Statement("DELETE FROM media WHERE reference = ?")
_REMOVE = tuple(
    Statement(text)
    for text in (
        # what was attached stays with what was filed, but not the hour at which it came
        f"""UPDATE media SET contact_id = NULL, conversation_id = NULL, created_at = created_at - created_at % {_DAY}
        WHERE conversation_id = ?""",  # noqa: S608 because it is a number of ours
        "UPDATE request SET contact_id = NULL, conversation_id = NULL WHERE conversation_id = ?",
        "UPDATE hand_over SET conversation_id = NULL WHERE conversation_id = ?",
        "DELETE FROM conflict WHERE conversation_id = ?",
        "DELETE FROM consent WHERE conversation_id = ?",
        "DELETE FROM answer WHERE conversation_id = ?",
        "DELETE FROM conversation WHERE id = ?",
    )
)
_NOTICES = Statement("DELETE FROM notice WHERE subject = ?")
_EVENT = Statement("UPDATE inbox SET raw = NULL, contact_id = NULL, conversation_id = NULL WHERE id = ?")
_LEFT = Statement("""
    SELECT 1 WHERE EXISTS (SELECT 1 FROM conversation WHERE contact_id = ?)
        OR EXISTS (SELECT 1 FROM consent WHERE contact_id = ?)
        OR EXISTS (SELECT 1 FROM request WHERE contact_id = ?)
        OR EXISTS (SELECT 1 FROM media WHERE contact_id = ?)
        OR EXISTS (SELECT 1 FROM campaign_message WHERE contact_id = ?)
        OR EXISTS (SELECT 1 FROM hand_over WHERE contact_id = ?)
        OR EXISTS (SELECT 1 FROM profile WHERE contact_id = ?)
        OR EXISTS (SELECT 1 FROM link_code WHERE contact_id = ?)
        OR EXISTS (SELECT 1 FROM staff s JOIN address a ON a.id = s.address_id WHERE a.contact_id = ?)
        OR EXISTS (SELECT 1 FROM contact WHERE id = ? AND (name IS NOT NULL OR clock_offset <> 0))
        OR (SELECT count(*) FROM address WHERE contact_id = ?) > 1
""")


def remove(tx: Transaction, conversation: int) -> tuple[str, ...]:
    """Deletes a conversation with all that is its own; returns the references of attachments whose files are to be deleted.

    What was filed in it stays, and the attachments that belong to that.
    """
    dropped = tuple(row[0] for row in tx.all(_REFERENCES, (conversation,)))
    for reference in dropped:
        tx.write(_DROP_MEDIA, (reference,))
    for statement in _REMOVE:
        tx.write(statement, (conversation,))
    tx.write(_NOTICES, (f"conversation/{conversation}",))
    return dropped


def forget_event(tx: Transaction, identifier: int) -> None:
    """Empties one event that came in, and cuts the tie to whoever sent it."""
    tx.write(_EVENT, (identifier,))


def is_known_otherwise(tx: Transaction, contact: int) -> bool:
    """Tells whether anything else is kept of that contact than messages outside any flow."""
    return tx.one(_LEFT, (contact,) * _LEFT.sqlite.count("?")) is not None
