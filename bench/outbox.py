"""A message to everybody: a hundred thousand rows rendered, sealed and queued, then handed to a channel and settled.

No transaction holds more than a thousand rows, so that whoever writes meanwhile waits for one of them at most. The channel is
the simulator's, which takes everything at once: what is measured is Minga, not a provider. `python bench/outbox.py URL ROWS` is
one measured run, in a process whose memory is nobody else's.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import median

from loop import runner
from memory import peak
from options import Options
from table import Row, spread
from town import Town, town

from bot.channels import payload
from bot.channels.abilities import TELEGRAM
from bot.channels.rendering import render
from bot.channels.simulator import NAME, SimulatorChannel
from bot.clock import milliseconds
from bot.delivery import Deliveries
from bot.vocabulary import Address, Say
from storage import outbox
from storage.statements import Transaction

_TOGETHER = 1_000
_DELIVERED = 10_000
_TEXT = "Hola. Este sábado a las 9:00 hay minga en el parque central: trae guantes, herramientas y ganas. ¿Vienes?"


def measure(options: Options) -> list[Row]:
    """Returns how long queueing takes, what memory it needs, and how many a second are delivered."""
    runs: list[Mapping[str, float]] = []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory(prefix="minga-bench-", dir=options.folder) as name:
            url = f"sqlite:///{Path(name) / 'minga.db'}"
            done = subprocess.run([sys.executable, __file__, url, str(options.rows)], check=True, stdout=subprocess.PIPE)
            runs.append(json.loads(done.stdout))
    seconds, more = (median([run[what] for run in runs]) for what in ("queued", "memory"))
    rates = [run["delivered"] for run in runs]
    rows = f"{options.rows:,} rows"
    goal = 2 * options.rows / 100_000
    return [
        Row(f"outbox: {rows} queued", f"{seconds:.2f} s", f"≤ {goal:.1f} s", seconds <= goal,
            spread([run["queued"] for run in runs])),
        Row(f"outbox: memory for {rows}", f"{more:+.1f} MB", "≤ +10 MB", more <= 10, spread([run["memory"] for run in runs])),
        Row("outbox: delivered", f"{median(rates):,.0f} /s", beside=f"{_DELIVERED:,} claimed, sent and settled; {spread(rates)}"),
    ]  # fmt: skip


def _measured(url: str, rows: int) -> Mapping[str, float]:
    with town(url) as place, runner() as loop:
        loop.run(_queue(place, _TOGETHER))  # warm
        before, begun = peak(), time.perf_counter()
        loop.run(_queue(place, rows))
        queued, memory = time.perf_counter() - begun, peak() - before
        return {"queued": queued, "memory": memory, "delivered": loop.run(_deliver(place, min(rows, _DELIVERED)))}


async def _queue(place: Town, rows: int) -> None:
    """Queues a message to that many people who are known at addresses of their own; one part is sealed while one is written."""
    writing: asyncio.Task[None] | None = None
    for numbers in _parts(rows):
        sealed = [(place.database.identifiers.next(), number, _sealed(place, number)) for number in numbers]
        if writing is not None:
            await writing
        write = partial(_write, sealed=sealed, now=milliseconds(place.clock.now()))
        writing = asyncio.create_task(place.database.transaction(write))
        await asyncio.sleep(0)  # so that it begins
    if writing is not None:
        await writing


def _parts(rows: int) -> list[range]:
    return [range(begin, min(begin + _TOGETHER, rows)) for begin in range(0, rows, _TOGETHER)]


def _sealed(place: Town, number: int) -> bytes:
    said = render(Say(_TEXT, step="minga", language="es"), Address(NAME, f"person-{number}", "telegram"), TELEGRAM)
    return place.vault.seal(payload.pack(said), outbox.PAYLOAD)


def _write(tx: Transaction, sealed: list[tuple[int, int, bytes]], now: int) -> None:
    outbox.queue(tx, [(row, lane, lane, None, NAME, outbox.CAMPAIGN, 0, content, now, now) for row, lane, content in sealed])


async def _deliver(place: Town, wanted: int) -> float:
    """Returns how many messages a second are claimed, sent and settled."""
    taken, enough = itertools.count(1), asyncio.Event()

    def take(_: object) -> None:
        if next(taken) == wanted:
            enough.set()

    deliveries = Deliveries(place.database, place.vault, {NAME: SimulatorChannel(take)}, place.clock)
    begun = time.perf_counter()
    running = asyncio.create_task(deliveries.run())
    await enough.wait()
    rate = wanted / (time.perf_counter() - begun)
    await deliveries.end()
    await running
    return rate


if __name__ == "__main__":
    print(json.dumps(_measured(sys.argv[1], int(sys.argv[2]))))
