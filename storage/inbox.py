"""What came in: each event once and for ever, and what could not be handled."""

from __future__ import annotations

from storage.statements import Statement, Transaction

RAW = "inbox.raw"
"""The vault's context of a raw event."""

QUARANTINED = "quarantine.raw"
"""The vault's context of a raw event in quarantine."""

_ADMIT = Statement("""
    INSERT INTO inbox (id, channel, account, event, contact_id, conversation_id, received_at, raw)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel, account, event) DO NOTHING
""")
_BELONGS = Statement("UPDATE inbox SET contact_id = ?, conversation_id = ? WHERE id = ?")
_QUARANTINE = Statement("""
    INSERT INTO quarantine (id, channel, account, event, find_key, contact_id, error, raw, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
""")
_EMPTY = Statement("""
    UPDATE inbox SET raw = NULL, contact_id = NULL, conversation_id = NULL
    WHERE contact_id = ? AND conversation_id = ? AND raw IS NOT NULL
""")


def admit(
    tx: Transaction,
    identifier: int,
    channel: str,
    account: str,
    event: str,
    *,
    contact: int | None,
    conversation: int | None,
    received_at: int,
    raw: bytes | None,
) -> bool:
    """Records the event and returns True, or returns False because it was seen before. `raw` is sealed for RAW."""
    return tx.run(_ADMIT, (identifier, channel, account, event, contact, conversation, received_at, raw)) == 1


def belongs(tx: Transaction, identifier: int, contact: int, conversation: int | None) -> None:
    """Notes whose the admitted event turned out to be."""
    tx.write(_BELONGS, (contact, conversation, identifier))


def quarantine(
    tx: Transaction,
    identifier: int,
    channel: str,
    account: str,
    event: str,
    *,
    find_key: bytes | None,
    contact: int | None,
    error: str,
    raw: bytes | None,
    at: int,
) -> None:
    """Keeps an event that could not be handled for staff. `error` is the class of the error; `raw` is sealed for QUARANTINED."""
    tx.write(_QUARANTINE, (identifier, channel, account, event, find_key, contact, error, raw, at))


def empty(tx: Transaction, contact: int, conversation: int) -> None:
    """Empties what this contact wrote in that conversation, and cuts the tie to both: its answers stay in the journal alone."""
    tx.write(_EMPTY, (contact, conversation))


__all__ = ["QUARANTINED", "RAW", "admit", "belongs", "empty", "quarantine"]
