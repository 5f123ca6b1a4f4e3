"""The measure of the whole turn: an aiohttp server that does nothing, on the event loop that Minga itself would run on.

`python bench/noop.py` is that server (it tells its port). The client is one thread over raw sockets with a request made
beforehand; it needs some 10 µs a request where the server needs 100, and how much of a core it used is printed.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_BODY = (
    b'{"update_id":123456789,"message":{"message_id":4711,"from":{"id":500000001,"is_bot":false,"first_name":"Rosa",'
    b'"language_code":"es"},"chat":{"id":500000001,"first_name":"Rosa","type":"private"},"date":1795000000,'
    b'"text":"Falta agua potable en el barrio San Jose y el alumbrado del parque esta danado"}}'
)
_REQUEST = (
    b"POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"X-Telegram-Bot-Api-Secret-Token: 0123456789abcdef\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)
_WARM = 0.4


@dataclass(frozen=True, slots=True)
class Served:
    """Requests a second, the median of their seconds, and the part of a core that the client used.

    `cpu` is the CPU microseconds of the server for each, 0 where the system does not tell.
    """

    rate: float
    latency: float
    client: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, and which process it is."""

    port: int
    process: int

    def used(self) -> float:
        """Returns the CPU seconds that it has used, 0 where the system does not tell."""
        told = Path(f"/proc/{self.process}/stat")
        if not told.exists():
            return 0.0
        # what follows the command's name, which may hold anything, in clock ticks
        user, system = told.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server() -> Iterator[Server]:
    """Yields a server in a process of its own."""
    process = subprocess.Popen([sys.executable, str(Path(__file__))], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Server(int(process.stdout.readline()), process.pid)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def drive(server: Server, flight: int, seconds: float) -> Served:
    """Keeps that many requests in flight, each on a connection of its own. Raises ConnectionError if the server is gone."""
    with selectors.DefaultSelector() as selector:
        connections = []
        for _ in range(flight):
            connection = socket.create_connection(("127.0.0.1", server.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ, connection)
            connections.append(connection)
        sent = {connection: time.perf_counter() for connection in connections}
        for connection in connections:
            connection.send(_REQUEST)
        _answers(selector, sent, _WARM)
        begun, used, served = time.perf_counter(), time.process_time(), server.used()
        times = _answers(selector, sent, seconds)
        took, used, served = time.perf_counter() - begun, time.process_time() - used, server.used() - served
        for connection in connections:
            connection.close()
    return Served(len(times) / took, median(times), used / took, served / len(times) * 1e6)


def _answers(selector: selectors.BaseSelector, sent: dict[socket.socket, float], seconds: float) -> list[float]:
    times = []
    until = time.perf_counter() + seconds
    while (now := time.perf_counter()) < until:
        for key, _ in selector.select(1.0):
            connection: socket.socket = key.data
            # the answer has no body and fits a segment: one read is one answer
            if not connection.recv(4096).startswith(b"HTTP/1.1 200"):
                raise ConnectionError("the server that does nothing did something")
            now = time.perf_counter()
            times.append(now - sent[connection])
            sent[connection] = now
            connection.send(_REQUEST)
    return times


async def _serve() -> None:
    from aiohttp import web

    async def nothing(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=b"")

    app = web.Application()
    app.router.add_post("/webhook", nothing)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as door:
        await web.SockSite(runner, door).start()
        print(door.getsockname()[1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    from loop import runner

    with runner() as loop:
        loop.run(_serve())
