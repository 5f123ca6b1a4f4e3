"""The ceiling: an aiohttp server that reads the body and says 200. PORT comes from the environment."""

from __future__ import annotations

import asyncio
import os

from aiohttp import web


async def _answer(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(body=b"")


async def main() -> None:
    app = web.Application()
    app.router.add_post("/{path:.*}", _answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["PORT"]), backlog=4096).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        asyncio.run(main())
    else:
        uvloop.run(main())
