from __future__ import annotations

import base64
import json
from datetime import timedelta

import sqlalchemy as sa

from bot.casework import filing, steps
from bot.casework.filing import Filing
from bot.casework.office import RESIDENT, Doer
from bot.clock import milliseconds
from bot.vocabulary import Media
from storage import media
from storage.schema import metadata
from tests.web.page import Page
from tests.world import OFFICER

PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc000000301010018dd8db0"
        "0000000049454e44ae426082"
    )
).decode()


async def table(page: Page, name: str) -> list[sa.Row]:
    return await page.town.world.database.read(lambda connection: list(connection.execute(sa.select(metadata.tables[name]))))


async def test_a_flow_is_played_by_buttons_and_words_and_every_answer_shows(page):
    await page.open()
    async with page.chat() as chat:
        await chat.until(lambda chat: chat.data)
        assert chat.data["items"] == []
        assert chat.data["kept"] is None
        await page.does({"start": "barrio"})
        await chat.until(chat.heard("¿En qué cantón"))
        asked = chat.said[-1]
        assert asked["layout"] == "buttons"
        assert [option["label"] for option in asked["options"]] == ["Riobamba", "Ibarra", "Puyo"]
        await page.does({"choice": "puyo", "prompt": asked["prompt"]})
        await chat.until(chat.heard("¿A qué sector"))
        await page.does({"text": "academia"}, fresh=True, shown=chat.said[-1]["prompt"])
        await chat.until(chat.heard("¿Qué información"))
        assert chat.said[-1]["several"]
        await page.does({"choice": "presupuesto obras", "prompt": chat.said[-1]["prompt"]})
        await chat.until(lambda chat: len(chat.rows) == 3)
    rows = {row["step"]: row for row in chat.rows}
    assert (rows["canton"]["shown"], rows["canton"]["code"]) == ("Puyo", "puyo")
    assert rows["canton"]["question"] == "¿En qué cantón vives?"
    assert rows["temas"]["shown"] == "Presupuesto, gastos y deudas, Obras y contratos"
    assert rows["temas"]["code"] == "presupuesto obras"
    assert rows["sector"]["raw"] == "academia"
    # the press shows what the person saw on the button, not its name
    assert "Puyo" in chat.texts
    assert "Presupuesto, gastos y deudas, Obras y contratos" in chat.texts
    assert chat.data["kept"]["status"] == "open"


async def test_people_made_here_are_test_people_and_no_name_of_theirs_stands_in_clear(page):
    await page.open()
    await page.does({"start": "dos"})
    contacts, conversations = await table(page, "contact"), await table(page, "conversation")
    assert [contact.test for contact in contacts] == [True]
    assert [conversation.test for conversation in conversations] == [True]
    name = page.client.session.cookie_jar.filter_cookies(page.client.make_url("/"))["minga_person"].value
    everything = json.dumps([[str(value) for value in row] for t in metadata.tables for row in await table(page, t)])
    assert len(name) >= 20
    assert name not in everything


async def test_the_same_event_twice_changes_nothing(page):
    await page.open()
    assert (await (await page.does({"start": "dos"}, id="once")).json())["seen"] is False
    assert (await (await page.does({"start": "dos"}, id="once")).json())["seen"] is True
    async with page.chat() as chat:
        await chat.until(chat.heard("primera idea"))
        assert len(chat.said) == 1


async def test_each_look_is_a_phone_of_its_own(page):
    await page.open()
    await page.does({"start": "barrio"}, look="sms")
    async with page.chat("sms") as chat:
        await chat.until(chat.heard("1. Riobamba"))
        asked = chat.said[-1]
        assert asked["layout"] == "numbered"
        assert chat.said == [asked]  # what is said at once is one SMS
        assert (asked["segments"]["count"], asked["segments"]["encoding"]) == (2, "UCS-2")
        assert asked["segments"]["costly"] == ["ó"]
    async with page.chat("whatsapp") as other:
        await other.until(lambda chat: chat.data)
        assert other.data["items"] == []


