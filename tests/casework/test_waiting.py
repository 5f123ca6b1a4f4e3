"""Staff are told once that somebody waits for a person, and never at night; on both databases."""

from __future__ import annotations

from datetime import datetime

import orjson
import pytest

from bot.casework.waiting import Waiting
from bot.clock import milliseconds
from storage import hand_overs, mail, staff
from storage.statements import Statement
from tests.web.desk.resident import Resident
from tests.web.town import ZONE, town

NOON = datetime(2026, 11, 25, 12, tzinfo=ZONE)


@pytest.fixture
def here(database_url, tmp_path):
    with town(database_url, tmp_path, now=NOON) as built:
        yield built


def mails(here):
    select = Statement("SELECT content FROM mail ORDER BY id")
    rows = here.world.database.transaction_now(lambda tx: tx.all(select))
    return [orjson.loads(here.world.vault.open(bytes(content), mail.CONTENT)) for (content,) in rows]


def enter(here, email, role):
    database = here.world.database
    identifier = database.identifiers.next()
    database.transaction_now(
        lambda tx: staff.add(tx, identifier, email=email, name=email, role=role, now=milliseconds(here.world.clock.now()))
    )
    return identifier


async def wants(here, name="luz-en-su-telefono-de-siempre"):
    await Resident(here, name).says("hablar con una persona")
    # the simulator's people are tests, about whom nobody is disturbed
    here.world.database.transaction_now(lambda tx: tx.run(Statement("UPDATE contact SET test = FALSE")))


async def test_the_coordinators_are_told_once_of_each_who_waits(here):
    enter(here, "ana@puyo.ec", "administrator")
    carlos = enter(here, "carlos@puyo.ec", "coordinator")
    looks = Waiting(here.world.database, here.world.office)
    assert await looks.look(NOON) == 0
    await wants(here)
    assert await looks.look(NOON) == 1
    assert await looks.look(NOON) == 0
    ((subject, text),) = mails(here)
    assert subject == "Conversaciones: 1 persona espera"
    assert "1 persona espera que alguien del municipio le responda" in text
    await wants(here, "otra-persona-en-su-casa")
    assert await looks.look(NOON) == 1
    assert "2 personas esperan que alguien del municipio les responda" in mails(here)[1][1]
    (first, second) = here.world.database.transaction_now(hand_overs.open_ones)
    for one in (first, second):
        here.world.database.transaction_now(
            lambda tx, one=one: hand_overs.take(tx, one.id, staff=carlos, instead_of=None, now=milliseconds(NOON))
        )
    assert await looks.look(NOON) == 0
    assert len(mails(here)) == 2


@pytest.mark.parametrize(("hour", "told"), [(3, 0), (7, 0), (8, 1), (18, 1), (19, 0), (23, 0)])
async def test_never_at_night(here, hour, told):
    enter(here, "ana@puyo.ec", "administrator")  # without a coordinator it reaches an administrator
    await wants(here)
    looks = Waiting(here.world.database, here.world.office)
    assert await looks.look(NOON.replace(hour=hour)) == told
    assert len(mails(here)) == told


async def test_tests_disturb_nobody_and_a_minute_passes_between_looks(here):
    enter(here, "ana@puyo.ec", "administrator")
    await Resident(here).says("hablar con una persona")
    looks = Waiting(here.world.database, here.world.office)
    await looks.look_now_and_then(NOON)
    assert mails(here) == []
    await wants(here)
    await looks.look_now_and_then(NOON.replace(second=59))
    assert mails(here) == []
    await looks.look_now_and_then(NOON.replace(minute=1))
    assert len(mails(here)) == 1
