"""A flow's weights at the desk: the census file that its answers are weighted to, handed in, shown, taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web
from multidict import MultiMapping
from sqlalchemy import Connection

from bot.clock import moment
from bot.reports.filters import FilterError
from bot.reports.rows import Selection
from bot.reports.weights import CAP, LEAST, Unweighted, Weighting
from bot.web.desk import results
from bot.web.desk.visit import Page, Visit
from storage.reading import Snapshot
from storage.statements import Transaction

if TYPE_CHECKING:  # what counts answers loads much, which no server's start needs
    from storage.weights import Offered, Stored

PATH = results.ONE + "/weights"
HISTORY = 20


async def page(visit: Visit) -> web.Response:
    """Shows what the answers are weighted to, sample against census, and what was stored before."""
    return await _page(visit)


async def sent(visit: Visit) -> web.StreamResponse:
    """Keeps a file of margins, shows what it would give, or takes the present one away."""
    flow = (await results.found(visit)).row.flow
    form = await visit.request.post()
    match str(form.get("deed", "")):
        case "keep" | "try":
            return await _offered(visit, flow, form)
        case "remove":
            return await _removed(visit, flow)
        case _:
            raise web.HTTPNotFound


async def _offered(visit: Visit, flow: str, form: MultiMapping[Any]) -> web.Response:
    from storage import weights
    from storage.export import read_layout

    offered, problem = _read(visit, form)
    if offered is None:
        return await _page(visit, problems=[problem], form=form, status=422)

    def work(connection: Connection) -> Weighting:
        return weights.rake(connection, flow, offered, read_layout(connection, flow, Selection()), Selection())

    try:
        weighting = await visit.world.database.read(work)
    except FilterError as error:
        told = visit.say(error.key, **({"file": offered.name} | dict(error.places)))
        return await _page(visit, problems=[told], form=form, status=422)
    if form.get("deed") == "try":
        return await _page(visit, tried=weighting, form=form)

    def keep(tx: Transaction) -> None:
        identifier = visit.world.database.identifiers.next()
        weights.store(tx, identifier, flow, offered, weighting, staff=visit.person.id, now=visit.now)
        after = {"source": weighting.margins.source, "sha256": weighting.margins.sha256}
        visit.note(tx, "weights_set", f"flow:{flow}", after=after)

    await visit.write(keep)
    return visit.go(f"{results.PATH}/{flow}/weights", "weights_set")


def _read(visit: Visit, form: MultiMapping[Any]) -> tuple[Offered | None, str]:
    """Returns the file with its bounds; or None, and what is wrong."""
    from storage.weights import BYTES, Offered, form_of

    field, say = form.get("margins"), visit.say
    if not isinstance(field, web.FileField) or not field.filename:
        return None, say("weights.no_file")
    content = field.file.read(BYTES + 1)
    if len(content) > BYTES:
        return None, say("weights.large", limit=BYTES // 1000)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None, say("results.margins_unreadable", file=field.filename, error="UTF-8")
    try:
        cap, least = float(str(form.get("cap", "")).replace(",", ".")), int(str(form.get("least", "")))
    except ValueError:
        return None, say("weights.bounds")
    if not 1 < cap <= 1_000 or not 1 <= least <= 100_000:
        return None, say("weights.bounds")
    name = field.filename.replace("\\", "/").rpartition("/")[2][:100]
    return Offered(name, form_of(name), text, cap, least), ""


async def _removed(visit: Visit, flow: str) -> web.Response:
    from storage import weights

    def work(tx: Transaction) -> bool:
        ended = weights.end(tx, flow, staff=visit.person.id, now=visit.now)
        if ended:
            visit.note(tx, "weights_ended", f"flow:{flow}")
        return ended

    done = "weights_ended" if await visit.write(work) else ""
    return visit.go(f"{results.PATH}/{flow}/weights", done)


async def _page(
    visit: Visit,
    *,
    problems: Sequence[str] = (),
    tried: Weighting | None = None,
    form: MultiMapping[Any] | None = None,
    status: int = 200,
) -> web.Response:
    from storage import weights
    from storage.export import read_layout

    here = await results.found(visit)
    flow = here.row.flow

    def work(connection: Connection) -> tuple[Weighting | Unweighted | None, list[Stored]]:
        layout = read_layout(connection, flow, Selection())
        return weights.raked(connection, flow, layout, Selection()), weights.listed(Snapshot(connection), flow, HISTORY)

    raked, stored = await visit.world.database.read(work)
    now = tried or (raked if isinstance(raked, Weighting) else None)
    zone = visit.office.zone
    return visit.page(
        "weights.html",
        here="results",
        status=status,
        flow=flow,
        address=f"{results.PATH}/{flow}/weights",
        title=here.title(visit.language.code),
        problems=problems,
        tried=tried is not None,
        shown=None if now is None else _shown(visit, now),
        why=visit.say(raked.key, **raked.places) if isinstance(raked, Unweighted) else "",
        in_use=next((one for one in stored if one.ended_at is None), None),
        history=[(one, moment(one.stored_at, zone), _number(visit, one.effect, 2)) for one in stored],
        cap="5" if form is None else str(form.get("cap", CAP)),
        least=LEAST if form is None else str(form.get("least", LEAST)),
        **results.doors(visit, flow, "weights"),
    )


def _number(visit: Visit, value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".replace(".", visit.say("results.decimal"))


def _shown(visit: Visit, one: Weighting) -> dict[str, Any]:
    code = visit.language.code
    names = {margin.grouping.name: margin.grouping for margin in one.margins.margins}

    def label(question: str, category: str) -> str:
        texts = names[question].text(category)
        template = texts.get(code) or next(iter(texts.values()), None)
        return category if template is None else " ".join(template.source.split())

    return {
        "source": one.margins.source,
        "date": one.margins.date.isoformat(),
        "sha256": one.margins.sha256,
        "people": one.people,
        "outside": one.outside,
        "effect": _number(visit, one.effect, 2),
        "effective": _number(visit, one.people / one.effect, 0),
        "capped": one.capped,
        "cap": _number(visit, one.cap, 1),
        "rounds": one.rounds,
        "rows": [
            (each.question, label(each.question, each.code), each.people,
             *(f"{_number(visit, 100 * share, 1)} %" for share in (each.sample, each.census, each.weighted)))
            for each in one.compared
        ],
    }  # fmt: skip


PAGES = (
    Page("GET", PATH, "export_results", page),
    Page("POST", PATH, "export_results", sent),
)
