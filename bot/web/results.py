"""Public results: which consultations there were, what came of each as staff released it, why nothing is shown where nothing is.

Everything here is drawn from what was counted for the release (`bot/web/results_counting.py`); no answer is read for a page.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from aiohttp import web
from markupsafe import Markup
from sqlalchemy import Connection

from bot.clock import milliseconds, moment
from bot.engine.language import Language
from bot.reports.piece import Report
from bot.web.desk import words
from bot.web.desk.results_look import LOOKS
from bot.web.download import stored
from bot.web.published import kept_copy, look, office_of, page, speaks
from bot.web.results_made import MADE, Made, look_again
from bot.web.results_public import PATH, Public, absolute, find, nothing, public_page, why
from bot.web.results_seen import BUILT, Built, Held, everything
from bot.web.world import WORLD
from storage import throttle
from storage.releases import Release

TRIES = 120
"""Receipts that are looked for in vain of one flow within the window. There are 2^50: it is the database that this spares."""

WINDOW = 15 * 60_000
"""Milliseconds."""


async def listing(request: web.Request) -> web.Response:
    """Lists what was released, the newest first, and what was held without results, with why."""
    language, now = speaks(request), request.app[WORLD].clock.now()
    found = await look(request, lambda tx: everything(tx, request.app[BUILT], now))
    for one in found:
        look_again(request, one)
    public = sorted((one for one in found if one.public is not None), key=lambda one: -(one.release.released_at or 0))  # type: ignore[union-attr]  # because what is public has a release
    others = [one for one in found if one.public is None]
    return page(
        request,
        "results/list.html",
        released=[_line(request, one, language) for one in public],
        others=[(one, one.title(language.code), why(request, one, language)) for one in others],
        canonical=absolute(request, PATH),
    )


async def one(request: web.Request) -> web.Response:
    """Shows what is public of a flow; why nothing is, where nothing is; and that there is no such flow."""
    found = await find(request)
    if isinstance(found, Public):
        return await _shown(request, found)
    return nothing(request, found, status=200)


async def picture(request: web.Request) -> web.Response:
    """Answers the picture that a shared link shows."""
    found = await find(request)
    if not isinstance(found, Public):
        return nothing(request, found)
    made, language = request.app[MADE], speaks(request)

    async def make() -> bytes:
        lead = language.say("live.counted", count=found.release.counted)
        return await asyncio.to_thread(_card, made, found.report, language, lead)

    return _kept(request, await made.get(("png", *found.stamp), make), "image/png", "")


async def pdf(request: web.Request) -> web.Response:
    """Answers the report to be printed."""
    found = await find(request)
    if not isinstance(found, Public):
        return nothing(request, found)
    made, language = request.app[MADE], speaks(request)
    office, name = office_of(request), found.seen.row.flow

    async def make() -> bytes:
        at = moment(found.release.counted_at, office.zone)
        return await asyncio.to_thread(_printed, made, found.report, language, office.municipality, at)

    content = await made.get(("pdf", *found.stamp), make)
    return _kept(request, content, "application/pdf", f"{name}-{language.code}.pdf")


async def package(request: web.Request) -> web.Response:
    """Answers the open data that were released with the results."""
    found = await find(request)
    if not isinstance(found, Public):
        return nothing(request, found)
    if found.release.package is None:
        return nothing(request, found.seen, no_data=True)
    return await stored(
        request.app[WORLD].attachments, found.release.package, f"{found.seen.row.flow}.zip", cache="public, max-age=300"
    )


async def receipt(request: web.Request) -> web.Response:
    """Tells whoever types a receipt whether what they said is among what is counted."""
    found = await find(request)
    if not isinstance(found, Public):
        return nothing(request, found)
    language, now = speaks(request), milliseconds(request.app[WORLD].clock.now())
    typed = re.sub(r"[^0-9A-Z]", "", str((await request.post()).get("receipt", ""))[:100].upper())
    name, key = found.seen.row.flow, f"results/{found.seen.row.flow}"

    wait = await look(request, lambda tx: throttle.wait(tx, key, now, limit=TRIES, window=WINDOW))
    if wait:
        said = language.say("live.receipt.held", minutes=max(1, -(-wait // 60_000)))
        return await _shown(request, found, status=429, said=said)

    def ask(connection: Connection) -> tuple[str, int, int] | None:
        from storage import results  # the tables' classes, which the first visitor must not wait for

        return results.standing(connection, name, typed)

    stands = standing_of(await request.app[WORLD].database.read(ask), found.release)
    if stands == "unknown":
        await request.app[WORLD].database.transaction(lambda tx: throttle.tried(tx, key, now, window=WINDOW))
    said = language.say(f"live.receipt.{stands}", receipt=typed)
    return await _shown(request, found, said=said, counted=stands == "counted")


def standing_of(standing: tuple[str, int, int] | None, release: Release) -> str:
    """Returns how a conversation stands to what was counted: "counted", "later", "replaced" or "unknown"."""
    if standing is None:
        return "unknown"
    status, began, ended = standing
    if status == "replaced":
        return "replaced"
    if status != "completed":
        return "unknown"
    before = release.until is None or began < release.until
    return "counted" if before and ended <= release.counted_at else "later"


async def _shown(
    request: web.Request, found: Public, *, status: int = 200, said: str = "", counted: bool = False
) -> web.Response:
    from bot.reports.page import fragments

    async def make() -> Markup:
        # our own HTML, in which every text is escaped
        return Markup(await asyncio.to_thread(fragments, found.report.sections))  # noqa: S704  # because of that

    body = await request.app[MADE].get(("page", *found.stamp), make)
    return public_page(request, found, body, status=status, said=said, counted=counted, kept=not said)


def _line(request: web.Request, seen: Held, language: Language) -> dict[str, object]:
    release = seen.public
    assert release is not None
    zone = office_of(request).zone
    return {
        "name": seen.row.flow,
        "title": seen.title(language.code),
        "over": seen.over,
        "counted": release.counted,
        "at": words.short(moment(release.counted_at, zone).date(), language),
    }


def _kept(request: web.Request, content: bytes, kind: str, name: str) -> web.Response:
    answer = web.Response(body=content, content_type=kind)
    if name:
        answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    # whatever shows a shared link's picture is another site
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return kept_copy(request, answer)


def _press(made: Made) -> Any:
    from bot.printing.press import press

    if made.press is None:
        made.press = press()
    return made.press


def _card(made: Made, report: Report, language: Language, lead: str) -> bytes:
    from bot.printing.cards import title_card

    return title_card(_press(made), report, language, lead)


def _printed(made: Made, report: Report, language: Language, municipality: str, at: Any) -> bytes:
    from bot.printing.document import pdf as printed

    return printed(_press(made), report, language, municipality=municipality, now=at)


ROUTES = (
    web.get(PATH, listing),
    web.get(PATH + "/{flow}", one),
    web.post(PATH + "/{flow}", receipt),
    web.get(PATH + "/{flow}/imagen.png", picture),
    web.get(PATH + "/{flow}/informe.pdf", pdf),
    web.get(PATH + "/{flow}/datos.zip", package),
)


def add_results(app: web.Application) -> None:
    """Opens the public results in that application."""
    app[MADE] = Made()
    app[BUILT] = Built()
    app.add_routes(ROUTES)

    async def end(_app: web.Application) -> None:
        await app[MADE].settle()
        await app[LOOKS].end()

    app.on_cleanup.append(end)
