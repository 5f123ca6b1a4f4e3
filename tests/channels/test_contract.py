"""What every channel keeps, whatever it is: walked over the registry, with each channel's table in cases/<name>.json."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.channels
from bot import vocabulary
from bot.channels.abilities import LOOKS
from bot.channels.channel import Never, Raw, Request, Sent, UnparsableError
from bot.channels.console import ConsoleChannel
from bot.channels.registry import CHANNELS
from bot.channels.rendering import parts, render
from bot.channels.simulator import SimulatorChannel
from bot.channels.telegram import TelegramChannel
from bot.channels.twilio import Account, SmsChannel, TwilioApi, WhatsAppChannel
from bot.channels.twilio.signature import FORM
from bot.translations import load_languages
from bot.vocabulary import Address, Incoming, Media, Option, Outgoing, Say
from tests.luck import examples
from tests.peers import bot_api
from tests.peers.twilio_api import SID, TOKEN, TwilioPeer, signature

CASES = Path(__file__).parent / "cases"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
URL = "http://localhost:8080/simulator/events"
SHOWN: list[Outgoing] = []
LANGUAGES = load_languages(Path(__file__).parent.parent.parent / "locales")

TWILIO = "https://minga.example.ec/webhooks/twilio"
PHONES = {
    "whatsapp": Address("whatsapp", "+593991234567", "+14155238886"),
    "sms": Address("sms", "+593991234567", "+15005550006"),
}


def twilio(name, url=""):
    api = TwilioApi(Account(SID, TOKEN, url))
    return WhatsAppChannel(api) if name == "whatsapp" else SmsChannel(api)


@asynccontextmanager
async def twilio_reached(name):
    peer = await TwilioPeer().start()
    channel = twilio(name, peer.url)
    yield channel, PHONES[name]
    await channel._api.close()
    await peer.stop()


@asynccontextmanager
async def telegram_reached(name):
    async with bot_api.BotApi() as api:
        channel = TelegramChannel(bot_api.TOKEN, LANGUAGES, api_url=api.url)
        yield channel, Address(name, "593001", channel.account)
        await channel.close()
        assert api.refused == []


BUILD: dict[str, Callable[[], Any]] = {
    "console": lambda: ConsoleChannel("ana", SHOWN.append, look="telegram", language="es"),
    "simulator": lambda: SimulatorChannel(SHOWN.append),
    "telegram": lambda: TelegramChannel(bot_api.TOKEN, LANGUAGES),
    "whatsapp": lambda: twilio("whatsapp"),
    "sms": lambda: twilio("sms"),
}
"""How a test builds each channel: without tokens, without a network."""

SEEN_BY = ("Text", "Press", "Location", "Media")


NETWORKED = {"telegram": telegram_reached, "whatsapp": twilio_reached, "sms": twilio_reached}
"""Channels that send over a network: each with how a test reaches a local server of its provider."""


def table(name):
    file = CASES / f"{name}.json"
    assert file.is_file(), f"{file}: a channel needs its table of raw requests and the messages they mean"
    return json.loads(file.read_text("utf-8"))


def cases(kind):
    return [pytest.param(name, case, id=f"{name}: {case['name']}") for name in CHANNELS for case in table(name).get(kind, [])]


def raws(channel, case):
    if "raw" in case:
        return [Raw("e-0", json.dumps(case["raw"]).encode(), NOW)]
    if "form" in case:
        headers = {"Content-Type": FORM, "X-Twilio-Signature": signature(TOKEN, TWILIO, case["form"].items())}
        case = {"request": {"url": TWILIO, "headers": headers, "body": urlencode(case["form"])}}
    request = case["request"]
    body = request["body"] if isinstance(request["body"], str) else json.dumps(request["body"])
    headers = {key: value.format(secret=getattr(channel, "secret", "")) for key, value in request["headers"].items()}
    made = Request(request.get("url", URL), headers, body.encode(), NOW)
    assert channel.verify(made)
    return channel.split(made)


def meant(expect):
    [(name, fields)] = expect.items()
    return getattr(vocabulary, name)(**fields)


def test_the_registry_holds_every_channel_there_is():
    found = set()
    for module in pkgutil.walk_packages(bot.channels.__path__, "bot.channels."):
        for _, cls in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if cls.__module__ == module.name and hasattr(cls, "parse") and hasattr(cls, "send") and cls.__name__ != "Channel":
                found.add(cls)
    assert found
    assert found == set(CHANNELS.values())
    assert set(CHANNELS) == set(BUILD), "say in BUILD how a test builds the new channel"
    assert {name: BUILD[name]().name for name in CHANNELS} == {name: name for name in CHANNELS}


@pytest.mark.parametrize("name", CHANNELS)
def test_the_table_shows_what_people_do_and_what_is_refused(name):
    heard = [next(iter(case["expect"])) for case in table(name)["heard"]]
    typed = BUILD[name]().abilities(Address(name, "ana")).always_numbered
    assert set(SEEN_BY) - ({"Press", "Location"} if typed else set()) <= set(heard)
    assert len(table(name)["refused"]) >= 5


@pytest.mark.parametrize(("name", "case"), cases("heard"))
def test_parse_understands(name, case):
    channel = BUILD[name]()
    events = [event for raw in raws(channel, case) for event in channel.parse(raw)]
    assert len(events) == 1
    incoming = events[0]
    assert isinstance(incoming, Incoming)
    assert incoming.content == meant(case["expect"])
    assert incoming.address == (Address(*case["address"]) if "address" in case else Address("console", "ana"))
    assert incoming.event
    assert incoming.raw
    assert incoming.received_at == NOW
    written = NOW - timedelta(seconds=case.get("began", 0))
    if "written" in case:
        written = datetime.fromtimestamp(case["written"], UTC)
    # Twilio does not tell when a person wrote
    assert incoming.written_at == (None if "form" in case else written)
    assert incoming.aliases == tuple(Address(*alias) for alias in case.get("aliases", []))
    assert incoming.language == case.get("language", "es" if name == "console" else None)


@pytest.mark.parametrize(("name", "case"), cases("refused"))
def test_what_cannot_be_understood_is_refused(name, case):
    channel = BUILD[name]()
    body = case["body"].encode()
    with pytest.raises(UnparsableError):
        list(map(channel.parse, [Raw("e-0", body, NOW)] if name == "console" else channel.split(Request(URL, {}, body, NOW))))


@pytest.mark.parametrize(("name", "case"), cases("unverified"))
def test_verify_refuses(name, case):
    assert BUILD[name]().verify(Request(URL, case["headers"], b"{}", NOW)) is False


KEYS = st.sampled_from(["text", "choice", "prompt", "location", "file", "does", "id", "person", "look", "start", "presets"])
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8)


@pytest.mark.parametrize("name", CHANNELS)
@given(body=st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
@examples(150)
def test_nothing_written_breaks_parse_or_split(name, body):
    channel = BUILD[name]()
    with suppress(UnparsableError):
        channel.split(Request(URL, {}, body, NOW))
    with suppress(UnparsableError):
        channel.parse(Raw("e-0", body, NOW))


@pytest.mark.parametrize("name", CHANNELS)
@given(url=st.text(max_size=30), headers=st.dictionaries(st.text(max_size=12), st.text(max_size=20), max_size=4))
@examples(60)
def test_no_request_breaks_verify(name, url, headers):
    assert BUILD[name]().verify(Request(url, {"Content-Type": "application/json", "Origin": url, **headers}, b"", NOW)) in (
        True,
        False,
    )


def rendered(channel, address):
    for count in (0, 2, 12, 300):
        choices = tuple(Option(f"o{n}", f"Opción {n}") for n in range(count))
        whole = render(Say("¿Cuál?", choices=choices), address, channel.abilities(address))
        yield from parts(whole, channel.abilities(address))


@pytest.mark.parametrize("name", [name for name in CHANNELS if name not in NETWORKED])
async def test_send_accepts_whatever_the_renderer_makes(name):
    channel, address = BUILD[name](), Address(name, "ana")
    for outgoing in rendered(channel, address):
        SHOWN.clear()
        assert isinstance(await channel.send(outgoing), Sent)
        assert [outgoing] == SHOWN


@pytest.mark.parametrize("name", NETWORKED)
async def test_the_provider_accepts_whatever_the_renderer_makes(name):
    async with NETWORKED[name](name) as (channel, address):
        for outgoing in rendered(channel, address):
            sent = await channel.send(outgoing)
            assert sent.provider_id
            assert sent.units >= 1


@pytest.mark.parametrize("name", CHANNELS)
async def test_fetch_says_never_for_what_is_not_there(name):
    missing = Media("image", "/no/such/file.png", "image/png", "", 0)
    if name == "telegram":
        async with NETWORKED[name](name) as (channel, _):
            with pytest.raises(Never):
                await channel.fetch(missing, limit=100)
        return
    with pytest.raises(Never):
        await BUILD[name]().fetch(missing, limit=100)


async def test_the_console_fetches_a_file_within_the_limit(tmp_path):
    file = tmp_path / "foto.png"
    file.write_bytes(b"x" * 100)
    channel, media = BUILD["console"](), Media("image", str(file), "image/png", "", 0)
    assert await channel.fetch(media, limit=100) == b"x" * 100
    with pytest.raises(Never, match="file_too_large"):
        await channel.fetch(media, limit=99)


def test_a_console_has_no_requests():
    channel = BUILD["console"]()
    request = Request(URL, {"Content-Type": "application/json"}, b"{}", NOW)
    assert channel.verify(request) is False
    with pytest.raises(UnparsableError):
        channel.split(request)


@pytest.mark.parametrize("name", LOOKS)
def test_abilities_agree_with_themselves(name):
    able = LOOKS[name]
    assert able.text > 0
    assert able.body <= able.text
    assert (able.buttons > 0) == (able.button_label > 0)
    assert (able.rows > 0) == (able.row_label > 0)
    assert able.always_numbered == (able.buttons == 0 and able.rows == 0)
    assert able.pace > 0
    assert able.pace_person > 0
    assert able.burst >= 1
    assert all(size > 0 for size in (*able.media_in.values(), *able.media_out.values()))
