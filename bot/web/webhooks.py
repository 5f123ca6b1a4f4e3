"""Where providers bring what people write. Whoever asks here proves by a secret or a signature who they are."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.channels.channel import Channel, Request
from bot.inbound import Answer, Doors
from bot.web.world import WORLD

UPDATE = 1024 * 1024
"""Bytes of the largest update of Telegram: a text of 4,096 characters and all around it is far smaller."""

FORM = 128 * 1024
"""Bytes of the largest form of Twilio: ten attachments' addresses and a text of 1,600 characters are far smaller."""

_READ = 10.0
"""Seconds within which a request must have come in whole."""


async def telegram(request: web.Request) -> web.Response:
    """Takes an update of Telegram."""
    doors = request.app[WORLD].doors
    if doors is None or doors.telegram is None:
        raise web.HTTPNotFound
    body = await _body(request, UPDATE)
    return _answered(await _take(request, doors, doors.telegram, body), "")


async def twilio(request: web.Request) -> web.Response:
    """Takes a message that came to Twilio, or what became of one of ours."""
    doors = request.app[WORLD].doors
    if doors is None or not doors.twilio:
        raise web.HTTPNotFound
    body = await _body(request, FORM)
    channel = doors.twilio[doors.whose(body)]
    return _answered(await _take(request, doors, channel, body), "<Response/>")


async def _take(request: web.Request, doors: Doors, channel: Channel, body: bytes) -> Answer:
    url = (doors.public_url or f"{request.scheme}://{request.host}") + _target(request)
    return await doors.ingest.take(channel, Request(url, request.headers, body, request.app[WORLD].clock.now()))


def _target(request: web.Request) -> str:
    """Returns path and query exactly as they were asked for: a signature is over these very characters."""
    target = request.raw_path
    if target.startswith("/"):
        return target
    return "/" + target.partition("://")[2].partition("/")[2]


async def _body(request: web.Request, limit: int) -> bytes:
    """Returns the body. Raises HTTPRequestEntityTooLarge beyond so many bytes, HTTPRequestTimeout for one that does not end."""
    length = request.content_length
    if length is not None and length > limit:
        raise web.HTTPRequestEntityTooLarge(limit, length)
    if request.content.is_eof():  # as most of the time: it came in one piece with the head
        whole = request.content.read_nowait()
        if len(whole) > limit:
            raise web.HTTPRequestEntityTooLarge(limit, len(whole))
        return whole
    body = bytearray()
    try:
        async with asyncio.timeout(_READ):
            async for part in request.content.iter_any():
                body += part
                if len(body) > limit:
                    raise web.HTTPRequestEntityTooLarge(limit, len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


def _answered(answer: Answer, text: str) -> web.Response:
    headers = {"Retry-After": str(answer.retry_after)} if answer.retry_after else None
    if answer.status != web.HTTPOk.status_code or not text:
        return web.Response(status=answer.status, headers=headers)
    return web.Response(text=text, content_type="text/xml", headers=headers)
