"""What a turn says by SMS goes in as few messages as cost no more; on other channels each stays a message of its own."""

import pytest

from bot.channels import payload
from storage import outbox
from tests.world import VAULT, World

NOTES = """
flow: notas
kind: survey
title: Notas
languages: [es]
start: {words: [notas]}
survey:
  - {type: note, label: Hola.}
  - {type: note, label: Son dos preguntas.}
  - {type: integer, name: edad, label: ¿Cuántos años tienes?}
  - {type: select_one, name: obra, label: ¿Qué obra?, choices: {agua: Agua, luz: Luz}}
  - {type: note, label: Gracias.}
"""


@pytest.fixture
def world(database_url):
    world = World(database_url, NOTES)
    yield world
    world.close()


async def test_by_sms_what_is_said_at_once_is_one_message_and_is_answered_as_such(world):
    world.provider.look = "sms"
    await world.starts("ana", "notas")
    [first] = world.provider.sent
    assert first.text == "Hola.\nSon dos preguntas.\n¿Cuántos años tienes?"
    assert first.prompt
    (kept,) = world.rows("SELECT payload, prompt FROM outbox")
    assert payload.unpack(VAULT.open(kept[0], outbox.PAYLOAD)) == first
    assert kept[1] == first.prompt
    assert world.one("SELECT prompt_outbox_id FROM conversation") == world.one("SELECT id FROM outbox")
    await world.says("ana", "34")
    assert world.provider.sent[-1].text == "¿Qué obra?\n1. Agua\n2. Luz"
    ended = await world.says("ana", "2")
    assert ended.end == "completed"
    assert world.rows("SELECT value FROM answer ORDER BY sequence") == [("34",), ('"luz"',)]


async def test_elsewhere_each_is_a_message_of_its_own(world):
    await world.starts("ana", "notas")
    assert world.heard("ana") == ["Hola.", "Son dos preguntas.", "¿Cuántos años tienes?"]
