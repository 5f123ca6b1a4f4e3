"""Filing and every step of a request, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.casework import filing, steps
from bot.casework.filing import read_code, read_number
from bot.casework.office import CLOCK, RESIDENT, ConflictError, MissingError, NotThereError
from bot.requests.law import Article
from bot.requests.states import STATES, TRANSITIONS, ImpossibleStepError
from storage import requests
from storage.calendar_days import Line, put
from storage.database import Database
from storage.request_tables import STEPS
from storage.statements import Statement, Transaction
from tests.casework.town import LAW, Town, at, town


@pytest.fixture
def puyo(database: Database) -> Town:
    return town(database)


# ── filing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_gets_a_number_a_code_and_both_dates(puyo: Town) -> None:
    contact = puyo.resident("rosa")
    filed = puyo.file("  Quiero el contrato\n del parque  ", contact_id=contact, identity={"name": "Rosa", "email": ""})
    case = puyo.case(filed.case.id)
    assert (filed.number, case.state, case.epoch, case.text) == ("SAIP-2026-1", "received", 0, "Quiero el contrato\n del parque")
    assert (case.working_due, case.calendar_due) == (date(2026, 11, 23), date(2026, 11, 19))
    assert (case.due, case.target) == (date(2026, 11, 23), date(2026, 11, 19))
    assert case == filed.case
    assert filing.identity(puyo.office, case) == {"name": "Rosa"}
    assert b"Rosa" not in (case.identity or b"")
    assert len(filed.code.replace("-", "")) == 13
    assert puyo.history(case.id)[0].kind == "file"


def test_numbers_have_no_gaps_and_begin_anew_each_year(puyo: Town) -> None:
    assert [puyo.file().number for _ in range(3)] == ["SAIP-2026-1", "SAIP-2026-2", "SAIP-2026-3"]
    with pytest.raises(MissingError):
        puyo.file("   ")
    with pytest.raises(ZeroDivisionError):  # whatever undoes the transaction gives the number back
        puyo.run(lambda tx: (filing.file(tx, puyo.office, filing.Filing("x", at("2026-11-09 10:00")), RESIDENT), 1 / 0))
    assert puyo.file().number == "SAIP-2026-4"
    assert puyo.file(when="2027-01-04 10:00").number == "SAIP-2027-1"
    assert puyo.file(kind="complaint").number == "QJA-2026-1"


def test_only_the_owner_and_who_has_number_and_code_find_it(puyo: Town) -> None:
    contact, other = puyo.resident("rosa"), puyo.resident("luis")
    filed = puyo.file(contact_id=contact)

    def found(**how: object) -> bool:
        return puyo.do(filing.find, filed.number, **how) is not None

    assert found(contact=contact)
    assert found(code=filed.code)
    assert found(code=filed.code.lower().replace("-", " "), contact=other)
    assert not found(contact=other)
    assert not found()
    assert not found(code=filing.make_code())
    assert puyo.do(filing.find, "SAIP-2026-99", code=filed.code) is None
    assert puyo.do(filing.find, "", code=filed.code) is not None
    assert puyo.do(filing.find, "", code="") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("SAIP-2026-14", "SAIP-2026-14"),
        ("¿qué pasó con mi saip 2026 14?", "SAIP-2026-14"),
        ("Saip/2026/0014.", "SAIP-2026-14"),
        ("qja-2027-3", "QJA-2027-3"),
        ("SAIP-26-14", ""),
        ("dos mil", ""),
    ],
)
def test_numbers_are_read_however_they_are_written(text: str, number: str) -> None:
    assert read_number(text) == number


def test_codes_are_read_however_they_are_written() -> None:
    assert read_code("SAIP-2026-14 7k3m-9qxt-4hvb2") == "7K3M-9QXT-4HVB2"
    assert read_code("mi código es 7K3M 9QXT 4HVB2 gracias") == "7K3M-9QXT-4HVB2"
    assert read_code("7K3M9QXT4HVBO") == "7K3M-9QXT-4HVB0"
    assert read_code("transparencia") == ""
    assert read_code("quiero mi respuesta") == ""
    for _ in range(200):
        code = filing.make_code()
        assert read_code(f"el código: {code}.") == code


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_database_knows_the_same_steps() -> None:
    assert set(STEPS) == {f"{step}/{state or ''}/{to}" for (step, state), to in TRANSITIONS.items()}


def test_the_database_refuses_what_cannot_be(puyo: Town) -> None:
    filed = puyo.file()
    event = puyo.history(filed.case.id)[0]
    lies = [
        event._replace(sequence=1, kind="finish", from_state="received", to_state="finished"),  # no such way
        event._replace(sequence=1, kind="answer", from_state="extended", to_state="answered"),  # not where it stands
        event._replace(sequence=2, kind="note", from_state="received", to_state="received"),  # one is missing in between
        event._replace(sequence=1, kind="note", from_state="received", to_state="answered"),  # a note moves nothing
        event._replace(sequence=1, kind="paint", from_state="received", to_state="received"),
    ]
    for lie in lies:
        with pytest.raises(Exception, match=r"(?i)constraint"):
            puyo.run(lambda tx, lie=lie: requests.change(tx, filed.case, lie, outcome="full"))  # type: ignore[misc]  # because it is bound at once
    for state in STATES:
        if state != "received":
            with pytest.raises(Exception, match=r"(?i)constraint"):
                puyo.run(lambda tx, state=state: tx.run(Statement("UPDATE request SET state = ?"), (state,)))  # type: ignore[misc]  # because it is bound at once
    assert puyo.case(filed.case.id) == filed.case


def test_an_answer_with_a_file_reaches_the_person_and_their_word_ends_it(puyo: Town) -> None:
    contact, ana = puyo.resident("rosa"), puyo.staff("ana")
    filed = puyo.file(contact_id=contact, channel="simulator")
    now = at("2026-11-12 11:00")
    pdf = puyo.stored("contrato.pdf")
    case = puyo.do(steps.answer, filed.case.id, ana, "full", "Aquí está.", now=now, files=[pdf], expected=0)
    assert (case.state, case.outcome, case.answered_at) == ("answered", "full", now)
    message, attached, question = puyo.told(contact)
    assert "SAIP-2026-1" in message.text
    assert "Aquí está." in message.text
    assert question.text == "¿Recibiste lo que pediste?"
    assert [option.name for option in question.options] == [f"request/{case.id}/{word}" for word in ("yes", "partly", "no")]
    assert dict(attached.media) == {"file": f"stored:{pdf[0]}/contrato.pdf"}
    assert [file.side for file in puyo.run(lambda tx: requests.files(tx, case.id))] == ["answer"]
    case = puyo.do(steps.verdict, case.id, RESIDENT, "yes", now=now + 1)
    assert (case.state, case.verdict, case.finished_at) == ("finished", "yes", now + 1)
    assert len(puyo.told(contact)) == 3  # they have just said it themselves


def test_whoever_is_not_content_insists_and_is_answered_again(puyo: Town) -> None:
    contact, ana = puyo.resident("rosa"), puyo.staff("ana")
    filed = puyo.file(contact_id=contact)
    puyo.do(steps.answer, filed.case.id, ana, "partial", "Una parte.", now=at("2026-11-12 11:00"))
    puyo.do(steps.verdict, filed.case.id, RESIDENT, "partly", now=at("2026-11-13 08:00"))
    case = puyo.do(steps.insist, filed.case.id, RESIDENT, "Falta el anexo", now=at("2026-11-13 09:00"))
    assert (case.state, case.epoch, case.from_day, case.due) == ("insisted", 1, date(2026, 11, 13), date(2026, 11, 27))
    case = puyo.do(steps.answer, filed.case.id, ana, "full", "El anexo.", now=at("2026-11-16 09:00"))
    assert (case.state, case.outcome, case.verdict) == ("insistence_answered", "full", None)
    case = puyo.do(steps.escalate, filed.case.id, RESIDENT, "", now=at("2026-11-17 09:00"))
    case = puyo.do(steps.answer, filed.case.id, ana, "full", "Todo.", now=at("2026-11-18 09:00"))
    case = puyo.do(steps.finish, filed.case.id, ana, now=at("2026-11-19 09:00"))
    assert [event.kind for event in puyo.history(case.id)] == [
        "file", "answer", "verdict", "insist", "answer", "escalate", "answer", "finish",
    ]  # fmt: skip


def test_an_extension_needs_a_reason_and_comes_in_time(puyo: Town) -> None:
    contact, ana = puyo.resident("rosa"), puyo.staff("ana")
    filed = puyo.file(contact_id=contact)
    with pytest.raises(MissingError, match="reason"):
        puyo.do(steps.extend, filed.case.id, ana, "  ", now=at("2026-11-10 09:00"))
    case = puyo.do(steps.extend, filed.case.id, ana, "Hay que buscar en el archivo", now=at("2026-11-20 09:00"))
    assert (case.state, case.epoch, case.due, case.calendar_due) == ("extended", 1, date(2026, 11, 30), date(2026, 11, 24))
    assert "Hay que buscar en el archivo" in puyo.told(contact)[0].text
    assert "lunes 30 de noviembre de 2026" in puyo.told(contact)[0].text
    with pytest.raises(ImpossibleStepError):
        puyo.do(steps.extend, filed.case.id, ana, "Otra vez", now=at("2026-11-20 10:00"))
    late = puyo.file()
    with pytest.raises(ImpossibleStepError):
        puyo.do(steps.extend, late.case.id, ana, "Tarde", now=at("2026-11-24 09:00"))


def test_an_explanation_moves_no_date_unless_the_law_says_so(puyo: Town) -> None:
    contact, ana = puyo.resident("rosa"), puyo.staff("ana")
    filed = puyo.file(contact_id=contact)
    case = puyo.do(steps.ask, filed.case.id, ana, "¿De qué año?", now=at("2026-11-11 09:00"))
    assert (case.state, case.asked_at) == ("received", at("2026-11-11 09:00"))
    case = puyo.do(steps.explain, filed.case.id, RESIDENT, "De 2025", now=at("2026-11-18 20:00"))
    assert (case.asked_at, case.due) == (None, filed.case.due)
    assert puyo.do(steps.explain, case.id, RESIDENT, "Y gracias", now=at("2026-11-18 20:01")).asked_at is None
    assert [event.kind for event in puyo.history(case.id)] == ["file", "ask", "explain", "hear"]


def test_where_the_law_says_so_an_explanation_stops_the_clock(database: Database) -> None:
    suspends = Article("clarification_suspends", "", "COA 140", {"es": "Se detiene"}, "", True)
    puyo = town(database, replace(LAW, suspends=suspends))
    contact, ana = puyo.resident("rosa"), puyo.staff("ana")
    filed = puyo.file(contact_id=contact)
    puyo.do(steps.ask, filed.case.id, ana, "¿De qué año?", now=at("2026-11-11 09:00"))
    case = puyo.do(steps.explain, filed.case.id, RESIDENT, "De 2025", now=at("2026-11-18 20:00"))
    assert (case.due, case.calendar_due) == (date(2026, 11, 30), date(2026, 11, 26))
    assert [event.kind for event in puyo.history(case.id)] == ["file", "ask", "explain", "recount"]
    assert "lunes 30 de noviembre" in puyo.told(contact)[-1].text


def test_a_refusal_needs_a_reason_of_the_law_and_tells_where_to_complain(puyo: Town) -> None:
    contact, ana = puyo.resident("rosa"), puyo.staff("ana")
    filed = puyo.file(contact_id=contact)
    for reason in ("", "porque sí"):
        with pytest.raises(MissingError, match="reason"):
            puyo.do(steps.answer, filed.case.id, ana, "refused", "No.", now=at("2026-11-12 09:00"), reason=reason)
    puyo.do(steps.answer, filed.case.id, ana, "refused", "Es del proceso.", now=at("2026-11-12 09:00"), reason="reserved")
    text = puyo.told(contact)[0].text
    assert "Información reservada" in text
    assert "Defensoría del Pueblo" in text
    assert "30 días" not in text  # nobody has read that in the gazette
    case = puyo.do(steps.insist, filed.case.id, RESIDENT, "No estoy de acuerdo", now=at("2026-11-13 09:00"))
    assert case.state == "insisted"


def test_a_transfer_says_to_whom(puyo: Town) -> None:
    contact, ana = puyo.resident("rosa"), puyo.staff("ana")
    filed = puyo.file(contact_id=contact)
    with pytest.raises(MissingError, match="other"):
        puyo.do(steps.answer, filed.case.id, ana, "transferred", "Va allá.", now=at("2026-11-12 09:00"))
    puyo.do(steps.answer, filed.case.id, ana, "transferred", "Va allá.", to="Prefectura", now=at("2026-11-12 09:00"))
    assert "Prefectura" in puyo.told(contact)[0].text


def test_nothing_late_is_insisted_on_too_early(puyo: Town) -> None:
    filed = puyo.file(contact_id=puyo.resident("rosa"))
    with pytest.raises(ImpossibleStepError, match="not_overdue"):
        puyo.do(steps.insist, filed.case.id, RESIDENT, "Apúrense", now=at("2026-11-23 23:00"))
    case = puyo.do(steps.insist, filed.case.id, RESIDENT, "No responden", now=at("2026-11-24 00:10"))
    assert case.state == "insisted"


def test_a_duplicate_goes_on_under_the_other_number(puyo: Town) -> None:
    contact, ana = puyo.resident("rosa"), puyo.staff("ana")
    first, second = puyo.file(contact_id=contact), puyo.file(contact_id=contact)
    for wrong in ("SAIP-2026-2", "SAIP-2026-77", "lo mismo"):
        with pytest.raises(MissingError, match="other"):
            puyo.do(steps.merge, second.case.id, ana, wrong, now=at("2026-11-10 09:00"))
    case = puyo.do(steps.merge, second.case.id, ana, first.number, now=at("2026-11-10 09:00"))
    assert (case.state, case.outcome, case.merged_into_id) == ("finished", "duplicate", first.case.id)
    assert first.number in puyo.told(contact)[-1].text
    with pytest.raises(MissingError, match="other"):  # nothing is merged into what is merged itself
        puyo.do(steps.merge, first.case.id, ana, second.number, now=at("2026-11-10 10:00"))


def test_of_two_officers_the_second_is_told(puyo: Town) -> None:
    ana, luis = puyo.staff("ana"), puyo.staff("luis")
    filed = puyo.file()
    puyo.do(steps.assign, filed.case.id, ana, unit=None, officer=ana.staff_id, now=at("2026-11-10 09:00"), expected=0)
    with pytest.raises(ConflictError) as caught:
        puyo.do(steps.answer, filed.case.id, luis, "full", "Ya.", now=at("2026-11-10 09:01"), expected=0)
    assert (caught.value.case.sequence, caught.value.case.officer_id) == (1, ana.staff_id)
    assert puyo.case(filed.case.id).state == "received"


def test_there_is_nothing_to_do_to_what_is_not_there(puyo: Town) -> None:
    with pytest.raises(NotThereError):
        puyo.do(steps.finish, 42, CLOCK, now=0)


def test_notes_are_for_colleagues(puyo: Town) -> None:
    contact, ana = puyo.resident("rosa"), puyo.staff("ana")
    filed = puyo.file(contact_id=contact)
    puyo.do(steps.note, filed.case.id, ana, "Preguntar a obras", now=at("2026-11-10 09:00"), files=[puyo.stored("nota.txt")])
    puyo.do(steps.write, filed.case.id, ana, "Ya lo estamos buscando", now=at("2026-11-10 09:05"))
    assert [event.visible for event in puyo.history(filed.case.id)] == [True, False, True]
    assert len(puyo.told(contact)) == 1


def test_what_is_released_can_be_taken_back(puyo: Town) -> None:
    ana = puyo.staff("ana")
    filed = puyo.file()
    puyo.do(
        steps.answer,
        filed.case.id,
        ana,
        "full",
        "Sí.",
        now=at("2026-11-10 09:00"),
        files=[puyo.stored("a.pdf"), puyo.stored("b.pdf")],
    )
    first, _ = puyo.run(lambda tx: requests.files(tx, filed.case.id))
    case = puyo.do(
        steps.release, filed.case.id, ana, text="El contrato", answer_text="Sí.", files=[first.id], now=at("2026-11-11 09:00")
    )
    assert (case.public_text, case.released_at) == ("El contrato", at("2026-11-11 09:00"))
    assert [file.released for file in puyo.run(lambda tx: requests.files(tx, case.id))] == [True, False]
    case = puyo.do(steps.withhold, filed.case.id, ana, now=at("2026-11-12 09:00"))
    assert (case.public_text, case.released_at) == ("", None)
    assert not any(file.released for file in puyo.run(lambda tx: requests.files(tx, case.id)))


def test_a_decree_moves_the_dates_of_what_is_open(puyo: Town) -> None:
    contact = puyo.resident("rosa")
    filed = puyo.file(contact_id=contact)
    line = Line(date(2026, 11, 20), "", False, "Puente", "Decreto 300")
    puyo.run(lambda tx: put(tx, line, staff=None, now=0))
    case = puyo.run(lambda tx: steps.recount(tx, puyo.office, puyo_case(tx, filed.case.id), at("2026-11-16 09:00")))
    assert (case.due, case.calendar_due) == (date(2026, 11, 24), date(2026, 11, 19))
    assert "martes 24 de noviembre" in puyo.told(contact)[0].text
    assert "Puente" in puyo.told(contact)[0].text
    again = puyo.run(lambda tx: steps.recount(tx, puyo.office, puyo_case(tx, filed.case.id), at("2026-11-16 09:00")))
    assert again.sequence == case.sequence


def puyo_case(tx: Transaction, identifier: int) -> requests.Case:
    """Returns the request inside a transaction."""
    case = requests.load(tx, identifier)
    assert case is not None
    return case


def test_who_wants_e_mail_gets_it(puyo: Town) -> None:
    ana = puyo.staff("ana")
    filed = puyo.file(source="counter", notify="email", identity={"email": "rosa@correo.ec"})
    puyo.do(steps.answer, filed.case.id, ana, "full", "Aquí está.", now=at("2026-11-12 11:00"))
    [(to, subject, text)] = puyo.mails()
    assert (to, "SAIP-2026-1" in subject, "Aquí está." in text) == ("rosa@correo.ec", True, True)


def test_who_cannot_be_reached_loses_nothing(puyo: Town) -> None:
    ana = puyo.staff("ana")
    filed = puyo.file(source="counter", notify="counter")
    case = puyo.do(steps.answer, filed.case.id, ana, "full", "Aquí está.", now=at("2026-11-12 11:00"))
    assert (case.state, puyo.mails()) == ("answered", [])
