"""The queue of the desk: which cases are to be done, the most urgent first, page by page, and how many of each there are.

A page is found by the place where the one before ended, never by counting rows past it: the last costs what the first does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from storage.statements import Statement, Transaction

View = Literal["due", "overdue", "waiting", "answered", "finished", "all"]
"""due: an answer is owed; overdue: and its printed term has passed; waiting: the person was asked to explain; answered: and not
finished yet; finished; all."""

VIEWS: tuple[View, ...] = ("due", "overdue", "waiting", "answered", "finished", "all")

_OWED = "r.state IN ('received', 'extended', 'insisted', 'escalated')"
_ANSWERED = "r.state IN ('answered', 'insistence_answered', 'escalation_answered')"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases. `scope`: a unit whose cases alone may be seen at all, None for no such bound. `unit` 0: of no unit yet.

    `officer` and `unit` None and `kind` "" leave it open.
    """

    view: View = "due"
    kind: str = ""
    unit: int | None = None
    officer: int | None = None
    scope: int | None = None


class Row(NamedTuple):
    """A line of the queue."""

    id: int
    number: str
    kind: str
    state: str
    outcome: str | None
    subject: str
    source: str
    target: date
    due: date
    unit: str
    officer_id: int | None
    officer: str
    asked: bool
    test: bool


class Counts(NamedTuple):
    """How many cases there are under each view."""

    due: int
    overdue: int
    waiting: int
    answered: int
    finished: int

    @property
    def all(self) -> int:
        """All of them: what is overdue or waits is due as well."""
        return self.due + self.answered + self.finished


Place = tuple[date, int]
"""Where a page ended: the target and the id of its last case."""


def page(tx: Transaction, wanted: Filter, today: date, *, after: Place | None = None, limit: int = 50) -> list[Row]:
    """Returns cases in the order of their target, the earliest first; what is answered or finished, the latest first."""
    conditions, values = _narrowed(wanted)
    match wanted.view:
        case "due":
            conditions.append(_OWED)
        case "overdue":
            conditions += [_OWED, "r.due < ?"]
            values.append(today.isoformat())
        case "waiting":
            conditions += [_OWED, "r.asked_at IS NOT NULL"]
        case "answered":
            conditions.append(_ANSWERED)
        case "finished":
            conditions.append("r.state = 'finished'")
        case "all":
            pass
    back = wanted.view in ("answered", "finished", "all")
    if after is not None:
        conditions.append(f"(r.target, r.id) {'<' if back else '>'} (?, ?)")
        values += [after[0].isoformat(), after[1]]
    order = "DESC" if back else "ASC"
    found = tx.all(
        Statement(f"""
            SELECT r.id, r.number, r.kind, r.state, r.outcome, r.subject, r.source, r.target, r.due,
                COALESCE(u.name, ''), r.officer_id, COALESCE(s.name, ''), r.asked_at IS NOT NULL, r.test
            FROM request r LEFT JOIN unit u ON u.id = r.unit_id LEFT JOIN staff s ON s.id = r.officer_id
            WHERE {" AND ".join(conditions) or "1 = 1"}
            ORDER BY r.target {order}, r.id {order} LIMIT ?
        """),  # noqa: S608 because every condition is written above
        (*values, limit),
    )
    return [_row(row) for row in found]


def counts(tx: Transaction, wanted: Filter, today: date) -> Counts:
    """Returns how many cases each view has, with the rest of that filter."""
    conditions, values = _narrowed(wanted)
    rows = tx.all(
        Statement(f"""
            SELECT r.state, count(*), sum(CASE WHEN r.due < ? THEN 1 ELSE 0 END),
                sum(CASE WHEN r.asked_at IS NULL THEN 0 ELSE 1 END)
            FROM request r WHERE {" AND ".join(conditions) or "1 = 1"} GROUP BY r.state
        """),  # noqa: S608 because every condition is written above
        (today.isoformat(), *values),
    )
    due = overdue = waiting = answered = finished = 0
    for state, count, late, asked in rows:
        if state == "finished":
            finished += count
        elif state in ("answered", "insistence_answered", "escalation_answered"):
            answered += count
        else:
            due, overdue, waiting = due + count, overdue + int(late), waiting + int(asked)
    return Counts(due, overdue, waiting, answered, finished)


def _narrowed(wanted: Filter) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    if wanted.scope is not None:
        conditions.append("r.unit_id = ?")
        values.append(wanted.scope)
    if wanted.unit == 0:
        conditions.append("r.unit_id IS NULL")
    elif wanted.unit is not None:
        conditions.append("r.unit_id = ?")
        values.append(wanted.unit)
    if wanted.officer is not None:
        conditions.append("r.officer_id = ?")
        values.append(wanted.officer)
    if wanted.kind:
        conditions.append("r.kind = ?")
        values.append(wanted.kind)
    return conditions, values


def _row(row: tuple[object, ...]) -> Row:
    found = Row._make(row)
    return found._replace(
        target=date.fromisoformat(str(found.target)),
        due=date.fromisoformat(str(found.due)),
        asked=bool(found.asked),
        test=bool(found.test),
    )
