"""The rows of attachments: whose they are, and where the file lies."""

from __future__ import annotations

from bot.vocabulary import Media
from storage.statements import Statement, Transaction

_KEEP = Statement("""
    INSERT INTO media (reference, contact_id, conversation_id, kind, content_type, sha256, size, path, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (reference) DO NOTHING
""")
_FIND = Statement("SELECT content_type, size FROM media WHERE reference = ?")


def keep(tx: Transaction, media: Media, *, contact: int | None, conversation: int | None, now: int) -> None:
    """Notes an attachment whose file `Attachments.keep` put on the disk, as that contact's in that conversation.

    Of no contact is what the town hall itself sends: erasing a person does not take it.
    """
    path = f"{media.reference[:2]}/{media.reference}"
    about = (media.kind, media.content_type, media.sha256, media.size, path, now)
    tx.write(_KEEP, (media.reference, contact, conversation, *about))


def find(tx: Transaction, reference: str) -> tuple[str, int] | None:
    """Returns type and size (bytes) of a stored attachment, None if it is not there (any more)."""
    row = tx.one(_FIND, (reference,))
    return None if row is None else (row[0], row[1])
