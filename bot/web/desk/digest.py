"""The week's digest at the desk: what was sent by e-mail, or would have been, as it stands now."""

from __future__ import annotations

from aiohttp import web

from bot.digest.gathering import gather
from bot.digest.telling import parts, span
from bot.web.desk.visit import Page, Visit
from storage import digests

PATH = "/desk/digest"


async def page(visit: Visit) -> web.Response:
    """Shows the digest of whoever looks."""
    now = visit.world.clock.now()
    gathered = await visit.world.database.read(lambda connection: gather(connection, now))
    off = await visit.read(lambda tx: digests.is_off(tx, visit.person.id))
    return visit.page(
        "digest.html",
        here="digest",
        parts=parts(gathered, visit.person, visit.language),
        span=span(gathered.week, visit.language),
        off=off,
        mails=visit.world.mails,
    )


PAGES = (Page("GET", PATH, "look", page),)
