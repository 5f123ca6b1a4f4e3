"""A case's page: what it shows to whom, every deed, files, two officers at once, and the audit log; on both databases."""

from __future__ import annotations

import re

import pytest

from bot.casework.office import RESIDENT, Doer
from storage import audit, requests
from tests.web.desk.people import WHO, Browser, enter, filed, now_of, stepped, unit, words

DAY = 86_400_000
PDF = ("contrato.pdf", b"%PDF-1.4 el contrato", "application/pdf")


async def seated(town, browsers, role="administrator", of=None, email="ana@puyo.ec") -> tuple[Browser, int]:
    who = await enter(town, email, role, of=of)
    browser = await browsers()
    await browser.sign_in(email)
    return browser, who


async def now_is(town, case):
    return await town.world.database.transaction(lambda tx: requests.load(tx, case.id))


async def history(town, case):
    return await town.world.database.transaction(lambda tx: requests.events(tx, case.id))


def lines(town, action):
    return [line for line in town.world.database.transaction_now(audit.page) if line.action == action]


async def test_dates_are_told_with_their_arithmetic_and_holidays(small, small_browsers):
    from datetime import datetime

    from bot.clock import milliseconds
    from tests.web.town import ZONE

    at = milliseconds(datetime(2026, 10, 29, 10, 0, tzinfo=ZONE))
    case = await filed(small, filed_at=at)
    browser, _ = await seated(small, small_browsers)
    told = words(await browser.get(f"/desk/requests/{case.number}"))
    assert "jueves 12 de noviembre de 2026" not in told.partition("Cómo se contó")[0]
    assert "lunes 16 de noviembre de 2026" in told  # ten working days, the 2nd and 3rd of November passed over
    assert "Difuntos" in told
    assert "lunes 2 de noviembre de 2026" in told
    assert "10 días calendario" in told
    assert "plazo que se informó" in told


async def test_doubtful_days_are_told(small, small_browsers):
    from datetime import datetime

    from bot.clock import milliseconds
    from tests.web.town import ZONE

    at = milliseconds(datetime(2027, 12, 20, 10, 0, tzinfo=ZONE))  # 24 and 31 December 2027 are doubtful
    case = await filed(small, filed_at=at)
    browser, _ = await seated(small, small_browsers)
    page = await browser.get(f"/desk/requests/{case.number}")
    assert re.search(r"<details open>\s*<summary>Cómo se contó", page)
    assert "24 de diciembre de 2027" in page


async def test_identity_is_hidden_until_it_is_asked_for_and_that_is_written_down(here, browsers):
    case = await filed(here, identity=WHO)
    browser, ana = await seated(here, browsers)
    page = await browser.get(f"/desk/requests/{case.number}")
    for value in WHO.values():
        assert value not in page
    assert lines(here, "identify") == []
    page = await browser.post(f"/desk/requests/{case.number}", {"deed": "identify"})
    for value in WHO.values():
        assert value in page
    (line,) = lines(here, "identify")
    assert (line.staff_id, line.subject) == (ana, case.number)
    assert not any(value in str(line) for value in WHO.values())
    assert WHO["name"] not in await browser.get(f"/desk/requests/{case.number}")  # hidden again


async def test_a_reader_sees_no_identity_and_does_nothing(here, browsers):
    works = unit(here, "Obras")
    case = await filed(here, unit_id=works)
    browser, _ = await seated(here, browsers, "reader", works)
    page = await browser.get(f"/desk/requests/{case.number}")
    assert "Su rol no permite" in words(page)
    assert "Qué hacer" not in page
    await browser.post(f"/desk/requests/{case.number}", {"deed": "identify"}, 403)
    for deed in ("answer", "note", "assign", "merge", "finish"):
        await browser.does(case, deed, 403, text="x", outcome="full", sure="yes")
    assert (await now_is(here, case)).sequence == 0
    assert lines(here, "identify") == []
    assert "Registro de acciones" not in page
    await browser.get("/desk/audit", 403)


