"""What the clock brings, on both databases: once each after an outage, never by night, from when the question was shown, and
nothing any more once the flow is closed."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.channels.channel import RetryLater
from bot.clock import MovableClock, RealClock
from bot.vocabulary import Start
from storage import flows
from storage.conversations import Due
from tests.world import ECUADOR, SURVEY, World

DATED = SURVEY.replace("expires: 14d", "expires: 14d\nopens: 2026-11-20T08:00\ncloses: 2026-11-22T18:00").replace(
    "flow: encuesta", "flow: plazo"
)
UNTIMED = SURVEY.replace("reminders: [24h, 72h]\n", "").replace("expires: 14d\n", "").replace("flow: encuesta", "flow: abierta")


@pytest.fixture
def world(database_url):
    world = World(database_url, SURVEY, DATED)
    yield world
    world.close()


async def looks(world, times=1):
    """The clock's duties are done, by so many processes at once, and then the deliveries."""
    await asyncio.gather(*(world.duties.run_due() for _ in range(times)))
    await world.deliveries.run_due()


def reminders(world, person):
    return sum("¿Seguimos?" in text for text in world.heard(person))


def at(day, hour, minute=0, zone=ECUADOR):
    return datetime(2026, 11, day, hour, minute, tzinfo=zone)


async def test_two_days_of_outage_owe_each_reminder_once_however_many_look_afterwards(world):
    people = [f"p{n}" for n in range(30)]
    for person in people:
        await world.starts(person)
    world.clock.set(at(22, 12, 30))
    await looks(world, times=4)
    assert {reminders(world, person) for person in people} == {1}
    for _ in range(3):
        world.clock.move(timedelta(minutes=5))
        await looks(world, times=2)
    assert {reminders(world, person) for person in people} == {1}


async def test_an_outage_that_ends_at_night_wakes_nobody(world):
    await world.starts("ana")
    world.clock.set(at(22, 23))
    await looks(world)
    assert reminders(world, "ana") == 0
    world.clock.set(at(23, 7, 59))
    await looks(world)
    assert reminders(world, "ana") == 0
    world.clock.set(at(23, 8))
    await looks(world)
    assert reminders(world, "ana") == 1


async def test_after_an_outage_beyond_its_expiry_a_conversation_ends_without_a_late_reminder(world):
    await world.starts("ana")
    world.clock.move(timedelta(days=20))
    await looks(world)
    assert reminders(world, "ana") == 0
    assert world.rows("SELECT status FROM conversation") == [("partial",)]


@pytest.mark.parametrize(
    ("zone", "night", "morning"),
    [
        ("America/Guayaquil", (22, 0), (8, 0)),
        ("Pacific/Galapagos", (22, 0), (8, 0)),
        ("America/Santiago", (22, 0), (8, 0)),  # whose clock goes ahead in the night from 5 to 6 September 2026
    ],
)
async def test_the_night_is_that_of_the_municipality(database_url, zone, night, morning):
    place = ZoneInfo(zone)
    world = World(database_url, SURVEY)
    try:
        world.clock = clock = MovableClock(datetime(2026, 9, 4, 22, 30, tzinfo=place))
        world.turns._clock = world.duties._clock = world.deliveries._clock = clock
        await world.starts("ana")
        clock.set(datetime(2026, 9, 5, 22, 40, tzinfo=place))
        await looks(world)
        assert reminders(world, "ana") == 0
        due = await world.duties.next_due()
        assert due is not None
        assert due.astimezone(place) == datetime(2026, 9, 6, *morning, tzinfo=place)
        clock.set(due)
        await looks(world)
        assert reminders(world, "ana") == 1
    finally:
        world.close()


async def test_hours_are_hours_where_the_clock_on_the_wall_jumps(database_url):
    place = ZoneInfo("America/Santiago")
    world = World(database_url, SURVEY)
    try:
        world.clock = clock = MovableClock(datetime(2026, 9, 5, 12, 0, tzinfo=place))
        world.turns._clock = world.duties._clock = world.deliveries._clock = clock
        await world.starts("ana")
        due = await world.duties.next_due()
        assert due.timestamp() - clock.now().timestamp() == pytest.approx(24 * 3600, abs=2)
        assert due.astimezone(place).hour == 13, "a day later by the sun is one o'clock by the new time"
    finally:
        world.close()


async def test_a_question_that_was_shown_late_is_not_reminded_of_early(world):
    """The provider takes nothing for 20 hours."""
    world.provider.answers = [RetryLater("busy")] * 3
    await world.starts("ana")
    assert world.heard("ana") == []
    world.clock.move(timedelta(hours=20))
    world.provider.answers = []
    await world.deliveries.run_due()
    shown = world.clock.now()
    assert world.heard("ana") == ["¿Cuántos años tienes?"]
    world.clock.move(timedelta(hours=5))  # 25 hours after they wrote, 5 after they could read
    await looks(world)
    assert reminders(world, "ana") == 0
    assert (await world.duties.next_due()) == shown + timedelta(hours=24)
    world.clock.set(shown + timedelta(hours=24))
    await looks(world)
    assert reminders(world, "ana") == 1
    # the second counts from the question as well, not from the reminder
    assert (await world.duties.next_due()) == shown + timedelta(hours=72)


