"""Talks in which a person is wanted: who waits, reading, taking, writing, and giving back; on both databases."""

from __future__ import annotations

import re

import pytest

from storage import audit, hand_overs
from storage.retention import retain_texts
from storage.statements import Statement
from tests.web.desk.people import enter, now_of, unit, words
from tests.web.desk.resident import Resident

PATH = "/desk/conversations"


def paths(page):
    return re.findall(r'<a href="(/desk/conversations/\d+)"', page)


def actions(town):
    return [line.action for line in town.world.database.transaction_now(audit.page)][::-1]


def open_ones(town):
    return town.world.database.transaction_now(hand_overs.open_ones)


async def desk(here, browsers, name="eva", role="officer"):
    await enter(here, f"{name}@puyo.ec", role, of=unit(here, "Obras"), name=name.title())
    browser = await browsers()
    await browser.sign_in(f"{name}@puyo.ec")
    return browser


async def test_somebody_in_a_flow_asks_is_answered_and_the_bot_goes_on_where_it_was(here, browsers):
    luz = Resident(here)
    await luz.does(start="dos")
    assert any("Avisé a una persona" in text for text in await luz.says("hablar con una persona"))
    browser = await desk(here, browsers)
    page = await browser.get(PATH)
    assert "Dos preguntas" in page
    assert "La persona lo pidió" in page
    (path,) = paths(page)
    page = await browser.get(path)
    assert "¿Cuál es tu primera idea?" in page  # what the bot said, opened for reading
    assert "hablar con una persona" in words(page)  # and what they wrote
    assert "talk_read" in actions(here)

    page = await browser.post(path, {"deed": "take", "holder": ""})
    assert "La conversación es suya" in page
    told = luz.got()[-1].text
    assert "Ahora te atiende Eva, de Municipio de Pastaza" in told
    assert "«menú»" in told

    # what is written now is no answer, and the bot is silent
    assert await luz.says("No entiendo la primera pregunta") == []
    assert await luz.does(location=[-1.48, -78.0]) == []
    assert luz.journal == []
    page = await browser.get(path)
    assert "No entiendo la primera pregunta" in page
    assert "-1.48, -78.0" in page
    assert "No entiendo" in await browser.get(f"{path}/lines")

    await browser.post(path, {"deed": "write", "text": "Escriba lo primero que piense <b>"})
    assert luz.got()[-1].text == "👤 Eva, Municipio de Pastaza:\nEscriba lo primero que piense <b>"
    page = await browser.get(path)
    assert "Escriba lo primero que piense &lt;b&gt;" in page
    assert "en camino" in page
    await here.deliveries.run_due()
    assert "enviado" in words(await browser.get(f"{path}/lines"))

    await browser.post(path, {"deed": "give_back"})
    back = [message.text for message in luz.got()][-3:]
    assert "Vuelve a responderte el asistente" in " ".join(back)
    assert back[-1] == "¿Cuál es tu primera idea?"
    assert open_ones(here) == []
    await luz.says("Más árboles")
    assert luz.journal == [("primera", "Más árboles")]
    done = [one for one in actions(here) if one.startswith("talk_") and one != "talk_read"]
    assert done == ["talk_taken", "talk_written", "talk_given_back"]
    page = await browser.get(path)
    assert "Devuelta al asistente" in page

    # they may ask again
    await luz.says("hablar con una persona")
    assert len(open_ones(here)) == 1


async def test_from_the_lobby_too_and_once_however_often_it_is_asked(here, browsers):
    luz = Resident(here)
    await luz.says("hablar con una persona")
    await luz.says("hablar con una persona")
    (row,) = open_ones(here)
    assert (row.conversation_id, row.reason, row.flow) == (None, "asked", None)
    browser = await desk(here, browsers)
    page = await browser.get(PATH)
    assert "Fuera de toda encuesta" in page
    (path,) = paths(page)
    assert "Avisé a una persona" in await browser.get(path)
    # nobody need take it: off the list, and the person is not told of what never began
    before = len(luz.got())
    await browser.post(path, {"deed": "give_back"})
    assert open_ones(here) == []
    assert len(luz.got()) == before
    await luz.says("hablar con una persona")
    assert len(open_ones(here)) == 1


