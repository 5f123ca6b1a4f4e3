"""`minga export` and `minga results` as an official types them, over answers that residents gave in chat."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from bot.cli import run
from bot.cli.terminal import LOCALES, REFUSED, Terminal
from bot.translations import load_languages
from storage.database import Database
from storage.keys import make_ring
from tests.storage.people import insert
from tests.world import SURVEY, World


class Office:
    """An official's terminal, and what it shows."""

    def __init__(self, code: str = "es") -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.terminal = Terminal(load_languages(LOCALES)[code], self.out, self.err)

    def types(self, *words: object) -> int:
        return run([str(word) for word in words], self.terminal)


@pytest.fixture
def office(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A town of three: Ana answered and corrected herself, Luis stopped in the middle, a test was tried."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINGA_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGA_DATA", str(tmp_path / "data"))

    async def live() -> None:
        world = World(database_url, SURVEY)
        for words in ("encuesta", "34", "=1+1; más árboles", "agua"):
            await world.says("ana", words)
        for words in ("encuesta", "20"):
            await world.says("luis", words)
        for words in ("encuesta", "99", "nada", "alumbrado"):
            await world.says("prueba", words, channel="simulator", test=True)
        world.database.close()

    asyncio.run(live())
    return Office()


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where it is about words and files: what is read is the same on both databases."""


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


def test_export_csv(office: Office, tmp_path: Path):
    assert office.types("export", "encuesta", "--format", "csv", "--out", tmp_path / "salida") == 0
    (row,) = rows(tmp_path / "salida" / "encuesta-wide.csv")
    lines = office.out.getvalue().splitlines()

    assert (row["edad"], row["idea"], row["obra"], row["status"], row["channel"]) == (
        "34",
        "'=1+1; más árboles",
        "agua",
        "completed",
        "telegram",
    )
    assert len(row["receipt"]) == 10
    assert row["started_at"].startswith("2026-11-20T12:00:0") and row["started_at"].endswith("-05:00")
    assert len(lines) == 4
    assert lines[0].startswith(f"{tmp_path / 'salida' / 'encuesta-wide.csv'}: conversaciones: 1 · sha256 ")
    assert lines[3] == (
        "Conversaciones contadas: 1. Quedaron fuera 2: abiertas 1 (--with-partial las incluye), "
        "de prueba 1 (--with-test las incluye)."
    )


def test_export_is_a_workbook_unless_told_otherwise(office: Office, tmp_path: Path):
    assert office.types("export", "encuesta", "--with-partial", "--with-test") == 0
    sheet = openpyxl.load_workbook(tmp_path / "exports" / "encuesta.xlsx")["respuestas"]
    header, *found = sheet.iter_rows(values_only=True)

    assert [(row[header.index("status")], row[header.index("edad")], row[header.index("test")]) for row in found] == [
        ("completed", 34, 0),
        ("open", 20, 0),
        ("completed", 99, 1),
    ]
    assert "Conversaciones contadas: 3. Ninguna quedó fuera por incompleta o de prueba." in office.out.getvalue()


@on_sqlite
def test_csv_for_excel_follows_the_terminal(office: Office, tmp_path: Path):
    english = Office("en")

    assert office.types("export", "encuesta", "--format", "csv", "--excel", "--out", tmp_path / "es") == 0
    assert english.types("export", "encuesta", "--format", "csv", "--excel", "--out", tmp_path / "en") == 0
    assert (tmp_path / "es" / "encuesta-wide.csv").read_bytes().startswith("\ufeffreceipt;".encode())
    assert (tmp_path / "en" / "encuesta-wide.csv").read_bytes().startswith("\ufeffreceipt,".encode())


@on_sqlite
def test_text_that_was_cut_is_told(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.reports.xlsx_book.TEXT", 12)

    assert office.types("export", "encuesta") == 0
    assert "se cortaron" in office.err.getvalue()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["export", "nada"], "No hay ningún flujo «nada»"),
        (["results", "nada"], "No hay ningún flujo «nada»"),
        (["export", "encuesta", "--excel"], "--excel es para --format csv"),
        (["export", "encuesta", "--out", "ocupado"], "No se puede escribir en ocupado"),
        (["export", "encuesta", "--multi", "dos"], "no sirve. Puede ser: one, split, both.\n"),
        (["export", "encuesta", "--k", "pocas"], "El valor de --k NUMBER no sirve.\n"),
        (["export", "encuesta", "--tables", "ancha"], "No hay una tabla «ancha»"),
        (["export", "encuesta", "--format", "jsonl", "--multi", "one"], "--multi no sirve con --format jsonl"),
        (["export", "encuesta", "--format", "parquet", "--labels", "es"], "solo con csv, xlsx, sav, dta"),
        (["export", "encuesta", "--format", "sav", "--tables", "long"], "--tables no sirve con --format sav"),
        (["export", "encuesta", "--format", "sav", "--labels", "fr"], "no tiene textos en «fr»"),
        (["export", "encuesta", "--where", "edad=treinta"], "«treinta» no es un número"),
        (["export", "encuesta", "--profile", "lunes"], "No hay un perfil «lunes»"),
        (["export", "encuesta", "--save", "El Lunes"], "no sirve de nombre"),
    ],
)
@on_sqlite
def test_what_is_refused_says_why_and_what_to_do(office: Office, tmp_path: Path, words: list[str], said: str):
    (tmp_path / "ocupado").write_text("x", encoding="utf-8")

    assert office.types(*words) == REFUSED
    assert said in office.err.getvalue()
    assert office.out.getvalue() == ""


@on_sqlite
def test_nothing_is_overwritten_unless_forced(office: Office):
    assert office.types("export", "encuesta") == 0
    assert office.types("export", "encuesta") == REFUSED
    assert "Ya existe: exports/encuesta.xlsx." in office.err.getvalue()
    assert office.types("export", "encuesta", "--force") == 0


def test_results(office: Office):
    assert office.types("results", "encuesta") == 0
    told = office.out.getvalue()

    assert told.startswith("Encuesta\n════════\nConversaciones: 3\nEstado: completadas 2 · abiertas 1\n")
    assert "Mediana 34" in told
    assert "Agua potable para todos los barri…" in told
    assert "Textos: 1" in told
    assert "árboles" not in told


def test_results_with_everybody(office: Office):
    assert office.types("results", "encuesta", "--with-partial", "--with-test") == 0
    told = office.out.getvalue()

    assert "Mediana 34 · la mitad entre 27 y 66,5 · de 20 a 99" in told
    assert "no se preguntó 1" in told


@on_sqlite
def test_results_where_the_terminal_has_no_blocks(office: Office):
    root = Path(__file__).parent.parent.parent
    environment = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(root), "LANG": "es_EC"}
    told = subprocess.run(
        [sys.executable, "-m", "bot", "results", "encuesta"], capture_output=True, env=environment, check=True
    ).stdout.decode("latin-1")

    assert "Encuesta\n========\n" in told
    assert "###" in told
    assert "¿Cuántos años tienes?" in told


def test_results_of_some(office: Office):
    assert office.types("results", "encuesta", "--where", "obra=agua", "--from", "2026-11-20", "--channel", "telegram") == 0
    told = office.out.getvalue()

    assert "Conversaciones: 1\n" in told
    assert "No es una muestra al azar" in told


def test_results_of_nobody(office: Office):
    assert office.types("results", "encuesta", "--to", "2020-01-01") == 0
    assert "Conversaciones: 0\n" in office.out.getvalue()


def test_results_one_by_another_and_one_alone(office: Office):
    assert office.types("results", "encuesta", "--by", "channel", "--question", "obra") == 0
    assert "según: channel" in office.out.getvalue() and "Mediana" not in office.out.getvalue()
    assert office.types("results", "encuesta", "--question", "edad") == 0
    assert "Mediana 34" in office.out.getvalue()


def test_results_as_json(office: Office):
    assert office.types("results", "encuesta", "--format", "json") == 0
    found = json.loads(office.out.getvalue())

    assert found["counted"] == 1
    assert [one["column"] for one in found["questions"]] == ["edad", "idea", "obra"]
    assert "árboles" not in office.out.getvalue()


MARGINS = "source: INEC\ndate: 2022-11-30\nmargins:\n  edad: {0-33: 40, 34-80: 60}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["results", "encuesta", "--where", "obra=aguas"], "no es una opción de obra"),
        (["results", "encuesta", "--where", "obra"], "no es un filtro"),
        (["export", "encuesta", "--where", "ciudad=x"], "no tiene la pregunta «ciudad»"),
        (["results", "encuesta", "--from", "ayer"], "«ayer» no es un día"),
        (["export", "encuesta", "--channel", "fax"], "No hay un canal «fax»"),
        (["results", "encuesta", "--by", "obra"], "--by pide también --question"),
        (["results", "encuesta", "--by", "edad", "--question", "edad"], "no se cruza consigo misma"),
        (["results", "encuesta", "--where", "edad=treinta"], "«treinta» no es un número"),
        (["report", "encuesta", "--where", "edad=treinta"], "«treinta» no es un número"),
        (["results", "encuesta", "--by", "idea", "--question", "obra"], "no forman grupos"),
        (["results", "encuesta", "--margins", "no.yaml"], "No se puede leer no.yaml"),
        (["results", "encuesta", "--margins", "censo.yaml"], "menos de 5 personas"),
        (["results", "encuesta", "--margins", "malo.csv"], "malo.csv, línea 1: faltan columnas"),
        (["results", "encuesta", "--cap", "1"], "--cap debe ser mayor que 1"),
    ],
)
@on_sqlite
def test_what_results_refuse_says_why(office: Office, tmp_path: Path, words: list[str], said: str):
    (tmp_path / "censo.yaml").write_text(MARGINS, encoding="utf-8")
    (tmp_path / "malo.csv").write_text("a,b\n", encoding="utf-8")

    assert office.types(*words) == REFUSED
    assert said in office.err.getvalue()


@on_sqlite
def test_a_profile_is_used_and_what_is_typed_goes_first(office: Office, tmp_path: Path):
    assert office.types("export", "encuesta", "--format", "csv", "--multi", "one", "--tables", "wide", "--save", "lunes") == 0
    assert office.types("export", "encuesta", "--profile", "lunes", "--out", "a") == 0
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["encuesta-wide.csv"]
    assert office.types("export", "encuesta", "--profile", "lunes", "--out", "b", "--format", "jsonl") == 0
    assert [file.name for file in (tmp_path / "b").iterdir()] == ["encuesta-wide.jsonl"]


def test_who_answered_is_a_file_apart_and_noted(
    office: Office, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    from sqlalchemy import create_engine, text

    monkeypatch.setenv("MINGA_SECRET_KEY", "a secret that is used in tests only")
    wrap = make_ring(["a secret that is used in tests only"]).wrap
    house = Database(database_url)
    for name, key in (("lookup", b"l" * 32), ("data", b"d" * 32)):
        kept = insert("secret", name=name, wrapped=wrap.encrypt(key), created_at=0)
        house.transaction_now(lambda tx, kept=kept: tx.write(*kept))
    house.close()
    assert office.types("export", "encuesta", "--identity") == 0, office.err.getvalue()
    (file,) = (tmp_path / "exports").iterdir()
    (row,) = rows(file)
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        (line,) = connection.execute(text("SELECT action, subject, after FROM audit")).all()
    engine.dispose()

    assert file.name == "encuesta-identity.csv" and file.stat().st_mode & 0o077 == 0
    assert row["address"] == "ana" and len(row["receipt"]) == 10
    assert (line.action, line.subject) == ("identity_export", "flow encuesta")
    assert "sha256" in line.after and "ana" not in line.after
    assert "bitácora" in office.err.getvalue()


@pytest.mark.parametrize("form", ["sav", "dta", "parquet", "geojson", "media"])
@on_sqlite
def test_every_format_is_written(office: Office, tmp_path: Path, form: str):
    assert office.types("export", "encuesta", "--format", form) == 0
    assert len(list((tmp_path / "exports").iterdir())) == 1
    assert "sha256" in office.out.getvalue()


def test_open_data(office: Office, tmp_path: Path):
    assert office.types("export", "encuesta", "--format", "package", "--with-test") == REFUSED
    assert "Solo 2 personas se podrían publicar y hacen falta 5" in office.err.getvalue()
    assert "Publique un solo paquete" in office.err.getvalue()
    assert office.types("export", "encuesta", "--format", "package", "--k", "1") == REFUSED
    assert "--k debe ser 3 o más" in office.err.getvalue()
    assert office.types("export", "encuesta", "--format", "package", "--release", "nada") == REFUSED
    assert "«nada» no se puede liberar" in office.err.getvalue()
