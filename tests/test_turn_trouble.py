"""Invariant 2: a turn that raises leaves nothing but its event in quarantine, is acknowledged, and the person is told."""

import asyncio

import pytest

from bot.channels.channel import Raw
from bot.engine.conversation import advance
from bot.vocabulary import Begin, Start, Text
from storage import inbox
from storage.database import ClosedError, UnavailableError
from storage.statements import Statement
from tests.world import SURVEY, VAULT, World


def step(catalogue, conversation, inbound, now):
    """The real engine, except for those who write how it shall fail."""
    match inbound:
        case Text(text="engine fails"):
            raise ZeroDivisionError("34 years, and what the person wrote")
        case Text(text="goes round"):
            return conversation, (Begin("encuesta"),)
        case Text(text="breaks a constraint"):
            after, effects = advance(catalogue, conversation, Text("34"), now)
            return after, (*effects, _Unknown())
        case _:
            if getattr(inbound, "action", "") == "resume":
                return conversation, (Begin("encuesta"),)
            return advance(catalogue, conversation, inbound, now)


class _Unknown:
    """An effect that nobody knows."""


@pytest.fixture
def world(database_url):
    world = World(database_url, SURVEY, step=step)
    yield world
    world.close()


@pytest.mark.parametrize(
    ("words", "error"),
    [("engine fails", "ZeroDivisionError"), ("goes round", "EndlessTurnError"), ("breaks a constraint", "AssertionError")],
)
async def test_a_turn_that_raises_is_quarantined_and_the_person_told(world, words, error, capsys):
    await world.starts("ana")
    state = world.one("SELECT state FROM conversation")
    handled = await world.says("ana", words, event="bad", raw=b"{raw of ana}")

    assert handled.trouble and not handled.seen
    assert world.heard("ana")[-1] == handled.says[-1].text
    assert handled.says[-1].text.startswith("Perdón, algo falló")
    assert world.one("SELECT state FROM conversation") == state
    assert world.one("SELECT count(*) FROM answer") == 0
    ((event, kept, raw, contact),) = world.rows("SELECT event, error, raw, contact_id FROM quarantine")
    assert (event, kept, contact) == ("bad", error, handled.contact)
    assert VAULT.open(raw, inbox.QUARANTINED) == b"{raw of ana}"
    assert "what the person wrote" not in capsys.readouterr().out, "the log tells where, not with what"


async def test_it_counts_as_seen(world):
    await world.starts("ana")
    await world.says("ana", "engine fails", event="bad")
    again = await world.says("ana", "34", event="bad")
    assert again.seen
    assert world.one("SELECT count(*) FROM quarantine") == 1


async def test_what_does_not_parse_is_kept_once_for_staff(world):
    raw = Raw("77", b"{not json of ana", world.clock.now(), "bot")
    assert await world.turns.set_aside("telegram", "bot", raw, "UnparsableError")
    assert not await world.turns.set_aside("telegram", "bot", raw, "UnparsableError")
    ((event, error, sealed, key),) = world.rows("SELECT event, error, raw, find_key FROM quarantine")
    assert (event, error, key) == ("77", "UnparsableError", None)
    assert VAULT.open(sealed, inbox.QUARANTINED) == b"{not json of ana"
    assert (await world.turns.handle(world.incoming("ana", "hola", event="77"))).seen


async def test_life_goes_on_after_it(world):
    await world.starts("ana")
    await world.says("ana", "engine fails")
    handled = await world.says("ana", "34")
    assert [answer.value for answer in handled.answers] == [34]


async def test_a_stranger_whose_first_message_fails_is_told_too(world):
    handled = await world.says("eva", "engine fails", language="en")
    assert handled.trouble
    assert world.heard("eva") == [handled.says[-1].text]
    assert handled.says[-1].language == "en"
    assert world.one("SELECT count(*) FROM contact") == 0
    assert world.one("SELECT find_key IS NOT NULL FROM quarantine")


async def test_it_takes_nobody_else_along(world):
    """One bad turn in a group: the others of the same commit stay."""
    people = [f"p{n}" for n in range(10)]
    await asyncio.gather(*(world.turns.handle(world.incoming(p, Start("encuesta"))) for p in people))
    await world.deliveries.run_due()
    with world.together():
        tasks = [
            asyncio.ensure_future(world.turns.handle(world.incoming(p, "engine fails" if n % 3 == 0 else "34")))
            for n, p in enumerate(people)
        ]
        await asyncio.sleep(0)
    handled = await asyncio.gather(*tasks)
    assert [h.trouble for h in handled] == [n % 3 == 0 for n in range(10)]
    assert world.one("SELECT count(*) FROM answer") == 6
    assert world.one("SELECT count(*) FROM quarantine") == 4


async def test_what_a_job_wrote_before_it_raised_does_not_travel_with_the_others(world):
    add = Statement("INSERT INTO duty (name, due_at) VALUES (?, ?)")

    def job(name):
        def work(tx):
            tx.write(add, (name, 1))
            if name == "bad":
                raise ValueError(name)

        return work

    with world.together():
        tasks = [asyncio.ensure_future(world.database.transaction(job(name))) for name in ("a", "bad", "b")]
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(r) for r in results] == [type(None), ValueError, type(None)]
    assert world.rows("SELECT name FROM duty ORDER BY name") == [("a",), ("b",)]


async def test_a_bad_constraint_in_a_group_undoes_that_job_alone(world):
    """The database refuses one job's row: neither its other rows stay, nor do the others' go."""
    add = Statement("INSERT INTO duty (name, due_at) VALUES (?, ?)")

    def job(name):
        def work(tx):
            tx.write(add, (name, 1))
            if name.startswith("bad"):
                tx.write(add, (name, 2))
            return name

        return work

    names = [f"{'bad' if n in (3, 7) else 'good'}{n}" for n in range(10)]
    with world.together():
        tasks = [asyncio.ensure_future(world.database.transaction(job(name))) for name in names]
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(r, Exception) for r in results] == [n in (3, 7) for n in range(10)]
    assert not any(isinstance(r, UnavailableError) for r in results)
    assert sorted(name for (name,) in world.rows("SELECT name FROM duty")) == sorted(n for n in names if n.startswith("good"))


async def test_a_closed_database_refuses(world):
    world.database.close()
    with pytest.raises(ClosedError):
        await world.turns.handle(world.incoming("ana", "hola"))
