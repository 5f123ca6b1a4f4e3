"""Delivery: in order, at least once, at most what was in flight twice; every way in which a channel can refuse."""

import asyncio
import threading
from datetime import timedelta

import pytest

from bot.channels.channel import FateUnknown, Never, PersonStopped, PersonUnreachable, RetryAfter, RetryLater
from bot.delivery import Patience
from bot.vocabulary import Start
from storage import outbox
from storage.database import UnavailableError
from storage.statements import Statement
from tests.world import SURVEY, World, until

TALKATIVE = SURVEY.replace(
    "survey:\n", "survey:\n  - {type: note, label: uno}\n  - {type: note, label: dos}\n  - {type: note, label: tres}\n", 1
)


@pytest.fixture
def world(database_url):
    world = World(database_url, TALKATIVE)
    yield world
    world.close()


async def queued(world, *people):
    """Has these people begin the survey: four messages each are queued."""
    await asyncio.gather(*(world.turns.handle(world.incoming(p, Start("encuesta"))) for p in people))


def later(world, **by):
    world.clock.move(timedelta(**by))


async def test_it_sends_in_order_and_writes_down(world):
    await queued(world, "ana")
    assert await world.deliveries.run_due() == 4
    assert world.heard("ana") == ["uno", "dos", "tres", "¿Cuántos años tienes?"]
    rows = world.rows("SELECT status, provider_id, attempts, lease_until, accepted_at IS NOT NULL, error FROM outbox ORDER BY id")
    assert rows == [("sent", f"p{n}", 1, None, True, None) for n in range(1, 5)]
    assert world.deliveries.accepted == {}
    assert await world.deliveries.run_due() == 0


async def test_people_do_not_wait_for_each_other(world):
    """One person's provider hangs; everybody else's messages go."""
    release = asyncio.Event()

    async def hang(outgoing):
        if outgoing.address.identifier == "slow":
            await release.wait()

    world.provider.before = hang
    await queued(world, "slow", *(f"p{n}" for n in range(10)))
    running = asyncio.ensure_future(world.deliveries.run_due())
    await until(lambda: len(world.provider.sent) >= 40)
    assert world.heard("slow") == []
    release.set()
    await running
    assert world.heard("slow") == ["uno", "dos", "tres", "¿Cuántos años tienes?"]


async def test_what_is_said_meanwhile_waits_for_what_is_in_flight(world):
    release = asyncio.Event()

    async def hang(_):
        await release.wait()

    world.provider.before = hang
    await queued(world, "ana")
    first = asyncio.ensure_future(world.deliveries.run_due())
    await until(lambda: len(world.provider.tried) == 1)
    await world.turns.handle(world.incoming("ana", "34"))
    second = asyncio.ensure_future(world.deliveries.run_due())
    await asyncio.sleep(0.1)
    assert len(world.provider.tried) == 1
    release.set()
    await asyncio.gather(first, second)
    await world.deliveries.run_due()
    assert world.heard("ana") == ["uno", "dos", "tres", "¿Cuántos años tienes?", "¿Qué cambiarías?"]


async def test_two_processes_never_part_the_messages_of_one_lane(postgres_url):
    """While one has claimed the first message but not yet committed, the other must not take the second."""
    one, two = World(postgres_url, TALKATIVE), World(postgres_url, TALKATIVE)
    try:
        await queued(one, "ana")
        now = round(one.clock.now().timestamp() * 1000)
        began, hold = threading.Event(), threading.Event()

        def slow(tx):
            claimed = outbox.claim(tx, now=now, until=now + 60_000, limit=1)
            began.set()
            hold.wait(10)
            return claimed

        first = asyncio.ensure_future(one.database.transaction(slow, apart=True))
        await asyncio.to_thread(began.wait, 10)
        claim = two.database.transaction(lambda tx: outbox.claim(tx, now=now, until=now + 60_000, limit=9), apart=True)
        second = asyncio.ensure_future(claim)
        await asyncio.sleep(0.3)
        hold.set()
        assert len(await first) == 1
        assert await second == []
    finally:
        one.close()
        two.close()


