"""Invariant 2, 3, 7, 10: one message is one transaction, once; what it says and keeps; whose it is."""

import asyncio
from datetime import timedelta

import pytest

from bot.channels import payload
from bot.engine.state import decode
from bot.turn.screen import Accepted
from bot.vocabulary import Media, Press, Say, Start, Text
from storage import contacts, outbox
from storage.database import UnavailableError
from storage.statements import Statement
from tests.world import ANONYMOUS, CONSENTED, NOON, SURVEY, VAULT, World, languages


@pytest.fixture
def world(database_url):
    world = World(database_url, SURVEY, CONSENTED, ANONYMOUS)
    yield world
    world.close()


async def test_a_survey_is_answered_kept_and_ended(world):
    begun = await world.starts("ana")
    assert begun.says[-1].step == "edad"
    await world.says("ana", "34")
    await world.says("ana", "Más árboles")
    ended = await world.says("ana", "1")

    assert ended.end == "completed"
    assert ended.receipt and ended.conversation == begun.conversation
    answers = world.rows("SELECT sequence, step, value, empty, raw, channel, language FROM answer ORDER BY sequence")
    assert answers == [
        (1, "edad", "34", None, "34", "telegram", "es"),
        (2, "idea", '"Más árboles"', None, "Más árboles", "telegram", "es"),
        (3, "obra", '"agua"', None, "1", "telegram", "es"),
    ]
    row = world.rows("SELECT status, receipt, ended_at IS NOT NULL, due_at, channel, flow FROM conversation")
    assert row == [("completed", ended.receipt, True, None, "telegram", "encuesta")]
    assert world.one("SELECT count(*) FROM conversation WHERE is_current") == 0
    assert world.heard("ana")[-1] == "Gracias."


async def test_the_same_event_twice_changes_nothing(world):
    await world.starts("ana")
    first = world.incoming("ana", "34", event="7")
    handled = await world.turns.handle(first)
    again = await world.turns.handle(first)
    assert (handled.seen, again.seen) == (False, True)
    assert again.outbox == ()
    assert world.one("SELECT count(*) FROM answer") == 1


async def test_the_same_event_many_times_at_once_is_handled_once(world):
    await world.starts("ana")
    before = world.one("SELECT count(*) FROM outbox")
    event = world.incoming("ana", "34", event="7")
    handled = await asyncio.gather(*(world.turns.handle(event) for _ in range(20)))
    assert sorted(h.seen for h in handled) == [False] + [True] * 19
    assert world.one("SELECT count(*) FROM answer") == 1
    assert world.one("SELECT count(*) FROM outbox") == before + 1


async def test_the_first_event_of_a_stranger_many_times_at_once_makes_one_contact(world):
    event = world.incoming("ana", Start("encuesta"), event="1")
    others = [world.incoming("ana", "34", event=str(n)) for n in range(2, 12)]
    handled = await asyncio.gather(*(world.turns.handle(e) for e in [event, event, *others, event]))
    assert sum(h.seen for h in handled) == 2
    assert world.one("SELECT count(*) FROM contact") == 1
    assert world.one("SELECT count(*) FROM conversation") == 1
    assert world.one("SELECT count(DISTINCT contact_id) FROM inbox") == 1


async def test_two_processes_meet_the_same_stranger_at_once(postgres_url):
    """Two databases stand for two processes: their workers know nothing of each other."""
    one, two = World(postgres_url), World(postgres_url)
    try:
        handled = await asyncio.gather(
            *(
                world.turns.handle(world.incoming(f"p{person}", Start("encuesta"), event=f"{event}/{person}"))
                for person in range(12)
                for event, world in enumerate((one, two, two, one))
            )
        )
        assert not any(h.seen or h.trouble for h in handled)
        assert one.one("SELECT count(*) FROM contact") == 12
        assert one.one("SELECT count(*) FROM conversation") == 12
    finally:
        one.close()
        two.close()


