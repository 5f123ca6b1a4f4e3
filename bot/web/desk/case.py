"""A case: what was asked, until when, everything that happened, and what can be done now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.casework import filing
from bot.casework.office import ConflictError, MissingError, NotThereError
from bot.casework.similar import Similar, similar
from bot.requests.states import ImpossibleStepError
from bot.requests.terms import Count, Term, read_term
from bot.requests.words import arithmetic
from bot.web.desk import deeds, snippets, timeline, uploads, words
from bot.web.desk.deeds import Action, Form
from bot.web.desk.roles import may
from bot.web.desk.timeline import Names
from bot.web.desk.uploads import Uploads
from bot.web.desk.visit import Forbidden, Page, Visit, number_of
from bot.web.download import stored
from storage import requests, staff
from storage.requests import Case, Event, File
from storage.staff import Person, Unit
from storage.statements import Transaction
from storage.vault import SealBroken

PATH = "/desk/requests/{number}"


@dataclass(frozen=True, slots=True)
class Folder:
    """A case with everything that its page shows."""

    case: Case
    events: list[Event]
    files: list[File]
    people: list[Person]
    units: list[Unit]
    similar: list[Similar]

    @property
    def names(self) -> Names:
        """Returns what ids are called."""
        return timeline.names(self.people, self.units)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a form held that could not be taken: it is shown again, with why, and with what others did meanwhile."""

    action: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Uploads = field(default_factory=Uploads)
    problems: tuple[str, ...] = ()
    since: int | None = None


def address(number: str) -> str:
    """Returns the address of that case's page."""
    return f"/desk/requests/{quote(number, safe='')}"


async def opened(visit: Visit) -> Folder:
    """Returns the case of the address. Raises HTTPNotFound, and Forbidden for another unit's."""
    number = visit.request.match_info["number"]

    def work(tx: Transaction) -> Folder | None:
        case = requests.by_number(tx, number)
        if case is None:
            return None
        events, files = requests.events(tx, case.id), requests.files(tx, case.id)
        alike = similar(tx, case) if visit.may("merge") and deeds.mergeable(visit, case) else []
        alike = [one for one in alike if visit.sees(one.case.unit_id)]
        return Folder(case, events, files, staff.listed(tx), staff.units(tx), alike)

    folder = await visit.read(work)
    if folder is None:
        raise web.HTTPNotFound
    if not visit.sees(folder.case.unit_id):
        raise Forbidden
    return folder


async def page(visit: Visit) -> web.Response:
    """Shows the case."""
    return _page(visit, await opened(visit))


async def sent(visit: Visit) -> web.StreamResponse:
    """Does what a form of the page asks for; what cannot be done is told beside what was written."""
    folder = await opened(visit)
    case = folder.case
    raw = await visit.request.post()
    fields = {name: value for name, value in raw.items() if isinstance(value, str)}
    name = fields.get("deed", "")
    if name == "identify":
        return await _identify(visit, folder)
    action = next((one for one in deeds.ACTIONS if one.name == name), None)
    if action is None:
        raise web.HTTPNotFound
    visit.needs(action.deed)
    files = await uploads.read(visit, raw, str(case.id))
    form = Form(fields, files, number_of(fields.get("expected", "")))
    if "template" in fields.get("press", ""):
        text = snippets.filled(visit, case, fields.get("template", ""))
        written = "\n\n".join(filter(None, (form.text("text"), text)))
        return _page(visit, folder, kept=Kept(action.name, {**fields, "text": written}, files))
    problems = list(files.problems)
    if action.final and fields.get("sure") != "yes":
        problems.append(visit.say("desk.problem.sure"))
    if problems:
        return _page(visit, folder, status=422, kept=Kept(action.name, fields, files, tuple(problems)))
    return await _done(visit, folder, action, form)


async def _done(visit: Visit, folder: Folder, action: Action, form: Form) -> web.Response:
    case = folder.case
    status, since = 422, None
    try:
        await visit.write(lambda tx: deeds.do(tx, visit, action, case, form))
    except ConflictError:
        status, since = 409, form.expected
        folder = await opened(visit)
        by_others = any(event.staff_id != visit.person.id for event in folder.events if event.sequence > (since or 0))
        problem = visit.say("desk.problem.conflict" if by_others else "desk.problem.twice")
    except ImpossibleStepError as error:
        status = 409
        problem = visit.say(f"desk.problem.{error.reason}")
    except MissingError as error:
        problem = visit.say(f"desk.problem.missing.{error.what}")
    except NotThereError:
        raise web.HTTPNotFound from None
    else:
        return visit.go(address(case.number), action.name)
    kept = Kept(action.name, form.fields, form.files, (problem,), since)
    return _page(visit, await opened(visit), status=status, kept=kept)


