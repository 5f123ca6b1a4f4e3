"""Commitments: what was promised to those who answered, where each stands, and everything that was said of it since."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from storage.answer_backs import Texts
from storage.statements import Statement, Transaction

STATES = ("pending", "in_progress", "done", "not_done", "changed")
"""Where a commitment may stand. "changed": it is still to be done, in another way or by another day."""

OPEN = ("pending", "in_progress", "changed")
"""The states in which it is still to be done."""

ENDED = ("done", "not_done")


class Commitment(NamedTuple):
    """A commitment that is public. `unit` and `officer` are the names of those who are told; `changed_at` of its last event."""

    id: int
    number: int
    answer_back_id: int
    flow: str
    about: str
    step: str
    theme: str
    heard: Texts
    what: Texts
    office: str
    unit_id: int | None
    unit: str
    officer_id: int | None
    officer: str
    due_on: str
    state: str
    sequence: int
    told_id: int | None
    promised_at: int
    changed_at: int

    def owes(self, today: str) -> bool:
        """Tells whether its day (ISO 8601) is over and nobody said what became of it."""
        return self.state in OPEN and self.due_on < today


class Event(NamedTuple):
    """What was said of it. `staff` is the name of who said it, "" at the server's terminal."""

    sequence: int
    at: int
    staff: str
    state: str
    due_on: str
    text: Texts


_SELECT = """
    SELECT c.id, c.number, c.answer_back_id, b.flow, e.about, e.step, e.theme, e.heard, c.what, c.office, c.unit_id,
        coalesce(u.name, ''), c.officer_id, coalesce(s.name, ''), c.due_on, c.state, c.sequence, c.told_id, b.public_at,
        (SELECT max(v.at) FROM commitment_event v WHERE v.commitment_id = c.id)
    FROM commitment c JOIN answer_back b ON b.id = c.answer_back_id JOIN answer_back_entry e ON e.id = c.entry_id
        LEFT JOIN unit u ON u.id = c.unit_id LEFT JOIN staff s ON s.id = c.officer_id
    WHERE b.public_at IS NOT NULL {which} ORDER BY c.due_on, c.number
"""
_ALL = Statement(_SELECT.replace("{which}", ""))
_ONE = Statement(_SELECT.replace("{which}", "AND c.number = ?"))
_TOLD_BY = Statement(_SELECT.replace("{which}", "AND c.told_id = ?"))
_OWING = Statement(_SELECT.replace("{which}", "AND c.due_on < ? AND c.state IN ('pending', 'in_progress', 'changed')"))
_EVENTS = Statement("""
    SELECT v.sequence, v.at, coalesce(s.name, ''), v.state, v.due_on, v.text
    FROM commitment_event v LEFT JOIN staff s ON s.id = v.staff_id WHERE v.commitment_id = ? ORDER BY v.sequence
""")
_MOVE = Statement("""
    UPDATE commitment SET state = ?, due_on = ?, office = ?, unit_id = ?, officer_id = ?, sequence = sequence + 1
    WHERE id = ? AND sequence = ?
""")
_SAY = Statement("""
    INSERT INTO commitment_event (commitment_id, sequence, at, staff_id, state, due_on, text) VALUES (?, ?, ?, ?, ?, ?, ?)
""")
_TELL = Statement("UPDATE commitment SET told_id = ? WHERE id = ? AND told_id IS NULL")


def listed(tx: Transaction) -> list[Commitment]:
    """Returns every commitment that is public, the one that is due first first."""
    return [_commitment(row) for row in tx.all(_ALL)]


def one(tx: Transaction, number: int) -> Commitment | None:
    """Returns the public commitment of that number."""
    row = tx.one(_ONE, (number,))
    return None if row is None else _commitment(row)


def told_by(tx: Transaction, campaign: int) -> Commitment | None:
    """Returns the commitment whose end that campaign tells, None if it is no commitment's."""
    row = tx.one(_TOLD_BY, (campaign,))
    return None if row is None else _commitment(row)


def owing(tx: Transaction, today: str) -> list[Commitment]:
    """Returns those that owe an update on that day (ISO 8601)."""
    return [_commitment(row) for row in tx.all(_OWING, (today,))]


def events(tx: Transaction, commitment: int) -> list[Event]:
    """Returns all that was said of it, the first first."""
    return [Event._make((*row[:5], orjson.loads(row[5]))) for row in tx.all(_EVENTS, (commitment,))]


def update(tx: Transaction, changed: Commitment, text: Texts, *, staff: int | None, now: int) -> bool:
    """Says of it what `changed` holds: state, day, office, unit and officer; its `sequence` is the one that was looked at.

    Returns False, and changes nothing, if something was said of it since.
    """
    moved = (changed.state, changed.due_on, changed.office, changed.unit_id, changed.officer_id, changed.id, changed.sequence)
    if tx.run(_MOVE, moved) == 0:
        return False
    said = orjson.dumps(dict(text), option=orjson.OPT_SORT_KEYS).decode()
    tx.write(_SAY, (changed.id, changed.sequence + 1, now, staff, changed.state, changed.due_on, said))
    return True


def tell(tx: Transaction, commitment: int, campaign: int) -> bool:
    """That campaign is the one by which its end is told; returns False if there is one, and this one must not be."""
    return tx.run(_TELL, (campaign, commitment)) == 1


def _commitment(row: tuple[Any, ...]) -> Commitment:
    found = Commitment._make(row)
    return found._replace(heard=orjson.loads(row[7]), what=orjson.loads(row[8]))
