"""Public commitments: what was answered to those who took part, what will be done, by whom, by when, and what became of it.

Only what staff made public is shown: of a draft nothing is, and a flow that has only one answers as one that there is not.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
from aiohttp import web

from bot.answering_back.words import PATH, said, tongue
from bot.clock import moment
from bot.engine.build import build
from bot.engine.flow import Flow, Step
from bot.engine.language import Language
from bot.reports.csv_table import CsvTable
from bot.web.desk import words
from bot.web.desk.commitments import FILTERS, OWING, titles
from bot.web.desk.visit import number_of
from bot.web.published import kept_copy, look, office_of, page, speaks
from bot.web.world import WORLD
from storage import answer_backs, commitments, flows, releases, theme_streams
from storage.answer_backs import AnswerBack, Entry, Texts
from storage.commitments import ENDED, Commitment
from storage.statements import Transaction

FIELDS = (
    "numero", "flujo", "compromiso", "responsable", "fecha_prometida", "estado", "debe_novedad_desde", "fecha_compromiso",
    "fecha_novedad",
)  # fmt: skip
"""Columns of the data; what each means is told in docs/devolucion.md."""


class Written(NamedTuple):
    """A text as a page shows it, and the language that it is in, which is not always the page's."""

    text: str
    lang: str


def _written(texts: Texts, language: Language) -> Written:
    return Written(said(texts, language.code), tongue(texts, language.code))


async def listing(request: web.Request) -> web.Response:
    """Lists the commitments, what owes an update first, then what is due first."""
    language, query = speaks(request), request.query
    today = request.app[WORLD].clock.now().date()
    found, named = await look(request, _found)
    state, flow = query.get("state", ""), query.get("flow", "")
    shown = _narrowed(found, flow, state, today.isoformat())
    shown.sort(key=lambda one: (not one.owes(today.isoformat()), one.state in ENDED, one.due_on, one.number))
    kept = {name: value for name, value in (("flow", flow), ("state", state)) if value}
    counts = [(key, sum(one.state == key or (key == OWING and one.owes(today.isoformat())) for one in found)) for key in FILTERS]
    return page(
        request,
        "commitments/list.html",
        rows=[_row(one, named, language, today) for one in shown],
        counts=[(key, count) for key, count in counts if count],
        total=len(found),
        states=FILTERS,
        state=state,
        flows=[(name, said(texts, language.code) or name) for name, texts in sorted(named.items())],
        flow=flow,
        narrowed=bool(kept),
        data_query=f"?{urlencode(kept)}" if kept else "",
    )


def _found(tx: Transaction) -> tuple[list[Commitment], dict[str, Texts]]:
    found = commitments.listed(tx)
    return found, titles(tx, {one.flow for one in answer_backs.public(tx)})


def _narrowed(found: Sequence[Commitment], flow: str, state: str, today: str) -> list[Commitment]:
    return [
        one
        for one in found
        if (not flow or one.flow == flow) and (not state or one.state == state or (state == OWING and one.owes(today)))
    ]


def _row(one: Commitment, named: Mapping[str, Texts], language: Language, today: date) -> Mapping[str, Any]:
    due = date.fromisoformat(one.due_on)
    return {
        "number": one.number,
        "what": _written(one.what, language),
        "title": said(named.get(one.flow, {}), language.code) or one.flow,
        "flow": one.flow,
        "office": one.office,
        "due": words.long(due, language),
        "state": one.state,
        "owes_since": words.long(due + timedelta(days=1), language) if one.owes(today.isoformat()) else "",
    }


async def either(request: web.Request) -> web.Response:
    """Shows a commitment by its number, or the answer to a flow by its name. Raises HTTPNotFound for what is not public."""
    name = request.match_info["name"]
    return await _one(request, number_of(name)) if name.isdecimal() else await _answer(request, name)


