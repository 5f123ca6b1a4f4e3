"""The browser simulator: the page, its stream, and what a simulated person does. Everything goes the way of a real message."""

from __future__ import annotations

import asyncio
import base64
import binascii
import mimetypes
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import orjson
import sqlalchemy as sa
from aiohttp import web

from bot.channels.abilities import LOOKS
from bot.channels.channel import Request, UnparsableError
from bot.channels.local import kind
from bot.channels.simulator import NAME, SHOWN
from bot.channels.stored import file_name, reference_of
from bot.engine.language import Language
from bot.vocabulary import Address, Incoming, Media
from bot.web import clockwork, transcript
from bot.web.kept import facts, title
from bot.web.live import LiveChat
from bot.web.pages import LANGUAGE_COOKIE, TEMPLATES, YEAR, Refusal, megabytes, reading
from bot.web.shown import private
from bot.web.world import WORLD, World
from storage.database import UnavailableError

PERSON_COOKIE = "minga_person"
LARGEST_FILE = 8 * 1024 * 1024
LONGEST_TEXT = 8000

_HEARTBEAT = 15.0
"""Seconds of silence after which a stream says that it is still there."""

_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
"""What is shown as a picture. (Not SVG, which may bear a program.)"""


async def page(request: web.Request) -> web.Response:
    """Answers the simulator's page; where the simulator is off, a plain page that tells how to reach the municipality."""
    world = request.app[WORLD]
    language = reading(request)
    catalogue = world.catalogue()
    if not world.simulated:
        return _closed(request, language)
    flows = [catalogue.flows[version] for _, version in sorted(catalogue.open.items()) if version in catalogue.flows]
    whole = [language for language in catalogue.languages.values() if language.whole]
    found = [catalogue.knows(code) for flow in flows for code in flow.languages]
    spoken = dict.fromkeys([*whole, *(language for language in found if language is not None)])
    answer = request.app[TEMPLATES].page(
        "simulator.html",
        language,
        municipality=catalogue.municipality,
        languages=[(language.code, language.name) for language in whole],
        spoken=[(language.code, language.name) for language in spoken],
        flows=[
            {"flow": flow.flow, "title": title(flow, language.code), "facts": facts(flow, catalogue, language)} for flow in flows
        ],
        looks=[{"name": name, "label": language.say("web.look." + name)} for name in SHOWN],
        page=_facts(request, language),
        register=world.office is not None,
    )
    if "lang" in request.query:
        answer.set_cookie(LANGUAGE_COOKIE, language.code, max_age=YEAR, samesite="Lax")
    if not _person(request):
        _name_person(answer)
    return answer


def _closed(request: web.Request, language: Language) -> web.Response:
    catalogue = request.app[WORLD].catalogue()
    name = catalogue.municipality
    return request.app[TEMPLATES].page(
        "plain.html",
        language,
        heading=language.say("web.off.municipality", municipality=name) if name else language.say("web.off.title"),
        text=language.say("web.off.text"),
        contact_heading=language.say("web.off.contact"),
        contact=catalogue.contact or language.say("web.off.no_contact"),
        link="",
    )


def _facts(request: web.Request, language: Language) -> Mapping[str, Any]:
    """Returns what the page's own program needs to know."""
    return {
        "language": language.code,
        "locale": language.code.replace("_", "-"),
        "zone": str(request.app[WORLD].clock.now().tzinfo),
        "icons": request.app[TEMPLATES].asset("icons.svg"),
        "largest": LARGEST_FILE,
        "largest_said": megabytes(LARGEST_FILE),
        "looks": [
            {"name": name, "takes": list(LOOKS[name].media_in), "places": not LOOKS[name].always_numbered} for name in SHOWN
        ],
        "texts": {key: text for key, text in language.texts.items() if key.partition(".")[0] == "web"},
    }


