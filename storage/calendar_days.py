"""The table of days that the municipality edits: days off and days worked that no rule can know."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from storage.statements import Statement, Transaction

_ALL = Statement("SELECT day, place, works, name, reference FROM calendar_day ORDER BY day, place")
_SET = Statement("""
    INSERT INTO calendar_day (day, place, works, name, reference, staff_id, added_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, place) DO UPDATE SET works = excluded.works, name = excluded.name, reference = excluded.reference,
        staff_id = excluded.staff_id, added_at = excluded.added_at
""")
_DROP = Statement("DELETE FROM calendar_day WHERE day = ? AND place = ?")


class Line(NamedTuple):
    """A line of the table. `place` is a canton's key, empty for the whole country; `works`: worked against the rule."""

    day: date
    place: str
    works: bool
    name: str
    reference: str


def lines(tx: Transaction) -> list[Line]:
    """Returns the table, by day."""
    return [Line(date.fromisoformat(day), place, bool(works), *rest) for day, place, works, *rest in tx.all(_ALL)]


def put(tx: Transaction, line: Line, *, staff: int | None, now: int) -> None:
    """Enters a line, or changes the one of that day and place."""
    tx.run(_SET, (line.day.isoformat(), line.place, line.works, line.name, line.reference, staff, now))


def drop(tx: Transaction, day: date, place: str) -> bool:
    """Takes a line out and returns whether it was there."""
    return tx.run(_DROP, (day.isoformat(), place)) == 1
