"""The audit log: who did or saw what at the desk. Only ever appended to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from storage.statements import Statement, Transaction

_ADD = Statement("INSERT INTO audit (id, at, staff_id, action, subject, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)")
_PAGE = """
    SELECT a.id, a.at, a.staff_id, s.name, a.action, a.subject, a.before, a.after
    FROM audit a LEFT JOIN staff s ON s.id = a.staff_id WHERE a.id < ? {} ORDER BY a.id DESC LIMIT ?
"""
_ALL = Statement(_PAGE.format(""))
_OF_STAFF = Statement(_PAGE.format("AND a.staff_id = ?"))
_OF_SUBJECT = Statement(_PAGE.format("AND a.subject = ?"))
_OF_BOTH = Statement(_PAGE.format("AND a.staff_id = ? AND a.subject = ?"))

LAST = (1 << 63) - 1
"""An id beyond all others: where the newest page begins."""


class Line(NamedTuple):
    """A line of the log. `staff_id` None: done at the server's terminal. `before`, `after` say what changed, empty for a look."""

    id: int
    at: int
    staff_id: int | None
    name: str
    action: str
    subject: str
    before: Mapping[str, object]
    after: Mapping[str, object]


def write(
    tx: Transaction,
    identifier: int,
    *,
    at: int,
    staff_id: int | None,
    action: str,
    subject: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Writes a line, in the transaction of what it tells of. Nothing secret goes in: no identity, password or token."""
    texts = ("" if not told else orjson.dumps(told, default=str).decode() for told in (before, after))
    tx.run(_ADD, (identifier, at, staff_id, action, subject, *texts))


def page(tx: Transaction, *, before: int = LAST, limit: int = 100, staff_id: int | None = None, subject: str = "") -> list[Line]:
    """Returns lines older than that one, newest first: all, or those of a person, about a subject, or both."""
    match staff_id, subject:
        case None, "":
            rows = tx.all(_ALL, (before, limit))
        case None, _:
            rows = tx.all(_OF_SUBJECT, (before, subject, limit))
        case _, "":
            rows = tx.all(_OF_STAFF, (before, staff_id, limit))
        case _:
            rows = tx.all(_OF_BOTH, (before, staff_id, subject, limit))
    return [_line(row) for row in rows]


def _line(row: tuple[object, ...]) -> Line:
    *rest, before, after = row
    told = [orjson.loads(str(text)) if text else {} for text in (before, after)]
    line = Line._make((*rest, *told))
    return line._replace(name=line.name or "")