async def test_what_was_sent_is_written_down_even_if_the_database_refuses_at_first(sqlite_url):
    world = World(sqlite_url, SURVEY)
    try:
        await queued(world, "ana")
        broken = Statement("INSERT INTO media VALUES ('r', 1, 1, 'image', 'image/png', 'x', 1, 'p', 1)")

        def spoil(tx):
            tx.run(Statement("PRAGMA defer_foreign_keys = ON"))
            tx.write(broken, ())

        spoiled = []

        async def before(_):
            gate = world.hold()
            spoiled.append(asyncio.ensure_future(world.database.transaction(spoil)))
            # what is settled until then shares the commit that fails
            asyncio.get_running_loop().call_later(0.3, gate.set)

        world.provider.before = before
        await world.deliveries.run_due()
        with pytest.raises(UnavailableError):
            await spoiled[0]
        assert world.rows("SELECT status FROM outbox") == [("sent",)]
        assert len(world.provider.sent) == 1
    finally:
        world.close()


@pytest.mark.parametrize("error", [RetryLater("busy"), ConnectionResetError()])
async def test_what_fails_for_now_is_tried_again_and_nothing_overtakes_it(world, error):
    world.provider.answers = ["p1", error]
    await queued(world, "ana")
    await world.deliveries.run_due()
    assert world.heard("ana") == ["uno"]
    assert world.rows("SELECT status, attempts FROM outbox ORDER BY id")[1:] == [("queued", 1), ("queued", 0), ("queued", 0)]
    later(world, seconds=1)
    await world.deliveries.run_due()
    assert world.heard("ana") == ["uno"], "the pause is not over, and what stands behind waits"
    later(world, seconds=2)
    await world.deliveries.run_due()
    assert world.heard("ana") == ["uno", "dos", "tres", "¿Cuántos años tienes?"]


async def test_what_comes_later_waits_behind_what_is_put_off(world):
    world.provider.answers = [RetryLater()]
    await queued(world, "ana")
    await world.deliveries.run_due()
    await world.turns.handle(world.incoming("ana", "34"))
    await world.deliveries.run_due()
    assert world.heard("ana") == []
    later(world, minutes=1)
    await world.deliveries.run_due()
    assert world.heard("ana") == ["uno", "dos", "tres", "¿Cuántos años tienes?", "¿Qué cambiarías?"]


async def test_the_pauses_grow_and_it_gives_up_aloud(database_url, capsys):
    world = World(database_url, SURVEY, patience=Patience(first=10, longest=30, tries=4))
    try:
        world.provider.answers = [RetryLater("busy")] * 4
        await queued(world, "ana")
        pauses = []
        for _ in range(3):
            before = world.clock.now()
            await world.deliveries.run_due()
            pauses.append(world.one("SELECT due_at FROM outbox") - round(before.timestamp() * 1000))
            later(world, milliseconds=pauses[-1])
        assert pauses == [10_000, 20_000, 30_000]
        await world.deliveries.run_due()
        assert world.rows("SELECT status, error, attempts FROM outbox") == [("dead", "busy", 4)]
        assert "message_given_up" in capsys.readouterr().out
    finally:
        world.close()


async def test_the_provider_says_how_long_to_wait(world):
    world.provider.answers = [RetryAfter(90, "429")]
    await queued(world, "ana")
    await world.deliveries.run_due()
    later(world, seconds=89)
    await world.deliveries.run_due()
    assert world.heard("ana") == []
    later(world, seconds=1)
    await world.deliveries.run_due()
    assert len(world.heard("ana")) == 4