async def test_whatsapp_shows_a_list_whose_rows_are_cut_and_never_lost(page):
    await page.open()
    await page.does({"start": "barrio"}, look="whatsapp")
    async with page.chat("whatsapp") as chat:
        await chat.until(chat.heard("¿En qué cantón"))
        await page.does({"choice": "ibarra", "prompt": chat.said[-1]["prompt"]}, look="whatsapp")
        await chat.until(chat.heard("¿A qué sector"))
        asked = chat.said[-1]
        assert asked["layout"] == "list"
        assert len({option["cut"] for option in asked["options"]}) == 5
        assert all(option["label"] for option in asked["options"])


async def test_reload_shows_the_chat_again_and_a_returning_page_only_what_is_new(page):
    await page.open()
    await page.does({"start": "dos"})
    async with page.chat() as chat:
        await chat.until(chat.heard("primera idea"))
        before, last = list(chat.items), chat.last
    async with page.chat() as again:
        await again.until(again.heard("primera idea"))
        assert list(again.items) == before
    # long after, a page that returns with what it had last is told no more than the last minute's
    floor = ((int(last) >> 22) + 120_000) << 22
    async with page.chat(after=str(floor)) as later:
        await later.until(lambda chat: chat.data)
        assert later.data["items"] == []
    async with page.chat(after="nonsense") as whole:
        await whole.until(whole.heard("primera idea"))


async def test_an_answer_begun_before_the_question_was_shown_is_not_taken_as_fresh(page):
    """Two messages in a row: the second, begun while the first question was shown, belongs to the first answer."""
    await page.open()
    await page.does({"start": "dos"})
    async with page.chat() as chat:
        await chat.until(chat.heard("primera idea"))
        first = chat.said[-1]["prompt"]
        await page.does({"text": "Más árboles"}, fresh=True, shown=first)
        # the page still shows the first question, so this is the rest of that answer whatever `fresh` says
        await page.does({"text": "y más bancas"}, fresh=True, shown=first)
        await chat.until(chat.heard("¿Y la segunda?"))
        second = chat.said[-1]["prompt"]
        await chat.until(lambda chat: len(chat.rows) == 2)
        assert {row["step"] for row in chat.rows} == {"primera"}
        assert sum("segunda" in item["text"] for item in chat.said) == 1
        # and this one was begun with the second question before their eyes, though not a second later
        await page.does({"text": "Más luz"}, fresh=True, shown=second)
        await chat.until(lambda chat: any(row["step"] == "segunda" for row in chat.rows))
        await chat.until(lambda chat: chat.data["kept"]["status"] == "completed")
        assert chat.data["kept"]["receipt"]


async def test_an_attachment_is_kept_shown_to_its_sender_and_to_nobody_else(page):
    await page.open()
    await page.does({"start": "barrio"})
    async with page.chat() as chat:
        for text, next_one in (("3", "sector"), ("1", "información"), ("2", "años"), ("paso", "luz")):
            await chat.until(lambda chat: chat.said)
            await page.does({"text": text}, fresh=True, shown=chat.said[-1]["prompt"])
            await chat.until(chat.heard(next_one))
        await page.does({"location": [-1.4924, -78.0024]})
        await chat.until(chat.heard("foto"))
        answer = await page.does({"file": {"name": "luz.png", "content_type": "image/png", "content": PNG}})
        assert answer.status == 200, await answer.text()
        await chat.until(chat.heard("cambiarías"))
        assert any(text.startswith("Ubicación -1.4924") for text in chat.texts)
        picture = next(item["media"][0] for item in chat.items.values() if item.get("media"))
    rows = {row["step"]: row for row in chat.rows}
    assert rows["edad"]["empty"] == "skipped"
    assert rows["lugar"]["shown"]
    assert rows["foto"]["empty"] is None
    shown = await page.client.get(picture["url"])
    assert shown.status == 200
    assert shown.content_type == "image/png"
    assert await shown.read() == base64.b64decode(PNG)
    assert (await page.client.get(picture["url"].replace("telegram", "sms"))).status == 404
    await page.post("/simulator/person", {})
    assert (await page.client.get(picture["url"])).status == 404


