"""Exports at the desk: what is chosen, how far it is, what was made before; each start and each download is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from bot.clock import moment
from bot.exporting.work import Exporting
from bot.reports.filters import FilterError
from bot.reports.order import Order, kept, read_order
from bot.web.desk import exports_form, results
from bot.web.desk.exports_form import Fields
from bot.web.desk.visit import Page, Visit, number_of
from bot.web.download import headers
from storage import export_jobs, export_profiles
from storage.export_jobs import Job
from storage.export_profiles import ProfileRefused
from storage.reading import Snapshot
from storage.refusal import Refused
from storage.statements import Transaction

PATH = results.ONE + "/exports"
SHOWN = 30
"""So many of the earlier exports are listed."""

REASON = 15
"""The fewest letters that a reason for naming people has."""


async def page(visit: Visit) -> web.Response:
    """Shows the form, filled in as a saved profile says where one is chosen, and the exports there are."""
    profile, order, problems = visit.request.query.get("profile", ""), Order(), []
    if profile:
        try:
            order = read_order(await asyncio.to_thread(export_profiles.load, _exporting(visit).data, profile))
        except ProfileRefused as refused:
            problems.append(visit.say(refused.key, **refused.places))
    return await _page(visit, order, problems, profile=profile)


async def jobs(visit: Visit) -> web.Response:
    """Shows the exports alone, for whoever watches one."""
    here = await results.found(visit)
    return visit.page("exports_jobs.html", **await _jobs(visit, here.row.flow))


async def sent(visit: Visit) -> web.StreamResponse:
    """Does what one of the page's forms asks for."""
    form = await visit.request.post()
    flow = (await results.found(visit)).row.flow
    match str(form.get("deed", "")):
        case "start":
            return await _start(visit, flow, form)
        case "again":
            return await _again(visit, flow, form)
        case "cancel":
            return await _change(visit, flow, form, export_jobs.cancel, "export_cancelled")
        case "delete":
            return await _change(visit, flow, form, export_jobs.delete, "export_deleted")
        case "identity":
            return await _identity(visit, flow, form)
        case _:
            raise web.HTTPNotFound


async def fetched(visit: Visit) -> web.StreamResponse:
    """Hands out a file, and writes down who got it."""
    flow, identifier = (await results.found(visit)).row.flow, number_of(visit.request.match_info["job"])
    folder = _exporting(visit).folder

    def work(tx: Transaction) -> Job | None:
        job = None if identifier is None else export_jobs.load(tx, identifier)
        if job is None or job.flow != flow or not job.there or not _may(visit, job):
            return None
        visit.note(tx, _noted("fetched", job), f"export:{job.id}", after={"flow": flow, "sha256": job.sha256 or ""})
        return job

    job = await visit.read(lambda tx: None if identifier is None else export_jobs.load(tx, identifier))
    there = job is not None and job.file is not None and await asyncio.to_thread((folder / job.file).is_file)
    job = await visit.write(work) if there else None
    if job is None or job.file is None:
        return visit.page(
            "message.html", status=404, heading=visit.say("exports.nowhere"), text=visit.say("exports.nowhere.text")
        )
    return web.FileResponse(folder / job.file, headers=headers(file_name(visit, job)))


def file_name(visit: Visit, job: Job) -> str:
    """Returns the name under which a browser saves the file: which flow, what, of which day."""
    day = moment(job.ended_at or job.created_at, visit.office.zone).date().isoformat()
    what = {"identity": "identity"}.get(job.kind) or {"package": "package", "media": "media"}.get(str(job.wanted.get("form")), "")
    return "-".join(filter(None, (job.flow, what, day))) + f".{job.told.get('suffix', 'bin')}"


def _exporting(visit: Visit) -> Exporting:
    if visit.world.exporting is None:
        raise web.HTTPNotFound
    return visit.world.exporting


def _may(visit: Visit, job: Job) -> bool:
    return job.kind == "answers" or visit.may("export_identity")


def _noted(what: str, job: Job) -> str:
    return f"export_{what}" if job.kind == "answers" else f"identity_{what}"


async def _start(visit: Visit, flow: str, form: MultiMapping[Any]) -> web.Response:
    order, name = exports_form.read(form), str(form.get("save", "")).strip().lower()
    problems = await _problems(visit, flow, order)
    if not problems and name:
        try:
            await asyncio.to_thread(export_profiles.save, _exporting(visit).data, name, kept(order))
        except ProfileRefused as refused:
            problems = [visit.say(refused.key, **refused.places)]
    if problems:
        return await _page(visit, order, problems, status=422, save=name)
    await visit.write(lambda tx: _ask(tx, visit, flow, order))
    _exporting(visit).wake()
    return visit.go(f"{_address(flow)}", "export_asked")


async def _problems(visit: Visit, flow: str, order: Order) -> list[str]:
    """Returns why this order cannot be made, as far as that can be told without making it."""
    from bot.exporting import making  # what counts answers loads much, which no server's start needs
    from storage.export import judged

    if extra := exports_form.missing(order.form):
        return [visit.say("export.needs_extra", format=order.form, extra=extra)]
    exporting, now, languages = _exporting(visit), visit.world.clock.now(), visit.world.catalogue().languages

    def work(connection: Any) -> None:
        wanted = making.wanted(order, flow, exporting.folder, now, visit.language, languages, force=False)
        judged(connection, flow, wanted.selection, wanted.where)

    try:
        await visit.world.database.read(work)
    except FilterError as error:
        return [visit.say(error.key, **error.places)]
    except Refused as refused:
        return [visit.say(refused.key, **refused.places)]
    return []


