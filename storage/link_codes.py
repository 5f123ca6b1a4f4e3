"""Codes by which a person links another channel of theirs: kept by keyed hash, for a quarter of an hour, one for each person."""

from __future__ import annotations

from storage.statements import Statement, Transaction

_KEEP = Statement("INSERT INTO link_code (find_key, contact_id, until) VALUES (?, ?, ?)")
_FORGET = Statement("DELETE FROM link_code WHERE contact_id = ? OR until < ?")
_WHOSE = Statement("""
    SELECT c.id FROM link_code l JOIN contact c ON c.id = l.contact_id WHERE l.find_key = ? AND l.until >= ? AND c.test = ?
""")
_DROP = Statement("DELETE FROM link_code WHERE find_key = ?")


def keep(tx: Transaction, key: bytes, contact: int, *, until: int, now: int) -> None:
    """Keeps that person's only code; codes that are too old are forgotten. Times are milliseconds since the epoch."""
    tx.run(_FORGET, (contact, now))
    tx.run(_KEEP, (key, contact, until))


def whose(tx: Transaction, key: bytes, *, test: bool, now: int) -> int | None:
    """Returns the contact who was told that code, if it still holds and they are a test contact or not, as asked."""
    row = tx.one(_WHOSE, (key, now, test))
    return None if row is None else row[0]


def drop(tx: Transaction, key: bytes) -> None:
    """That code was used."""
    tx.run(_DROP, (key,))