@pytest.mark.parametrize("word", ["menú", "no me escriban más"])
async def test_menu_and_stop_lead_back_to_the_bot(here, browsers, word):
    luz = Resident(here)
    await luz.does(start="dos")
    await luz.says("hablar con una persona")
    browser = await desk(here, browsers)
    (path,) = paths(await browser.get(PATH))
    await browser.post(path, {"deed": "take", "holder": ""})
    assert await luz.says("hola") == []
    said = await luz.says(word)
    assert said
    assert open_ones(here) == []
    page = await browser.post(path, {"deed": "write", "text": "¿Sigue ahí?"}, 409)
    assert "la persona volvió al asistente" in page
    assert "¿Sigue ahí?" in page  # nothing that was written is lost
    assert "¿Sigue ahí?" not in [message.text for message in luz.got()]


async def test_two_officers_at_one_talk(here, browsers):
    luz = Resident(here)
    await luz.says("hablar con una persona")
    eva, leo = await desk(here, browsers), await desk(here, browsers, "leo")
    (path,) = paths(await eva.get(PATH))
    await eva.post(path, {"deed": "take", "holder": ""})
    page = await leo.post(path, {"deed": "take", "holder": ""}, 409)
    assert "La tiene Eva" in page
    assert "La tiene Eva" in await leo.post(path, {"deed": "write", "text": "Buenas"}, 409)
    assert "La tiene Eva" in await leo.post(path, {"deed": "give_back"}, 409)
    holder = re.search(r'name="holder" value="(\d+)"', page)[1]
    assert "es suya" in await leo.post(path, {"deed": "take", "holder": holder})
    assert "Ahora te atiende Leo" in luz.got()[-1].text
    assert "La tiene Leo" in await eva.post(path, {"deed": "write", "text": "Buenas"}, 409)
    # whoever reads without having it is asked no more
    assert (await eva.client.get(f"{path}/lines")).status == 286


async def test_nobody_gives_back_what_a_colleague_has(here, browsers):
    luz = Resident(here)
    await luz.says("hablar con una persona")
    eva, carlos = await desk(here, browsers), await desk(here, browsers, "carlos", "coordinator")
    (path,) = paths(await carlos.get(PATH))  # waits still, as Carlos sees it
    await eva.post(path, {"deed": "take", "holder": ""})
    assert "La tiene Eva" in await carlos.post(path, {"deed": "give_back"}, 409)
    assert open_ones(here)[0].staff == "Eva"
    await eva.post(path, {"deed": "give_back"})
    assert "terminó entretanto" in await carlos.post(path, {"deed": "give_back"}, 409)
    assert actions(here).count("talk_given_back") == 1


async def test_what_cannot_be_written_is_told_and_not_lost(here, browsers):
    luz = Resident(here)
    await luz.says("hablar con una persona")
    browser = await desk(here, browsers)
    (path,) = paths(await browser.get(PATH))
    page = await browser.post(path, {"deed": "write", "text": "Buenas tardes"}, 409)
    assert "Primero tome la conversación" in page
    assert "Buenas tardes" in page
    await browser.post(path, {"deed": "take", "holder": ""})
    await browser.post(path, {"deed": "write", "text": "   "}, 422)
    page = await browser.post(path, {"deed": "write", "text": "a" * 3001}, 422)
    assert "demasiado largo" in page
    assert "a" * 3001 in page
    await browser.post(path, {"deed": "nothing"}, 404)
    for wrong in ("/1", "/x", "/" + "9" * 30):
        await browser.get(PATH + wrong, 404)
    await browser.get(f"{path}/files/1", 404)


