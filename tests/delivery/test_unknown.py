"""Messages whose fate is unknown: looked for before they are sent again, where the channel can."""

import asyncio
from datetime import timedelta

import pytest

from bot.channels.channel import FateUnknown, RetryLater, Sent
from bot.delivery import Patience
from bot.vocabulary import Start
from storage import claims, outbox
from tests.world import SURVEY, World

PATIENCE = Patience(looked=0.0, send=0.2)


class Looking:
    """What a provider took, and what it tells when it is asked for a message."""

    def __init__(self):
        self.asked = []
        self.found = None

    async def lookup(self, outgoing, since):
        self.asked.append((outgoing.text, since))
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.fixture
def world(database_url):
    world = World(database_url, SURVEY, patience=PATIENCE)
    world.looking = Looking()
    world.provider.lookup = world.looking.lookup
    yield world
    world.close()


async def begun(world):
    await world.turns.handle(world.incoming("ana", Start("encuesta")))
    await world.deliveries.run_due()


def later(world, **by):
    world.clock.move(timedelta(**by))


async def test_what_arrived_is_not_sent_again(world):
    world.provider.answers, world.looking.found = [FateUnknown("504")], Sent("p77")
    await begun(world)
    assert world.rows("SELECT status, provider_id, accepted_at IS NOT NULL FROM outbox") == [("sent", "p77", True)]
    assert len(world.provider.tried) == 1


async def test_what_did_not_arrive_is_sent_again(world):
    world.provider.answers = [FateUnknown("504")]
    await begun(world)
    assert world.rows("SELECT status, error FROM outbox") == [("queued", "504")]
    later(world, seconds=5)
    await world.deliveries.run_due()
    assert world.heard("ana") == ["¿Cuántos años tienes?"]
    assert len(world.looking.asked) == 1, "it is known that it did not arrive"


@pytest.mark.parametrize("trouble", [RetryLater("no_connection"), ZeroDivisionError()])
async def test_while_nobody_can_say_it_waits_and_is_looked_for_first(world, trouble):
    world.provider.answers, world.looking.found = [FateUnknown("504")], trouble
    tried_at = world.clock.now()
    await begun(world)
    assert world.rows("SELECT status, error FROM outbox") == [("queued", "fate_unknown 504")]
    for _ in range(3):
        later(world, minutes=1)
        await world.deliveries.run_due()
    assert len(world.provider.tried) == 1 and len(world.looking.asked) == 4
    assert {since for _, since in world.looking.asked} == {tried_at}, "since it was handed over the first time"
    world.looking.found = Sent("p5")
    later(world, minutes=5)
    await world.deliveries.run_due()
    assert world.rows("SELECT status, provider_id FROM outbox") == [("sent", "p5")]
    assert len(world.provider.tried) == 1


async def test_another_message_that_reads_the_same_is_not_taken_for_it(world):
    await begun(world)
    await world.deliveries.run_due()
    known = world.one("SELECT provider_id FROM outbox")
    world.provider.answers, world.looking.found = [FateUnknown("504")], Sent(known)
    await world.says("ana", "34")
    assert world.rows("SELECT status, error FROM outbox WHERE status <> 'sent'") == [("queued", "504")]
    later(world, seconds=5)
    await world.deliveries.run_due()
    assert world.heard("ana") == ["¿Cuántos años tienes?", "¿Qué cambiarías?"]


async def test_nor_at_the_next_try(world):
    await begun(world)
    known = world.one("SELECT provider_id FROM outbox")
    world.provider.answers, world.looking.found = [FateUnknown("504")], RetryLater("no_connection")
    await world.says("ana", "34")
    world.looking.found = Sent(known)
    later(world, minutes=1)
    await world.deliveries.run_due()
    assert world.heard("ana") == ["¿Cuántos años tienes?", "¿Qué cambiarías?"]


async def test_a_sending_that_takes_too_long_is_looked_for(world):
    world.provider.before = lambda _: asyncio.sleep(60)
    await begun(world)
    assert world.rows("SELECT status, error FROM outbox") == [("queued", "fate_unknown timeout")]
    world.provider.before, world.looking.found = None, Sent("p8")
    later(world, minutes=1)
    await world.deliveries.run_due()
    assert world.rows("SELECT status, provider_id FROM outbox") == [("sent", "p8")]
    assert world.provider.sent == []


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_was_in_flight_at_a_kill_is_looked_for(world, arrived):
    await world.turns.handle(world.incoming("ana", Start("encuesta")))
    now = round(world.clock.now().timestamp() * 1000)
    await world.database.transaction(lambda tx: outbox.claim(tx, now=now, until=now + 60_000, limit=4))
    world.looking.found = Sent("p3") if arrived else None
    later(world, seconds=61)
    await world.deliveries.run_due()
    assert len(world.looking.asked) == 1
    assert len(world.provider.sent) == (0 if arrived else 1)
    assert world.one("SELECT status FROM outbox") == "sent"


async def test_without_a_way_to_ask_a_kill_repeats_what_was_in_flight_and_only_that(database_url):
    world = World(database_url, SURVEY)
    try:
        await world.turns.handle(world.incoming("ana", Start("encuesta")))
        now = round(world.clock.now().timestamp() * 1000)
        await world.database.transaction(lambda tx: outbox.claim(tx, now=now, until=now + 60_000, limit=4))
        later(world, seconds=61)
        await world.deliveries.run_due()
        assert world.heard("ana") == ["¿Cuántos años tienes?"]
        later(world, minutes=10)
        await world.deliveries.run_due()
        assert len(world.provider.tried) == 1
    finally:
        world.close()


async def test_whoever_sends_alone_takes_over_at_once_what_a_dead_process_had_in_the_air(database_url):
    dead = World(database_url, SURVEY)
    await dead.turns.handle(dead.incoming("ana", Start("encuesta")))
    now = round(dead.clock.now().timestamp() * 1000)
    await dead.database.transaction(lambda tx: outbox.claim(tx, now=now, until=now + 60_000, limit=4))
    dead.close()
    for alone, heard in ((False, 0), (True, 1)):
        world = World(database_url, SURVEY, alone=alone)
        try:
            await world.deliveries.run_due()
            assert len(world.provider.sent) == heard
        finally:
            world.close()


def test_the_first_claim_of_a_server_leaves_the_consoles_alone(database):
    rows = [(number, number, None, None, channel, 0, 0, b"s", 0, 0, "", "") for number, channel in ((1, "console"), (2, "sms"))]
    database.transaction_now(lambda tx: outbox.queue(tx, rows))
    database.transaction_now(lambda tx: outbox.claim(tx, now=1, until=60_000, limit=4, lane=1))
    database.transaction_now(lambda tx: outbox.claim(tx, now=1, until=60_000, limit=4))
    assert database.transaction_now(claims.inherit) == 1
    assert database.transaction_now(lambda tx: outbox.claim(tx, now=2, until=60_000, limit=4, lane=1)) == []
