"""What exports and summaries cost, beside a loop written by hand over the same journal in the same run.

`python bench/exports.py [--people N] [--only sqlite|postgresql] [--work NAME …] [--rounds N]` answers a survey of ten questions
so many times (100,000 unless told) on each database, then does each of these in turn, round by round, in a process of its own, so
that its peak of memory is its own: the loop, the wide CSV, the summary of all questions, a cross-tab, the workbook.

The loop is what somebody would write who needs that table once: sqlite3 or psycopg, a dict that keeps the last word on each step,
csv.writer. It must write the same bytes as the export, and the run ends where it does not.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from memory import peak

from bot.reports.export import Format
from bot.reports.rows import Selection
from bot.translations import load_languages
from storage.database import Database
from storage.export import Wanted, write_export

LOCALES = Path(__file__).parent.parent / "locales"
PEOPLE = 100_000
FLOW = "bench"
ZONE = ZoneInfo("America/Guayaquil")
NOW = datetime(2026, 11, 26, tzinfo=ZONE)

WORKS = [f"obra{number}" for number in range(12)]
SEVERAL = {"temas": [f"tema{number}" for number in range(6)], "usos": [f"uso{number}" for number in range(6)]}
CHOICES = {"canton": [f"canton{number}" for number in range(5)], "sexo": ["f", "m", "x"], "obra": WORKS}

ROWS = """
    SELECT c.id, c.receipt, c.status, c.language, c.channel, c.started_at, c.ended_at, c.version, a.step, a.value, a.empty
    FROM conversation c JOIN answer a ON a.conversation_id = c.id
    WHERE c.flow = 'bench' AND c.status = 'completed' AND NOT c.test ORDER BY c.started_at, c.id, a.sequence