async def test_an_answer_with_files_reaches_the_history_and_the_audit_log(here, browsers):
    case = await filed(here)
    browser, ana = await seated(here, browsers)
    page = await browser.does(
        case, "answer", outcome="partial", text="Va lo que hay.\r\n\r\nFalta un anexo.", sure="yes", files=[PDF]
    )
    assert "La respuesta está enviada" in page
    after = await now_is(here, case)
    assert (after.state, after.outcome) == ("answered", "partial")
    event = (await history(here, case))[-1]
    assert (event.kind, event.staff_id, event.visible) == ("answer", ana, True)
    assert event.text == "Va lo que hay.\n\nFalta un anexo."
    (line,) = lines(here, "answer")
    assert line.before["state"] == "received"
    assert line.after["state"] == "answered"
    assert line.after["outcome"] == "partial"
    address = re.search(r'href="(/desk/requests/[^"]+/files/\d+)"', page)[1]
    answer = await browser.client.get(address)
    assert await answer.read() == PDF[1]
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''contrato.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_type == "application/octet-stream"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    stranger = await browsers()
    assert "Entrar a la mesa" in await stranger.get(address)
    other = await filed(here, "Otra")
    await browser.get(f"/desk/requests/{other.number}/files/{address.rpartition('/')[2]}", 404)


async def test_what_cannot_be_undone_is_confirmed_and_nothing_written_is_lost(here, browsers):
    case = await filed(here)
    browser, _ = await seated(here, browsers)
    page = await browser.does(case, "answer", 422, outcome="full", text="Un texto largo & <b>", files=[PDF])
    assert "Marque la casilla" in words(page)
    assert "Un texto largo &amp; &lt;b&gt;" in page
    assert re.search(r'value="full" required checked', page)
    ticket = re.search(r'name="kept_file" value="([^"]+)"', page)[1]
    assert (await now_is(here, case)).state == "received"
    form = {"deed": "answer", "expected": "0", "outcome": "full", "text": "Ya", "sure": "yes", "kept_file": ticket}
    assert "enviada" in await browser.post(f"/desk/requests/{case.number}", form)
    files = await here.world.database.transaction(lambda tx: requests.files(tx, case.id))
    assert [(one.name, one.side, one.content_type) for one in files] == [("contrato.pdf", "answer", "application/pdf")]
    # the file of one case is of no use in another
    other = await filed(here, "Otra")
    await browser.post(f"/desk/requests/{other.number}", form)
    assert await here.world.database.transaction(lambda tx: requests.files(tx, other.id)) == []


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("virus.pdf", b"MZ\x90\0", "application/pdf"), "no es de un tipo que se acepte"),
        (("pagina.pdf", b"<html><script>x</script>", "application/pdf"), "no es de un tipo que se acepte"),
        (("vacio.pdf", b"", "application/pdf"), "no es de un tipo que se acepte"),
        (("grande.pdf", b"%PDF-" + b"x" * (8 * 1024 * 1024), "application/pdf"), "pesa más de 8 MB"),
    ],
)
async def test_files_are_judged_by_their_content(small, small_browsers, file, said):
    case = await filed(small)
    browser, _ = await seated(small, small_browsers)
    page = await browser.does(case, "answer", 422, outcome="full", text="Se queda", sure="yes", files=[file, PDF])
    assert said in words(page)
    assert file[0] in page
    assert "Se queda" in page
    assert "contrato.pdf" in page  # the good one is kept
    assert (await now_is(small, case)).state == "received"


