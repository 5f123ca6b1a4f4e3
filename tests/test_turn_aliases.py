"""On WhatsApp a person may write with a number, with an identifier that holds for our business alone, or with both: it is one
person, whose conversation goes on whichever of the names an event bears."""

import asyncio

import pytest

from bot.vocabulary import Address
from tests.world import VAULT, World

NUMBER, SCOPED, OTHER = "+593991111111", "EC.1349876543210", "EC.777"


@pytest.fixture
def world(database_url):
    world = World(database_url)
    yield world
    world.close()


def named(*identifiers):
    return tuple(Address("whatsapp", identifier, "bot") for identifier in identifiers)


async def says(world, person, words, *aliases):
    handled = await world.says(person, words, channel="whatsapp", aliases=named(*aliases))
    assert not handled.trouble
    return handled


def heard(world, person):
    return [outgoing.text for outgoing in world.whatsapp.sent if outgoing.address.identifier == person]


async def test_a_person_without_number_is_served(world):
    await says(world, SCOPED, "encuesta")
    await says(world, SCOPED, "34")
    assert heard(world, SCOPED)[-1].startswith("¿Qué cambiarías?")


async def test_the_talk_goes_on_when_the_number_hides(world):
    await says(world, NUMBER, "encuesta")
    await says(world, NUMBER, "34", SCOPED)
    await says(world, SCOPED, "Más árboles")
    assert heard(world, SCOPED)[-1].startswith("¿Qué obra prefieres?")
    assert world.rows("SELECT count(*) FROM contact") == [(1,)]
    assert world.rows("SELECT count(*) FROM conversation") == [(1,)]
    identities = {VAULT.open_identity(sealed) for (sealed,) in world.rows("SELECT identity FROM address")}
    assert identities == {NUMBER, SCOPED}


async def test_somebody_known_by_the_second_name_alone_is_known(world):
    await says(world, SCOPED, "encuesta")
    await says(world, NUMBER, "34", SCOPED)
    assert heard(world, NUMBER)[-1].startswith("¿Qué cambiarías?")
    assert world.rows("SELECT count(*) FROM contact") == [(1,)]
    # what waits for a reminder is sent to where they wrote last
    [(address,)] = world.rows("SELECT a.identity FROM conversation v JOIN address a ON a.id = v.address_id")
    assert VAULT.open_identity(address) == NUMBER


async def test_a_new_person_with_two_names_is_one(world):
    await says(world, NUMBER, "encuesta", SCOPED)
    await says(world, SCOPED, "34")
    assert heard(world, SCOPED)[-1].startswith("¿Qué cambiarías?")
    assert world.rows("SELECT count(*) FROM contact") == [(1,)]


async def test_the_window_is_the_persons_on_every_name(world):
    await says(world, NUMBER, "encuesta", SCOPED)
    assert world.rows("SELECT count(*) FROM address WHERE heard_at IS NOT NULL") == [(2,)]


async def test_the_same_event_again_changes_nothing(world):
    incoming = world.incoming(NUMBER, "encuesta", channel="whatsapp", aliases=named(SCOPED))
    await world.turns.handle(incoming)
    before = world.rows("SELECT id, contact_id FROM address ORDER BY id"), world.rows("SELECT count(*) FROM outbox")
    assert (await world.turns.handle(incoming)).seen
    assert (world.rows("SELECT id, contact_id FROM address ORDER BY id"), world.rows("SELECT count(*) FROM outbox")) == before


async def test_two_who_were_taken_for_different_become_one(world):
    await says(world, NUMBER, "encuesta")
    await says(world, NUMBER, "34")
    await says(world, SCOPED, "encuesta")
    await says(world, SCOPED, "35")
    await says(world, SCOPED, "Más árboles")
    await says(world, NUMBER, "1", SCOPED)  # the newer of the two talks goes on: this is its last question
    assert world.rows("SELECT count(*) FROM contact") == [(1,)]
    assert world.rows("SELECT count(DISTINCT contact_id), count(*) FROM address") == [(1, 2)]
    statuses = world.rows(
        "SELECT status, count(*) FROM conversation WHERE contact_id IS NOT NULL GROUP BY status ORDER BY status"
    )
    assert statuses == [("completed", 1), ("partial", 1)]
    [(value,)] = world.rows("SELECT value FROM answer WHERE step = 'obra'")
    assert value == '"agua"'
    assert heard(world, NUMBER)[-1].startswith("Gracias")


async def test_stop_under_one_name_is_stop_under_all(world):
    await says(world, SCOPED, "encuesta")
    await says(world, SCOPED, "alto")
    await says(world, NUMBER, "hola")
    await says(world, NUMBER, "hola", SCOPED)
    assert world.rows("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == [(1,)]
    assert world.rows("SELECT count(*) FROM stop_mark") == [(2,)]


async def test_stop_outlives_erasure_under_the_other_name_too(world):
    await says(world, SCOPED, "encuesta", NUMBER)
    await says(world, SCOPED, "alto")
    await says(world, SCOPED, "borrar mis datos")
    await says(world, SCOPED, "sí")
    assert world.rows("SELECT count(*) FROM address") == [(0,)]
    await says(world, OTHER, "hola", NUMBER)
    assert world.rows("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == [(1,)]


async def test_who_said_stop_and_was_erased_is_known_when_their_name_comes_beside_another(world):
    await says(world, SCOPED, "encuesta")
    await says(world, SCOPED, "alto")
    await says(world, SCOPED, "borrar mis datos")
    await says(world, SCOPED, "sí")
    await says(world, NUMBER, "hola")
    assert world.rows("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == [(0,)]
    await says(world, NUMBER, "hola", SCOPED)
    assert world.rows("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == [(1,)]


async def test_all_names_are_erased_together(world):
    await says(world, NUMBER, "encuesta", SCOPED)
    await says(world, NUMBER, "borrar mis datos")
    await says(world, NUMBER, "sí")
    assert world.rows("SELECT count(*) FROM address") == [(0,)]
    assert world.rows("SELECT count(*) FROM erasure") == [(2,)]


async def test_names_in_any_order_at_once_are_one_person(database_url):
    """Two processes hear of the same person by different names at the same moment."""
    here, there = World(database_url), World(database_url)
    try:
        for _ in range(8):
            await asyncio.gather(
                here.turns.handle(here.incoming(NUMBER, "hola", channel="whatsapp", aliases=named(SCOPED))),
                there.turns.handle(there.incoming(SCOPED, "hola", channel="whatsapp", aliases=named(NUMBER))),
                here.turns.handle(here.incoming(SCOPED, "hola", channel="whatsapp")),
                there.turns.handle(there.incoming(NUMBER, "hola", channel="whatsapp")),
            )
        assert here.rows("SELECT count(*) FROM contact") == [(1,)]
        assert here.rows("SELECT count(*) FROM address") == [(2,)]
        assert here.rows("SELECT count(*) FROM inbox") == [(32,)]
        assert here.rows("SELECT count(*) FROM quarantine") == [(0,)]
    finally:
        here.close()
        there.close()
