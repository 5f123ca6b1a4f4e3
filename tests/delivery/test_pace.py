"""Pace: how much goes to one person and from one sender, whoever sends it; replies before notices before campaigns."""

import asyncio
from datetime import timedelta

import pytest

from bot.channels import payload
from bot.channels.channel import RetryAfter
from bot.clock import RealClock, milliseconds
from bot.vocabulary import Address, Outgoing, Start
from storage import outbox, pace
from storage.claims import Allowance, claim_due
from storage.pace import Bucket, sender_bucket
from storage.statements import Statement
from tests.world import ECUADOR, NOON, SURVEY, VAULT, World

TALKATIVE = SURVEY.replace(
    "survey:\n", "survey:\n" + "".join(f"  - {{type: note, label: n{number}}}\n" for number in range(5)), 1
)
HELD = ("telegram", "whatsapp", "sms")


@pytest.fixture
def world(database_url):
    world = World(database_url, TALKATIVE, held=HELD)
    yield world
    world.close()


def put(world, lane, *, priority=outbox.CAMPAIGN, count=1, channel="telegram", account="bot", at=None):
    """Queues plain messages to a lane of that number."""
    now = milliseconds(world.clock.now() if at is None else at)
    rows = []
    for number in range(count):
        identifier = world.database.identifiers.next()
        message = Outgoing(Address(channel, f"p{lane}", account), f"{lane}/{number}/{priority}", "x", 0, "none")
        sealed = VAULT.seal(payload.pack(message), outbox.PAYLOAD)
        rows.append((identifier, lane, None, None, channel, priority, 0, sealed, now, now, account, "aviso"))
    world.database.transaction_now(lambda tx: outbox.queue(tx, rows))
    return [row[0] for row in rows]


def later(world, **by):
    world.clock.move(timedelta(**by))


async def test_one_person_gets_a_burst_and_then_one_a_second(world):
    await world.turns.handle(world.incoming("ana", Start("encuesta")))
    await world.deliveries.run_due()
    assert world.heard("ana") == ["n0", "n1", "n2"]
    later(world, milliseconds=999)
    await world.deliveries.run_due()
    assert len(world.heard("ana")) == 3
    later(world, milliseconds=1)
    await world.deliveries.run_due()
    assert world.heard("ana") == ["n0", "n1", "n2", "n3"]
    later(world, seconds=2)
    await world.deliveries.run_due()
    assert world.heard("ana") == ["n0", "n1", "n2", "n3", "n4", "¿Cuántos años tienes?"]
    assert world.rows("SELECT DISTINCT attempts, status FROM outbox") == [(1, "sent")], "what waits for its turn is not a try"


async def test_others_do_not_wait_for_whoever_is_at_the_limit(world):
    put(world, 1, count=20, priority=0)
    put(world, 2, priority=0)
    await world.deliveries.run_due()
    assert [o.address.identifier for o in world.provider.sent] == ["p1", "p1", "p1", "p2"]


async def test_a_sender_keeps_its_pace(world):
    """25 a second, however many people wait: by the bucket, whose start may give a fifth of a second's worth more."""
    for lane in range(1, 201):
        put(world, lane)
    sent = []
    for _ in range(100):
        await world.deliveries.run_due()
        sent.append(len(world.provider.sent))
        later(world, milliseconds=50)
    first, last = sent[19], sent[-1]  # after one second, and after five
    assert first <= 25 + 5
    assert last == pytest.approx(5 * 25, rel=0.05)


async def test_answers_go_before_notices_before_campaigns_within_the_pace(world):
    for lane in range(1, 101):
        put(world, lane)
    put(world, 301, priority=outbox.NOTICE)
    put(world, 302, priority=outbox.REPLY)
    await world.deliveries.run_due()
    assert [o.text.rpartition("/")[2] for o in world.provider.sent] == ["0", "1", "2", "2", "2"]
    for lane in range(400, 430):
        put(world, lane, priority=outbox.REPLY)
    later(world, seconds=1)
    await world.deliveries.run_due()
    assert {o.text.rpartition("/")[2] for o in world.provider.sent[5:]} == {"0"}


