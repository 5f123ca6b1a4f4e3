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


MOST = 1000
"""Beyond so many answered or finished cases the exact number is not looked for."""


class Counts(NamedTuple):
    """How many cases there are under each view; of those answered and finished at most `MOST` + 1, which means more."""

    due: int
    overdue: int
    waiting: int
    answered: int
    finished: int

    @property
    def all(self) -> int:
        """All of them: what is overdue or waits is due as well. More than `MOST` where any of them is."""
        return self.due + self.answered + self.finished

    def told(self, view: View) -> str:
        """Returns the number of that view as people read it: "12", or "1000+" where it was not counted further."""
        found: int = getattr(self, view)
        capped = {"answered": self.answered > MOST, "finished": self.finished > MOST}
        more = any(capped.values()) if view == "all" else capped.get(view, False)
        return f"{MOST}+" if more else str(found)


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
    """Returns how many cases each view has, with the rest of that filter.

    What is owed is counted to the last case; what is answered or finished only up to one beyond `MOST`: nobody works through
    it, and after years it would be what the page waits for.
    """
    conditions, values = _narrowed(wanted)
    owed = tx.one(
        Statement(f"""
            SELECT count(*), COALESCE(sum(CASE WHEN r.due < ? THEN 1 ELSE 0 END), 0),
                COALESCE(sum(CASE WHEN r.asked_at IS NULL THEN 0 ELSE 1 END), 0)
            FROM request r WHERE {" AND ".join([*conditions, _OWED])}
        """),  # noqa: S608 because every condition is written above
        (today.isoformat(), *values),
    )
    assert owed is not None
    told = [
        tx.one(
            Statement(f"""
                SELECT count(*) FROM (SELECT 1 FROM request r WHERE {" AND ".join([*conditions, state])} LIMIT ?) AS found
            """),  # noqa: S608 because every condition is written above
            (*values, MOST + 1),
        )
        for state in (_ANSWERED, "r.state = 'finished'")
    ]
    answered, finished = (0 if row is None else int(row[0]) for row in told)
    return Counts(int(owed[0]), int(owed[1]), int(owed[2]), answered, finished)


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
