"""What a week's digest is counted from, and who of the staff wants none by e-mail."""

from __future__ import annotations

from typing import NamedTuple

from storage.identifiers import first_at
from storage.staff import Person, listed
from storage.statements import Statement, Transaction


class Came(NamedTuple):
    """How many conversations of residents began and were completed on a channel, in the week and in the one before."""

    flow: str
    channel: str
    started: int
    completed: int
    started_before: int
    completed_before: int


class Owed(NamedTuple):
    """A request whose answer is owed by the week's end, or was before it. `due` is ISO 8601; unit None: no unit has it yet."""

    number: str
    unit_id: int | None
    unit: str
    officer_id: int | None
    due: str


class Failures(NamedTuple):
    """What did not get through: messages of the week by channel, mails given up, events in quarantine that nobody settled."""

    messages: tuple[tuple[str, int], ...]
    mails: int
    quarantined: int


_CAME = Statement("""
    SELECT flow, channel, sum(CASE WHEN started_at >= ? AND started_at < ? THEN 1 ELSE 0 END),
        sum(CASE WHEN done_at >= ? AND done_at < ? THEN 1 ELSE 0 END),
        sum(CASE WHEN started_at >= ? AND started_at < ? THEN 1 ELSE 0 END),
        sum(CASE WHEN done_at >= ? AND done_at < ? THEN 1 ELSE 0 END)
    FROM (
        SELECT flow, channel, started_at,
            CASE WHEN receipt IS NOT NULL AND status IN ('open', 'completed') THEN coalesce(ended_at, updated_at) END AS done_at
        FROM conversation WHERE flow = ? AND NOT test
    ) one
    WHERE started_at >= ? OR done_at >= ? GROUP BY flow, channel ORDER BY channel
""")
_OWED = Statement("""
    SELECT r.number, r.unit_id, coalesce(u.name, ''), r.officer_id, r.due FROM request r LEFT JOIN unit u ON u.id = r.unit_id
    WHERE r.state IN ('received', 'extended', 'insisted', 'escalated') AND NOT r.test AND r.due <= ? ORDER BY r.due, r.id
""")
_MESSAGES = Statement("""
    SELECT channel, count(*) FROM outbox WHERE status IN ('failed', 'dead') AND coalesce(error, '') <> 'erased' AND id >= ?
    GROUP BY channel ORDER BY channel
""")
_MAILS = Statement("SELECT count(*) FROM mail WHERE status = 'dead' AND id >= ?")
_QUARANTINED = Statement("SELECT count(*) FROM quarantine WHERE settled_at IS NULL AND raw IS NOT NULL")
_OFF = Statement("SELECT staff_id FROM digest_off")
_IS_OFF = Statement("SELECT 1 FROM digest_off WHERE staff_id = ?")
_SET_OFF = Statement("INSERT INTO digest_off (staff_id, at) VALUES (?, ?) ON CONFLICT (staff_id) DO NOTHING")
_SET_ON = Statement("DELETE FROM digest_off WHERE staff_id = ?")


def came(tx: Transaction, flow: str, *, before: int, begin: int, end: int) -> list[Came]:
    """Returns what came to that flow, by channel: in the week from `begin` to `end`, and in that from `before` to `begin`."""
    this, last = (begin, end), (before, begin)
    rows = tx.all(_CAME, (*this, *this, *last, *last, flow, before, before))
    return [Came(name, channel, *map(int, counts)) for name, channel, *counts in rows]


def owed(tx: Transaction, last: str) -> list[Owed]:
    """Returns the requests whose printed term is over by the end of that day (ISO 8601), the oldest first."""
    return [Owed._make(row) for row in tx.all(_OWED, (last,))]


def failures(tx: Transaction, since: int) -> Failures:
    """Returns what did not get through since that time."""
    first = first_at(since)
    counts = [tx.one(statement, values) for statement, values in ((_MAILS, (first,)), (_QUARANTINED, ()))]
    mails, quarantined = (0 if row is None else int(row[0]) for row in counts)
    return Failures(tuple((channel, int(count)) for channel, count in tx.all(_MESSAGES, (first,))), mails, quarantined)


def wanting(tx: Transaction) -> list[Person]:
    """Returns everybody who works here, has an address, and did not say that they want none."""
    off = {row[0] for row in tx.all(_OFF)}
    return [person for person in listed(tx) if person.active and person.email and person.id not in off]


def is_off(tx: Transaction, staff: int) -> bool:
    """Tells whether that person wants none by e-mail."""
    return tx.one(_IS_OFF, (staff,)) is not None


def switch(tx: Transaction, staff: int, *, off: bool, now: int) -> None:
    """Sends that person no more digests, or sends them again."""
    if off:
        tx.run(_SET_OFF, (staff, now))
    else:
        tx.run(_SET_ON, (staff,))
