"""Ingest: each event ends in the inbox, in quarantine or back at its provider, whatever it is and whatever is wrong."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.channels.channel import Never, RetryLater
from bot.inbound import Bounds, Flood
from bot.inbound import flood as flooding
from bot.inbound.flood import who
from bot.vocabulary import Address
from storage import inbox
from tests.inbound.door import UNHURRIED, VAULT, text, town


async def test_what_is_not_the_providers_is_refused_and_leaves_nothing(here):
    assert await here.posts(text("ana", "encuesta"), secret="guessed") == 403
    assert await here.posts(None, secret="", raw=b"\xff\x00") == 403
    assert here.events() == []
    assert here.quarantined() == []


async def test_an_event_is_a_row_and_answered_when_that_is_acknowledged(here):
    assert await here.posts(text("ana", "encuesta", 7)) == 200
    assert here.events() == ["7"]
    assert here.world.one("SELECT count(*) FROM conversation") == 1
    assert here.world.one("SELECT count(*) FROM outbox") >= 1


async def test_a_duplicate_changes_nothing_one_after_the_other_or_at_once(here):
    await here.posts(text("ana", "encuesta", 1))
    await asyncio.gather(*(here.posts(text("ana", "34", 2)) for _ in range(5)))
    assert await here.posts(text("ana", "34", 2)) == 200
    assert await here.posts(text("ana", "otra cosa", 2)) == 200, "the identifier tells, not the content"
    assert here.events() == ["1", "2"]
    assert here.world.one("SELECT count(*) FROM answer") == 1


async def test_a_batch_is_taken_event_by_event_and_a_strange_one_costs_the_others_nothing(here):
    batch = [
        text("ana", "encuesta", 1), {"id": 2, "bad": True}, text("eva", "encuesta", 3), {"id": 4},
        {"id": 5, "status": "p1", "stage": "delivered"}, text("ana", "34", 6),
    ]  # fmt: skip
    assert await here.posts(batch) == 200
    assert set(here.events()) == {"1", "2", "3", "6"}
    assert here.quarantined() == [("2", "UnparsableError")]
    assert [status.provider_id for status in here.heard] == ["p1"]
    assert here.world.one("SELECT count(*) FROM answer") == 1


async def test_what_cannot_be_read_is_kept_sealed_counts_as_seen_and_is_acknowledged(here):
    assert await here.posts({"id": 9, "bad": True, "secret": "de María"}) == 200
    assert await here.posts({"id": 9, "bad": True, "secret": "de María"}) == 200
    ((event, error, raw),) = here.world.rows("SELECT event, error, raw FROM quarantine")
    assert (event, error) == ("9", "UnparsableError")
    assert "María".encode() not in raw
    assert json.loads(VAULT.open(raw, inbox.QUARANTINED))["secret"] == "de María"
    assert here.counted == [("telegram", "quarantined"), ("telegram", "seen_before")]


async def test_a_request_that_cannot_be_cut_into_events_is_kept_once_as_a_whole(here):
    for body in (b"{", b"[1, 2]", b"\xff\xfe", b"[1, 2]", b'{"no": "id"}'):
        assert await here.posts(None, raw=body) == 200
    kept = here.quarantined()
    assert len(kept) == 4
    assert all(event.startswith("sha256:") for event, _ in kept)


async def test_a_fault_of_the_channel_s_own_is_no_reason_to_lose_an_event(here, monkeypatch):
    def broken(raw):
        raise ZeroDivisionError

    monkeypatch.setattr(here.door, "parse", broken)
    assert await here.posts(text("ana", "hola", 3)) == 200
    assert here.quarantined() == [("3", "ZeroDivisionError")]


async def test_a_turn_that_even_its_own_quarantine_cannot_save_is_kept_all_the_same(here):
    async def broken(incoming):
        raise ZeroDivisionError

    here.turns.before = broken
    assert await here.posts(text("ana", "hola", 3)) == 200
    assert here.quarantined() == [("3", "ZeroDivisionError")]
    assert here.events() == ["3"]


async def test_one_person_s_events_keep_their_order_while_others_pass(small):
    release = asyncio.Event()

    async def slow(incoming):
        if incoming.event == "1":
            await release.wait()

    small.turns.before = slow
    first = asyncio.create_task(small.posts(text("ana", "encuesta", 1)))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(small.posts(text("ana", "34", 2)))
    assert await small.posts(text("eva", "encuesta", 3)) == 200
    assert not second.done()
    release.set()
    assert [await first, await second] == [200, 200]
    assert [incoming.event for incoming in small.turns.handled] == ["3", "1", "2"]


async def test_a_press_is_acknowledged_at_once_and_nothing_else_is(small):
    small.turns.silent = True
    await small.posts({"id": 1, "from": "ana", "press": [1, "agua"]})
    await small.posts(text("eva", "hola", 2))
    assert small.door.acknowledged == ["1"]


# ── the database is away ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_database_that_is_back_in_time_is_waited_for(small):
    small.turns.times = 2
    assert await small.posts(text("ana", "encuesta", 1)) == 200
    assert small.events() == ["1"]


@pytest.mark.parametrize("how", ["away", "silent"])
async def test_a_database_that_stays_away_sends_the_provider_back(small, how):
    setattr(small.turns, how, True)
    answer = await small.answered(text("ana", "encuesta", 1))
    assert (answer.status, answer.retry_after > 0) == (503, True)
    assert small.events() == []
    setattr(small.turns, how, False)
    assert await small.posts(text("ana", "encuesta", 1)) == 200
    assert small.events() == ["1"]


async def test_what_took_too_long_may_be_stored_all_the_same_and_is_known_when_it_comes_again(small):
    await small.posts(text("ana", "encuesta", 1))
    with small.world.together():  # the database's only writer is busy until the end of the block
        assert await small.posts(text("ana", "34", 2)) == 503
    assert await small.posts(text("ana", "34", 2)) == 200
    assert small.events() == ["1", "2"]
    assert small.world.one("SELECT count(*) FROM answer") == 1


async def test_a_database_known_to_be_away_is_not_waited_for_each_time(sqlite_url, tmp_path):
    with town(sqlite_url, tmp_path, bounds=Bounds(patience=1.0)) as here:
        here.turns.away = True
        loop = asyncio.get_running_loop()
        begun = loop.time()
        assert await here.posts(text("ana", "a", 1)) == 503
        assert loop.time() - begun > 0.7
        begun = loop.time()
        assert await here.posts(text("ana", "b", 2)) == 503
        assert loop.time() - begun < 0.5


async def test_events_that_cannot_be_read_come_again_too_while_the_database_is_away(small, monkeypatch):
    from storage.database import UnavailableError

    async def away(work, **more):
        raise UnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(small.world.database, "transaction", away)
        assert await small.posts({"id": 1, "bad": True}) == 503
        assert await small.posts(None, raw=b"{") == 503
    assert await small.posts({"id": 1, "bad": True}) == 200
    assert small.quarantined() == [("1", "UnparsableError")]


# ── attachments ──────────────────────────────────────────────────────────────────────────────────────────────────────

PICTURE = """
flow: bache
kind: survey
title: Bache
languages: [es]
start: {words: [bache]}
survey:
  - {type: image, name: foto, label: Envía una foto.}
  - {type: note, label: Gracias.}
