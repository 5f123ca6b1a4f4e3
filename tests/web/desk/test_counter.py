"""Requests entered for somebody else: number, dates, receipt with the code, and what is not taken; on both databases."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from aiohttp import FormData

from bot.casework import filing
from storage import audit, requests
from storage.statements import Statement
from tests.web.desk.people import enter, filed, unit, words

PATH = "/desk/requests/new"
COUNT = Statement("SELECT count(*) FROM request")


def count(town):
    return town.world.database.transaction_now(lambda tx: tx.one(COUNT))[0]


def given(town, **changes):
    today = town.world.clock.now().date()
    fields = {
        "kind": "information", "source": "paper", "received": today.isoformat(), "text": "Quiero las actas de 2025",
        "period": "2025", "form": "paper", "notify": "counter", "name": "Luz Tanguila", "document": "1600123456",
        "language": "es", "unit": "", "place": "", "once": "",
    }  # fmt: skip
    return {**fields, **changes}


def form(fields, files=()):
    data = FormData()
    for name, value in fields.items():
        data.add_field(name, value)
    data._is_multipart = True
    for name, content in files:
        data.add_field("files", io.BytesIO(content), filename=name)
    return data


async def coordinator(here, browsers):
    await enter(here, "carlos@puyo.ec", "coordinator")
    browser = await browsers()
    await browser.sign_in("carlos@puyo.ec")
    return browser


async def test_entered_on_paper_it_gets_the_next_number_counts_from_its_day_and_gives_a_receipt(here, browsers):
    by_chat = await filed(here, "Por chat")
    browser = await coordinator(here, browsers)
    assert "/desk/requests/new" in await browser.get("/desk")
    assert "Registrar una solicitud" in await browser.get(PATH)
    received = here.world.clock.now().date() - timedelta(days=3)
    if received.year != by_chat.year:
        received = here.world.clock.now().date()
    page = await browser.post(PATH, form(given(here, received=received.isoformat()), [("carta.pdf", b"%PDF-1.4 carta")]))
    number = re.search(r"SAIP-\d+-\d+", page)[0]
    assert int(number.rpartition("-")[2]) == by_chat.serial + 1
    case = here.world.database.transaction_now(lambda tx: requests.by_number(tx, number))
    assert (case.source, case.form, case.notify, case.contact_id, case.from_day) == ("paper", "paper", "counter", None, received)
    assert filing.identity(here.world.office, case) == {"name": "Luz Tanguila", "document": "1600123456"}
    (file,) = here.world.database.transaction_now(lambda tx: requests.files(tx, case.id))
    assert (file.name, file.side) == ("carta.pdf", "resident")
    told = words(page)
    assert "Comprobante de tu solicitud" in told
    assert "Quiero las actas de 2025" in told
    assert "Ventanilla 4" in told
    assert "carta.pdf" in told
    for due in (case.working_due, case.calendar_due):
        assert f"{due.day} de " in told
    code = re.search(r"<code>([0-9A-Z-]+)</code>", page)[1]
    found = here.world.database.transaction_now(lambda tx: filing.find(tx, here.world.office, number, code=code))
    assert found.id == case.id
    line = here.world.database.transaction_now(audit.page)[0]
    assert (line.action, line.subject, line.after["received"]) == ("entered", number, received.isoformat())
    assert "Luz" not in str(line)
    assert "en papel" in words(await browser.get(f"/desk/requests/{number}"))


async def test_the_receipt_is_theirs_alone_and_for_a_while(here, browsers):
    browser = await coordinator(here, browsers)
    answer = await browser.client.post(
        PATH, data=form(given(here)), headers={"Sec-Fetch-Site": "same-origin"}, allow_redirects=False
    )
    assert answer.status == 303
    place = answer.headers["Location"]
    assert await browser.get(place) == await browser.get(place)  # reloaded it files nothing again
    assert count(here) == 1
    await enter(here, "ana@puyo.ec", "administrator")
    other = await browsers()
    await other.sign_in("ana@puyo.ec")
    assert "ya no se puede mostrar" in await other.get(place, 410)
    for ticket in ("", "x", place.partition("=")[2][:-8] + "AAAAAAA="):
        await browser.get(f"{PATH}/receipt?ticket={ticket}", 410)


async def test_the_same_form_sent_twice_is_entered_once(here, browsers):
    browser = await coordinator(here, browsers)
    once = re.search(r'name="once" value="([^"]+)"', await browser.get(PATH))[1]
    await browser.post(PATH, form(given(here, once=once)))
    assert "Ya estaba registrada" in await browser.post(PATH, form(given(here, once=once)), 409)
    assert count(here) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text": "  "}, "Falta lo que pide"),
        ({"received": "tomorrow"}, "tiene que ser hoy o antes"),
        ({"received": "ahead"}, "tiene que ser hoy o antes"),
        ({"received": "2019-01-01"}, "tiene que ser hoy o antes"),
        ({"email": "luz@"}, "no parece completo"),
        ({"notify": "email"}, "falta el correo"),
        ({"notify": "chat"}, "no es de la lista"),
        ({"source": "chat"}, "no es de la lista"),
        ({"kind": "love"}, "no es de la lista"),
        ({"language": "qu"}, "no es de la lista"),
        ({"unit": "77"}, "ya no existe"),
        ({"place": "atlantis"}, "Elija un cantón"),
        ({"name": "x" * 301}, "demasiado largo"),
    ],
)
async def test_what_is_not_right_is_told_and_nothing_typed_is_lost(small, small_browsers, changes, told):
    browser = await coordinator(small, small_browsers)
    if changes.get("received") == "ahead":
        changes = {"received": (small.world.clock.now().date() + timedelta(days=1)).isoformat()}
    page = await browser.post(PATH, form(given(small, **changes), [("carta.pdf", b"%PDF-1.4 carta")]), 422)
    assert told in words(page)
    assert 'value="1600123456"' in page
    assert "carta.pdf" in page  # brought along, not to be chosen again
    assert count(small) == 0
    ticket = re.search(r'name="kept_file" value="([^"]+)"', page)[1]
    page = await browser.post(PATH, form(given(small, kept_file=ticket)))
    assert "carta.pdf" in page


async def test_a_complaint_needs_nobody_and_an_officer_enters_for_their_own_unit(here, browsers):
    works, water = unit(here, "Obras"), unit(here, "Agua")
    await enter(here, "eva@puyo.ec", "officer", of=works)
    browser = await browsers()
    await browser.sign_in("eva@puyo.ec")
    nobody = {"name": "", "document": "", "kind": "complaint", "language": "en", "source": "phone"}
    page = await browser.post(PATH, form(given(here, unit=str(works), **nobody)))
    assert "Receipt for your complaint" in page  # the person's own language
    number = re.search(r"QJA-\d+-\d+", page)[0]
    case = here.world.database.transaction_now(lambda tx: requests.by_number(tx, number))
    assert (case.identity, case.unit_id) == (None, works)
    assert "para su propia unidad" in words(await browser.post(PATH, form(given(here, unit=str(water))), 422))
    assert "Agua" not in await browser.get(PATH)
    await enter(here, "rita@puyo.ec", "reader", of=works)
    reader = await browsers()
    await reader.sign_in("rita@puyo.ec")
    await reader.get(PATH, 403)
    await reader.post(PATH, form(given(here)), 403)
    browser.headers["Sec-Fetch-Site"] = "cross-site"
    await browser.post(PATH, form(given(here, unit=str(works))), 403)
    assert count(here) == 1
