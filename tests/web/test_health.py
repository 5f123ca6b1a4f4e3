from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from bot.channels.channel import RetryAfter, Sent
from bot.turn import Handled
from bot.vocabulary import Address, Outgoing
from bot.web.app import build_app
from bot.web.metrics import CountedChannel, CountedTurns
from tests.web.page import Page


def serving(town, **changes):
    return TestClient(TestServer(build_app(town.but(**changes).world)))


async def test_the_process_lives_and_is_ready(page):
    assert (await page.client.get("/healthz")).status == 200
    answer = await page.client.get("/readyz")
    assert answer.status == 200, await answer.text()
    assert await answer.json() == {"ready": True}


async def test_not_ready_says_why_and_what_to_do(small):
    def newer():
        return False

    def broken():
        raise OSError("no such host")

    closed = replace(small.library.catalogue, open={})
    for changes, words in (
        ({"migrated": newer}, "minga serve"),
        ({"migrated": broken}, "OSError"),
        ({"catalogue": lambda: closed}, "minga flow open"),
    ):
        async with serving(small, **changes) as client:
            answer = await client.get("/readyz")
            assert answer.status == 503
            assert words in (await answer.json())["reasons"][0]
            assert (await client.get("/healthz")).status == 200


async def test_a_database_that_is_gone_is_not_ready(small):
    async with serving(small) as client:
        await asyncio.to_thread(small.world.database.close)
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert "MINGA_DATABASE_URL" in (await answer.json())["reasons"][0]


async def measured(client, **headers):
    answer = await client.get("/metrics", headers=headers)
    assert answer.status == 200, await answer.text()
    families = text_string_to_metric_families(await answer.text())
    return {(sample.name, *sorted(sample.labels.values())): sample.value for family in families for sample in family.samples}


async def test_metrics_count_what_happened(page):
    await page.open()
    await page.does({"start": "dos"}, id="one")
    await page.does({"start": "dos"}, id="one")
    async with page.chat() as chat:
        await chat.until(chat.heard("primera idea"))
    found = await measured(page.client)
    assert found["minga_turns_total", "done", "simulator"] == 1
    assert found["minga_turns_total", "seen_before", "simulator"] == 1
    assert found["minga_turn_seconds_count", "simulator"] == 2
    assert found["minga_deliveries_total", "accepted", "simulator"] == 1
    assert found["minga_outbox_waiting",] == 0
    assert found["minga_quarantine",] == 0


async def test_metrics_tell_what_waits_and_what_could_not_be_handled(small):
    """Nothing is delivered here, and the engine is broken: both must show."""

    def no_step(*_):
        raise RuntimeError

    async with serving(small) as client:
        page = Page(client, small)
        await page.open()
        await page.does({"start": "dos"})
        assert (await measured(client))["minga_outbox_waiting",] == 1
        object.__setattr__(small.world.turns._turns._tools, "advance", no_step)
        await page.does({"text": "x"})
        found = await measured(client)
        assert found["minga_turns_total", "quarantined", "simulator"] == 1
        assert found["minga_quarantine",] == 1
        await asyncio.sleep(0.01)
        assert (await measured(client))["minga_outbox_oldest_seconds",] > 0


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=10.0.0.1"}, {"Via": "1.1 proxy"}, {"Host": "rebound.example:8080"}],
)
async def test_metrics_are_for_this_machine_only(plain, headers):
    assert (await plain.get("/metrics")).status == 200
    answer = await plain.get("/metrics", headers=headers)
    assert answer.status == 403
    assert "MINGA_METRICS_TOKEN" in await answer.text()


async def test_metrics_with_a_token_ask_for_it_from_everybody(small):
    async with serving(small, metrics_token="letmein") as client:
        assert (await client.get("/metrics")).status == 403
        assert (await client.get("/metrics", headers={"Authorization": "Bearer wrong"})).status == 403
        assert (await client.get("/metrics", headers={"Authorization": "Basic letmein"})).status == 403
        good = {"Authorization": "Bearer letmein", "X-Forwarded-For": "10.0.0.1"}
        assert (await client.get("/metrics", headers=good)).status == 200


async def test_metrics_name_no_person(page):
    await page.open()
    await page.does({"start": "dos"})
    await page.does({"text": "María Guamán"})
    text = await (await page.client.get("/metrics")).text()
    assert "María" not in text
    assert "minga_turns_total" in text


async def test_a_failed_sending_is_counted_by_its_error_and_still_raised(small):
    class Channel:
        name, secrets = "paper", frozenset()
        abilities = verify = split = parse = fetch = None

        async def send(self, outgoing: Outgoing) -> Sent:
            raise RetryAfter(5)

    counted = CountedChannel(cast("Any", Channel()), small.world.metrics)
    with pytest.raises(RetryAfter):
        await counted.send(Outgoing(Address("paper", "x"), "hola", "", 0, "none"))
    assert (
        small.world.metrics.registry.get_sample_value("minga_deliveries_total", {"channel": "paper", "result": "retry_after"})
        == 1
    )


async def test_a_turn_that_the_database_refused_is_counted(small):
    class Turns:
        async def handle(self, incoming) -> Handled:
            raise OSError

    counted = CountedTurns(cast("Any", Turns()), small.world.metrics)

    class Incoming:
        address = Address("paper", "x")

    with pytest.raises(OSError):
        await counted.handle(cast("Any", Incoming()))
    value = small.world.metrics.registry.get_sample_value("minga_turns_total", {"channel": "paper", "result": "unavailable"})
    assert value == 1