async def test_a_campaign_leaves_room_in_the_air_for_answers(world):
    """A provider that takes half a minute for each: answers still go at once."""
    world.deliveries._senders._paces = {"telegram": 10_000.0}
    for lane in range(1, 300):
        put(world, lane)
    release = asyncio.Event()
    world.provider.before = lambda outgoing: release.wait() if outgoing.text.endswith("/2") else asyncio.sleep(0)
    running = asyncio.ensure_future(world.deliveries.run(idle=0.01))
    while len(world.provider.tried) < 128:
        later(world, milliseconds=100)
        await asyncio.sleep(0.01)
    put(world, 999, priority=outbox.REPLY)
    world.deliveries.wake()
    async with asyncio.timeout(5):
        while not world.provider.sent:
            later(world, milliseconds=100)
            await asyncio.sleep(0.01)
    assert world.provider.sent[0].address.identifier == "p999"
    release.set()
    await world.deliveries.end()
    await running


async def test_a_slow_channel_holds_up_no_other(world):
    for lane in range(1, 60):
        put(world, lane, channel="sms", priority=0)
    for lane in range(101, 104):
        put(world, lane, priority=0)
    put(world, 200, channel="sms", account="otro", priority=0)
    await world.deliveries.run_due()
    assert [o.address.identifier for o in world.provider.sent] == ["p101", "p102", "p103"]
    assert sorted(o.address.identifier for o in world.sms.sent) == ["p1", "p200"], "each number has its own second"


async def test_two_workers_share_one_pace(database_url):
    one, two = World(database_url, SURVEY, held=HELD), World(database_url, SURVEY, held=HELD)
    try:
        for lane in range(1, 200):
            put(one, lane)
        for _ in range(40):
            await asyncio.gather(one.deliveries.run_due(), two.deliveries.run_due())
            later(one, milliseconds=50)
            later(two, milliseconds=50)
        assert len(one.provider.sent) + len(two.provider.sent) == pytest.approx(2 * 25, rel=0.05, abs=5)
    finally:
        one.close()
        two.close()


async def test_two_workers_share_one_persons_pace(database_url):
    one, two = World(database_url, SURVEY, held=HELD), World(database_url, SURVEY, held=HELD)
    try:
        put(one, 7, count=10, priority=0)
        await asyncio.gather(one.deliveries.run_due(), two.deliveries.run_due())
        assert len(one.provider.sent) + len(two.provider.sent) == 3
        later(one, seconds=1)
        later(two, seconds=1)
        await asyncio.gather(one.deliveries.run_due(), two.deliveries.run_due())
        assert len(one.provider.sent) + len(two.provider.sent) == 4
    finally:
        one.close()
        two.close()


async def test_segments_are_charged_to_the_senders_pace(world):
    """One segment a second: a text of three takes three seconds of it."""
    units = iter([3, 1, 1])
    plain = world.sms.send

    async def send(outgoing):
        accepted = await plain(outgoing)
        return type(accepted)(accepted.provider_id, next(units))

    world.sms.send = send
    for lane in (1, 2, 3):
        put(world, lane, channel="sms")
    for _ in range(3):
        await world.deliveries.run_due()
        later(world, seconds=1)
    assert len(world.sms.sent) == 1
    await world.deliveries.run_due()
    assert len(world.sms.sent) == 2
    assert world.rows("SELECT sum(units) FROM outbox") == [(4,)]


async def test_too_many_requests_for_several_people_stop_the_sender(world):
    for lane in range(1, 20):
        put(world, lane, priority=0)
    world.provider.answers = [RetryAfter(30, "429")] * 3
    await world.deliveries.run_due()
    assert len(world.provider.tried) == 5 and len(world.provider.sent) == 2, "two were in the air already"
    later(world, milliseconds=29_900)
    await world.deliveries.run_due()
    assert len(world.provider.tried) == 5, "nothing goes before the provider's time is over, to nobody"
    later(world, seconds=1)
    await world.deliveries.run_due()
    assert len(world.provider.tried) > 5


