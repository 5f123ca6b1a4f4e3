"""`make bench`: every question in turn, and one table. `make bench ARGS=--help` tells what may be asked for."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import time
import traceback
from pathlib import Path

import calibration
import engine
import growth
import loop
import options
import outbox
import report
import start
import turn
import vault
from table import Row, show

QUESTIONS = {
    "engine": engine.measure,
    "vault": vault.measure,
    "turn": turn.measure,
    "outbox": outbox.measure,
    "start": start.measure,
    "growth": growth.measure,
    "report": report.measure,
}


def main() -> int:
    """Measures and prints; returns 1 if something could not be measured. Whether a goal is met is for a person to judge."""
    asked = options.read(sys.argv[1:], tuple(QUESTIONS))
    print(
        f"Python {platform.python_version()}, {loop.name()}, SQLite {sqlite3.sqlite_version}, {platform.system()}, "
        f"{os.cpu_count()} cores; load {_load()}; median of {asked.runs} interleaved runs"
    )
    rows: list[Row] = []
    failed = 0
    for name in asked.only:
        print(f"{time.strftime('%H:%M:%S')}  {name} …", file=sys.stderr, flush=True)
        rows.append(_calibrated(asked.folder))
        try:
            rows += QUESTIONS[name](asked)
        except Exception as error:  # noqa: BLE001 because what the others have measured in minutes shall be told
            traceback.print_exc()
            rows.append(Row(name, "FAILED", beside=f"{type(error).__name__}, see above"))
            failed += 1
    rows.append(_calibrated(asked.folder))
    print(show(rows))
    return 1 if failed else 0


def _calibrated(folder: Path | None) -> Row:
    """Before and after every question: absolute figures hold for this speed of the machine, and this disk."""
    return Row(
        "· calibration",
        f"{calibration.loop():.2f} µs CPU",
        beside=f"one sync of the disk {calibration.sync(folder):,.0f} µs; load {_load()}",
    )


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


if __name__ == "__main__":
    sys.exit(main())
