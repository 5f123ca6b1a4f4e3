"""Conversations and their journal: begun, saved after each turn, ended, found again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from storage.statements import Statement, Transaction


class Kept(NamedTuple):
    """A conversation as it is loaded to go on: its state as JSON, and the address where the person wrote last."""

    id: int
    state: str
    address_id: int | None


class Due(NamedTuple):
    """A conversation whose timer has run out."""

    id: int
    kind: str
    token: int


class Waking(NamedTuple):
    """What a timer needs: the conversation, whose it is, where to reach them (channel, account, sealed identity).

    `current_id` is the conversation the person is in now, which may be another one, or None in the lobby. `writes_id` is who
    writes from that address now, of `sharers` who have it in common (0 or 1: nobody else); `marked`: somebody said stop there;
    `attended_id`: the talk in which a person of the town hall answers them.
    """

    id: int
    state: str
    due_at: int | None
    due_kind: str | None
    due_token: int | None
    prompt_id: int | None
    contact_id: int
    language: str
    test: bool
    clock_offset: int
    stopped_at: int | None
    lobby: str
    current_id: int | None
    address_id: int
    channel: str
    account: str
    identity: bytes
    find_key: bytes
    writes_id: int
    sharers: int
    marked: bool
    attended_id: int | None


class Told(NamedTuple):
    """What is known about a contact: (flow, started, journal rows) and (consent text, given, kept until), times in ms."""

    conversations: list[tuple[str, int, int]]
    consents: list[tuple[str, int, int]]


_BEGIN = Statement("""
    INSERT INTO conversation (id, contact_id, address_id, flow, version, status, is_current, state, language, channel, test,
        started_at, updated_at, due_at, due_kind, due_token, prompt_outbox_id)
    VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
""")
_SAVE = Statement("""
    UPDATE conversation SET state = ?, language = ?, updated_at = ?, due_at = ?, due_kind = ?, due_token = ?, prompt_outbox_id = ?
    WHERE id = ?
""")
_SAVE_UNTIMED = Statement("UPDATE conversation SET state = ?, language = ?, updated_at = ?, prompt_outbox_id = ? WHERE id = ?")
_ENTER = Statement("""
    UPDATE conversation SET status = 'open', ended_at = NULL, is_current = ?, address_id = ? WHERE id = ?
""")
_LEAVE = Statement("UPDATE conversation SET is_current = ? WHERE contact_id = ? AND is_current AND id <> ?")
_END = Statement("""
    UPDATE conversation SET status = ?, ended_at = ?, receipt = coalesce(?, receipt), is_current = ?,
        due_at = NULL, due_kind = NULL, due_token = NULL
    WHERE id = ?
""")
_HAND_OVER = Statement("UPDATE conversation SET handed_over_at = ? WHERE id = ?")
_OPEN = Statement("SELECT id, state, address_id FROM conversation WHERE contact_id = ? AND flow = ? AND status = 'open'")
_COMPLETED = Statement("""
    SELECT id, state, address_id FROM conversation WHERE contact_id = ? AND flow = ? AND status = 'completed'
    ORDER BY started_at DESC, id DESC LIMIT 1
