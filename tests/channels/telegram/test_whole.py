"""Telegram whole: the server, the channel, the turns and the delivery, over real sockets and a real database."""

import pytest

from bot.channels.channel import Request
from bot.channels.telegram import TelegramChannel
from storage.statements import Statement
from tests.peers.bot_api import TOKEN, Fail
from tests.world import World

CANTONS = "{" + ", ".join(f"c{n}: Cantón {n}" for n in range(1, 46)) + "}"
LONG = "un_nombre_que_no_cabe_en_ningun_boton_de_telegram_porque_es_muy_largo"

OBRAS = f"""
flow: obras
kind: survey
title: Obras
languages: [es]
start:
  words: [obras]
  links: {{puyo: {{canton: c7}}, tena: {{}}}}
edit: until_close
survey:
  - {{type: select_one, name: canton, label: ¿Dónde vives?, choices: {CANTONS}}}
  - type: select_multiple
    name: quiere
    label: ¿Qué quieres?
    choices: {{agua: Agua, luz: Luz, vias: Vías, {LONG}: Áreas verdes}}
  - {{type: select_one, name: paga, label: ¿Pagarías?, choices: {{si: Sí, no: No, {LONG}: Tal vez}}}}
  - {{type: integer, name: edad, label: ¿Cuántos años tienes?}}
  - {{type: geopoint, name: lugar, label: ¿Dónde queda?}}
  - {{type: text, name: idea, label: ¿Algo más?}}
  - {{type: note, label: Gracias.}}
"""
OTRA = """
flow: otra
kind: survey
title: Otra encuesta
languages: [es]
start: {words: [otra]}
survey:
  - {type: integer, name: hijos, label: ¿Cuántos hijos tienes?}
  - {type: note, label: Gracias.}
"""
ANA = 111
_CLOSE = Statement("UPDATE flow SET state = 'closed' WHERE id = 'obras'")


class Town(World):
    """The town behind a real channel."""

    def behind(self, channel):
        self.channel, self.offset = channel, 0
        self.deliveries._channels["telegram"] = channel
        return self

    async def fetch(self):
        """Handles everything that came, each by itself, and delivers."""
        body = await self.channel.updates(self.offset, wait=0)
        raws = self.channel.split(Request("", {}, body, self.clock.now()))
        done = []
        for raw in raws:
            await self.channel.acknowledge(raw)
            done += [await self.turns.handle(incoming) for incoming in self.channel.parse(raw)]
            self.offset = int(raw.event) + 1
        await self.deliveries.run_due()
        return done


@pytest.fixture
async def town(database_url, channel):
    made = Town(database_url, OBRAS, OTRA).behind(channel)
    yield made
    made.close()


def answers(town):
    return dict(town.rows("SELECT step, value FROM answer ORDER BY sequence"))


def markup(message):
    return message.get("reply_markup", {}).get("inline_keyboard", [])


def labels(message):
    return [button["text"] for row in markup(message) for button in row]


async def does(town, api, what, *values, **more):
    await getattr(api, what)(ANA, *values, **more)
    return await town.fetch()


async def at_the_ticks(town, api):
    await does(town, api, "writes", "/start puyo")


async def at_the_buttons(town, api):
    await at_the_ticks(town, api)
    await does(town, api, "presses", "Agua")
    await does(town, api, "presses", "Listo (1)")


async def test_a_whole_survey_by_buttons(town, api):
    await at_the_ticks(town, api)
    assert answers(town) == {"canton": '"c7"'}  # the link said so
    assert api.chat(ANA).last["text"].startswith("¿Qué quieres?")
    await does(town, api, "presses", "Agua")
    await does(town, api, "presses", "Áreas verdes")
    await does(town, api, "presses", "Listo (2)")
    assert answers(town)["quiere"] == f'["agua","{LONG}"]'
    await does(town, api, "presses", "Tal vez")
    assert answers(town)["paga"] == f'"{LONG}"'
    await does(town, api, "writes", "34")
    assert "keyboard" in api.chat(ANA).last["reply_markup"]
    await does(town, api, "sends", location={"latitude": -1.49, "longitude": -78.0})
    assert api.chat(ANA).last["reply_markup"] == {"remove_keyboard": True}
    await does(town, api, "writes", "Más árboles")
    assert api.chat(ANA).texts[-1].startswith("Gracias.")
    assert town.rows("SELECT status FROM conversation") == [("completed",)]
    assert len(api.answered) == 4
    marked = [text for text in api.chat(ANA).texts if "✅" in text]
    assert [text.rpartition("✅ ")[2] for text in marked] == ["Agua, Áreas verdes", "Tal vez"]
    assert not any(markup(message) for message in api.chat(ANA).messages.values())
    assert town.rows("SELECT count(*) FROM outbox WHERE status <> 'sent'") == [(0,)]


