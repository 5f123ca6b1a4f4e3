"""The spool: a line on the disk counts as the row; the order of each person is kept, and nothing is lost, killed or not."""

from __future__ import annotations

import asyncio
import os
import stat
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bot.inbound import Draining
from storage.keys import make_ring
from storage.spool import FILE, UNREADABLE, Spool, Spooled, SpoolRefused
from storage.vault import Vault
from tests.inbound.door import text, town
from tests.world import VAULT


def event(number: int, key: bytes = b"ana") -> Spooled:
    return Spooled("sms", "bot", str(number), 1_800_000_000_000 + number, f"cuerpo {number}".encode(), {"a": "b"}, key)


async def numbers(spool: Spool, limit: int = 100) -> list[str]:
    return [spooled.event for spooled in (await spool.read(limit)).events]


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_appended_is_there_in_order_sealed_and_for_the_next_process_too(tmp_path):
    spool = Spool(tmp_path, VAULT)
    assert not spool.holds(b"ana")
    for number in range(5):
        await spool.append(event(number))
    assert spool.holds(b"ana")
    assert not spool.holds(b"eva")
    content = (tmp_path / FILE).read_bytes()
    assert b"cuerpo" not in content
    assert content.count(b"\n") == 5
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    again = Spool(tmp_path, VAULT)
    assert again.waiting == 5
    assert again.holds(b"ana")
    assert (await again.read()).events == tuple(event(number) for number in range(5))


async def test_many_at_once_share_a_sync_and_each_is_kept(tmp_path, monkeypatch):
    spool, synced, real = Spool(tmp_path, VAULT), [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.append(descriptor), real(descriptor)))
    await asyncio.gather(*(spool.append(event(number)) for number in range(50)))
    assert await numbers(spool) == [str(number) for number in range(50)]
    assert len(synced) < 20


async def test_nothing_is_said_to_be_kept_before_it_is_synced(tmp_path, monkeypatch):
    """The size of the file at each sync; a new file's name is synced too."""
    sizes, folders, real = [], [], os.fsync

    def sync(descriptor):
        about = os.fstat(descriptor)
        (folders if stat.S_ISDIR(about.st_mode) else sizes).append(about.st_size)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    spool = Spool(tmp_path, VAULT)
    for number in (1, 2, 3):
        await spool.append(event(number))
        assert sizes[-1] == (tmp_path / FILE).stat().st_size
        assert len(sizes) == number
    assert len(folders) == 1


async def test_it_is_emptied_when_all_is_handled_and_not_before(tmp_path):
    spool = Spool(tmp_path, VAULT)
    for number, key in enumerate((b"ana", b"eva", b"ana")):
        await spool.append(event(number, key))
    await spool.done(await spool.read(2))
    assert (spool.waiting, spool.holds(b"ana"), spool.holds(b"eva")) == (1, True, False)
    assert (tmp_path / FILE).stat().st_size > 0
    assert Spool(tmp_path, VAULT).waiting == 3, "killed now, all are handled again, and known as seen"
    await spool.append(event(3, b"eva"))
    assert await numbers(spool) == ["2", "3"]
    await spool.done(await spool.read())
    assert (tmp_path / FILE).stat().st_size == 0
    assert spool.waiting == 0
    await spool.append(event(4))
    assert await numbers(spool) == ["4"]
    assert await numbers(Spool(tmp_path, VAULT)) == ["4"]


async def test_lines_that_were_refused_leave_nothing_behind_a_shorter_one(tmp_path, monkeypatch):
    spool = Spool(tmp_path, VAULT)
    await spool.append(event(1))

    def broken(descriptor):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        long = [replace(event(number), body=b"x" * 5000) for number in (2, 3)]
        refused = await asyncio.gather(*map(spool.append, long), return_exceptions=True)
    assert [type(each) for each in refused] == [OSError, OSError]
    await spool.append(event(4))
    for each in (spool, Spool(tmp_path, VAULT)):
        batch = await each.read()
        assert [spooled.event for spooled in batch.events] == ["1", "4"]
        assert batch.broken == ()