async def test_of_two_messages_in_one_commit_the_second_sees_what_the_first_made(world):
    people = [f"p{n}" for n in range(9)]
    for person in people:
        await world.turns.handle(world.incoming(person, Start("encuesta"), channel="simulator"))
    world.clock.move(timedelta(minutes=1))
    with world.together():
        events = [world.incoming(p, words, channel="simulator") for words in ("34", "una idea") for p in people]
        tasks = [asyncio.ensure_future(world.turns.handle(event)) for event in events]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    kept = world.rows("SELECT conversation_id, step, value FROM answer ORDER BY conversation_id, sequence")
    assert [row[1:] for row in kept] == [("edad", "34"), ("idea", '"una idea"')] * 9


async def test_a_person_with_two_addresses_is_one_contact(database_url):
    """Messages of one contact keep their order whatever the channel, also within one commit."""
    world = World(database_url, workers=1)
    try:
        begun = await world.turns.handle(world.incoming("ana", Start("encuesta"), channel="simulator"))
        other = await world.turns.handle(world.incoming("ana", "hola", channel="sms"))
        link = Statement("UPDATE address SET contact_id = ? WHERE contact_id = ?")
        world.database.transaction_now(lambda tx: tx.run(link, (begun.contact, other.contact)))
        world.clock.move(timedelta(minutes=1))
        with world.together():
            tasks = []
            for channel, words in (("sms", "34"), ("simulator", "una idea")):
                tasks.append(asyncio.ensure_future(world.turns.handle(world.incoming("ana", words, channel=channel))))
                await asyncio.sleep(0)
        first, second = await asyncio.gather(*tasks)
        assert first.contact == second.contact == begun.contact
        kept = world.rows("SELECT conversation_id, step, channel FROM answer ORDER BY sequence")
        assert kept == [(begun.conversation, "edad", "sms"), (begun.conversation, "idea", "simulator")]
    finally:
        world.close()


async def test_two_processes_hear_the_same_people_at_once(postgres_url):
    """Whoever is heard second must see what the first made of it: each answer is kept, none is written over another."""
    one, two = World(postgres_url), World(postgres_url)
    try:
        people = [f"p{n}" for n in range(15)]
        for person in people:
            await one.turns.handle(one.incoming(person, Start("encuesta"), channel="simulator"))
        one.clock.move(timedelta(minutes=1))
        two.clock.set(one.clock.now())
        await asyncio.gather(
            *(
                w.turns.handle(w.incoming(p, words, channel="simulator"))
                for p in people
                for w, words in ((one, "34"), (two, "35"))
            )
        )
        assert one.one("SELECT count(*) FROM answer") == 30
        assert one.one("SELECT count(*) FROM quarantine") == 0
        states = [decode(state) for (state,) in one.rows("SELECT state FROM conversation")]
        assert {(state.sequence, state.turns) for state in states} == {(2, 3)}
    finally:
        one.close()
        two.close()


async def test_messages_of_one_contact_keep_their_order_and_people_do_not_wait_for_each_other(world):
    people = [f"p{n}" for n in range(25)]
    await asyncio.gather(*(world.turns.handle(world.incoming(p, Start("encuesta"))) for p in people))
    await world.deliveries.run_due()
    world.clock.move(timedelta(minutes=1))
    words = ["34", "primera idea", "luz"]
    # all of a person's messages are under way at once; each has had the former prompt on the screen
    await asyncio.gather(*(world.turns.handle(world.incoming(p, Text(w))) for w in words for p in people))
    assert world.one("SELECT count(*) FROM answer WHERE step = 'edad' AND value = '34'") == 25
    orders = world.rows("SELECT conversation_id, step FROM answer ORDER BY conversation_id, sequence")
    for person in {row[0] for row in orders}:
        assert next(step for conversation, step in orders if conversation == person) == "edad"
    ids = world.rows("SELECT contact_id, id FROM inbox ORDER BY id")
    assert len(ids) == 25 * 4


