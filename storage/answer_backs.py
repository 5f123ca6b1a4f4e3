"""What is answered back to those who answered a flow: written with a count of its changes, so that nothing is overwritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from storage.statements import Statement, Transaction

Texts = Mapping[str, str]
"""A text by language; a language that has none is left out."""


class AnswerBack(NamedTuple):
    """A row of `answer_back`; `updated` is the name of who changed it last. Times are milliseconds since the epoch."""

    id: int
    flow: str
    heading: Texts
    place: str
    told: tuple[str, ...]
    version: int
    public_at: int | None
    campaign_id: int | None
    updated_at: int
    updated_by: int
    updated: str
    results: str | None


class Promise(NamedTuple):
    """The commitment of an entry, as it was written."""

    id: int
    number: int
    what: Texts
    office: str
    unit_id: int | None
    officer_id: int | None
    due_on: str
    state: str


class Entry(NamedTuple):
    """A row of `answer_back_entry`, with its commitment if there is one."""

    id: int
    position: int
    about: str
    step: str
    theme: str
    heard: Texts
    declined: Texts
    promise: Promise | None


class Said(NamedTuple):
    """What staff say in an entry: `due_on` is "" where nothing is promised, and then `what` is empty."""

    about: str
    step: str
    theme: str
    heard: Texts
    declined: Texts
    what: Texts
    office: str
    unit_id: int | None
    officer_id: int | None
    due_on: str


_COLUMNS = """b.id, b.flow, b.heading, b.place, b.told, b.version, b.public_at, b.campaign_id, b.updated_at, b.updated_by, s.name,
    b.results
    FROM answer_back b JOIN staff s ON s.id = b.updated_by"""
_OF_FLOW = Statement("SELECT {columns} WHERE b.flow = ?".replace("{columns}", _COLUMNS))
_OF_CAMPAIGN = Statement("SELECT {columns} WHERE b.campaign_id = ?".replace("{columns}", _COLUMNS))
_BY_ID = Statement("SELECT {columns} WHERE b.id = ?".replace("{columns}", _COLUMNS))
_PUBLIC = Statement("SELECT {columns} WHERE b.public_at IS NOT NULL ORDER BY b.public_at DESC".replace("{columns}", _COLUMNS))
_ADD = Statement("""
    INSERT INTO answer_back (id, flow, heading, place, told, version, created_at, updated_at, updated_by)
    VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?) ON CONFLICT (flow) DO NOTHING
""")
_TOUCH = Statement("UPDATE answer_back SET version = version + 1, updated_at = ?, updated_by = ? WHERE id = ? AND version = ?")
_HEAD = Statement("UPDATE answer_back SET heading = ?, place = ?, told = ? WHERE id = ?")
_PUBLISH = Statement("UPDATE answer_back SET public_at = ? WHERE id = ? AND public_at IS NULL")
_SEND = Statement("UPDATE answer_back SET campaign_id = ?, results = ? WHERE id = ? AND campaign_id IS NULL")
_ENTRIES = Statement("""
    SELECT e.id, e.position, e.about, e.step, e.theme, e.heard, e.declined,
        c.id, c.number, c.what, c.office, c.unit_id, c.officer_id, c.due_on, c.state
    FROM answer_back_entry e LEFT JOIN commitment c ON c.entry_id = e.id WHERE e.answer_back_id = ? ORDER BY e.position, e.id
""")
_ADD_ENTRY = Statement("""
    INSERT INTO answer_back_entry (id, answer_back_id, position, about, step, theme, heard, declined)
    SELECT ?, ?, coalesce(max(position), 0) + 1, ?, ?, ?, ?, ? FROM answer_back_entry WHERE answer_back_id = ?
""")
_CHANGE_ENTRY = Statement("""
    UPDATE answer_back_entry SET about = ?, step = ?, theme = ?, heard = ?, declined = ? WHERE id = ? AND answer_back_id = ?
""")
_DROP_ENTRY = (
    Statement("DELETE FROM commitment WHERE entry_id = ? AND sequence = 0"),
    Statement("DELETE FROM answer_back_entry WHERE id = ? AND answer_back_id = ?"),
)
_NUMBERS = Statement("SELECT pg_advisory_xact_lock(7203541198300021)")
_PROMISE = Statement("""
    INSERT INTO commitment (id, number, answer_back_id, entry_id, what, office, unit_id, officer_id, due_on, state, sequence)
    SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, ?, 'pending', 0 FROM commitment
""")
_CHANGE_PROMISE = Statement("""
    UPDATE commitment SET what = ?, office = ?, unit_id = ?, officer_id = ?, due_on = ? WHERE entry_id = ? AND sequence = 0
""")
_DROP_PROMISE = Statement("DELETE FROM commitment WHERE entry_id = ? AND sequence = 0")
_BEGIN = (
    Statement("""
        INSERT INTO commitment_event (commitment_id, sequence, at, staff_id, state, due_on, text)
        SELECT id, 1, ?, ?, 'pending', due_on, '{}' FROM commitment WHERE answer_back_id = ? AND sequence = 0
    """),
    Statement("UPDATE commitment SET sequence = 1 WHERE answer_back_id = ? AND sequence = 0"),
)


_PLACES = Statement("""
    SELECT v.contact_id, a.value, a.empty FROM conversation v JOIN answer a ON a.conversation_id = v.id
    WHERE v.contact_id BETWEEN ? AND ? AND v.flow = ? AND a.step = ? ORDER BY v.started_at, v.id, a.sequence