async def test_attachments_that_cannot_be_taken_are_refused_in_words(page):
    await page.open()
    await page.does({"start": "dos"}, look="sms")
    for file, look, status, words in (
        ({"name": "a.png", "content_type": "image/png", "content": PNG}, "sms", 415, "SMS no recibe"),
        ({"name": "a.png", "content_type": "image/png", "content": "¿?"}, "telegram", 400, "base64"),
        ({"name": "a.png"}, "telegram", 400, "content_type"),
        ("/etc/passwd", "telegram", 400, "content_type"),
        ({"name": "a", "content_type": "x/y", "content": "A" * (11 * 1024 * 1024)}, "telegram", 413, "8 MB"),
        ({"name": "a", "content_type": "x/y", "content": "A" * (12 * 1024 * 1024)}, "telegram", 413, "12 MB"),
    ):
        answer = await page.does({"file": file}, look=look)
        assert answer.status == status, (file, await answer.text())
        assert words in (await answer.json())["error"]


async def test_an_anonymous_conversation_leaves_nothing_to_see_but_is_answered(page):
    await page.open()
    await page.does({"start": "secreto"})
    async with page.chat() as chat:
        await chat.until(chat.heard("¿Qué pasó?"))
        await page.does({"text": "Pidieron plata"}, fresh=True, shown=chat.said[-1]["prompt"])
        await chat.until(chat.heard("Recibido. Tu comprobante"))
    async with page.chat() as again:
        await again.until(lambda chat: chat.data)
        assert not any("plata" in text for text in again.texts)
        assert not again.rows


async def test_whoever_erases_their_data_still_gets_the_goodbye(page):
    await page.open()
    await page.does({"start": "dos"})
    async with page.chat() as chat:
        await chat.until(chat.heard("primera idea"))
        await page.does({"text": "borrar mis datos"}, fresh=True, shown=chat.said[-1]["prompt"])
        await chat.until(lambda chat: chat.said[-1]["options"] and len(chat.said) == 2)
        asked = chat.said[-1]
        await page.does({"choice": asked["options"][0]["name"], "prompt": asked["prompt"]})
        await chat.until(lambda chat: len(chat.said) >= 3)
        await chat.until(lambda chat: chat.data["kept"] is None)
    assert await table(page, "address") == []


async def test_a_new_person_has_never_written(page):
    await page.open()
    await page.does({"start": "dos"})
    assert (await page.post("/simulator/person", {})).status == 200
    async with page.chat() as chat:
        await chat.until(lambda chat: chat.data)
        assert chat.data["items"] == []
    assert len(await table(page, "contact")) == 1


async def test_restart_begins_anew(page):
    await page.open()
    await page.does({"start": "dos"})
    async with page.chat() as chat:
        await chat.until(chat.heard("primera idea"))
        await page.does({"text": "Más árboles"}, fresh=True, shown=chat.said[-1]["prompt"])
        await chat.until(chat.heard("segunda"))
        await page.does({"action": "restart"})
        await chat.until(lambda chat: sum("primera idea" in item["text"] for item in chat.said) == 2)
        assert "Se empezó de nuevo" in chat.texts


async def test_the_page_speaks_the_reader_s_language_and_the_chat_the_person_s(page):
    await page.client.get("/?lang=en")
    await page.does({"start": "barrio"}, language="es")
    async with page.chat(lang="en") as chat:
        await chat.until(chat.heard("¿En qué cantón vives?"))
        await page.does({"text": "3"}, fresh=True, shown=chat.said[-1]["prompt"])
        await chat.until(lambda chat: chat.rows)
        assert chat.data["kept"]["title"] == "Your neighbourhood"
        assert chat.rows[0]["question"] == "Which canton do you live in?"
        assert chat.rows[0]["language"] == "es"
        assert "Begins: Your neighbourhood" in chat.texts