async def test_what_was_shown_is_kept_with_the_prompt(world):
    """A label cut for the channel still means its choice (invariant 7)."""
    world.provider.look = "whatsapp"
    await world.starts("ana")
    await world.says("ana", "34")
    await world.says("ana", "una idea")
    shown = world.provider.sent[-1]
    assert shown.layout == "list"
    cut = next(option.cut for option in shown.options if option.cut != option.label)
    assert decode(world.one("SELECT state FROM conversation")).prompt.cut == {cut: "agua"}
    ended = await world.says("ana", cut)
    assert [answer.value for answer in ended.answers] == ["agua"]


async def test_a_button_carries_its_prompt(world):
    await world.starts("ana")
    await world.says("ana", "34")
    await world.says("ana", "una idea")
    ended = await world.presses("ana", "luz")
    assert [answer.value for answer in ended.answers] == ["luz"]
    late = await world.says("ana", Press(1, "agua"))
    assert late.answers == ()


async def test_text_written_before_the_prompt_was_accepted_belongs_to_the_former(world):
    await world.starts("ana")
    await world.says("ana", "34")
    world.clock.move(timedelta(seconds=1))
    await world.turns.handle(world.incoming("ana", "una idea"))
    # the question "obra" is queued, no provider has accepted it: whoever writes now has not seen it
    world.clock.move(timedelta(seconds=1))
    early = await world.turns.handle(world.incoming("ana", "1 más"))
    assert [(a.step, a.value) for a in early.answers] == [("idea", "una idea\n1 más")]
    await world.deliveries.run_due()
    world.clock.move(timedelta(seconds=5))
    now = await world.turns.handle(world.incoming("ana", "1"))
    assert [(a.step, a.value) for a in now.answers] == [("obra", "agua")]


async def test_text_that_was_under_way_when_the_prompt_was_accepted_belongs_to_the_former(world):
    await world.starts("ana")
    await world.says("ana", "34")
    await world.turns.handle(world.incoming("ana", "una idea"))
    world.clock.move(timedelta(seconds=2.4))
    written = world.clock.now() - timedelta(seconds=1.1)
    await world.deliveries.run_due()
    early = await world.turns.handle(world.incoming("ana", "1 más", at=written))
    assert [(a.step, a.value) for a in early.answers] == [("idea", "una idea\n1 más")]


async def test_a_provider_that_tells_whole_seconds_is_given_the_benefit_of_the_doubt(world):
    await world.starts("ana")
    await world.says("ana", "34")
    await world.turns.handle(world.incoming("ana", "una idea"))
    world.clock.move(timedelta(seconds=2.4))
    await world.deliveries.run_due()
    # accepted at .4, answered at .9, and the provider says .0
    prompt = await world.turns.handle(world.incoming("ana", "1", at=world.clock.now().replace(microsecond=0)))
    assert [(a.step, a.value) for a in prompt.answers] == [("obra", "agua")]


async def test_a_prompt_accepted_but_not_written_down_yet_is_on_the_screen(world):
    await world.starts("ana")
    await world.says("ana", "34")
    handled = await world.turns.handle(world.incoming("ana", "una idea"))
    world.deliveries.accepted[handled.outbox[-1]] = Accepted(0)
    now = await world.turns.handle(world.incoming("ana", "1", at=NOON + timedelta(minutes=9)))
    assert [(a.step, a.value) for a in now.answers] == [("obra", "agua")]


async def test_our_own_channels_show_at_once(world):
    for words in (Start("encuesta"), "34", "una idea"):
        await world.turns.handle(world.incoming("ana", words, channel="simulator"))
        world.clock.move(timedelta(seconds=10))
    ended = await world.turns.handle(world.incoming("ana", "1", channel="simulator"))
    assert [(a.step, a.value) for a in ended.answers] == [("obra", "agua")]