async def test_every_deed_does_what_it_says(here, browsers):
    browser, _ = await seated(here, browsers)
    works = unit(here, "Obras")
    eva = await enter(here, "eva@puyo.ec", "officer", of=works, name="Eva Santi")

    async def after(case, deed, **fields):
        page = await browser.does(case, deed, **fields)
        return page, await now_is(here, case), (await history(here, case))[-1]

    case = await filed(here)
    page, now, event = await after(case, "ask", text="¿De qué año?")
    assert (now.asked_at is not None, event.kind, event.visible) == (True, "ask", True)
    page, now, event = await after(case, "hear", what="explain", text="De 2025")
    assert (now.asked_at, event.kind, event.doer) == (None, "explain", "staff")
    page, now, event = await after(case, "extend", text="Está en el archivo central", sure="yes")
    assert (now.state, event.kind) == ("extended", "extend")
    assert now.due > case.due
    page, now, event = await after(case, "note", text="Llamar a archivo", files=[PDF])
    assert (event.kind, event.visible) == ("note", False)
    page, now, event = await after(case, "write", text="Seguimos buscando")
    assert (now.state, event.kind) == ("extended", "write")
    page, now, event = await after(case, "assign", unit=str(works), officer=str(eva))
    assert (now.unit_id, now.officer_id) == (works, eva)
    assert "Obras · Eva Santi" in words(page)
    page, now, event = await after(case, "transfer", to="Prefectura de Pastaza", text="Lo tiene la Prefectura", sure="yes")
    assert (now.state, now.outcome, event.data["to"]) == ("answered", "transferred", "Prefectura de Pastaza")
    page, now, event = await after(case, "finish", sure="yes")
    assert now.state == "finished"
    assert "Cerrada" in page

    refused = await filed(here)
    page, now, event = await after(refused, "refuse", reason="confidential", text="Son datos de otra persona", sure="yes")
    assert (now.outcome, event.data["reason"]) == ("refused", "confidential")

    first, second = await filed(here, "Lo mismo"), await filed(here, "Lo mismo otra vez")
    page, now, event = await after(second, "merge", into=first.number.lower(), sure="yes")
    assert (now.state, now.outcome, now.merged_into_id) == ("finished", "duplicate", first.id)
    taken = await filed(here)
    page, now, event = await after(taken, "hear", what="withdraw", text="Ya no la necesito")
    assert (now.state, now.outcome) == ("finished", "withdrawn")
    assert len(here.world.database.transaction_now(audit.page)) == 11 + 1  # each deed, and the sign-in


@pytest.mark.parametrize(
    ("deed", "fields", "said"),
    [
        ("answer", {"outcome": "", "text": "x", "sure": "yes"}, "Elija un resultado"),
        ("answer", {"outcome": "refused", "text": "x", "sure": "yes"}, "Elija un resultado"),
        ("answer", {"outcome": "full", "text": "  ", "sure": "yes"}, "Falta el texto"),
        ("refuse", {"reason": "no", "text": "x", "sure": "yes"}, "Falta el motivo"),
        ("extend", {"text": "", "sure": "yes"}, "Falta el motivo"),
        ("transfer", {"to": " ", "text": "x", "sure": "yes"}, "Falta la otra entidad"),
        ("merge", {"into": "SAIP-2026-999", "sure": "yes"}, "Falta la otra entidad"),
        ("merge", {"into": "nada", "sure": "yes"}, "Falta la otra entidad"),
        ("hear", {"what": "shout", "text": "x"}, "Elija qué dijo"),
        ("hear", {"what": "explain", "text": ""}, "Falta el texto"),
        ("assign", {"unit": "77", "officer": ""}, "Elija una unidad"),
        ("assign", {"unit": "", "officer": "77"}, "Elija a una persona"),
        ("note", {"text": ""}, "Falta el texto"),
        ("finish", {"sure": "yes"}, "no está en un estado"),
    ],
)
async def test_what_is_missing_is_told(small, small_browsers, deed, fields, said):
    case = await filed(small)
    browser, _ = await seated(small, small_browsers)
    page = await browser.does(case, deed, 409 if deed == "finish" else 422, **fields)
    assert said in words(page)
    assert (await now_is(small, case)).sequence == 0
    assert lines(small, deed) == []


async def test_of_two_officers_the_second_is_told_and_nothing_is_overwritten(here, browsers):
    works = unit(here, "Obras")
    case = await filed(here, unit_id=works)
    eva, _ = await seated(here, browsers, "officer", works, "eva@puyo.ec")
    leo, _ = await seated(here, browsers, "officer", works, "leo@puyo.ec")
    await eva.does(case, "ask", text="¿De qué año lo necesita?", expected=0)
    page = await leo.does(case, "extend", 409, text="Está en otro edificio", sure="yes", expected=0)
    told = words(page)
    assert "Otra persona cambió esta solicitud" in told
    assert "Eva" in told.partition("Lo que cambió mientras tanto")[2][:200]
    assert "¿De qué año lo necesita?" in told
    assert "Está en otro edificio" in page
    assert (await now_is(here, case)).state == "received"
    assert lines(here, "extend") == []
    again = re.search(r'name="expected" value="(\d+)"', page)[1]
    await leo.does(case, "extend", text="Está en otro edificio", sure="yes", expected=int(again))  # with both eyes open
    assert (await now_is(here, case)).state == "extended"


