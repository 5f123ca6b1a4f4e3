"""A server at work: it opens the door, keeps the loops going, and ends in order when it is told to.

Stopping: nobody new is let in, messages under way are finished, what they queued is sent for a while, then all is closed.
What does not get done in that time is a row, and is done by the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any

import structlog
from aiohttp import web

from bot.assembly import Engines
from storage.database import UnavailableError
from storage.refusal import Refused

RENEW = 2.0
"""Seconds after which `minga flow open` of another process has taken effect here."""

FINISH = 15.0
"""Seconds that messages under way may take when stopping."""

DRAIN = 10.0
"""Seconds for which what is queued is still sent when stopping."""

GARBAGE = 10_000
"""After how many new objects the garbage collector looks at the young ones: some messages' worth, instead of every second one."""


class ServeRefused(Refused):
    """The door cannot be opened there."""


def listen(host: str, port: int) -> socket.socket:
    """Returns a socket that listens there already: whoever comes while the rest starts waits, and is not turned away.

    Raises ServeRefused "serve.port_taken" or "serve.no_address".
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise ServeRefused(
            "serve.port_taken" if taken else "serve.no_address", host=host, port=port, error=error.strerror or str(error)
        ) from error


def run(engines: Engines, door: socket.socket, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
    """Serves until SIGTERM or SIGINT. `ready` is called when it answers, `stopping` when it was told to stop.

    Runs on uvloop where that is installed. Raises what a loop died of: a server that only half works must not seem well.
    """
    try:
        import uvloop
    except ImportError:
        factory = asyncio.new_event_loop
    else:
        factory = uvloop.new_event_loop
    # what was built until now stays until the end: the collector need not walk through it again and again, and what a message
    # leaves behind is freed without it
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 50)
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_serve(engines, door, ready, stopping))


async def _serve(engines: Engines, door: socket.socket, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
    log = structlog.get_logger("minga.serve")
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    # no access log: it would tell addresses, and what counts is counted by /metrics
    runner = web.AppRunner(engines.app, access_log=None, shutdown_timeout=FINISH, handle_signals=False)
    await runner.setup()
    loops = {asyncio.create_task(work, name=name) for name, work in _loops(engines).items()}
    try:
        await web.SockSite(runner, door).start()
        engines.duties.start()
        ready()
        log.info("serving", flows=sorted(engines.library.catalogue.open))
        stop = asyncio.create_task(told.wait())
        await asyncio.wait({stop, *loops}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)  # a second one ends the process at once
        stopping()
        await runner.cleanup()
        for task in loops:
            if task.get_name() in engines.inbound.loops:  # what comes from now on comes again, or waits in the spool
                task.cancel()
        await engines.inbound.ingest.end()
        await engines.duties.end()
        with contextlib.suppress(TimeoutError, UnavailableError):
            async with asyncio.timeout(DRAIN):
                await engines.deliveries.run_due()
        await engines.deliveries.end(within=DRAIN)
        for task in loops:
            task.cancel()
        ended = await asyncio.gather(*loops, return_exceptions=True)
        await engines.providers.close()
        log.info("stopped")
    for error in ended:
        if isinstance(error, Exception):
            raise error


def _loops(engines: Engines) -> dict[str, Coroutine[Any, Any, None]]:
    own = {
        "deliveries": engines.deliveries.run(),
        "mailing": engines.mailing.run(),
        "exports": engines.exporting.run(),
        "renewal": _renew(engines),
        "tidying": _tidy(engines),
    }
    return own | {name: loop() for name, loop in engines.inbound.loops.items()}


async def _renew(engines: Engines) -> None:
    """Looks now and then which flows staff opened, paused or closed in another process."""
    log = structlog.get_logger("minga.serve")
    while True:
        await asyncio.sleep(RENEW)
        before = engines.library.catalogue.open
        try:
            after = (await engines.house.database.transaction(engines.library.renew, apart=True)).open
        except UnavailableError as error:
            log.warning("flows_unavailable", error=type(error.__cause__ or error).__name__)
            continue
        if after != before:
            log.info("flows_changed", flows=sorted(after))


async def _tidy(engines: Engines) -> None:
    """Finishes what a crash may have left, and brings what is needed later, once the door is open: nobody has to wait for it."""
    await engines.keeping.tidy(engines.house.clock.now())
    await asyncio.to_thread(import_module, "phonenumbers")
    await asyncio.Event().wait()
