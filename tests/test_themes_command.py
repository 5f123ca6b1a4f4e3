"""`minga themes`: a book judged, answers coded in a sheet and brought back, on one database."""

from __future__ import annotations

import csv
import io

import pytest

from bot.assembly import open_house
from bot.cli import run
from bot.cli.terminal import Terminal
from bot.engine.source import load
from bot.settings import read
from storage import flows, staff
from storage.statements import Statement
from tests.reports.survey import BEGAN
from tests.reports.test_themes_coded import SURVEY
from tests.storage.test_results import put, said, talk
from tests.world import languages


@pytest.fixture(autouse=True)
def house(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = {
        "DATABASE_URL": sqlite_url,
        "DATA": str(tmp_path / "data"),
        "SECRET_KEY": "a secret that is long enough for a test",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"MINGA_{name}", value)
    loaded = load(SURVEY, "barrio.yaml")
    assert loaded.flow is not None
    version = loaded.flow.version

    def fill(tx):
        flows.open_flow(tx, "barrio", version, loaded.content, 0)
        staff.add(tx, 1, email="eva@puyo.ec", name="Eva Santi", role="officer", now=0)
        for number, text in enumerate(("El agua llega turbia", "=HOLA()", "nada"), 1):
            put(tx, talk(number, said("idea", text), version=version, began=BEGAN + number))

    with open_house(read()) as opened:
        opened.database.transaction_now(fill)


def minga(*words):
    out, err = io.StringIO(), io.StringIO()
    code = run(list(words), Terminal(languages()["es"], out, err))
    return code, out.getvalue() + err.getvalue()


def codings():
    with open_house(read()) as opened:
        return opened.database.transaction_now(
            lambda tx: tx.all(Statement("SELECT conversation_id, themes FROM coding ORDER BY id"))
        )


def test_a_sheet_goes_out_and_comes_back_whole_or_not_at_all(tmp_path):
    file = tmp_path / "idea.csv"
    assert minga("themes", "export", "barrio", "idea", "--out", str(file))[0] == 0
    assert "ya existe" in minga("themes", "export", "barrio", "idea", "--out", str(file))[1]
    head, *rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
    assert [row[2:] for row in rows] == [["El agua llega turbia", "agua", ""], ["'=HOLA()", "", ""], ["nada", "", ""]]
    assert all(row[0].startswith("r") for row in rows)

    def brought(*themes):
        coded = [[*row[:4], theme] for row, theme in zip(rows, themes, strict=True)]
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([head, *coded])
        return minga("themes", "import", str(file), "--coder", "EVA@puyo.ec")

    code, told = brought("agua", "salu", "")
    assert code == 1, told
    assert "idea.csv:3: «salu» no es un tema" in told
    assert codings() == []
    code, told = brought("agua|salud", "none", "")
    assert (code, "Por Eva Santi: 2 codificadas" in told) == (0, True), told
    assert codings() == [(1, "agua salud"), (2, "")]
    assert "0 codificadas, 2 ya estaban igual, 1 sin codificar" in brought("salud|agua", "none", "")[1]
    assert "nadie que pueda codificar" in minga("themes", "import", str(file), "--coder", "leo@puyo.ec")[1]
    rows[0][0] = rows[0][0][:-3] + "AAA"
    assert "idea.csv:2: la columna answer fue cambiada" in brought("salud", "none", "")[1]

    listed = minga("themes", "list", "barrio")[1]
    assert "Codificado por personas: 2 de 3 (1 persona)." in listed
    assert "codificada sin tema: 1 (33,3 %)" in listed
    assert "Codificado por personas" in minga("results", "barrio")[1]
    assert "De 1 respuesta que nadie ha codificado, 0 tienen" in minga("themes", "suggest", "barrio", "idea")[1]
    assert "no es una pregunta abierta" in minga("themes", "suggest", "barrio", "nombre")[1]


def test_the_municipalitys_own_book_goes_first_and_its_mistakes_are_told(tmp_path):
    own = tmp_path / "data" / "themes"
    own.mkdir(parents=True)
    assert minga("themes", "check")[0] == 0
    (own / "barrio.yaml").write_text("codebook: b\nthemes:\n  agua:\n    label: Agua\n    definitoin: x\n", encoding="utf-8")
    code, told = minga("themes", "check")
    assert code == 1
    assert "barrio.yaml:5: error:" in told
    assert "definition" in told
    assert "tiene 2 errores" in minga("themes", "export", "barrio", "idea", "--out", "x.csv")[1]
