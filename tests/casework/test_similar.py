"""Requests that may ask the same, out of the database: found while they are not finished, of the same kind, quickly enough."""

from __future__ import annotations

from bot.casework import steps
from bot.casework.office import RESIDENT
from bot.casework.similar import similar
from tests.casework.town import at, town

PARK = "Quiero el contrato de la obra del Parque Central"


def found(here, case):
    return [(one.case.number, one.same_person) for one in here.run(lambda tx: similar(tx, case))]


def test_a_request_that_asks_the_same_is_suggested_until_it_is_finished(database):
    here = town(database)
    luz = here.resident("luz")
    first = here.file("Contrato de obra del parque central, con anexos", contact_id=luz)
    here.file("Presupuesto de la parroquia Tarqui")
    here.file("El contrato de la obra del parque central es una vergüenza", kind="complaint")
    again = here.file(PARK, contact_id=luz)
    other = here.file(PARK)
    assert found(here, again.case) == [(other.number, False), (first.number, True)]
    assert found(here, here.file("Inventario de semáforos").case) == []
    here.do(steps.withdraw, first.case.id, RESIDENT, now=at("2026-11-10 09:00"))
    assert found(here, again.case) == [(other.number, False)]


def test_one_that_was_answered_is_still_suggested_and_a_merged_one_is_not(database):
    here = town(database)
    eva = here.staff("eva", "administrator")
    answered, merged, asks = here.file(PARK), here.file(PARK), here.file(PARK)
    here.do(steps.answer, answered.case.id, eva, "full", "Aquí está.", now=at("2026-11-10 09:00"))
    here.do(steps.merge, merged.case.id, eva, asks.number, now=at("2026-11-10 09:00"))
    assert found(here, asks.case) == [(answered.number, False)]