async def test_what_will_never_be_accepted_is_not_tried_again(world):
    world.provider.answers = [Never("bad_text")]
    await queued(world, "ana")
    await world.deliveries.run_due()
    assert world.heard("ana") == ["dos", "tres", "¿Cuántos años tienes?"]
    assert world.rows("SELECT status, error FROM outbox ORDER BY id LIMIT 1") == [("failed", "bad_text")]


async def test_what_was_perhaps_accepted_is_not_sent_twice(world):
    world.provider.answers = ["a", "b", "c", FateUnknown("no_answer")]
    await queued(world, "ana")
    await world.deliveries.run_due()
    later(world, days=1)
    await world.deliveries.run_due()
    assert len(world.provider.tried) == 4
    assert world.rows("SELECT status, error FROM outbox ORDER BY id DESC LIMIT 1") == [("failed", "fate_unknown no_answer")]
    handled = await world.says("ana", "34")
    assert [answer.value for answer in handled.answers] == [34], "what comes back counts for the prompt that perhaps arrived"


async def test_a_provider_that_never_answers_does_not_hold_the_lane_for_ever(database_url):
    world = World(database_url, SURVEY, patience=Patience(send=0.05))
    try:
        world.provider.before = lambda _: asyncio.sleep(60)
        await queued(world, "ana")
        await world.deliveries.run_due()
        assert world.rows("SELECT status, error FROM outbox") == [("failed", "fate_unknown timeout")]
    finally:
        world.close()


async def test_a_person_who_blocked_us_has_said_stop(world):
    world.provider.answers = [PersonStopped("403")]
    await queued(world, "ana", "eva")
    world.provider.before = None
    await world.deliveries.run_due()
    stopped = world.rows("SELECT id FROM contact WHERE stopped_at IS NOT NULL")
    assert len(stopped) == 1
    statuses = world.rows("SELECT status, error FROM outbox WHERE contact_id = ?", stopped[0][0])
    assert statuses == [("failed", "person_stopped")] * 4
    assert world.one("SELECT count(*) FROM stop_mark") == 1
    assert world.one("SELECT count(*) FROM outbox WHERE status = 'sent'") == 4


