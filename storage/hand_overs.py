"""Talks in which a person of the town hall answers: who wants one, who took it, what was written, and how it ended."""

from __future__ import annotations

from typing import Literal, NamedTuple

from storage.statements import Statement, Transaction

CONTENT = "hand_over.content"
"""The vault's context of what was written."""

EndedBy = Literal["staff", "resident"]

_WANT = Statement("""
    INSERT INTO hand_over (id, contact_id, conversation_id, address_id, reason, wanted_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (contact_id) WHERE ended_at IS NULL DO NOTHING
""")
_COLUMNS = """
    SELECT h.id, h.contact_id, h.conversation_id, h.address_id, h.reason, h.wanted_at, h.staff_id, s.name, h.taken_at, h.ended_at,
        h.ended_by, c.language, c.test, a.channel, a.account, a.find_key, a.identity, a.heard_at, v.flow, v.version, v.status
    FROM hand_over h JOIN contact c ON c.id = h.contact_id JOIN address a ON a.id = h.address_id
    LEFT JOIN conversation v ON v.id = h.conversation_id LEFT JOIN staff s ON s.id = h.staff_id
"""
_OPEN = Statement(_COLUMNS + "WHERE h.ended_at IS NULL ORDER BY h.wanted_at, h.id")
_ENDED = Statement(_COLUMNS + "WHERE h.ended_at IS NOT NULL ORDER BY h.ended_at DESC, h.id DESC LIMIT ?")
_ONE = Statement(_COLUMNS + "WHERE h.id = ?")
_TAKE = Statement("""
    UPDATE hand_over SET staff_id = ?, taken_at = coalesce(taken_at, ?)
    WHERE id = ? AND ended_at IS NULL AND coalesce(staff_id, 0) = ?
""")
_END = Statement("UPDATE hand_over SET ended_at = ?, ended_by = ? WHERE id = ? AND ended_at IS NULL")
_ATTEND = Statement("UPDATE contact SET attended_id = ? WHERE id = (SELECT contact_id FROM hand_over WHERE id = ?)")
_SAY = Statement("INSERT INTO hand_over_line (id, hand_over_id, staff_id, content, outbox_id, at) VALUES (?, ?, ?, ?, ?, ?)")
_LINES = Statement("""
    SELECT l.id, l.staff_id, s.name, l.content, l.at, o.status, o.error
    FROM hand_over_line l LEFT JOIN staff s ON s.id = l.staff_id LEFT JOIN outbox o ON o.id = l.outbox_id
    WHERE l.hand_over_id = ? ORDER BY l.id
""")
_LINE = Statement("SELECT content FROM hand_over_line WHERE id = ? AND hand_over_id = ?")
_WROTE = Statement("""
    SELECT id, channel, account, event, received_at, raw FROM inbox
    WHERE contact_id = ? AND coalesce(conversation_id, 0) = ? AND raw IS NOT NULL AND received_at BETWEEN ? AND ?
    ORDER BY id DESC LIMIT ?
""")
_GOT = Statement("""
    SELECT id, created_at, payload FROM outbox
    WHERE contact_id = ? AND coalesce(conversation_id, 0) = ? AND payload IS NOT NULL AND created_at BETWEEN ? AND ?
    ORDER BY id DESC LIMIT ?
""")
_ANSWERS = Statement("""
    SELECT step, type, instance, raw, value, empty FROM answer WHERE conversation_id = ? ORDER BY sequence
""")
_WAITING = Statement("SELECT count(*) FROM hand_over WHERE ended_at IS NULL AND taken_at IS NULL")


class HandOver(NamedTuple):
    """A row of `hand_over` with what is known of its person (never who they are: `identity` is sealed) and conversation.

    `staff` is the name of whoever has it, "" for nobody. Times are milliseconds since the epoch.
    """

    id: int
    contact_id: int
    conversation_id: int | None
    address_id: int
    reason: str
    wanted_at: int
    staff_id: int | None
    staff: str
    taken_at: int | None
    ended_at: int | None
    ended_by: EndedBy | None
    language: str
    test: bool
    channel: str
    account: str
    find_key: bytes
    identity: bytes
    heard_at: int | None
    flow: str | None
    version: str | None
    status: str | None


class Line(NamedTuple):
    """Something that was written since it was taken: by the person (`staff_id` None), or by staff.

    `content` is sealed, None once it was emptied. `status` and `error` are those of the outbox, None for the person's.
    """

    id: int
    staff_id: int | None
    staff: str
    content: bytes | None
    at: int
    status: str | None
    error: str | None


