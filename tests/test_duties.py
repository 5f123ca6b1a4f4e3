"""Invariant 8: every due thing is done, once, however long nobody looked and however many look at the same time."""

import asyncio
from datetime import timedelta

import pytest

from bot.clock import milliseconds
from bot.vocabulary import Start
from storage import contacts, hand_overs
from storage.conversations import Due
from storage.statements import Statement
from tests.test_turn import control
from tests.world import ANONYMOUS, OFFICER, SURVEY, World, until


@pytest.fixture
def world(database_url):
    world = World(database_url, SURVEY, ANONYMOUS)
    yield world
    world.close()


async def passes(world, **by):
    """Time passes; then the clock's duties and the deliveries are done."""
    world.clock.move(timedelta(**by))
    done = await world.duties.run_due()
    await world.deliveries.run_due()
    return done


async def test_a_reminder_comes_when_it_is_due_and_asks_again(world):
    await world.starts("ana")
    assert await passes(world, hours=23) == 0
    before = len(world.heard("ana"))
    assert await passes(world, hours=2) == 1
    heard = world.heard("ana")[before:]
    assert heard[-1] == "¿Cuántos años tienes?"
    assert world.one("SELECT count(*) FROM notice WHERE kind = 'reminder'") == 1
    assert await passes(world, seconds=1) == 0
    handled = await world.says("ana", "34")
    assert [answer.value for answer in handled.answers] == [34]
    assert world.rows("SELECT DISTINCT priority FROM outbox ORDER BY priority") == [(0,), (1,)]


async def test_after_an_outage_each_due_thing_is_done_once(world):
    for person in ("ana", "eva", "luz"):
        await world.starts(person)
    before = len(world.provider.sent)
    # nobody looked for five days: the first and the second reminder are both due
    await passes(world, days=5)
    await asyncio.gather(*(world.duties.run_due() for _ in range(3)))
    await world.deliveries.run_due()
    reminders = world.one("SELECT count(*) FROM notice WHERE kind = 'reminder'")
    assert reminders == 3 * 2
    assert len(world.provider.sent) - before == reminders * 2


async def test_several_processes_look_at_once(database_url):
    one = World(database_url)
    two = World(database_url)
    try:
        for n in range(20):
            await one.starts(f"p{n}")
        one.clock.move(timedelta(hours=30))
        two.clock.set(one.clock.now())
        await asyncio.gather(one.duties.run_due(), two.duties.run_due())
        assert one.one("SELECT count(*) FROM notice WHERE kind = 'reminder'") == 20
        assert one.one("SELECT count(*) FROM outbox WHERE priority = 1") == 40
    finally:
        one.close()
        two.close()


async def test_a_notice_is_given_once_whatever_the_timer_says(world):
    """The same timer handed in twice, as by a process that did not see the first's commit."""
    await world.starts("ana")
    ((identifier, kind, token, due_at),) = world.rows("SELECT id, due_kind, due_token, due_at FROM conversation")
    world.clock.move(timedelta(hours=30))
    due = Due(identifier, kind, token)
    first = await world.turns.wake(due)
    again = await world.turns.wake(due)
    assert (first.seen, again.seen) == (False, True)
    # even if the timer stood there again, the ledger holds it back
    world.database.transaction_now(
        lambda tx: tx.run(
            Statement("UPDATE conversation SET due_at = ?, due_kind = ?, due_token = ? WHERE id = ?"),
            (due_at, kind, token, identifier),
        )
    )
    assert (await world.turns.wake(due)).seen
    assert world.one("SELECT count(*) FROM outbox WHERE priority = 1") == len(first.outbox)


async def test_a_timer_before_its_time_is_nothing(world):
    await world.starts("ana")
    ((identifier, kind, token),) = world.rows("SELECT id, due_kind, due_token FROM conversation")
    assert (await world.turns.wake(Due(identifier, kind, token))).seen
    assert (await world.turns.wake(Due(12345, "reminder", 1))).seen


async def test_an_unfinished_conversation_is_closed_when_it_expires(world):
    await world.starts("ana")
    await world.says("ana", "34")
    await passes(world, days=30)
    assert world.rows("SELECT status, is_current, due_at FROM conversation") == [("partial", False, None)]
    assert (await world.says("ana", "hola")).conversation is None


async def test_whoever_opted_out_gets_no_reminder(world):
    await world.starts("ana")
    await world.says("ana", Start("queja"))
    await world.says("ana", control("stop"))
    assert world.one("SELECT count(*) FROM conversation WHERE status = 'open'") == 1
    before = len(world.provider.sent)
    assert await passes(world, days=2) == 1
    assert len(world.provider.sent) == before
    await passes(world, days=30)
    assert world.one("SELECT count(*) FROM conversation WHERE status = 'open'") == 0


