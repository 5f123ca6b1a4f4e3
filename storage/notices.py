"""The ledger of notices and the table of recurring duties: what is owed is done once, by whoever writes the row first."""

from __future__ import annotations

from collections.abc import Sequence

from storage.statements import Statement, Transaction

_GIVE = Statement("""
    INSERT INTO notice (subject, kind, epoch, at) VALUES (?, ?, ?, ?) ON CONFLICT (subject, kind, epoch) DO NOTHING
""")
ASKED = 100
"""About how many subjects the ledger is asked at once."""

_GIVEN = Statement(f"SELECT subject, kind, epoch FROM notice WHERE subject IN ({', '.join('?' * ASKED)})")  # noqa: S608 because these are places
_ADD_DUTY = Statement("INSERT INTO duty (name, due_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING")
_TAKE_DUTY = Statement("UPDATE duty SET due_at = ? WHERE name = ? AND due_at <= ?")
_NEXT_DUTY = Statement("SELECT min(due_at) FROM duty")


def give(tx: Transaction, subject: str, kind: str, epoch: str, now: int) -> bool:
    """Enters the notice into the ledger and returns True; False if it was given before. It is queued in the same breath."""
    return tx.run(_GIVE, (subject, kind, epoch, now)) == 1


def given(tx: Transaction, subjects: Sequence[str]) -> set[tuple[str, str, str]]:
    """Returns (subject, kind, epoch) of what was given about these subjects, of which there may be at most ASKED.

    It spares asking the ledger about each; whoever gives a notice asks `give` all the same.
    """
    if not subjects:
        return set()
    places = [*subjects, *[subjects[0]] * (ASKED - len(subjects))]
    return set(tx.all(_GIVEN, places))


def add_duty(tx: Transaction, name: str, due_at: int) -> None:
    """Makes sure that the duty is in the table; one that is there keeps its time."""
    tx.write(_ADD_DUTY, (name, due_at))


def take_duty(tx: Transaction, name: str, *, now: int, then: int) -> bool:
    """Takes this run of a due duty, moves it on to `then` and returns True; False if it is not due (any more)."""
    return tx.run(_TAKE_DUTY, (then, name, now)) == 1


def next_duty(tx: Transaction) -> int | None:
    """Returns when the next duty is due, in milliseconds since the epoch; None if there is none."""
    row = tx.one(_NEXT_DUTY)
    return None if row is None else row[0]
