"""Searching 5,000 published documents, finding repeated ones among 50,000 open requests, the pages and counts of the register.

`python bench/register.py` measures on SQLite and, where there is one, on PostgreSQL, beside a statement that reads nothing, on
the same way through the same database.
"""

from __future__ import annotations

import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent))

from postgres import NoPostgres, postgres
from table import Row, show

from bot.casework import filing, yearly
from bot.casework.filing import Filing
from bot.casework.office import RESIDENT
from bot.casework.similar import similar
from bot.clock import RealClock, milliseconds
from bot.engine.answers.stemming import stems
from bot.requests.annual import counts, fact
from bot.town_hall import build_office
from bot.translations import load_languages
from storage import documents, migrations, register, request_words, requests
from storage.database import Database
from storage.documents import Document
from storage.reading import Snapshot
from storage.register import Wanted
from storage.requests import Case, Event
from storage.statements import Statement, Transaction
from storage.vault import open_vault

DOCUMENTS, CASES, RELEASED = 5_000, 50_000, 5_000
GOAL = 50.0
"""Milliseconds for a search."""

_REPEATS = 40
_BATCH = 1_000
_ZONE = ZoneInfo("America/Guayaquil")
_KINDS = (
    "Contrato de obra",
    "Contrato de consultoría",
    "Presupuesto",
    "Resolución administrativa",
    "Ordenanza",
    "Acta de sesión",
    "Plan anual de contratación",
    "Informe de fiscalización",
    "Planilla de pago",
    "Permiso de construcción",
)
_THINGS = (
    "parque central",
    "puente sobre el río Pastaza",
    "alcantarillado pluvial",
    "mercado municipal",
    "agua potable",
    "vía a Tarqui",
    "terminal terrestre",
    "camal municipal",
    "cementerio",
    "iluminación pública",
    "recolección de basura",
    "casa de la cultura",
    "polideportivo",
    "muro de contención",
    "ciclovía",
    "dispensario médico",
)
_PLACES = (
    "Tarqui",
    "Shell",
    "Veracruz",
    "Diez de Agosto",
    "Fátima",
    "Pomona",
    "Canelos",
    "Simón Bolívar",
    "Teniente Hugo Ortiz",
    "Montalvo",
    "Sarayacu",
    "Río Tigre",
    "Río Corrientes",
    "El Triunfo",
    "barrio Obrero",
    "barrio México",
)
_FILLER = (
    "En uso de sus atribuciones el Gobierno Autónomo Descentralizado Municipal resuelve aprobar lo actuado por la dirección"
    " responsable y disponer su publicación en la página institucional."
)
_ASKED = (
    "contrato del parque central",
    "quiero saber cuánto costó el puente sobre el río Pastaza",
    "ordenanza agua potable 2024",
    "acta",
    "presupuesto de la parroquia Tarqui para el alcantarillado",
    "planillas de pago de la vía a Tarqui 2023",
    "xilófono marciano",
    "informe contrato presupuesto resolución ordenanza 2025 obra municipal",
)


