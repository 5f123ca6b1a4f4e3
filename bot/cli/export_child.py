"""A process of its own that makes one export: work that counts and writes for minutes would hold up every answer of the server.

It reads what is to be made as JSON from its standard input and tells, line by line as JSON, how far it is and what came of it.
Whoever started it ends it by ending: it cannot tell anybody any more, and leaves.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.cli.terminal import LOCALES
from bot.clock import RealClock, milliseconds
from bot.exporting.asked import Task, Told, Trouble
from bot.exporting.task import run

NICE = 10
"""How far it stands back behind whoever answers people."""


def main() -> None:
    """See the module. Its exit code says nothing: what it told last counts."""
    with contextlib.suppress(OSError, AttributeError):  # where the system knows no such thing
        os.nice(NICE)
    asked = json.loads(sys.stdin.buffer.read())
    task = Task(**{**asked["task"], "data": Path(asked["task"]["data"]), "folder": Path(asked["task"]["folder"])})
    try:
        outcome = _done(asked, task)
    except Exception as error:  # noqa: BLE001 because the one who asked must hear that it failed, whatever it was
        # nobody may listen any more: then that, too, goes nowhere
        outcome = {"trouble": {"key": "exports.failed.fault", "places": {"error": type(error).__name__}}}
    with contextlib.suppress(BrokenPipeError):
        _say(outcome)


def _done(asked: Mapping[str, Any], task: Task) -> dict[str, Any]:
    from bot.translations import load_languages
    from storage.database import Database
    from storage.vault import open_vault

    database = Database(asked["database"], workers=1, readers=1)
    try:
        vault = None
        if task.kind == "identity":
            now = milliseconds(RealClock(ZoneInfo(task.zone)).now())
            vault = database.transaction_now(lambda tx: open_vault(tx, secret_key=asked["secret"], folder=task.data, now_ms=now))
        found = run(task, database, vault, load_languages(LOCALES), _tell)
    finally:
        database.close()
    return {"trouble": asdict(found)} if isinstance(found, Trouble) else {"finished": found._asdict()}


def _tell(told: Told) -> None:
    _say(asdict(told))


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()
