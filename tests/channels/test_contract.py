"""What every channel keeps, whatever it is: walked over the registry, with each channel's table in cases/<name>.json."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.channels
from bot import vocabulary
from bot.channels.abilities import LOOKS
from bot.channels.channel import Never, Raw, Request, Sent, UnparsableError
from bot.channels.console import ConsoleChannel
from bot.channels.registry import CHANNELS
from bot.channels.rendering import render
from bot.channels.simulator import SimulatorChannel
from bot.vocabulary import Address, Incoming, Media, Option, Outgoing, Say

CASES = Path(__file__).parent / "cases"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
URL = "http://localhost:8080/simulator/events"
SHOWN: list[Outgoing] = []

BUILD: dict[str, Callable[[], Any]] = {
    "console": lambda: ConsoleChannel("ana", SHOWN.append, look="telegram", language="es"),
    "simulator": lambda: SimulatorChannel(SHOWN.append),
}
"""How a test builds each channel: without tokens, without a network."""

SEEN_BY = ("Text", "Press", "Location", "Media")


def table(name):
    file = CASES / f"{name}.json"
    assert file.is_file(), f"{file}: a channel needs its table of raw requests and the messages they mean"
    return json.loads(file.read_text("utf-8"))


def cases(kind):
    return [pytest.param(name, case, id=f"{name}: {case['name']}") for name in CHANNELS for case in table(name).get(kind, [])]


def raws(channel, case):
    if "raw" in case:
        return [Raw("e-0", json.dumps(case["raw"]).encode(), NOW)]
    request = case["request"]
    body = request["body"] if isinstance(request["body"], str) else json.dumps(request["body"])
    made = Request(request.get("url", URL), request["headers"], body.encode(), NOW)
    assert channel.verify(made)
    return channel.split(made)


def meant(expect):
    [(name, fields)] = expect.items()
    return getattr(vocabulary, name)(**fields)


def test_the_registry_holds_every_channel_there_is():
    found = set()
    for module in pkgutil.iter_modules(bot.channels.__path__, "bot.channels."):
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
    assert set(SEEN_BY) <= set(heard)
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
    assert incoming.written_at == NOW - timedelta(seconds=case.get("began", 0))
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
@settings(max_examples=150, deadline=None)
def test_nothing_written_breaks_parse_or_split(name, body):
    channel = BUILD[name]()
    with suppress(UnparsableError):
        channel.split(Request(URL, {}, body, NOW))
    with suppress(UnparsableError):
        channel.parse(Raw("e-0", body, NOW))


@pytest.mark.parametrize("name", CHANNELS)
@given(url=st.text(max_size=30), headers=st.dictionaries(st.text(max_size=12), st.text(max_size=20), max_size=4))
@settings(max_examples=60, deadline=None)
def test_no_request_breaks_verify(name, url, headers):
    assert BUILD[name]().verify(Request(url, {"Content-Type": "application/json", "Origin": url, **headers}, b"", NOW)) in (
        True,
        False,
    )


@pytest.mark.parametrize("name", CHANNELS)
async def test_send_accepts_whatever_the_renderer_makes(name):
    channel, address = BUILD[name](), Address(name, "ana")
    for count in (0, 2, 12, 300):
        choices = tuple(Option(f"o{n}", f"Opción {n}") for n in range(count))
        outgoing = render(Say("¿Cuál?", choices=choices), address, channel.abilities(address))
        SHOWN.clear()
        assert isinstance(await channel.send(outgoing), Sent)
        assert [outgoing] == SHOWN


@pytest.mark.parametrize("name", CHANNELS)
async def test_fetch_says_never_for_what_is_not_there(name):
    with pytest.raises(Never):
        await BUILD[name]().fetch(Media("image", "/no/such/file.png", "image/png", "", 0), limit=100)


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
