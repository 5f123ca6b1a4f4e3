"""Several persons on one phone: each is a contact of their own, what is written belongs to whoever has it now, and what comes
without having been asked for says for whom it is."""

import asyncio
from datetime import timedelta

import orjson
import pytest

from bot.engine.answers import control
from bot.vocabulary import Address, Press, Start
from bot.web import transcript
from storage import contacts, profiles
from storage.erasure_log import Entry, erase_again, noted
from storage.statements import Statement
from tests.test_campaigns import agree, campaigns, invitation
from tests.test_turn import control as word
from tests.world import ANONYMOUS, CONSENTED, SURVEY, VAULT, World, languages

PHONE = "tel"
TABLES = ("contact", "address", "profile", "inbox", "outbox", "conversation", "answer", "quarantine", "erasure")


@pytest.fixture
def world(database_url):
    world = World(database_url, SURVEY, CONSENTED, ANONYMOUS)
    yield world
    world.close()


async def writes(world, *texts, person=PHONE, **more):
    handled = None
    for text in texts:
        handled = await world.says(person, text, **more)
        assert not handled.trouble
    return handled


async def answers(world, *texts):
    return await writes(world, "encuesta", *(texts or ("34", "Más árboles", "1")))


def shown(world, person=PHONE):
    """The last message: its text and its options by name."""
    outgoing = [sent for sent in world.provider.sent if sent.address.identifier == person][-1]
    return outgoing.text, [option.name for option in outgoing.options]


async def comes(world, name):
    """Somebody new takes the phone and gives that name."""
    await writes(world, "soy otra persona")
    if "new" in shown(world)[1]:
        await world.presses(PHONE, "new")
    return await writes(world, name)


def people(world):
    return world.one("SELECT count(*) FROM contact")


async def fresh(world):
    """Ana, then Rosa, who have both begun; Rosa has the phone."""
    ana = await answers(world, "34")
    rosa = await comes(world, "Rosa")
    return ana, rosa


# ── the phone goes round ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_phone_goes_round_at_a_workshop(world):
    first = await answers(world)
    assert first.end == "completed"
    await writes(world, "soy otra persona")
    text, options = shown(world)
    assert "¿Cómo te llamo?" in text
    assert options == ["unnamed", "me"]
    second = await writes(world, "Rosa")
    assert any("¡Hola, Rosa!" in told for told in world.heard(PHONE))
    assert shown(world)[0] == "¿Cuántos años tienes?"
    assert second.contact != first.contact
    ended = await writes(world, "51", "Más luz", "2")
    assert ended.end == "completed"
    await writes(world, "soy otra persona")
    assert shown(world)[1] == ["p:1", "new", "me"]
    await world.presses(PHONE, "new")
    third = await world.presses(PHONE, "unnamed")
    assert any("¡Hola, Persona 3!" in told for told in world.heard(PHONE))
    await writes(world, "19", "Nada", "1")
    rows = world.rows("SELECT contact_id, status FROM conversation ORDER BY id")
    assert rows == [(handled.contact, "completed") for handled in (first, second, third)]
    assert world.rows("SELECT value FROM answer WHERE step = 'edad' ORDER BY at") == [("34",), ("51",), ("19",)]


async def test_a_link_begins_the_same_for_the_next(world):
    await world.says(PHONE, Start("encuesta", {"edad": "40"}))
    await writes(world, "Más árboles", "1")
    await comes(world, "Rosa")
    assert shown(world)[0] == "¿Qué cambiarías?"


async def test_consent_is_asked_of_everybody(world):
    await world.says(PHONE, Start("contacto"))
    await writes(world, "sí", "Ana")
    await comes(world, "Rosa")
    assert shown(world) == ("¿Podemos guardar tu nombre?", ["yes", "no"])
    assert world.one("SELECT count(*) FROM consent") == 1


async def test_after_an_anonymous_flow_nobody_is_tied_to_it(world):
    await writes(world, "queja", "Hay un bache")
    await comes(world, "Rosa")
    assert world.one("SELECT contact_id FROM conversation") is None
    assert "flow:queja" in shown(world)[1]  # several are open, and which one was answered is nobody's
    await world.presses(PHONE, "flow:queja")
    await writes(world, "Falta luz")
    assert world.rows("SELECT DISTINCT contact_id FROM conversation") == [(None,)]


