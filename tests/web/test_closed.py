"""Where the simulator is off, the address still answers like a town hall, and nothing of the simulator is there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.web.app import build_app


def closed(town, **changes):
    catalogue = replace(town.library.catalogue, **changes)
    return TestClient(TestServer(build_app(town.but(simulated=False, catalogue=lambda: catalogue).world)))


async def test_the_front_page_tells_whose_it_is_and_how_to_reach_them(small):
    async with closed(small) as client:
        answer = await client.get("/")
        text = await answer.text()
        assert answer.status == 200
        assert "Municipio de Pastaza atiende por chat" in text
        assert "Ventanilla 4" in text
        assert "<script" not in text
        assert "Set-Cookie" not in answer.headers


async def test_without_names_it_is_still_a_friendly_page(small):
    async with closed(small, municipality="", contact="") as client:
        text = await (await client.get("/?lang=en")).text()
        assert "service of the municipality" in text
        assert "front desk" in text


@pytest.mark.parametrize("path", ["messages", "clock", "person"])
async def test_nothing_of_the_simulator_answers(small, path):
    async with closed(small) as client:
        headers = {"Content-Type": "application/json"}
        assert (await client.post(f"/simulator/{path}", data="{}", headers=headers)).status == 404
        assert (await client.get("/simulator/stream?look=sms")).status == 404
        assert (await client.get("/simulator/files/x")).status == 404
        assert (await client.get("/healthz")).status == 200


async def test_what_a_municipality_is_called_is_text_never_markup(small):
    async with closed(small, municipality="<b>Puyo</b>", contact="<script>1</script>") as client:
        text = await (await client.get("/")).text()
        assert "<b>Puyo" not in text
        assert "<script" not in text
        assert "&lt;b&gt;Puyo" in text
    catalogue = replace(small.library.catalogue, municipality="</script><b>Puyo")
    async with TestClient(TestServer(build_app(small.but(catalogue=lambda: catalogue).world))) as client:
        assert "</script><b>" not in await (await client.get("/")).text()
