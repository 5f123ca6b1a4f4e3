"""A desk with people and cases in the database of a town that another process serves."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from bot.casework import filing, steps
from bot.casework.filing import Filing
from bot.casework.office import CLOCK, RESIDENT, Doer
from bot.clock import milliseconds
from bot.web.desk.passwords import Hasher
from storage import staff
from storage.requests import Case
from storage.statements import Statement
from tests.web.town import Town, town

PASSWORD = "mangos de la finca azul"
WHO = {"name": "Luz Tanguila", "document": "1600123456", "email": "luz@example.org", "phone": "+593 99 111 2233"}
DAY = 24 * 3600 * 1000


class Desk:
    """Writes into the database that the served town reads."""

    def __init__(self, here: Town) -> None:
        self._here = here
        self.database = here.world.database
        assert here.world.office is not None
        self.office = here.world.office
        self.now = milliseconds(here.world.clock.now())
        self.people: dict[str, int] = {}

    def unit(self, name: str) -> int:
        new = self.database.identifiers.next
        return self.database.transaction_now(lambda tx: staff.add_unit(tx, new(), name, self.now))

    def enter(self, email: str, name: str, role: str, unit: int | None = None) -> int:
        hashed = asyncio.run(Hasher().hash(PASSWORD))
        identifier = self.database.identifiers.next()

        def work(tx):
            assert staff.add(tx, identifier, email=email, name=name, role=role, unit=unit, now=self.now)
            staff.set_password(tx, identifier, hashed)

        self.database.transaction_now(work)
        self.people[name] = identifier
        return identifier

    def filed(self, text: str, *, days_ago: int = 0, **changes: Any) -> Case:
        said = {"identity": WHO, "filed_at": self.now - days_ago * DAY, **changes}
        done = self.database.transaction_now(lambda tx: filing.file(tx, self.office, Filing(text, **said), RESIDENT))
        return done.case

    def step(self, name: str, case: Case, doer: Doer, *rest: Any, days_ago: int = 0, **options: Any) -> Case:
        at = self.now - days_ago * DAY
        does = getattr(steps, name)
        changed: Case = self.database.transaction_now(lambda tx: does(tx, self.office, case.id, doer, *rest, now=at, **options))
        return changed

    def newest_contact(self) -> int:
        """Returns the person who wrote for the first time last."""
        row = self.database.transaction_now(lambda tx: tx.one(Statement("SELECT max(id) FROM contact")))
        assert row is not None
        return int(row[0])


def fill(desk: Desk) -> dict[str, Case]:
    """Enters people of each role and cases in each state; returns the cases by a word."""
    secretary, works = desk.unit("Secretaría General"), desk.unit("Obras Públicas")
    ana = desk.enter("ana@puyo.ec", "Ana Grefa", "administrator")
    desk.enter("carlos@puyo.ec", "Carlos Vargas", "coordinator")
    eva = desk.enter("eva@puyo.ec", "Eva Santi", "officer", works)
    desk.enter("leo@puyo.ec", "Leo Aguinda", "reader", works)
    found = {}
    found["bridge"] = desk.filed(
        "Quiero el contrato del puente sobre el río Pastaza con sus anexos, y las planillas de pago de 2025.",
        days_ago=2, period="enero a diciembre de 2025", unit_id=works,
    )  # fmt: skip
    desk.step("assign", found["bridge"], Doer("staff", ana), unit=works, officer=eva, days_ago=1)
    found["late"] = desk.filed("Presupuesto aprobado de la parroquia Tarqui para 2026", days_ago=40, unit_id=works)
    found["soon"] = desk.filed("Copia del acta de la sesión del concejo del 3 de octubre", days_ago=10)
    found["asked"] = desk.filed("Los permisos de construcción", days_ago=5, unit_id=secretary)
    desk.step("ask", found["asked"], Doer("staff", ana), "¿De qué sector y de qué año?", days_ago=4)
    found["answered"] = desk.filed("Lista de proveedores de la Alcaldía", days_ago=20, unit_id=secretary)
    desk.step("answer", found["answered"], Doer("staff", ana), "full", "Se entrega la lista completa.", days_ago=9)
    found["closed"] = desk.filed("Horario de la biblioteca", days_ago=30, unit_id=secretary)
    desk.step("answer", found["closed"], Doer("staff", ana), "already_published", "Está en la página.", days_ago=28)
    desk.step("finish", found["closed"], CLOCK, days_ago=1, quiet=True)
    found["complaint"] = desk.filed("En la ventanilla 3 me trataron mal", kind="complaint", identity={}, days_ago=1)
    found["paper"] = desk.filed("Ordenanza de tasas de agua", source="paper", form="paper", notify="counter", days_ago=3)
    return found


def beside(folder: Path) -> Any:
    """Opens the town of that folder a second time, beside the process that serves it."""
    return town(f"sqlite:///{folder / 'minga.db'}", folder)