async def test_whoever_comes_back_goes_on_where_they_were(world):
    ana, rosa = await fresh(world)
    await writes(world, "51")
    back = await writes(world, "soy Persona 1")
    assert back.contact == ana.contact
    assert world.heard(PHONE)[-2:] == ["¡Hola de nuevo, Persona 1! Ahora hablo contigo.", "¿Qué cambiarías?"]
    answered = await writes(world, "Más árboles")
    assert (answered.contact, answered.conversation) == (ana.contact, ana.conversation)
    await writes(world, "soy otra persona")
    again = await world.presses(PHONE, "p:2")
    assert (again.contact, again.conversation) == (rosa.contact, rosa.conversation)
    assert shown(world)[0] == "¿Qué cambiarías?"


@pytest.mark.parametrize("said", ["Rosa", "rosa", "2", "soy Rosa", "Soy ROSA!"])
async def test_a_name_is_chosen_by_typing_it(world, said):
    _, rosa = await fresh(world)
    await writes(world, "soy Persona 1", "soy otra persona")
    assert shown(world)[1] == ["p:2", "new", "me"]
    handled = await writes(world, said if said != "2" else "1")
    assert handled.contact == rosa.contact


async def test_a_name_that_nobody_has_is_none(world):
    await fresh(world)
    await writes(world, "soy otra persona", "Filomena")
    assert world.heard(PHONE)[-2] == "No conozco a nadie con ese apodo en este teléfono."
    assert shown(world)[1] == ["p:1", "new", "me"]
    assert people(world) == 2


async def test_i_am_somebody_else_is_an_answer_where_nobody_is_called_so(world):
    await answers(world, "34")
    handled = await writes(world, "soy Rosa")
    assert [answer.value for answer in handled.answers] == ["soy Rosa"]


async def test_who_is_it_and_another_name(world):
    await writes(world, "encuesta", "con quién hablo")
    assert "nadie más usa este teléfono" in world.heard(PHONE)[-2]
    await comes(world, "Rosa")
    await writes(world, "¿Con quién hablo?")
    assert shown(world) == ("Ahora hablo con Rosa. ¿Quieres cambiar algo?", ["me", "rename", "p:1", "new"])
    await world.presses(PHONE, "rename")
    await writes(world, "me llamo Rosa María")
    assert world.heard(PHONE)[-2] == "Listo, te llamo Rosa María."
    assert shown(world)[0] == "¿Cuántos años tienes?"
    await writes(world, "quién soy")
    await world.presses(PHONE, "rename")
    await writes(world, "persona 1")
    assert world.heard(PHONE)[-2] == "En este teléfono ya hay alguien con ese apodo. Elige otro."


async def test_the_same_name_twice_asks_whether_it_is_the_same_person(world):
    _, rosa = await fresh(world)
    await writes(world, "soy Persona 1", "soy otra persona")
    await world.presses(PHONE, "new")
    await writes(world, "ROSA")
    assert shown(world)[1] == ["p:2", "new", "me"]
    assert people(world) == 2
    handled = await world.presses(PHONE, "p:2")
    assert handled.contact == rosa.contact


@pytest.mark.parametrize("name", ["x" * 21, "12345", "🙂", "¿?"])
async def test_a_name_must_be_one(world, name):
    await answers(world, "34")
    await writes(world, "otra persona", name)
    assert "Ese apodo no me sirve" in world.heard(PHONE)[-2]
    assert people(world) == 1
    assert shown(world)[1] == ["unnamed", "me"]


@pytest.mark.parametrize("said", ["saltar", "Sin apodo", "1", "paso"])
async def test_no_name_is_fine_and_skips_no_question(world, said):
    ana = await answers(world, "34")
    handled = await writes(world, "otra persona", said)
    assert handled.contact != ana.contact
    assert world.rows("SELECT step FROM answer") == [("edad",)]


async def test_it_is_still_me(world):
    ana = await answers(world, "34")
    await writes(world, "soy otra persona", "Sigo siendo yo")
    assert shown(world)[0] == "¿Qué cambiarías?"
    assert (await writes(world, "Más luz")).contact == ana.contact
    assert world.rows("SELECT address_id FROM profile") == []


