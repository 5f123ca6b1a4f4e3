"""/healthz: the process lives. /readyz: it can do its work, or why not. For whoever watches over the server; no personal data."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa
from aiohttp import web

from bot.web.world import WORLD, World

_PATIENCE = 5.0
"""Seconds after which a database that does not answer counts as gone."""


async def alive(_request: web.Request) -> web.Response:
    """Answers as long as the process handles requests at all."""
    return web.Response(text="ok\n")


async def ready(request: web.Request) -> web.Response:
    """Answers 200 if the database answers, its tables are this program's, and flows are loaded; else 503 and each reason."""
    reasons = await problems(request.app[WORLD])
    if reasons:
        return web.json_response({"ready": False, "reasons": reasons}, status=503, headers={"Retry-After": "5"})
    return web.json_response({"ready": True})


async def problems(world: World) -> list[str]:
    """Returns what keeps this process from its work, each in one line and with its remedy; nothing is written to find out."""
    reasons = []
    try:
        async with asyncio.timeout(_PATIENCE):
            await world.database.read(_ask)
    except Exception as error:  # noqa: BLE001 because whatever keeps the database from answering is the answer
        return [f"database: it does not answer ({type(error).__name__}); is it running, and is MINGA_DATABASE_URL right?"]
    try:
        async with asyncio.timeout(_PATIENCE):
            migrated = await asyncio.to_thread(world.migrated)
    except Exception as error:  # noqa: BLE001 because the reason goes into the answer, whatever it is
        return [f"migrations: they cannot be looked up ({type(error).__name__})"]
    if not migrated:
        reasons.append("migrations: the tables are of another version; start `minga serve` of this version once")
    if not world.catalogue().open:
        reasons.append("flows: none is open; see `minga flow list`, then `minga flow open FLOW`")
    return reasons


def _ask(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(1)).scalar_one())
