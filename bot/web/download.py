"""A file that somebody keeps: never shown inside a page of ours, whatever it is."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from aiohttp import web

from storage.attachments import Attachments


def headers(name: str, *, cache: str = "no-store") -> dict[str, str]:
    """Returns by which headers a browser saves an answer under that name and never opens it here."""
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name or 'archivo', safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": cache,
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


def attachment(content: bytes, name: str, *, cache: str = "no-store") -> web.Response:
    """Returns the answer that a browser saves under that name."""
    return web.Response(body=content, headers=headers(name, cache=cache))


async def stored(attachments: Attachments, reference: str, name: str, *, cache: str = "no-store") -> web.Response:
    """Answers a stored file so. Raises HTTPNotFound where it is not there any more."""
    try:
        content = await asyncio.to_thread(attachments.path(reference).read_bytes)
    except (OSError, ValueError) as error:
        raise web.HTTPNotFound from error
    return attachment(content, name, cache=cache)