def _ask(tx: Transaction, visit: Visit, flow: str, order: Order, *, kind: export_jobs.Kind = "answers", reason: str = "") -> None:
    identifier = visit.world.database.identifiers.next()
    wanted = kept(order)
    export_jobs.ask(tx, identifier, flow=flow, wanted=wanted, staff=visit.person.id, now=visit.now, kind=kind, reason=reason)
    told: dict[str, object] = {"flow": flow}
    if kind == "identity":
        told["reason"] = reason
    told |= {name: value for name, value in wanted.items() if value != getattr(Order(), name) and value != []}
    visit.note(tx, "export_asked" if kind == "answers" else "identity_asked", f"export:{identifier}", after=told)


async def _again(visit: Visit, flow: str, form: MultiMapping[Any]) -> web.Response:
    identifier = number_of(str(form.get("job", "")))

    def work(tx: Transaction) -> bool:
        job = None if identifier is None else export_jobs.load(tx, identifier)
        if job is None or job.flow != flow or job.kind != "answers":
            return False
        _ask(tx, visit, flow, read_order(job.wanted))
        return True

    if not await visit.write(work):
        raise web.HTTPNotFound
    _exporting(visit).wake()
    return visit.go(_address(flow), "export_asked")


async def _change(visit: Visit, flow: str, form: MultiMapping[Any], change: Any, done: str) -> web.Response:
    identifier = number_of(str(form.get("job", "")))

    def work(tx: Transaction) -> bool:
        job = None if identifier is None else export_jobs.load(tx, identifier)
        if job is None or job.flow != flow or not _may(visit, job):
            return False
        if change(tx, job.id, visit.now):
            visit.note(tx, _noted(done.removeprefix("export_"), job), f"export:{job.id}", after={"flow": flow})
        return True

    if not await visit.write(work):
        raise web.HTTPNotFound
    await _exporting(visit).tidy()
    return visit.go(_address(flow), done)


async def _identity(visit: Visit, flow: str, form: MultiMapping[Any]) -> web.Response:
    visit.needs("export_identity")
    reason = " ".join(str(form.get("reason", "")).split())[:500]
    problems = [] if len(reason) >= REASON else [visit.say("exports.identity.reason_short", least=REASON)]
    if form.get("sure") != "yes":
        problems.append(visit.say("desk.problem.sure"))
    if problems:
        return await _page(visit, Order(), problems, status=422, reason=reason)
    await visit.write(lambda tx: _ask(tx, visit, flow, Order(form="csv"), kind="identity", reason=reason))
    _exporting(visit).wake()
    return visit.go(_address(flow), "export_asked")


def _address(flow: str) -> str:
    return f"{results.PATH}/{flow}/exports"


async def _page(
    visit: Visit,
    order: Order,
    problems: Sequence[str],
    *,
    status: int = 200,
    profile: str = "",
    save: str = "",
    reason: str = "",
) -> web.Response:
    here = await results.found(visit)
    flow = here.row.flow
    fields: Fields = await visit.world.database.read(
        lambda connection: exports_form.fields(connection, flow, visit.language.code)
    )
    from storage import weights  # loads much, see above

    weighted = await visit.read(lambda tx: weights.in_use(tx, flow) is not None)
    names = await asyncio.to_thread(export_profiles.names, _exporting(visit).data)
    return visit.page(
        "exports.html",
        here="results",
        status=status,
        title=here.title(visit.language.code),
        state=here.row.state,
        order=order,
        chosen=exports_form.chosen(order, fields),
        fields=fields,
        profiles=names,
        profile=profile,
        problems=problems,
        save=save,
        reason=reason,
        anonymous=here.flow.anonymous,
        weighted=weighted,
        **results.doors(visit, flow, "exports"),
        **await _jobs(visit, flow),
    )


async def _jobs(visit: Visit, flow: str) -> Mapping[str, Any]:
    zone = visit.office.zone

    def work(connection: Any) -> list[tuple[Job, int]]:
        tx = Snapshot(connection)
        listed = [job for job in export_jobs.of_flow(tx, flow, SHOWN) if _may(visit, job)]
        return [(job, export_jobs.ahead(tx, job.id) if job.state == "queued" else 0) for job in listed]

    listed = await visit.world.database.read(work)
    folder = _exporting(visit).folder
    there = await asyncio.to_thread(lambda: {job.id for job, _ in listed if job.file and (folder / job.file).is_file()})
    return {
        "flow": flow,
        "address": _address(flow),
        "busy": any(job.state in ("queued", "running") for job, _ in listed),
        "jobs": [
            {
                "job": job,
                "what": exports_form.told(visit, job),
                "asked": moment(job.created_at, zone),
                "until": moment(job.until, zone),
                "gone": None if job.gone_at is None else moment(job.gone_at, zone),
                "ahead": ahead,
                "lost": job.there and job.id not in there,
                "percent": int(100 * job.written / job.total) if job.total else 0,
                "size": "" if job.size is None else exports_form.size(visit, job.size),
                "tables": exports_form.tables(visit, job),
                "left": exports_form.left(visit, job),
                "notes": exports_form.notes(visit, job),
                "why": visit.say(job.error, **job.places) if job.error else "",
            }
            for job, ahead in listed
        ],
    }


PAGES = (
    Page("GET", PATH, "export_results", page),
    Page("POST", PATH, "export_results", sent),
    Page("GET", PATH + "/jobs", "export_results", jobs),
    Page("GET", PATH + r"/{job:\d+}", "export_results", fetched),
)
