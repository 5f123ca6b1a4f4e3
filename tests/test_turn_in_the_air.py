"""A message was handed over when the process died: nobody knows whether the person has it, and they answer it. That is no further
word on the question before, which would take the answer where it does not belong and leave the person waiting in vain."""

from datetime import timedelta

import pytest

from bot.channels.channel import FateUnknown
from bot.clock import milliseconds
from tests.world import World

TWO = """
flow: dos
kind: survey
title: Dos
languages: [es]
start: {words: [dos]}
survey:
  - {type: text, name: uno, label: ¿Qué falta?}
  - {type: text, name: dos, label: ¿Qué sobra?}
  - {type: note, label: Gracias.}
"""


@pytest.fixture
def world(database_url):
    world = World(database_url, TWO)
    yield world
    world.close()


async def in_the_air(world):
    """The second question was handed over, and the process died before it was written down; returns when that was."""
    await world.says("ana", "dos")
    world.clock.move(timedelta(seconds=10))
    await world.turns.handle(world.incoming("ana", "Árboles"))
    at = milliseconds(world.clock.now())
    [(row,)] = world.rows("SELECT id FROM outbox WHERE status = 'queued'")
    world.rows(
        "UPDATE outbox SET status = 'sending', lease_until = ?, tried_at = ?, attempts = 1 WHERE id = ? RETURNING id",
        at + 60_000, at, row,
    )  # fmt: skip
    return at


def answers(world):
    return world.rows("SELECT step, value FROM answer ORDER BY sequence")


async def test_what_is_written_some_seconds_later_answers_it(world):
    await in_the_air(world)
    world.clock.move(timedelta(seconds=6))
    await world.turns.handle(world.incoming("ana", "Ruido"))
    assert answers(world) == [("uno", '"Árboles"'), ("dos", '"Ruido"')]


async def test_what_is_written_in_the_same_breath_belongs_to_the_question_before(world):
    await in_the_air(world)
    world.clock.move(timedelta(milliseconds=1500))
    await world.turns.handle(world.incoming("ana", "y sombra"))
    assert [step for step, _ in answers(world)] == ["uno", "uno"]


async def test_written_before_it_was_sent_again_it_answers_all_the_same(world):
    """The answer waited at the provider while the server was down, and comes when the question was sent once more."""
    at = await in_the_air(world)
    world.clock.move(timedelta(seconds=6))
    written = world.clock.now()
    world.clock.move(timedelta(seconds=90))
    await world.deliveries.run_due()
    assert world.heard("ana")[-1] == "¿Qué sobra?"
    assert world.rows("SELECT accepted_at FROM outbox ORDER BY id DESC LIMIT 1") == [(at,)]
    await world.turns.handle(world.incoming("ana", "Ruido", at=written))
    assert answers(world) == [("uno", '"Árboles"'), ("dos", '"Ruido"')]


async def test_an_answer_of_the_provider_that_got_lost_is_the_same(world):
    await world.says("ana", "dos")
    world.clock.move(timedelta(seconds=10))
    world.provider.answers = [FateUnknown("lost")]
    await world.turns.handle(world.incoming("ana", "Árboles"))
    await world.deliveries.run_due()
    world.clock.move(timedelta(seconds=6))
    await world.turns.handle(world.incoming("ana", "Ruido"))
    assert answers(world) == [("uno", '"Árboles"'), ("dos", '"Ruido"')]
