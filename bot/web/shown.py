"""Files that flows show, at a public address: a provider that takes no file fetches it here."""

from __future__ import annotations

import asyncio
import mimetypes

from aiohttp import web

from bot.casework.files import is_stored
from bot.web.world import WORLD


async def file(request: web.Request) -> web.StreamResponse:
    """Answers a file that an open flow shows, at the path of its present content, or a stored one at its path of the hour."""
    world = request.app[WORLD]
    name = request.match_info["name"]
    found = await asyncio.to_thread(world.shown, request.match_info["version"], name)
    if found is None:
        raise web.HTTPNotFound
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if is_stored(request.match_info["version"]):
        return web.FileResponse(found, headers=private(kind))
    # the path changes with the content, so a copy is right for ever
    headers = {"Content-Type": kind, "Cache-Control": "public, max-age=31536000, immutable"}
    return web.FileResponse(found, headers=headers)


def private(content_type: str) -> dict[str, str]:
    """Returns the headers of a file that is somebody's: no cache keeps it, no browser runs it."""
    return {
        "Content-Type": content_type,
        "Content-Disposition": "attachment",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
