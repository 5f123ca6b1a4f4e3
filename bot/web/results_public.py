"""What of a flow's results somebody who asks may see: what is public, or why nothing is; and the page of either."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web
from markupsafe import Markup

from bot import links
from bot.answering_back.words import PATH as COMMITMENTS
from bot.clock import moment
from bot.engine.language import Language
from bot.reports.kept import KeptError, from_json
from bot.reports.piece import Report
from bot.web.desk import words
from bot.web.published import look, office_of, page, speaks
from bot.web.results_made import MADE, look_again
from bot.web.results_seen import BUILT, LAG, Held, held
from bot.web.world import WORLD
from storage import answer_backs, releases
from storage.releases import Release
from storage.statements import Transaction

PATH = links.RESULTS


@dataclass(frozen=True, slots=True)
class Public:
    """What is public of a flow: `report` is what was counted, in the reader's language; `stamp` is new when it is.

    `answered`: what will be done about it is public as well.
    """

    seen: Held
    release: Release
    report: Report
    stamp: tuple[object, ...]
    answered: bool = False


async def find(request: web.Request) -> Public | Held | None:
    """Returns what is public of the flow that the address names; the flow where nothing is; None where there is no such flow."""
    name, language = request.match_info["flow"], speaks(request)
    built, now = request.app[BUILT], request.app[WORLD].clock.now()

    def work(tx: Transaction) -> tuple[Held | None, tuple[str, ...], bool]:
        found = held(tx, built, name, now)
        if found is None or found.public is None:
            return found, (), False
        answer = answer_backs.of_flow(tx, name)
        return found, releases.quotes(tx, name), answer is not None and answer.public_at is not None

    seen, quotes, answered = await look(request, work)
    if seen is None or seen.public is None:
        return seen
    look_again(request, seen)
    release = seen.public
    stamp = (release.id, release.counted_at, language.code, quotes)

    async def make() -> Report:
        content = await look(request, lambda tx: releases.content(tx, release.id))
        return await asyncio.to_thread(from_json, content or "{}", language.code, quotes)

    try:
        report = await request.app[MADE].get(("report", *stamp), make)
    except KeptError:
        # another version of the program counted it: this one counts the same people again
        look_again(request, seen, unreadable=True)
        return seen
    return Public(seen, release, report, stamp, answered)


def public_page(
    request: web.Request, found: Public, body: Markup, *, status: int = 200, kept: bool = True, **more: Any
) -> web.Response:
    """Returns the page of what is or would be public; `more` may hold what a preview has above it."""
    language, name = speaks(request), found.seen.row.flow
    address = f"{PATH}/{name}"
    values = {"said": "", "counted": False, "draft": None} | more
    return page(
        request,
        "results/one.html",
        status=status,
        kept=kept,
        lag=LAG,
        seen=found.seen,
        title=found.report.title,
        body=body,
        closing=found.report.closing,
        release=found.release,
        answered=f"{COMMITMENTS}/{name}" if found.answered else "",
        counted_at=words.at(moment(found.release.counted_at, office_of(request).zone), language),
        address=address,
        canonical=absolute(request, address),
        picture=absolute(request, f"{address}/imagen.png?lang={language.code}"),
        **values,
    )


def nothing(request: web.Request, seen: Held | None, *, status: int = 404, no_data: bool = False) -> web.Response:
    """Returns the page that says why there is nothing: of that flow, or because there is no such flow."""
    if seen is None:
        return page(request, "results/none.html", status=404, kept=False)
    language = speaks(request)
    told = (language.say("live.why.no_data"),) if no_data else why(request, seen, language)
    title, canonical = seen.title(language.code), absolute(request, f"{PATH}/{seen.row.flow}")
    return page(request, "results/held.html", status=status, title=title, seen=seen, why=told, canonical=canonical)


def why(request: web.Request, seen: Held, language: Language) -> tuple[str, ...]:
    """Returns why nothing of that flow is shown, a sentence each."""
    zone, release, notice = office_of(request).zone, seen.release, seen.notice
    told: list[str] = []
    if release is not None and release.withdrawn_at is not None:
        told.append(language.say("live.why.withdrawn", day=words.long(moment(release.withdrawn_at, zone).date(), language)))
        if release.why:
            told.append(language.say("live.why.said", why=release.why))
    elif release is not None:
        told.append(language.say("live.why.counting"))
    elif seen.over:
        told.append(language.say("live.why.over"))
    elif seen.flow.closes is not None:
        told.append(language.say("live.why.until", day=words.long(seen.flow.closes.date(), language)))
    else:
        told.append(language.say("live.why.open"))
    if notice is not None and notice.why:
        told.append(language.say("live.why.said", why=notice.why))
    if notice is not None and notice.expected:
        told.append(language.say("live.why.expected", day=words.long(date.fromisoformat(notice.expected), language)))
    return tuple(told)


def absolute(request: web.Request, path: str) -> str:
    """Returns the whole address of a page: by that of this server, or as it was asked for where none is set."""
    base = office_of(request).public_url.rstrip("/") or f"{request.scheme}://{request.host}"
    return base + path