"""


async def sends(here, number, reference):
    return await here.posts({"id": number, "from": "ana", "file": reference})


async def test_an_attachment_is_fetched_kept_and_answers(here):
    here.world.open(PICTURE)
    here.door.files["f1"] = [RetryLater("busy"), b"a picture"]
    await here.posts(text("ana", "bache", 1))
    assert await sends(here, 2, "f1") == 200
    value = json.loads(here.world.one("SELECT value FROM answer"))
    assert value["size"] == 9
    assert (here.folder / "attachments" / value["reference"][:2] / value["reference"]).read_bytes() == b"a picture"


@pytest.mark.parametrize(
    "content",
    [
        Never("file_missing"),
        Never("file_too_large"),
        [RetryLater("a"), RetryLater("b"), RetryLater("c")],
        ZeroDivisionError(),
        lambda: asyncio.sleep(60),
    ],
    ids=["gone", "too large", "never there", "fault", "endless"],
)
async def test_an_attachment_that_cannot_be_had_is_asked_for_again(sqlite_url, tmp_path, content):
    with town(sqlite_url, tmp_path, bounds=Bounds(patience=1.0, fetch=1.5)) as here:
        here.world.open(PICTURE)
        here.door.files["f1"] = content
        await here.posts(text("ana", "bache", 1))
        assert await sends(here, 2, "f1") == 200
        assert here.world.one("SELECT count(*) FROM answer") == 0
        await here.world.deliveries.run_due()
        assert "No pude recibir tu archivo" in here.world.heard("ana")[-1]
        here.door.files["f2"] = b"a picture"
        assert await sends(here, 3, "f2") == 200
        assert here.world.one("SELECT count(*) FROM answer") == 1


# ── floods ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_floods_is_sent_back_for_a_while_and_nobody_else(sqlite_url, tmp_path):
    with town(sqlite_url, tmp_path, flood=Flood(burst=5, every=0.2)) as here:
        answers = [await here.answered(text("ana", "hola")) for _ in range(8)]
        assert [answer.status for answer in answers[:5]] == [200] * 5
        assert answers[-1].status == 429
        assert answers[-1].retry_after >= 1
        assert [await here.posts(text(person, "hola")) for person in ("eva", "luz")] == [200, 200]
        await asyncio.sleep(0.4)
        assert await here.posts(text("ana", "hola")) == 200


async def test_who_floods_is_held_where_the_provider_sends_nothing_again_and_nothing_is_lost(sqlite_url, tmp_path):
    with town(sqlite_url, tmp_path, name="sms", flood=Flood(burst=3, every=0.1)) as here:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        flood = [asyncio.create_task(here.posts(text("ana", f"mensaje {number}", number))) for number in range(100, 110)]
        await asyncio.sleep(0.05)
        assert await here.posts(text("eva", "hola", 1)) == 200
        assert loop.time() - begun < 0.4
        assert [await task for task in flood] == [200] * 10
        assert loop.time() - begun >= 0.6
        assert [event for event in here.events() if event != "1"] == [str(number) for number in range(100, 110)]


async def test_what_waits_of_one_person_is_bounded(sqlite_url, tmp_path):
    with town(sqlite_url, tmp_path, name="sms", bounds=Bounds(patience=0.3, queue=3), flood=Flood(burst=1, every=0.2)) as here:
        flood = [asyncio.create_task(here.posts(text("ana", "x", number))) for number in range(6)]
        assert sorted([await task for task in flood]) == [200, 200, 200, 429, 429, 429]


def test_a_pace_is_kept_and_full_again_after_a_while():
    flood = Flood(burst=2, every=1.0)
    ana, eva = who(Address("sms", "ana")), who(Address("sms", "eva"))
    for _ in range(2):
        assert flood.wait(ana, 100.0) == 0
        flood.count(ana, 100.0)
    assert flood.wait(ana, 100.0) == pytest.approx(1.0)
    assert flood.wait(ana, 101.0) == 0
    assert flood.wait(eva, 100.0) == 0
    flood.count(eva, 100.0)
    assert (flood.wait(ana, 100.5), flood.wait(eva, 100.5)) == (pytest.approx(0.5), 0)


def test_only_so_many_paces_are_remembered(monkeypatch):
    monkeypatch.setattr(flooding, "_REMEMBERED", 3)
    flood = Flood(burst=1, every=10.0)
    for number in range(5):
        flood.count(("sms", "", str(number)), 100.0)
    assert [flood.wait(("sms", "", str(number)), 100.0) > 0 for number in range(5)] == [False, False, True, True, True]


async def test_a_world_of_its_own_knows_what_another_process_took(database_url, tmp_path):
    """Two processes on one database: the same event at both is handled once."""
    with town(database_url, tmp_path, bounds=UNHURRIED) as one:
        await one.posts(text("ana", "encuesta", 1))
        with town(database_url, tmp_path, bounds=UNHURRIED) as two:
            statuses = await asyncio.gather(*(where.posts(text("ana", "34", 2)) for where in (one, two) for _ in range(3)))
        assert set(statuses) == {200}
        assert one.world.one("SELECT count(*) FROM answer") == 1
