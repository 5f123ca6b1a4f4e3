"""Every address that Minga answers, in one table."""

from __future__ import annotations

from aiohttp import web

from bot.inbound import doors
from bot.web import answers, commitments, health, metrics, shown, simulator, webhooks
from bot.web.desk.table import add_desk
from bot.web.guard import cross_site, lock_down
from bot.web.pages import TEMPLATES, Templates, friendly_errors, packs
from bot.web.register import add_register
from bot.web.results import add_results
from bot.web.world import WORLD, World

LARGEST = 12 * 1024 * 1024
"""Bytes of the largest request: an attachment of 8 MB, as JSON carries it."""


def build_app(world: World) -> web.Application:
    """Returns the web application over that world. Nothing is started: whoever runs it owns the world and closes it."""
    app = web.Application(middlewares=[friendly_errors, cross_site], client_max_size=LARGEST)
    app[WORLD] = world
    app[TEMPLATES] = Templates()
    app.on_response_prepare.append(lock_down)

    async def look() -> None:
        await world.metrics.look(world.database, round(world.clock.now().timestamp() * 1000))

    app.add_routes(
        [
            web.get("/", simulator.page),
            web.get("/static/{print}/{name}", static, allow_head=True),
            web.get("/healthz", health.alive),
            web.get("/readyz", health.ready),
            web.get("/metrics", metrics.handler(world.metrics, look, world.metrics_token)),
            web.get("/media/{version}/{name:.+}", shown.file),
            # whoever typed one slash too many at the provider loses no message by it
            *(
                web.post(path + slash, webhooks.telegram if path == doors.TELEGRAM else webhooks.twilio)
                for path in (doors.TELEGRAM, doors.TWILIO, doors.TWILIO_STATUS)
                for slash in ("", "/")
            ),
        ]
    )
    if world.simulated:
        app.add_routes(
            [
                web.get("/simulator/stream", simulator.stream, allow_head=False),
                web.post("/simulator/messages", simulator.message),
                web.post("/simulator/clock", simulator.clock),
                web.post("/simulator/person", simulator.person),
                web.get("/simulator/files/{reference}", simulator.file),
            ]
        )

    if world.office is not None:
        add_desk(app)
        add_register(app)
        add_results(app)
        app.add_routes(answers.ROUTES)
        app.add_routes(commitments.ROUTES)

    async def end_streams(_app: web.Application) -> None:
        world.audience.close()

    app.on_shutdown.append(end_streams)
    return app


async def static(request: web.Request) -> web.Response:
    """Answers a static file. Its address changes with what is in it, so browsers may keep it."""
    name = request.match_info["name"]
    templates = request.app[TEMPLATES]
    content = templates.content(name)
    kind = _KINDS.get(name.rpartition(".")[2])
    if content is None or kind is None:
        raise web.HTTPNotFound
    current = request.match_info["print"] == templates.print
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if packs(request):
        content, headers["Content-Encoding"] = templates.packed(f"{templates.print}/{name}", content), "gzip"
    return web.Response(body=content, content_type=kind, charset="utf-8", headers=headers)


_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
