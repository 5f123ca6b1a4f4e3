"""Several persons on one phone: whose an address is, who of them writes from it now, and by which name each is called.

`address.contact_id` is who writes now; `profile` has a row for each of them as soon as they are several. So whoever has a phone
to themselves costs nothing, and what finds a contact by an address finds the one who writes.
"""

from __future__ import annotations

from typing import NamedTuple

from storage.groups import AddressKey
from storage.statements import Statement, Transaction

MOST = 8
"""Persons on one address: a large household, or a table of a workshop. Each is a contact, so there must be an end."""


class Profile(NamedTuple):
    """One of those who share an address. `name` is sealed, None where they gave none; `current`: they write from it now."""

    contact: int
    number: int
    name: bytes | None
    current: bool


_THERE = Statement("""
    SELECT c.id, p.number, c.name, a.contact_id = c.id
    FROM address a JOIN profile p ON p.address_id = a.id JOIN contact c ON c.id = p.contact_id
    WHERE a.id = ? ORDER BY p.number
""")
_ALONE = Statement("SELECT c.id, 1, c.name FROM address a JOIN contact c ON c.id = a.contact_id WHERE a.id = ?")
_FIRST = Statement("INSERT INTO profile (address_id, contact_id, number) SELECT id, contact_id, 1 FROM address WHERE id = ?")
_ADD = Statement("INSERT INTO profile (address_id, contact_id, number) VALUES (?, ?, ?)")
_ENTER = Statement("UPDATE address SET contact_id = ? WHERE id = ? AND contact_id = ?")
_NAME = Statement("UPDATE contact SET name = ? WHERE id = ?")
_CLOCK = Statement("UPDATE contact SET clock_offset = ? WHERE id = ?")
_OF_PROMPT = Statement("""
    SELECT p.contact_id FROM profile p JOIN outbox o ON o.contact_id = p.contact_id AND o.payload IS NOT NULL
    WHERE p.address_id = ? AND p.contact_id <> ? AND o.lane = ? AND o.prompt = ? ORDER BY o.id DESC LIMIT 1
""")
_LATEST = Statement("SELECT state FROM conversation WHERE contact_id = ? ORDER BY updated_at DESC, id DESC LIMIT 1")
_SHARED_WITH = Statement("SELECT 1 FROM profile WHERE address_id = ? AND contact_id = ?")
_ELSEWHERE = Statement("""
    SELECT 1 WHERE EXISTS (SELECT 1 FROM address WHERE contact_id = ? AND id <> ?)
        OR EXISTS (SELECT 1 FROM profile WHERE contact_id = ? AND address_id <> ?)
""")
# who wrote there last of those that stay is not known: the first of them is as good as any, and is told
_HEIR = Statement("""
    UPDATE address SET contact_id = (
        SELECT p.contact_id FROM profile p WHERE p.address_id = address.id AND p.contact_id <> ? ORDER BY p.number LIMIT 1)
    WHERE contact_id = ? AND EXISTS (SELECT 1 FROM profile p WHERE p.address_id = address.id AND p.contact_id <> ?)
""")
_LEAVE = Statement("DELETE FROM profile WHERE contact_id = ?")
_LEAVE_ONE = Statement("DELETE FROM profile WHERE contact_id = ? AND address_id = ?")
_FOLLOW = (
    Statement("""
        INSERT INTO profile (address_id, contact_id, number)
        SELECT a.id, p.contact_id, p.number FROM profile p JOIN address a ON a.channel = ? AND a.account = ? AND a.find_key = ?
        WHERE p.address_id = ? AND a.id <> p.address_id ON CONFLICT DO NOTHING
    """),
    Statement("""
        UPDATE address SET contact_id = (SELECT l.contact_id FROM address l WHERE l.id = ?)
        WHERE channel = ? AND account = ? AND find_key = ?
    """),
)
_MOVE = (
    Statement("""
        DELETE FROM profile WHERE contact_id = ? AND EXISTS (
            SELECT 1 FROM profile k WHERE k.address_id = profile.address_id AND k.contact_id = ?)
    """),
    Statement("UPDATE profile SET contact_id = ? WHERE contact_id = ?"),
    Statement("UPDATE contact SET name = coalesce(name, (SELECT g.name FROM contact g WHERE g.id = ?)) WHERE id = ?"),
)


def there(tx: Transaction, address: int) -> list[Profile]:
    """Returns who shares that address, in the order in which they came; one who has it alone is the only one."""
    rows = tx.all(_THERE, (address,))
    if not rows:
        rows = [(*row, True) for row in tx.all(_ALONE, (address,))]
    return [Profile(contact, number, name, bool(current)) for contact, number, name, current in rows]


def add(tx: Transaction, address: int, contact: int, number: int, *, before: int) -> None:
    """Adds a contact, who exists, to those who share an address; it was `before` of them, whom it had alone if that is 1."""
    if before == 1 and not tx.all(_THERE, (address,)):
        tx.run(_FIRST, (address,))
    tx.run(_ADD, (address, contact, number))


def enter(tx: Transaction, address: int, leaving: int, contact: int) -> bool:
    """From now on that contact writes from the address, where `leaving`, who is locked, did; locks them, too.

    Returns False, and does nothing, where it is no longer the other's.
    """
    tx.lock(contact)
    return tx.run(_ENTER, (contact, address, leaving)) == 1


def set_name(tx: Transaction, contact: int, name: bytes) -> None:
    """Keeps the name, sealed, by which that contact is called."""
    tx.write(_NAME, (name, contact))


def set_clock(tx: Transaction, contact: int, offset: int) -> None:
    """A test contact who comes to another's phone lives in the same time."""
    tx.write(_CLOCK, (offset, contact))


def of_prompt(tx: Transaction, address: int, contact: int, prompt: int) -> int | None:
    """Returns whose question had that number, of the others at this address; None where it was none of theirs, or long ago."""
    row = tx.one(_OF_PROMPT, (address, contact, address, prompt))
    return None if row is None else row[0]


def latest(tx: Transaction, contact: int) -> str | None:
    """Returns the state of the conversation that the contact was in last; what was anonymous is nobody's."""
    row = tx.one(_LATEST, (contact,))
    return None if row is None else row[0]


def shares(tx: Transaction, address: int, contact: int) -> bool:
    """Tells whether that contact is one of several at this address."""
    return tx.one(_SHARED_WITH, (address, contact)) is not None


def is_elsewhere(tx: Transaction, address: int, contact: int) -> bool:
    """Tells whether the contact is known at another address as well."""
    return tx.one(_ELSEWHERE, (contact, address, contact, address)) is not None


def follow(tx: Transaction, address: AddressKey, leading: int) -> None:
    """Another name of the same phone: who shares that one and who writes from it are as at the leading address."""
    tx.run(_FOLLOW[0], (*address, leading))
    tx.run(_FOLLOW[1], (leading, *address))


def hand_on(tx: Transaction, contact: int) -> None:
    """Leaves all shared addresses to the others there: those from which the contact writes become the first other's."""
    tx.run(_HEIR, (contact, contact, contact))
    tx.run(_LEAVE, (contact,))


def leave(tx: Transaction, address: int, contact: int) -> None:
    """That contact is none of those at this address any more; somebody else must write from it now."""
    tx.run(_LEAVE_ONE, (contact, address))


def unite(tx: Transaction, kept: int, gone: int) -> None:
    """Whatever was `gone`'s place among others is `kept`'s, and a name, if they have none."""
    tx.run(_MOVE[0], (gone, kept))
    tx.run(_MOVE[1], (kept, gone))
    tx.run(_MOVE[2], (gone, kept))
