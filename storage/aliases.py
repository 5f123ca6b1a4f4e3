"""Several addresses of one person: whose they are, the missing ones added, and two contacts who turn out to be one made one."""

from __future__ import annotations

from storage import contacts
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
_CLOSE = Statement("""
    UPDATE conversation SET status = 'partial', ended_at = ?, is_current = FALSE, due_at = NULL, due_kind = NULL, due_token = NULL
    WHERE contact_id IN (?, ?) AND status = 'open' AND EXISTS (
        SELECT 1 FROM conversation o WHERE o.contact_id IN (?, ?) AND o.flow = conversation.flow AND o.status = 'open'
        AND (o.updated_at, o.id) > (conversation.updated_at, conversation.id))
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
        "address": "", "conversation": "", "consent": "", "quarantine": "", "media": "", "campaign_message": "",
        # of the logs only what may still be read: there is no index over the rest
        "inbox": " AND raw IS NOT NULL", "outbox": " AND payload IS NOT NULL",
    }.items()
)  # fmt: skip
_FORGET = Statement("DELETE FROM contact WHERE id = ?")


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


def unite(tx: Transaction, kept: int, gone: int, *, now: int) -> None:
    """Makes two contacts one, who keeps the first's language and lobby: whatever was the other's is theirs.

    Of two open conversations of one flow the older ends as partial; where the person is now is the one that was touched last;
    whoever said stop under one of the names has said it.
    """
    tx.lock(kept)
    tx.lock(gone)
    stops = [row[0] for contact in (kept, gone) if (row := tx.one(_HAVE, (contact,))) is not None and row[0] is not None]
    both = (kept, gone)
    tx.run(_CLOSE, (now, *both, *both))
    tx.run(_LEAVE, (*both, *both))
    tx.run(_ASKED, (gone, kept))
    for move in _MOVE:
        tx.run(move, (kept, gone))
    if stops:
        contacts.stop(tx, kept, min(stops))
    tx.write(_FORGET, (gone,))
