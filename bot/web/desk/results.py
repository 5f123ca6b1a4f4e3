"""Results at the desk: which flows there are to look at, and the doors of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web

from bot.engine.build import build
from bot.engine.flow import Flow
from bot.web.desk.roles import Deed
from bot.web.desk.visit import Page, Visit
from storage import desk_flows, flows
from storage.desk_flows import Counts
from storage.flows import FlowState
from storage.statements import Transaction

PATH = "/desk/results"
ONE = PATH + "/{flow}"

COUNTED = frozenset({"survey", "consultation", "vote", "course", "event"})
"""The kinds of flows that add up to something; what a request says is somebody's own matter."""


class Door(NamedTuple):
    """A page about a flow's results: the text's key is `live.door.<name>`, shown to whoever may do `deed`."""

    name: str
    below: str
    deed: Deed


DOORS = (
    Door("results", "", "see_results"),
    Door("themes", "/themes", "code_answers"),
    Door("exports", "/exports", "export_results"),
    Door("release", "/release", "release_results"),
    Door("answer", "/answer", "answer_back"),
)
"""In the order they are shown, by `desk/results_doors.html`."""


class Listed(NamedTuple):
    """A flow that opened once, as it stands."""

    row: FlowState
    flow: Flow
    counts: Counts


def held(tx: Transaction) -> list[Listed]:
    """Returns every flow that ever opened and adds up to something, by name."""
    counts = desk_flows.counts(tx)
    found = []
    for row in flows.listed(tx):
        content = None if row.state == "draft" else flows.content(tx, row.version)
        flow = None if content is None else build(content)
        if flow is not None and flow.kind in COUNTED:
            found.append(Listed(row, flow, counts.get(row.flow, Counts(0, 0, 0))))
    return found


def title_of(flow: Flow, language: str) -> str:
    """Returns what the flow is called in that language, else in its own first one."""
    return flow.title.get(language) or next(iter(flow.title.values()), flow.flow)


def doors(visit: Visit, flow: str, here: str) -> Mapping[str, Any]:
    """Returns what `desk/results_doors.html` needs; `here` is the door's name that the page is behind."""
    return {
        "doors": [(door.name, f"{PATH}/{flow}{door.below}") for door in DOORS if visit.may(door.deed)],
        "door": here,
    }


async def page(visit: Visit) -> web.Response:
    """Lists the flows."""
    rows = [
        {"name": one.row.flow, "title": title_of(one.flow, visit.language.code), "state": one.row.state, "counts": one.counts}
        for one in await visit.read(held)
    ]
    return visit.page("results.html", here="results", rows=rows)


async def found(visit: Visit) -> Listed:
    """Returns the flow that the address names. Raises HTTPNotFound."""
    name = visit.request.match_info["flow"]
    one = next((one for one in await visit.read(held) if one.row.flow == name), None)
    if one is None:
        raise web.HTTPNotFound
    return one


async def one(visit: Visit) -> web.Response:
    """Shows what a flow's answers add up to."""
    here = await found(visit)
    return visit.page(
        "result.html",
        here="results",
        flow=here.row.flow,
        title=title_of(here.flow, visit.language.code),
        state=here.row.state,
        counts=here.counts,
        **doors(visit, here.row.flow, "results"),
    )


PAGES = (
    Page("GET", PATH, "see_results", page),
    Page("GET", ONE, "see_results", one),
)
