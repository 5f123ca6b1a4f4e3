"""The file of an answer that was spoken: for whoever codes to hear, and written down each time, for a voice tells who it is."""

from __future__ import annotations

from aiohttp import web

from bot.web.desk import themes
from bot.web.desk.theme_view import answer_of
from bot.web.desk.visit import Page, Visit
from storage import theme_lists
from storage.statements import Transaction

PATH = themes.ONE + "/media/{answer}"

_PLAYED = frozenset({"audio/ogg", "audio/opus", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/wav", "audio/webm"})
"""Content types that a browser plays as sound and can do nothing else with."""


async def fetch(visit: Visit) -> web.StreamResponse:
    """Returns the file. Raises HTTPNotFound where there is none any more."""
    of = await themes.opened(visit)
    step = themes.question(visit, of)
    answer = answer_of(visit.request.match_info["answer"])

    def work(tx: Transaction) -> dict[str, str]:
        listed = None if answer is None else theme_lists.one(tx, of.flow, step, answer)
        value = None if listed is None else listed.value
        if not isinstance(value, dict) or not isinstance(value.get("reference"), str):
            raise web.HTTPNotFound
        visit.note(tx, "answer_heard", f"{of.flow}/{step}")
        return {name: str(value.get(name) or "") for name in ("reference", "content_type", "kind")}

    found = await visit.write(work)
    path = visit.world.attachments.path(found["reference"])
    if not path.is_file():
        raise web.HTTPNotFound
    kind = found["content_type"].partition(";")[0].strip().lower()
    headers = {
        "Content-Type": kind if kind in _PLAYED else "application/octet-stream",
        "Content-Disposition": "inline" if kind in _PLAYED else 'attachment; filename="respuesta"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox",
    }
    return web.FileResponse(path, headers=headers)


PAGES = (Page("GET", PATH, "code_answers", fetch),)
