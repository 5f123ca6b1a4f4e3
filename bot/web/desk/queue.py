"""The queue: what is to be answered, the most urgent first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from aiohttp import web

from bot.casework.filing import read_number
from bot.web.desk import words
from bot.web.desk.visit import Page, Visit, number_of
from storage import desk_queue, staff
from storage.desk_queue import VIEWS, Counts, Filter, Place, Row, View
from storage.staff import Unit
from storage.statements import Transaction

PATH = "/desk"
SIZE = 50
KINDS = ("information", "suggestion", "complaint")


async def page(visit: Visit) -> web.Response:
    """Shows a page of the queue, or goes straight to the case whose number was typed."""
    query = visit.request.query
    if number := read_number(query.get("q", "")):
        return visit.go(f"/desk/requests/{number}")
    wanted = _wanted(visit, query)
    after = _place(query.get("after", ""))
    today = visit.today

    def work(tx: Transaction) -> tuple[list[Row], Counts, list[Unit]]:
        rows = desk_queue.page(tx, wanted, today, after=after, limit=SIZE + 1)
        return rows, desk_queue.counts(tx, wanted, today), staff.units(tx) if visit.may("assign") else []

    rows, counts, units = await visit.read(work)
    shown = rows[:SIZE]
    kept = _kept(wanted, query)
    return visit.page(
        "queue.html",
        here="queue",
        rows=[_shown(visit, row) for row in shown],
        views=[(view, counts.told(view), _address({**kept, "view": view})) for view in VIEWS],
        view=wanted.view,
        kind=wanted.kind,
        kinds=KINDS,
        unit=wanted.unit,
        units=units,
        mine=wanted.officer is not None,
        sought=query.get("q", "").strip()[:80],
        first=_address({**kept, "view": wanted.view}) if after is not None else "",
        more=_address({**kept, "view": wanted.view, "after": _written(shown[-1])}) if len(rows) > SIZE else "",
    )


def _wanted(visit: Visit, query: Mapping[str, str]) -> Filter:
    view: View = next((view for view in VIEWS if view == query.get("view")), "due")
    kind = query.get("kind", "")
    unit = query.get("unit", "")
    everywhere = visit.may("assign")
    return Filter(
        view=view,
        kind=kind if kind in KINDS else "",
        unit=number_of(unit) if everywhere else None,
        officer=visit.person.id if query.get("mine") == "1" else None,
        # somebody without a unit who is not everywhere sees none: no unit has the number -1
        scope=None if visit.sees(None) else visit.person.unit_id or -1,
    )


def _kept(wanted: Filter, query: Mapping[str, str]) -> dict[str, str]:
    kept = {"kind": wanted.kind, "unit": "" if wanted.unit is None else str(wanted.unit)}
    kept["mine"] = "1" if query.get("mine") == "1" else ""
    return {name: value for name, value in kept.items() if value}


def _address(query: Mapping[str, str]) -> str:
    return f"{PATH}?{urlencode(query)}"


def _place(text: str) -> Place | None:
    day, _, identifier = text.partition("_")
    last = number_of(identifier)
    try:
        return None if last is None else (date.fromisoformat(day), last)
    except ValueError:
        return None


def _written(row: Row) -> str:
    return f"{row.target.isoformat()}_{row.id}"


def _shown(visit: Visit, row: Row) -> Mapping[str, object]:
    left = words.left(row.state, row.target, row.due, visit.today, visit.language)
    return {
        "row": row,
        "left": left,
        "target": words.short(row.target, visit.language),
        "state": visit.say(f"desk.state.{row.state}"),
        "outcome": visit.say(f"desk.outcome.{row.outcome}") if row.outcome else "",
        "kind": visit.say(f"desk.kind.{row.kind}"),
        "mine": row.officer_id == visit.person.id,
    }


PAGES = (Page("GET", PATH, "look", page),)