async def test_two_quick_ticks_are_two_ticks(town, api):
    await at_the_ticks(town, api)
    await api.presses(ANA, "Agua")
    await api.presses(ANA, "Vías")
    await api.presses(ANA, "Luz")
    await api.presses(ANA, "Agua")
    await town.fetch()  # all four at once, before any button was drawn anew
    assert labels(api.chat(ANA).last) == ["▫️ Agua", "✅ Luz", "✅ Vías", "▫️ Áreas verdes", "Listo (2)"]
    await does(town, api, "presses", "Listo (2)")
    assert answers(town)["quiere"] == '["luz","vias"]'


async def test_ticks_outlive_a_restart(town, api, database_url, spoken):
    await at_the_ticks(town, api)
    await does(town, api, "presses", "Luz")
    offset = town.offset
    channel = TelegramChannel(TOKEN, spoken, api_url=api.url)
    again = Town(database_url, OBRAS, OTRA).behind(channel)
    again.offset = offset
    await does(again, api, "presses", "Vías")
    await does(again, api, "presses", "Listo (2)")
    assert answers(again)["quiere"] == '["luz","vias"]'
    await channel.close()
    again.close()


async def test_done_without_a_tick_asks_again(town, api):
    await at_the_ticks(town, api)
    first = api.chat(ANA).last["message_id"]
    await does(town, api, "presses", "Listo")
    assert "quiere" not in answers(town)
    assert markup(api.chat(ANA).last)
    assert not markup(api.chat(ANA).messages[first])  # one set of buttons is on the screen, not two
    assert "✅" not in api.chat(ANA).messages[first]["text"]


async def test_pages_are_turned(town, api):
    await does(town, api, "writes", "obras")
    question = api.chat(ANA).last
    assert len(api.chat(ANA).messages) == 1
    await does(town, api, "presses", "◀")
    assert [button["text"] for button in markup(question)[-1]] == ["◀", "5 / 5", "▶"]
    assert markup(question)[0][0]["text"] == "Cantón 41"
    await does(town, api, "presses", "5 / 5")
    await does(town, api, "presses", "▶")
    await does(town, api, "presses", "▶")
    await does(town, api, "presses", "Cantón 12")
    assert answers(town)["canton"] == '"c12"'
    assert question["text"].endswith("✅ Cantón 12")


async def test_typing_takes_the_buttons_off_too(town, api):
    await does(town, api, "writes", "obras")
    first = api.chat(ANA).last
    await does(town, api, "writes", "cantón 9")
    assert answers(town)["canton"] == '"c9"'
    assert not markup(first)
    assert first["text"].endswith("¿Dónde vives?")


def pushed(api, data, message):
    query = {"id": "x", "from": api.user(ANA), "chat_instance": "1", "data": data}
    return api.happens(
        callback_query={**query, "message": {"message_id": message, "date": 0, "chat": {"id": ANA, "type": "private"}}}
    )


async def test_an_old_button_corrects_its_own_question(town, api):
    await at_the_buttons(town, api)
    question = api.chat(ANA).last
    _, data, late = [button["callback_data"] for row in markup(question) for button in row]
    await does(town, api, "presses", "Sí")
    await does(town, api, "writes", "34")
    for wanted, held in ((data, '"no"'), (late, f'"{LONG}"')):
        await pushed(api, wanted, question["message_id"])
        await town.fetch()
        assert answers(town)["paga"] == held
        assert "¿Dónde queda?" in api.chat(ANA).texts[-1]


@pytest.mark.parametrize("verb", ["t", "d", "p", "T"])
async def test_an_old_tick_or_page_changes_nothing(town, api, verb):
    await at_the_ticks(town, api)
    prompt = markup(api.chat(ANA).last)[0][0]["callback_data"].split(":")[1]
    await at_the_buttons(town, api)
    before = answers(town)
    await pushed(api, f"{verb}:{prompt}:1" if verb in "pT" else f"{verb}:{prompt}:agua", api.chat(ANA).last["message_id"])
    [handled] = await town.fetch()
    assert not handled.trouble
    assert answers(town) == before
    assert api.chat(ANA).texts[-1].endswith("¿Pagarías?")


@pytest.mark.parametrize("data", ["c:1:si", "hola", "C:1:0", "c:99:", "p:7:9999"])
async def test_a_button_of_nobody_is_answered_kindly(town, api, data):
    await at_the_buttons(town, api)
    await pushed(api, data, 5)
    [handled] = await town.fetch()
    assert not handled.trouble
    assert "paga" not in answers(town)
    assert api.chat(ANA).texts[-1].endswith("¿Pagarías?")


