"""Staff and units, for administrators: who works here, with which role and where; links with which passwords are set."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.web import sign_in
from bot.web.desk import roles
from bot.web.desk.visit import Page, Visit, number_of
from storage import sessions, staff
from storage.staff import Person, Unit
from storage.statements import Transaction

PATH = "/desk/staff"

HOURS = 48
"""How long a link to set a password is good for."""

_LONGEST = 200


class RefusedError(Exception):
    """It cannot be done as asked; `key` is the text that says why. Nothing was done."""

    def __init__(self, key: str, **places: object) -> None:
        super().__init__(key)
        self.key = key
        self.places = places


@dataclass(frozen=True, slots=True)
class Offer:
    """A link that is shown once: for whom, and where it leads."""

    name: str
    link: str


async def page(visit: Visit) -> web.Response:
    """Shows everybody and all units."""
    return await _page(visit)


async def _page(
    visit: Visit,
    *,
    status: int = 200,
    problem: str = "",
    given: Mapping[str, str] | None = None,
    offer: Offer | None = None,
) -> web.Response:
    def work(tx: Transaction) -> tuple[list[Person], list[Unit]]:
        return staff.listed(tx), staff.units(tx)

    people, units = await visit.read(work)
    return visit.page(
        "staff.html",
        here="staff",
        status=status,
        people=[(one, _state(one)) for one in people],
        units=[(unit, sum(one.unit_id == unit.id and one.active for one in people)) for unit in units],
        roles=roles.ROLES,
        problem=problem,
        given=given or {},
        offer=offer,
        hours=HOURS,
    )


def _state(one: Person) -> str:
    if not one.active:
        return "inactive"
    if not one.password:
        return "no_password"
    return "ready" if one.totp is None else "ready_totp"


async def sent(visit: Visit) -> web.StreamResponse:
    """Does what one of the page's forms asks for; what cannot be done is told, with what was typed."""
    form = await visit.request.post()
    given = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    deed = given.get("deed", "")
    try:
        match deed:
            case "add" | "reset":
                return await _offer(visit, deed, given)
            case "change":
                await visit.write(lambda tx: _change(tx, visit, given))
            case "deactivate":
                await visit.write(lambda tx: _deactivate(tx, visit, given))
            case "unit_add":
                await visit.write(lambda tx: _add_unit(tx, visit, given))
            case "unit_rename":
                await visit.write(lambda tx: _rename_unit(tx, visit, given))
            case _:
                raise web.HTTPNotFound
    except RefusedError as error:
        return await _page(visit, status=422, problem=visit.say(error.key, **error.places), given=given)
    return visit.go(PATH, f"staff_{deed}")


async def _offer(visit: Visit, deed: str, given: Mapping[str, str]) -> web.Response:
    token = secrets.token_urlsafe(32)

    def work(tx: Transaction) -> Person:
        identifier = _add(tx, visit, given) if deed == "add" else _reset(tx, visit, given)
        staff.offer(tx, identifier, sign_in.hash_of(token), expires_at=visit.now + HOURS * 3_600_000)
        person = staff.by_id(tx, identifier)
        assert person is not None
        return person

    person = await visit.write(work)
    begins = visit.office.public_url.rstrip("/") or str(visit.request.url.origin())
    return await _page(visit, offer=Offer(person.name, f"{begins}/desk/password?token={token}"))


def _add(tx: Transaction, visit: Visit, given: Mapping[str, str]) -> int:
    email = staff.folded(given.get("email", ""))
    local, at, host = email.partition("@")
    if not (local and at and "." in host.strip(".")) or any(letter.isspace() for letter in email) or len(email) > _LONGEST:
        raise RefusedError("staff.refused.email", email=email[:_LONGEST])
    name, role, unit = _who(tx, given)
    identifier = visit.world.database.identifiers.next()
    is_superior = given.get("superior") == "yes"
    added = staff.add(
        tx, identifier, email=email, name=name or local, role=role, unit=unit, is_superior=is_superior,
        language=visit.language.code, now=visit.now,
    )  # fmt: skip
    if not added:
        raise RefusedError("desk.staff.there", email=email)
    visit.note(tx, "staff_added", f"staff:{identifier}", after=_told(staff.by_id(tx, identifier)))
    return identifier


