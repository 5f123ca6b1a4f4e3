"""Every address of the desk and every line of its navigation. A new page is a file with PAGES, named here."""

from __future__ import annotations

from aiohttp import web

from bot.web.desk import (
    account,
    answer_sending,
    calendar,
    case,
    commitments,
    conversations,
    counter,
    digest,
    door,
    exports,
    flows,
    log,
    notices,
    people,
    publish,
    queue,
    results,
    results_live,
    results_release,
    theme_list,
    theme_media,
    theme_quotes,
    themes,
    weights,
)
from bot.web.desk.passwords import Hasher
from bot.web.desk.results_look import LOOKS, Looks
from bot.web.desk.visit import Entry, Page, opened
from bot.web.sign_in import HASHER

NAVIGATION = (
    Entry("queue", queue.PATH, "look"),
    Entry("conversations", conversations.PATH, "converse"),
    Entry("flows", flows.PATH, "open_flows"),
    Entry("results", results.PATH, "see_results"),
    Entry("commitments", commitments.PATH, "look"),
    Entry("digest", digest.PATH, "look"),
    Entry("calendar", calendar.PATH, "look"),
    Entry("notices", notices.PATH, "look"),
    Entry("staff", people.PATH, "keep_staff"),
    Entry("audit", log.PATH, "see_audit"),
)
"""In the order they are shown."""

PAGES: tuple[Page, ...] = (
    *queue.PAGES,
    *counter.PAGES,  # before the case, whose address would take "new" for a number
    *case.PAGES,
    *publish.PAGES,
    *conversations.PAGES,
    *calendar.PAGES,
    *flows.PAGES,
    *results.PAGES,
    *answer_sending.PAGES,
    *commitments.PAGES,
    *results_live.PAGES,
    *results_release.PAGES,
    *exports.PAGES,
    *weights.PAGES,
    *themes.PAGES,
    *theme_list.PAGES,
    *theme_quotes.PAGES,
    *theme_media.PAGES,
    *people.PAGES,
    *notices.PAGES,
    *digest.PAGES,
    *account.PAGES,
    *log.PAGES,
)


def add_desk(app: web.Application, *, hasher: Hasher | None = None) -> None:
    """Opens the desk in that application. Tests may hand in a hasher that takes less effort."""
    app[HASHER] = hasher or Hasher()
    app[LOOKS] = Looks()
    app[digest.KEPT] = digest.Kept()
    app.add_routes(door.ROUTES)
    app.add_routes([web.route(page.method, page.path, opened(page, NAVIGATION)) for page in PAGES])
