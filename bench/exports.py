"""What exports and summaries cost, beside a loop written by hand over the same journal in the same run.

`python bench/exports.py [people] [folder]` answers a survey of ten questions so many times (100,000 unless told), then measures
each of these in a process of its own, so that its peak of memory is its own: the wide CSV, the workbook, the summary of all
questions, a cross-tab, and the loop: sqlite3, a dict that keeps the last word on each step, csv.writer, choices of several split
into columns.
"""

from __future__ import annotations

import csv
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

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
NOW = datetime(2026, 11, 26, tzinfo=UTC)

WORKS = [f"obra{number}" for number in range(12)]
SEVERAL = {"temas": [f"tema{number}" for number in range(6)], "usos": [f"uso{number}" for number in range(6)]}
CHOICES = {"canton": [f"canton{number}" for number in range(5)], "sexo": ["f", "m", "x"], "obra": WORKS}


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


def fill(folder: Path, people: int) -> None:
    """Makes the database. Of twenty people one corrected an answer and one skipped one."""
    from bot.engine.source import load  # what is measured has no need of it
    from storage import migrations

    migrations.upgrade(f"sqlite:///{folder / 'minga.db'}")
    loaded = load(survey(), "bench.yaml")
    assert loaded.flow is not None, loaded.problems
    version, chance = loaded.flow.version, random.Random(1)
    with closing(sqlite3.connect(folder / "minga.db")) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("INSERT INTO flow_version (version, flow, content, created_at) VALUES (?, ?, ?, 0)",
                           (version, FLOW, loaded.content))  # fmt: skip
        connection.execute("INSERT INTO flow (id, state, version, updated_at) VALUES (?, 'open', ?, 0)", (FLOW, version))
        began = 1_790_000_000_000
        connection.executemany(
            "INSERT INTO conversation (id, flow, version, status, is_current, state, language, channel, test, started_at, "
            "updated_at, ended_at, receipt) VALUES (?, ?, ?, 'completed', 0, '{}', 'es', 'telegram', 0, ?, ?, ?, ?)",
            (
                (n, FLOW, version, began + n * 20_000, began, began + n * 20_000 + 180_000, f"R{n:09}")
                for n in range(1, people + 1)
            ),
        )
        connection.executemany(
            "INSERT INTO answer (conversation_id, sequence, step, type, instance, raw, value, empty, reason, comment, language, "
            "channel, tries, at) VALUES (?, ?, ?, ?, '', '', ?, ?, '', '', 'es', 'telegram', 0, ?)",
            ((n, sequence, *answer, began + n * 20_000 + sequence * 9_000)
             for n in range(1, people + 1) for sequence, answer in enumerate(_journal(chance, n), 1)),
        )  # fmt: skip
        connection.commit()


def _journal(chance: random.Random, number: int) -> Iterator[tuple[str, str, str, str | None]]:
    for name, choices in CHOICES.items():
        yield name, "select_one", f'"{chance.choice(choices)}"', None
    for name, choices in SEVERAL.items():
        yield name, "select_multiple", orjson.dumps(chance.sample(choices, chance.randint(1, 3))).decode(), None
    yield "edad", "integer", str(chance.randint(15, 90)), None
    yield "gasto", "decimal", str(chance.randint(0, 100_000) / 100), None
    idea = f'"Falta agua en el barrio {number}, y el alumbrado del parque está dañado"'
    yield ("idea", "text", "null", "skipped") if number % 20 == 0 else ("idea", "text", idea, None)
    yield "desde", "date", f'"20{chance.randint(10, 25)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}"', None
    yield "nota", "range", str(chance.randint(0, 10)), None
    if number % 20 == 1:
        yield "canton", "select_one", f'"{chance.choice(CHOICES["canton"])}"', None


def by_hand(folder: Path) -> int:
    """Writes the wide table as somebody would who needs it once."""
    columns = [*CHOICES]
    for name, choices in SEVERAL.items():
        columns += [name, *(f"{name}/{choice}" for choice in choices)]
    columns += ["edad", "gasto", "idea", "desde", "nota"]
    query = """
        SELECT c.id, c.receipt, c.status, c.language, c.channel, c.started_at, c.ended_at, a.step, a.value, a.empty
        FROM conversation c JOIN answer a ON a.conversation_id = c.id
        WHERE c.flow = ? AND c.status = 'completed' AND NOT c.test ORDER BY c.started_at, c.id, a.sequence
    """
    with closing(sqlite3.connect(folder / "minga.db")) as connection, (folder / "hand.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["receipt", "row", "status", "language", "channel", "started_at", "ended_at", *columns])
        count = 0
        for _, rows in groupby(connection.execute(query, (FLOW,)), key=lambda row: row[0]):
            latest = {}
            for row in rows:
                latest[row[7]] = row
            count += 1
            cells: dict[str, object] = {}
            for step, found in latest.items():
                value = orjson.loads(found[8]) if found[9] is None else f"[{found[9]}]"
                if isinstance(value, list):
                    cells.update({f"{step}/{choice}": int(choice in value) for choice in SEVERAL[step]})
                    value = " ".join(value)
                cells[step] = value
            began, ended = (datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds") for at in row[5:7])
            writer.writerow([row[1], count, *row[2:5], began, ended, *(cells.get(column) for column in columns)])
    return count


def exported(folder: Path, form: Format) -> int:
    """Writes the export, the wide table and the codebook."""
    languages = load_languages(LOCALES)
    database = Database(f"sqlite:///{folder / 'minga.db'}", workers=1)
    tables = ("wide", "codebook")
    wanted = Wanted(FLOW, form, folder / form, Selection(), NOW, languages["es"], languages, force=True, tables=tables)
    done = database.read_now(lambda connection: write_export(connection, wanted))
    database.close()
    return done.left_out.taken


def summed(folder: Path, by: str = "") -> int:
    """Finds what `minga results` prints."""
    from storage.findings import Question, find

    database = Database(f"sqlite:///{folder / 'minga.db'}", workers=1)
    asked = Question(FLOW, Selection(), NOW, by=by, of="obra" if by else "")
    found = database.read_now(lambda connection: find(connection, asked))
    database.close()
    return found.summary.left_out.taken


WORK: dict[str, Callable[[Path], int]] = {
    "loop by hand": by_hand,
    "wide CSV": lambda folder: exported(folder, "csv"),
    "workbook": lambda folder: exported(folder, "xlsx"),
    "summary": summed,
    "cross-tab": lambda folder: summed(folder, "canton"),
}


def main() -> int:
    """Measures everything, or one piece of work in this process ("--one NAME FOLDER")."""
    if sys.argv[1:2] == ["--one"]:
        begun, cpu = time.perf_counter(), time.process_time()
        WORK[sys.argv[2]](Path(sys.argv[3]))
        print(time.perf_counter() - begun, time.process_time() - cpu, peak())
        return 0
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    with tempfile.TemporaryDirectory(prefix="minga-bench-", dir=sys.argv[2] if len(sys.argv) > 2 else None) as name:
        folder = Path(name)
        fill(folder, people)
        hand = 0.0
        for work in WORK:
            command = [sys.executable, __file__, "--one", work, name]
            told = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(3)]
            runs = [[float(number) for number in one.split()] for one in told]
            wall, cpu, memory = sorted(runs, key=lambda run: run[1])[1]
            hand = hand or cpu
            print(f"{work:14} {wall:6.1f} s wall  {cpu:6.1f} s CPU  {cpu / hand:5.2f} x the loop  {memory:5.0f} MB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
