"""Notices that did not go out, mails that were refused, and a chat of one's own for them; on both databases."""

from __future__ import annotations

import re

from storage import audit, mail, staff_codes
from tests.web.desk.people import enter, now_of, unit, words
from tests.web.desk.resident import Resident

PATH = "/desk/notices"


def queued(town, staff, text="SAIP-2026-1 vence mañana", to="eva@puyo.ec"):
    identifier = town.world.database.identifiers.next()
    town.world.database.transaction_now(
        lambda tx: mail.queue(tx, town.world.vault, identifier, to=to, subject="Avisos", text=text, now=now_of(town), staff=staff)
    )
    return identifier


async def test_without_a_mail_server_the_desk_shows_what_was_owed_to_each(here, browsers):
    works = unit(here, "Obras")
    eva, leo = await enter(here, "eva@puyo.ec", "officer", of=works), await enter(here, "leo@puyo.ec", "officer", of=works)
    queued(here, eva)
    queued(here, leo, "SAIP-2026-2 está vencida")
    browser = await browsers()
    await browser.sign_in("eva@puyo.ec")
    page = words(await browser.get(PATH))
    assert "SAIP-2026-1 vence mañana" in page
    assert "SAIP-2026-2" not in page
    assert "Ningún aviso sale de aquí" in page
    assert "Correos que el servidor no aceptó" not in page


async def test_refused_mails_are_the_administrators_to_see_and_to_retry(here, browsers):
    works = unit(here, "Obras")
    eva = await enter(here, "eva@puyo.ec", "officer", of=works)
    await enter(here, "ana@puyo.ec", "administrator")
    gone, resident = queued(here, eva), queued(here, None, "Tu respuesta", "luz@example.org")
    for identifier in (gone, resident):
        here.world.database.transaction_now(lambda tx, i=identifier: mail.dead(tx, i, error="550 no such user"))
    ana = await browsers()
    await ana.sign_in("ana@puyo.ec")
    page = await ana.get(PATH)
    told = words(page)
    assert "550 no such user" in told
    assert "Abandonados: 2" in told
    assert "A una persona que pidió información" in told
    assert "luz@example.org" not in page
    assert "Tu respuesta" not in page
    await ana.post(PATH, {"mail": str(gone)})
    assert here.world.database.transaction_now(mail.counts) == {"dead": 1, "queued": 1}
    assert here.world.database.transaction_now(audit.page)[0].action == "mail_retried"
    for wrong in ("", "x", "1", "9" * 40):
        await ana.post(PATH, {"mail": wrong}, 404)
    browser = await browsers()
    await browser.sign_in("eva@puyo.ec")
    await browser.post(PATH, {"mail": str(resident)}, 403)
    ana.headers["Sec-Fetch-Site"] = "cross-site"
    await ana.post(PATH, {"mail": str(resident)}, 403)


async def test_a_chat_is_linked_by_a_code_that_is_good_once(here, browsers):
    eva = await enter(here, "eva@puyo.ec", "coordinator")
    browser = await browsers()
    await browser.sign_in("eva@puyo.ec")
    assert "No tiene un chat vinculado" in words(await browser.get(PATH))
    page = await browser.post("/desk/account", {"deed": "chat"})
    code = re.search(r"<code>([0-9A-Z-]+)</code>", page)[1]
    assert code not in await browser.get("/desk/account")
    chat = Resident(here, "telefono-de-eva-la-oficial")
    assert any("recibirá los avisos" in text for text in await chat.says(code.lower()))
    channel = here.world.database.transaction_now(lambda tx: staff_codes.channel(tx, eva))
    assert channel == "simulator"
    assert "Los avisos llegan a su chat (simulator)" in words(await browser.get(PATH))
    # somebody else with the same code gets nothing by it
    other = Resident(here, "telefono-de-otra-persona")
    assert not any("recibirá los avisos" in text for text in await other.says(code))
    await browser.post("/desk/account", {"deed": "chat_off"})
    assert here.world.database.transaction_now(lambda tx: staff_codes.channel(tx, eva)) == ""
    told = [line.action for line in here.world.database.transaction_now(audit.page)]
    assert told[:2] == ["chat_off", "chat_offered"]


async def test_a_code_too_old_or_of_somebody_who_left_links_nothing(small, small_browsers):
    from bot.turn import linking
    from storage import staff

    eva = await enter(small, "eva@puyo.ec", "coordinator")
    chat = Resident(small, "telefono-de-eva-la-oficial")
    work = small.world.database.transaction_now
    old = work(lambda tx: linking.make_for_staff(tx, small.world.vault, eva, now_of(small) - linking.VALID - 1))
    await chat.says(old)
    assert work(lambda tx: staff_codes.channel(tx, eva)) == ""
    code = work(lambda tx: linking.make_for_staff(tx, small.world.vault, eva, now_of(small)))
    work(lambda tx: staff.set_active(tx, eva, active=False))
    await chat.says(code)
    assert work(lambda tx: staff_codes.channel(tx, eva)) == ""
