"""What a report on paper costs: 12 questions answered by 300 people, from the database to a PDF, as an official asks for it.

The measure is what Typst needs at the least: a page with one letter on it, in a process of its own as well. Run by run the one is
told as so many times the other. Processor time is compared, which other work on the machine moves least; both may use two.
"""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from memory import peak
from options import Options
from table import Row, spread

_ROOT = Path(__file__).parent.parent
_PEOPLE = 300
_BEGAN = 1_790_000_000_000
_CHOICES = 6
_SCALES = ("edad", "nota")

_LEAST = """
import typst
fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=["bot/printing/fonts"])
typst.compile(b"#set text(font: \\"Minga Sans\\")\\na", font_paths=fonts, ignore_system_fonts=True, format="pdf")
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds on the clock and of processors, and the last line that was written."""

    wall: float
    cpu: float
    told: str


def measure(options: Options) -> list[Row]:
    """Returns the time and the peak of memory of the report, and beside it that of a page with one letter."""
    with tempfile.TemporaryDirectory(prefix="minga-bench-", dir=options.folder) as name:
        folder = Path(name)
        fill(folder)
        report = [__file__, str(folder)]
        for command in (report, ["-c", _LEAST]):
            _run(command, folder)  # warm
        pairs = [(_run(report, folder), _run(["-c", _LEAST], folder)) for _ in range(max(options.runs, 5))]
    cpu = median(whole.cpu for whole, _ in pairs)
    wall = median(whole.wall for whole, _ in pairs)
    times = median(whole.cpu / least.cpu for whole, least in pairs)
    held = float(pairs[-1][0].told)
    spent = spread([whole.cpu for whole, _ in pairs])
    beside = f"{spent}; {times:.1f} × a page of one letter; {wall:.2f} s on the clock; {held:.0f} MB"
    return [Row("report: 12 questions as a PDF", f"{cpu:.2f} s CPU", "< 2 s", cpu < 2, beside)]


def _run(command: list[str], folder: Path) -> Run:
    environment = os.environ | {
        "MINGA_DATABASE_URL": f"sqlite:///{folder / 'minga.db'}",
        "MINGA_DATA": str(folder / "data"),
        "PYTHONPATH": str(_ROOT),
        # as it is once installed: compiled, in a place of its own
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    used, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *command], cwd=_ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return Run(wall, cpu, done.stdout.strip().rpartition("\n")[2])


def survey() -> str:
    """Returns the YAML of the survey: eight questions with six choices, two with several of them, two numbers."""
    choices = ", ".join(f"o{n}: {{label: {{es: Una opción de respuesta como se escriben ({n})}}}}" for n in range(_CHOICES))
    lines = ["flow: bench", "kind: survey", "title: {es: Encuesta}", "languages: [es]", "start: {words: [encuesta]}", "survey:"]
    for number in range(10):
        kind = "select_multiple" if number > 7 else "select_one"
        lines.append(
            f"  - {{type: {kind}, name: p{number}, label: {{es: ¿Qué opina de esto ({number})?}}, choices: {{{choices}}}}}"
        )
    lines += [f"  - {{type: integer, name: {name}, label: {{es: ¿Cuánto es su {name}?}}}}" for name in _SCALES]
    return "\n".join(lines) + "\n"


def fill(folder: Path) -> None:
    """Makes the database."""
    from bot.engine.source import load
    from storage import migrations

    migrations.upgrade(f"sqlite:///{folder / 'minga.db'}")
    loaded = load(survey(), "bench.yaml")
    assert loaded.flow is not None, loaded.problems
    version, chance = loaded.flow.version, random.Random(1)
    with closing(sqlite3.connect(folder / "minga.db")) as connection:
        connection.execute(
            "INSERT INTO flow_version (version, flow, content, created_at) VALUES (?, 'bench', ?, 0)", (version, loaded.content)
        )
        connection.execute("INSERT INTO flow (id, state, version, updated_at) VALUES ('bench', 'open', ?, 0)", (version,))
        for n in range(1, _PEOPLE + 1):
            connection.execute(
                "INSERT INTO conversation (id, flow, version, status, is_current, state, language, channel, test, started_at, "
                "updated_at, ended_at, receipt) VALUES (?, 'bench', ?, 'completed', 0, '{}', 'es', 'telegram', 0, ?, ?, ?, ?)",
                (n, version, _BEGAN + n * 20_000, _BEGAN, _BEGAN + n * 20_000 + 180_000, f"R{n:09}"),
            )
            connection.executemany(
                "INSERT INTO answer (conversation_id, sequence, step, type, instance, raw, value, empty, reason, comment, "
                "language, channel, tries, at) VALUES (?, ?, ?, ?, '', '', ?, NULL, '', '', 'es', 'telegram', 0, ?)",
                ((n, place, *answer, _BEGAN + n * 20_000 + place * 9_000) for place, answer in enumerate(_journal(chance), 1)),
            )
        connection.commit()


def _journal(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    for number in range(8):
        yield f"p{number}", "select_one", f'"o{min(chance.randrange(_CHOICES), chance.randrange(_CHOICES))}"'
    for number in (8, 9):
        several = sorted(chance.sample(range(_CHOICES), chance.randint(1, 3)))
        yield f"p{number}", "select_multiple", "[" + ",".join(f'"o{one}"' for one in several) + "]"
    for name in _SCALES:
        yield name, "integer", str(chance.randint(15, 90))


def main() -> int:
    """Writes the report as `minga report` does, and tells the peak of memory."""
    from bot.__main__ import main as minga

    folder = Path(sys.argv[1])
    sys.argv = ["minga", "report", "bench", "--format", "pdf", "--out", str(folder / "r.pdf"), "--force"]
    try:
        minga()
    except SystemExit as end:
        if end.code:
            raise
    print(peak())
    return 0


if __name__ == "__main__":
    sys.exit(main())
