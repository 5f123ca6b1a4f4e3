"""What came at the counter, by telephone, on paper or by mail, entered for somebody else; and the receipt to take along."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast

import orjson
from aiohttp import web

from bot.casework import filing
from bot.casework.filing import Filed, Filing, Form, Kind, Notify, Source
from bot.clock import milliseconds
from bot.requests.terms import read_term
from bot.requests.words import both
from bot.requests.words import day as in_words
from bot.web import sign_in
from bot.web.desk import calendar, uploads
from bot.web.desk.uploads import Uploads
from bot.web.desk.visit import SPOKEN, Page, Visit, number_of
from storage import requests, staff, throttle
from storage.statements import Transaction
from storage.vault import SealBroken

PATH = "/desk/requests/new"
RECEIPT = PATH + "/receipt"

KINDS: tuple[Kind, ...] = ("information", "suggestion", "complaint")
SOURCES: tuple[Source, ...] = ("counter", "phone", "paper", "email")
FORMS: tuple[Form, ...] = ("paper", "digital")
NOTIFY: tuple[Notify, ...] = ("counter", "email")
"""By chat nobody can be told whose chat we do not know."""

IDENTITY = ("name", "document", "phone", "email", "address")
"""What the law asks for; a request that lacks some of it is entered all the same, and the officer asks."""

OLDEST = timedelta(days=366)
"""How long ago something may have come in: what is older is a slip of the pen."""

_WINDOW = 24 * 3600 * 1000
"""Milliseconds for which the same form sent twice is known to be the same."""

_SHOWN = 15 * 60 * 1000
"""Milliseconds for which the page with the code can be shown."""

_TICKET = "desk.receipt"
_UPLOADS = "counter"
_LONGEST = 20_000
_LINE = 300
_NOON = time(12)


class TwiceError(Exception):
    """This very form was filed already."""


@dataclass(frozen=True, slots=True)
class Given:
    """The form as it was sent."""

    fields: Mapping[str, str]
    files: Uploads

    def text(self, name: str) -> str:
        """Returns a field without spaces around it, "" where there is none."""
        return self.fields.get(name, "").strip()


async def page(visit: Visit) -> web.Response:
    """Shows the empty form."""
    fields = {"received": visit.today.isoformat(), "unit": str(visit.person.unit_id or ""), "once": secrets.token_urlsafe(12)}
    return await _page(visit, Given(fields, Uploads()))


async def _page(visit: Visit, given: Given, *, status: int = 200, problems: tuple[str, ...] = ()) -> web.Response:
    units = await visit.read(staff.units)
    if not visit.may("assign"):
        units = [unit for unit in units if unit.id == visit.person.unit_id]
    return visit.page(
        "counter.html",
        here="queue",
        status=status,
        given=given,
        problems=problems,
        kinds=KINDS,
        sources=SOURCES,
        forms=FORMS,
        notify=NOTIFY,
        identity=IDENTITY,
        units=units,
        cantons=calendar.cantons(visit),
        spoken=[(code, visit.office.language(code).name) for code in SPOKEN],
        today=visit.today.isoformat(),
        oldest=(visit.today - OLDEST).isoformat(),
        largest=visit.say("desk.file.largest"),
        who_may_ask=visit.office.law.articles.get("who_may_ask"),
    )


async def sent(visit: Visit) -> web.StreamResponse:
    """Files it and goes to the receipt; what is not right is told, and nothing that was typed is lost."""
    raw = await visit.request.post()
    fields = {name: value for name, value in raw.items() if isinstance(value, str)}
    given = Given(fields, await uploads.read(visit, raw, _UPLOADS))
    received = _day(given.text("received"))
    units = {unit.id for unit in await visit.read(staff.units)}
    problems = (*given.files.problems, *_problems(visit, given, received, units))
    if problems or received is None:
        return await _page(visit, given, status=422, problems=problems)
    try:
        filed = await visit.write(lambda tx: _file(tx, visit, given, received))
    except TwiceError:
        return visit.page(
            "message.html", status=409, heading=visit.say("desk.counter.twice"), text=visit.say("desk.counter.twice_text")
        )
    return visit.go(f"{RECEIPT}?ticket={_ticket(visit, filed)}")


def _file(tx: Transaction, visit: Visit, given: Given, received: date) -> Filed:
    key = sign_in.key(visit.world, "filed", given.text("once") or secrets.token_urlsafe(12))
    if throttle.wait(tx, key, visit.now, limit=1, window=_WINDOW):
        raise TwiceError
    throttle.tried(tx, key, visit.now, window=_WINDOW)
    uploads.note(tx, given.files.files, visit.now)
    filed = filing.file(tx, visit.office, _filing(visit, given, received), visit.doer)
    dates = {"received": received.isoformat(), "due": filed.due.isoformat()}
    visit.note(tx, "entered", filed.number, after={"source": filed.case.source, "unit": filed.case.unit_id, **dates})
    return filed


def _filing(visit: Visit, given: Given, received: date) -> Filing:
    return Filing(
        given.text("text"),
        _moment(visit, received),
        kind=cast("Kind", given.text("kind")),
        period=given.text("period"),
        form=cast("Form", given.text("form")),
        notify=cast("Notify", given.text("notify")),
        identity={name: given.text(name) for name in IDENTITY},
        place=given.text("place"),
        language=given.text("language"),
        source=cast("Source", given.text("source")),
        files=tuple(given.files.pairs),
        unit_id=number_of(given.text("unit")),
    )


def _moment(visit: Visit, received: date) -> int:
    """Returns when it came in: now, or on an earlier day at noon, since nobody wrote down the minute."""
    if received == visit.today:
        return visit.now
    return milliseconds(datetime.combine(received, _NOON, visit.office.zone))


def _problems(visit: Visit, given: Given, received: date | None, units: set[int]) -> tuple[str, ...]:
    found = []
    lists = (("kind", KINDS), ("source", SOURCES), ("form", FORMS), ("notify", NOTIFY), ("language", SPOKEN))
    if any(given.text(name) not in known for name, known in lists):
        found.append(visit.say("desk.counter.bad_choice"))
    if not given.text("text"):
        found.append(visit.say("desk.counter.no_text"))
    if len(given.text("text")) > _LONGEST or any(len(given.text(name)) > _LINE for name in (*IDENTITY, "period")):
        found.append(visit.say("desk.counter.too_long", line=_LINE, text=_LONGEST))
    if received is None or received > visit.today or received < visit.today - OLDEST:
        found.append(visit.say("desk.counter.bad_day", first=in_words(visit.today - OLDEST, visit.language.code)))
    email = given.text("email")
    if email and not _is_email(email):
        found.append(visit.say("desk.counter.bad_email"))
    elif given.text("notify") == "email" and not email:
        found.append(visit.say("desk.counter.no_email"))
    place = given.text("place")
    if place and place not in dict(calendar.cantons(visit)):
        found.append(visit.say("desk.calendar.bad_place"))
    unit = given.text("unit")
    if unit and number_of(unit) not in units:
        found.append(visit.say("desk.counter.bad_unit"))
    elif not visit.may("assign") and number_of(unit) != visit.person.unit_id:
        found.append(visit.say("desk.counter.own_unit"))
    return tuple(found)


def _is_email(text: str) -> bool:
    local, _, host = text.rpartition("@")
    return bool(local) and "." in host.strip(".") and not any(letter.isspace() or letter in ",;<>" for letter in text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# ── the receipt ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _ticket(visit: Visit, filed: Filed) -> str:
    content = orjson.dumps([filed.number, filed.code, visit.person.id, visit.now + _SHOWN])
    return base64.urlsafe_b64encode(visit.world.vault.seal(content, _TICKET)).decode()


async def receipt(visit: Visit) -> web.Response:
    """Shows the receipt to print, with the code, for a quarter of an hour and to nobody else than whoever entered it."""
    told = _opened(visit)
    if told is None:
        heading, text = visit.say("desk.receipt.over"), visit.say("desk.receipt.over_text")
        return visit.page("message.html", status=410, heading=heading, text=text)
    number, code = told
    case = await visit.read(lambda tx: requests.by_number(tx, number))
    if case is None:
        raise web.HTTPNotFound
    theirs = visit.office.language(case.language)
    return visit.page(
        "receipt.html",
        here="queue",
        case=case,
        code=code,
        theirs=theirs.code,
        told=theirs.say,
        received=in_words(visit.office.day(case.filed_at), theirs.code),
        term=both(read_term(case.term), theirs),
        contact=visit.office.contact,
        home=visit.office.public_url,
        files=[file.name for file in await visit.read(lambda tx: requests.files(tx, case.id))],
        seen=visit.sees(case.unit_id),
    )


def _opened(visit: Visit) -> tuple[str, str] | None:
    try:
        sealed = base64.urlsafe_b64decode(visit.request.query.get("ticket", ""))
        content: Any = orjson.loads(visit.world.vault.open(sealed, _TICKET))
    except (binascii.Error, ValueError, SealBroken):
        return None
    number, code, whose, until = content
    return (number, code) if whose == visit.person.id and visit.now <= until else None


PAGES = (
    Page("GET", PATH, "enter", page),
    Page("POST", PATH, "enter", sent),
    Page("GET", RECEIPT, "enter", receipt),
)
