"""`minga staff add|reset|list|deactivate`: who works at the desk. The first administrator can only be entered here."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.assembly import House
    from bot.settings import Settings
    from storage.staff import Person
    from storage.statements import Transaction

Email = Annotated[str, typer.Argument(metavar="email")]

HOURS = 48
"""How long a link to set a password is good for."""


class StaffRefused(Refused):
    """That person cannot be entered, found or changed as asked."""


def add(
    context: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option("--name", metavar="name")] = "",
    role: Annotated[str, typer.Option("--role", metavar="role")] = "officer",
    unit: Annotated[str, typer.Option("--unit", metavar="unit")] = "",
    superior: Annotated[bool, typer.Option("--superior")] = False,
) -> None:
    """Enters somebody, and prints the link with which they set a password. A unit that is not there yet is made."""
    from bot.assembly import open_house
    from bot.settings import read
    from bot.web.desk import roles
    from storage import staff

    terminal = terminal_of(context)
    email = staff.folded(email)
    local, at, host = email.partition("@")
    if not (local and at and "." in host.strip(".")) or any(letter.isspace() for letter in email):
        raise StaffRefused("staff.refused.email", email=email)
    if role not in roles.ROLES:
        raise StaffRefused("staff.refused.role", role=role, known=", ".join(roles.ROLES))
    if roles.needs_unit(role) and not unit.strip():
        raise StaffRefused("staff.refused.unit", role=role)
    settings = read()
    with open_house(settings) as house:

        def work(tx: Transaction) -> str | None:
            now, new = _now(house), house.database.identifiers.next
            belongs = staff.add_unit(tx, new(), unit.strip(), now) if unit.strip() else None
            identifier = new()
            told = name.strip() or local
            language = terminal.language.code
            if not staff.add(
                tx, identifier, email=email, name=told, role=role, unit=belongs, is_superior=superior, language=language, now=now
            ):
                return None
            _note(tx, house, "staff_added", identifier, {"role": role, "unit": unit.strip()})
            return _offer(tx, house, identifier)

        token = house.database.transaction_now(work)
    if token is None:
        raise StaffRefused("staff.refused.there", email=email)
    terminal.tell(terminal.say("staff.added", email=email, role=terminal.say(f"desk.role.{role}")))
    terminal.tell(terminal.say("staff.link", hours=HOURS))
    terminal.tell(_link(settings, token))


def reset(
    context: typer.Context,
    email: Email,
    second_factor: Annotated[bool, typer.Option("--second-factor")] = False,
) -> None:
    """Prints a link with which somebody sets another password; their sessions end. Whoever was deactivated may come in again."""
    from bot.assembly import open_house
    from bot.settings import read
    from storage import sessions, staff

    terminal = terminal_of(context)
    settings = read()
    with open_house(settings) as house:

        def work(tx: Transaction) -> str:
            person = _person(tx, email)
            staff.set_password(tx, person.id, "")
            staff.set_active(tx, person.id, active=True)
            sessions.end_all(tx, person.id)
            if second_factor and person.totp is not None:
                staff.set_totp(tx, person.id, None)
                _note(tx, house, "second_factor_off", person.id)
            _note(tx, house, "password_offered", person.id)
            return _offer(tx, house, person.id)

        token = house.database.transaction_now(work)
    terminal.tell(terminal.say("staff.link", hours=HOURS))
    terminal.tell(_link(settings, token))


def deactivate(context: typer.Context, email: Email) -> None:
    """Lets somebody in no more, at once; what they did stays under their name."""
    from bot.assembly import open_house
    from bot.settings import read
    from storage import sessions, staff

    terminal = terminal_of(context)
    with open_house(read()) as house:

        def work(tx: Transaction) -> int:
            person = _person(tx, email)
            staff.set_active(tx, person.id, active=False)
            sessions.end_all(tx, person.id)
            _note(tx, house, "staff_deactivated", person.id)
            return staff.administrators(tx)

        left = house.database.transaction_now(work)
    terminal.tell(terminal.say("staff.deactivated", email=staff.folded(email)))
    if not left:
        terminal.note(terminal.say("staff.no_administrator"))


def list_staff(context: typer.Context) -> None:
    """Lists everybody with role, unit and whether they can sign in."""
    from bot.assembly import open_database
    from bot.settings import read
    from storage import staff
    from storage.reading import Snapshot

    terminal = terminal_of(context)
    with open_database(read()) as database:
        found = database.read_now(lambda connection: staff.listed(Snapshot(connection)))
    if not found:
        terminal.tell(terminal.say("staff.nobody"))
        return
    rows = [
        (one.email, one.name, terminal.say(f"desk.role.{one.role}"), one.unit or "—", terminal.say(f"staff.state.{_state(one)}"))
        for one in found
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    for row in rows:
        terminal.tell("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]))


def _state(person: Person) -> str:
    if not person.active:
        return "inactive"
    if not person.password:
        return "no_password"
    return "ready" if person.totp is None else "ready_totp"


def _person(tx: Transaction, email: str) -> Person:
    from storage import staff

    person = staff.by_email(tx, email)
    if person is None:
        raise StaffRefused("staff.refused.unknown", email=email)
    return person


def _offer(tx: Transaction, house: House, identifier: int) -> str:
    from storage import staff

    token = secrets.token_urlsafe(32)
    staff.offer(tx, identifier, hashlib.sha256(token.encode()).digest(), expires_at=_now(house) + HOURS * 3_600_000)
    return token


def _note(tx: Transaction, house: House, action: str, identifier: int, after: dict[str, object] | None = None) -> None:
    from storage import audit

    audit.write(
        tx,
        house.database.identifiers.next(),
        at=_now(house),
        staff_id=None,
        action=action,
        subject=f"staff:{identifier}",
        after=after,
    )


def _now(house: House) -> int:
    from bot.clock import milliseconds

    return milliseconds(house.clock.now())


def _link(settings: Settings, token: str) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    here = "127.0.0.1" if host in {"0.0.0.0", "[::]"} else host  # noqa: S104 because it is compared, nothing listens
    return f"{settings.public_url or f'http://{here}:{settings.port}'}/desk/password?token={token}"