async def test_nobody_at_the_address(world):
    world.provider.answers = [PersonUnreachable("unknown")]
    await queued(world, "ana")
    await world.deliveries.run_due()
    assert world.rows("SELECT DISTINCT status, error FROM outbox") == [("dead", "person_unreachable")]
    assert world.one("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == 0


async def test_a_channel_that_is_gone_does_not_stop_the_others(world):
    await queued(world, "ana")
    world.database.transaction_now(lambda tx: tx.run(_spoil()))
    await world.deliveries.run_due()
    assert world.rows("SELECT status, error FROM outbox ORDER BY id LIMIT 1") == [("dead", "SealBroken")]
    assert world.heard("ana") == ["dos", "tres", "¿Cuántos años tienes?"]


def _spoil():
    return Statement("UPDATE outbox SET payload = identity FROM address WHERE outbox.id = (SELECT min(id) FROM outbox)")


async def test_a_claim_is_exclusive_until_its_lease_ends(world):
    """A process that dies after claiming: its rows are taken again when the lease has run out, and only those."""
    await queued(world, "ana", "eva")
    now = round(world.clock.now().timestamp() * 1000)
    dead = await world.database.transaction(lambda tx: outbox.claim(tx, now=now, until=now + 60_000, limit=4))
    assert len({row.lane for row in dead}) <= 2
    await world.deliveries.run_due()
    sent = {o.address.identifier for o in world.provider.sent}
    assert len(world.provider.sent) <= 4 and world.one("SELECT count(*) FROM outbox WHERE status = 'sending'") == 4, sent
    later(world, seconds=61)
    await world.deliveries.run_due()
    assert world.heard("ana") == world.heard("eva") == ["uno", "dos", "tres", "¿Cuántos años tienes?"]


async def test_several_processes_share_the_outbox_and_send_each_once(database_url):
    one = World(database_url, TALKATIVE)
    two = World(database_url, TALKATIVE)
    try:
        people = [f"p{n}" for n in range(30)]
        await queued(one, *people)

        async def slowly(_):
            await asyncio.sleep(0.001)

        one.provider.before = two.provider.before = slowly
        await asyncio.gather(one.deliveries.run_due(), two.deliveries.run_due(), one.deliveries.run_due())
        both = one.provider.sent + two.provider.sent
        assert len(both) == 120
        for person in people:
            assert sorted(o.text for o in both if o.address.identifier == person) == sorted(
                ["uno", "dos", "tres", "¿Cuántos años tienes?"]
            )
    finally:
        one.close()
        two.close()


async def test_an_answer_goes_before_a_campaign(world):
    await queued(world, "ana", "eva")
    world.database.transaction_now(lambda tx: tx.run(_campaign(2)))
    now = round(world.clock.now().timestamp() * 1000)
    claimed = await world.database.transaction(lambda tx: outbox.claim(tx, now=now, until=now + 1, limit=8))
    assert [row.priority for row in claimed] == [0] * 4 + [2] * 4


def _campaign(priority):
    return Statement(f"UPDATE outbox SET priority = {priority} WHERE lane = (SELECT min(lane) FROM outbox)")


async def test_the_loop_sends_at_once_when_woken_and_drains_at_the_end(world):
    running = asyncio.ensure_future(world.deliveries.run(idle=60))
    await asyncio.sleep(0.05)
    await queued(world, "ana")
    await until(lambda: len(world.provider.sent) >= 4)
    hold = asyncio.Event()

    async def slow(_):
        await hold.wait()

    world.provider.before = slow
    await queued(world, "eva")
    await until(lambda: len(world.provider.tried) >= 5)
    ending = asyncio.ensure_future(world.deliveries.end())
    await asyncio.sleep(0.02)
    hold.set()
    await asyncio.wait_for(ending, 5)
    await asyncio.wait_for(running, 5)
    # what was in flight was finished and written down; what was not begun is as it was
    assert world.rows("SELECT status, attempts FROM outbox ORDER BY id")[4:] == [("sent", 1)] + [("queued", 0)] * 3
    assert world.one("SELECT count(*) FROM outbox WHERE lease_until IS NOT NULL") == 0


async def test_it_knows_when_something_may_go_next(world):
    def next_due():
        return world.database.transaction_now(outbox.next_due)

    assert next_due() is None
    world.provider.answers = [RetryAfter(90)]
    await queued(world, "ana")
    assert next_due() <= round(world.clock.now().timestamp() * 1000)
    await world.deliveries.run_due()
    assert next_due() == world.one("SELECT min(due_at) FROM outbox WHERE status = 'queued'")


async def test_what_was_queued_while_the_former_was_written_down_goes_at_once(world, monkeypatch):
    """It may not go before that; when it may, nobody queues anything: so the writing down itself must wake the loop."""
    written = asyncio.Event()
    settling = world.deliveries._settling
    transaction = world.database.transaction

    class Slow:
        async def transaction(self, work, **more):
            await written.wait()
            return await transaction(work, **more)

    monkeypatch.setattr(settling, "_database", Slow())
    running = asyncio.ensure_future(world.deliveries.run(idle=60))
    await queued(world, "ana")
    async with asyncio.timeout(5):
        while len(world.provider.sent) < 4:  # noqa: ASYNC110 because the provider of the tests tells nobody
            await asyncio.sleep(0.01)
    await world.turns.handle(world.incoming("ana", "34"))
    await asyncio.sleep(0.2)
    assert len(world.provider.sent) == 4, "the former is not written down yet"
    written.set()
    async with asyncio.timeout(5):
        while len(world.provider.sent) < 5:  # noqa: ASYNC110 because the provider of the tests tells nobody
            await asyncio.sleep(0.01)
    await world.deliveries.end()
    await running
