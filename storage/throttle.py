"""How often something guessable was tried: counted, held back, forgotten."""

from __future__ import annotations

from storage.statements import Statement, Transaction

_LOOK = Statement("SELECT tries, since_at FROM throttle WHERE key = ? AND since_at > ?")
_TRY = Statement("""
    INSERT INTO throttle (key, tries, since_at) VALUES (?, 1, ?)
    ON CONFLICT (key) DO UPDATE SET
        tries = CASE WHEN throttle.since_at <= ? THEN 1 ELSE throttle.tries + 1 END,
        since_at = CASE WHEN throttle.since_at <= ? THEN excluded.since_at ELSE throttle.since_at END
""")
_CLEAR = Statement("DELETE FROM throttle WHERE key = ?")
_FORGET = Statement("DELETE FROM throttle WHERE since_at <= ?")


def wait(tx: Transaction, key: str, now: int, *, limit: int, window: int) -> int:
    """Returns for how many milliseconds nothing more is tried under that key; 0 while fewer than `limit` were in the window."""
    row = tx.one(_LOOK, (key, now - window))
    if row is None or row[0] < limit:
        return 0
    return int(row[1]) + window - now


def tried(tx: Transaction, key: str, now: int, *, window: int) -> None:
    """Counts one try. The window begins with the first one."""
    tx.run(_TRY, (key, now, now - window, now - window))


def clear(tx: Transaction, key: str) -> None:
    """Forgets the tries of that key: the right word was given."""
    tx.run(_CLEAR, (key,))


def forget(tx: Transaction, before: int) -> int:
    """Forgets all tries whose window began before then, and returns how many keys that were."""
    return tx.run(_FORGET, (before,))