async def test_words_that_always_work_work_while_a_name_is_asked(world):
    await writes(world, "encuesta", "soy otra persona", "ayuda")
    assert "«soy otra persona»" in world.heard(PHONE)[-2]
    assert shown(world)[0] == "¿Cuántos años tienes?"


async def test_there_is_an_end_of_persons(world):
    await answers(world, "34")
    for number in range(2, profiles.MOST + 1):
        await comes(world, f"Vecina {chr(64 + number)}")
    assert people(world) == profiles.MOST
    await writes(world, "soy otra persona")
    text, options = shown(world)
    assert "ya hay 8 personas" in text
    assert "new" not in options
    assert len(options) == profiles.MOST
    await writes(world, "Zoila")
    assert people(world) == profiles.MOST


async def test_at_once_each_message_is_of_whoever_has_the_phone_then(world):
    ana = await answers(world, "34")
    await writes(world, "soy otra persona")
    world.clock.move(timedelta(minutes=1))
    said = [world.incoming(PHONE, text) for text in ("Rosa", "51", "Más luz")]
    with world.together():
        waiting = [asyncio.create_task(world.turns.handle(incoming)) for incoming in said]
        await asyncio.sleep(0.1)
    name, age, idea = await asyncio.gather(*waiting)
    assert not any(handled.trouble for handled in (name, age, idea))
    assert len({name.contact, age.contact, idea.contact}) == 1
    assert name.contact != ana.contact
    assert world.rows("SELECT contact_id, count(*) FROM conversation GROUP BY contact_id ORDER BY contact_id") == [
        (ana.contact, 1), (name.contact, 1),
    ]  # fmt: skip


async def test_two_processes_hand_the_phone_on_at_once(postgres_url):
    """Two databases stand for two processes: both hear that Rosa, resp. Eva takes the phone."""
    one, two = World(postgres_url), World(postgres_url)
    try:
        await answers(one, "34")
        await comes(one, "Rosa")
        await comes(one, "Eva")
        await writes(one, "soy Persona 1")
        for _ in range(5):
            one.clock.move(timedelta(seconds=5))
            both = await asyncio.gather(
                one.turns.handle(one.incoming(PHONE, "soy Rosa")), two.turns.handle(one.incoming(PHONE, "soy Eva"))
            )
            assert not any(handled.trouble for handled in both)
            await writes(one, "soy Persona 1")
        assert people(one) == 3
        assert one.one("SELECT count(*) FROM profile") == 3
    finally:
        one.close()
        two.close()


# ── whose is what ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_button_of_somebody_elses_question_answers_nothing(world):
    await answers(world, "34", "Más árboles")
    asked = next(sent.prompt for sent in reversed(world.provider.sent) if sent.prompt)
    await comes(world, "Rosa")
    await writes(world, "51", "Más luz")
    pressed = await world.says(PHONE, Press(asked, "luz"))
    assert pressed.answers == ()
    text, options = shown(world)
    assert text == "Ese botón es de una pregunta para Persona 1, y ahora hablo con Rosa. ¿Quién sigue?"
    assert options == ["p:1", "me"]
    await world.presses(PHONE, "me")
    assert shown(world)[0].startswith("¿Qué obra prefieres?")
    await world.says(PHONE, Press(asked, "luz"))
    await world.presses(PHONE, "p:1")
    handled = await world.presses(PHONE, "agua")
    assert handled.end == "completed"
    assert world.rows("SELECT value FROM answer WHERE step = 'obra'") == [('"agua"',)]


async def test_a_reminder_says_for_whom_it_is_and_asks_whoever_has_the_phone_nothing(world):
    ana, rosa = await fresh(world)
    await writes(world, "51", "Más luz", "2")
    world.clock.move(timedelta(hours=25))
    await world.duties.run_due()
    await world.deliveries.run_due()
    text, options = shown(world)
    assert text.startswith("Para Persona 1: ")
    assert text.endswith("Si eres Persona 1, escribe antes «soy Persona 1».")
    assert options == []
    assert world.provider.sent[-1].prompt == 0
    handled = await writes(world, "soy persona 1")
    assert (handled.contact, handled.conversation) == (ana.contact, ana.conversation)
    assert shown(world)[0] == "¿Qué cambiarías?"
    assert rosa.contact != ana.contact


