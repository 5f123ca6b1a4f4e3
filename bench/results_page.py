"""The public page of the results of 100,000 people, and the live numbers at the desk: how long one waits, what a count costs.

`python bench/results_page.py [people]` answers the survey of `exports.py` so many times on SQLite, releases its results, and asks
the whole application for pages over loopback, from a client in a process of its own. Beside each stands how many times a bare
aiohttp page takes, of the same bytes, in the same process and run: each is asked for in turn with it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import secrets
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from aiohttp import web
from exports import FLOW, PEOPLE, fill
from table import Row, show

from bot.assembly import assemble, open_house
from bot.settings import Settings
from bot.web import sign_in
from bot.web.desk.results_look import LOOKS, Look
from bot.web.results_made import told_of
from bot.web.results_seen import BUILT, held
from bot.web.world import WORLD
from storage import releases, sessions, staff
from storage.reading import Snapshot
from storage.statements import Statement, Transaction

GOAL = 50.0
"""Milliseconds for a page that is kept."""

REPEATS = 40


def main() -> int:
    """Measures and prints."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="minga-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'minga.db'}"
        fill(url, people)
        settings = Settings(
            database_url=url, data=folder / "data", flows=folder / "flows", municipality="Pastaza",
            secret_key="a secret of the benchmark, long enough for anybody",
        )  # fmt: skip
        with open_house(settings) as house:
            rows = asyncio.run(_measured(assemble(house).app, people))
    print(show(rows))
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; took {time.perf_counter() - begun:.0f} s")
    return 0


async def _measured(app: web.Application, people: int) -> list[Row]:
    world, now = app[WORLD], 1_795_000_000_000
    token, boss, draft = secrets.token_urlsafe(32), world.database.identifiers.next(), world.database.identifiers.next()

    def enter(tx: Transaction) -> None:
        staff.add(tx, boss, email="boss@x.ec", name="Coordinadora", role="coordinator", now=now)
        sessions.begin(tx, sign_in.hash_of(token), staff_id=boss, second_factor=True, agent="", now=round(time.time() * 1000))

    await world.database.transaction(enter)
    seen = await world.database.read(lambda c: held(Snapshot(c), app[BUILT], FLOW, world.clock.now()))
    assert seen is not None
    begun, cpu = time.perf_counter(), time.process_time()
    from bot.web.results_counting import first

    counted = await world.database.read(lambda c: first(c, told_of(app, seen, None), None))
    cost = Row(
        f"counting {people:,} for the public page",
        f"{time.process_time() - cpu:.1f} s CPU",
        beside=f"{time.perf_counter() - begun:.1f} s on the clock, beside all else; nobody waits for it",
    )

    def publish(tx: Transaction) -> None:
        releases.prepare(tx, draft, FLOW, ("obra",), counted, None, by=boss, now=round(time.time() * 1000))
        found = releases.one(tx, draft)
        assert found is not None
        releases.release(tx, found, by=boss, now=round(time.time() * 1000))

    await world.database.transaction(publish)
    await app[LOOKS].look(world.database, Look(FLOW), world.clock.now())
    await app[LOOKS].end()
    waited = await _beside_a_count(app)
    return [cost, waited, *await _pages(app, token)]


async def _beside_a_count(app: web.Application) -> Row:
    """Tells how long a transaction takes while a look at all answers is counted: as long as whoever answers would wait."""
    database, nothing = app[WORLD].database, Statement("SELECT 1")

    async def times(until: asyncio.Future[Any]) -> list[float]:
        found = []
        while not until.done():
            begun = time.perf_counter()
            await database.transaction(lambda tx: tx.one(nothing))
            found.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(0.01)
        return sorted(found)

    alone = await times(asyncio.ensure_future(asyncio.sleep(3)))
    app[LOOKS].counts.clear()
    asked = asyncio.ensure_future(app[LOOKS].look(database, Look(FLOW), app[WORLD].clock.now()))
    await asked
    beside = await times(asyncio.ensure_future(app[LOOKS].end()))
    slow, usual = (one[int(len(one) * 0.95)] for one in (beside, alone))
    return Row(
        "a transaction beside a count",
        f"{median(beside):.1f} ms",
        beside=f"{median(alone):.1f} ms alone; 95 % {slow:.1f}, {usual:.1f} ms",
    )


async def _pages(app: web.Application, token: str) -> list[Row]:
    bare = web.Application()
    content = b""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(body=content, content_type="text/html")

    bare.add_routes([web.get("/", page)])
    runners, ports = [web.AppRunner(one, access_log=None) for one in (app, bare)], []
    for runner in runners:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.append(runner.addresses[0][1])
    wanted: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("public page", f"/resultados/{FLOW}", {}),
        ("public page, packed", f"/resultados/{FLOW}", {"Accept-Encoding": "gzip"}),
        ("public list", "/resultados", {}),
        ("public page, shared picture", f"/resultados/{FLOW}/imagen.png", {}),
        ("desk, live numbers", f"/desk/results/{FLOW}", {"Cookie": f"{sign_in.COOKIES['loopback']}={token}"}),
    )
    rows = []
    try:
        for name, path, headers in wanted:
            content = await asyncio.to_thread(_once, ports[0], path, headers)
            ours, theirs = await _times(ports, path, headers)
            middle, worst = median(ours), sorted(ours)[int(len(ours) * 0.95)]
            beside = f"{middle / median(theirs):.1f} × a bare page of {len(content):,} bytes; 95 % under {worst:.1f} ms"
            rows.append(Row(name, f"{middle:.1f} ms", f"{GOAL:.0f} ms", middle < GOAL, beside))
    finally:
        for runner in runners:
            await runner.cleanup()
    return rows


async def _times(ports: list[int], path: str, headers: dict[str, str]) -> list[list[float]]:
    queue: Any = multiprocessing.get_context("spawn").SimpleQueue()
    process = multiprocessing.get_context("spawn").Process(target=client, args=(queue, ports, path, headers))
    process.start()
    found = await asyncio.to_thread(queue.get)
    await asyncio.to_thread(process.join)
    if isinstance(found, str):
        raise OSError(found)
    return list(found)


def client(queue: Any, ports: list[int], path: str, headers: dict[str, str]) -> None:
    """Asks for our page and the bare one, in turn, and tells the milliseconds of each."""
    found: list[list[float]] = [[], []]
    try:
        for turn in range(REPEATS + 3):
            for times, port, at in zip(found, ports, (path, "/"), strict=True):
                begun = time.perf_counter()
                _once(port, at, headers)
                if turn >= 3:  # the first ones make the page
                    times.append((time.perf_counter() - begun) * 1000)
        queue.put(found)
    except Exception as error:  # noqa: BLE001 because the other process waits for a word
        queue.put(repr(error))


def _once(port: int, path: str, headers: dict[str, str]) -> bytes:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": "text/html", **headers})
    with urllib.request.urlopen(asked) as answer:
        body: bytes = answer.read()
        if answer.url.partition("?")[0].endswith("/sign-in"):
            raise OSError("not signed in")
    return body


if __name__ == "__main__":
    sys.exit(main())