async def test_a_deed_that_is_no_longer_open_gives_the_text_back(here, browsers):
    works = unit(here, "Obras")
    case = await filed(here, unit_id=works)
    eva, _ = await seated(here, browsers, "officer", works, "eva@puyo.ec")
    leo, _ = await seated(here, browsers, "officer", works, "leo@puyo.ec")
    await eva.does(case, "answer", outcome="full", text="Listo", sure="yes", expected=0)
    page = await leo.does(case, "answer", 409, outcome="full", text="Mi respuesta distinta", sure="yes", expected=0)
    assert re.search(r'<textarea id="lost"[^>]*>Mi respuesta distinta</textarea>', page)
    assert [event.kind for event in await history(here, case)] == ["file", "answer"]


async def test_an_officer_gives_a_case_to_colleagues_of_the_unit_and_to_nobody_else(here, browsers):
    works, water = unit(here, "Obras"), unit(here, "Agua")
    case = await filed(here, unit_id=works)
    eva, _ = await seated(here, browsers, "officer", works, "eva@puyo.ec")
    leo = await enter(here, "leo@puyo.ec", "officer", of=works)
    mar = await enter(here, "mar@puyo.ec", "officer", of=water)
    reads = await enter(here, "lee@puyo.ec", "reader", of=works)
    page = await eva.get(f"/desk/requests/{case.number}")
    assert f'value="{leo}"' in page
    assert f'value="{mar}"' not in page
    assert f'value="{reads}"' not in page
    await eva.does(case, "assign", officer=str(leo), unit=str(water))  # the unit is not theirs to change
    assert (await now_is(here, case)).unit_id == works
    await eva.does(case, "assign", 403, officer=str(mar))
    await eva.does(case, "assign", 422, officer=str(reads))
    boss, _ = await seated(here, browsers, "coordinator", None, "carlos@puyo.ec")
    page = await boss.does(case, "assign", 422, unit=str(works), officer=str(mar))
    assert "trabaja en otra unidad" in page
    await boss.does(case, "assign", unit=str(water), officer=str(mar))
    await eva.get(f"/desk/requests/{case.number}", 403)
    await eva.does(case, "note", 403, text="¿Y ahora?", expected=0)


async def test_the_history_marks_what_the_person_sees(small, small_browsers):
    case = await filed(small)
    browser, ana = await seated(small, small_browsers)
    await stepped(small, "note", case, Doer("staff", ana), "Entre nosotros")
    await stepped(small, "explain", case, RESIDENT, "Soy yo otra vez")
    page = await browser.get(f"/desk/requests/{case.number}")
    events = re.findall(r'<li class="(seen|inside)" id="event-(\d+)">(.*?)</li>', page, re.DOTALL)
    assert [(seen, int(number)) for seen, number, _ in events] == [("seen", 2), ("inside", 1), ("seen", 0)]
    assert "solo la mesa" in events[1][2]
    assert "la persona lo ve" in events[0][2]
    assert "La persona" in words(events[0][2])


