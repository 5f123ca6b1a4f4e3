"""What providers say later: it only moves forward, and a failure has the consequences that it would have had at the sending."""

import itertools
from datetime import timedelta

import pytest

from bot.channels.channel import Status
from bot.channels.twilio.codes import meaning
from bot.vocabulary import Start
from storage.statements import Statement
from tests.world import SURVEY, World

STAGES = ("queued", "sent", "delivered", "failed", "read")
RANK = {None: -1, "queued": 0, "sent": 1, "delivered": 2, "failed": 2, "read": 3}


@pytest.fixture
def world(database_url):
    world = World(database_url, SURVEY)
    for provider in (world.whatsapp, world.sms):
        provider.explain = lambda code: meaning(code)(code)
    yield world
    world.close()


async def begun(world, person="ana", channel="whatsapp"):
    await world.turns.handle(world.incoming(person, Start("encuesta"), channel=channel))
    await world.deliveries.run_due()


async def told(world, stage, provider_id="p1", error="", channel="whatsapp"):
    await world.deliveries.heard(Status(channel, "bot", provider_id, stage, world.clock.now(), error))


def row(world):
    return world.rows("SELECT status, stage, error FROM outbox ORDER BY id")[0]


@pytest.mark.parametrize("order", list(itertools.permutations(("sent", "delivered", "read"))))
async def test_in_whatever_order_and_however_often_it_ends_the_same(world, order):
    await begun(world)
    for stage in (*order, *order):
        await told(world, stage)
    assert row(world) == ("sent", "read", None)


@pytest.mark.parametrize("first", STAGES)
@pytest.mark.parametrize("second", STAGES)
async def test_it_never_goes_back(world, first, second):
    await begun(world)
    await told(world, first)
    before = row(world)
    await told(world, second)
    _, stage, _ = row(world)
    assert stage == (second if RANK[second] > RANK[first] else first)
    if stage == first:
        assert row(world) == before


async def test_a_failure_keeps_its_code_and_a_later_word_without_one_does_not_clear_it(world):
    await begun(world)
    await told(world, "failed", error="63019")
    assert row(world) == ("failed", "failed", "63019")
    await told(world, "delivered")
    assert row(world) == ("failed", "failed", "63019")
    await told(world, "read")
    assert row(world) == ("sent", "read", "63019"), "whoever reads it has it"


@pytest.mark.parametrize("code", ["21610", "63033"])
async def test_a_person_who_stopped_is_stopped_as_if_the_sending_had_said_it(world, code):
    await begun(world)
    await world.turns.handle(world.incoming("ana", "34", channel="whatsapp"))
    await told(world, "failed", error=code)
    assert world.rows("SELECT DISTINCT status, error FROM outbox") == [("failed", "person_stopped")]
    assert world.one("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == 1
    assert world.one("SELECT count(*) FROM stop_mark") == 1
    await world.deliveries.run_due()
    assert len(world.whatsapp.sent) == 1


async def test_nobody_at_the_address(world):
    await begun(world)
    await told(world, "failed", error="63003")
    assert row(world) == ("dead", "failed", "person_unreachable")
    assert world.one("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == 0


async def test_outside_the_window_it_waits_for_their_word(world):
    await begun(world)
    await told(world, "failed", error="63016")
    assert row(world) == ("waiting", "failed", "outside_window")
    await world.turns.handle(world.incoming("ana", "34", channel="whatsapp"))
    await world.deliveries.run_due()
    assert [o.text for o in world.whatsapp.sent] == ["¿Cuántos años tienes?", "¿Cuántos años tienes?", "¿Qué cambiarías?"]


async def test_what_failed_for_now_is_sent_again_after_a_pause(world):
    await begun(world)
    await told(world, "failed", error="30003")
    assert row(world) == ("queued", "failed", "30003")
    await told(world, "failed", error="30003")  # the provider says everything twice
    world.clock.move(timedelta(minutes=1))
    await world.deliveries.run_due()
    assert len(world.whatsapp.sent) == 2
    assert row(world) == ("sent", None, None)
    assert world.rows("SELECT attempts, provider_id FROM outbox") == [(2, "p2")]
    await told(world, "delivered")  # of the try that failed: nobody's any more
    assert row(world) == ("sent", None, None)


async def test_what_failed_for_now_is_not_sent_after_the_talk_went_on(world):
    await begun(world)
    await world.says("ana", "34", channel="whatsapp")
    await told(world, "failed", error="30003")
    assert row(world) == ("failed", "failed", "30003")


async def test_what_fails_for_ever_is_given_up_in_the_end(world):
    await begun(world)
    for number in range(1, 13):
        await told(world, "failed", provider_id=f"p{number}", error="30003")
        world.clock.move(timedelta(minutes=20))
        await world.deliveries.run_due()
    assert row(world) == ("dead", "failed", "30003")
    assert len(world.whatsapp.sent) == 12


async def test_a_word_that_comes_before_the_sending_is_written_down_counts(world):
    """Twilio often posts the status before it answers the request."""

    async def overtaken(_):
        await told(world, "delivered", provider_id="early")

    world.whatsapp.before, world.whatsapp.answers = overtaken, ["early"]
    await begun(world)
    assert row(world) == ("sent", "delivered", None)
    assert world.one("SELECT count(*) FROM early_status") == 0


async def test_an_early_failure_has_its_consequences(world):
    async def overtaken(_):
        await told(world, "failed", provider_id="early", error="21610")

    world.whatsapp.before, world.whatsapp.answers = overtaken, ["early"]
    await begun(world)
    assert row(world) == ("failed", "failed", "person_stopped")
    assert world.one("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == 1


async def test_words_about_messages_of_others_are_forgotten(world):
    await told(world, "delivered", provider_id="foreign")
    await told(world, "delivered", provider_id="foreign")
    assert world.one("SELECT count(*) FROM early_status") == 1
    world.clock.move(timedelta(minutes=11))
    await told(world, "sent", provider_id="another")
    assert world.rows("SELECT provider_id FROM early_status") == [("another",)]


async def test_a_message_whose_text_is_gone_cannot_be_sent_again(world):
    await begun(world)
    world.database.transaction_now(lambda tx: tx.run(Statement("UPDATE outbox SET payload = NULL")))
    await told(world, "failed", error="30003")
    assert row(world) == ("failed", "failed", "30003")


async def test_a_channel_that_explains_nothing_fails_with_its_code(world):
    await begun(world, channel="telegram")
    await told(world, "failed", error="weird", channel="telegram")
    assert row(world) == ("failed", "failed", "weird")


async def test_a_status_of_the_same_name_on_another_channel_is_not_ours(world):
    await begun(world)
    await told(world, "read", channel="sms")
    assert row(world) == ("sent", None, None)