async def test_a_reminder_to_whoever_has_the_phone_asks_them(world):
    await fresh(world)
    world.clock.move(timedelta(hours=25))
    await world.duties.run_due()
    await world.deliveries.run_due()
    told = world.heard(PHONE)
    mine = [text for text in told if text.startswith("Para Rosa: ")]
    assert len(mine) == 1
    assert "escribe antes" not in mine[0]
    handled = await writes(world, "51")
    assert [answer.step for answer in handled.answers] == ["edad"]


async def test_a_reminder_to_whoever_has_a_phone_alone_names_nobody(world):
    await answers(world, "34")
    world.clock.move(timedelta(hours=25))
    await world.duties.run_due()
    await world.deliveries.run_due()
    assert "Para" not in world.heard(PHONE)[-2]


async def test_my_data_are_mine_alone(world):
    await answers(world)
    await comes(world, "Rosa")
    await writes(world, word("my_data"))
    told = world.heard(PHONE)[-2]
    assert "Tu apodo en este teléfono (cifrado): Rosa" in told
    assert told.count("Encuesta") == 1
    assert "Respuestas: 0" in told


async def test_no_name_is_readable_in_any_row(world):
    await comes(world, "Rosalinda")
    await comes(world, "Zenobia")
    await writes(world, "soy otra persona")
    await writes(world, "con quién hablo", "soy Rosalinda")
    for table in TABLES:
        for row in world.rows(f"SELECT * FROM {table}"):
            content = repr(row).casefold()
            assert "rosalinda" not in content, table
            assert "zenobia" not in content, table
    sealed = [VAULT.open_identity(name) for (name,) in world.rows("SELECT name FROM contact WHERE name IS NOT NULL ORDER BY id")]
    assert sealed == ["Rosalinda", "Zenobia"]


async def test_no_copy_is_kept_of_what_names_others(world):
    await fresh(world)
    await comes(world, "Eva")
    await writes(world, "soy otra persona")
    prompt = world.provider.sent[-1].prompt
    assert world.rows("SELECT contact_id, payload FROM outbox WHERE prompt = ?", prompt) == [(None, None)]


# ── stopping and forgetting ──────────────────────────────────────────────────────────────────────────────────────────