async def test_an_attachment_reaches_whoever_answers(here, browsers):
    luz = Resident(here)
    await luz.says("hablar con una persona")
    browser = await desk(here, browsers)
    (path,) = paths(await browser.get(PATH))
    await browser.post(path, {"deed": "take", "holder": ""})
    from bot.vocabulary import Media

    kept = here.world.attachments.keep(b"%PDF-1.4 plano", Media("file", "", "application/pdf", "", 0, name="plano.pdf"))
    from dataclasses import replace

    import orjson

    from bot.channels.channel import Request

    event = {"id": "foto-1", "person": luz.name, "look": "telegram", "does": {"file": kept.reference, "name": "plano.pdf"}}
    raw = Request("http://x/", {}, orjson.dumps(event), here.world.clock.now())
    (parsed,) = here.world.simulator.parse(here.world.simulator.split(raw)[0])
    await here.world.turns.handle(replace(parsed, content=kept))
    page = await browser.get(path)
    assert "plano.pdf" in page
    link = re.search(rf'href="({path}/files/\d+)"', page)[1]
    answer = await browser.client.get(link, headers=browser.headers)
    assert await answer.read() == b"%PDF-1.4 plano"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "talk_file" in actions(here)


async def test_the_clock_is_silent_while_somebody_answers(here, browsers):
    luz = Resident(here)
    await luz.does(start="barrio")
    await luz.says("hablar con una persona")
    browser = await desk(here, browsers)
    (path,) = paths(await browser.get(PATH))
    await browser.post(path, {"deed": "take", "holder": ""})
    before = len(luz.got())
    await luz.says("una cosa más")
    move = Statement("UPDATE conversation SET due_at = 1 WHERE due_at IS NOT NULL")
    moved = here.world.database.transaction_now(lambda tx: tx.run(move))
    assert moved == 1
    await here.world.run_duties()
    assert len(luz.got()) == before


async def test_whatsapp_takes_nothing_long_after_the_person_wrote_and_the_page_says_so(here, browsers):
    luz = Resident(here, look="whatsapp")
    await luz.says("hablar con una persona")
    browser = await desk(here, browsers)
    (path,) = paths(await browser.get(PATH))
    await browser.post(path, {"deed": "take", "holder": ""})
    assert "WhatsApp solo admite" not in await browser.get(path)
    old = Statement("UPDATE address SET heard_at = heard_at - 90000000")
    here.world.database.transaction_now(lambda tx: tx.run(old))
    assert "WhatsApp solo admite mensajes libres" in await browser.get(path)


async def test_erased_the_talk_is_gone_and_anonymous_ones_leave_none(here, browsers):
    luz = Resident(here)
    await luz.does(start="secreto")
    await luz.says("hablar con una persona")
    browser = await desk(here, browsers)
    (path,) = paths(await browser.get(PATH))
    await browser.post(path, {"deed": "take", "holder": ""})
    await luz.says("me da miedo contarlo")
    await browser.post(path, {"deed": "give_back"})
    await luz.says("Cobran por el agua")  # the end of the anonymous flow
    await browser.get(path, 404)
    count = Statement("SELECT (SELECT count(*) FROM hand_over), (SELECT count(*) FROM hand_over_line)")
    assert here.world.database.transaction_now(lambda tx: tx.one(count)) == (0, 0)
    await luz.says("hablar con una persona")
    (path,) = paths(await browser.get(PATH))
    await browser.post(path, {"deed": "take", "holder": ""})
    await luz.says("hola")
    await luz.says("borrar mis datos")
    await luz.says("sí")
    await browser.get(path, 404)
    assert here.world.database.transaction_now(lambda tx: tx.one(count)) == (0, 0)


async def test_who_may_not_and_what_comes_from_elsewhere(here, browsers):
    luz = Resident(here)
    await luz.says("hablar con una persona")
    reader = await desk(here, browsers, "rita", "reader")
    assert PATH not in await reader.get("/desk")
    (row,) = open_ones(here)
    path = f"{PATH}/{row.id}"
    for wanted in (PATH, path, f"{path}/lines", f"{path}/files/1"):
        await reader.get(wanted, 403)
    await reader.post(path, {"deed": "take", "holder": ""}, 403)
    eva = await desk(here, browsers)
    eva.headers["Sec-Fetch-Site"] = "cross-site"
    await eva.post(path, {"deed": "take", "holder": ""}, 403)
    assert open_ones(here)[0].taken_at is None


