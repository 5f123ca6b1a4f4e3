"""Signed-in browsers: begun, found by the sha256 of the cookie's token, listed, ended. A row that is gone is signed out."""

from __future__ import annotations

from typing import NamedTuple

from storage import staff
from storage.staff import Person
from storage.statements import Statement, Transaction

LIFE = 12 * 3600 * 1000
"""Milliseconds after which everybody signs in anew: a working day."""

IDLE = 2 * 3600 * 1000
"""Milliseconds without a request after which a session is over: a desk that was left alone."""

NOTED = 60 * 1000
"""A session's last use is written down at most once in so many milliseconds."""

_COLUMNS = "token, staff_id, second_factor, agent, created_at, seen_at, expires_at"
_ADD = Statement(f"INSERT INTO staff_session ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)")  # noqa: S608 because the columns are those above
_FIND = Statement(f"SELECT {_COLUMNS} FROM staff_session WHERE token = ? AND expires_at > ? AND seen_at > ?")  # noqa: S608 because the columns are those above
_OF = Statement(
    f"SELECT {_COLUMNS} FROM staff_session WHERE staff_id = ? AND expires_at > ? AND seen_at > ? ORDER BY seen_at DESC"  # noqa: S608 because the columns are those above
)
_SEEN = Statement("UPDATE staff_session SET seen_at = ? WHERE token = ?")
_END = Statement("DELETE FROM staff_session WHERE token = ?")
_END_ALL = Statement("DELETE FROM staff_session WHERE staff_id = ? AND token <> ?")
_FORGET = Statement("DELETE FROM staff_session WHERE expires_at <= ?")


class Session(NamedTuple):
    """A row of `staff_session`. `second_factor` is False while the code is still awaited."""

    token: bytes
    staff_id: int
    second_factor: bool
    agent: str
    created_at: int
    seen_at: int
    expires_at: int


def begin(tx: Transaction, token: bytes, *, staff_id: int, second_factor: bool, agent: str, now: int) -> None:
    """Begins a session, and forgets those whose time is over."""
    tx.run(_FORGET, (now,))
    tx.run(_ADD, (token, staff_id, second_factor, agent, now, now, now + LIFE))


def find(tx: Transaction, token: bytes, now: int) -> tuple[Session, Person] | None:
    """Returns the session of that token with its person; None if it is none, over, or its person works here no more."""
    row = tx.one(_FIND, (token, now, now - IDLE))
    if row is None:
        return None
    session = _session(row)
    person = staff.by_id(tx, session.staff_id)
    return (session, person) if person is not None and person.active else None


def of_staff(tx: Transaction, staff_id: int, now: int) -> list[Session]:
    """Returns the sessions of that person that are not over, last used first."""
    return [_session(row) for row in tx.all(_OF, (staff_id, now, now - IDLE))]


def seen(tx: Transaction, token: bytes, now: int) -> None:
    """Notes that the session was used now."""
    tx.run(_SEEN, (now, token))


def end(tx: Transaction, token: bytes) -> None:
    """Ends that session."""
    tx.run(_END, (token,))


def end_all(tx: Transaction, staff_id: int, *, but: bytes = b"") -> int:
    """Ends every session of that person but that one, and returns how many."""
    return tx.run(_END_ALL, (staff_id, but))


def _session(row: tuple[object, ...]) -> Session:
    session = Session._make(row)
    return session._replace(token=bytes(session.token), second_factor=bool(session.second_factor))