async def test_stop_is_the_phones(world):
    await fresh(world)
    await writes(world, word("stop"))
    assert world.heard(PHONE)[-1] == "Vale para todas las personas que usan este teléfono."
    assert world.one("SELECT count(*) FROM contact WHERE stopped_at IS NULL") == 0
    before = len(world.heard(PHONE))
    world.clock.move(timedelta(hours=25))
    await world.duties.run_due()
    await world.deliveries.run_due()
    assert len(world.heard(PHONE)) == before
    await comes(world, "Eva")
    assert "no recibir preguntas" in world.heard(PHONE)[-1]
    await writes(world, "alta")
    assert world.one("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == 0
    assert world.rows("SELECT at FROM stop_mark") == []


async def test_stop_on_a_shared_phone_leaves_who_is_elsewhere_their_own_channel(world):
    ana, _ = await fresh(world)
    await writes(world, "soy Persona 1", word("link"))
    code = world.heard(PHONE)[-2].split("«vincular ")[1].split("»")[0]
    await writes(world, f"vincular {code}", person="+593991112233", channel="sms")
    await writes(world, "soy Rosa", word("stop"))
    assert world.rows("SELECT id FROM contact WHERE stopped_at IS NULL") == [(ana.contact,)]
    assert world.one("SELECT count(*) FROM stop_mark") == 1
    # what is owed to Ana at the shared phone is not sent there
    world.rows("UPDATE conversation SET address_id = (SELECT id FROM address WHERE channel = 'telegram') RETURNING id")
    before = len(world.heard(PHONE))
    world.clock.move(timedelta(hours=25))
    await world.duties.run_due()
    await world.deliveries.run_due()
    assert len(world.heard(PHONE)) == before


async def test_erasing_takes_one_person_and_leaves_the_others(world):
    ana, rosa = await fresh(world)
    await writes(world, "51", word("erase_my_data"))
    text, options = shown(world)
    assert "hay 2 personas" in text
    assert options == ["mine", "phone", "nothing"]
    await world.presses(PHONE, "nothing")
    assert people(world) == 2
    await writes(world, word("erase_my_data"))
    handled = await world.presses(PHONE, "mine")
    assert world.heard(PHONE)[-3] == "Listo, borré tus datos. Gracias por haber participado."
    assert world.heard(PHONE)[-2].startswith("Desde ahora hablo con Persona 1.")
    assert world.rows("SELECT id FROM contact") == [(ana.contact,)]
    assert world.rows("SELECT contact_id, status FROM conversation ORDER BY id") == [(ana.contact, "open"), (None, "stopped")]
    assert [erased.contact for erased in handled.erased] == [rosa.contact]
    answered = await writes(world, "Más árboles")
    assert answered.contact == ana.contact


async def test_erasing_all_of_the_phone(world):
    await fresh(world)
    await comes(world, "Eva")
    await writes(world, word("erase_my_data"))
    handled = await world.presses(PHONE, "phone")
    assert people(world) == 0
    assert world.rows("SELECT id FROM address") == []
    assert world.rows("SELECT address_id FROM profile") == []
    assert len(handled.erased) == 3
    assert world.heard(PHONE)[-1].startswith("Listo, borré los datos de todas las personas")
    assert not (await answers(world, "20")).trouble


async def test_alone_again_nobody_is_asked_whose_data(world):
    await fresh(world)
    await writes(world, word("erase_my_data"))
    await world.presses(PHONE, "mine")
    await writes(world, word("erase_my_data"), "sí")
    assert people(world) == 0


async def test_a_restored_database_forgets_that_person_alone(world):
    ana, rosa = await fresh(world)
    entries = {Entry(1, "telegram", "bot", VAULT.find_key(Address("telegram", PHONE, "bot")), rosa.contact)}
    assert (await erase_again(world.database, entries, now=world.clock.now()))[0] == 1
    assert world.rows("SELECT id FROM contact") == [(ana.contact,)]
    assert world.rows("SELECT contact_id FROM address") == [(ana.contact,)]
    assert await world.database.read(noted) == entries
    assert (await erase_again(world.database, entries, now=world.clock.now()))[0] == 0


# ── other channels ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_two_who_share_a_phone_are_not_linked_there(world):
    await fresh(world)
    await writes(world, word("link"))
    code = world.heard(PHONE)[-2].split("«vincular ")[1].split("»")[0]
    await writes(world, "soy Persona 1", f"vincular {code}")
    assert world.heard(PHONE)[-2].startswith("Ese código es para escribirlo desde tu otro canal")
    assert people(world) == 2


async def test_a_person_on_a_shared_phone_is_one_with_their_other_channel(world):
    _, rosa = await fresh(world)
    await writes(world, word("link"))
    code = world.heard(PHONE)[-2].split("«vincular ")[1].split("»")[0]
    await writes(world, "encuesta", "60", f"vincular {code}", person="+593991112233", channel="sms")
    assert people(world) == 2
    on_sms = await writes(world, "soy de Puyo", person="+593991112233", channel="sms")
    assert on_sms.contact == rosa.contact
    # the other channel is Rosa's alone, also while another has the phone
    await writes(world, "soy Persona 1")
    assert (await writes(world, "ayuda", person="+593991112233", channel="sms")).contact == rosa.contact
    await writes(world, "soy Rosa")
    await writes(world, word("my_data"))
    assert "Direcciones para escribirte (cifradas): 2" in world.heard(PHONE)[-2]


async def test_two_names_of_one_phone_have_the_same_persons(world):
    scoped = (Address("whatsapp", "EC.1", "bot"),)
    number = "+593991111111"
    whatsapp = {"person": number, "channel": "whatsapp", "aliases": scoped}
    ana = await writes(world, "encuesta", "34", **whatsapp)
    rosa = await writes(world, "soy otra persona", "Rosa", **whatsapp)
    assert rosa.contact != ana.contact
    assert (await writes(world, "51", **whatsapp)).contact == rosa.contact
    alone = await writes(world, "Más luz", person="EC.1", channel="whatsapp")
    assert alone.contact == rosa.contact
    assert people(world) == 2
    back = await writes(world, "soy Persona 1", person="EC.1", channel="whatsapp")
    assert back.contact == ana.contact
    # whichever name leads says who has the phone
    assert (await writes(world, "ayuda", **whatsapp)).contact in (ana.contact, rosa.contact)
    assert people(world) == 2


async def test_a_campaign_says_for_whom_it_is_and_each_is_invited(world):
    ana, rosa = await fresh(world)
    for contact in (ana.contact, rosa.contact):
        agree(world, contact)
    office = campaigns(world)
    plan = await office.plan(invitation())
    assert plan.total == 2
    assert "Rosa" not in "".join(plan.samples.values())
    await office.begin(invitation())
    await world.deliveries.run_due()
    invited = [text for text in world.heard(PHONE) if text.startswith("Para ")]
    assert sorted(text.split(":")[0] for text in invited) == ["Para Persona 1", "Para Rosa"]
    assert all("escribe antes «soy " in text for text in invited)


async def test_nobody_is_invited_where_the_phone_said_stop(world):
    ana, rosa = await fresh(world)
    for contact in (ana.contact, rosa.contact):
        agree(world, contact)
    await writes(world, word("stop"))
    assert (await campaigns(world).plan(invitation())).left_out == {"stopped": 2}


async def test_names_are_sealed_anew_with_a_new_secret(world):
    from storage.keys import make_ring
    from storage.rotation import rotate

    await fresh(world)
    kept = Statement("INSERT INTO secret (name, wrapped, created_at) VALUES (?, ?, 0)")
    old, new = "a secret that is used in tests only", "another secret, newer than the one before it"
    for name in ("lookup", "data"):
        wrapped = make_ring([old]).wrap.encrypt(b"k" * 32)
        world.database.transaction_now(lambda tx, name=name, wrapped=wrapped: tx.run(kept, (name, wrapped)))
    await rotate(world.database, make_ring([new, old]), secrets=2)
    (name,) = [sealed for (sealed,) in world.rows("SELECT name FROM contact WHERE name IS NOT NULL")]
    assert make_ring([new]).identity.decrypt(name).decode() == "Rosa"


@pytest.mark.parametrize(
    "text", ["soy otra persona", "Otra persona", "cambiar de persona", "/soy_otra_persona", "i am someone else"]
)
def test_the_words(text):
    assert control((languages()["es"], languages()["en"]), text) == "other_person"


@pytest.mark.parametrize("text", ["persona", "hablar con una persona", "otra", "mi persona"])
def test_other_words(text):
    assert control((languages()["es"], languages()["en"]), text) != "other_person"


# ── the browser simulator ────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_simulators_screen_shows_everybody_who_shares_it(world):
    def event(does):
        return {"channel": "simulator", "test": True, "raw": orjson.dumps({"does": does})}

    def on_screen():
        def read(connection):
            who = transcript.person(connection, "simulator", "bot", VAULT.find_key(Address("simulator", PHONE, "bot")))
            assert who is not None
            return who, transcript.messages(connection, VAULT, who, "bot"), transcript.mark(connection, who)

        return world.database.read_now(read)

    for text in ("encuesta", "34", "soy otra persona"):
        await world.says(PHONE, text, **event({"text": text}))
    before, _, mark = on_screen()
    handled = await world.says(PHONE, "Rosa", **event({"text": "Rosa"}))
    who, told, changed = on_screen()
    assert mark != changed
    assert who.contact == handled.contact != before.contact
    assert set(who.everybody) == {before.contact, handled.contact}
    texts = [one.message.text if isinstance(one, transcript.Got) else one.does["text"] for one in told]
    assert texts[0] == "encuesta"
    assert "Rosa" in texts
    assert texts[-1] == "¿Cuántos años tienes?"
    assert any("¿Cómo te llamo?" in text for text in texts)


async def test_a_played_persons_clock_is_their_phones(world):
    handled = await world.says(PHONE, "encuesta", channel="simulator", test=True)
    world.database.transaction_now(lambda tx: contacts.move_clock(tx, handled.contact, 3_600_000))
    for text in ("soy otra persona", "Rosa"):
        await world.says(PHONE, text, channel="simulator", test=True)
    assert world.rows("SELECT DISTINCT clock_offset FROM contact") == [(3_600_000,)]