async def test_what_was_written_goes_after_its_days(here, browsers):
    luz = Resident(here)
    await luz.says("hablar con una persona")
    browser = await desk(here, browsers)
    (path,) = paths(await browser.get(PATH))
    await browser.post(path, {"deed": "take", "holder": ""})
    await luz.says("mi nombre es Luz Tanguila")
    await browser.post(path, {"deed": "write", "text": "Buenas tardes"})
    later = now_of(here) + 31 * 86_400_000
    await retain_texts(here.world.database, raw_days=30, now_ms=later)
    page = await browser.get(path)
    assert "Luz Tanguila" not in page
    assert "se borró al cumplirse su plazo" in page


async def test_two_telephones_made_one_have_one_talk(here, browsers):
    one, two = Resident(here), Resident(here, "el-otro-telefono-de-luz")
    code = re.search(r"[34679A-Z]{5}-[34679A-Z]{5}", "".join(await one.says("vincular")))[0]
    await one.says("hablar con una persona")
    await two.says("hablar con una persona")
    browser = await desk(here, browsers)
    waiting = paths(await browser.get(PATH))
    assert len(waiting) == 2
    for path in waiting:
        await browser.post(path, {"deed": "take", "holder": ""})
    await two.says(f"vincular {code}")
    (row,) = open_ones(here)
    assert await two.says("¿Hay alguien?") == []  # whichever telephone they write from, staff read it
    assert await one.says("Soy yo") == []
    page = await browser.get(f"{PATH}/{row.id}")
    assert "¿Hay alguien?" in page
    assert "Soy yo" in page


PLAN = ("plano.pdf", b"%PDF-1.4 plano", "application/pdf")
PHOTO = ("foto.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "image/png")


async def test_staff_send_files_in_a_talk(here, browsers):
    luz = Resident(here)
    await luz.says("hablar con una persona")
    browser = await desk(here, browsers)
    (path,) = paths(await browser.get(PATH))
    await browser.post(path, {"deed": "take", "holder": ""})
    before = len(luz.got())
    await browser.sends(path, deed="write", text="Este es el plano", files=[PLAN])
    text, file = luz.got()[before:]
    assert text.text.endswith("Este es el plano")
    assert [(kind, name.rpartition("/")[2]) for kind, name in file.media.items()] == [("file", "plano.pdf")]
    await browser.sends(path, deed="write", text="", files=[PHOTO, PLAN])
    told, photo, again = luz.got()[before + 2 :]
    assert told.text == "👤 Eva, Municipio de Pastaza, te envía estos archivos:"
    assert (list(photo.media), list(again.media)) == (["image"], ["file"])
    await here.deliveries.run_due()
    page = await browser.get(path)
    assert words(page).count("enviado") == 4
    link = re.search(rf'href="({path}/files/\d+)"', page)[1]
    answer = await browser.client.get(link, headers=browser.headers)
    assert await answer.read() == PLAN[1]
    # what was sent to them is theirs: it goes with them
    owners = Statement("SELECT count(*) FROM media WHERE contact_id IS NOT NULL")
    assert here.world.database.transaction_now(lambda tx: tx.one(owners)) == (3,)


async def test_what_a_channel_does_not_carry_is_refused_with_the_reason_and_nothing_is_lost(small, small_browsers):
    luz = Resident(small, look="sms")
    await luz.says("hablar con una persona")
    browser = await desk(small, small_browsers)
    (path,) = paths(await browser.get(PATH))
    page = await browser.post(path, {"deed": "take", "holder": ""})
    assert "Por simulator no se envían archivos" in page
    before = len(luz.got())
    page = await browser.sends(path, 422, deed="write", text="Va el plano", files=[PLAN])
    assert "«plano.pdf» no puede ir" in page
    assert "Va el plano" in page
    assert len(luz.got()) == before
    page = await browser.sends(path, 422, deed="write", text="", files=[("virus.exe", b"MZ" + b"\0" * 90, "application/pdf")])
    assert "virus.exe" in page