@pytest.mark.parametrize("cut", [1, 30])
async def test_a_line_cut_short_by_a_crash_is_dropped_and_harms_no_later_one(tmp_path, cut):
    spool = Spool(tmp_path, VAULT)
    await spool.append(event(1))
    await spool.append(event(2))
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes()[:-cut])
    again = Spool(tmp_path, VAULT)
    assert again.waiting == 1
    await again.append(event(3))
    assert await numbers(again) == ["1", "3"]
    assert await numbers(Spool(tmp_path, VAULT)) == ["1", "3"]


async def test_a_full_disk_keeps_nothing_says_so_and_leaves_no_half_line(tmp_path, monkeypatch):
    spool = Spool(tmp_path, VAULT)
    await spool.append(event(1))
    real = os.pwrite

    def full(descriptor, content, place):
        real(descriptor, bytes(content)[:20], place)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        for number in (2, 3):
            with pytest.raises(OSError, match="No space"):
                await spool.append(event(number, b"eva"))
    assert (spool.waiting, spool.holds(b"eva")) == (1, False)
    await spool.append(event(4))
    assert await numbers(spool) == ["1", "4"]
    assert await numbers(Spool(tmp_path, VAULT)) == ["1", "4"]


async def test_a_line_that_no_key_opens_is_put_aside_and_stops_nobody(tmp_path):
    other = Vault(make_ring(["another secret of the tests alone"]), b"l" * 32, b"x" * 32)
    await Spool(tmp_path, other).append(event(1))
    with (tmp_path / FILE).open("ab") as file:
        file.write(b"garbage\n")
    spool = Spool(tmp_path, VAULT)
    await spool.append(event(2))
    batch = await spool.read()
    assert [spooled.event for spooled in batch.events] == ["2"]
    assert len(batch.broken) == 2
    await spool.done(batch)
    assert spool.waiting == 0
    aside = (tmp_path / UNREADABLE).read_bytes()
    assert aside.endswith(b"\ngarbage\n")
    assert aside.count(b"\n") == 2


