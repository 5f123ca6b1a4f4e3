"""Requests and their history: read and written by number, by state and date; every change is an event, in the same breath."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

import orjson

from bot.engine.answers.stemming import stems
from storage import request_words
from storage.statements import Statement, Transaction

COLUMNS = (
    "id", "number", "series", "year", "serial", "kind", "state", "sequence", "outcome", "source", "channel", "language",
    "contact_id", "conversation_id", "code", "identity", "subject", "text", "period", "form", "notify", "place", "unit_id",
    "officer_id", "epoch", "from_day", "working_due", "calendar_due", "due", "target", "term", "asked_at", "overdue_at",
    "answered_at", "finished_at", "verdict", "merged_into_id", "public_text", "public_answer", "released_at", "test", "filed_at",
    "updated_at",
)  # fmt: skip


class Case(NamedTuple):
    """A row of `request`, as `storage/request_tables.py` describes it; days are dates, `term` is as `json` reads it."""

    id: int
    number: str
    series: str
    year: int
    serial: int
    kind: str
    state: str
    sequence: int
    outcome: str | None
    source: str
    channel: str
    language: str
    contact_id: int | None
    conversation_id: int | None
    code: bytes
    identity: bytes | None
    subject: str
    text: str
    period: str
    form: str
    notify: str
    place: str
    unit_id: int | None
    officer_id: int | None
    epoch: int
    from_day: date
    working_due: date
    calendar_due: date
    due: date
    target: date
    term: Mapping[str, object]
    asked_at: int | None
    overdue_at: int | None
    answered_at: int | None
    finished_at: int | None
    verdict: str | None
    merged_into_id: int | None
    public_text: str
    public_answer: str
    released_at: int | None
    test: bool
    filed_at: int
    updated_at: int


class Event(NamedTuple):
    """A row of `request_event`; `data` is as `json` reads it."""

    request_id: int
    sequence: int
    kind: str
    from_state: str | None
    to_state: str
    at: int
    doer: str
    staff_id: int | None
    visible: bool
    text: str
    data: Mapping[str, object]


class File(NamedTuple):
    """A file of a request, with what `media` knows of it. `sequence` is the event that brought it."""

    id: int
    sequence: int
    reference: str
    name: str
    side: str
    released: bool
    content_type: str
    size: int
    sha256: str


_DAYS = tuple(COLUMNS.index(name) for name in ("from_day", "working_due", "calendar_due", "due", "target"))
_TERM = COLUMNS.index("term")
_CODE, _IDENTITY = COLUMNS.index("code"), COLUMNS.index("identity")
_BOOLEANS = (COLUMNS.index("test"),)

_ALL = ", ".join(f"r.{name}" for name in COLUMNS)
_NUMBER = Statement("""
    INSERT INTO request_series (series, year, last) VALUES (?, ?, 1)
    ON CONFLICT (series, year) DO UPDATE SET last = request_series.last + 1 RETURNING last
