"""Files that flows show have a public address; nothing else of their folder has."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from bot.assembly import assemble, open_house
from bot.engine.source import load
from bot.settings import Settings
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


async def test_a_file_that_a_flow_shows_is_public_and_no_other_one_is(here):
    client, _, _ = here
    answer = await client.get("/media/" + quote("mapa del cantón.png"))
    assert (answer.status, await answer.read(), answer.content_type) == (200, b"a picture", "image/png")
    for name in ("lista.csv", "consents.yaml", "ciudades_abiertas.yaml", "../secret.key", "%2e%2e/secret.key", "nada.png", "/"):
        assert (await client.get(f"/media/{name}")).status == 404


async def test_twilio_is_told_its_address(here):
    _, engines, peer = here
    address = Address("whatsapp", "+593991111111", "+14155238886")
    message = Outgoing(address, "Este es el mapa.", "n", 0, "none", media={"image": "mapa del cantón.png"}, language="es")
    await engines.providers.channels["whatsapp"].send(message)
    assert peer.refused == []
    assert "https://pueblo.example/media/mapa%20del%20cant%C3%B3n.png" in str(peer.messages[-1])