async def test_a_long_message_goes_out_in_parts_in_order(database_url):
    text = SURVEY.replace("¿Cuántos años tienes?", "palabra " * 900 + "¿Cuántos años tienes?")
    world = World(database_url, text)
    try:
        await world.starts("ana")
        assert len(world.provider.sent) == 2
        assert world.provider.sent[-1].text.endswith("¿Cuántos años tienes?")
        assert world.provider.sent[-1].prompt and not world.provider.sent[0].prompt
    finally:
        world.close()


async def test_nothing_readable_of_a_person_is_in_the_rows(world):
    """Invariant 10: raw inbound and outbox are sealed, addresses too; only the journal has what was answered."""
    await world.starts("0991234567")
    await world.says("0991234567", "34")
    await world.says("0991234567", "frase muy personal")
    for table in ("inbox", "outbox", "address", "contact"):
        for row in world.rows(f"SELECT * FROM {table}"):
            for value in row:
                raw = value if isinstance(value, bytes) else str(value).encode()
                assert b"0991234567" not in raw and b"frase muy personal" not in raw, (table, value)
    sealed = world.rows("SELECT payload FROM outbox ORDER BY id")[0][0]
    assert payload.unpack(VAULT.open(sealed, outbox.PAYLOAD)).address.identifier == "0991234567"


async def test_resume_goes_on_where_one_stopped(world):
    begun = await world.starts("ana")
    await world.says("ana", "34")
    again = await world.starts("ana")
    assert again.conversation == begun.conversation
    assert again.says[-1].step == "idea"
    assert world.one("SELECT count(*) FROM conversation") == 1


async def test_leaving_for_another_flow_and_coming_back(world):
    begun = await world.starts("ana")
    await world.says("ana", "34")
    other = await world.says("ana", Start("queja"))
    assert other.conversation != begun.conversation
    assert world.one("SELECT count(*) FROM conversation WHERE status = 'open'") == 2
    assert world.one("SELECT id FROM conversation WHERE is_current") == other.conversation
    back = await world.says("ana", Start("encuesta"))
    assert back.conversation == begun.conversation
    assert world.one("SELECT id FROM conversation WHERE is_current") == begun.conversation
    done = await world.says("ana", "una idea")
    assert [answer.step for answer in done.answers] == ["idea"]


async def test_restart_ends_the_old_one_and_begins_anew(world):
    begun = await world.starts("ana")
    await world.says("ana", "34")
    again = await world.says("ana", "reiniciar")
    assert again.conversation != begun.conversation
    assert world.rows("SELECT status FROM conversation ORDER BY id") == [("partial",), ("open",)]


async def test_a_completed_flow_can_be_corrected(world):
    await world.starts("ana")
    for words in ("34", "idea", "2"):
        ended = await world.says("ana", words)
    again = await world.starts("ana")
    assert again.conversation == ended.conversation
    assert again.says[-1].step == "edit"
    assert world.rows("SELECT status, ended_at, is_current FROM conversation") == [("open", None, True)]
    await world.says("ana", "1")
    corrected = await world.says("ana", "35")
    assert corrected.end == "completed"
    assert world.rows("SELECT status, receipt FROM conversation") == [("completed", ended.receipt)]
    assert world.rows("SELECT value FROM answer WHERE step = 'edad' ORDER BY sequence") == [("34",), ("35",)]


async def test_the_version_is_pinned(world):
    await world.starts("ana")
    world.open(SURVEY.replace("¿Qué cambiarías?", "¿Qué harías?"))
    told = await world.says("ana", "34")
    assert told.says[-1].text.startswith("¿Qué cambiarías?")
    fresh = World(world.database.url.render_as_string(hide_password=False), SURVEY.replace("¿Qué cambiarías?", "¿Qué harías?"))
    try:
        # another process, which has never seen the old file: the database has the version
        told = await fresh.turns.handle(fresh.incoming("ana", "repetir", event="x"))
        assert told.says[-1].text.startswith("¿Qué cambiarías?")
        assert (await fresh.starts("eva")).says[-1].step == "edad"
        told = await fresh.turns.handle(fresh.incoming("eva", "34", at=NOON + timedelta(hours=1)))
        assert told.says[-1].text.startswith("¿Qué harías?")
    finally:
        fresh.close()


