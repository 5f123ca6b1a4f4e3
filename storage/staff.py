"""The people of the desk and their units, and the links with which they set a password."""

from __future__ import annotations

from typing import NamedTuple

from storage.statements import Statement, Transaction

_COLUMNS = (
    "s.id, s.email, s.name, s.role, s.unit_id, u.name, s.is_superior, s.password, s.totp, s.active, s.language, s.created_at"
)
_FROM = "FROM staff s LEFT JOIN unit u ON u.id = s.unit_id"
_ADD = Statement("""
    INSERT INTO staff (id, email, name, role, unit_id, is_superior, password, totp, active, language, created_at)
    VALUES (?, ?, ?, ?, ?, ?, '', NULL, ?, ?, ?) ON CONFLICT (email) DO NOTHING
""")
_BY_EMAIL = Statement(f"SELECT {_COLUMNS} {_FROM} WHERE s.email = ?")
_BY_ID = Statement(f"SELECT {_COLUMNS} {_FROM} WHERE s.id = ?")
_ALL = Statement(f"SELECT {_COLUMNS} {_FROM} ORDER BY s.active DESC, s.name, s.id")
_ANY = Statement("SELECT 1 FROM staff LIMIT 1")
_PASSWORD = Statement("UPDATE staff SET password = ? WHERE id = ?")
_TOTP = Statement("UPDATE staff SET totp = ? WHERE id = ?")
_TOTP_STEP = Statement("UPDATE staff SET totp = ? WHERE id = ? AND totp = ?")
_ACTIVE = Statement("UPDATE staff SET active = ? WHERE id = ?")
_LANGUAGE = Statement("UPDATE staff SET language = ? WHERE id = ?")
_CHANGE = Statement("UPDATE staff SET name = ?, role = ?, unit_id = ?, is_superior = ? WHERE id = ?")
_ADMINISTRATORS = Statement("SELECT count(*) FROM staff WHERE role = 'administrator' AND active = ?")

_UNITS = Statement("SELECT id, name FROM unit ORDER BY name")
_UNIT = Statement("SELECT id FROM unit WHERE name = ?")
_RENAME_UNIT = Statement("UPDATE unit SET name = ? WHERE id = ?")
_ADD_UNIT = Statement("INSERT INTO unit (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING")

_OFFER = Statement("INSERT INTO set_password (token, staff_id, expires_at) VALUES (?, ?, ?)")
_OFFERED = Statement("SELECT staff_id FROM set_password WHERE token = ? AND expires_at > ?")
_FORGET = Statement("DELETE FROM set_password WHERE expires_at <= ?")
_WITHDRAW = Statement("DELETE FROM set_password WHERE staff_id = ?")


class Person(NamedTuple):
    """A row of `staff`, with the name of the unit ("" for none). `password` is a hash, "" until the first one is set."""

    id: int
    email: str
    name: str
    role: str
    unit_id: int | None
    unit: str
    is_superior: bool
    password: str
    totp: bytes | None
    active: bool
    language: str
    created_at: int


class Unit(NamedTuple):
    """A row of `unit`."""

    id: int
    name: str


def folded(email: str) -> str:
    """Returns an e-mail address as it is kept and found: without spaces around it, in small letters."""
    return email.strip().lower()


def add(
    tx: Transaction,
    identifier: int,
    *,
    email: str,
    name: str,
    role: str,
    unit: int | None = None,
    is_superior: bool = False,
    language: str = "es",
    now: int,
) -> bool:
    """Enters a person, active and without a password; returns False if that e-mail is somebody's already."""
    row = (identifier, folded(email), name, role, unit, is_superior, True, language, now)
    return tx.run(_ADD, row) == 1


def by_email(tx: Transaction, email: str) -> Person | None:
    """Returns the person of that e-mail address, active or not; None if there is none."""
    return _person(tx.one(_BY_EMAIL, (folded(email),)))


