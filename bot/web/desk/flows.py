"""Flows at the desk: where each stands, who is in it, what is wrong with its file; opened, paused, closed; links and posters."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot import links
from bot.clock import moment
from bot.engine.build import build
from bot.engine.flow import Flow
from bot.engine.problem import Problem
from bot.web.desk.visit import Page, Visit
from bot.web.download import attachment
from bot.web.shelf import OnFile
from storage import conflicts, desk_flows, flows
from storage.conflicts import Rival
from storage.desk_flows import Counts, Version
from storage.flows import FlowState
from storage.statements import Transaction

PATH = "/desk/flows"
ONE = PATH + "/{flow}"
KEEP = ("latest", "first", "both")
SHORT = 12
"""How many characters of a version are shown."""

NOBODY = Counts(0, 0, 0)


class UndecidedError(Exception):
    """Somebody answered twice, and nobody said which answer counts: `people` how many. Nothing was done."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self.people = people


@dataclass(frozen=True, slots=True)
class Found:
    """A flow with all that its page shows. `row` None: it never opened; `file` None: no file of it is there."""

    name: str
    row: FlowState | None
    file: OnFile | None
    versions: list[Version]
    undecided: list[list[Rival]]
    current: Flow | None
    ways: list[links.Link]
    stranded: tuple[Problem, ...] = ()

    @property
    def state(self) -> str:
        """Returns where it stands."""
        return "draft" if self.row is None else self.row.state

    @property
    def offered(self) -> str:
        """Returns the version that the file has now, "" where it has none that may open."""
        loaded = None if self.file is None else self.file.loaded
        return loaded.flow.version if loaded is not None and loaded.flow is not None else ""


async def _files(visit: Visit) -> Mapping[str, OnFile]:
    shelf = visit.world.shelf
    return {} if shelf is None else await asyncio.to_thread(shelf.files)


async def page(visit: Visit) -> web.Response:
    """Lists every flow, of the files and of the database."""
    files = await _files(visit)

    def work(tx: Transaction) -> tuple[dict[str, FlowState], dict[str, Counts]]:
        return {row.flow: row for row in flows.listed(tx)}, desk_flows.counts(tx)

    rows, counts = await visit.read(work)
    listed = [_row(visit, name, rows.get(name), files.get(name), counts.get(name, NOBODY)) for name in sorted({*rows, *files})]
    return visit.page("flows.html", here="flows", rows=listed)


def _row(visit: Visit, name: str, row: FlowState | None, file: OnFile | None, counts: Counts) -> Mapping[str, Any]:
    loaded = None if file is None else file.loaded
    held = None if loaded is None else loaded.flow
    problems = () if file is None else file.problems
    return {
        "name": name,
        "title": _title(visit, held) or _title(visit, visit.world.catalogue().current(name)),
        "state": "draft" if row is None else row.state,
        "counts": counts,
        "errors": sum(problem.severity == "error" for problem in problems),
        "warnings": sum(problem.severity == "warning" for problem in problems),
        "changed": row is not None and row.state != "draft" and held is not None and held.version != row.version,
        "missing": file is None,
    }


def _title(visit: Visit, flow: Flow | None) -> str:
    return "" if flow is None else flow.title.get(visit.language.code) or next(iter(flow.title.values()), "")


async def one(visit: Visit) -> web.Response:
    """Shows a flow."""
    return _page(visit, await _found(visit))


async def _found(visit: Visit) -> Found:
    name = visit.request.match_info["flow"]
    file = (await _files(visit)).get(name)
    shelf = visit.world.shelf

    def work(tx: Transaction) -> Found | None:
        row = next((row for row in flows.listed(tx) if row.flow == name), None)
        if row is None and file is None:
            return None
        content = None if row is None else flows.content(tx, row.version)
        current = None if content is None else build(content)
        undecided = [theirs for theirs in conflicts.found(tx, name) if conflicts.is_undecided(theirs)]
        is_open = row is not None and row.state == "open" and current is not None and shelf is not None
        ways = list(links.links(current, shelf.ways(tx))) if is_open and current is not None and shelf is not None else []
        return Found(name, row, file, desk_flows.versions(tx, name), undecided, current, ways)

    found = await visit.read(work)
    if found is None:
        raise web.HTTPNotFound
    loaded = None if file is None else file.loaded
    if shelf is None or loaded is None or not found.offered:
        return found
    stranded = await asyncio.to_thread(shelf.stranded, loaded)
    return Found(name, found.row, file, found.versions, found.undecided, found.current, found.ways, stranded)


