"""Free answers at the desk: how far each question of a flow is coded, and what its pages share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.codebooks import FoundBook
from bot.engine.build import build
from bot.reports.layout import Layout, Question, lay_out
from bot.reports.themes.agreement import Agreement
from bot.reports.themes.coded import codeable, quotable
from bot.reports.themes.coding import verdict
from bot.reports.themes.suggest import suggester
from bot.web.desk import results
from bot.web.desk.results import Listed as ListedFlow
from bot.web.desk.visit import Page, Visit
from storage import theme_lists, theme_streams
from storage.reading import Snapshot
from storage.theme_lists import Progress

PATH = results.ONE + "/themes"
ONE = PATH + "/{question}"

LOOKED_AT = 200
"""Of so many answers that nobody coded yet it is told how many have a suggestion."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A flow with its questions that are coded, by their step, and the book that they are coded by."""

    flow: str
    title: str
    layout: Layout
    questions: dict[str, Question]
    quotable: frozenset[str]
    found: FoundBook

    def label(self, step: str, language: str) -> str:
        """Returns the question as it was asked, in that language or the first there is."""
        label = next(reversed(tuple(self.questions[step].steps.values()))).label if self.questions[step].steps else {}
        template = label.get(language) or next(iter(label.values()), None)
        return step if template is None or self.questions[step].other else " ".join(template.source.split())


@dataclass(slots=True)
class _Standing:
    agreement: Agreement
    none: int = 0
    open: int = 0


async def opened(visit: Visit) -> Opened:
    """Returns the flow that the address names. Raises HTTPNotFound for one that there is not."""
    here: ListedFlow = await results.found(visit)
    flow = here.row.flow

    def work(connection: Connection) -> Layout:
        from storage.results import versions  # the tables' classes, which no server's start needs

        return lay_out({version: build(content) for version, content in versions(connection, flow).items()}, ())

    layout = await visit.world.database.read(work)
    found = visit.world.books(flow)
    questions = {one.step: one for one in codeable(layout)}
    title = results.title_of(here.flow, visit.language.code)
    return Opened(flow, title, layout, questions, frozenset(_steps(layout)), found)


def _steps(layout: Layout) -> Sequence[str]:
    columns = quotable(layout)
    return [one.step for one in layout.questions if one.column in columns]


def question(visit: Visit, of: Opened) -> str:
    """Returns the step that the address names. Raises HTTPNotFound where its answers are not coded."""
    step = visit.request.match_info["question"]
    if step not in of.questions:
        raise web.HTTPNotFound
    return step


async def page(visit: Visit) -> web.Response:
    """Shows how far each question is."""
    of = await opened(visit)
    book = of.found.book

    def work(connection: Connection) -> tuple[dict[str, Progress], dict[str, _Standing], dict[str, tuple[int, int]]]:
        tx = Snapshot(connection)
        progress = theme_lists.progress(tx, of.flow, visit.person.id)
        standings: dict[str, _Standing] = {}
        for said in theme_streams.stream(connection, of.flow):
            for key in {(mark.step, mark.at) for mark in said.marks}:
                found = verdict(mark for mark in said.marks if (mark.step, mark.at) == key)
                if found is not None:
                    standing = standings.setdefault(key[0], _Standing(Agreement()))
                    standing.agreement.add(found.coded)
                    standing.none += not found.themes and found.standing != "open"
                    standing.open += found.standing == "open"
        looked: dict[str, tuple[int, int]] = {}
        if book is not None:
            suggest = suggester(book).suggest
            for step in of.questions:
                rows = theme_lists.page(tx, of.flow, step, which="new", staff_id=visit.person.id, limit=LOOKED_AT)
                texts = [one.value for one in rows if isinstance(one.value, str)]
                looked[step] = (sum(1 for text in texts if suggest(text)), len(texts))
        return progress, standings, looked

    progress, standings, looked = await visit.world.database.read(work)
    rows = [_row(visit, of, step, progress.get(step), standings.get(step), looked.get(step, (0, 0))) for step in of.questions]
    return visit.page(
        "themes.html",
        here="results",
        flow=of.flow,
        title=of.title,
        rows=rows,
        **book_of(visit, of),
        **results.doors(visit, of.flow, "themes"),
    )


def _row(
    visit: Visit, of: Opened, step: str, progress: Progress | None, standing: _Standing | None, looked: tuple[int, int]
) -> dict[str, Any]:
    done = progress or Progress(0, 0, 0, 0, 0)
    agreement = standing.agreement if standing is not None else Agreement()
    return {
        "step": step,
        "label": of.label(step, visit.language.code),
        "address": f"{results.PATH}/{of.flow}/themes/{step}",
        "done": done,
        "left": done.answered - done.coded,
        "percent": round(100 * done.coded / done.answered) if done.answered else 0,
        "unclassified": "" if not done.answered else _percent(done.answered - done.coded, done.answered),
        "none": 0 if standing is None else standing.none,
        "none_share": "" if not done.answered else _percent(0 if standing is None else standing.none, done.answered),
        "open": 0 if standing is None else standing.open,
        "doubly": agreement.doubly,
        "raw": None if agreement.raw is None else f"{100 * agreement.raw:.0f} %",
        "kappa": None if agreement.kappa is None else decimal(visit, agreement.kappa),
        "suggested": looked,
        "quotable": step in of.quotable,
    }


def book_of(visit: Visit, of: Opened) -> dict[str, Any]:
    """Returns what pages tell of the book: its name, its file where it is the municipality's own, and its mistakes."""
    book = of.found.book
    return {
        "book": None if book is None else book.title.get(visit.language.code) or book.title.get("es", book.name),
        "own_book": of.found.file.name if of.found.own else "",
        "book_problems": [(one.line, one.tell(visit.language)) for one in of.found.errors],
        "book_file": of.found.file.name,
    }


def decimal(visit: Visit, number: float) -> str:
    """Returns the number with two decimals, with a comma for whoever reads Spanish."""
    told = f"{number:.2f}"
    return told.replace(".", ",") if visit.language.code == "es" else told


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


PAGES = (Page("GET", PATH, "code_answers", page),)
