"""The queue of the desk with 50,000 cases: how long the server takes for its pages, beside a page that asks the database nothing.

`python bench/desk.py` measures on SQLite and, where there is one, on PostgreSQL. Two towns are filled: one as it would be after
years (one case in twelve is owed an answer), one in which all 50,000 are. Requests are made one after the other over loopback to
the whole application, signed in, by a client in a process of its own; what is told is what a browser would wait for.
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
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from aiohttp import web
from postgres import NoPostgres, postgres
from table import Row, show

from bot.assembly import House, assemble, open_house
from bot.casework import filing
from bot.casework.filing import Filing
from bot.casework.office import RESIDENT
from bot.clock import milliseconds
from bot.settings import Settings
from bot.web import sign_in
from storage import requests, sessions, staff
from storage.requests import Case, Event
from storage.statements import Statement, Transaction

CASES = 50_000
UNITS = 12
REPEATS = 20
GOAL = 100.0
"""Milliseconds."""

_BATCH = 2_000
_DAY = 86_400_000


def main() -> int:
    """Measures and prints."""
    rows: list[Row] = []
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="minga-bench-") as name:
        folder = Path(name)
        for kind in ("years", "all owed"):
            rows += _measured(f"SQLite, {kind}", f"sqlite:///{folder / kind.replace(' ', '_')}.db", folder, kind)
        (folder / "pg").mkdir()
        try:
            with postgres(folder / "pg") as server:
                for number, kind in enumerate(("years", "all owed")):
                    url = server.replace("/postgres?", f"/bench_{number}?")
                    _create(server, f"bench_{number}")
                    rows += _measured(f"PostgreSQL, {kind}", url, folder, kind)
        except NoPostgres as error:
            rows.append(Row("PostgreSQL", "not measured", beside=str(error)))
    print(show(rows))
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; took {time.perf_counter() - begun:.0f} s")
    return 0


def _measured(question: str, url: str, folder: Path, kind: str) -> list[Row]:
    data = folder / secrets.token_hex(4)
    settings = Settings(
        database_url=url, data=data, flows=data / "flows", secret_key="a secret of the benchmark, long enough for anybody"
    )
    with open_house(settings) as house:
        engines = assemble(house)
        tokens = _fill(house, engines.app, kind)
        return asyncio.run(_ask(question, engines.app, tokens))


async def _ask(question: str, app: web.Application, tokens: dict[str, str]) -> list[Row]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    pages = [
        ("coordinator, first page", "coordinator", "/desk"),
        ("coordinator, of one unit", "coordinator", f"/desk?unit={tokens['unit']}"),
        ("coordinator, finished", "coordinator", "/desk?view=finished"),
        ("coordinator, all, far down", "coordinator", f"/desk?view=all&after={tokens['far']}_0"),
        ("officer, first page", "officer", "/desk"),
        ("officer, mine", "officer", "/desk?mine=1"),
        ("a case", "coordinator", f"/desk/requests/{tokens['case']}"),
    ]
    try:
        trivial = await _times(port, "/healthz", "")
        found = [Row(f"{question}: /healthz", f"{median(trivial):.1f} ms", beside="asks the database nothing")]
        for name, who, path in pages:
            times = await _times(port, path, tokens[who])
            middle = median(times)
            worst = sorted(times)[-2]
            beside = f"{middle / median(trivial):.0f} × the trivial page; 19 of 20 under {worst:.0f} ms"
            found.append(Row(f"{question}: {name}", f"{middle:.1f} ms", f"{GOAL:.0f} ms", middle < GOAL, beside))
            print(f"{time.strftime('%H:%M:%S')}  {found[-1].question}: {found[-1].figure}", file=sys.stderr, flush=True)
        return found
    finally:
        await runner.cleanup()


async def _times(port: int, path: str, token: str) -> list[float]:
    queue: Any = multiprocessing.get_context("spawn").SimpleQueue()
    process = multiprocessing.get_context("spawn").Process(target=client, args=(queue, port, path, token))
    process.start()
    found = await asyncio.to_thread(queue.get)
    await asyncio.to_thread(process.join)
    if isinstance(found, str):
        raise OSError(found)
    return list(found)


def client(queue: Any, port: int, path: str, token: str) -> None:
    """Asks for that page again and again and tells the milliseconds of each."""
    try:
        queue.put([_once(port, path, token) for _ in range(REPEATS + 3)][3:])
    except Exception as error:  # noqa: BLE001 because the other process waits for a word
        queue.put(repr(error))


def _once(port: int, path: str, token: str) -> float:
    headers = {"Cookie": f"{sign_in.COOKIES['loopback']}={token}", "Accept": "text/html"}
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    begun = time.perf_counter()
    with urllib.request.urlopen(asked) as answer:
        body = answer.read()
        if answer.url.partition("?")[0].endswith("/sign-in"):
            raise OSError("not signed in")
    assert body
    return (time.perf_counter() - begun) * 1000


def _fill(house: House, app: web.Application, kind: str) -> dict[str, str]:
    from bot.web.world import WORLD

    office = app[WORLD].office
    assert office is not None
    database = house.database
    now = milliseconds(house.clock.now())
    new = database.identifiers.next

    def people(tx: Transaction) -> tuple[list[int], list[int], dict[str, str]]:
        units = [staff.add_unit(tx, new(), f"Unidad {number:02}", now) for number in range(UNITS)]
        officers, tokens = [], {}
        for number, unit in enumerate(units):
            officers.append(new())
            staff.add(tx, officers[-1], email=f"o{number}@x.ec", name=f"Persona {number}", role="officer", unit=unit, now=now)
        boss = new()
        staff.add(tx, boss, email="boss@x.ec", name="Coordinadora", role="coordinator", now=now)
        for who, identifier in (("coordinator", boss), ("officer", officers[0])):
            tokens[who] = secrets.token_urlsafe(32)
            hashed = sign_in.hash_of(tokens[who])
            sessions.begin(tx, hashed, staff_id=identifier, second_factor=True, agent="", now=now)
        return units, officers, tokens

    units, officers, tokens = database.transaction_now(people)
    # one is filed as a resident would; the others are its copies
    said = Filing("Contrato del puente sobre el río Pastaza, con sus anexos y planillas. " * 6, now)
    first = database.transaction_now(lambda tx: filing.file(tx, office, said, RESIDENT)).case
    for begin in range(1, CASES, _BATCH):
        numbers = range(begin, min(begin + _BATCH, CASES))
        made = list(_copies(first, numbers, kind, units, officers, now, new))
        database.transaction_now(lambda tx, made=made: _write(tx, made))  # type: ignore[misc]  # because mypy takes no default for a lambda's type
    if database.dialect == "postgresql":
        _analyze(house)
    far = (first.target - timedelta(days=CASES // 100)).isoformat()
    return {**tokens, "unit": str(units[0]), "far": far, "case": first.number}


def _copies(
    first: Case, numbers: range, kind: str, units: Sequence[int], officers: Sequence[int], now: int, new: Any
) -> Iterator[tuple[Case, list[Event]]]:
    for number in numbers:
        back = number // 50
        state = "received" if kind == "all owed" or number % 12 == 0 else ("answered" if number % 12 == 1 else "finished")
        steps = {"received": 1, "answered": 2, "finished": 3}[state]
        identifier, days = new(), timedelta(days=back % 900 if state != "received" else number % 20 - 4)
        filed = now - back * _DAY
        place = number // 12 % UNITS  # whatever its state
        case = first._replace(
            id=identifier,
            number=f"SAIP-2020-{number + 10}",
            year=2020,
            serial=number + 10,
            code=secrets.token_bytes(32),
            state=state,
            sequence=steps - 1,
            outcome=None if state == "received" else "full",
            unit_id=units[place] if number % 5 else None,
            officer_id=officers[place] if number % 7 and number % 5 else None,
            target=first.target - days,
            due=first.due - days,
            answered_at=None if state == "received" else filed,
            finished_at=filed if state == "finished" else None,
            filed_at=filed,
        )
        events = [Event(identifier, 0, "file", None, "received", filed, "resident", None, True, "", {})]
        for sequence, (step, begin, end) in enumerate(
            (("answer", "received", "answered"), ("finish", "answered", "finished")), 1
        ):
            if sequence < steps:
                events.append(Event(identifier, sequence, step, begin, end, filed, "staff", officers[place], True, "Va.", {}))
        yield case, events


def _write(tx: Transaction, made: Sequence[tuple[Case, list[Event]]]) -> None:
    # a history of years is not lived through here: rows as `storage/requests.py` writes them, many at a time
    for sequence in range(3):
        tx.write_many(requests._EVENT, [_event_row(events[sequence]) for _, events in made if len(events) > sequence])  # noqa: SLF001 because of that
    tx.write_many(requests._ADD, [requests._row(case) for case, _ in made])  # noqa: SLF001 because of that


def _event_row(event: Event) -> tuple[object, ...]:
    previous = event.sequence - 1 if event.sequence else None
    states = (event.kind, event.from_state, event.to_state, event.at, event.doer, event.staff_id)
    return (event.request_id, event.sequence, previous, *states, event.visible, event.text, "{}")


def _analyze(house: House) -> None:
    for table in ("request", "request_event"):
        house.database.transaction_now(lambda tx, table=table: tx.run(Statement(f"ANALYZE {table}")))  # type: ignore[misc]  # because of the same


def _create(server: str, name: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())


if __name__ == "__main__":
    sys.exit(main())
