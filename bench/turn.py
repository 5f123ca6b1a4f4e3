"""The whole turn in this process: deduplicated, understood, saved, its reply queued, committed for good (`synchronous=FULL`).

Told as a part of what an aiohttp server that does nothing answers on the same event loop, in turn with it, run by run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import calibration
from loop import runner
from noop import Served, Server, drive, server
from options import Options
from postgres import NoPostgres, postgres
from table import Row, spread
from town import Town, Turned, answer, town

MANY = 256
_GOALS = {"SQLite": 0.5, "PostgreSQL": 0.3}


def measure(options: Options) -> list[Row]:
    """Returns rates and latencies on both databases."""
    with ExitStack() as opened:
        nothing = opened.enter_context(server())
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="minga-bench-", dir=options.folder)))
        towns = {"SQLite": opened.enter_context(town(f"sqlite:///{folder / 'minga.db'}"))}
        missing: list[Row] = []
        try:
            towns["PostgreSQL"] = opened.enter_context(town(opened.enter_context(postgres(folder))))
        except NoPostgres as error:
            missing.append(Row("turn: PostgreSQL", "not measured", beside=str(error)))
        runs = list(_interleaved(towns, nothing, options))
    return [*_told(towns, runs), *missing]


class _Run:
    """What one round of the interleaved runs has found: no-op and towns, many in flight and one."""

    def __init__(self, many: Served, one: Served) -> None:
        self.many, self.one = many, one
        self.sync = 0.0
        self.turned: dict[tuple[str, int], Turned] = {}


def _interleaved(towns: dict[str, Town], nothing: Server, options: Options) -> Iterator[_Run]:
    for _ in range(options.runs):
        run = _Run(drive(nothing, MANY, options.seconds), drive(nothing, 1, options.seconds / 2))
        run.sync = calibration.sync(options.folder)
        with runner() as loop:
            for name, place in towns.items():
                run.turned[name, MANY] = loop.run(answer(place, MANY, options.seconds))
                run.turned[name, 1] = loop.run(answer(place, 1, options.seconds / 2))
        yield run


def _told(towns: dict[str, Town], runs: list[_Run]) -> Iterator[Row]:
    noop = median([run.many.rate for run in runs])
    client = max(run.many.client for run in runs)
    alone = median([run.one.latency for run in runs]) * 1000
    served = median([run.many.cpu for run in runs])
    beside = f"{served:.0f} µs CPU there; the client used {client:.0%} of a core"
    yield Row(f"no-op server: {MANY} in flight", f"{noop:,.0f} /s", beside=beside)
    yield Row("no-op server: 1 in flight", f"{alone:.2f} ms")
    sync = f"one sync of the disk {median([run.sync for run in runs]) / 1000:.2f} ms"
    for name in towns:
        many = [run.turned[name, MANY] for run in runs]
        ratios = [turned.rate / run.many.rate for turned, run in zip(many, runs, strict=True)]
        ratio, goal = median(ratios), _GOALS[name]
        rate, cpu, group = (median([getattr(turned, what) for turned in many]) for what in ("rate", "cpu", "group"))
        yield Row(
            f"turn: {name}, {MANY} in flight", f"{ratio:.0%} of no-op", f"≥ {goal:.0%}", ratio >= goal,
            f"{rate:,.0f} /s, {cpu:.0f} µs CPU here, {group:.0f} in a commit; {spread(ratios)}",
        )  # fmt: skip
        one = [run.turned[name, 1].latency * 1000 for run in runs]
        yield Row(f"turn: {name}, 1 in flight", f"{median(one):.2f} ms", "≤ 1 ms", median(one) <= 1, f"{sync}; {spread(one)}")
