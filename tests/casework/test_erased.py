"""A person who is erased, or becomes one with another: what becomes of the requests they filed."""

from __future__ import annotations

from bot.casework import filing, steps
from storage import requests
from storage.aliases import unite
from storage.database import Database
from storage.erasure import erase
from storage.statements import Statement
from tests.casework.town import at, local, town


def test_a_filed_request_keeps_its_legal_record_without_the_contact(database: Database) -> None:
    puyo = town(database)
    rosa, ana = puyo.resident("rosa"), puyo.staff("ana")
    paper, photo = puyo.stored("foto.jpg", "image/jpeg"), puyo.stored("otra.jpg", "image/jpeg")
    puyo.run(lambda tx: tx.run(Statement("UPDATE media SET contact_id = ?"), (rosa,)))
    filed = puyo.file(contact_id=rosa, identity={"name": "Rosa"}, files=(paper,))
    erased = puyo.run(lambda tx: erase(tx, rosa, now=local("2026-11-10 09:00"), identifiers=puyo.office.identifiers))
    assert erased.references == (photo[0],)
    case = puyo.case(filed.case.id)
    assert (case.contact_id, case.conversation_id) == (None, None)
    assert filing.identity(puyo.office, case) == {"name": "Rosa"}
    assert [file.name for file in puyo.run(lambda tx: requests.files(tx, case.id))] == ["foto.jpg"]
    answered = puyo.do(steps.answer, case.id, ana, "full", "Aquí.", now=at("2026-11-11 09:00"))
    assert answered.state == "answered"
    assert puyo.do(filing.find, filed.number, code=filed.code) is not None


def test_requests_follow_a_person_who_was_two(database: Database) -> None:
    puyo = town(database)
    rosa, also_rosa = puyo.resident("rosa"), puyo.resident("rosa-sms", look="sms")
    filed = puyo.file(contact_id=also_rosa)
    puyo.run(lambda tx: unite(tx, rosa, also_rosa, now=at("2026-11-10 09:00")))
    assert puyo.case(filed.case.id).contact_id == rosa
    assert puyo.do(filing.find, filed.number, contact=rosa) is not None