async def test_a_place_beyond_the_options_is_no_choice(town, api):
    await at_the_buttons(town, api)
    prompt = markup(api.chat(ANA).last)[0][0]["callback_data"].split(":")[1]
    for data in (f"C:{prompt}:77", f"T:{prompt}:77", f"t:{prompt}:no_hay"):
        await pushed(api, data, api.chat(ANA).last["message_id"])
        [handled] = await town.fetch()
        assert not handled.trouble
        assert "paga" not in answers(town)


async def test_a_press_before_the_message_that_was_written_first(town, api):
    await at_the_buttons(town, api)
    await api.writes(ANA, "no")
    await api.presses(ANA, "Sí")
    api.waiting.reverse()
    first, second = await town.fetch()
    assert not first.trouble and not second.trouble
    assert set(answers(town)) == {"canton", "quiere", "paga"}  # both were about the question on the screen, none about the next


async def test_a_changed_message_is_no_new_answer(town, api):
    await at_the_buttons(town, api)
    await does(town, api, "presses", "Sí")
    text = api.message(ANA, text="34")
    await api.happens(message=text)
    await town.fetch()
    assert answers(town)["edad"] == "34"
    await api.happens(edited_message={**text, "text": "43", "edit_date": text["date"] + 9})
    await town.fetch()
    assert answers(town)["edad"] == "34"
    assert "atrás" in api.chat(ANA).texts[-2] and "¿Dónde queda?" in api.chat(ANA).texts[-1]


async def test_a_message_that_was_not_understood_is_understood_when_changed(town, api):
    await at_the_buttons(town, api)
    await does(town, api, "presses", "Sí")
    text = api.message(ANA, text="treintaicuatrro")
    await api.happens(message=text)
    await town.fetch()
    assert "edad" not in answers(town)
    await api.happens(edited_message={**text, "text": "34", "edit_date": text["date"] + 9})
    await town.fetch()
    assert answers(town)["edad"] == "34"


async def test_a_changed_message_outside_of_everything_says_nothing(town, api):
    await api.happens(edited_message={**api.message(ANA, text="hola"), "edit_date": 1})
    [handled] = await town.fetch()
    assert handled.says == ()


@pytest.mark.parametrize("link", ["puyo", "PUYO", "obras"])
async def test_links(town, api, link):
    await does(town, api, "writes", f"/start {link}")
    assert town.rows("SELECT flow FROM conversation") == [("obras",)]
    assert answers(town) == ({} if link == "obras" else {"canton": '"c7"'})


@pytest.mark.parametrize("word", ["/start", "/start no_hay_tal", "/start ---"])
async def test_a_start_by_nothing_shows_what_there_is(town, api, word):
    await does(town, api, "writes", word)
    assert {row[0]["text"] for row in markup(api.chat(ANA).last)} >= {"Obras", "Otra encuesta"}
    await does(town, api, "presses", "Obras")
    await does(town, api, "writes", word)
    assert api.chat(ANA).texts[-1].endswith("¿Dónde vives?")
    assert answers(town) == {}


async def test_the_link_of_a_closed_flow_says_so(town, api):
    town.database.transaction_now(lambda tx: tx.run(_CLOSE, ()))
    town.database.transaction_now(town.library.renew)
    await does(town, api, "writes", "/start tena")
    assert "Obras" in api.chat(ANA).texts[0]
    assert town.rows("SELECT count(*) FROM conversation") == [(0,)]


async def test_a_group_is_told_once_a_day_and_not_served(town, api):
    for _ in range(3):
        about = {**api.message(-100, text="/start puyo"), "chat": {"id": -100, "type": "supergroup", "title": "Barrio"}}
        await api.happens(message=about)
        await town.fetch()
    assert len(api.chat(-100).messages) == 1
    assert "privado" in api.chat(-100).texts[0]
    assert town.rows("SELECT count(*) FROM contact") == [(0,)]
    assert town.rows("SELECT count(*) FROM inbox") == [(3,)]


async def test_who_blocked_the_bot_hears_nothing_more(town, api):
    await at_the_buttons(town, api)
    api.blocked.add(ANA)
    await does(town, api, "presses", "Sí")
    assert town.rows("SELECT stopped_at IS NOT NULL FROM contact") in ([(1,)], [(True,)])


async def test_a_change_that_fails_costs_no_reply(town, api):
    await at_the_buttons(town, api)
    api.fail("editMessageText", Fail(400, "Bad Request: message can't be edited"))
    await does(town, api, "presses", "Sí")
    assert api.chat(ANA).texts[-1].endswith("¿Cuántos años tienes?")
    assert town.rows("SELECT count(*) FROM outbox WHERE status <> 'sent'") == [(0,)]
