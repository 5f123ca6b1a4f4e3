"""Contacts and their addresses: found by a keyed hash, locked, then loaded together with where the person is."""

from __future__ import annotations

from typing import NamedTuple

from storage.groups import AddressKey
from storage.statements import Statement, Transaction


class Found(NamedTuple):
    """A contact as a turn needs it: who, on which address, and the conversation the person is in, if any.

    Times are milliseconds since the epoch. `state` is the present conversation's (None: in the lobby, whose state is `lobby`).
    `prompt_*` tell about the outbox row of the prompt on the screen, all None where there is none; `prompt_tried_at` is when it
    was handed over to the provider, None where it is known not to be there. `prompt_here`: it went to this very address;
    `prompt_number` is then what the provider calls it. `attended_id` is the talk in which a person of the town hall answers them.
    """

    address_id: int
    contact_id: int
    language: str
    test: bool
    clock_offset: int
    stopped_at: int | None
    lobby: str
    conversation_id: int | None
    state: str | None
    conversation_address_id: int | None
    prompt_id: int | None
    prompt_status: str | None
    prompt_accepted_at: int | None
    prompt_created_at: int | None
    prompt_tried_at: int | None
    prompt_here: bool
    prompt_number: str | None
    attended_id: int | None


FIND = Statement("""
    SELECT a.id, c.id, c.language, c.test, c.clock_offset, c.stopped_at, c.lobby, v.id, v.state, v.address_id,
        o.id, o.status, o.accepted_at, o.created_at,
        CASE WHEN o.status IN ('sending', 'sent') OR o.error = 'lapsed' OR o.error LIKE 'fate_unknown%' THEN o.tried_at END,
        coalesce(o.lane = a.id, FALSE), CASE WHEN o.lane = a.id THEN o.provider_id END,
        c.attended_id
    FROM address a JOIN contact c ON c.id = a.contact_id
    LEFT JOIN conversation v ON v.contact_id = c.id AND v.is_current
    LEFT JOIN outbox o ON o.id = CASE WHEN v.id IS NULL THEN c.lobby_prompt_id ELSE v.prompt_outbox_id END
    WHERE a.channel = ? AND a.account = ? AND a.find_key = ?
""")
"""What `find` asks, by an address: whoever will call it may have it asked ahead."""

_ADD_CONTACT = Statement("""
    INSERT INTO contact (id, language, test, clock_offset, lobby, stopped_at, created_at) VALUES (?, ?, ?, 0, ?, ?, ?)
""")
_ADD_ADDRESS = Statement("""
    INSERT INTO address (id, contact_id, channel, account, find_key, identity, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (channel, account, find_key) DO NOTHING
""")
_DROP_CONTACT = Statement("DELETE FROM contact WHERE id = ?")
_LOBBY = Statement("UPDATE contact SET lobby = ?, lobby_prompt_id = ? WHERE id = ?")
_LANGUAGE = Statement("UPDATE contact SET language = ? WHERE id = ?")
_STOP = Statement("UPDATE contact SET stopped_at = ? WHERE id = ?")
_TOGETHER = Statement("""
    SELECT p.contact_id FROM profile p WHERE p.address_id = ? AND p.contact_id <> ?
        AND NOT EXISTS (SELECT 1 FROM address a WHERE a.contact_id = p.contact_id AND a.id <> p.address_id)
        AND NOT EXISTS (SELECT 1 FROM profile o WHERE o.contact_id = p.contact_id AND o.address_id <> p.address_id)
    ORDER BY p.contact_id
""")
# an address that others share is theirs as well: it is marked when the word is said there
_OWN = """a.contact_id = ? AND (a.id = ?
    OR NOT EXISTS (SELECT 1 FROM profile p WHERE p.address_id = a.id AND p.contact_id <> a.contact_id))"""
_MARK = Statement(f"""
    INSERT INTO stop_mark (channel, account, find_key, at)
    SELECT a.channel, a.account, a.find_key, ? FROM address a WHERE {_OWN}
    ON CONFLICT (channel, account, find_key) DO NOTHING
""")  # noqa: S608 because the condition is the one above
_UNINVITE = Statement("""
    UPDATE outbox SET status = 'failed', error = 'person_stopped'
    WHERE contact_id = ? AND payload IS NOT NULL AND priority = 2 AND status IN ('queued', 'waiting')
""")
_UNINVITE_LANE = Statement("""
    UPDATE outbox SET status = 'failed', error = 'person_stopped'
    WHERE contact_id IN (SELECT contact_id FROM profile WHERE address_id = ?) AND lane = ?
        AND payload IS NOT NULL AND priority = 2 AND status IN ('queued', 'waiting')
""")
_UNMARK = Statement(f"""
    DELETE FROM stop_mark WHERE EXISTS (
        SELECT 1 FROM address a WHERE {_OWN}
        AND a.channel = stop_mark.channel AND a.account = stop_mark.account AND a.find_key = stop_mark.find_key)
""")  # noqa: S608 because the condition is the one above
_MARKED = Statement("SELECT at FROM stop_mark WHERE channel = ? AND account = ? AND find_key = ?")
_OFFSET = Statement("SELECT clock_offset FROM contact WHERE id = ? AND test")
_MOVE = Statement("UPDATE contact SET clock_offset = ? WHERE id = ?")
_SHIFT = Statement("UPDATE conversation SET due_at = due_at - ? WHERE contact_id = ? AND due_at IS NOT NULL")
_ADDRESSES = Statement("""
    SELECT count(*) FROM (
        SELECT id FROM address WHERE contact_id = ? UNION SELECT address_id FROM profile WHERE contact_id = ?) AS known
""")


