"""With a million conversations stored, is a turn as fast, a start as quick, the process as small as with none?

The stored ones are copies of a conversation that was really had: contact, address, conversation, eight answers, and of its ten
messages and replies four each (those of the last weeks, so to speak). `python bench/growth.py URL` is one measured run.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from statistics import median

from loop import runner
from memory import peak
from options import Options
from served import Served, somebody
from survey import START
from table import Row, spread
from town import answer, finish_one, town

_FLIGHT = 32
_CHUNK = 20_000
_STEP = 25_000
"""Milliseconds between two stored conversations: a million of them in some ten months."""


def measure(options: Options) -> list[Row]:
    """Returns how rate, start and memory of the filled town compare with those of an empty one."""
    with tempfile.TemporaryDirectory(prefix="minga-bench-", dir=options.folder) as name:
        folders = {kind: Path(name) / kind for kind in ("empty", "filled")}
        for kind, folder in folders.items():
            folder.mkdir()
            with town(_url(folder)) as place, runner() as loop:
                loop.run(finish_one(place))
            if kind == "filled":
                begun = time.perf_counter()
                fill(folder / "minga.db", options.conversations)
                filling = time.perf_counter() - begun
        size = (folders["filled"] / "minga.db").stat().st_size / 1e6
        runs: dict[str, list[Mapping[str, float]]] = {kind: [] for kind in folders}
        starts: dict[str, list[float]] = {kind: [] for kind in folders}
        for number in range(options.runs):
            # the one that comes first is not always the same
            for kind, folder in sorted(folders.items(), reverse=number % 2 == 1):
                runs[kind].append(_run(_url(folder), options.seconds))
                starts[kind].append(_start(folder))
    stored = f"{options.conversations:,} conversations"
    rates = {kind: [run["rate"] for run in of] for kind, of in runs.items()}
    ratios = [full / none for none, full in zip(rates["empty"], rates["filled"], strict=True)]
    memory = {kind: median([run["memory"] for run in of]) for kind, of in runs.items()}
    more = memory["filled"] - memory["empty"]
    rate = median(rates["filled"])
    cpu = median([full["cpu"] / none["cpu"] for none, full in zip(runs["empty"], runs["filled"], strict=True)])
    first, before = median(starts["filled"]), median(starts["empty"])
    return [
        Row(f"growth: turns with {stored}", f"{median(ratios):.0%} of empty", "≥ 85%", median(ratios) >= 0.85,
            f"{rate:,.0f} /s at {_FLIGHT} in flight, CPU {cpu:.2f} ×; {size:,.0f} MB, made in {filling:.0f} s; {spread(ratios)}"),
        Row(f"growth: start with {stored}", f"{first:.2f} s", "≤ 1.5 s", first <= 1.5, f"to an answer; empty {before:.2f} s"),
        Row(f"growth: memory with {stored}", f"{more:+.1f} MB", "≤ +20 MB", more <= 20, f"{memory['filled']:.0f} MB at the most"),
    ]  # fmt: skip


def fill(file: Path, conversations: int) -> None:
    """Copies the one conversation of that database so many times, with people, ids and times of their own."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-250000")
        first = (int(time.time() * 1000) - _STEP * (conversations + 1)) << 22
        for begin in range(0, conversations, _CHUNK):
            connection.execute("BEGIN")
            for statement in _copies(connection, first, begin, min(begin + _CHUNK, conversations)):
                connection.execute(statement)
            connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copies(connection: sqlite3.Connection, first: int, begin: int, end: int) -> Iterator[str]:
    """Yields the statements that add copies number `begin` to `end`. An id is milliseconds << 22 | number."""
    this = f"({first} + n.i * {_STEP << 22})"
    own: dict[str, dict[str, str]] = {
        "contact": {"id": this, "lobby_prompt_id": "NULL"},
        "address": {"id": f"{this} + 1", "contact_id": this, "find_key": "randomblob(32)"},
        "conversation": {
            "id": f"{this} + 2", "contact_id": this, "address_id": f"{this} + 1", "prompt_outbox_id": "NULL",
            "receipt": "hex(randomblob(10))", "started_at": f"{this} >> 22", "updated_at": f"{this} >> 22",
            "ended_at": f"{this} >> 22",
        },
        "answer": {"conversation_id": f"{this} + 2"},
        "inbox": {
            "id": f"{this} + 10 + t.number", "contact_id": this, "conversation_id": f"{this} + 2",
            "event": "hex(randomblob(8))", "raw": "NULL",
        },
        "outbox": {
            "id": f"{this} + 100 + t.number", "contact_id": this, "conversation_id": f"{this} + 2", "lane": f"{this} + 1",
            "status": "'sent'", "accepted_at": f"{this} >> 22", "payload": "NULL",
        },
    }  # fmt: skip
    for table, changed in own.items():
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
        order = "conversation_id, sequence" if table == "answer" else "id"
        some = {"answer": 8, "inbox": 4, "outbox": 4}.get(table, 1)
        # those that were there first are the model, whatever was copied since: their ids are the newest
        newest = f"SELECT *, row_number() OVER (ORDER BY {order}) AS number FROM "
        newest += f"(SELECT * FROM {table} ORDER BY {order} DESC LIMIT {some})"
        count = f"WITH RECURSIVE n(i) AS (SELECT {begin} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {end})"
        yield f"INSERT INTO {table} ({', '.join(columns)}) {count} SELECT {values} FROM n CROSS JOIN ({newest}) t"


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'minga.db'}"


def _run(url: str, seconds: float) -> Mapping[str, float]:
    """Measures in a process of its own, whose memory is nobody else's."""
    done = subprocess.run([sys.executable, __file__, url, str(seconds)], check=True, stdout=subprocess.PIPE)
    found: Mapping[str, float] = json.loads(done.stdout)
    return found


def _start(folder: Path) -> float:
    server = Served(folder)
    try:
        return server.write(somebody(), {"text": START})
    finally:
        server.kill()


def _measured(url: str, seconds: float) -> Mapping[str, float]:
    with town(url) as place, runner() as loop:
        turned = loop.run(answer(place, _FLIGHT, seconds))
    return {"rate": turned.rate, "cpu": turned.cpu, "memory": peak()}


if __name__ == "__main__":
    print(json.dumps(_measured(sys.argv[1], float(sys.argv[2]))))