async def _one(request: web.Request, number: int | None) -> web.Response:
    language, office = speaks(request), office_of(request)
    today = request.app[WORLD].clock.now().date()

    def work(tx: Transaction) -> tuple[Commitment, list[commitments.Event], dict[str, Texts]] | None:
        one = None if number is None else commitments.one(tx, number)
        return None if one is None else (one, commitments.events(tx, one.id), titles(tx, {one.flow}))

    found = await look(request, work)
    if found is None:
        raise web.HTTPNotFound
    one, events, named = found
    history = [
        {
            "at": words.long(office.day(event.at), language),
            "state": event.state,
            "due": words.long(date.fromisoformat(event.due_on), language),
            "moved": number > 0 and event.due_on != events[number - 1].due_on,
            "text": _written(event.text, language),
            "first": number == 0,
        }
        for number, event in enumerate(events)
    ]
    return page(
        request,
        "commitments/one.html",
        one=_row(one, named, language, today),
        heard=_written(one.heard, language),
        history=history,
    )


async def _answer(request: web.Request, name: str) -> web.Response:
    language = speaks(request)
    today = request.app[WORLD].clock.now().date()

    def work(tx: Transaction) -> tuple[AnswerBack, list[Entry], Flow, dict[int, Commitment], bool] | None:
        answer = answer_backs.of_flow(tx, name)
        if answer is None or answer.public_at is None:
            return None
        state = next(state for state in flows.listed(tx) if state.flow == name)
        content = flows.content(tx, state.version)
        assert content is not None  # a foreign key says that it is there
        found = {one.id: one for one in commitments.listed(tx) if one.flow == name}
        released = releases.latest(tx, name)
        return answer, answer_backs.entries(tx, answer.id), build(content), found, released is not None and released.is_public

    found = await look(request, work)
    if found is None:
        raise web.HTTPNotFound
    answer, entries, flow, promised, released = found
    labels = await request.app[WORLD].database.read(lambda connection: theme_streams.labels(connection, name))
    code = language.code
    assert answer.public_at is not None
    return page(
        request,
        "commitments/answer.html",
        flow=name,
        title=said(flow.title, code) or name,
        heading=_written(answer.heading, language),
        public_on=words.long(moment(answer.public_at, office_of(request).zone).date(), language),
        released=released,
        entries=[
            {
                "about": _about(flow, entry, labels, language),
                "heard": _written(entry.heard, language),
                "declined": _written(entry.declined, language),
                "promise": None
                if entry.promise is None
                else _row(promised[entry.promise.id], {name: flow.title}, language, today),
            }
            for entry in entries
        ],
    )


def _about(flow: Flow, entry: Entry, labels: Mapping[str, Texts], language: Language) -> str:
    if entry.about == "whole":
        return ""
    step = next((node for node in flow.program if isinstance(node, Step) and node.name == entry.step), None)
    texts = {} if step is None else {code: template.source for code, template in step.label.items()}
    label = " ".join(said(texts, language.code).split()) or entry.step
    return f"{label} → {said(labels.get(entry.theme, {}), language.code) or entry.theme}" if entry.theme else label


async def data(request: web.Request) -> web.Response:
    """Answers the commitments as CSV (UTF-8) or JSON, narrowed as the page is."""
    office, query = office_of(request), request.query
    today = request.app[WORLD].clock.now().date()
    found, _ = await look(request, _found)
    rows = [
        (
            one.number, one.flow, said(one.what, "es"), one.office, one.due_on, one.state,
            (date.fromisoformat(one.due_on) + timedelta(days=1)).isoformat() if one.owes(today.isoformat()) else None,
            office.day(one.promised_at).isoformat(), office.day(one.changed_at).isoformat(),
        )
        for one in _narrowed(found, query.get("flow", ""), query.get("state", ""), today.isoformat())
    ]  # fmt: skip
    if request.match_info["kind"] == "json":
        body = orjson.dumps([dict(zip(FIELDS, row, strict=True)) for row in rows], option=orjson.OPT_INDENT_2)
        answer = web.Response(body=body, content_type="application/json", charset="utf-8")
    else:
        out = io.StringIO(newline="")
        table = CsvTable(out, FIELDS)
        for row in rows:
            table.write(list(row))
        answer = web.Response(text=out.getvalue(), content_type="text/csv", charset="utf-8")
    name = f"compromisos-{today.isoformat()}.{request.match_info['kind']}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return kept_copy(request, answer)


ROUTES = (
    web.get(PATH, listing),
    web.get(PATH + "/datos.{kind:csv|json}", data),
    web.get(PATH + "/{name}", either),
)
