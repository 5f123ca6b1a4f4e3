"""The week's digest at the desk: what was sent by e-mail, or would have been, as it stands now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from bot.digest.telling import parts, span
from bot.digest.week import Gathered
from bot.web.desk.visit import Page, Visit
from storage import digests

PATH = "/desk/digest"

GOOD_FOR = timedelta(minutes=5)
"""So long what was gathered is shown to everybody who looks: it passes over a week of conversations."""


@dataclass(slots=True)
class Kept:
    """What was gathered last, and when."""

    gathered: Gathered | None = None
    at: datetime | None = None


KEPT = web.AppKey("digest_kept", Kept)


async def page(visit: Visit) -> web.Response:
    """Shows the digest of whoever looks."""
    from bot.digest.gathering import gather  # loads much, which no server's start needs

    now, kept = visit.world.clock.now(), visit.request.app[KEPT]
    gathered = kept.gathered
    if gathered is None or kept.at is None or not timedelta(0) <= now - kept.at < GOOD_FOR or gathered.today != now.date():
        gathered = await visit.world.database.read(lambda connection: gather(connection, now))
        kept.gathered, kept.at = gathered, now
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
