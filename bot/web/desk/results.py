"""Results at the desk: which flows there are to look at, and the doors of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web

from bot.engine.flow import Flow
from bot.web.desk.roles import Deed
from bot.web.desk.visit import Page, Visit
from bot.web.results_seen import BUILT, Held, everything, held
from storage import desk_flows
from storage.desk_flows import Counts
from storage.statements import Transaction

PATH = "/desk/results"
ONE = PATH + "/{flow}"


class Door(NamedTuple):
    """A page about a flow's results: the text's key is `live.door.<name>`, shown to whoever may do `deed`."""

    name: str
    below: str
    deed: Deed


DOORS = (
    Door("results", "", "see_results"),
    Door("themes", "/themes", "code_answers"),
    Door("exports", "/exports", "export_results"),
    Door("weights", "/weights", "export_results"),
    Door("release", "/release", "release_results"),
    Door("answer", "/answer", "answer_back"),
)
"""In the order they are shown, by `desk/results_doors.html`."""


def doors(visit: Visit, flow: str, here: str) -> Mapping[str, Any]:
    """Returns what `desk/results_doors.html` needs; `here` is the door's name that the page is behind."""
    return {
        "doors": [(door.name, f"{PATH}/{flow}{door.below}") for door in DOORS if visit.may(door.deed)],
        "door": here,
    }


Listed = Held
"""A flow that opened once, as it stands."""


def title_of(flow: Flow, language: str) -> str:
    """Returns what the flow is called in that language, else in its own first one."""
    return flow.title.get(language) or next(iter(flow.title.values()), flow.flow)


async def found(visit: Visit) -> Held:
    """Returns the flow that the address names. Raises HTTPNotFound for one that never opened or adds up to nothing."""
    name, built, now = visit.request.match_info["flow"], visit.request.app[BUILT], visit.world.clock.now()
    one = await visit.read(lambda tx: held(tx, built, name, now))
    if one is None:
        raise web.HTTPNotFound
    return one


async def page(visit: Visit) -> web.Response:
    """Lists the flows."""
    built, now = visit.request.app[BUILT], visit.world.clock.now()

    def work(tx: Transaction) -> tuple[list[Held], dict[str, Counts]]:
        return everything(tx, built, now), desk_flows.counts(tx)

    listed, counts = await visit.read(work)
    nobody = Counts(0, 0, 0)
    rows = [
        {
            "name": one.row.flow,
            "title": one.title(visit.language.code),
            "state": one.row.state,
            "counts": counts.get(one.row.flow, nobody),
            "public": one.public is not None,
        }
        for one in listed
    ]
    return visit.page("results.html", here="results", rows=rows)


PAGES = (Page("GET", PATH, "see_results", page),)