async def test_a_beginning_is_put_in_the_persons_language_and_keeps_what_was_written(small, small_browsers):
    case = await filed(small, language="en")
    browser, _ = await seated(small, small_browsers)
    page = await browser.does(case, "answer", text="Antes", template="not_held", press="template", outcome="not_held")
    text = re.search(r'<textarea id="text-answer"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1]
    assert text.startswith("Antes\n\nThis answers request " + case.number)
    assert "Municipio de Pastaza does not hold" in text
    assert (await now_is(small, case)).sequence == 0


async def test_after_the_term_nothing_is_extended_and_one_may_insist(small, small_browsers):
    case = await filed(small, filed_at=now_of(small) - 60 * DAY)
    browser, _ = await seated(small, small_browsers)
    page = await browser.get(f"/desk/requests/{case.number}")
    assert "do-extend" not in page
    assert "Vencida hace" in page
    assert 'value="insist"' in page
    await browser.does(case, "extend", 409, text="tarde", sure="yes")
    await browser.does(case, "hear", what="insist", text="No me respondieron")
    assert (await now_is(small, case)).state == "insisted"


async def test_what_is_not_there_is_told(small, small_browsers):
    case = await filed(small)
    browser, _ = await seated(small, small_browsers)
    page = await browser.get("/desk/requests/SAIP-1999-1", 404)
    assert "Mesa de atención" in page
    await browser.get(f"/desk/requests/{case.number}/files/1", 404)
    await browser.get(f"/desk/requests/{case.number}/files/x", 404)
    await browser.get(f"/desk/requests/{case.number}/files/9999999999999999999", 404)
    await browser.post(f"/desk/requests/{case.number}", {"deed": "explode"}, 404)


async def test_a_broken_seal_is_told_and_breaks_nothing_else(small, small_browsers):
    from storage.statements import Statement

    case = await filed(small)
    spoil = Statement("UPDATE request SET identity = ? WHERE id = ?")
    await small.world.database.transaction(lambda tx: tx.run(spoil, (b"no seal", case.id)))
    browser, _ = await seated(small, small_browsers)
    page = await browser.post(f"/desk/requests/{case.number}", {"deed": "identify"})
    assert "no se pueden abrir" in page


async def test_administrators_read_the_log_by_person_and_case(here, browsers):
    case = await filed(here)
    browser, _ = await seated(here, browsers)
    other, carlos = await seated(here, browsers, "coordinator", None, "carlos@puyo.ec")
    await other.does(case, "note", text="x")
    await browser.does(case, "ask", text="¿Cuál?")
    page = words(await browser.get("/desk/audit"))
    assert "Carlos Dejó una nota" in page
    assert "Ana Pidió una aclaración" in page
    page = words(await browser.get(f"/desk/audit?staff={carlos}"))
    assert "Dejó una nota" in page
    assert "Pidió una aclaración" not in page
    page = words(await browser.get(f"/desk/audit?subject={case.number}"))
    assert "Entró" not in page.partition("Antes → después")[2]
    assert "Pidió una aclaración" in page
    page = words(await browser.get(f"/desk/audit?subject={case.number}&staff={carlos}"))
    assert "Pidió una aclaración" not in page
    assert "No hay líneas" in await browser.get("/desk/audit?subject=SAIP-1999-1")
    await other.get("/desk/audit", 403)


async def test_those_that_may_ask_the_same_are_suggested_and_merged_with_one_tap(here, browsers):
    works, water = unit(here, "Obras"), unit(here, "Agua")
    text = "Quiero el contrato del puente sobre el río Pastaza con sus anexos"
    first = await filed(here, text, unit_id=works)
    hidden = await filed(here, text, unit_id=water)
    second = await filed(here, "Necesito el contrato del puente sobre el río Pastaza y sus anexos", unit_id=works)
    await filed(here, "Horario de la biblioteca municipal", unit_id=works)
    eva, _ = await seated(here, browsers, "officer", works, "eva@puyo.ec")
    page = await eva.get(f"/desk/requests/{second.number}")
    assert re.findall(r'name="alike" value="([^"]+)"', page) == [first.number]
    await eva.does(second, "merge", 422, into=hidden.number, sure="yes")  # of another unit: not theirs to join with
    await eva.does(second, "merge", into="", alike=first.number, sure="yes")
    assert (await now_is(here, second)).merged_into_id == first.id


async def test_pressed_twice_it_is_kept_once_and_nobody_else_is_blamed(here, browsers):
    case = await filed(here)
    browser, _ = await seated(here, browsers)
    await browser.does(case, "write", text="Una sola vez", expected=0)
    page = await browser.does(case, "write", 409, text="Una sola vez", expected=0)
    assert "Usted mismo cambió" in page
    assert [event.kind for event in await history(here, case)] == ["file", "write"]


async def test_a_beginning_for_a_language_that_is_known_in_part_is_the_officers(small, small_browsers):
    from dataclasses import replace

    office = small.world.office
    kichwa = replace(office.languages["es"], code="qu_EC", texts={"engine.back": "x"})
    object.__setattr__(small.world, "office", replace(office, languages={**office.languages, "qu_EC": kichwa}))
    case = await filed(small, language="qu_EC")
    browser, _ = await seated(small, small_browsers)
    page = await browser.does(case, "ask", template="ask", press="template")
    assert f"Para responder bien a la solicitud {case.number}" in page