async def test_requests_that_make_no_sense_are_refused_in_words(page):
    answer = await page.does({"text": "hola"})
    assert answer.status == 409  # no cookie yet
    assert "Recárguela" in (await answer.json())["error"]
    await page.open()
    for body, status, words in (
        ([], 400, "{…}"),
        ({"look": "carta", "does": {"text": "x"}, "id": "a"}, 400, "look"),
        ({"look": ["sms"], "does": {"text": "x"}, "id": "a"}, 400, "look"),
        ({"look": "sms", "does": {"text": "x"}}, 400, "id"),
        ({"look": "sms", "does": {"shout": "x"}, "id": "a"}, 400, "shout"),
        ({"look": "sms", "does": "x", "id": "a"}, 400, "not_object"),
        ({"look": "sms", "does": {"text": 5}, "id": "a"}, 400, "wrong_type"),
        ({"look": "sms", "does": {"text": "x"}, "id": "a", "language": "<script>"}, 400, "language"),
        ({"look": "sms", "does": {"text": "x"}, "id": "a", "began": "long"}, 400, "began"),
        ({"look": "sms", "does": {"start": "nada"}, "id": "a"}, 409, "no está abierta"),
    ):
        answer = await page.post("/simulator/messages", body)
        assert answer.status == status, body
        assert words in (await answer.json())["error"], body
    answer = await page.client.post("/simulator/messages", data="{", headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert (await page.client.get("/simulator/stream?look=carta")).status == 400
    assert await table(page, "contact") == []


async def test_streams_end_when_the_server_does(page):
    await page.open()
    async with page.chat() as chat:
        await chat.until(lambda chat: chat.data)
        page.town.world.audience.close()
        try:
            await chat.until(lambda chat: False, seconds=3)
        except EOFError:
            return
        raise AssertionError("the stream is still open")


async def test_an_answer_of_the_town_hall_is_downloaded_judged_and_comes_late_by_the_own_clock(page):
    world = page.town.world
    await page.open()
    await page.does({"start": "dos"})
    async with page.chat() as chat:
        await chat.until(chat.heard("primera idea"))
        contact = (await table(page, "contact"))[0].id
        noon = world.clock.now().replace(hour=12)  # the last one: what is told by night waits for the morning
        now = milliseconds(noon if noon <= world.clock.now() else noon - timedelta(days=1))
        kept = world.attachments.keep(b"%PDF-1.4", Media("file", "", "application/pdf", "", 0))

        def filed(text):
            made = Filing(text, now, channel="simulator", contact_id=contact, test=True)
            return world.database.transaction_now(lambda tx: filing.file(tx, world.office, made, RESIDENT)).case

        def answered(tx):
            tx.run(OFFICER)
            media.keep(tx, kept, contact=None, conversation=None, now=now)
            files = [(kept.reference, "contrato año 2025.pdf")]
            steps.answer(tx, world.office, case.id, Doer("staff", 1), "full", "Aquí está.", now=now, files=files)

        case, other = filed("El contrato del parque"), filed("El presupuesto")
        world.database.transaction_now(answered)
        await chat.until(chat.heard("¿Recibiste lo que pediste?"))
        [shown] = [item["media"][0] for item in chat.said if item["media"]]
        assert shown["name"] == "contrato año 2025.pdf"
        file = await page.client.get(shown["url"])
        assert (file.status, await file.read()) == (200, b"%PDF-1.4")
        assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''contrato%20a%C3%B1o%202025.pdf"
        assert (await page.client.get(shown["url"].replace("telegram", "sms"))).status == 404
        asked = chat.said[-1]
        await page.does({"choice": asked["options"][0]["name"], "prompt": asked["prompt"]})
        await chat.until(chat.heard(f"La {case.number} queda cerrada"))
        assert (await page.post("/simulator/clock", {"look": "telegram", "advance": 40 * 86_400})).status == 200
        hour = (world.clock.now().hour - 12) * 3600  # nothing comes by night: on to a noon of its own clock
        await page.post("/simulator/clock", {"look": "telegram", "advance": 86_400 - hour})
        await chat.until(chat.heard(f"El plazo de tu solicitud {other.number} venció"))
