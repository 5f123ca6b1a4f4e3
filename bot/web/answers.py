"""An answer behind its link: whoever has the receipt code reads it and fetches its files; nobody else learns anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from bot.casework import links
from bot.casework.filing import read_code
from bot.casework.links import PATH, Opened, Pointed
from bot.clock import milliseconds
from bot.web.desk import words
from bot.web.desk.visit import number_of
from bot.web.download import stored
from bot.web.published import look, office_of, page, speaks
from bot.web.world import WORLD
from storage import throttle
from storage.statements import Transaction

TRIES = 8
"""Codes that are looked at for one request within the window."""

WINDOW = 15 * 60_000
"""Milliseconds."""


@dataclass(frozen=True, slots=True)
class Held:
    """Too many wrong codes: nothing was looked at. `minutes` until the next one."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the page of an opened answer shows. `files`: address, name and size of each."""

    number: str
    when: str
    language: str
    text: str
    files: tuple[tuple[str, str, str], ...]


async def asked(request: web.Request) -> web.Response:
    """Asks for the code: for a link of ours, an old one and an invented one alike."""
    return _page(request)


async def given(request: web.Request) -> web.Response:
    """Shows the answer to who gives the code."""
    office, language = office_of(request), speaks(request)
    now = milliseconds(request.app[WORLD].clock.now())
    form = await request.post()
    typed = str(form.get("code", ""))[:200]
    where = links.pointed(office, request.match_info["token"], now=now)
    code = read_code(typed) or typed
    found: Opened | Held | Literal["wrong"] = "wrong"
    if where is not None:
        found = await request.app[WORLD].database.transaction(lambda tx: _try(tx, request, where, code, now))
    match found:
        case Held(minutes):
            return _page(request, status=429, problem=language.say("answer.held", minutes=minutes))
        case Opened() if where is not None:
            ticket = links.ticket(office, where, now=now)
            files = tuple(
                (f"{PATH}/archivo/{ticket}/{one.id}", one.name or language.say("desk.file"), words.size(one.size))
                for one in found.files
            )
            when = words.long(office.day(found.event.at), language)
            reading = Reading(found.case.number, when, found.case.language, found.event.text, files)
            return page(request, "register/answer.html", kept=False, opened=reading, problem="", minutes=links.MINUTES)
        case _:
            return _page(request, status=403, problem=language.say("answer.wrong", days=links.DAYS))


async def download(request: web.Request) -> web.Response:
    """Answers a file of an answer that was opened a moment ago."""
    office, ticket = office_of(request), request.match_info["ticket"]
    now, wanted = milliseconds(request.app[WORLD].clock.now()), number_of(request.match_info["file"])
    opened = await look(request, lambda tx: links.with_ticket(tx, office, ticket, now=now))
    found = None if opened is None else next((one for one in opened.files if one.id == wanted), None)
    if found is None:
        raise web.HTTPNotFound
    return await stored(request.app[WORLD].attachments, found.reference, found.name)


def _try(tx: Transaction, request: web.Request, where: Pointed, code: str, now: int) -> Opened | Held | Literal["wrong"]:
    key = f"answer/{where.request}"
    if wait := throttle.wait(tx, key, now, limit=TRIES, window=WINDOW):
        return Held(max(1, -(-wait // 60_000)))
    opened = links.open_with(tx, office_of(request), where, code)
    if opened is None:
        throttle.tried(tx, key, now, window=WINDOW)
        return "wrong"
    throttle.clear(tx, key)
    return opened


def _page(request: web.Request, *, status: int = 200, problem: str = "") -> web.Response:
    return page(request, "register/answer.html", status=status, kept=False, opened=None, problem=problem, minutes=links.MINUTES)


ROUTES = (
    web.get(PATH + "/{token}", asked),
    web.post(PATH + "/{token}", given),
    web.get(PATH + "/archivo/{ticket}/{file}", download),
)
