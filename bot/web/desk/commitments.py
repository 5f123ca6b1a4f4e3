"""Commitments at the desk: which there are and which owe an update; what became of each, and the end told to the people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web

from bot.answering_back.answering import AnsweringRefused
from bot.answering_back.progress import Progress, progress
from bot.answering_back.updating import amiss
from bot.answering_back.words import said
from bot.campaigns.campaigns import CampaignRefused
from bot.channels.abilities import TELEGRAM
from bot.clock import moment
from bot.engine.build import build
from bot.web.desk import words
from bot.web.desk.visit import Forbidden, Page, Visit, number_of
from storage import campaigns, commitments, flows, staff
from storage.answer_backs import Texts
from storage.commitments import ENDED, STATES, Commitment, Event
from storage.staff import Person, Unit
from storage.statements import Transaction

PATH = "/desk/commitments"
ONE = PATH + "/{number}"
OWING = "owing"
LONGEST = 700

FILTERS = (OWING, *STATES)
"""What the list may be narrowed to, besides flow and unit."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A commitment with all that its page shows."""

    one: Commitment
    events: tuple[Event, ...]
    languages: tuple[str, ...]
    title: Texts
    people: tuple[Person, ...]
    units: tuple[Unit, ...]
    telling: Progress | None


@dataclass(frozen=True, slots=True)
class Kept:
    """What a form held that could not be taken, and why. `since` is the event after which others said something."""

    fields: Mapping[str, str]
    problems: tuple[str, ...]
    since: int | None = None


def address(number: int) -> str:
    """Returns the address of that commitment's page."""
    return f"{PATH}/{number}"


def may_update(visit: Visit, one: Commitment) -> bool:
    """Tells whether whoever visits may say what became of it: who answers back, and its officer and unit."""
    return visit.may("answer_back") or (
        visit.may("handle") and (one.officer_id == visit.person.id or (one.unit_id is not None and visit.sees(one.unit_id)))
    )


async def page(visit: Visit) -> web.Response:
    """Lists every commitment that is public, what owes an update first."""
    query, today, code = visit.request.query, visit.today.isoformat(), visit.language.code

    def work(tx: Transaction) -> tuple[list[Commitment], list[Unit], dict[str, Texts]]:
        found = commitments.listed(tx)
        return found, staff.units(tx), titles(tx, {one.flow for one in found})

    found, units, named = await visit.read(work)
    state, flow, unit = query.get("state", ""), query.get("flow", ""), number_of(query.get("unit", ""))
    shown = [
        one
        for one in found
        if (not flow or one.flow == flow)
        and (unit is None or one.unit_id == unit)
        and (not state or one.state == state or (state == OWING and one.owes(today)))
    ]
    shown.sort(key=lambda one: (one.state in ENDED, one.due_on, one.number))
    return visit.page(
        "commitments.html",
        here="commitments",
        rows=[row(visit, one, named, today) for one in shown],
        states=FILTERS,
        state=state,
        flows=[(name, said(texts, code) or name) for name, texts in sorted(named.items())],
        flow=flow,
        units=units,
        unit=unit,
        owing=sum(one.owes(today) for one in found),
    )


def row(visit: Visit, one: Commitment, named: Mapping[str, Texts], today: str) -> Mapping[str, Any]:
    """Returns what a list shows of a commitment."""
    code = visit.language.code
    return {
        "number": one.number,
        "what": said(one.what, code),
        "title": said(named.get(one.flow, {}), code) or one.flow,
        "office": one.office,
        "officer": one.officer,
        "due": words.short(date.fromisoformat(one.due_on), visit.language),
        "state": one.state,
        "owes": one.owes(today),
    }


def titles(tx: Transaction, wanted: set[str]) -> dict[str, Texts]:
    """Returns what these flows are called."""
    found: dict[str, Texts] = {}
    for state in flows.listed(tx):
        content = flows.content(tx, state.version) if state.flow in wanted else None
        if content is not None:
            found[state.flow] = build(content).title
    return found


async def _opened(visit: Visit) -> Opened:
    number = number_of(visit.request.match_info["number"])

    def work(tx: Transaction) -> Opened | None:
        one = None if number is None else commitments.one(tx, number)
        if one is None:
            return None
        state = next(state for state in flows.listed(tx) if state.flow == one.flow)
        content = flows.content(tx, state.version)
        assert content is not None  # a foreign key says that it is there
        flow = build(content)
        languages = tuple(sorted(flow.languages, key=lambda code: code != "es"))
        campaign = None if one.told_id is None else campaigns.look(tx, one.told_id)
        telling = None if campaign is None else progress(tx, campaign)
        events = tuple(commitments.events(tx, one.id))
        return Opened(one, events, languages, flow.title, tuple(staff.listed(tx)), tuple(staff.units(tx)), telling)

    found = await visit.read(work)
    if found is None:
        raise web.HTTPNotFound
    return found


async def one(visit: Visit) -> web.Response:
    """Shows a commitment, its history, and the forms."""
    return await _page(visit, await _opened(visit))