async def _identify(visit: Visit, folder: Folder) -> web.Response:
    """Shows who asked, and writes down who looked."""
    visit.needs("identify")
    case = folder.case
    await visit.write(lambda tx: visit.note(tx, "identify", case.number))
    try:
        identity = filing.identity(visit.office, case)
    except SealBroken:
        return _page(visit, folder, identity={}, broken=True)
    return _page(visit, folder, identity=identity)


def _page(
    visit: Visit,
    folder: Folder,
    *,
    status: int = 200,
    kept: Kept | None = None,
    identity: Mapping[str, str] | None = None,
    broken: bool = False,
) -> web.Response:
    case, known = folder.case, folder.names
    kept = kept or Kept()
    term = read_term(case.term)
    since = [] if kept.since is None else [event for event in folder.events if event.sequence > kept.since]
    open_now = deeds.open_to(visit, case)
    lost = next((one for one in deeds.ACTIONS if one.name == kept.action and one not in open_now), None)
    return visit.page(
        "case.html",
        here="queue",
        status=status,
        case=case,
        address=address(case.number),
        left=words.left_of(case, visit.today, visit.language),
        state=visit.say(f"desk.state.{case.state}"),
        outcome=visit.say(f"desk.outcome.{case.outcome}") if case.outcome else "",
        filed=words.long(visit.office.day(case.filed_at), visit.language),
        unit=known.units.get(case.unit_id or 0, ""),
        officer=known.people.get(case.officer_id or 0, ""),
        language_asked=visit.office.language(case.language).name,
        counts=_counts(visit, term),
        target=words.long(case.target, visit.language),
        due=words.long(case.due, visit.language),
        doubtful=any(count.doubtful for count in (term.working, term.calendar)),
        history=timeline.timeline(visit, folder.events, folder.files, known),
        meanwhile=timeline.timeline(visit, since, folder.files, known),
        resident_files=[file for file in folder.files if file.side == "resident"],
        actions=open_now,
        lost=lost,
        kept=kept,
        reasons=[(key, reason) for key, reason in visit.office.law.refusals.items()],
        outcomes=deeds.ANSWERS,
        said=deeds.sayable(visit, case),
        units=folder.units,
        similar=folder.similar,
        colleagues=_colleagues(visit, folder),
        snippets=snippets.names(),
        identity=identity,
        broken=broken,
        has_identity=case.identity is not None,
        size=words.size,
        law=visit.office.law,
        largest=visit.say("desk.file.largest"),
        can_publish=visit.may("publish") and case.kind == "information" and case.answered_at is not None,
    )


def _counts(visit: Visit, term: Term) -> list[dict[str, Any]]:
    """Returns both countings with their arithmetic in words, the printed one first."""
    order: tuple[Count, ...] = (term.working, term.calendar)
    if term.printed == "calendar":
        order = (term.calendar, term.working)
    return [
        {
            "name": visit.say(f"desk.count.{count.unit}", days=count.days),
            "due": words.long(count.due, visit.language),
            "printed": count.unit == term.printed,
            "how": arithmetic(count, visit.language),
        }
        for count in order
    ]


def _colleagues(visit: Visit, folder: Folder) -> list[Person]:
    """Returns to whom this person may give the case."""
    able = [one for one in folder.people if one.active and may(one.role, "handle")]
    return able if visit.may("assign") else [one for one in able if one.unit_id == folder.case.unit_id]


async def file(visit: Visit) -> web.StreamResponse:
    """Answers a file of the case, always to be kept and never to be shown inside a page of ours."""
    folder = await opened(visit)
    wanted = number_of(visit.request.match_info["file"])
    found = next((one for one in folder.files if one.id == wanted), None)
    if found is None:
        raise web.HTTPNotFound
    return await stored(visit.world.attachments, found.reference, found.name)


PAGES = (
    Page("GET", PATH, "look", page),
    Page("POST", PATH, "look", sent),
    Page("GET", PATH + "/files/{file}", "look", file),
)
