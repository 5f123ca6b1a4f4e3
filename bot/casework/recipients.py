"""Who of the staff is told about a request, and how: by e-mail and, where they linked it, on their own chat."""

from __future__ import annotations

from dataclasses import dataclass

from bot.casework.office import Office
from bot.casework.posting import Place, post
from bot.requests.ledger import Who
from bot.vocabulary import Say
from storage import mail
from storage.requests import Case
from storage.statements import Statement, Transaction


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody of the staff. `address_id` is the address of their chat, None if they linked none."""

    staff_id: int
    email: str
    language: str
    address_id: int | None


_COLUMNS = "s.id, s.email, s.language, s.address_id"
_OFFICER = Statement(f"SELECT {_COLUMNS} FROM staff s WHERE s.id = ? AND s.active")  # noqa: S608 because the columns are those above
_UNIT = Statement(f"SELECT {_COLUMNS} FROM staff s WHERE s.unit_id = ? AND s.active AND s.role <> 'reader' AND NOT s.is_superior")  # noqa: S608 because the columns are those above
_SUPERIORS = Statement(f"SELECT {_COLUMNS} FROM staff s WHERE s.unit_id = ? AND s.active AND s.is_superior")  # noqa: S608 because the columns are those above
_COORDINATORS = Statement(f"SELECT {_COLUMNS} FROM staff s WHERE s.active AND s.role = 'coordinator'")  # noqa: S608 because the columns are those above
_ADMINISTRATORS = Statement(f"SELECT {_COLUMNS} FROM staff s WHERE s.active AND s.role = 'administrator'")  # noqa: S608 because the columns are those above
_ADDRESS = Statement("SELECT channel, account, identity, contact_id FROM address WHERE id = ?")


def recipients(tx: Transaction, case: Case, who: Who) -> list[Recipient]:
    """Returns whom a notice goes to.

    The official is the officer who has the case, else everybody of its unit; the superiors are those of the unit. Where that is
    nobody it goes to the coordinators, and without any to the administrators: a notice must reach somebody.
    """
    if who == "official":
        return officials(tx, case.officer_id, case.unit_id)
    found = [] if case.unit_id is None else tx.all(_SUPERIORS, (case.unit_id,))
    found = found or tx.all(_COORDINATORS) or tx.all(_ADMINISTRATORS)
    return [Recipient(*row) for row in found]


def officials(tx: Transaction, officer: int | None, unit: int | None) -> list[Recipient]:
    """Returns that officer, else everybody of that unit, else the coordinators, and without any the administrators."""
    found = tx.all(_OFFICER, (officer,)) if officer is not None else []
    found = found or (tx.all(_UNIT, (unit,)) if unit is not None else [])
    found = found or tx.all(_COORDINATORS) or tx.all(_ADMINISTRATORS)
    return [Recipient(*row) for row in found]


def coordinators(tx: Transaction) -> list[Recipient]:
    """Returns whom a notice goes to that is about no request: the coordinators, without any the administrators."""
    found = tx.all(_COORDINATORS) or tx.all(_ADMINISTRATORS)
    return [Recipient(*row) for row in found]


def write_to(tx: Transaction, office: Office, one: Recipient, lines: list[str], now: int) -> None:
    """Queues those lines about requests for one of the staff, as one message for each way they have."""
    language = office.language(one.language)
    link = f"\n\n{office.public_url.rstrip('/')}/desk" if office.public_url else ""
    text = language.say("request.notice.intro", count=len(lines)) + "\n\n" + "\n".join(f"• {line}" for line in lines) + link
    send_to(tx, office, one, language.say("request.notice.subject", count=len(lines)), text, now)


def send_to(tx: Transaction, office: Office, one: Recipient, subject: str, text: str, now: int) -> None:
    """Queues that text for one of the staff, as one message for each way they have; `subject` stands above a mail."""
    if one.email:
        mail.queue(
            tx, office.vault, office.identifiers.next(), to=one.email, subject=subject, text=text, now=now, staff=one.staff_id
        )
    row = None if one.address_id is None else tx.one(_ADDRESS, (one.address_id,))
    if row is None or one.address_id is None or row[0] not in office.channels:
        return
    channel, account, identity, contact = row
    post(
        tx,
        office,
        Place(one.address_id, channel, account, identity, contact),
        [Say(text, "note", "notice", language=one.language)],
        now=now,
    )