def _person(request: web.Request) -> str:
    """Returns who this browser's simulated person is, empty if it has none (or something that is no name of ours)."""
    value = request.cookies.get(PERSON_COOKIE, "")
    return value if 20 <= len(value) <= 64 and value.replace("-", "").replace("_", "").isalnum() and value.isascii() else ""


def _name_person(answer: web.Response) -> None:
    answer.set_cookie(PERSON_COOKIE, secrets.token_urlsafe(18), max_age=YEAR, httponly=True, samesite="Strict")


def _address(request: web.Request, look: object) -> Address:
    """Returns the address of this browser's person on that look. Raises Refusal."""
    if look not in SHOWN:
        raise Refusal("web.error.bad_request", detail="look")
    name = _person(request)
    if not name:
        raise Refusal("web.error.no_person", 409)
    return Address(NAME, name, str(look))


async def _json(request: web.Request) -> dict[str, Any]:
    """Returns the object of the request's body. Raises Refusal."""
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError as error:
        raise Refusal("web.error.bad_request", detail="JSON") from error
    if not isinstance(body, dict):
        raise Refusal("web.error.bad_request", detail="{…}")
    return body


async def person(request: web.Request) -> web.Response:
    """Makes this browser's person a new one, who has never written."""
    await _json(request)
    answer = web.json_response({"new": True})
    _name_person(answer)
    return answer


async def message(request: web.Request) -> web.Response:
    """Handles one thing that the person did; answers after the commit. The same id twice changes nothing."""
    world = request.app[WORLD]
    body = await _json(request)
    address = _address(request, body.get("look"))
    does = body.get("does")
    flow = does.get("start") if isinstance(does, dict) else None
    if isinstance(flow, str) and world.catalogue().current(flow) is None:
        raise Refusal("web.error.no_flow", 409)
    media = None
    if isinstance(does, dict) and "file" in does:
        media = await _attached(request, world, address, does["file"])
        does = {"file": media.reference, "name": media.name}
    began = body.get("began", 0)
    event = {
        "id": body.get("id"),
        "person": address.identifier,
        "look": address.account,
        "language": body.get("language"),
        "began": min(began, 86_400_000) if isinstance(began, int | float) else began,
        "does": does,
    }
    incoming = _parsed(world, request, event, media)
    if body.get("fresh") is True and await _read_first(world, address, body.get("shown")):
        # whoever begins to write with the question before their eyes answers that one, however fast they (or a script) type:
        # written long after it, nothing is taken for the end of the answer before
        incoming = replace(incoming, written_at=incoming.received_at + timedelta(days=1))
    handled = await world.turns.handle(incoming)
    world.audience.wake(address)
    return web.json_response({"seen": handled.seen, "replies": len(handled.outbox)})


async def _read_first(world: World, address: Address, shown: object) -> bool:
    """Tells whether the prompt that the page showed when the person began to write is still the one on the screen."""
    key = world.vault.find_key(address)

    def read(connection: sa.Connection) -> int:
        who = transcript.person(connection, NAME, address.account, key)
        return 0 if who is None else transcript.screen(connection, who)

    return await world.database.read(read) == shown


def _parsed(world: World, request: web.Request, event: Mapping[str, Any], media: Media | None) -> Incoming:
    """Returns the event as the simulator's channel understands it. Raises Refusal with what is wrong."""
    raw = Request(str(request.url), dict(request.headers), orjson.dumps(event), world.clock.now())
    try:
        (parsed,) = world.simulator.parse(world.simulator.split(raw)[0])
    except UnparsableError as error:
        raise Refusal("web.error.bad_request", detail=str(error)) from error
    assert isinstance(parsed, Incoming)
    if media is not None:
        does = {"file": media.reference, "name": media.name, "content_type": media.content_type}
        parsed = replace(parsed, content=media, raw=orjson.dumps({**event, "does": does}))
    return parsed


