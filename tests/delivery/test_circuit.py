"""The circuit breaker: a provider that is down is left alone, and its outage costs no message."""

import asyncio
from datetime import timedelta

import pytest

from bot.channels.channel import FateUnknown, Never, RetryAfter, RetryLater
from bot.delivery.circuit import Circuit
from bot.delivery.patience import Patience
from bot.vocabulary import Start
from tests.world import SURVEY, World


@pytest.fixture
def world(database_url):
    world = World(database_url, SURVEY)
    yield world
    world.close()


async def queued(world, count, prefix="p"):
    await asyncio.gather(*(world.turns.handle(world.incoming(f"{prefix}{number}", Start("encuesta"))) for number in range(count)))


def later(world, **by):
    world.clock.move(timedelta(**by))


async def down(_):
    raise RetryLater("no_connection")


async def test_while_it_is_down_one_message_now_and_then_is_tried(world, capsys):
    world.provider.before = down
    await queued(world, 20)
    await world.deliveries.run_due()
    assert world.deliveries.down() == ["telegram/bot"]
    assert "provider_is_down" in capsys.readouterr().out
    tried = len(world.provider.tried)
    later(world, seconds=4)
    await world.deliveries.run_due()
    assert len(world.provider.tried) == tried, "nothing goes before the first probe"
    later(world, seconds=1)
    await world.deliveries.run_due()
    assert len(world.provider.tried) == tried + 1, "one probe, alone"
    later(world, seconds=5)
    await world.deliveries.run_due()
    assert len(world.provider.tried) == tried + 1, "the next one waits twice as long"
    later(world, seconds=5)
    await world.deliveries.run_due()
    assert len(world.provider.tried) == tried + 2


async def test_an_outage_of_days_costs_no_message_and_the_queue_drains_after_it(world, capsys):
    world.provider.before = down
    await queued(world, 20)
    for _ in range(500):
        await world.deliveries.run_due()
        later(world, minutes=10)
    assert world.one("SELECT count(*) FROM outbox WHERE status = 'queued'") == 20, "nothing was given up"
    assert len(world.provider.tried) < 540
    world.provider.before = None
    await world.deliveries.run_due()
    assert world.deliveries.down() == []
    assert "provider_is_back" in capsys.readouterr().out
    later(world, minutes=1)
    await world.deliveries.run_due()
    assert len(world.provider.sent) == 20
    assert world.rows("SELECT DISTINCT status FROM outbox") == [("sent",)]


async def test_a_probe_is_not_the_last_try_of_its_message(database_url):
    world = World(database_url, SURVEY, patience=Patience(tries=1, broken=1))
    try:
        world.provider.before = down
        await queued(world, 2)
        for _ in range(4):
            await world.deliveries.run_due()
            later(world, minutes=5)
        assert world.rows("SELECT DISTINCT status FROM outbox") == [("queued",)]
    finally:
        world.close()


async def test_conversations_go_on_meanwhile(world):
    world.provider.before = down
    await queued(world, 6)
    await world.deliveries.run_due()
    handled = await world.says("p1", "34")
    assert handled.outbox and not handled.trouble
    world.provider.before = None
    later(world, minutes=2)
    await world.deliveries.run_due()
    later(world, minutes=2)
    await world.deliveries.run_due()
    assert world.heard("p1") == ["¿Cuántos años tienes?", "¿Qué cambiarías?"]


async def test_another_sender_is_not_down_with_it(world):
    world.provider.before = down
    await queued(world, 6)
    await world.turns.handle(world.incoming("eva", Start("encuesta"), channel="whatsapp"))
    await world.deliveries.run_due()
    assert world.deliveries.down() == ["telegram/bot"]
    assert len(world.whatsapp.sent) == 1


async def test_one_message_that_fails_for_ever_does_not_take_the_provider_down_nor_live_for_ever(world):
    """Others arrive meanwhile: so it is the message's fault, and its tries count."""

    async def one(outgoing):
        if outgoing.address.identifier == "p0":
            raise RetryLater("busy")

    world.provider.before = one
    await queued(world, 1)
    for number in range(12):
        await queued(world, 1, f"other{number}-")
        await world.deliveries.run_due()
        later(world, minutes=16)
    assert world.deliveries.down() == []
    assert world.rows("SELECT status, attempts FROM outbox WHERE error = 'busy'") == [("dead", 12)]


@pytest.mark.parametrize("answer", [Never("bad"), RetryAfter(1, "429"), "p9"])
async def test_any_answer_shows_that_it_is_there(world, answer):
    world.provider.answers = [RetryLater("x")] * 4 + [answer] + [RetryLater("x")] * 4
    await queued(world, 9)
    await world.deliveries.run_due()
    assert len(world.provider.tried) == 9
    assert world.deliveries.down() == []


async def test_silence_counts_as_well(world):
    world.provider.answers = [FateUnknown("no_answer")] * 5
    await queued(world, 5)
    await world.deliveries.run_due()
    assert world.deliveries.down() == ["telegram/bot"]


async def test_a_fault_of_ours_is_not_the_providers(world):
    world.provider.answers = [ZeroDivisionError()] * 8
    await queued(world, 8)
    await world.deliveries.run_due()
    assert world.deliveries.down() == []


async def test_a_probe_flies_alone(world):
    world.provider.before = down
    await queued(world, 20)
    await world.deliveries.run_due()
    later(world, minutes=5)
    release = asyncio.Event()

    async def hang(_):
        await release.wait()

    world.provider.before = hang
    tried = len(world.provider.tried)
    running = asyncio.ensure_future(world.deliveries.run(idle=0.01))
    await asyncio.sleep(0.2)
    later(world, minutes=5)
    await asyncio.sleep(0.2)
    assert len(world.provider.tried) == tried + 1
    release.set()
    async with asyncio.timeout(5):
        while len(world.provider.sent) < 20:
            later(world, minutes=1)
            await asyncio.sleep(0.01)
    await world.deliveries.end()
    await running


def test_the_waits_grow_to_their_bound():
    circuit = Circuit(Patience(broken=2, probe=10, rarest=30))
    assert not circuit.failed(0) and not circuit.open and circuit.room(0, 5) is None
    assert circuit.failed(0) and circuit.open_until == 10_000
    assert circuit.room(9_999, 0) == 0 and circuit.room(10_000, 0) == 1 and circuit.room(10_000, 1) == 0
    assert not circuit.failed(9_000) and circuit.open_until == 10_000, "what was in the air says nothing new"
    waits = []
    for _ in range(3):
        at = circuit.open_until
        circuit.failed(at)
        waits.append(circuit.open_until - at)
    assert waits == [20_000, 30_000, 30_000]
    assert circuit.answered() and not circuit.open and not circuit.answered()
    assert not circuit.failed(0), "it must fail as often as before"