def test_a_spool_that_cannot_be_read_is_no_reason_to_begin_as_if_it_were_empty(tmp_path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(SpoolRefused) as refused:
        Spool(tmp_path, VAULT)
    assert refused.value.key == "spool.unreadable"


# ── together with the ingest ─────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def draining(here):
    task = asyncio.create_task(Draining(here.spool, here.ingest, {"sms": here.door}).run())
    try:
        yield
    finally:
        task.cancel()


async def drained(here):
    async with asyncio.timeout(20):
        while here.spool.waiting:  # noqa: ASYNC110 because nothing tells when it is empty
            await asyncio.sleep(0.02)


async def test_while_the_database_is_away_messages_are_kept_and_acknowledged_and_handled_later_in_order(spooling):
    here = spooling
    await here.posts(text("ana", "encuesta", 1))
    here.turns.away = True
    for number, words in enumerate(("34", "una idea", "1"), start=2):
        assert await here.posts(text("ana", words, number)) == 200
    assert await here.posts({"id": 8, "bad": True}) == 200
    assert here.world.one("SELECT count(*) FROM answer") == 0
    with draining(here):
        await asyncio.sleep(0.5)
        assert here.spool.waiting == 3
        here.turns.away = False
        await drained(here)
    assert [event for event in here.events() if event != "8"] == ["1", "2", "3", "4"]
    assert here.world.rows("SELECT raw FROM answer ORDER BY sequence")[:2] == [("34",), ("una idea",)]
    assert (here.folder / FILE).stat().st_size == 0
    received = here.world.rows("SELECT received_at FROM inbox ORDER BY id")
    assert received == sorted(received)


async def test_who_has_messages_in_the_spool_does_not_overtake_them_and_others_do(spooling):
    here = spooling
    here.turns.away = True
    assert await here.posts(text("ana", "encuesta", 1)) == 200
    here.turns.away = False
    assert await here.posts(text("ana", "34", 2)) == 200
    assert await here.posts(text("eva", "encuesta", 3)) == 200
    assert here.events() == ["3"]
    with draining(here):
        await drained(here)
    assert here.events() == ["3", "1", "2"]
    assert await here.posts(text("ana", "una idea", 4)) == 200
    assert here.events()[-1] == "4"
    assert here.world.one("SELECT count(*) FROM answer") == 2


async def test_messages_that_come_while_it_is_drained_keep_their_order(spooling):
    here = spooling
    here.turns.away = True
    for number in range(1, 40):
        await here.posts(text(f"p{number % 5}", f"mensaje {number}", number))
    here.turns.away = False
    with draining(here):
        for number in range(40, 120):
            assert await here.posts(text(f"p{number % 5}", f"mensaje {number}", number)) == 200
            await asyncio.sleep(0)
        await drained(here)
    events = [int(event) for event in here.events()]
    assert sorted(events) == list(range(1, 120))
    for person in range(5):
        theirs = [event for event in events if event % 5 == person]
        assert theirs == sorted(theirs)


async def test_what_was_handled_before_the_kill_is_not_handled_twice(spooling):
    here = spooling
    here.turns.away = True
    for number, words in enumerate(("encuesta", "34", "una idea"), start=1):
        await here.posts(text("ana", words, number))
    here.turns.away = False
    drain = Draining(here.spool, here.ingest, {"sms": here.door})
    done = here.spool.done

    async def killed(batch):
        raise asyncio.CancelledError

    here.spool.done = killed
    with pytest.raises(asyncio.CancelledError):
        await drain.some()
    here.spool.done = done
    again = Spool(here.folder, VAULT)
    assert again.waiting == 3
    assert await Draining(again, here.ingest, {"sms": here.door}).some()
    assert here.events() == ["1", "2", "3"]
    assert here.world.one("SELECT count(*) FROM answer") == 2


async def test_statuses_and_events_that_cannot_be_read_wait_there_too(spooling, monkeypatch):
    from storage.database import UnavailableError

    here = spooling

    async def away(work, **more):
        raise UnavailableError("away")

    here.turns.away = True
    with monkeypatch.context() as patch:
        patch.setattr(here.world.database, "transaction", away)
        assert await here.posts({"id": 1, "bad": True}) == 200
        assert await here.posts({"id": 2, "status": "p7", "stage": "read"}) == 200
        assert await here.posts(None, raw=b"not even JSON") == 200
    here.turns.away = False
    with draining(here):
        await drained(here)
    assert [error for _, error in here.quarantined()] == ["UnparsableError", "JSONDecodeError"]
    assert [status.provider_id for status in here.heard] == ["p7"]


async def test_where_the_spool_cannot_be_written_the_provider_is_told(spooling, monkeypatch):
    here = spooling

    def full(descriptor, content, place):
        raise OSError(28, "No space left on device")

    here.turns.away = True
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        assert await here.posts(text("ana", "encuesta", 1)) == 503
    assert await here.posts(text("ana", "encuesta", 1)) == 200
    assert here.spool.waiting == 1


async def test_messages_of_a_channel_that_is_no_longer_configured_go_to_quarantine(spooling):
    here = spooling
    here.turns.away = True
    await here.posts(text("ana", "encuesta", 1))
    here.turns.away = False
    assert await Draining(here.spool, here.ingest, {}).some()
    assert here.quarantined() == [("1", "ChannelMissing")]


async def test_without_a_spool_twilio_is_told_too(sqlite_url, tmp_path):
    with town(sqlite_url, tmp_path, name="sms") as here:
        here.turns.away = True
        assert await here.posts(text("ana", "encuesta", 1)) == 503
        assert not (tmp_path / FILE).exists()


async def test_attachments_that_waited_are_fetched_when_they_are_handled(spooling):
    here = spooling
    here.door.name = "sms"
    here.turns.away = True
    await here.posts({"id": 1, "from": "ana", "file": "f1"})
    here.turns.away = False
    with draining(here):
        await drained(here)
    assert here.events() == ["1"]
