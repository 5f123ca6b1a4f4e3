"""Polling: nothing is confirmed that is not kept, nothing that happens to the provider stops it for good."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.channels.channel import RetryAfter, RetryLater
from bot.channels.telegram import TelegramChannel
from bot.clock import RealClock
from bot.inbound import Flood, Polling
from tests.inbound.door import text, town
from tests.peers.bot_api import TOKEN, BotApi, Fail
from tests.world import ECUADOR, languages


class Queue:
    """A provider's queue: `answers` are said in turn (an exception is raised), then what waits from the offset on."""

    def __init__(self, door, *answers):
        self.door, self.answers, self.asked, self.waiting = door, list(answers), [], []
        self.limits = []

    def __getattr__(self, name):
        return getattr(self.door, name)

    async def updates(self, offset, *, wait=25.0, limit=100):
        self.asked.append(offset)
        self.limits.append(limit)
        self.waiting = [event for event in self.waiting if event["id"] >= offset]
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if not self.waiting:
            await asyncio.sleep(min(wait, 0.02))
        return json.dumps(self.waiting[:limit]).encode()


@pytest.fixture
def here(sqlite_url: str, tmp_path: Path):
    with town(sqlite_url, tmp_path) as built:
        yield built


def polled(here, queue, **more):
    return Polling(queue, here.ingest, RealClock(ECUADOR), first=0.01, **more)


@asynccontextmanager
async def running(polling):
    task = asyncio.create_task(polling.run())
    try:
        yield task
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(check):
    async with asyncio.timeout(15):
        while not check():  # noqa: ASYNC110 because nothing tells when a row appears
            await asyncio.sleep(0.01)


async def test_a_batch_is_confirmed_when_all_of_it_is_kept_and_not_before(here):
    queue = Queue(here.door)
    queue.waiting = [text("ana", "encuesta", 10), {"id": 11, "bad": True}, text("eva", "encuesta", 12), {"id": 13}]
    polling = polled(here, queue)
    here.turns.away = True
    await polling.once()
    await polling.once()
    assert here.quarantined() == [("11", "UnparsableError")]
    assert queue.asked == [0, 10]
    assert len(queue.waiting) == 4
    here.turns.away = False
    await until(lambda: set(here.events()) == {"10", "11", "12"})
    async with asyncio.timeout(15):
        while queue.asked[-1] != 14:  # that a row is there is seen before whoever wrote it knows
            await polling.once()
    assert set(queue.asked[1:-1]) == {10}
    assert queue.waiting == []


async def test_killed_before_it_confirmed_it_fetches_again_and_nothing_is_done_twice(here):
    queue = Queue(here.door)
    queue.waiting = [text("ana", "encuesta", 1), text("ana", "34", 2)]
    await polled(here, queue).once()
    assert len(queue.waiting) == 2
    await polled(here, queue).once()
    assert here.events() == ["1", "2"]
    assert here.world.one("SELECT count(*) FROM answer") == 1


async def test_a_person_s_updates_are_handled_in_their_order(here):
    queue = Queue(here.door)
    queue.waiting = [text(f"p{number % 7}", f"mensaje {number}", number) for number in range(1, 101)]
    await polled(here, queue).once()
    handled = [int(incoming.event) for incoming in here.turns.handled]
    assert sorted(handled) == list(range(1, 101))
    for person in range(7):
        theirs = [number for number in handled if number % 7 == person]
        assert theirs == sorted(theirs)


def file(person, reference, number):
    return {"id": number, "from": person, "file": reference}


async def test_a_slow_file_holds_up_its_own_person_only_and_is_not_passed(here):
    arrived = asyncio.Event()

    async def slowly():
        await arrived.wait()
        return b"picture"

    here.door.files["slow"] = slowly
    queue = Queue(here.door)
    queue.waiting = [file("ana", "slow", 1), text("ana", "encuesta", 2), text("eva", "encuesta", 3)]
    async with running(polled(here, queue)):
        await until(lambda: here.events() == ["3"])
        queue.waiting.append(text("eva", "34", 4))  # written while the file is still on its way
        await until(lambda: here.events() == ["3", "4"])
        assert max(queue.asked) <= 1
        assert [event["id"] for event in queue.waiting] == [1, 2, 3, 4]
        arrived.set()
        await until(lambda: here.events() == ["3", "4", "1", "2"])
        await until(lambda: queue.waiting == [])
    assert [incoming.event for incoming in here.turns.handled] == ["3", "4", "1", "2"]


async def test_killed_while_a_file_is_on_its_way_it_is_fetched_again(here):
    here.door.files["slow"] = asyncio.Event().wait
    queue = Queue(here.door)
    queue.waiting = [file("ana", "slow", 1), text("eva", "encuesta", 2)]
    async with running(polled(here, queue)):
        await until(lambda: here.events() == ["2"])
    here.door.files["slow"] = b"picture"
    async with running(polled(here, queue)):
        await until(lambda: here.events() == ["2", "1"])
        await until(lambda: queue.waiting == [])


async def test_who_floods_is_slowed_and_nobody_else(sqlite_url, tmp_path):
    with town(sqlite_url, tmp_path, flood=Flood(burst=2, every=0.5)) as here:
        queue = Queue(here.door)
        queue.waiting = [*(text("ana", "encuesta", number) for number in range(1, 6)), text("eva", "encuesta", 6)]
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with running(polled(here, queue)):
            await until(lambda: "6" in here.events())
            assert loop.time() - begun < 0.5
            await until(lambda: len(here.events()) == 6)
        assert loop.time() - begun >= 1.4
        assert [event for event in here.events() if event != "6"] == ["1", "2", "3", "4", "5"]