def _page(
    visit: Visit, found: Found, *, status: int = 200, problems: Sequence[str] = (), given: Mapping[str, str] | None = None
) -> web.Response:
    zone = visit.office.zone
    loaded = None if found.file is None else found.file.loaded
    flow = found.current or (None if loaded is None else loaded.flow)
    file_problems = () if found.file is None else found.file.problems
    return visit.page(
        "flow.html",
        here="flows",
        status=status,
        found=found,
        address=f"{PATH}/{found.name}",
        title=_title(visit, flow) or found.name,
        versions=[(version, moment(version.opened_at, zone)) for version in found.versions],
        since=None if found.row is None else moment(found.row.updated_at, zone),
        short=SHORT,
        file_problems=[(problem, problem.tell(visit.language)) for problem in file_problems],
        stranded=[problem.tell(visit.language) for problem in found.stranded],
        newer=bool(found.offered) and (found.row is None or found.row.version != found.offered or found.state != "open"),
        changed=found.row is not None and found.state != "draft" and bool(found.offered) and found.row.version != found.offered,
        keeps=KEEP,
        problems=problems,
        given=given or {},
    )


async def sent(visit: Visit) -> web.StreamResponse:
    """Opens, pauses or closes a flow; what may not be done is told."""
    found = await _found(visit)
    form = await visit.request.post()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    match given.get("deed", ""):
        case "open":
            return await _open(visit, found, given)
        case "pause" if found.state == "open":
            await visit.write(lambda tx: _set(tx, visit, found, "paused"))
            return visit.go(f"{PATH}/{found.name}", "flow_paused")
        case "close" if found.state in ("open", "paused"):
            return await _close(visit, found, given)
        case "pause" | "close":
            return _page(visit, found, status=409, problems=[visit.say("desk.flow.moved_on")])
        case _:
            raise web.HTTPNotFound


async def _open(visit: Visit, found: Found, given: Mapping[str, str]) -> web.Response:
    loaded = None if found.file is None else found.file.loaded
    shelf = visit.world.shelf
    if shelf is None or loaded is None or not found.offered:
        return _page(visit, found, status=422, problems=[visit.say("desk.flow.broken")])
    if given.get("version") != found.offered:
        return _page(visit, found, status=409, problems=[visit.say("desk.flow.file_changed")])
    if found.stranded and given.get("sure") != "yes":
        return _page(visit, found, status=422, problems=[visit.say("desk.problem.sure")])

    def others(tx: Transaction) -> list[str]:
        rows = [row for row in flows.listed(tx) if row.state == "open" and row.flow != found.name]
        return [content for row in rows if (content := flows.content(tx, row.version)) is not None]

    running = [build(content) for content in await visit.read(others)]
    clashes = await asyncio.to_thread(shelf.clashes, loaded, running)
    if clashes:
        return _page(visit, found, status=422, problems=[problem.tell(visit.language) for problem in clashes])

    def work(tx: Transaction) -> None:
        flows.open_flow(tx, found.name, found.offered, loaded.content, visit.now)
        after = {"state": "open", "version": found.offered}
        visit.note(tx, "flow_opened", f"flow:{found.name}", before=_told(found), after=after)

    await visit.write(work)
    return visit.go(f"{PATH}/{found.name}", "flow_opened")


async def _close(visit: Visit, found: Found, given: Mapping[str, str]) -> web.Response:
    if given.get("sure") != "yes":
        return _page(visit, found, status=422, problems=[visit.say("desk.problem.sure")], given=given)
    keep = given.get("keep", "")

    def work(tx: Transaction) -> None:
        undecided = [theirs for theirs in conflicts.found(tx, found.name) if conflicts.is_undecided(theirs)]
        if undecided and keep not in KEEP:
            raise UndecidedError(len(undecided))
        for theirs in undecided:
            conflicts.decide(tx, conflicts.keep(theirs, keep), visit.now)
        if undecided:
            visit.note(tx, "conflicts_decided", f"flow:{found.name}", after={"keep": keep, "people": len(undecided)})
        _set(tx, visit, found, "closed")

    try:
        await visit.write(work)
    except UndecidedError as error:
        text = visit.say("desk.flow.undecided", count=error.people)
        return _page(visit, await _found(visit), status=422, problems=[text], given=given)
    return visit.go(f"{PATH}/{found.name}", "flow_closed")


def _set(tx: Transaction, visit: Visit, found: Found, state: Any) -> None:
    flows.set_state(tx, found.name, state, visit.now)
    visit.note(tx, f"flow_{state}", f"flow:{found.name}", before=_told(found), after={"state": state})


def _told(found: Found) -> Mapping[str, object]:
    return {"state": found.state, "version": "" if found.row is None else found.row.version}


async def poster(visit: Visit) -> web.StreamResponse:
    """Answers a PDF to hang up, a page for each place; drawn when it is asked for, since drawing loads much."""
    found = await _found(visit)
    if not found.ways or found.current is None:
        raise web.HTTPNotFound
    current = found.current

    def work() -> bytes:
        from bot.poster import draw, pages

        return draw(pages(current, found.ways, visit.world.catalogue().municipality, visit.language))

    return attachment(await asyncio.to_thread(work), f"{found.name}.pdf")


PAGES = (
    Page("GET", PATH, "open_flows", page),
    Page("GET", ONE, "open_flows", one),
    Page("POST", ONE, "open_flows", sent),
    Page("GET", ONE + "/poster.pdf", "open_flows", poster),
)