def _reset(tx: Transaction, visit: Visit, given: Mapping[str, str]) -> int:
    person = _person(tx, given)
    staff.set_password(tx, person.id, "")
    staff.set_active(tx, person.id, active=True)
    sessions.end_all(tx, person.id)
    visit.note(tx, "password_offered", f"staff:{person.id}", before=_told(person), after=_told(staff.by_id(tx, person.id)))
    if given.get("factor") == "yes" and person.totp is not None:
        staff.set_totp(tx, person.id, None)
        visit.note(tx, "second_factor_off", f"staff:{person.id}")
    return person.id


def _change(tx: Transaction, visit: Visit, given: Mapping[str, str]) -> None:
    person = _person(tx, given)
    name, role, unit = _who(tx, given)
    if not name:
        raise RefusedError("desk.staff.no_name")
    staff.change(tx, person.id, name=name, role=role, unit=unit, is_superior=given.get("superior") == "yes")
    _needs_administrator(tx)
    visit.note(tx, "staff_changed", f"staff:{person.id}", before=_told(person), after=_told(staff.by_id(tx, person.id)))


def _deactivate(tx: Transaction, visit: Visit, given: Mapping[str, str]) -> None:
    person = _person(tx, given)
    staff.set_active(tx, person.id, active=False)
    sessions.end_all(tx, person.id)
    _needs_administrator(tx)
    visit.note(tx, "staff_deactivated", f"staff:{person.id}", before=_told(person), after=_told(staff.by_id(tx, person.id)))


def _add_unit(tx: Transaction, visit: Visit, given: Mapping[str, str]) -> None:
    name = _unit_name(given)
    if staff.unit_named(tx, name) is not None:
        raise RefusedError("desk.staff.unit_there", name=name)
    identifier = staff.add_unit(tx, visit.world.database.identifiers.next(), name, visit.now)
    visit.note(tx, "unit_added", f"unit:{identifier}", after={"name": name})


def _rename_unit(tx: Transaction, visit: Visit, given: Mapping[str, str]) -> None:
    name = _unit_name(given)
    known = {unit.id: unit.name for unit in staff.units(tx)}
    identifier = number_of(given.get("id", ""))
    if identifier not in known:
        raise web.HTTPNotFound
    if not staff.rename_unit(tx, identifier, name):
        raise RefusedError("desk.staff.unit_there", name=name)
    visit.note(tx, "unit_renamed", f"unit:{identifier}", before={"name": known[identifier]}, after={"name": name})


def _unit_name(given: Mapping[str, str]) -> str:
    name = " ".join(given.get("name", "").split())
    if not name or len(name) > _LONGEST:
        raise RefusedError("desk.staff.no_unit_name")
    return name


def _who(tx: Transaction, given: Mapping[str, str]) -> tuple[str, roles.Role, int | None]:
    """Returns name, role and unit as they were typed. Raises RefusedError."""
    try:
        role = roles.role(given.get("role", ""))
    except ValueError:
        raise RefusedError("desk.staff.no_role") from None
    unit = number_of(given.get("unit", ""))
    if given.get("unit") and unit not in {one.id for one in staff.units(tx)}:
        raise RefusedError("desk.counter.bad_unit")
    if roles.needs_unit(role) and unit is None:
        raise RefusedError("desk.staff.needs_unit")
    name = " ".join(given.get("name", "").split())
    if len(name) > _LONGEST:
        raise RefusedError("desk.staff.no_name")
    return name, role, unit


def _person(tx: Transaction, given: Mapping[str, str]) -> Person:
    identifier = number_of(given.get("id", ""))
    person = None if identifier is None else staff.by_id(tx, identifier)
    if person is None:
        raise web.HTTPNotFound
    return person


def _needs_administrator(tx: Transaction) -> None:
    """Somebody must be able to undo this. Raises RefusedError where no active administrator would be left."""
    if staff.administrators(tx) == 0:
        raise RefusedError("desk.staff.last")


def _told(person: Person | None) -> Mapping[str, object]:
    assert person is not None
    return {
        "role": person.role, "unit": person.unit, "superior": person.is_superior, "active": person.active, "name": person.name,
    }  # fmt: skip


PAGES = (Page("GET", PATH, "keep_staff", page), Page("POST", PATH, "keep_staff", sent))
