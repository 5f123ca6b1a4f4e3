"""A file that somebody keeps: never shown inside a page of ours, whatever it is."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web


def attachment(content: bytes, name: str) -> web.Response:
    """Returns the answer that a browser saves under that name and never opens here."""
    return web.Response(
        body=content,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