def main() -> int:
    """Measures and prints."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="minga-bench-") as name:
        folder = Path(name)
        rows += _measured("SQLite", f"sqlite:///{folder / 'minga.db'}")
        (folder / "pg").mkdir()
        try:
            with postgres(folder / "pg") as server:
                rows += _measured("PostgreSQL", server)
        except NoPostgres as error:
            rows.append(Row("PostgreSQL", "not measured", beside=str(error)))
    print(show(rows))
    return 0


def _measured(where: str, url: str) -> Iterator[Row]:
    migrations.upgrade(url)
    database = Database(url)
    try:
        now = milliseconds(RealClock(_ZONE).now())
        key = "a secret of the benchmark, long enough for anybody"
        vault = database.transaction_now(lambda tx: open_vault(tx, secret_key=key, folder=None, now_ms=now))
        office = build_office(vault, database.identifiers, {}, load_languages(Path(__file__).parent.parent / "locales"), _ZONE)
        chance = random.Random(7)
        _fill_documents(database, chance)
        said = Filing("Quiero el contrato de obra del parque central de Tarqui del año 2024 con sus planillas", now)
        first = database.transaction_now(lambda tx: filing.file(tx, office, said, RESIDENT)).case
        _fill_cases(database, first, chance, now)
        if database.dialect == "postgresql":
            for table in ("document", "request", "request_event", "request_word"):
                database.transaction_now(lambda tx, table=table: tx.run(Statement(f"ANALYZE {table}")))  # type: ignore[misc]  # because mypy takes no default for a lambda's type

        def read(work: Callable[[Transaction], object]) -> Callable[[], object]:
            return lambda: database.read_now(lambda connection: work(Snapshot(connection)))

        nothing = _time([read(lambda tx: tx.one(Statement("SELECT 1")))])
        searches = [read(lambda tx, text=text: documents.search(tx, text, limit=6)) for text in _ASKED]  # type: ignore[misc]  # because of the same
        yield _row(f"{where}: search of {DOCUMENTS:,} documents", _time(searches), nothing, GOAL)
        alike = [read(lambda tx: similar(tx, first))]
        yield _row(f"{where}: repeated ones among {CASES:,} open", _time(alike), nothing, GOAL)
        pages = [read(lambda tx: register.page(tx, Wanted(), limit=21))]
        yield _row(f"{where}: register, first page of {RELEASED:,}", _time(pages), nothing, GOAL)
        far = [read(lambda tx: register.page(tx, Wanted(), after=(now - RELEASED + 50, 0), limit=21))]
        yield _row(f"{where}: register, last page", _time(far), nothing, GOAL)
        words = tuple(stems("contrato parque"))
        found = [read(lambda tx: register.page(tx, Wanted(words=words), limit=21))]
        yield _row(f"{where}: register, searched", _time(found), nothing, GOAL)
        today = RealClock(_ZONE).now().date()
        year = [read(lambda tx: counts([fact(one, today) for one in yearly.records(tx, 2020, _ZONE)]))]
        yield _row(f"{where}: counts of a year with 2,000", _time(year, 5), nothing, None)
    finally:
        database.close()


def _row(question: str, times: list[float], nothing: list[float], goal: float | None) -> Row:
    middle, worst = median(times), sorted(times)[int(len(times) * 0.95) - 1]
    beside = f"{middle / median(nothing):.0f} × a statement that reads nothing; 95 % under {worst:.1f} ms"
    if goal is None:
        return Row(question, f"{middle:.1f} ms", beside=beside)
    return Row(question, f"{middle:.1f} ms", f"{goal:.0f} ms", worst < goal, beside)


def _time(works: list[Callable[[], object]], repeats: int = _REPEATS) -> list[float]:
    found = []
    for turn in range(repeats + 2):
        for work in works:
            begun = time.perf_counter()
            work()
            if turn >= 2:  # the first ones open connections and fill caches
                found.append((time.perf_counter() - begun) * 1000)
    return found


def _text(chance: random.Random) -> str:
    return f"{chance.choice(_KINDS)}: {chance.choice(_THINGS)} de {chance.choice(_PLACES)}, {chance.randint(2015, 2026)}"


def _fill_documents(database: Database, chance: random.Random) -> None:
    new = database.identifiers.next
    for begin in range(0, DOCUMENTS, _BATCH):

        def work(tx: Transaction, begin: int = begin) -> None:
            for number in range(begin, begin + _BATCH):
                title = _text(chance)
                # some two pages about its own subject, which name a few others
                body = " ".join([f"{title}. {_FILLER}"] * 12 + [_text(chance) for _ in range(4)])
                documents.put(tx, new(), Document(f"d/{number}", title, body, f"https://x.ec/{number}", "2025", "d"), now=1)

        database.transaction_now(work)


def _fill_cases(database: Database, first: Case, chance: random.Random, now: int) -> None:
    new = database.identifiers.next
    for begin in range(1, CASES, _BATCH):

        def work(tx: Transaction, begin: int = begin) -> None:
            for number in range(begin, min(begin + _BATCH, CASES)):
                _put(tx, _copy(first, number, new(), f"Solicito {_text(chance)}", now))

        database.transaction_now(work)


def _copy(first: Case, number: int, identifier: int, text: str, now: int) -> Case:
    released = number <= RELEASED
    return first._replace(
        id=identifier,
        number=f"SAIP-{2020 if number <= 2_000 else 2021}-{number}",
        year=2020 if number <= 2_000 else 2021,
        serial=number,
        code=secrets.token_bytes(32),
        text=text,
        subject=text,
        public_text=text if released else "",
        released_at=now - number if released else None,
        filed_at=now - number * 1_000,
    )


def _put(tx: Transaction, case: Case) -> None:
    event = Event(case.id, 0, "file", None, "received", case.filed_at, "resident", None, True, "", {})
    # a history of years is not lived through here: its rows are written, many in one journey
    tx.write(requests._EVENT, (*event[:2], None, *event[2:10], "{}"))  # noqa: SLF001 because of that
    tx.write(requests._ADD, requests._row(case))  # noqa: SLF001 because of that
    request_words.put(tx, case.id, stems(case.text))
    if case.released_at is not None:
        documents.put(tx, case.id, Document(f"register/{case.id}", case.subject, case.text, "", "2025", "register"), now=1)


if __name__ == "__main__":
    sys.exit(main())
