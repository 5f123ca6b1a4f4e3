"""The requests of a year with their whole history, for reports: no identity, no conversation, no text that was not released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from storage.statements import Statement, Transaction

_ROWS = Statement("""
    SELECT id, number, serial, state, sequence, outcome, source, channel, form, term, due, filed_at, test, released_at,
        public_text
    FROM request WHERE series = ? AND year = ? ORDER BY serial
""")
_PAST = Statement("""
    SELECT e.request_id, e.sequence, e.kind, e.from_state, e.to_state, e.at, e.data
    FROM request r JOIN request_event e ON e.request_id = r.id WHERE r.series = ? AND r.year = ?
    ORDER BY e.request_id, e.sequence
""")
_LAST = Statement("SELECT last FROM request_series WHERE series = ? AND year = ?")
_YEARS = Statement("SELECT year FROM request_series WHERE series = ? ORDER BY year DESC")


class Line(NamedTuple):
    """A request. Times are milliseconds since the epoch, `due` an ISO date, `printed` the counting that is its term.

    `public_text` is empty where it was not released.
    """

    id: int
    number: str
    serial: int
    state: str
    sequence: int
    outcome: str | None
    source: str
    channel: str
    form: str
    printed: str
    due: str
    filed_at: int
    test: bool
    public_text: str


class Past(NamedTuple):
    """An event of a request, without what was said."""

    sequence: int
    kind: str
    from_state: str | None
    to_state: str
    at: int
    data: Mapping[str, object]


def of_year(tx: Transaction, series: str, year: int) -> tuple[list[Line], dict[int, list[Past]]]:
    """Returns the requests of that series and year by number, and the history of each by its id."""
    lines = []
    for row in tx.all(_ROWS, (series, year)):
        *rest, term, due, filed_at, test, released_at, text = row
        printed = str(orjson.loads(term).get("printed", "working"))
        lines.append(Line._make((*rest, printed, due, filed_at, bool(test), text if released_at is not None else "")))
    histories: dict[int, list[Past]] = {}
    for request, *past, data in tx.all(_PAST, (series, year)):
        histories.setdefault(request, []).append(Past._make((*past, orjson.loads(data))))
    return lines, histories


def last(tx: Transaction, series: str, year: int) -> int:
    """Returns the last number given in that series and year, 0 if none was."""
    row = tx.one(_LAST, (series, year))
    return 0 if row is None else int(row[0])


def years(tx: Transaction, series: str) -> list[int]:
    """Returns the years in which something was filed, newest first."""
    return [int(year) for (year,) in tx.all(_YEARS, (series,))]