class Wrote(NamedTuple):
    """What the person wrote before: an event as the channel brought it, sealed."""

    id: int
    channel: str
    account: str
    event: str
    received_at: int
    raw: bytes


class Got(NamedTuple):
    """What we wrote before, sealed."""

    id: int
    at: int
    payload: bytes


class Answered(NamedTuple):
    """A row of the journal. `value` is JSON."""

    step: str
    type: str
    instance: str
    raw: str
    value: str
    empty: str | None


def want(
    tx: Transaction, identifier: int, *, contact: int, conversation: int | None, address: int, reason: str, now: int
) -> bool:
    """That person wants somebody; False where they wait for somebody, or talk with them, already."""
    return tx.run(_WANT, (identifier, contact, conversation, address, reason, now)) == 1


def open_ones(tx: Transaction) -> list[HandOver]:
    """Returns those that wait and those that were taken, who waits longest first."""
    return [_hand_over(row) for row in tx.all(_OPEN)]


def ended(tx: Transaction, limit: int) -> list[HandOver]:
    """Returns those that ended last."""
    return [_hand_over(row) for row in tx.all(_ENDED, (limit,))]


def waiting(tx: Transaction) -> int:
    """Returns how many wait for somebody."""
    row = tx.one(_WAITING)
    return 0 if row is None else int(row[0])


def load(tx: Transaction, identifier: int) -> HandOver | None:
    """Returns that one, None where there is none (any more)."""
    row = tx.one(_ONE, (identifier,))
    return None if row is None else _hand_over(row)


def take(tx: Transaction, identifier: int, *, staff: int, instead_of: int | None, now: int) -> bool:
    """Gives it to one of the staff, from now on the bot is silent; False if it is over, or not with `instead_of` any more."""
    if tx.run(_TAKE, (staff, now, identifier, instead_of or 0)) == 0:
        return False
    tx.run(_ATTEND, (identifier, identifier))
    return True


def end(tx: Transaction, identifier: int, *, by: EndedBy, now: int) -> bool:
    """It is over, and the bot answers again; False if it was over already."""
    if tx.run(_END, (now, by, identifier)) == 0:
        return False
    tx.run(_ATTEND, (None, identifier))
    return True


def say(
    tx: Transaction, identifier: int, hand_over: int, *, staff: int | None, content: bytes, now: int, outbox: int | None = None
) -> None:
    """Keeps something that was written. `content` is sealed for CONTENT."""
    tx.run(_SAY, (identifier, hand_over, staff, content, outbox, now))


def lines(tx: Transaction, hand_over: int) -> list[Line]:
    """Returns what was written since it was taken, in order."""
    return [
        Line(identifier, staff, name or "", None if content is None else bytes(content), *rest)
        for identifier, staff, name, content, *rest in tx.all(_LINES, (hand_over,))
    ]


def line(tx: Transaction, hand_over: int, identifier: int) -> bytes | None:
    """Returns the sealed content of one line of that talk, None where there is none (any more)."""
    row = tx.one(_LINE, (identifier, hand_over))
    return None if row is None or row[0] is None else bytes(row[0])


def wrote(tx: Transaction, of: HandOver, *, since: int, until: int, limit: int) -> list[Wrote]:
    """Returns the last that the person wrote in that conversation (or outside any) in that time, in order."""
    rows = tx.all(_WROTE, (of.contact_id, of.conversation_id or 0, since, until, limit))
    return [Wrote._make(row) for row in reversed(rows)]


def got(tx: Transaction, of: HandOver, *, since: int, until: int, limit: int) -> list[Got]:
    """Returns the last that we wrote to them there in that time, in order."""
    rows = tx.all(_GOT, (of.contact_id, of.conversation_id or 0, since, until, limit))
    return [Got._make(row) for row in reversed(rows)]


def answers(tx: Transaction, conversation: int) -> list[Answered]:
    """Returns the journal of that conversation."""
    return [Answered._make(row) for row in tx.all(_ANSWERS, (conversation,))]


def _hand_over(row: tuple[object, ...]) -> HandOver:
    found = HandOver._make(row)
    return found._replace(
        staff=found.staff or "", test=bool(found.test), find_key=bytes(found.find_key), identity=bytes(found.identity)
    )