async def test_whoever_is_in_another_conversation_is_not_disturbed_in_it(world):
    await world.starts("ana")
    other = await world.says("ana", Start("queja"))
    before = len(world.provider.sent)
    await passes(world, days=2)
    assert len(world.provider.sent) == before
    assert world.one("SELECT id FROM conversation WHERE is_current") == other.conversation


async def test_a_moved_clock_brings_its_own_reminder_and_nobody_elses(world):
    begun = await world.says("ana", Start("encuesta"), test=True)
    await world.starts("eva")
    world.database.transaction_now(lambda tx: contacts.move_clock(tx, begun.contact, 25 * 3_600_000))
    before = len(world.heard("eva"))
    assert await passes(world, seconds=1) == 1
    assert world.heard("ana")[-1] == "¿Cuántos años tienes?"
    assert len(world.heard("eva")) == before


async def test_a_timer_whose_turn_fails_does_not_run_out_for_ever(database_url):
    from bot.engine.conversation import advance
    from bot.vocabulary import Timer

    def step(catalogue, conversation, inbound, now):
        if isinstance(inbound, Timer):
            raise ZeroDivisionError
        return advance(catalogue, conversation, inbound, now)

    world = World(database_url, step=step)
    try:
        await world.starts("ana")
        await passes(world, days=2)
        assert await passes(world, days=2) == 0
        assert world.rows("SELECT channel, error, raw FROM quarantine") == [("timer", "ZeroDivisionError", None)]
        assert world.one("SELECT count(*) FROM conversation WHERE due_at IS NOT NULL") == 0
    finally:
        world.close()


async def test_daily_duties_run_once_a_day_among_all_processes(database_url):
    runs = []

    async def clean(now):
        runs.append(now)

    one = World(database_url, daily={"raw": clean})
    two = World(database_url, daily={"raw": clean})
    try:
        await asyncio.gather(one.duties.run_due(), two.duties.run_due(), one.duties.run_due())
        assert len(runs) == 1, "at the first start what is overdue is done"
        for days in range(1, 4):
            for world in (one, two):
                world.clock.move(timedelta(days=1))
            await asyncio.gather(one.duties.run_due(), two.duties.run_due())
            assert len(runs) == 1 + days
        for world in (one, two):
            world.clock.move(timedelta(days=9))
        await asyncio.gather(one.duties.run_due(), two.duties.run_due())
        assert len(runs) == 5, "nine days of outage are one run"
    finally:
        one.close()
        two.close()


async def test_a_daily_duty_that_fails_does_not_stop_the_others(database_url, capsys):
    runs = []

    async def bad(now):
        raise OSError("no space on /secret/path")

    async def good(now):
        runs.append(now)

    world = World(database_url, daily={"bad": bad, "good": good})
    try:
        assert await world.duties.run_due() == 1
        assert len(runs) == 1
        assert "duty_failed" in capsys.readouterr().out
    finally:
        world.close()


async def test_it_knows_what_is_due_next(world):
    assert await world.duties.next_due() is None
    await world.starts("ana")
    due = world.one("SELECT due_at FROM conversation")
    assert round((await world.duties.next_due()).timestamp() * 1000) == due


async def test_the_scheduler_only_wakes(database_url):
    world = World(database_url)
    try:
        await world.starts("ana")
        world.clock.move(timedelta(hours=30))
        world.duties._every = 0.05
        world.duties.start()
        await until(lambda: world.one("SELECT count(*) FROM notice") == 1)
        await world.duties.end()
    finally:
        world.close()


async def test_no_clock_runs_while_staff_answer_and_given_back_it_begins_anew(world):
    await world.starts("ana")
    await world.says("ana", "hablar con una persona")

    def taken(tx):
        tx.run(OFFICER)
        [of] = hand_overs.open_ones(tx)
        hand_overs.take(tx, of.id, staff=1, instead_of=None, now=milliseconds(world.clock.now()))
        return of

    of = world.database.transaction_now(taken)
    heard = len(world.heard("ana"))
    for _ in range(3):  # past both reminders, and past the conversation's end
        await passes(world, days=6)
    assert len(world.heard("ana")) == heard
    assert world.rows("SELECT status FROM conversation") == [("open",)]
    assert await world.turns.give_back(of.id, lambda _: None)
    await passes(world, hours=23)
    assert world.heard("ana")[-1] == "¿Cuántos años tienes?"
    assert world.one("SELECT count(*) FROM notice WHERE kind <> 'waiting'") == 0
    await passes(world, hours=2)
    assert world.rows("SELECT kind FROM notice WHERE kind <> 'waiting'") == [("reminder",)]
    await passes(world, days=3)
    await passes(world, days=11)
    assert world.rows("SELECT status FROM conversation") == [("partial",)]