""")
_ANSWER = Statement("""
    INSERT INTO answer (conversation_id, sequence, step, type, instance, raw, value, empty, reason, comment, language, channel,
        tries, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (conversation_id, sequence) DO NOTHING
""")
_CONSENT = Statement("""
    INSERT INTO consent (id, contact_id, conversation_id, name, version, language, purpose, days, given, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
""")
_CONSENTED = Statement("SELECT name, version, given FROM consent WHERE contact_id = ? ORDER BY id")
_DUE = Statement("""
    SELECT id, due_kind, due_token FROM conversation WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?
""")
_NEXT = Statement("SELECT min(due_at) FROM conversation WHERE due_at IS NOT NULL")
_WHOSE = Statement("SELECT contact_id FROM conversation WHERE id = ?")
_WAKING = Statement("""
    SELECT v.id, v.state, v.due_at, v.due_kind, v.due_token, v.prompt_outbox_id,
        c.id, c.language, c.test, c.clock_offset, c.stopped_at, c.lobby, n.id, a.id, a.channel, a.account, a.identity, a.find_key,
        a.contact_id, (SELECT count(*) FROM profile p WHERE p.address_id = a.id),
        EXISTS (SELECT 1 FROM stop_mark s WHERE s.channel = a.channel AND s.account = a.account AND s.find_key = a.find_key),
        c.attended_id
    FROM conversation v JOIN contact c ON c.id = v.contact_id JOIN address a ON a.id = v.address_id
    LEFT JOIN conversation n ON n.contact_id = c.id AND n.is_current
    WHERE v.id = ?
""")
_UNSET = Statement("""
    UPDATE conversation SET due_at = NULL, due_kind = NULL, due_token = NULL WHERE id = ? AND due_kind = ? AND due_token = ?
""")
_PUT_OFF = Statement("UPDATE conversation SET due_at = ? WHERE id = ? AND due_kind = ? AND due_token = ?")
_ANONYMOUS = (
    Statement("UPDATE conversation SET contact_id = NULL, address_id = NULL, prompt_outbox_id = NULL WHERE id = ?"),
    Statement("UPDATE consent SET contact_id = NULL WHERE conversation_id = ?"),
    Statement("UPDATE media SET contact_id = NULL WHERE conversation_id = ?"),
    # a talk with staff in the middle of it would tell whose it was
    Statement("UPDATE contact SET attended_id = NULL WHERE attended_id IN (SELECT id FROM hand_over WHERE conversation_id = ?)"),
    Statement("DELETE FROM hand_over_line WHERE hand_over_id IN (SELECT id FROM hand_over WHERE conversation_id = ?)"),
    Statement("DELETE FROM hand_over WHERE conversation_id = ?"),
)
_TOLD_CONVERSATIONS = Statement("""
    SELECT v.flow, v.started_at,
        (SELECT count(DISTINCT a.step || '/' || a.instance) FROM answer a WHERE a.conversation_id = v.id AND a.value <> 'null')
    FROM conversation v WHERE v.contact_id = ? ORDER BY v.started_at, v.id
""")
_TOLD_CONSENTS = Statement("""
    SELECT c.name, c.at, coalesce(v.ended_at, c.at) + c.days * 86400000
    FROM consent c LEFT JOIN conversation v ON v.id = c.conversation_id WHERE c.contact_id = ? AND c.given ORDER BY c.id
""")


_FORGET = Statement("DELETE FROM answer WHERE conversation_id = ? AND step = ?")


def begin(
    tx: Transaction,
    identifier: int,
    *,
    contact: int,
    address: int,
    flow: str,
    version: str,
    current: bool,
    state: str,
    language: str,
    channel: str,
    test: bool,
    now: int,
    due: tuple[int, str, int] | None,
    prompt: int | None,
) -> None:
    """Adds an open conversation. `due` is its timer (at, kind, token), `prompt` the outbox row of the prompt on the screen.

    The database refuses a second open one of that contact and flow, and a second current one of that contact.
    """
    at, kind, token = due or (None, None, None)
    person = (identifier, contact, address, flow, version, current, state, language, channel, test)
    tx.write(_BEGIN, (*person, now, now, at, kind, token, prompt))


def save(
    tx: Transaction,
    identifier: int,
    *,
    state: str,
    language: str,
    now: int,
    prompt: int | None,
    timed: bool,
    due: tuple[int, str, int] | None,
) -> None:
    """Keeps the state after a turn, and where `timed` also its timer (None: it has none any more)."""
    if timed:
        at, kind, token = due or (None, None, None)
        tx.write(_SAVE, (state, language, now, at, kind, token, prompt, identifier))
    else:
        tx.write(_SAVE_UNTIMED, (state, language, now, prompt, identifier))


def enter(tx: Transaction, identifier: int, *, address: int | None, current: bool = True) -> None:
    """The person is in this conversation from now on (again, if it was completed), writing from that address."""
    tx.write(_ENTER, (current, address, identifier))


def leave_others(tx: Transaction, contact: int, stay: int) -> None:
    """Whatever other conversation the person was in is no longer the present one; it stays open."""
    tx.write(_LEAVE, (False, contact, stay))


def end(tx: Transaction, identifier: int, *, status: str, receipt: str | None, now: int) -> None:
    """The conversation is over; a receipt once given stays."""
    tx.write(_END, (status, now, receipt or None, False, identifier))


def hand_over(tx: Transaction, identifier: int, now: int) -> None:
    """A person of the town hall is wanted in this conversation."""
    tx.write(_HAND_OVER, (now, identifier))


def find_open(tx: Transaction, contact: int, flow: str) -> Kept | None:
    """Returns the open conversation of that contact and flow."""
    row = tx.one(_OPEN, (contact, flow))
    return None if row is None else Kept._make(row)


def find_completed(tx: Transaction, contact: int, flow: str) -> Kept | None:
    """Returns the latest completed conversation of that contact and flow."""
    row = tx.one(_COMPLETED, (contact, flow))
    return None if row is None else Kept._make(row)


def record_answers(tx: Transaction, rows: Sequence[Sequence[object]]) -> None:
    """Appends rows to the journal, in the order of its columns. A row that is there already stays as it is."""
    if len(rows) == 1:
        tx.write(_ANSWER, rows[0])
    else:
        tx.write_many(_ANSWER, rows)


def record_consent(tx: Transaction, row: Sequence[object]) -> None:
    """Appends the person's word on a consent text, in the order of its columns."""
    tx.write(_CONSENT, row)


def consented(tx: Transaction, contact: int) -> tuple[str, ...]:
    """Returns the consent texts ("name@version") on which the contact's last word is yes."""
    words = {f"{name}@{version}": given for name, version, given in tx.all(_CONSENTED, (contact,))}
    return tuple(text for text, given in words.items() if given)


def find_due(tx: Transaction, now: int, limit: int = 1_000) -> list[Due]:
    """Returns conversations whose timer has run out, the longest overdue first."""
    return [Due._make(row) for row in tx.all(_DUE, (now, limit))]


def next_due(tx: Transaction) -> int | None:
    """Returns when the next timer runs out, in milliseconds since the epoch; None if none is set."""
    row = tx.one(_NEXT)
    return None if row is None else row[0]


def find_waking(tx: Transaction, identifier: int) -> Waking | None:
    """Returns what its timer needs, its contact locked before it was read; None if it has no contact or address any more."""
    whose = tx.one(_WHOSE, (identifier,))
    if whose is None or whose[0] is None:
        return None
    tx.lock(whose[0])
    row = tx.one(_WAKING, (identifier,))
    return None if row is None else Waking._make(row)


def unset_timer(tx: Transaction, due: Due) -> bool:
    """Takes the timer away and returns True, or returns False because it is no longer that one."""
    return tx.run(_UNSET, due) == 1


def put_off_timer(tx: Transaction, due: Due, until: int) -> None:
    """Lets the timer run out then, if it is still that one."""
    tx.run(_PUT_OFF, (until, due.id, due.kind, due.token))


def make_anonymous(tx: Transaction, identifier: int) -> None:
    """Cuts every tie from a conversation to its person."""
    for statement in _ANONYMOUS:
        tx.write(statement, (identifier,))


def told(tx: Transaction, contact: int) -> Told:
    """Returns what is known about a contact besides addresses, for themselves."""
    return Told(
        [(flow, started, answers) for flow, started, answers in tx.all(_TOLD_CONVERSATIONS, (contact,))],
        [(name, given, until) for name, given, until in tx.all(_TOLD_CONSENTS, (contact,))],
    )


def forget(tx: Transaction, identifier: int, steps: Iterable[str]) -> None:
    """Takes what was answered to those steps out of the journal: it is kept elsewhere, sealed, and shall not stand here."""
    for step in steps:
        tx.write(_FORGET, (identifier, step))