""")
_ADD = Statement(f"INSERT INTO request ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})")  # noqa: S608 because the columns are those above
_EVENT = Statement("""
    INSERT INTO request_event
        (request_id, sequence, previous, kind, from_state, to_state, at, doer, staff_id, visible, text, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
""")
_LOAD = Statement(f"SELECT {_ALL} FROM request r WHERE r.id = ? {{locking}}", locking="FOR UPDATE")  # noqa: S608 because the columns are those above
_BY_NUMBER = Statement("SELECT id FROM request WHERE number = ?")
_BY_CODE = Statement("SELECT id FROM request WHERE code = ?")
_OF_CONTACT = Statement(f"SELECT {_ALL} FROM request r WHERE r.contact_id = ? ORDER BY r.filed_at DESC, r.id DESC LIMIT ?")  # noqa: S608 because the columns are those above
_ASKED = Statement(
    f"SELECT {_ALL} FROM request r WHERE r.contact_id = ? AND r.asked_at IS NOT NULL {{locking}}",  # noqa: S608 because the columns are those above
    locking="FOR UPDATE",
)
_EVENTS = Statement("""
    SELECT request_id, sequence, kind, from_state, to_state, at, doer, staff_id, visible, text, data FROM request_event
    WHERE request_id = ? ORDER BY sequence
""")
_FILE = Statement("""
    INSERT INTO request_file (id, request_id, sequence, reference, name, side, released) VALUES (?, ?, ?, ?, ?, ?, FALSE)
""")
_FILES = Statement("""
    SELECT f.id, f.sequence, f.reference, f.name, f.side, f.released, m.content_type, m.size, m.sha256
    FROM request_file f JOIN media m ON m.reference = f.reference WHERE f.request_id = ? ORDER BY f.sequence, f.id
""")
_WITHHOLD_FILES = Statement("UPDATE request_file SET released = FALSE WHERE request_id = ?")
_RELEASE_FILE = Statement("UPDATE request_file SET released = TRUE WHERE request_id = ? AND id = ?")
_OWED = Statement(
    f"""
    SELECT {_ALL} FROM request r WHERE r.state IN ('received', 'extended', 'insisted', 'escalated') AND r.id > ?
    ORDER BY r.id LIMIT ? {{locking}}
    """,  # noqa: S608 because the columns are those above
    locking="FOR UPDATE",
)
_ANSWERED = Statement(
    f"""
    SELECT {_ALL} FROM request r WHERE r.answered_at IS NOT NULL AND r.finished_at IS NULL AND r.id > ?
    ORDER BY r.id LIMIT ? {{locking}}
    """,  # noqa: S608 because the columns are those above
    locking="FOR UPDATE",
)
_CHANGEABLE = frozenset(COLUMNS) - {"id", "number", "series", "year", "serial", "kind", "code", "filed_at", "sequence", "state"}


def number(tx: Transaction, series: str, year: int) -> int:
    """Returns the next number of the series in that year. Without gaps: it is given back if the transaction is undone."""
    row = tx.one(_NUMBER, (series, year))
    assert row is not None
    last: int = row[0]
    return last


def add(tx: Transaction, case: Case, event: Event) -> None:
    """Writes a new request with its first event."""
    _write_event(tx, event)
    tx.run(_ADD, _row(case))
    request_words.put(tx, case.id, stems(case.text))


def change(tx: Transaction, case: Case, event: Event, **changes: object) -> Case:
    """Writes an event and, in the same breath, the columns that it changes; returns the request as it is then.

    `case` must have been loaded in this transaction. Raises KeyError for a column that nothing may change.
    """
    if unknown := changes.keys() - _CHANGEABLE:
        raise KeyError(", ".join(sorted(unknown)))
    _write_event(tx, event)
    changed = case._replace(state=event.to_state, sequence=event.sequence, updated_at=event.at, **changes)  # type: ignore[arg-type]  # because the names were checked above
    names = ["state", "sequence", "updated_at", *(name for name in changes if name != "updated_at")]
    values = dict(zip(COLUMNS, _row(changed), strict=True))
    sql = f"UPDATE request SET {', '.join(f'{name} = ?' for name in names)} WHERE id = ?"  # noqa: S608 because the names were checked above
    tx.run(Statement(sql), (*(values[name] for name in names), case.id))
    if event.to_state == "finished":
        request_words.drop(tx, case.id)
    return changed


def load(tx: Transaction, identifier: int) -> Case | None:
    """Returns the request as it stands, locked until the commit; None if there is none."""
    row = tx.one(_LOAD, (identifier,))
    return None if row is None else case_of(row)


def by_number(tx: Transaction, wanted: str) -> Case | None:
    """Returns the request of that number ("SAIP-2026-14"), locked; None if there is none."""
    row = tx.one(_BY_NUMBER, (wanted,))
    return None if row is None else load(tx, row[0])


def by_code(tx: Transaction, code: bytes) -> Case | None:
    """Returns the request that this keyed hash of a code opens, locked; None if there is none."""
    row = tx.one(_BY_CODE, (code,))
    return None if row is None else load(tx, row[0])


def of_contact(tx: Transaction, contact: int, limit: int = 50) -> list[Case]:
    """Returns the requests of that person, newest first."""
    return [case_of(row) for row in tx.all(_OF_CONTACT, (contact, limit))]


def asked(tx: Transaction, contact: int) -> list[Case]:
    """Returns the requests about which that person was asked to explain something and has not yet; locked."""
    return [case_of(row) for row in tx.all(_ASKED, (contact,))]


def events(tx: Transaction, identifier: int) -> list[Event]:
    """Returns the whole history, oldest first."""
    return [_event(row) for row in tx.all(_EVENTS, (identifier,))]


def attach(tx: Transaction, identifier: int, *, request: int, sequence: int, reference: str, name: str, side: str) -> None:
    """Notes that a stored attachment belongs to that event."""
    tx.write(_FILE, (identifier, request, sequence, reference, name, side))


def files(tx: Transaction, identifier: int) -> list[File]:
    """Returns the files of that request, in the order they came."""
    return [File._make((*row[:5], bool(row[5]), *row[6:])) for row in tx.all(_FILES, (identifier,))]


def release_files(tx: Transaction, identifier: int, released: Iterable[int]) -> None:
    """Makes these files of that request public, and no others of it."""
    tx.write(_WITHHOLD_FILES, (identifier,))
    for file in released:
        tx.write(_RELEASE_FILE, (identifier, file))


def owed(tx: Transaction, *, after: int, limit: int) -> list[Case]:
    """Returns requests whose answer is owed, by id, from the one after `after` on; locked."""
    return [case_of(row) for row in tx.all(_OWED, (after, limit))]


def answered(tx: Transaction, *, after: int, limit: int) -> list[Case]:
    """Returns requests that were answered and are not finished, by id, from the one after `after` on; locked."""
    return [case_of(row) for row in tx.all(_ANSWERED, (after, limit))]


def _write_event(tx: Transaction, event: Event) -> None:
    previous = event.sequence - 1 if event.sequence else None
    row = (event.request_id, event.sequence, previous, event.kind, event.from_state, event.to_state, event.at, event.doer)
    tx.run(_EVENT, (*row, event.staff_id, event.visible, event.text, orjson.dumps(event.data).decode()))


def _row(case: Case) -> tuple[object, ...]:
    row: list[object] = list(case)
    for place in _DAYS:
        row[place] = getattr(case, COLUMNS[place]).isoformat()
    row[_TERM] = orjson.dumps(case.term).decode()
    return tuple(row)


def case_of(row: tuple[object, ...]) -> Case:
    """Returns the request of a row that has the columns of `COLUMNS`, in their order."""
    values = list(row)
    for place in _DAYS:
        values[place] = date.fromisoformat(str(values[place]))
    values[_TERM] = orjson.loads(str(values[_TERM]))
    for place in _BOOLEANS:
        values[place] = bool(values[place])
    for place in (_CODE, _IDENTITY):
        held = values[place]
        values[place] = None if held is None else bytes(held)  # type: ignore[call-overload]  # because drivers give bytes or a view
    return Case._make(values)


def _event(row: tuple[object, ...]) -> Event:
    *rest, visible, text, data = row
    return Event._make((*rest, bool(visible), text, orjson.loads(str(data))))