async def _page(visit: Visit, found: Opened, *, status: int = 200, kept: Kept | None = None) -> web.Response:
    one, zone, code = found.one, visit.office.zone, visit.language.code
    answering = visit.world.answering
    ended = None if answering is None or one.state not in ENDED else await answering.ended(one.number)
    plan = None if ended is None or answering is None or one.told_id is not None else await answering.plan(ended)
    since = None if kept is None else kept.since
    return visit.page(
        "commitment.html",
        here="commitments",
        status=status,
        one=one,
        address=address(one.number),
        title=said(found.title, code) or one.flow,
        what=said(one.what, code),
        heard=said(one.heard, code),
        due=words.long(date.fromisoformat(one.due_on), visit.language),
        owes=one.owes(visit.today.isoformat()),
        history=[_told(visit, event) for event in found.events],
        meanwhile=[_told(visit, event) for event in found.events if since is not None and event.sequence > since],
        written_in=[(other, visit.office.language(other).name) for other in found.languages],
        states=STATES,
        units=found.units,
        officers=[person for person in found.people if person.active],
        may_update=may_update(visit, one),
        may_tell=visit.may("answer_back"),
        plan=plan,
        sample="" if ended is None else ended.text(ended.language(code), TELEGRAM, ""),
        telling=found.telling,
        told_at=None if found.telling is None else moment(found.telling.campaign.created_at, zone),
        kept=kept,
        values={} if kept is None else kept.fields,
        longest=LONGEST,
    )


def _told(visit: Visit, event: Event) -> Mapping[str, Any]:
    return {
        "at": moment(event.at, visit.office.zone),
        "staff": event.staff,
        "state": event.state,
        "due": words.short(date.fromisoformat(event.due_on), visit.language),
        "text": said(event.text, visit.language.code),
        "first": event.sequence == 1,
    }


async def sent(visit: Visit) -> web.StreamResponse:
    """Says what became of it, or has its end told."""
    found = await _opened(visit)
    raw = await visit.request.post()
    fields = {name: value for name, value in raw.items() if isinstance(value, str)}
    match fields.get("deed", ""):
        case "update":
            return await _update(visit, found, fields)
        case "tell" | "pause" | "resume" | "cancel" as deed:
            return await _tell(visit, found, fields, deed)
        case _:
            raise web.HTTPNotFound


async def _update(visit: Visit, found: Opened, fields: Mapping[str, str]) -> web.Response:
    one = found.one
    if not may_update(visit, one):
        raise Forbidden
    state, due = fields.get("state", ""), fields.get("due", "").strip() or one.due_on
    text = {code: fields.get(f"text.{code}", "").replace("\r\n", "\n").strip() for code in found.languages}
    text = {code: words for code, words in text.items() if words}
    problems = problems_of(visit, found, state, due, text)
    office = fields.get("office", "").strip()[:200] or one.office
    unit, officer = (number_of(fields[name]) if name in fields else kept for name, kept in _told_now(one))
    unit = unit if unit in {other.id for other in found.units} else None
    officer = officer if officer in {person.id for person in found.people if person.active} else None
    expected = number_of(fields.get("expected", ""))
    changed = one._replace(
        state=state, due_on=due, office=office, unit_id=unit, officer_id=officer, sequence=-1 if expected is None else expected
    )

    def work(tx: Transaction) -> bool:
        if not commitments.update(tx, changed, text, staff=visit.person.id, now=visit.now):
            return False
        before = {"state": one.state, "due": one.due_on, "office": one.office}
        after = {"state": state, "due": due, "office": office, "text": text}
        visit.note(tx, "commitment_updated", f"commitment:{one.number}", before=before, after=after)
        return True

    if not problems and await visit.write(work):
        return visit.go(address(one.number), "commitment_updated")
    fresh = await _opened(visit)
    if problems:
        return await _page(visit, fresh, status=422, kept=Kept(fields, tuple(problems)))
    kept = Kept(fields, (visit.say("back.problem.said_meanwhile"),), expected)
    return await _page(visit, fresh, status=409, kept=kept)


def _told_now(one: Commitment) -> tuple[tuple[str, int | None], tuple[str, int | None]]:
    """Returns the fields that say who is told when its day passes, and what they hold now."""
    return ("unit", one.unit_id), ("officer", one.officer_id)


def problems_of(visit: Visit, found: Opened, state: str, due: str, text: Texts) -> list[str]:
    """Returns what is wrong with an update."""
    first = found.languages[0]
    keys = amiss(state, due, text.get(first, ""), visit.today)
    problems = [visit.say(key, language=visit.office.language(first).name) for key in keys]
    if any(len(words) > LONGEST for words in text.values()):
        problems.append(visit.say("back.problem.long", most=LONGEST))
    return problems


async def _tell(visit: Visit, found: Opened, fields: Mapping[str, str], deed: str) -> web.Response:
    visit.needs("answer_back")
    answering = visit.world.answering
    if answering is None:
        raise web.HTTPNotFound
    one = found.one
    if deed in ("tell", "cancel") and fields.get("sure") != "yes":
        return await _page(visit, found, status=422, kept=Kept(fields, (visit.say("desk.problem.sure"),)))

    def work(tx: Transaction) -> None:
        if deed == "tell":
            answering.begin_ended(tx, one.number)
        else:
            move = {"pause": answering.pause, "resume": answering.resume, "cancel": answering.cancel}[deed]
            move(tx, one.told_id or 0)
        visit.note(tx, f"commitment_{deed}", f"commitment:{one.number}")

    try:
        await visit.world.database.transaction(work, apart=True)
    except (AnsweringRefused, CampaignRefused):
        kept = Kept(fields, (visit.say("back.problem.moved"),))
        return await _page(visit, await _opened(visit), status=409, kept=kept)
    return visit.go(address(one.number), f"back_{deed}")


PAGES = (
    Page("GET", PATH, "look", page),
    Page("GET", ONE, "look", one),
    Page("POST", ONE, "look", sent),
)