async def test_too_many_requests_for_one_person_stop_nobody_else(world):
    put(world, 1, priority=0)
    put(world, 2, priority=0)
    world.provider.answers = [RetryAfter(30, "429")]
    await world.deliveries.run_due()
    later(world, seconds=1)
    put(world, 3, priority=0)
    await world.deliveries.run_due()
    assert {o.address.identifier for o in world.provider.sent} == {"p2", "p3"}


async def test_full_buckets_need_no_row(world):
    put(world, 1, priority=0)
    await world.deliveries.run_due()
    assert world.one("SELECT count(*) FROM lane_pace") == 1
    later(world, minutes=2)
    await world.deliveries.run_due()
    assert world.one("SELECT count(*) FROM lane_pace") == 0


async def test_a_great_pace_is_kept_by_the_real_clock(database_url):
    world = World(database_url, SURVEY, held=HELD, clock=RealClock(ECUADOR))
    try:
        world.deliveries._senders._paces = {"telegram": 200.0}
        for lane in range(1, 700):
            put(world, lane, at=NOON - timedelta(days=3650))
        running = asyncio.ensure_future(world.deliveries.run())
        loop = asyncio.get_running_loop()
        reached = asyncio.Event()

        async def count(_):
            if len(world.provider.tried) >= 100:
                reached.set()

        world.provider.before = count
        async with asyncio.timeout(10):
            await reached.wait()
            begun, first = loop.time(), len(world.provider.sent)
            await asyncio.sleep(2)
        rate = (len(world.provider.sent) - first) / (loop.time() - begun)
        await world.deliveries.end()
        await running
        assert 100 < rate < 200 * 1.05 + 20  # never more; less where the machine is busy with something else
    finally:
        world.close()


def test_a_bucket_is_arithmetic():
    bucket = Bucket(2.0, 3.0)
    assert bucket.tokens(None, 5_000_000) == 3
    full = bucket.after(None, 5_000_000, 3)
    assert full == 6_500_000
    assert bucket.tokens(full, 5_000_000) == 0
    assert bucket.tokens(full, 5_500_000) == 1 == bucket.tokens(bucket.after(None, 0, 2), 0)
    assert bucket.ready_us(full) == 5_500_000
    assert bucket.ready_us(full, 2) == 6_000_000
    assert sender_bucket(1.0) == Bucket(1.0, 1.0) and sender_bucket(80.0).burst == 16


def test_campaigns_are_claimed_by_handfuls_and_answers_at_once(database):
    """Each claim is a commit: a campaign is not worth one for each message, and large ones hold up whoever is answered."""
    world_rows = [(i, i, None, None, "sms", 2, 0, b"s", 0, 0, "", "") for i in range(1, 300)]
    database.transaction_now(lambda tx: outbox.queue(tx, world_rows))
    bucket = sender_bucket(1000.0)

    def claimed(now):
        return database.transaction_now(
            lambda tx: claim_due(tx, now=now, until=now + 60_000, allow=lambda _: Allowance(256, 128, bucket))
        )

    database.transaction_now(lambda tx: pace.move_sender(tx, "sms/", 1_200_000))  # empty at one second
    few = claimed(1_010)
    assert few.rows == [] and few.again_at == 1_016
    assert len(claimed(1_016).rows) == 16
    assert len(claimed(1_100).rows) == 32
    database.transaction_now(lambda tx: outbox.queue(tx, [(500, 500, None, None, "sms", 0, 0, b"s", 0, 0, "", "")]))
    assert next(row.id for row in claimed(1_102).rows) == 500


def test_looking_for_senders_does_not_read_what_waits(sqlite_url):
    """However much is queued, each sender is one look into an index."""
    from storage.claims import _WAITING
    from storage.database import Database

    database = Database(sqlite_url)
    try:
        plan = database.transaction_now(lambda tx: tx.all(Statement("EXPLAIN QUERY PLAN " + _WAITING.sqlite)))
    finally:
        database.close()
    looks = [row[3] for row in plan if "outbox" in row[3] or row[3].startswith(("SEARCH o", "SCAN o"))]
    assert len(looks) == 5
    assert sum("ix_outbox_queued" in look for look in looks) == 5, looks
    assert not [look for look in looks[1:] if look.startswith("SCAN")], looks
