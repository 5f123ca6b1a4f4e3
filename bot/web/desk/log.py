"""The audit log, for administrators to read: who did or saw what, and what it was before and after."""

from __future__ import annotations

from aiohttp import web

from bot.clock import moment
from bot.web.desk.visit import Page, Visit, number_of
from storage import audit, staff
from storage.audit import Line
from storage.statements import Transaction

PATH = "/desk/audit"
SIZE = 100


async def page(visit: Visit) -> web.Response:
    """Shows a page of the log, newest first; of one person or about one case where that is asked for."""
    query = visit.request.query
    before = number_of(query.get("before", "")) or audit.LAST
    who = number_of(query.get("staff", ""))
    subject = query.get("subject", "").strip()[:80]

    def work(tx: Transaction) -> tuple[list[Line], dict[int, str]]:
        lines = audit.page(tx, before=before, limit=SIZE + 1, staff_id=who, subject=subject)
        return lines, {person.id: person.name for person in staff.listed(tx)}

    lines, people = await visit.read(work)
    shown = lines[:SIZE]
    rows = [
        {
            "at": moment(line.at, visit.office.zone),
            "who": line.name or visit.say("desk.audit.terminal" if line.action != "sign_in_failed" else "desk.audit.unknown"),
            "action": _said(visit, line.action),
            "subject": line.subject,
            "whom": people.get(number_of(line.subject.removeprefix("staff:")) or 0, ""),
            "changes": [(name, line.before.get(name), line.after.get(name)) for name in {**line.before, **line.after}],
        }
        for line in shown
    ]
    return visit.page(
        "audit.html",
        here="audit",
        rows=rows,
        people=sorted(people.items(), key=lambda one: one[1]),
        who=who,
        subject=subject,
        older=shown[-1].id if len(lines) > SIZE else None,
    )


def _said(visit: Visit, action: str) -> str:
    key = f"desk.audit.action.{action}"
    return visit.language.texts.get(key, action)


PAGES = (Page("GET", PATH, "see_audit", page),)