async def _attached(request: web.Request, world: World, address: Address, file: object) -> Media:
    """Keeps the file that the page sent and returns it as an attachment. Raises Refusal."""
    match file:
        case {"name": str(name), "content_type": str(content_type), "content": str(content)}:
            pass
        case _:
            raise Refusal("web.error.bad_request", detail="file: {name, content_type, content}")
    try:
        data = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal("web.error.bad_request", detail="content: base64") from error
    sort = kind(content_type)
    limits = LOOKS[address.account].media_in
    if sort not in limits:
        raise Refusal("web.error.attachment_kind", 415, look=reading(request).say("web.look." + address.account))
    if len(data) > min(limits[sort], LARGEST_FILE):
        raise Refusal("web.error.too_large", 413, limit=megabytes(min(limits[sort], LARGEST_FILE)))
    return await asyncio.to_thread(world.attachments.keep, data, Media(sort, "", content_type[:100], "", 0, name=name[:200]))


async def file(request: web.Request) -> web.StreamResponse:
    """Answers a picture that this browser's person sent, or a file that was sent to them. Nothing that a browser would run."""
    world = request.app[WORLD]
    reference = request.match_info["reference"]
    address = _address(request, request.query.get("look"))

    def find(connection: sa.Connection) -> tuple[str, str] | None:
        who = transcript.person(connection, NAME, address.account, world.vault.find_key(address))
        found = transcript.messages(connection, world.vault, who, address.account) if who is not None else []
        for one in found:
            match one:
                case transcript.Did(does={"file": str(sent), "content_type": str(sort)}) if sent == reference:
                    return (sort, "") if sort in _PICTURES else None
                case transcript.Got(message=message):
                    for name in message.media.values():
                        if reference_of(name) == reference:
                            return mimetypes.guess_type(name)[0] or "application/octet-stream", file_name(name)
        return None

    known = await world.database.read(find)
    if known is None:
        raise web.HTTPNotFound
    content_type, name = known
    try:
        content = await asyncio.to_thread(world.attachments.path(reference).read_bytes)
    except (OSError, ValueError) as error:
        raise web.HTTPNotFound from error
    headers = {"Cache-Control": "private, max-age=3600"}
    if name and content_type not in _PICTURES:
        headers = private(content_type) | {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
        return web.Response(body=content, headers=headers)
    return web.Response(body=content, content_type=content_type, headers=headers)


async def stream(request: web.Request) -> web.StreamResponse:
    """Streams the chat as it stands in the database: all of it (or what is new to a page that returns), then changes."""
    world = request.app[WORLD]
    address = _address(request, request.query.get("look"))
    reader = reading(request)
    last = _last(request.headers.get("Last-Event-ID") or request.query.get("after") or "")
    answer = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await answer.prepare(request)
    chat = LiveChat(world, address, reader, last)
    try:
        await answer.write(b"retry: 1000\n\n")
        with world.audience.watch(address) as watcher:
            while not world.audience.closed:
                data = await chat.look(watcher)
                if data is not None:
                    await answer.write(b"id: %d\nevent: chat\ndata: %s\n\n" % (chat.last, orjson.dumps(data)))
                elif chat.silent > _HEARTBEAT:
                    chat.told()
                    await answer.write(b": still here\n\n")
                await chat.wait(watcher)
    except (ConnectionResetError, UnavailableError):
        pass  # the page went, or the database did: the page will ask again
    return answer


def _last(text: str) -> int:
    """Returns the id that a returning page had last; 0 for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


async def clock(request: web.Request) -> web.Response:
    """Moves this person's clock alone, by {"advance": seconds}, {"to": local time}, {"next": true} or {"real": true}."""
    world = request.app[WORLD]
    body = await _json(request)
    address = _address(request, body.get("look"))
    who = await clockwork.find(world, address)
    if who is None:
        raise Refusal("web.clock.nobody", 409)
    await clockwork.move(world, address, who, await clockwork.wanted(world, who, body))
    world.audience.wake(address)
    return web.json_response({"moved": True})
