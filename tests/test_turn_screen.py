"""Which question a message belongs to, when it and the question were under way at once: the races both ways."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.channels.channel import Sent
from bot.turn.screen import Accepted
from bot.vocabulary import Start
from tests.world import World

CLOSED = """
flow: encuesta
kind: survey
title: Encuesta
languages: [es]
start: {words: [encuesta]}
survey:
  - {type: select_one, name: obra, label: ¿Qué obra?, choices: {luz: Luz, agua: Agua}}
  - {type: select_one, name: barrio, label: ¿En qué barrio?, choices: {norte: Norte, sur: Sur}}
  - {type: text, name: idea, label: ¿Por qué?}
  - {type: text, name: mas, label: ¿Algo más?}
  - {type: note, label: Gracias.}
"""


@pytest.fixture
def world(database_url):
    world = World(database_url, CLOSED)
    yield world
    world.close()


def answers(world):
    return [(step, value.strip('"')) for step, value in world.rows("SELECT step, value FROM answer ORDER BY sequence")]


async def shown(world, *words):
    """Ana began, said these, and has the next question on her screen."""
    for said in (Start("encuesta"), *words):
        await world.says("ana", said)
    world.clock.move(timedelta(seconds=10))


class Slow:
    """The provider has the message, and shows it, long before its answer reaches us."""

    def __init__(self, world):
        self.took, self.answer = asyncio.Event(), asyncio.Event()
        self.world, self.send = world, world.provider.send
        world.provider.send = self

    async def __call__(self, outgoing):
        sent: Sent = await self.send(outgoing)
        self.took.set()
        await self.answer.wait()
        return sent

    async def while_in_the_air(self, work):
        delivering = asyncio.create_task(self.world.deliveries.run_due())
        await self.took.wait()
        try:
            return await work
        finally:
            self.answer.set()
            await delivering
            self.world.provider.send = self.send


async def test_an_answer_that_overtakes_the_providers_own_counts_for_the_question_it_answers(world):
    await shown(world)
    await world.turns.handle(world.incoming("ana", "luz"))
    await Slow(world).while_in_the_air(world.turns.handle(world.incoming("ana", "sur")))
    assert answers(world) == [("obra", "luz"), ("barrio", "sur")]


async def test_where_it_could_be_meant_for_either_the_person_is_told(world):
    await shown(world)
    await world.turns.handle(world.incoming("ana", "1"))
    await Slow(world).while_in_the_air(world.turns.handle(world.incoming("ana", "2")))
    await world.deliveries.run_due()
    assert answers(world) == [("obra", "luz"), ("barrio", "sur")]
    assert "«2» como respuesta a «¿En qué barrio?»" in world.heard("ana")[-1]


async def test_a_slip_mended_in_the_same_breath_while_the_next_question_is_on_its_way(world):
    await shown(world)
    await world.turns.handle(world.incoming("ana", "luz"))
    await Slow(world).while_in_the_air(world.turns.handle(world.incoming("ana", "agua")))
    await world.deliveries.run_due()
    assert answers(world) == [("obra", "luz"), ("obra", "agua")]
    assert "«agua» como respuesta a «¿Qué obra?»" in world.heard("ana")[-1]


async def test_a_second_message_of_one_breath_is_joined_while_the_next_question_is_on_its_way(world):
    await shown(world, "luz", "sur")
    await world.turns.handle(world.incoming("ana", "Está oscuro"))
    await Slow(world).while_in_the_air(world.turns.handle(world.incoming("ana", "y da miedo")))
    assert answers(world)[2:] == [("idea", "Está oscuro"), ("idea", r"Está oscuro\ny da miedo")]


async def test_heard_late_it_is_judged_by_when_it_was_written(world):
    """Written while the question was in the air, handled when all was written down: the same as if it were handled at once."""
    await shown(world, "luz", "sur")
    await world.turns.handle(world.incoming("ana", "Está oscuro"))
    written = world.clock.now() + timedelta(milliseconds=100)

    async def later():
        world.clock.move(timedelta(seconds=1))

    await Slow(world).while_in_the_air(later())
    [(tried, accepted)] = world.rows(
        "SELECT tried_at, accepted_at FROM outbox WHERE id = (SELECT prompt_outbox_id FROM conversation)"
    )
    assert tried < written.timestamp() * 1000 < accepted
    await world.turns.handle(world.incoming("ana", "y da miedo", at=written))
    assert answers(world)[-1] == ("idea", r"Está oscuro\ny da miedo")


async def test_a_provider_slow_to_answer_keeps_no_one_at_the_former_question(world):
    """Four seconds in the air: the person has read it and answers."""
    await shown(world, "luz", "sur")
    await world.turns.handle(world.incoming("ana", "Está oscuro"))
    slow = Slow(world)

    async def answered():
        world.clock.move(timedelta(seconds=4))
        await world.turns.handle(world.incoming("ana", "Nada más"))

    await slow.while_in_the_air(answered())
    assert answers(world)[-1] == ("mas", "Nada más")


async def test_written_before_it_was_handed_over_it_belongs_to_the_former(world):
    await shown(world)
    await world.turns.handle(world.incoming("ana", "1"))
    world.clock.move(timedelta(milliseconds=500))
    written = world.clock.now()
    world.clock.move(timedelta(milliseconds=700))
    await world.deliveries.run_due()
    await world.turns.handle(world.incoming("ana", "2", at=written))
    assert answers(world) == [("obra", "luz"), ("obra", "agua")]


# ── where the channel numbers the messages of a talk ─────────────────────────────────────────────────────────────────


async def numbered(world, text, number, **more):
    await world.turns.handle(world.incoming("ana", text, number=number, **more))


async def test_the_numbers_tell_what_the_seconds_cannot(world):
    await shown(world)
    await numbered(world, "1", 101)
    await world.deliveries.run_due()
    world.rows(
        "UPDATE outbox SET provider_id = '103', accepted_at = accepted_at + 1"
        " WHERE id = (SELECT prompt_outbox_id FROM conversation) RETURNING id"
    )
    await numbered(world, "2", 102)  # of the same second, and before the question
    assert answers(world) == [("obra", "luz"), ("obra", "agua")]


async def test_the_numbers_win_over_clocks_that_differ(world):
    await shown(world)
    await numbered(world, "1", 101)
    await world.deliveries.run_due()
    world.rows("UPDATE outbox SET provider_id = '102' WHERE id = (SELECT prompt_outbox_id FROM conversation) RETURNING id")
    await numbered(world, "2", 103, at=world.clock.now() - timedelta(seconds=30))
    assert answers(world) == [("obra", "luz"), ("barrio", "sur")]


async def test_the_number_is_known_before_it_is_written_down(world):
    await shown(world)
    await numbered(world, "1", 101)
    [(row,)] = world.rows("SELECT prompt_outbox_id FROM conversation")
    at = int(world.clock.now().timestamp() * 1000)
    world.rows(
        "UPDATE outbox SET status = 'sending', lease_until = ?, tried_at = ? WHERE id = ? RETURNING id", at + 60_000, at, row
    )
    world.deliveries.accepted[row] = Accepted(at + 1, "103")
    await numbered(world, "2", 102)
    assert answers(world) == [("obra", "luz"), ("obra", "agua")]


async def test_a_question_that_was_sent_twice_may_be_answered_by_its_first_number(world):
    """Handed over, then the process died: it is sent once more and has a later number, but the answer was to the first."""
    await shown(world)
    await numbered(world, "1", 101)
    at = int(world.clock.now().timestamp() * 1000)
    prompt = "(SELECT prompt_outbox_id FROM conversation)"
    world.rows(
        "UPDATE outbox SET status = 'sending', lease_until = ?, tried_at = ?, attempts = 1 "
        f"WHERE id = {prompt} RETURNING id", at - 1, at,
    )  # fmt: skip
    world.clock.move(timedelta(seconds=1))
    written = world.clock.now()
    world.clock.move(timedelta(seconds=2))
    world.provider.answers = [None, None, None]
    await world.deliveries.run_due()
    world.rows(f"UPDATE outbox SET provider_id = '110' WHERE id = {prompt} RETURNING id")
    assert world.rows(f"SELECT accepted_at - tried_at FROM outbox WHERE id = {prompt}") == [(0,)]
    await numbered(world, "2", 105, at=written)
    assert answers(world) == [("obra", "luz"), ("barrio", "sur")]


async def test_numbers_of_another_talk_say_nothing(world):
    """The question went to the person's other address: its number there is beside the point."""
    await shown(world)
    await numbered(world, "1", 101)
    await world.deliveries.run_due()
    world.rows(
        "UPDATE outbox SET provider_id = '9000', lane = 1 WHERE id = (SELECT prompt_outbox_id FROM conversation) RETURNING id"
    )
    world.clock.move(timedelta(seconds=1))
    await numbered(world, "2", 102)
    assert answers(world) == [("obra", "luz"), ("barrio", "sur")]
