"""Pages for anybody, without a sign-in or a program in the browser: their frame, their caching, their files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from aiohttp import web
from sqlalchemy import Connection

from bot import links
from bot.casework.office import Office
from bot.engine.language import Language
from bot.web.desk.visit import SPOKEN, language_of
from bot.web.pages import LANGUAGE_COOKIE, TEMPLATES, YEAR, packs
from bot.web.world import WORLD
from storage.reading import Snapshot
from storage.statements import Transaction

T = TypeVar("T")

SECTIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "results": (links.RESULTS, "live.title"),
        "commitments": ("/compromisos", "back.commitments"),
        "register": ("/solicitudes", "register.title"),
    }
)
"""What is public: each section's address, and the key of its title, as the bar of every public page names them."""

KEPT = 300
"""Seconds for which a copy of a public page is good: a request that is withheld is gone everywhere soon after."""


def office_of(request: web.Request) -> Office:
    """Returns the town hall's office; these pages exist only where there is one."""
    office = request.app[WORLD].office
    assert office is not None
    return office


async def look(request: web.Request, work: Callable[[Transaction], T]) -> T:
    """Runs `work` in a snapshot."""

    def here(connection: Connection) -> T:
        return work(Snapshot(connection))

    return await request.app[WORLD].database.read(here)


def page(request: web.Request, name: str, *, status: int = 200, kept: bool = True, **values: Any) -> web.Response:
    """Returns the page of that template, `<section>/<file>` (see SECTIONS). `kept`: a copy is good for some minutes."""
    language = language_of(request)
    catalogue = request.app[WORLD].catalogue()
    answer = request.app[TEMPLATES].page(
        name,
        language,
        status=status,
        section=name.partition("/")[0],
        sections=SECTIONS,
        municipality=catalogue.municipality,
        languages=[(other.code, other.name) for other in catalogue.languages.values() if other.code in SPOKEN],
        path=request.path,
        **values,
    )
    answer.headers["Referrer-Policy"] = "same-origin"
    if request.query.get("lang") == language.code:
        answer.set_cookie(LANGUAGE_COOKIE, language.code, max_age=YEAR, samesite="Lax")
    elif kept:
        return kept_copy(request, answer)
    return answer


def kept_copy(request: web.Request, answer: web.Response) -> web.Response:
    """Returns the answer as it may be kept: with a tag of its content; empty for a browser that has that very one.

    Where the browser takes it, texts go packed: on a telephone far from the town the page is a sixth as long.
    """
    body = answer.body
    assert isinstance(body, bytes)
    small = answer.content_type.startswith("text/") and packs(request)
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}{"-gz" if small else ""}"'
    headers = {"Cache-Control": f"public, max-age={KEPT}", "Vary": "Cookie, Accept-Encoding", "ETag": tag}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    answer.headers.update(headers)
    if small:
        answer.body = request.app[TEMPLATES].packed(tag, body)
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def speaks(request: web.Request) -> Language:
    """Returns the language that whoever asks reads these pages in."""
    return language_of(request)
