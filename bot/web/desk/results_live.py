"""The live numbers of a flow at the desk: who is where, where people leave, what they answer, narrowed and crossed as asked.

Whoever looks sees what a report may tell and no more (`bot/reports/discretion.py`): nobody's answer, no small group.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Any

from aiohttp import web
from markupsafe import Markup

from bot.reports.filters import CHANNELS, FilterError
from bot.web.desk import results
from bot.web.desk.results_look import LOOKS, Look, Seen, fitting, layout_of, read
from bot.web.desk.visit import Page, Visit
from bot.web.results_made import MADE

if TYPE_CHECKING:  # heavy: imported where they are needed
    from bot.reports.course import Completion, Course
    from bot.reports.findings import Findings
    from bot.reports.layout import Layout
    from bot.reports.report_words import Words

STATES = ("completed", "open", "partial", "stopped", "refused", "replaced")
"""How a conversation stands, in the order in which they are told."""

INVITED = ("invited", "reached", "unreachable", "waiting", "invited_started")

CHOOSING = frozenset({"select_one", "select_multiple", "rank", "acknowledge"})


async def page(visit: Visit) -> web.Response:
    """Shows what a flow's answers add up to now."""
    seen = await results.found(visit)
    typed = read(seen.row.flow, visit.request.query)
    asked = fitting(typed)
    problem, count, newest = "", None, True
    try:
        count, newest = await visit.request.app[LOOKS].look(visit.world.database, asked, visit.world.clock.now())
    except FilterError as error:
        problem = visit.say(error.key, **error.places)
    if count is not None:
        layout = count.findings.summary.layout
    else:
        layout = await visit.world.database.read(lambda connection: layout_of(connection, seen.row.flow))
    from bot.reports.report_words import Words

    words = Words(visit.language)
    return visit.page(
        "result.html",
        here="results",
        status=422 if problem else 200,
        flow=seen.row.flow,
        title=seen.title(visit.language.code),
        seen=seen,
        problem=problem,
        newest=newest,
        typed=typed,
        half=bool(typed.of) != bool(typed.by) or bool(typed.of and typed.of == typed.by),
        query=typed.query(),
        found=None if count is None else await _kept(visit, count, asked, words),
        **_choices(layout, words),
        **results.doors(visit, seen.row.flow, "results"),
    )


async def _kept(visit: Visit, count: Seen, asked: Look, words: Words) -> Any:
    """Returns what the page tells of that count, made once for everybody who reads it in the same language."""

    async def make() -> dict[str, Any]:
        return await asyncio.to_thread(_told, visit, count.findings, asked, words)

    return await visit.request.app[MADE].get(("desk", count.number, visit.today, visit.language.code), make)


def _told(visit: Visit, found: Findings, asked: Look, words: Words) -> dict[str, Any]:
    from bot.reports.page import fragments
    from bot.reports.report import told

    report = told(found, asked.selection(found.now), visit.language, municipality="", root="")
    crossed, questions = (
        [section for section in report.sections if section.key in keys] for keys in (("cross",), ("who", "questions"))
    )
    # our own HTML, in which every text is escaped
    body, cross = (Markup(fragments(parts)) for parts in (questions, crossed))  # noqa: S704  # because of that
    statuses = found.disposition.statuses
    return {
        "at": f"{found.now:%H:%M:%S}",
        "counted": found.summary.left_out.taken,
        "states": [(name, statuses.get(name, 0)) for name in STATES if name in ("completed", "open") or statuses.get(name)],
        "tests": sum(group.total for group in found.summary.groups if group.test),
        "today": _today(found.course, visit.today),
        "minutes": None if found.course.minutes is None else words.number(found.course.minutes, 0),
        "invited": [(name, getattr(found.disposition, name)) for name in INVITED] if found.disposition.invited else [],
        "passages": _passages(found, words),
        "completion": [
            ("channel", [_completion(one, words.channel(one.name), words) for one in found.course.channels]),
            ("language", [_completion(one, words.tongue(one.name), words) for one in found.course.languages]),
        ],
        "weighted": found.weighting is not None,
        "cross": cross,
        "body": body,
    }


def _today(course: Course, today: date) -> tuple[int, int]:
    day = next((one for one in course.days if one.day == today), None)
    return (0, 0) if day is None else (day.started, day.completed)


def _passages(found: Findings, words: Words) -> list[tuple[str, int, int, str, str]]:
    """Returns of each question how many came to it, how many left there, their share, and the time that it took."""
    rows = []
    for one in found.course.passages:
        name = words.asked(one.step, found.summary.layout) if one.step else words.say("results.beginning")
        share = words.percent(one.left / one.reached) if one.reached else "–"
        time = "–" if one.seconds is None else words.say("live.seconds", seconds=words.number(one.seconds, 0))
        rows.append((name, one.reached, one.left, share, time))
    return rows


def _completion(one: Completion, name: str, words: Words) -> tuple[str, int, int, str]:
    done = 0 if one.completed is None else round(one.completed.count)
    return name, one.started, done, "–" if one.completed is None else words.percent(one.completed.share)


def _choices(layout: Layout, words: Words) -> dict[str, Any]:
    """Returns what the form offers: the answers that one may narrow by, and the questions that one may cross."""
    from bot.reports.discretion import Discretion, discretions

    discretion = discretions(layout)
    told = [
        one for one in layout.questions if discretion[one.column] < Discretion.SENSITIVE and not one.other and not one.withheld
    ]
    answers = []
    for one in told:
        if one.type in CHOOSING and one.codes:
            labels = {choice.name: choice.label for step in one.steps.values() for choice in step.choices}
            options = [(f"{one.step}={code}", words.choice(code, labels.get(code, {}))) for code in one.codes]
            answers.append((words.asked(one.step, layout), options))
    named = dict.fromkeys((one.step, words.asked(one.step, layout)) for one in told if one.type in CROSSED)
    return {
        "answers": answers,
        "crossed": [*named, ("channel", words.say("report.channel")), ("language", words.say("report.language"))],
        "channels": [(name, words.channel(name)) for name in CHANNELS],
        "spoken": [(code, words.tongue(code)) for code in layout.languages],
    }


CROSSED = frozenset({"select_one", "select_multiple", "rank", "integer", "decimal", "range", "date", "datetime", "acknowledge"})

PAGES = (Page("GET", results.ONE, "see_results", page),)
