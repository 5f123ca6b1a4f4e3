"""Files that flows show, at a public address: a provider that takes no file fetches it here."""

from __future__ import annotations

import asyncio
import mimetypes

from aiohttp import web

from bot.web.world import WORLD


async def file(request: web.Request) -> web.StreamResponse:
    """Answers a file that an open flow shows, at the path of its present content, and no other one."""
    world = request.app[WORLD]
    name = request.match_info["name"]
    found = await asyncio.to_thread(world.shown, request.match_info["version"], name)
    if found is None:
        raise web.HTTPNotFound
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    # the path changes with the content, so a copy is right for ever
    headers = {"Content-Type": kind, "Cache-Control": "public, max-age=31536000, immutable"}
    return web.FileResponse(found, headers=headers)
