"""Facts: what a provider told us once, and which process speaks with it where only one may."""

from __future__ import annotations

from storage.statements import Statement, Transaction

_FIND = Statement("SELECT value FROM fact WHERE name = ?")
_KEEP = Statement("""
    INSERT INTO fact (name, value, at) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at
""")
_FORGET = Statement("DELETE FROM fact WHERE name = ?")
_LEASE = Statement("""
    INSERT INTO fact (name, value, at) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at WHERE fact.value = excluded.value OR fact.at <= ?
""")
_RELEASE = Statement("DELETE FROM fact WHERE name = ? AND value = ?")


def find(tx: Transaction, name: str) -> str | None:
    """Returns the fact of that name, None if there is none."""
    row = tx.one(_FIND, (name,))
    return None if row is None else row[0]


def keep(tx: Transaction, name: str, value: str, now: int) -> None:
    """Keeps the fact in place of what that name had before. `now` is in milliseconds since the epoch."""
    tx.run(_KEEP, (name, value, now))


def forget(tx: Transaction, name: str) -> None:
    """Forgets the fact, if there is one."""
    tx.run(_FORGET, (name,))


def lease(tx: Transaction, name: str, holder: str, *, now: int, until: int) -> bool:
    """Makes `holder` the one until then, and returns True; False while somebody else is. A holder may prolong it."""
    return tx.run(_LEASE, (name, holder, until, now)) == 1


def release(tx: Transaction, name: str, holder: str) -> None:
    """Ends the lease, if it is that holder's."""
    tx.run(_RELEASE, (name, holder))
