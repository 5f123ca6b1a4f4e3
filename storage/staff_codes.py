"""Codes by which one of the staff links a chat of their own: kept by keyed hash, for a quarter of an hour, one for each."""

from __future__ import annotations

from storage.statements import Statement, Transaction

_FORGET = Statement("DELETE FROM staff_code WHERE staff_id = ? OR until < ?")
_KEEP = Statement("INSERT INTO staff_code (find_key, staff_id, until) VALUES (?, ?, ?)")
_WHOSE = Statement("""
    SELECT s.id FROM staff_code k JOIN staff s ON s.id = k.staff_id WHERE k.find_key = ? AND k.until >= ? AND s.active
""")
_DROP = Statement("DELETE FROM staff_code WHERE find_key = ?")
_LINK = Statement("UPDATE staff SET address_id = ? WHERE id = ?")
_LINKED = Statement("SELECT a.channel FROM staff s JOIN address a ON a.id = s.address_id WHERE s.id = ?")


def keep(tx: Transaction, key: bytes, staff: int, *, until: int, now: int) -> None:
    """Keeps that person's only code; codes that are too old are forgotten. Times are milliseconds since the epoch."""
    tx.run(_FORGET, (staff, now))
    tx.run(_KEEP, (key, staff, until))


def link(tx: Transaction, key: bytes, address: int, now: int) -> int | None:
    """Links that address to whoever was told the code, which is void then; returns who that is, None if it is no code."""
    row = tx.one(_WHOSE, (key, now))
    if row is None:
        return None
    tx.run(_DROP, (key,))
    tx.run(_LINK, (address, row[0]))
    return int(row[0])


def unlink(tx: Transaction, staff: int) -> None:
    """Notices no longer go to that person's chat."""
    tx.run(_LINK, (None, staff))


def channel(tx: Transaction, staff: int) -> str:
    """Returns on which channel that person's linked chat is, "" where none is linked."""
    row = tx.one(_LINKED, (staff,))
    return "" if row is None else str(row[0])
