"""Notices that did not go out: one's own, to be read here; for administrators also the mails that the server refused."""

from __future__ import annotations

from aiohttp import web

from bot.clock import moment
from bot.web.desk.visit import Page, Visit, number_of
from storage import commitments, mail, staff_codes
from storage.statements import Transaction
from storage.vault import SealBroken

PATH = "/desk/notices"
SIZE = 50


async def page(visit: Visit) -> web.Response:
    """Shows which ways notices have, what was owed to whoever looks, and what is stuck."""
    administers = visit.may("keep_staff")

    today = visit.today.isoformat()

    def work(tx: Transaction) -> tuple[list[mail.Owed], bool, list[mail.Stuck], dict[str, int], str, int]:
        try:
            own, broken = mail.owed(tx, visit.world.vault, visit.person.id, SIZE), False
        except SealBroken:
            own, broken = [], True
        stuck = mail.stuck(tx, SIZE) if administers else []
        owing = len(commitments.owing(tx, today))
        return own, broken, stuck, mail.counts(tx) if administers else {}, staff_codes.channel(tx, visit.person.id), owing

    own, broken, stuck, counts, chat, owing = await visit.read(work)
    zone = visit.office.zone
    return visit.page(
        "notices.html",
        here="notices",
        own=[(one, moment(one.created_at, zone)) for one in own],
        broken=broken,
        stuck=[(one, moment(one.created_at, zone)) for one in stuck],
        counts=counts,
        chat=chat,
        mails=visit.world.mails,
        administers=administers,
        owing=owing,
    )


async def sent(visit: Visit) -> web.StreamResponse:
    """Has a refused mail tried again."""
    form = await visit.request.post()
    identifier = number_of(str(form.get("mail", "")))

    def work(tx: Transaction) -> bool:
        if identifier is None or not mail.retry(tx, identifier, visit.now):
            return False
        visit.note(tx, "mail_retried", f"mail:{identifier}")
        return True

    if not await visit.write(work):
        raise web.HTTPNotFound
    return visit.go(PATH, "mail_retried")


PAGES = (Page("GET", PATH, "look", page), Page("POST", PATH, "keep_staff", sent))
