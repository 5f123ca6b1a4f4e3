"""Files that flows show, at a public address: a provider that takes no file fetches it here."""

from __future__ import annotations

import asyncio
import mimetypes

from aiohttp import web

from bot.web.world import WORLD


async def file(request: web.Request) -> web.StreamResponse:
    """Answers a file that a flow in use shows, and no other one."""
    world = request.app[WORLD]
    name = request.match_info["name"]
    found = await asyncio.to_thread(world.shown, name)
    if found is None:
        raise web.HTTPNotFound
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return web.FileResponse(found, headers={"Content-Type": kind, "Cache-Control": "public, max-age=3600"})