def find(tx: Transaction, address: AddressKey) -> Found | None:
    """Returns the contact of that address, locked before it was read; None if nobody is known there.

    A wait for the lock may have shown rows as they were before it; and the address may have been linked to another contact
    meanwhile: so what was read before the lock was held is read again.
    """
    while True:
        row = tx.one(FIND, address)
        if row is None or not tx.lock(row[1]):
            return None if row is None else Found._make(row)


def add(
    tx: Transaction,
    *,
    contact: int,
    address_id: int,
    address: AddressKey,
    identity: bytes,
    language: str,
    test: bool,
    lobby: str,
    stopped_at: int | None,
    now: int,
) -> bool:
    """Adds a contact with its first address and returns True; False, leaving nothing, if that address is known by now."""
    tx.write(_ADD_CONTACT, (contact, language, test, lobby, stopped_at, now))
    if tx.run(_ADD_ADDRESS, (address_id, contact, *address, identity, now)) == 1:
        return True
    tx.write(_DROP_CONTACT, (contact,))
    return False


def add_person(tx: Transaction, contact: int, *, language: str, test: bool, lobby: str, stopped_at: int | None, now: int) -> None:
    """Adds a contact without an address: one who shares another's (`profiles`)."""
    tx.run(_ADD_CONTACT, (contact, language, test, lobby, stopped_at, now))


def stop_marked(tx: Transaction, address: AddressKey) -> int | None:
    """Returns when the person at this address said stop, also where the contact was erased since; None if they did not."""
    row = tx.one(_MARKED, address)
    return None if row is None else row[0]


def save_lobby(tx: Transaction, contact: int, lobby: str, prompt_id: int | None) -> None:
    """Keeps the state outside any flow."""
    tx.write(_LOBBY, (lobby, prompt_id, contact))


def set_language(tx: Transaction, contact: int, language: str) -> None:
    """Keeps the person's language."""
    tx.write(_LANGUAGE, (language, contact))


def stop(tx: Transaction, contact: int, now: int, *, address: int | None = None) -> None:
    """The person wants no surveys, reminders or campaigns: kept with the contact, and by keyed hash beyond its erasure.

    What campaigns have queued for them is not sent any more. Where the word was said at an `address` that several share it is the
    phone's word, as it is to a carrier: whoever is known nowhere else has said it, too, and nothing goes there for the others.
    """
    for person in (contact, *_together(tx, contact, address)):
        tx.write(_STOP, (now, person))
        tx.write(_MARK, (now, person, address))
        tx.write(_UNINVITE, (person,))
    if address is not None:
        tx.write(_UNINVITE_LANE, (address, address))


def resume(tx: Transaction, contact: int, *, address: int | None = None) -> None:
    """The person opted in again, and with them those for whom they stopped at that address."""
    for person in (contact, *_together(tx, contact, address)):
        tx.write(_STOP, (None, person))
        tx.write(_UNMARK, (person, address))


def _together(tx: Transaction, contact: int, address: int | None) -> list[int]:
    return [] if address is None else [other for (other,) in tx.all(_TOGETHER, (address, contact))]


def move_clock(tx: Transaction, contact: int, by: int) -> int:
    """Moves the clock of a test contact by milliseconds, forward or back, and returns its offset now.

    What is due for this contact is kept in real time, so it moves the other way. Raises LookupError for all but test contacts.
    """
    row = tx.one(_OFFSET, (contact,))
    if row is None:
        raise LookupError("only a test contact has a clock of its own")
    offset: int = row[0] + by
    tx.write(_MOVE, (offset, contact))
    tx.write(_SHIFT, (by, contact))
    return offset


def addresses(tx: Transaction, contact: int) -> int:
    """Returns at how many addresses the contact is known, also where others write now."""
    row = tx.one(_ADDRESSES, (contact, contact))
    return row[0] if row else 0