async def test_consent_is_recorded_and_not_asked_twice(world):
    asked = await world.says("ana", Start("contacto"))
    assert asked.says[-1].step == "consent"
    await world.says("ana", "sí")
    assert world.rows("SELECT name, version, language, purpose, days, given FROM consent") == [
        ("seguimiento", "1", "es", "Para responderte", 90, True)
    ]
    await world.says("ana", "Ana")
    again = await world.says("ana", "reiniciar")
    again = await world.says("ana", Start("contacto"))
    assert world.one("SELECT count(*) FROM consent") == 1, again.says


async def test_stop_ends_and_is_honoured_beyond_erasure(world):
    await world.starts("ana")
    stopped = await world.says("ana", "alto")
    assert stopped.end == "stopped"
    assert world.one("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == 1
    assert world.one("SELECT count(*) FROM stop_mark") == 1
    await world.says("ana", "borrar mis datos")
    erased = await world.says("ana", "sí")
    assert erased.outbox
    assert world.one("SELECT count(*) FROM contact") == 0
    assert world.one("SELECT count(*) FROM stop_mark") == 1
    await world.says("ana", "hola")
    assert world.one("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == 1


async def test_opting_in_again_takes_the_mark_away(world):
    await world.starts("ana")
    await world.says("ana", "alto")
    await world.says("ana", control("start_again"))
    assert world.one("SELECT count(*) FROM stop_mark") == 0
    assert world.one("SELECT count(*) FROM contact WHERE stopped_at IS NULL") == 1


def control(name):
    """A way to write that control word."""
    return languages()["es"].words["control"][name][0]


async def test_my_data_is_told(world):
    await world.starts("ana")
    await world.says("ana", "34")
    told = await world.says("ana", "mis datos")
    text = "\n".join(say.text for say in told.says)
    assert "«Encuesta», 20/11/2026. Respuestas: 1" in text


async def test_erasing_forgets_the_person_but_still_says_goodbye(world):
    await world.starts("ana")
    await world.says("ana", "34")
    await world.says("ana", "borrar mis datos")
    handled = await world.says("ana", "sí")
    assert world.heard("ana")[-1] == handled.says[-1].text
    assert len(world.erased) == 1
    assert world.one("SELECT count(*) FROM contact") == 0
    assert world.one("SELECT count(*) FROM address") == 0
    assert world.rows("SELECT DISTINCT contact_id, payload FROM outbox") == [(None, None)]
    assert world.rows("SELECT DISTINCT contact_id, raw FROM inbox") == [(None, None)]
    assert world.rows("SELECT status, contact_id FROM conversation") == [("stopped", None)]


async def test_an_anonymous_flow_ends_without_a_trace_of_whose_it_was(world):
    begun = await world.says("ana", Start("queja"))
    assert world.one("SELECT contact_id FROM conversation") == begun.contact
    ended = await world.says("ana", "Me pidieron dinero")
    assert ended.end == "completed"
    assert world.heard("ana")[-1] == "Gracias."
    assert world.rows("SELECT contact_id, address_id, prompt_outbox_id FROM conversation") == [(None, None, None)]
    assert world.one("SELECT count(*) FROM answer") == 1
    assert world.rows("SELECT DISTINCT contact_id, conversation_id, payload, lane FROM outbox") == [(None, None, None, 0)]
    assert world.rows("SELECT DISTINCT contact_id, conversation_id, raw FROM inbox") == [(None, None, None)]


async def test_an_anonymous_end_leaves_other_conversations_alone(world):
    await world.starts("ana")
    await world.says("ana", Start("queja"))
    await world.says("ana", "Me pidieron dinero")
    kept = world.rows("SELECT flow, contact_id IS NOT NULL FROM conversation ORDER BY id")
    assert kept == [("encuesta", True), ("queja", False)]
    assert world.one("SELECT count(*) FROM outbox WHERE payload IS NOT NULL") >= 1


async def test_language_is_remembered(world):
    await world.says("ana", "english")
    assert world.one("SELECT language FROM contact") == "en"
    menu = await world.says("ana", "menu")
    assert menu.says[-1].language == "en"


async def test_the_channel_tells_the_language(world):
    said = await world.says("ana", "hola", language="en-US")
    assert {say.language for say in said.says} == {"en"}


async def test_an_attachment_is_noted_with_whose_it_is(world):
    await world.starts("ana")
    media = Media("image", "a" * 32, "image/png", "b" * 64, 5)
    handled = await world.says("ana", media)
    rows = world.rows("SELECT reference, contact_id, conversation_id, size, path FROM media")
    assert rows == [("a" * 32, handled.contact, handled.conversation, 5, "aa/" + "a" * 32)]


async def test_handing_over_is_marked(world):
    await world.starts("ana")
    await world.says("ana", control("person"))
    assert world.one("SELECT handed_over_at IS NOT NULL FROM conversation")


async def test_a_test_contact_has_a_clock_of_its_own(world):
    begun = await world.says("ana", Start("encuesta"), test=True)
    due = world.one("SELECT due_at FROM conversation")
    await world.says("eva", Start("encuesta"))
    other = world.one("SELECT due_at FROM conversation WHERE contact_id <> ?", begun.contact)
    hour = 3_600_000
    offset = world.database.transaction_now(lambda tx: contacts.move_clock(tx, begun.contact, hour))
    assert offset == hour
    assert world.one("SELECT due_at FROM conversation WHERE contact_id = ?", begun.contact) == due - hour
    assert world.one("SELECT due_at FROM conversation WHERE contact_id <> ?", begun.contact) == other
    real = world.one("SELECT contact_id FROM conversation WHERE contact_id <> ?", begun.contact)
    with pytest.raises(LookupError):
        world.database.transaction_now(lambda tx: contacts.move_clock(tx, real, hour))
    await world.says("ana", "34")
    # the engine set it a day after *their* now; the row has it in real time
    assert world.one("SELECT due_at FROM conversation WHERE contact_id = ?", begun.contact) == pytest.approx(
        world.one("SELECT updated_at FROM conversation WHERE contact_id = ?", begun.contact) + 24 * hour, abs=1000
    )


async def test_a_commit_that_fails_tells_everybody_and_keeps_nothing(sqlite_url):
    """Every webhook of the group answers 503: each handle raises, and handing the events in again works."""
    world = World(sqlite_url)
    try:
        await world.starts("ana")
        answers = world.one("SELECT count(*) FROM inbox")
        broken = Statement("INSERT INTO media VALUES ('r', 1, 1, 'image', 'image/png', ?, 1, 'p', 1)")

        def spoil(tx):
            tx.run(Statement("PRAGMA defer_foreign_keys = ON"))
            tx.write(broken, ("",))

        events = [world.incoming(f"p{n}", Start("encuesta"), event=f"e{n}") for n in range(5)]
        with world.together():
            tasks = [asyncio.ensure_future(world.database.transaction(spoil))]
            tasks += [asyncio.ensure_future(world.turns.handle(e)) for e in events]
            await asyncio.sleep(0)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(r) for r in results] == [UnavailableError] * 6
        assert world.one("SELECT count(*) FROM inbox") == answers
        handled = await asyncio.gather(*(world.turns.handle(e) for e in events))
        assert not any(h.seen or h.trouble for h in handled)
    finally:
        world.close()


async def test_says_of_a_turn_are_in_the_order_of_the_engine(world):
    handled = await world.starts("ana")
    assert all(isinstance(say, Say) for say in handled.says)
    assert [o.text for o in world.provider.sent] == [say.text for say in handled.says]