"""


def survey() -> str:
    """Returns the YAML of the survey."""
    lines = ["flow: bench", "kind: survey", "title: {es: Encuesta}", "languages: [es]", "start: {words: [encuesta]}", "survey:"]
    for kind, questions in (("select_one", CHOICES), ("select_multiple", SEVERAL)):
        for name, choices in questions.items():
            options = ", ".join(f"{choice}: {{label: {{es: Opción {choice}}}}}" for choice in choices)
            lines.append(f"  - {{type: {kind}, name: {name}, label: {{es: {name}}}, required: false, choices: {{{options}}}}}")
    for kind, name in (("integer", "edad"), ("decimal", "gasto"), ("text", "idea"), ("date", "desde")):
        lines.append(f"  - {{type: {kind}, name: {name}, label: {{es: {name}}}, required: false}}")
    lines.append('  - {type: range, name: nota, label: {es: nota}, start: "0", end: "10", step: "1", required: false}')
    return "\n".join(lines) + "\n"


def fill(url: str, people: int) -> None:
    """Makes the database. Of twenty people one corrected an answer, one skipped one, one refused one, one of fifty left one."""
    from bot.engine.source import load  # what is measured has no need of it
    from storage import migrations

    migrations.upgrade(url)
    loaded = load(survey(), "bench.yaml")
    assert loaded.flow is not None, loaded.problems
    version, chance, began = loaded.flow.version, random.Random(1), 1_790_000_000_000
    tables: dict[str, tuple[str, Iterable[Sequence[object]]]] = {
        "flow_version": ("version, flow, content, created_at", [(version, FLOW, loaded.content, 0)]),
        "flow": ("id, state, version, updated_at", [(FLOW, "open", version, 0)]),
        "conversation": (
            "id, flow, version, status, is_current, state, language, channel, test, started_at, updated_at, ended_at, receipt",
            ((n, FLOW, version, "completed", False, "{}", "es", "telegram", False, began + n * 20_000, began,
              began + n * 20_000 + 180_000, f"R{n:09}") for n in range(1, people + 1)),
        ),
        "answer": (
            "conversation_id, sequence, step, type, value, empty, at, instance, raw, reason, comment, language, channel, tries",
            ((n, sequence, *answer, began + n * 20_000 + sequence * 9_000, "", "", "", "", "es", "telegram", 0)
             for n in range(1, people + 1) for sequence, answer in enumerate(_journal(chance, n), 1)),
        ),
    }  # fmt: skip
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            for table, (columns, rows) in tables.items():
                places = ", ".join("?" * len(columns.split(", ")))
                connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    import psycopg

    with psycopg.connect(url, autocommit=True) as server:
        for table, (columns, rows) in tables.items():
            with server.cursor().copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as copy:
                for row in rows:
                    copy.write_row(row)
        server.execute("VACUUM ANALYZE")  # as it is sooner or later on a server at work


def _journal(chance: random.Random, number: int) -> Iterator[tuple[str, str, str, str | None]]:
    for name, choices in CHOICES.items():
        yield name, "select_one", f'"{chance.choice(choices)}"', None
    for name, choices in SEVERAL.items():
        yield name, "select_multiple", orjson.dumps(chance.sample(choices, chance.randint(1, 3))).decode(), None
    age = chance.randint(15, 90)
    yield ("edad", "integer", "null", "refused") if number % 20 == 7 else ("edad", "integer", str(age), None)
    yield "gasto", "decimal", str(chance.randint(0, 100_000) / 100), None
    idea = f'"Falta agua en el barrio {number}, y el alumbrado del parque está dañado"'
    yield ("idea", "text", "null", "skipped") if number % 20 == 0 else ("idea", "text", idea, None)
    yield "desde", "date", f'"20{chance.randint(10, 25)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}"', None
    yield "nota", "range", str(chance.randint(0, 10)), None
    if number % 20 == 1:
        yield "canton", "select_one", f'"{chance.choice(CHOICES["canton"])}"', None
    if number % 50 == 3:
        yield "usos", "select_multiple", "null", "not_asked"


def _rows(url: str) -> Iterator[tuple[Any, ...]]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            yield from connection.execute(ROWS)
        return
    import psycopg

    # a cursor of the server's: with one of the client's the whole journal would lie in memory first
    with psycopg.connect(url) as server, server.cursor("journal") as cursor:
        cursor.itersize = 2_000
        yield from cursor.execute(ROWS.encode())


def by_hand(url: str, folder: Path) -> int:
    """Writes the wide table as somebody would who needs it once."""
    columns = [*CHOICES]
    for name, choices in SEVERAL.items():
        columns += [name, *(f"{name}/{choice}" for choice in choices)]
    columns += ["edad", "gasto", "idea", "desde", "nota"]
    head = ["receipt", "row", "status", "test", "language", "channel", "started_at", "ended_at", "version"]
    with (folder / "hand.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*head, *columns])
        count = 0
        for _, rows in groupby(_rows(url), key=lambda row: row[0]):
            latest = {row[8]: row for row in rows}
            row = next(iter(latest.values()))
            count += 1
            cells: dict[str, object] = {}
            for step, found in latest.items():
                empty = found[10]
                if empty is not None:
                    cells[step] = None if empty == "not_asked" else f"[{empty}]"
                    continue
                value = orjson.loads(found[9])
                if isinstance(value, list):
                    for choice in SEVERAL[step]:
                        cells[f"{step}/{choice}"] = int(choice in value)
                    value = " ".join(value)
                cells[step] = value
            began, ended = (datetime.fromtimestamp(at / 1000, ZONE).isoformat(timespec="seconds") for at in row[5:7])
            writer.writerow([row[1], count, row[2], 0, *row[3:5], began, ended, row[7][:12], *map(cells.get, columns)])
    return count


def exported(url: str, folder: Path, form: Format) -> int:
    """Writes the export, the wide table and the codebook."""
    languages = load_languages(LOCALES)
    database = Database(url, workers=1)
    tables = ("wide", "codebook")
    wanted = Wanted(FLOW, form, folder / form, Selection(), NOW, languages["es"], languages, force=True, tables=tables)
    done = database.read_now(lambda connection: write_export(connection, wanted))
    database.close()
    return done.left_out.taken


def summed(url: str, by: str = "") -> int:
    """Finds what `minga results` prints."""
    from storage.findings import Question, find

    database = Database(url, workers=1)
    asked = Question(FLOW, Selection(), NOW, by=by, of="obra" if by else "")
    found = database.read_now(lambda connection: find(connection, asked))
    database.close()
    return found.summary.left_out.taken


WORK: dict[str, Callable[[str, Path], int]] = {
    "loop by hand": by_hand,
    "wide CSV": lambda url, folder: exported(url, folder, "csv"),
    "summary": lambda url, _: summed(url),
    "cross-tab": lambda url, _: summed(url, "canton"),
    "workbook": lambda url, folder: exported(url, folder, "xlsx"),
}

OTHERS = ("summary", "cross-tab", "workbook")


def one(work: str, url: str, folder: Path) -> None:
    """Does one piece of work in this process; prints seconds by the wall, of CPU, and megabytes before and at the most."""
    before = peak()
    wall, cpu = time.perf_counter(), time.process_time()
    WORK[work](url, folder)
    print(time.perf_counter() - wall, time.process_time() - cpu, before, peak())


def _served(folder: Path) -> float:
    """Returns the seconds of CPU that the PostgreSQL server of this folder has had, 0 where there is none."""
    pid = folder / "postgres" / "postmaster.pid"
    if not pid.exists():
        return 0.0
    postmaster = pid.read_text().split()[0]
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        # its own time, and that of those which it saw end: sessions that are over are among the postmaster's
        if stat.parent.name == postmaster or fields[1] == postmaster:
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(url: str, folder: Path, rounds: int, works: Sequence[str]) -> None:
    """Prints a line for each piece of work; `works` are done besides the loop and the wide CSV."""
    runs: dict[str, list[list[float]]] = {work: [] for work in ("loop by hand", "wide CSV", *works)}
    for _ in range(rounds):
        for work, of in runs.items():
            served = _served(folder)
            command = [sys.executable, __file__, "--one", work, url, str(folder)]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            of.append([*map(float, told.split()), _served(folder) - served])
    if (folder / "hand.csv").read_bytes() != (folder / "csv" / f"{FLOW}-wide.csv").read_bytes():
        raise SystemExit("the loop and the export did not write the same")
    hand = runs["loop by hand"]
    for work, of in runs.items():
        walls, cpus, befores, peaks, serveds = zip(*of, strict=True)
        both = [(run[1] + run[4]) / (loop[1] + loop[4]) for run, loop in zip(of, hand, strict=True)]
        wall = [run[0] / loop[0] for run, loop in zip(of, hand, strict=True)]
        print(
            f"{work:13} {median(walls):6.1f} s wall {median(cpus):6.2f} s CPU + {median(serveds):5.2f} s server's   "
            f"CPU {median(both):5.2f} x the loop (least {min(both):.2f})   wall {median(wall):5.2f} x (least {min(wall):.2f})   "
            f"{max(peaks):4.0f} MB ({max(befores):.0f} before)",
            flush=True,
        )


def main() -> int:
    """Measures everything, or one piece of work in this process ("--one WORK URL FOLDER")."""
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
        return 0
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--work", choices=OTHERS, action="append")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    for kind in ("sqlite", "postgresql") if options.only is None else (options.only,):
        with tempfile.TemporaryDirectory(prefix="minga-bench-", dir=options.folder) as name, ExitStack() as stack:
            folder = Path(name)
            if kind == "postgresql":
                from postgres import postgres

                url = stack.enter_context(postgres(folder))
            else:
                url = f"sqlite:///{folder / 'minga.db'}"
            print(f"{kind}, {options.people:,} people", flush=True)
            fill(url, options.people)
            measure(url, folder, options.rounds, OTHERS if options.work is None else options.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