""")


def places(tx: Transaction, flow: str, step: str, contacts: Sequence[int]) -> dict[int, str]:
    """Returns the last word of each of these people on the flow's question of that step, as far as it is a choice."""
    found: dict[int, str] = {}
    wanted = set(contacts)
    for contact, value, empty in tx.all(_PLACES, (min(contacts), max(contacts), flow, step)) if contacts else ():
        read = None if empty is not None else orjson.loads(value)
        if isinstance(read, str) and contact in wanted:
            found[contact] = read
        else:
            found.pop(contact, None)
    return found


def of_flow(tx: Transaction, flow: str) -> AnswerBack | None:
    """Returns what is written for that flow, None if nothing is yet."""
    return _answer(tx.one(_OF_FLOW, (flow,)))


def of_campaign(tx: Transaction, campaign: int) -> AnswerBack | None:
    """Returns what that campaign sends, None if it is no answer's."""
    return _answer(tx.one(_OF_CAMPAIGN, (campaign,)))


def by_id(tx: Transaction, identifier: int) -> AnswerBack | None:
    """Returns that one."""
    return _answer(tx.one(_BY_ID, (identifier,)))


def public(tx: Transaction) -> list[AnswerBack]:
    """Returns what anybody can read, the newest first."""
    return [found for row in tx.all(_PUBLIC) if (found := _answer(row)) is not None]


def entries(tx: Transaction, answer: int) -> list[Entry]:
    """Returns its entries in their order."""
    return [_entry(row) for row in tx.all(_ENTRIES, (answer,))]


def add(
    tx: Transaction, identifier: int, flow: str, *, heading: Texts, place: str, told: Sequence[str], staff: int, now: int
) -> bool:
    """Begins one for that flow; returns False if somebody has done so."""
    return tx.run(_ADD, (identifier, flow, _dump(heading), place, _list(told), now, now, staff)) == 1


def touch(tx: Transaction, answer: int, expected: int, *, staff: int, now: int) -> bool:
    """Counts a change; returns False, and the caller changes nothing, if it stands at another version than `expected`."""
    return tx.run(_TOUCH, (now, staff, answer, expected)) == 1


def change(tx: Transaction, answer: int, *, heading: Texts, place: str, told: Sequence[str]) -> None:
    """Keeps what stands above the entries, and which results each person gets."""
    tx.write(_HEAD, (_dump(heading), place, _list(told), answer))


def say(tx: Transaction, answer: int, entry: int | None, said: Said, make: Any) -> int:
    """Adds an entry (None), or says it anew; returns its id. `make` makes ids. What is public is not to be said anew."""
    texts = (said.about, said.step, said.theme, _dump(said.heard), _dump(said.declined))
    if entry is None:
        entry = int(make())
        tx.write(_ADD_ENTRY, (entry, answer, *texts, answer))
    else:
        tx.write(_CHANGE_ENTRY, (*texts, entry, answer))
    if not said.due_on:
        tx.write(_DROP_PROMISE, (entry,))
        return entry
    promised = (_dump(said.what), said.office, said.unit_id, said.officer_id, said.due_on)
    if tx.run(_CHANGE_PROMISE, (*promised, entry)) == 0:
        if tx.dialect == "postgresql":
            tx.all(_NUMBERS)
        tx.run(_PROMISE, (int(make()), answer, entry, *promised))
    return entry


def drop(tx: Transaction, answer: int, entry: int) -> None:
    """Takes an entry out again, before it is public."""
    tx.write(_DROP_ENTRY[0], (entry,))
    tx.write(_DROP_ENTRY[1], (entry, answer))


def publish(tx: Transaction, answer: int, *, staff: int | None, now: int) -> bool:
    """Lets anybody read it from now on; the history of its commitments begins. Returns False if it was public."""
    if tx.run(_PUBLISH, (now, answer)) == 0:
        return False
    tx.write(_BEGIN[0], (now, staff, answer))
    tx.write(_BEGIN[1], (answer,))
    return True


def send(tx: Transaction, answer: int, campaign: int, results: str | None) -> bool:
    """That campaign is the one by which it is sent, with these results; returns False if there is one: then this must not be."""
    return tx.run(_SEND, (campaign, results, answer)) == 1


def _answer(row: tuple[Any, ...] | None) -> AnswerBack | None:
    if row is None:
        return None
    found = AnswerBack._make(row)
    return found._replace(heading=orjson.loads(row[2]), told=tuple(orjson.loads(row[4])))


def _entry(row: tuple[Any, ...]) -> Entry:
    identifier, position, about, step, theme, heard, declined, promise, number, what, *rest = row
    promised = None if promise is None else Promise(promise, number, orjson.loads(what), *rest)
    return Entry(identifier, position, about, step, theme, orjson.loads(heard), orjson.loads(declined), promised)


def _dump(texts: Texts) -> str:
    return orjson.dumps(dict(texts), option=orjson.OPT_SORT_KEYS).decode()


def _list(names: Sequence[str]) -> str:
    return orjson.dumps(list(names)).decode()