async def test_a_question_still_on_its_way_is_not_reminded_of(world):
    world.provider.answers = [RetryLater("busy")]
    await world.starts("ana")
    world.clock.move(timedelta(hours=30))
    await world.duties.run_due()
    assert world.rows("SELECT due_kind FROM conversation") == [("reminder",)]
    assert world.one("SELECT count(*) FROM outbox WHERE priority = 1") == 0


async def test_a_stale_timer_is_harmless(world):
    await world.starts("ana")
    ((identifier, kind, token),) = world.rows("SELECT id, due_kind, due_token FROM conversation")
    await world.says("ana", "34")
    heard = len(world.heard("ana"))
    world.clock.move(timedelta(hours=25))
    assert (await world.turns.wake(Due(identifier, kind, token))).seen
    assert len(world.heard("ana")) == heard
    await looks(world)
    assert reminders(world, "ana") == 1


async def test_a_clock_that_is_set_back_sends_nothing_twice_and_loses_nothing(world):
    await world.starts("ana")
    world.clock.move(timedelta(hours=25))
    await looks(world)
    assert reminders(world, "ana") == 1
    world.clock.set(world.clock.now() - timedelta(hours=25))
    await looks(world)
    assert reminders(world, "ana") == 1
    handled = await world.says("ana", "34")
    assert [answer.value for answer in handled.answers] == [34]
    world.clock.move(timedelta(hours=25))
    await looks(world)
    assert reminders(world, "ana") == 2, "a new question, and its own reminder"


async def test_the_looks_go_on_when_the_machines_clock_is_set_back(world):
    """APScheduler waits for a moment of the wall's clock: with the clock set back it would wait for hours."""
    looked = asyncio.Event()

    async def look():
        looked.set()
        return 0

    world.duties.run_due = look
    world.duties._every = 0.05
    world.duties.start()
    try:
        async with asyncio.timeout(5):
            await looked.wait()
            [job] = world.duties._scheduler.get_jobs()
            job.modify(next_run_time=RealClock(ZoneInfo("UTC")).now() + timedelta(hours=2))  # as a set-back leaves it
            looked.clear()
            await looked.wait()
    finally:
        await world.duties.end()


# ── a flow that closes ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_flow_that_closes_ends_what_is_under_way_and_says_so_to_who_still_answers(world):
    await world.says("ana", Start("plazo"))
    await world.says("ana", "34")
    world.clock.set(at(22, 18))
    await looks(world)
    assert world.rows("SELECT status FROM conversation") == [("partial",)]
    handled = await world.says("ana", "Más luz")
    assert handled.answers == ()
    assert world.heard("ana")[-2:] == [
        "«Encuesta» ya está cerrada y no recibe más respuestas. Gracias por tu interés.",
        "¿Qué quieres hacer?",
    ]
    await world.says("ana", "hola")
    assert world.heard("ana")[-1] == "¿Qué quieres hacer?"
    assert sum("ya está cerrada" in text for text in world.heard("ana")) == 1, "once is enough"


async def test_a_term_that_is_extended_is_so_for_whoever_began_before(world):
    await world.says("ana", Start("plazo"))
    world.open(DATED.replace("2026-11-22T18:00", "2026-11-30T18:00"))
    world.clock.set(at(23, 12))
    await looks(world)
    assert reminders(world, "ana") == 1
    handled = await world.says("ana", "34")
    assert [answer.value for answer in handled.answers] == [34]


async def test_a_flow_that_staff_close_takes_no_further_answer_and_reminds_nobody(world):
    await world.starts("ana")
    await world.starts("eva")
    world.database.transaction_now(lambda tx: flows.set_state(tx, "encuesta", "closed", 1))
    world.database.transaction_now(world.library.renew)
    handled = await world.says("ana", "34")
    assert handled.answers == ()
    assert world.heard("ana")[-2:] == [
        "«Encuesta» ya está cerrada y no recibe más respuestas. Gracias por tu interés.",
        "Ahora puedes participar en «Encuesta»: escribe «menú».",
    ]
    world.clock.move(timedelta(hours=30))
    await looks(world)
    assert reminders(world, "eva") == 0
    assert world.rows("SELECT DISTINCT status FROM conversation") == [("partial",)]


async def test_a_flow_that_is_paused_lets_finish_whoever_is_in_it(world):
    await world.starts("ana")
    world.database.transaction_now(lambda tx: flows.set_state(tx, "encuesta", "paused", 1))
    world.database.transaction_now(world.library.renew)
    assert [answer.value for answer in (await world.says("ana", "34")).answers] == [34]


async def test_the_word_and_the_poster_of_a_closed_flow_are_answered_also_after_a_restart(database_url):
    world = World(database_url, SURVEY)
    world.database.transaction_now(lambda tx: flows.set_state(tx, "encuesta", "closed", 1))
    world.library._catalogue = world.library._base
    world.database.transaction_now(world.library.renew)
    try:
        for person, said in (("ana", "encuesta"), ("eva", Start("encuesta"))):
            await world.says(person, said)
            assert world.heard(person)[0].startswith("«Encuesta» ya está cerrada")
    finally:
        world.close()


async def test_a_flow_without_reminders_or_expiry_needs_no_timer(database_url):
    world = World(database_url, UNTIMED)
    try:
        await world.starts("ana", "abierta")
        assert world.rows("SELECT due_at FROM conversation") == [(None,)]
    finally:
        world.close()