async def test_a_flood_that_would_keep_others_out_of_reach_is_let_through(sqlite_url, tmp_path):
    """Telegram tells a hundred updates at a time: whoever wrote so many must not stand before all others for minutes."""
    with town(sqlite_url, tmp_path, flood=Flood(burst=2, every=60.0)) as here:
        queue = Queue(here.door)
        queue.waiting = [*(text("ana", "encuesta", number) for number in range(1, 151)), text("eva", "encuesta", 151)]
        async with running(polled(here, queue)):
            await until(lambda: len(here.events()) == 151)


async def test_a_fault_of_ours_with_one_update_stops_no_other(here):
    whole = here.ingest.event

    async def faulty(channel, raw, manner, crowd=None):
        if raw.event == "1" and not here.events():
            raise ValueError("a fault of ours")
        return await whole(channel, raw, manner, crowd)

    here.ingest.event = faulty
    queue = Queue(here.door)
    queue.waiting = [text("ana", "encuesta", 1), text("eva", "encuesta", 2)]
    async with running(polled(here, queue)):
        await until(lambda: set(here.events()) == {"1", "2"})
        await until(lambda: queue.waiting == [])


async def test_numbers_that_begin_anew_lower_are_not_skipped(here):
    queue = Queue(here.door)
    queue.waiting = [text("ana", "encuesta", 900)]
    async with running(polled(here, queue)):
        await until(lambda: here.events() == ["900"])
        await until(lambda: 901 in queue.asked and queue.asked[-1] == 0)
        queue.waiting.append(text("ana", "34", 5))
        await until(lambda: here.events() == ["900", "5"])


async def test_trouble_of_the_provider_is_waited_out_and_its_own_pause_kept(here):
    queue = Queue(here.door, RetryLater("no_connection"), RetryAfter(0.3, "429"), RetryLater("http_500"))
    queue.waiting = [text("ana", "encuesta", 1)]
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with running(polled(here, queue)):
        await until(lambda: here.events() == ["1"])
    assert loop.time() - begun >= 0.3


async def test_an_answer_that_cannot_be_read_is_narrowed_down_to_the_update_to_blame(here):
    broken = b'{"ok": true, "result": [{"update_id": 41, "oops": "\\ud800"'
    queue = Queue(here.door, broken, broken)
    queue.waiting = [text("ana", "encuesta", 42)]
    polling = polled(here, queue)
    assert await polling.once()
    assert await polling.once()
    assert queue.limits == [100, 1]
    assert await polling.once()
    assert here.events() == ["41", "42"]
    assert [event for event, _ in here.quarantined()] == ["41"]


async def test_an_answer_of_something_else_is_trouble_like_any_other(here):
    queue = Queue(here.door, b"<html>Sign in</html>", b"<html>Sign in</html>")
    queue.waiting = [text("ana", "encuesta", 1)]
    async with running(polled(here, queue)):
        await until(lambda: here.events() == ["1"])
    assert here.quarantined() == []


async def test_of_several_processes_one_fetches(here):
    queue = Queue(here.door)
    queue.waiting = [text("ana", "encuesta", 1)]

    async def no():
        return False

    async with running(polled(here, queue, mine=no)):
        await asyncio.sleep(0.1)
    assert queue.asked == []


async def test_a_webhook_in_the_way_is_told_of_and_taken_away_where_that_is_wanted(here):
    gone = []

    async def conflict():
        gone.append(True)

    queue = Queue(here.door, RetryLater("conflict"))
    async with running(polled(here, queue, conflict=conflict)):
        await until(lambda: gone)


# ── the real client, over real sockets ───────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def telegram():
    async with BotApi() as api:
        channel = TelegramChannel(TOKEN, languages(), api_url=api.url)
        try:
            yield api, channel
        finally:
            await channel.close()


async def test_telegram_s_updates_are_fetched_and_confirmed(here):
    async with telegram() as (api, channel), running(Polling(channel, here.ingest, RealClock(ECUADOR), first=0.01)):
        await api.writes(7, "encuesta")
        await until(lambda: len(here.events()) == 1)
        await api.writes(7, "34")
        await until(lambda: len(here.events()) == 2)
        await until(lambda: not api.waiting)
    assert api.refused == []
    assert here.world.one("SELECT count(*) FROM answer") == 1


@pytest.mark.parametrize("how", [500, "html", "garbage", "reset", "lost", 401, 429])
async def test_whatever_telegram_does_it_is_asked_again_and_loses_nothing(here, how):
    async with telegram() as (api, channel):
        retry = 1 if how == 429 else None
        api.fail("getUpdates", Fail(how, retry_after=retry), Fail(how, retry_after=retry))
        async with running(Polling(channel, here.ingest, RealClock(ECUADOR), first=0.01)):
            for number in range(3):
                await api.writes(100 + number, "encuesta")
            await until(lambda: len(here.events()) == 3)
    assert api.refused == []


async def test_one_strange_update_does_not_stop_the_others(here):
    async with telegram() as (api, channel), running(Polling(channel, here.ingest, RealClock(ECUADOR), first=0.01)):
        await api.happens(message={"message_id": 1, "chat": "nobody"})
        await api.writes(7, "encuesta")
        await until(lambda: len(here.events()) == 2)
        await until(lambda: not api.waiting)
    assert len(here.quarantined()) == 1
    assert len(api.of("getUpdates")) < 10
