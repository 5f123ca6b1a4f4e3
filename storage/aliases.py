"""Several addresses of one person: whose they are, the missing ones added, and two contacts who turn out to be one made one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from storage import conflicts, contacts, profiles
from storage.groups import AddressKey
from storage.statements import Statement, Transaction

_WHOSE = Statement("SELECT contact_id FROM address WHERE channel = ? AND account = ? AND find_key = ?")
_ADD = Statement("""
    INSERT INTO address (id, contact_id, channel, account, find_key, identity, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (channel, account, find_key) DO NOTHING
""")
_HAVE = Statement("SELECT stopped_at FROM contact WHERE id = ?")
_MARK = Statement("""
    INSERT INTO stop_mark (channel, account, find_key, at) VALUES (?, ?, ?, ?) ON CONFLICT (channel, account, find_key) DO NOTHING
""")
_OLDER = Statement("""
    SELECT v.id, v.contact_id, v.version FROM conversation v
    WHERE v.contact_id IN (?, ?) AND v.status = 'open' AND EXISTS (
        SELECT 1 FROM conversation o WHERE o.contact_id IN (?, ?) AND o.flow = v.flow AND o.status = 'open'
        AND (o.updated_at, o.id) > (v.updated_at, v.id))
""")
_CLOSE = Statement("""
    UPDATE conversation SET status = CASE WHEN receipt IS NULL THEN 'partial' ELSE 'completed' END, ended_at = ?,
        is_current = FALSE, due_at = NULL, due_kind = NULL, due_token = NULL
    WHERE id = ?
""")
_LEAVE = Statement("""
    UPDATE conversation SET is_current = FALSE WHERE contact_id IN (?, ?) AND is_current AND EXISTS (
        SELECT 1 FROM conversation o WHERE o.contact_id IN (?, ?) AND o.is_current
        AND (o.updated_at, o.id) > (conversation.updated_at, conversation.id))
""")
_ASKED = Statement("""
    UPDATE campaign_message SET contact_id = NULL WHERE contact_id = ? AND campaign_id IN (
        SELECT campaign_id FROM campaign_message WHERE contact_id = ?)
""")
_MOVE = tuple(
    Statement(f"UPDATE {table} SET contact_id = ? WHERE contact_id = ?{more}")  # noqa: S608 because the names are those below
    for table, more in {
        "address": "", "conversation": "", "consent": "", "quarantine": "", "hand_over": "", "media": "",
        "campaign_message": "", "request": "",
        # of the logs only what may still be read: there is no index over the rest
        "inbox": " AND raw IS NOT NULL", "outbox": " AND payload IS NOT NULL",
    }.items()
)  # fmt: skip
_CALLED = Statement("""
    UPDATE hand_over SET ended_at = ?, ended_by = 'resident' WHERE contact_id = ? AND ended_at IS NULL
        AND EXISTS (SELECT 1 FROM hand_over o WHERE o.contact_id = ? AND o.ended_at IS NULL)
""")
_ATTEND = Statement("""
    UPDATE contact SET attended_id = (SELECT id FROM hand_over WHERE contact_id = ? AND ended_at IS NULL AND taken_at IS NOT NULL)
    WHERE id = ?
""")
_FORGET = Statement("DELETE FROM contact WHERE id = ?")


class Closed(NamedTuple):
    """A conversation that ended because its person holds a newer one of the same flow, and whose it was."""

    conversation: int
    contact: int
    version: str


def whose(tx: Transaction, address: AddressKey) -> int | None:
    """Returns the contact of that address, None if nobody is known there. Nothing is locked."""
    row = tx.one(_WHOSE, address)
    return None if row is None else row[0]


def add(tx: Transaction, contact: int, identifier: int, address: AddressKey, identity: bytes, *, now: int) -> bool:
    """Adds an address to a contact who is locked, and returns True; False if the address is known by now, whosever it is."""
    row = tx.one(_HAVE, (contact,))
    added = tx.run(_ADD, (identifier, contact, *address, identity, now)) == 1
    if added and row is not None and row[0] is not None:
        tx.write(_MARK, (*address, row[0]))
    return added


def unite(tx: Transaction, kept: int, gone: int, *, now: int, often: Iterable[str] = ()) -> list[Closed]:
    """Makes two contacts one, who keeps the first's language and lobby: whatever was the other's is theirs.

    Of two open conversations of one flow the older ends, as partial (as completed where it was one that is being corrected);
    those are returned, and belong to `kept` by then. Where the person is now is the one that was touched last. Whoever said stop
    under one of the names has said it. Where both had answered a flow, that is noted (`conflicts`), but for those that one may
    answer `often`.
    """
    tx.lock(kept)
    tx.lock(gone)
    stops = [row[0] for contact in (kept, gone) if (row := tx.one(_HAVE, (contact,))) is not None and row[0] is not None]
    both = (kept, gone)
    conflicts.note(tx, kept, gone, now, often)
    closed = [Closed(conversation, kept, version) for conversation, _, version in tx.all(_OLDER, (*both, *both))]
    tx.write_many(_CLOSE, [(now, one.conversation) for one in closed])
    tx.run(_LEAVE, (*both, *both))
    tx.run(_CALLED, (now, gone, kept))
    tx.run(_ASKED, (gone, kept))
    profiles.unite(tx, kept, gone)
    for move in _MOVE:
        tx.run(move, (kept, gone))
    tx.run(_ATTEND, (kept, kept))
    if stops:
        contacts.stop(tx, kept, min(stops))
    tx.write(_FORGET, (gone,))
    return closed
