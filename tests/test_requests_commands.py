"""`minga requests`, `documents`, `law` and `holidays`: each does its work, and refuses in one clear line."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.assembly import open_house
from bot.casework import filing, steps
from bot.casework.filing import Filed, Filing
from bot.casework.office import RESIDENT, Doer, Office
from bot.clock import milliseconds
from bot.settings import read
from bot.town_hall import build_office
from bot.translations import load_languages
from storage import staff
from storage.statements import Statement
from tests.casework.town import ROOT
from tests.test_cli import Minga, minga

__all__ = ["minga"]

ZONE = ZoneInfo("America/Guayaquil")
WHO = {"name": "Luz Tanguila", "document": "1710034065", "email": "luz@example.org"}


def at(text: str) -> int:
    return milliseconds(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def do(work: Callable[..., Any]) -> Any:
    """Runs work(tx, office, doer) in the database of the folder."""
    with open_house(read()) as house:
        office = build_office(house.vault, house.database.identifiers, {}, load_languages(ROOT / "locales"), ZONE)
        officer = house.database.identifiers.next()

        def run(tx: Any) -> Any:
            found = staff.by_email(tx, "eva@puyo.ec")
            if found is None:
                staff.add(tx, officer, email="eva@puyo.ec", name="Eva", role="administrator", now=0)
            return work(tx, office, Doer("staff", officer if found is None else found.id))

        return house.database.transaction_now(run)


def file(text: str, when: str, **more: Any) -> Filed:
    done: Filed = do(lambda tx, office, _: filing.file(tx, office, Filing(text, at(when), identity=WHO, **more), RESIDENT))
    return done


def answer(filed: Filed, when: str, outcome: str = "full", **more: Any) -> None:
    def work(tx: Any, office: Office, doer: Doer) -> None:
        steps.answer(tx, office, filed.case.id, doer, outcome, "Va.", now=at(when), **more)  # type: ignore[arg-type]  # because a test writes outcomes as words

    do(work)


def table(of: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(of.read_bytes().decode("utf-8"), newline="")))


@pytest.fixture
def year(minga: Minga) -> Minga:
    """A year with requests in several states."""
    answer(file("El contrato del parque. Mi cédula es 1710034065", "2026-03-02 10:00"), "2026-03-16 09:00")
    answer(file("Las actas", "2026-03-05 10:00", source="counter"), "2026-04-20 09:00", "refused", reason="reserved")
    file("Un presupuesto", "2026-10-01 10:00")
    file("Una prueba", "2026-10-02 10:00", test=True)
    file("Me trataron mal", "2026-10-02 10:00", kind="complaint")
    return minga


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_report_of_a_year_as_data(year: Minga) -> None:
    assert year("requests", "report", "--year", "2026", "--format", "json") == 0
    found = json.loads(year.out)
    assert found["received"]["total"] == 3 and found["received"]["months"] == [0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    assert found["through_portal"] == 0
    assert found["not_through_portal"] == {"total": 3, "by_source": {"chat": 2, "counter": 1}}
    assert (found["answered"], found["answered_in_term"], found["answered_late"]) == (2, 1, 1)
    assert found["refusal_reasons"] == {"reserved": 1} and found["tests_left_out"] == 1
    assert sum(found["portal_states"].values()) == 3 and found["portal_states"]["RESPONSED"] == 2
    assert "reserved_index" in found["not_recorded"]


def test_the_report_of_a_year_to_read_and_as_a_table(year: Minga) -> None:
    assert year("requests", "report", "--year", "2026") == 0
    assert re.search(r"En el año +3\n", year.out) and re.search(r"marzo +2\n", year.out)
    assert "Índice de información reservada" in year.out and "No cuentan las de prueba: 1" in year.out
    out = year.folder / "informe.csv"
    assert year("requests", "report", "--year", "2026", "--format", "csv", "--out", out, language="en") == 0
    rows = table(out)
    assert {(row["section"], row["item"]): row["value"] for row in rows}["Received", "In the year"] == "3"


def test_a_month_is_three_files_that_agree(year: Minga) -> None:
    out = year.folder / "datos"
    assert year("requests", "report", "--month", "2026-03", "--out", out) == 0
    names = sorted(file.name for file in out.iterdir())
    assert names == ["solicitudes-2026-03-diccionario.csv", "solicitudes-2026-03-metadatos.csv", "solicitudes-2026-03.csv"]
    meaning, described, rows = (table(out / name) for name in names)
    about = {row["propiedad"]: row["valor"] for row in described}
    assert [row["numero"] for row in rows] == ["SAIP-2026-1", "SAIP-2026-2"]
    assert [row["campo"] for row in meaning] == list(rows[0]) and all(row["descripcion_es"] for row in meaning)
    assert about["filas"] == "2" and about["periodo"] == "2026-03"
    assert about["sha256"] == hashlib.sha256((out / names[2]).read_bytes()).hexdigest()
    assert [(row["via"], row["en_termino"], row["estado_portal"]) for row in rows] == [
        ("chat", "si", "RESPONSED"), ("counter", "no", "RESPONSED"),
    ]  # fmt: skip
    for file in out.iterdir():
        text = file.read_text(encoding="utf-8")
        assert "Tanguila" not in text and "1710034065" not in text and "luz@" not in text


def test_a_row_that_was_changed_beside_the_program_stops_the_report_and_is_named(year: Minga) -> None:
    with sqlite3.connect(year.folder / "data" / "minga.db") as connection:
        connection.execute("UPDATE request SET outcome = 'partial' WHERE number = 'SAIP-2026-1'")
        connection.execute("UPDATE request_series SET last = 9 WHERE series = 'SAIP'")
    out = year.folder / "datos"
    assert year("requests", "report", "--month", "2026-03", "--out", out) == 1
    assert "SAIP-2026-1: su resultado es «partial», y el de su historia «full»" in year.err
    assert "falta el número" in year.err and not out.exists() and year.out == ""


def test_requests_are_listed_and_shown_without_whose_they_are(year: Minga) -> None:
    assert year("requests", "list", "--view", "all") == 0
    assert all(f"SAIP-2026-{n}" in year.out for n in (1, 2, 3)) and "QJA-2026-1" in year.out
    assert "1710034065" not in year.out
    assert year("requests", "list", "--view", "all", "--limit", "1") == 0
    assert "--limit" in year.err
    assert year("requests", "show", "saip 2026 1") == 0
    assert "El contrato del parque" in year.out and "[dato personal]" in year.out
    assert "Tanguila" not in year.out and "1710034065" not in year.out


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (("requests", "report"), "--year 2026"),
        (("requests", "report", "--year", "2026", "--month", "2026-03"), "uno de los dos"),
        (("requests", "report", "--month", "2026-13"), "no es un mes"),
        (("requests", "report", "--month", "2026-03-01"), "no es un mes"),
        (("requests", "report", "--year", "2026", "--format", "pdf"), "text, csv, json"),
        (("requests", "report", "--year", "2026", "--out", "no/hay/x"), "no/hay/x"),
        (("requests", "list", "--view", "viejas"), "due, overdue"),
        (("requests", "show", "SAIP-2026-77"), "SAIP-2026-77"),
        (("holidays", "add", "ayer", "--name", "a", "--reference", "b"), "2026-12-06"),
        (("holidays", "add", "2026-12-07", "--name", " ", "--reference", "b"), "--name"),
        (("holidays", "add", "2026-12-07", "--name", "a", "--reference", "b", "--place", "kito"), "Quito"),
        (("holidays", "add", "2026-12-07", "--name", "a", "--reference", "b", "--place", "Bolívar"), "carchi.bolivar"),
        (("holidays", "remove", "2026-12-08"), "2026-12-08"),
        (("law", "check", "nada.yaml"), "nada.yaml"),
        (("documents", "load", "nada"), "No existe nada"),
        (("documents", "load", ".", "--base", "puyo.gob.ec"), "--base https://"),
        (("documents", "forget", "nada"), "documents list"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(year: Minga, arguments: tuple[str, ...], because: str) -> None:
    year.refuses(*arguments, because=because)


# ── law and calendar ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_law_is_judged_with_lines_and_what_nobody_read(minga: Minga) -> None:
    assert minga("law", "check") == 0
    assert "Sin verificar: partial (LOTAIP, art. 37)" in minga.out and "errores 0" in minga.out
    own = minga.folder / "data" / "law.yaml"
    own.parent.mkdir(exist_ok=True)
    own.write_text("seat: atlantida\nterm:\n  days: diez\n", encoding="utf-8")
    assert minga("law", "check") == 1
    assert "law.yaml:3:" in minga.out and "atlantida" in minga.out


def test_a_day_off_moves_the_dates_of_open_requests_and_back(minga: Minga) -> None:
    case = file("Un contrato", "2030-07-01 10:00").case
    day = date(2030, 7, 8)
    assert minga("holidays", "add", day.isoformat(), "--name", "Puente", "--reference", "Decreto 1") == 0
    assert "cambiaron: 1" in minga.out
    assert minga("holidays", "list", str(day.year)) == 0
    assert "Puente" in minga.out and "Decreto 1" in minga.out
    moved = do(lambda tx, _, __: tx.one(Statement("SELECT working_due FROM request WHERE id = ?"), (case.id,)))[0]
    assert moved > case.working_due.isoformat()
    assert minga("holidays", "remove", day.isoformat()) == 0
    assert "cambiaron: 1" in minga.out
    audit = do(lambda tx, _, __: tx.all(Statement("SELECT action, subject FROM audit WHERE subject LIKE 'day:%' ORDER BY id")))
    assert audit == [("holiday_added", f"day:{day}:"), ("holiday_removed", f"day:{day}:")]


def test_a_canton_is_known_by_its_name_and_a_worked_day_is_listed(minga: Minga) -> None:
    assert minga("holidays", "add", "2026-12-07", "--name", "Fundación", "--reference", "Ord. 1", "--place", "Quito") == 0
    assert minga("holidays", "add", "2026-12-19", "--name", "Recuperación", "--reference", "D. 2", "--works") == 0
    assert minga("holidays", "list", "2026") == 0
    assert "pichincha.quito" in minga.out and "se trabaja: D. 2" in minga.out and "Decreto Ejecutivo 249" in minga.out
    assert minga("holidays", "list", "2031") == 0
    assert "De 2031 no hay ninguna línea" in minga.err


def test_the_doctor_says_what_requests_lack(minga: Minga, monkeypatch: pytest.MonkeyPatch) -> None:
    assert minga("flow", "list") == 0
    assert minga("doctor") == 0
    assert "Nadie está en el escritorio" in minga.out and "minga law check" in minga.out and "seat está vacío" in minga.out
    file("Un contrato", "2026-03-02 10:00")  # it enters somebody, too
    assert minga("doctor") == 0
    assert "Nadie está en el escritorio" not in minga.out
    assert "Nadie del personal recibe avisos" in minga.out
    with sqlite3.connect(minga.folder / "data" / "minga.db") as connection:
        connection.execute(
            "INSERT INTO mail (id, content, status, due_at, attempts, created_at)"
            " VALUES (1, x'00', 'queued', 5, 0, 5), (2, NULL, 'dead', 5, 9, 5)"
        )
    monkeypatch.setenv("MINGA_SMTP_URL", "smtp://localhost:25")
    assert minga("doctor") == 0
    assert "falta MINGA_MAIL_FROM" in minga.out and "más de una hora: 1" in minga.out and "no se enviarán: 1" in minga.out
    assert "Nadie del personal" not in minga.out
    (minga.folder / "data" / "law.yaml").write_text("term:\n  days: diez\n", encoding="utf-8")
    assert minga("doctor") == 1
    assert "law.yaml:2:" in minga.out


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_documents_are_loaded_listed_searched_and_forgotten(minga: Minga) -> None:
    folder = minga.folder / "publicado"
    folder.mkdir()
    (folder / "parque.md").write_text("# Contratos de obra: Parque Central 2025\nAnexos.", encoding="utf-8")
    (folder / "agua.txt").write_text("Tarifas de agua", encoding="utf-8")
    assert minga("documents", "list") == 2  # no database yet: that is said
    assert minga("documents", "load", folder, "--base", "https://puyo.gob.ec/docs/") == 0
    assert f"Documentos cargados de {folder}: 2" in minga.out
    assert minga("documents", "search", "contrato", "del", "parque") == 0
    assert "Parque Central" in minga.out and "https://puyo.gob.ec/docs/parque.md" in minga.out
    (folder / "agua.txt").unlink()
    assert minga("documents", "load", folder) == 0
    assert "quitados porque ya no estaban: 1" in minga.out and "sin enlace: 1" in minga.err
    assert minga("documents", "search", "tarifas") == 1
    (folder / "malo.md").write_text("---\ntitle: x\nlink: ftp://x\n---\n", encoding="utf-8")
    assert minga("documents", "load", folder) == 1
    assert "malo.md:1:" in minga.err and "Nada cambió" in minga.err
    assert minga("documents", "search", "parque") == 0  # what was there is still there
    assert minga("documents", "list") == 0
    assert str(folder) in minga.out
    assert minga("documents", "forget", folder) == 0
    assert minga("documents", "list") == 0
    assert "No hay documentos" in minga.out


def test_fetching_without_a_connection_changes_nothing(minga: Minga) -> None:
    links = minga.folder / "enlaces.md"
    links.write_text("- [Plan](http://127.0.0.1:9/plan)\n", encoding="utf-8")
    assert minga("documents", "load", links) == 0
    assert minga("documents", "load", links, "--fetch") == 2
    assert "enlaces.md:1:" in minga.err and "no hay conexión" in minga.err
    assert minga("documents", "search", "plan") == 0
    assert Path(minga.folder / "data" / "minga.db").is_file()