def by_id(tx: Transaction, identifier: int) -> Person | None:
    """Returns that person, active or not; None if there is none."""
    return _person(tx.one(_BY_ID, (identifier,)))


def listed(tx: Transaction) -> list[Person]:
    """Returns everybody, those who work here first, by name."""
    return [person for row in tx.all(_ALL) if (person := _person(row)) is not None]


def anybody(tx: Transaction) -> bool:
    """Tells whether somebody was ever entered."""
    return tx.one(_ANY) is not None


def administrators(tx: Transaction) -> int:
    """Returns how many active administrators there are."""
    row = tx.one(_ADMINISTRATORS, (True,))
    return 0 if row is None else int(row[0])


def set_password(tx: Transaction, identifier: int, hashed: str) -> None:
    """Keeps the hash of a new password; links that would set another one are void from now on."""
    tx.run(_PASSWORD, (hashed, identifier))
    tx.run(_WITHDRAW, (identifier,))


def set_totp(tx: Transaction, identifier: int, sealed: bytes | None, *, instead_of: bytes | None = None) -> bool:
    """Keeps the sealed second factor, or takes it away; with `instead_of` only if that is there. Returns whether it did."""
    if instead_of is None:
        return tx.run(_TOTP, (sealed, identifier)) == 1
    return tx.run(_TOTP_STEP, (sealed, identifier, instead_of)) == 1


def set_active(tx: Transaction, identifier: int, *, active: bool) -> None:
    """Lets somebody in again, or no more. Whoever takes it away ends their sessions too (`storage/sessions.py`)."""
    tx.run(_ACTIVE, (active, identifier))
    if not active:
        tx.run(_WITHDRAW, (identifier,))


def set_language(tx: Transaction, identifier: int, language: str) -> None:
    """Keeps in which language that person reads."""
    tx.run(_LANGUAGE, (language, identifier))


def change(tx: Transaction, identifier: int, *, name: str, role: str, unit: int | None, is_superior: bool) -> None:
    """Changes who that person is at the desk."""
    tx.run(_CHANGE, (name, role, unit, is_superior, identifier))


def units(tx: Transaction) -> list[Unit]:
    """Returns all units, by name."""
    return [Unit(*row) for row in tx.all(_UNITS)]


def unit_named(tx: Transaction, name: str) -> int | None:
    """Returns the unit of that name, None if there is none."""
    row = tx.one(_UNIT, (name,))
    return None if row is None else int(row[0])


def add_unit(tx: Transaction, identifier: int, name: str, now: int) -> int:
    """Returns the unit of that name, which is made if there is none."""
    tx.run(_ADD_UNIT, (identifier, name, now))
    found = unit_named(tx, name)
    assert found is not None
    return found


def rename_unit(tx: Transaction, identifier: int, name: str) -> bool:
    """Gives that unit another name; False where another one bears it, or there is no such unit."""
    return unit_named(tx, name) in (None, identifier) and tx.run(_RENAME_UNIT, (name, identifier)) == 1


def offer(tx: Transaction, identifier: int, token: bytes, *, expires_at: int) -> None:
    """Keeps a link with which that person sets a password; earlier ones are void."""
    tx.run(_WITHDRAW, (identifier,))
    tx.run(_OFFER, (token, identifier, expires_at))


def offered(tx: Transaction, token: bytes, now: int) -> Person | None:
    """Returns whose password that link sets, None if it is none, or void."""
    row = tx.one(_OFFERED, (token, now))
    person = None if row is None else by_id(tx, row[0])
    return person if person is not None and person.active else None


def forget(tx: Transaction, now: int) -> int:
    """Forgets the links whose time is over, and returns how many those were."""
    return tx.run(_FORGET, (now,))


def _person(row: tuple[object, ...] | None) -> Person | None:
    if row is None:
        return None
    person = Person._make(row)
    totp = None if person.totp is None else bytes(person.totp)
    return person._replace(unit=person.unit or "", is_superior=bool(person.is_superior), active=bool(person.active), totp=totp)
