"""A town hall for the tests of casework: an office over a database, its staff, and residents with a chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

from bot.casework import filing
from bot.casework.filing import Filed, Filing
from bot.casework.office import RESIDENT, Doer, Office
from bot.channels import payload
from bot.channels.simulator import SimulatorChannel
from bot.clock import milliseconds
from bot.requests.law import Law, read_law
from bot.translations import load_languages
from bot.vocabulary import Address, Outgoing
from storage import contacts, outbox, requests
from storage.database import Database
from storage.mail import CONTENT
from storage.requests import Case, Event
from storage.statements import Statement, Transaction
from tests.world import ECUADOR, VAULT

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
LAW = read_law((ROOT / "law" / "law.yaml").read_bytes(), "law.yaml")[0]

_STAFF = Statement("""
    INSERT INTO staff (id, email, name, role, unit_id, is_superior, password, active, language, created_at)
    VALUES (?, ?, ?, ?, ?, ?, '', ?, 'es', 0)
""")
_UNIT = Statement("INSERT INTO unit (id, name, created_at) VALUES (?, ?, 0)")
_MEDIA = Statement("""
    INSERT INTO media (reference, kind, content_type, sha256, size, path, created_at) VALUES (?, 'file', ?, '', 3, ?, 0)
""")
_PAYLOADS = Statement("SELECT payload FROM outbox WHERE contact_id = ? ORDER BY id")
_MAILS = Statement("SELECT recipient, content FROM mail ORDER BY id")


def at(text: str) -> int:
    """Returns a local time of Ecuador, "2026-11-26 09:30", in milliseconds since the epoch."""
    return milliseconds(datetime.fromisoformat(text).replace(tzinfo=ECUADOR))


def local(text: str) -> datetime:
    """Returns a local time of Ecuador."""
    return datetime.fromisoformat(text).replace(tzinfo=ECUADOR)


@dataclass(frozen=True, slots=True)
class Town:
    """The office and short ways to it."""

    database: Database
    office: Office

    def do(self, work: Callable[..., T], *given: Any, **named: Any) -> T:
        """Runs one function of casework in a transaction of its own."""
        return self.database.transaction_now(lambda tx: work(tx, self.office, *given, **named))

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Runs a function of storage."""
        return self.database.transaction_now(work)

    def resident(self, who: str, *, look: str = "telegram", language: str = "es") -> int:
        """Returns a contact who is reached on the simulator."""
        contact, address_id = self.office.identifiers.next(), self.office.identifiers.next()
        address = Address("simulator", who, look)
        key = ("simulator", look, VAULT.find_key(address))
        self.run(
            lambda tx: contacts.add(
                tx, contact=contact, address_id=address_id, address=key, identity=VAULT.seal_identity(who), language=language,
                test=False, lobby="{}", stopped_at=None, now=0,
            )
        )  # fmt: skip
        return contact

    def file(self, text: str = "El contrato de la obra del parque", when: str = "2026-11-09 10:00", **more: Any) -> Filed:
        """Files a request."""
        return self.do(filing.file, Filing(text, at(when), **more), RESIDENT)

    def staff(self, name: str, role: str = "officer", *, unit: int | None = None, superior: bool = False) -> Doer:
        """Returns somebody new of the staff, as a doer."""
        identifier = self.office.identifiers.next()
        row = (identifier, f"{name}@municipio.ec", name, role, unit, superior, True)
        self.run(lambda tx: tx.run(_STAFF, row))
        return Doer("staff", identifier)

    def unit(self, name: str) -> int:
        """Returns a new unit."""
        identifier = self.office.identifiers.next()
        self.run(lambda tx: tx.run(_UNIT, (identifier, name)))
        return identifier

    def stored(self, name: str, content_type: str = "application/pdf") -> tuple[str, str]:
        """Returns the reference of an attachment that is known to the database, with its name."""
        reference = f"{self.office.identifiers.next():032x}"
        self.run(lambda tx: tx.run(_MEDIA, (reference, content_type, reference)))
        return reference, name

    def case(self, identifier: int) -> Case:
        """Returns the request as it stands."""
        found = self.run(lambda tx: requests.load(tx, identifier))
        assert found is not None
        return found

    def history(self, identifier: int) -> list[Event]:
        """Returns its events."""
        return self.run(lambda tx: requests.events(tx, identifier))

    def told(self, contact: int) -> list[Outgoing]:
        """Returns what is queued for that person."""
        rows = self.run(lambda tx: tx.all(_PAYLOADS, (contact,)))
        return [payload.unpack(VAULT.open(bytes(row[0]), outbox.PAYLOAD)) for row in rows]

    def mails(self) -> list[tuple[str, str, str]]:
        """Returns every mail: to whom, subject, text."""
        found = []
        for recipient, content in self.run(lambda tx: tx.all(_MAILS)):
            subject, text = orjson.loads(VAULT.open(bytes(content), CONTENT))
            found.append((VAULT.open_identity(bytes(recipient)), subject, text))
        return found


def town(database: Database, law: Law = LAW, **more: Any) -> Town:
    """Returns a town hall over that database."""
    office = Office(
        VAULT, database.identifiers, {"simulator": SimulatorChannel()}, load_languages(ROOT / "locales"), law, ECUADOR,
        municipality="Municipio de Puyo", seat="pastaza", **more,
    )  # fmt: skip
    return Town(database, office)
