"""Files that flows show have a public address; nothing else of their folder has."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from bot.assembly import SHIPPED, assemble, open_house
from bot.engine.source import load
from bot.settings import Settings
from bot.showing import Showing
from bot.vocabulary import Address, Outgoing
from storage import flows
from tests.peers import twilio_api

FLOW = """
flow: mapa
kind: survey
title: Mapa
languages: [es]
start: {words: [mapa]}
survey:
  - {type: note, label: Este es el mapa., media: {image: mapa del cantón.png}}
"""


@pytest.fixture
async def here(tmp_path: Path):
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "mapa del cantón.png").write_bytes(b"a picture")
    (folder / "lista.csv").write_bytes(b"names")
    (tmp_path / "secret.key").write_text("a secret")
    peer = await twilio_api.TwilioPeer().start()
    settings = Settings.model_validate(
        {
            "data": tmp_path / "data", "flows": folder, "public_url": "https://pueblo.example", "telegram_token": SecretStr(""),
            "twilio_account_sid": twilio_api.SID, "twilio_auth_token": SecretStr(twilio_api.TOKEN), "twilio_api_url": peer.url,
        }
    )  # fmt: skip
    loaded = load(FLOW, "mapa.yaml")
    with open_house(settings) as house:
        house.database.transaction_now(
            lambda tx: flows.open_flow(tx, "mapa", loaded.flow.version, loaded.content, 1_790_000_000_000)
        )
        engines = assemble(house)
        async with TestClient(TestServer(engines.app)) as client:
            yield client, engines, peer
        await engines.providers.close()
    await peer.stop()


def address(engines) -> str:
    """Where Twilio would be told to fetch the picture."""
    path = showing(engines).path("mapa del cantón.png")
    assert path is not None
    return path


def showing(engines) -> Showing:
    settings = engines.house.settings
    return Showing([SHIPPED, settings.flows], lambda: engines.library.catalogue)


async def test_a_file_that_a_flow_shows_is_public_at_an_address_that_nobody_guesses(here):
    client, engines, _ = here
    assert re.fullmatch("/media/[0-9a-f]{24}/" + re.escape(quote("mapa del cantón.png")), address(engines))
    answer = await client.get(address(engines))
    assert (answer.status, await answer.read(), answer.content_type) == (200, b"a picture", "image/png")
    assert "immutable" in answer.headers["Cache-Control"]
    version = address(engines).split("/")[2]
    for other in ("0" * 24, version[:-1], version.upper(), "á", ""):
        assert (await client.get(f"/media/{other}/" + quote("mapa del cantón.png"))).status == 404
    assert (await client.get("/media/" + quote("mapa del cantón.png"))).status == 404


async def test_no_other_file_is(here):
    client, engines, _ = here
    version = address(engines).split("/")[2]
    lists = hashlib.sha256(b"names").hexdigest()[:24]
    for name in ("lista.csv", "consents.yaml", "ciudades_abiertas.yaml", "../secret.key", "%2e%2e/secret.key", "nada.png", "/"):
        for known in (version, lists):
            assert (await client.get(f"/media/{known}/{name}")).status == 404


async def test_a_file_that_changed_has_another_address(here):
    client, engines, _ = here
    before = address(engines)
    (engines.house.settings.flows / "mapa del cantón.png").write_bytes(b"another picture")
    after = address(engines)
    assert before != after
    assert (await client.get(before)).status == 404
    assert await (await client.get(after)).read() == b"another picture"


async def test_nothing_of_a_flow_that_was_closed_is_public(here):
    client, engines, _ = here
    known = address(engines)
    database = engines.house.database
    database.transaction_now(lambda tx: flows.set_state(tx, "mapa", "closed", 1_790_000_000_001))
    database.transaction_now(engines.library.renew)
    assert (await client.get(known)).status == 404


async def test_twilio_is_told_its_address(here):
    _, engines, peer = here
    person = Address("whatsapp", "+593991111111", "+14155238886")
    message = Outgoing(person, "Este es el mapa.", "n", 0, "none", media={"image": "mapa del cantón.png"}, language="es")
    await engines.providers.channels["whatsapp"].send(message)
    assert peer.refused == []
    assert peer.messages[-1]["media"] == [f"https://pueblo.example{address(engines)}"]
