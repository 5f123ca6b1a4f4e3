"""The webhooks as providers see them, over real sockets, with the channels as the assembly builds them."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from bot.assembly import Engines, assemble, open_house
from bot.channels.telegram import secret_of
from bot.settings import Settings
from bot.web.webhooks import FORM, UPDATE
from storage.database import UnavailableError
from storage.spool import FILE
from storage.statements import Statement
from tests.peers.twilio_api import form_body, signature

TOKEN = "4242:AAEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
AUTH = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://minga.pueblo.example"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Server:
    """A server as it is assembled, listening, with nothing running beside."""

    client: TestClient
    engines: Engines

    def rows(self, sql: str) -> list[Any]:
        return self.engines.house.database.transaction_now(lambda tx: tx.all(Statement(sql)))

    def events(self) -> list[str]:
        return [event for (event,) in self.rows("SELECT event FROM inbox ORDER BY id")]

    async def telegram(self, update: Any, *, secret: str | None = None, raw: bytes | None = None) -> Any:
        headers = {SECRET_HEADER: secret_of(TOKEN) if secret is None else secret, "Content-Type": "application/json"}
        body = json.dumps(update).encode() if raw is None else raw
        return await self.client.post("/webhooks/telegram", data=body, headers=headers)

    async def twilio(self, form: dict[str, str], *, path: str = "/webhooks/twilio", signed: str | None = None) -> Any:
        mark = signature(AUTH, PUBLIC + path, form.items()) if signed is None else signed
        headers = {"X-Twilio-Signature": mark, "Content-Type": "application/x-www-form-urlencoded"}
        return await self.client.post(path, data=form_body(form), headers=headers)


@asynccontextmanager
async def serving(folder: Path, url: str = "", **changes: Any) -> AsyncIterator[Server]:
    values = {
        "data": folder / "data", "flows": folder / "flows", "database_url": SecretStr(url), "public_url": PUBLIC,
        "telegram_token": SecretStr(TOKEN), "twilio_account_sid": "AC" + "0" * 32, "twilio_auth_token": SecretStr(AUTH),
        "telegram_api_url": "http://127.0.0.1:9", "twilio_api_url": "http://127.0.0.1:9", **changes,
    }  # fmt: skip
    if url.startswith("postgres"):
        values["secret_key"] = SecretStr("a secret of the tests, of more than thirty-two characters")
    with open_house(Settings.model_validate(values)) as house:
        engines = assemble(house)
        async with TestClient(TestServer(engines.app)) as client:
            yield Server(client, engines)
        await engines.inbound.ingest.end()
        await engines.deliveries.end(within=1)
        await engines.providers.close()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path) as server:
        yield server


def update(number: int, words: str = "hola", person: int = 77) -> dict[str, Any]:
    about = {"id": person, "type": "private", "first_name": "Ana"}
    sender = {"id": person, "is_bot": False, "first_name": "Ana"}
    message = {"message_id": number, "date": 1_790_000_000, "chat": about, "from": sender, "text": words}
    return {"update_id": number, "message": message}


def sms(number: int, words: str = "hola", person: str = "+593991111111", **more: str) -> dict[str, str]:
    sid = f"SM{number:032x}"
    return {"MessageSid": sid, "AccountSid": "AC" + "0" * 32, "From": person, "To": "+593990000000", "Body": words, **more}


async def test_each_provider_s_message_is_a_row_when_it_is_answered_and_its_reply_is_queued(database_url, tmp_path):
    async with serving(tmp_path, database_url) as here:
        assert (await here.telegram(update(1))).status == 200
        assert here.events() == ["1"]
        answer = await here.twilio(sms(1))
        assert (answer.status, await answer.text(), answer.content_type) == (200, "<Response/>", "text/xml")
        whatsapp = sms(2, person="whatsapp:+593991111111", To="whatsapp:+593990000000")
        assert (await here.twilio(whatsapp)).status == 200
        assert {channel for (channel,) in here.rows("SELECT channel FROM inbox")} == {"telegram", "sms", "whatsapp"}
        queued = {channel for (channel,) in here.rows("SELECT DISTINCT channel FROM outbox")}
        assert queued == {"telegram", "sms", "whatsapp"}


async def test_duplicates_and_what_comes_out_of_order_change_nothing(here):
    numbers = [3, 1, 2, 3, 1, 1]
    answers = await asyncio.gather(*(here.telegram(update(number, f"mensaje {number}")) for number in numbers))
    assert {answer.status for answer in answers} == {200}
    assert sorted(here.events()) == ["1", "2", "3"]
    again = [sms(1), sms(1), sms(1)]
    assert {(await here.twilio(form)).status for form in again} == {200}
    assert len(here.events()) == 4


@pytest.mark.parametrize("secret", ["", "guessed", secret_of(TOKEN)[:-1], secret_of(TOKEN) + "x", "ñandú"])
async def test_who_does_not_know_telegram_s_secret_is_turned_away(here, secret):
    assert (await here.telegram(update(1), secret=secret)).status == 403
    assert here.events() == []


@pytest.mark.parametrize(
    "forged", ["", "AAAA", "ñ", signature("another token", PUBLIC + "/webhooks/twilio", sms(1).items())], ids=range(4)
)
async def test_what_twilio_did_not_sign_is_turned_away_and_not_kept(here, forged):
    assert (await here.twilio(sms(1), signed=forged)).status == 403
    assert here.events() == []
    assert here.rows("SELECT 1 FROM quarantine") == []


async def test_a_signature_is_over_the_public_address_whatever_the_proxy_in_front_says(here):
    form = sms(1)
    local = f"http://127.0.0.1:{here.client.port}/webhooks/twilio"
    assert (await here.twilio(form, signed=signature(AUTH, local, form.items()))).status == 403
    path = "/webhooks/twilio?from=a%20b&x=%C3%B1"
    assert (await here.twilio(form, path=path)).status == 200


async def test_one_slash_too_many_costs_no_message(here):
    answer = await here.client.post("/webhooks/telegram/", json=update(1), headers={SECRET_HEADER: secret_of(TOKEN)})
    assert answer.status == 200
    assert (await here.twilio(sms(1), path="/webhooks/twilio/")).status == 200
    assert len(here.events()) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "10.0.0.1"},
        {"Forwarded": "for=10.0.0.1;host=evil.example;proto=http", "X-Forwarded-Port": "8443"},
        {"Host": "evil.example:8443"},
        {"X-Original-URL": "/webhooks/telegram", "X-Rewrite-URL": "/x"},
    ],
    ids=range(4),
)
async def test_what_a_proxy_or_a_stranger_says_of_the_address_changes_nothing(here, headers):
    form = sms(1)
    good = signature(AUTH, PUBLIC + "/webhooks/twilio", form.items())
    send = partial(here.client.post, "/webhooks/twilio", data=form)
    assert (await send(headers={"X-Twilio-Signature": good, **headers})).status == 200
    evil = signature(AUTH, "http://evil.example/webhooks/twilio", form.items())
    assert (await send(headers={"X-Twilio-Signature": evil, **headers})).status == 403


@pytest.mark.parametrize("port", ["", ":443"])
async def test_twilio_may_sign_with_the_port_or_without(here, port):
    form = sms(1)
    mark = signature(AUTH, f"{PUBLIC}{port}/webhooks/twilio", form.items())
    assert (await here.twilio(form, signed=mark)).status == 200


async def test_a_form_under_another_name_is_not_taken_for_signed(here):
    """Its fields are signed over; as another type they would be none, and anything could stand in them."""
    bare = signature(AUTH, PUBLIC + "/webhooks/twilio", [])
    for declared in ("text/plain", "application/json", "multipart/form-data; boundary=x"):
        headers = {"X-Twilio-Signature": bare, "Content-Type": declared}
        answer = await here.client.post("/webhooks/twilio", data=urlencode(sms(1)).encode(), headers=headers)
        assert answer.status == 403
    assert here.events() == []


async def test_telegram_is_heard_whatever_type_it_declares(here):
    for number, declared in enumerate(("application/json", "text/plain", "application/json; charset=latin-1"), 1):
        headers = {SECRET_HEADER: secret_of(TOKEN), "Content-Type": declared}
        body = json.dumps(update(number)).encode()
        assert (await here.client.post("/webhooks/telegram", data=body, headers=headers)).status == 200
    assert sorted(here.events()) == ["1", "2", "3"]


async def test_without_a_public_address_the_one_that_was_asked_for_counts(tmp_path):
    async with serving(tmp_path, public_url="") as here:
        form = sms(1)
        local = f"http://127.0.0.1:{here.client.port}/webhooks/twilio"
        assert (await here.twilio(form, signed=signature(AUTH, local, form.items()))).status == 200


async def test_hostile_bodies_are_turned_away_or_kept_apart_and_never_a_fault(here):
    for body in (b"", b"\x00", b"[" * 100_000, b'{"update_id": "1"}', b"\xff\xfe", b'{"update_id": 1e400}', b"null"):
        assert (await here.telegram(None, raw=body)).status == 200, "Telegram's own, so it is kept"
    assert len(here.rows("SELECT 1 FROM quarantine")) == 7
    for body in (b"\xff", b"%", b"a=1&a=2", b"&" * 5000, b"From=%ff%fe&MessageSid=SM1"):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await here.client.post("/webhooks/twilio", data=body, headers=headers)).status == 403
    form = {"AccountSid": "AC" + "0" * 32, "NumMedia": "many"}
    assert (await here.twilio(form)).status == 200
    assert len(here.rows("SELECT 1 FROM quarantine")) == 8


async def test_a_body_without_end_is_not_read(here):
    large = io.BytesIO(b" " * (UPDATE + 1))
    answer = await here.client.post("/webhooks/telegram", data=large, headers={SECRET_HEADER: secret_of(TOKEN)})
    assert answer.status == 413
    assert (await here.twilio(sms(1, "x" * FORM))).status == 413

    async def endless():
        for _ in range(UPDATE // 1024 + 2):
            yield b" " * 1024

    answer = await here.client.post("/webhooks/telegram", data=endless(), headers={SECRET_HEADER: secret_of(TOKEN)})
    assert answer.status == 413
    assert here.events() == []


async def test_a_body_that_never_comes_is_waited_for_only_a_while(here, monkeypatch):
    from bot.web import webhooks

    monkeypatch.setattr(webhooks, "_READ", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", here.client.port)
    writer.write(b"POST /webhooks/telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
    status = await asyncio.wait_for(reader.readline(), 5)
    assert b"408" in status
    writer.close()
    await writer.wait_closed()


async def test_a_page_of_another_site_gains_nothing_and_only_posts_are_heard(here):
    assert (await here.client.get("/webhooks/telegram")).status == 405
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}
    assert (await here.client.post("/webhooks/telegram", data=b"{}", headers=headers)).status == 403
    assert (await here.client.post("/simulator/messages", data=b"{}", headers=headers)).status in {403, 404}


async def test_statuses_are_stored_by_either_address_and_only_move_forward(here):
    import time

    await here.twilio(sms(1))
    sid = "SM" + "9" * 32
    here.engines.house.database.transaction_now(
        lambda tx: tx.run(
            Statement("UPDATE outbox SET status = 'sent', lease_until = NULL, provider_id = ?, accepted_at = ?"),
            (sid, round(time.time() * 1000)),
        )
    )
    callback = {"MessageSid": sid, "AccountSid": "AC" + "0" * 32, "From": "+593990000000", "To": "+593991111111"}
    for state in ("delivered", "sent", "delivered", "queued"):
        answer = await here.twilio({**callback, "MessageStatus": state}, path="/webhooks/twilio/status")
        assert answer.status == 200
    assert {stage for (stage,) in here.rows("SELECT stage FROM outbox WHERE provider_id IS NOT NULL")} == {"delivered"}


async def away(*_: Any, **__: Any) -> Any:
    raise UnavailableError("away")


async def test_without_its_database_telegram_is_sent_back_and_twilio_s_message_waits_on_the_disk(here, tmp_path, monkeypatch):
    database = here.engines.house.database
    with monkeypatch.context() as patch:
        patch.setattr(database, "transaction", away)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        telegram, twilio = await asyncio.gather(here.telegram(update(1)), here.twilio(sms(1)))
        assert loop.time() - begun > 1.5
        assert (telegram.status, int(telegram.headers["Retry-After"]) > 0) == (503, True)
        assert twilio.status == 200
        assert (await here.twilio(sms(2, "segundo"))).status == 200
    assert (tmp_path / "data" / FILE).stat().st_size > 0
    assert here.events() == []
    assert (await here.twilio(sms(3, "tercero"))).status == 200
    assert here.events() == [], "it does not overtake the two before it"
    drain = asyncio.create_task(here.engines.inbound.loops["spool"]())
    async with asyncio.timeout(20):
        while here.engines.inbound.spool.waiting:  # noqa: ASYNC110 because nothing tells when it is empty
            await asyncio.sleep(0.02)
    drain.cancel()
    assert here.events() == [f"SM{number:032x}" for number in (1, 2, 3)]
    assert (tmp_path / "data" / FILE).stat().st_size == 0
    assert (await here.telegram(update(1))).status == 200


async def test_on_a_database_server_there_is_no_spool(postgres_url, tmp_path, monkeypatch):
    async with serving(tmp_path, postgres_url) as here:
        with monkeypatch.context() as patch:
            patch.setattr(here.engines.house.database, "transaction", away)
            assert (await here.twilio(sms(1))).status == 503
        assert not (tmp_path / "data" / FILE).exists()
        assert "spool" not in here.engines.inbound.loops


@pytest.mark.parametrize(
    ("changes", "telegram", "twilio"),
    [
        ({"telegram_token": SecretStr("")}, 404, 200),
        ({"twilio_auth_token": SecretStr("")}, 200, 404),
        ({"telegram_token": SecretStr(""), "twilio_auth_token": SecretStr("")}, 404, 404),
    ],
)
async def test_a_channel_without_its_token_is_not_there(tmp_path, changes, telegram, twilio):
    async with serving(tmp_path, **changes) as here:
        assert (await here.telegram(update(1))).status == telegram
        assert (await here.twilio(sms(1))).status == twilio


async def test_a_server_that_only_lacks_the_account_says_which_setting_is_missing(tmp_path):
    from bot.providers import ProviderRefused

    with pytest.raises(ProviderRefused) as refused:
        async with serving(tmp_path, twilio_account_sid=""):
            pass
    assert refused.value.key == "settings.no_account_sid"


@pytest.mark.parametrize(
    ("mode", "public", "fetches"),
    [("auto", PUBLIC, False), ("auto", "", True), ("polling", PUBLIC, True), ("webhook", "", False)],
)
async def test_updates_are_fetched_where_nobody_can_bring_them(tmp_path, mode, public, fetches):
    async with serving(tmp_path, telegram_mode=mode, public_url=public) as here:
        assert ("polling" in here.engines.inbound.loops) is fetches


async def test_no_secret_of_a_channel_is_shown_by_a_log(here):
    secrets = here.engines.providers.secrets
    assert {TOKEN, AUTH, secret_of(TOKEN)} <= secrets
