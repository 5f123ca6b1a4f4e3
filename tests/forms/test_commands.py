"""`minga import` and `minga export-form` as an official types them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from bot.cli import run
from bot.cli.terminal import LOCALES, Terminal
from bot.translations import load_languages

from .bringing import FORMS, form

GOOD = form(("type", "name", "label"), ("text", "a", "¿Qué falta?"), ("deviceid", "id", ""), settings=[("form_id",), ("parque",)])
BAD = form(
    ("type", "name", "label", "relevant"),
    ("barcode", "codigo", "Código", ""),
    ("text", "a", "A", "${codigo} != ''"),
    ("text", "b", "B", ""),
    ("geoshape", "g", "G", ""),
)


class Minga:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = self.err = ""

    def __call__(self, *arguments: str | Path, language: str = "es") -> int:
        out, err = io.StringIO(), io.StringIO()
        terminal = Terminal(load_languages(LOCALES, only={language})[language], out, err)
        code = run([str(argument) for argument in arguments], terminal)
        self.out, self.err = out.getvalue(), err.getvalue()
        return code

    def form(self, text: str, name: str = "parque.md") -> Path:
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return file


@pytest.fixture
def minga(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Minga:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINGA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MINGA_FLOWS", str(tmp_path / "mis"))
    return Minga(tmp_path)


def test_a_form_lands_in_the_municipalitys_folder_and_passes_check(minga: Minga) -> None:
    assert minga("import", minga.form(GOOD)) == 0
    file = minga.folder / "mis" / "parque.yaml"
    assert str(file) in minga.out
    assert "id" in minga.err, "what was left out is said beside the result"
    assert minga("check", file) == 0


def test_it_may_have_another_name_and_place(minga: Minga) -> None:
    assert minga("import", minga.form(GOOD), "--as", "plaza", "--out", minga.folder / "x" / "y.yaml") == 0
    assert "flow: plaza\n" in (minga.folder / "x" / "y.yaml").read_text("utf-8")
    assert minga("import", minga.form(GOOD), "--as", "con espacio") == 2
    assert "con espacio" in minga.err


def test_what_no_chat_can_ask_is_listed_whole_and_nothing_written(minga: Minga) -> None:
    assert minga("import", minga.form(BAD)) == 1
    assert "Hoja survey, fila 3, columna «type»" in minga.out
    assert "Hoja survey, fila 4, columna «relevant»" in minga.out
    assert "Hoja survey, fila 6, columna «type»" in minga.out
    assert "3 cosas" in minga.err
    assert "--lenient" in minga.err
    assert not (minga.folder / "mis").exists()


def test_in_english_too(minga: Minga) -> None:
    assert minga("import", minga.form(BAD), "--lang", "en") == 1
    assert "Sheet survey, row 3, column “type”" in minga.out
    assert minga("import", minga.form(BAD), language="en") == 1
    assert "Sheet survey, row 3" in minga.out


def test_lenient_brings_the_rest_and_says_what_it_left_out(minga: Minga) -> None:
    assert minga("import", minga.form(BAD), "--lenient") == 0
    file = minga.folder / "mis" / "parque.yaml"
    text = file.read_text("utf-8")
    assert text.count("#   Hoja survey, fila") == 3
    assert "name: b" in text
    assert "name: a" not in text
    assert "Hoja survey, fila 3" in minga.err
    assert minga("check", file) == 0


def test_lenient_writes_nothing_where_nothing_is_left(minga: Minga) -> None:
    only = form(("type", "name", "label"), ("geotrace", "g", "G"))
    assert minga("import", minga.form(only), "--lenient") == 1
    assert not (minga.folder / "mis").exists()


def test_a_file_of_the_same_name_is_not_lost(minga: Minga) -> None:
    file = minga.folder / "mis" / "parque.yaml"
    assert minga("import", minga.form(GOOD)) == 0
    assert minga("import", minga.form(GOOD)) == 0, "the same again changes nothing"
    file.write_text("flow: parque\n# mío\n", "utf-8")
    assert minga("import", minga.form(GOOD)) == 2
    assert "--replace" in minga.err
    assert "mío" in file.read_text("utf-8")
    assert minga("import", minga.form(GOOD), "--replace") == 0
    assert "mío" not in file.read_text("utf-8")


def test_many_of_a_kind_are_told_by_their_rows(minga: Minga) -> None:
    rows = [("text", f"año {at}", f"Pregunta {at}") for at in range(30)]
    assert minga("import", minga.form(form(("type", "name", "label"), *rows))) == 0
    assert minga.err.count("año") == 3
    assert "27" in minga.err


@pytest.mark.parametrize("name", ["nada.xlsx", "datos.json"])
def test_what_is_no_form_is_refused_in_one_line(minga: Minga, name: str) -> None:
    minga.form("{}", "datos.json")
    assert minga("import", minga.folder / name) == 2
    assert minga.err.count("\n") == 1
    assert name in minga.err


def test_a_place_that_cannot_be_written_is_told(minga: Minga) -> None:
    (minga.folder / "mis").write_text("un archivo, no una carpeta")
    assert minga("import", minga.form(GOOD)) == 2
    assert "mis" in minga.err


def test_a_flow_is_written_as_a_form_and_brought_again(minga: Minga) -> None:
    assert minga("import", FORMS / "pyxform_loop.md", "--as", "banos") == 0
    assert minga("export-form", "banos", minga.folder / "banos.xlsx") == 0
    assert str(minga.folder / "banos.xlsx") in minga.out
    assert minga("import", minga.folder / "banos.xlsx", "--out", minga.folder / "otra.yaml") == 0
    assert "flow: banos\n" in (minga.folder / "otra.yaml").read_text("utf-8")


def test_what_a_form_cannot_say_is_listed(minga: Minga) -> None:
    assert minga("export-form", "ciudades_abiertas", minga.folder / "c.xlsx") == 0
    assert "minga_kind" in minga.err


def test_an_export_that_cannot_be_is_refused(minga: Minga) -> None:
    assert minga("export-form", "ciudades_abiertas", minga.folder / "c.csv") == 2
    assert minga("export-form", "nada", minga.folder / "c.xlsx") == 2
    assert minga("export-form", "ciudades_abiertas", minga.folder / "no" / "c.xlsx") == 2
    broken = minga.form("flow: x\ntitle: X\nsurvey:\n  - {type: texto, name: a, label: A}\n", "x.yaml")
    assert minga("export-form", broken, minga.folder / "c.xlsx") == 1
    assert "x.yaml:4" in minga.err
    long = minga.form("flow: x\ntitle: X\nsurvey:\n  - {type: note, label: " + "y" * 33_000 + "}\n", "x.yaml")
    assert minga("export-form", long, minga.folder / "c.xlsx") == 2
    assert "survey!2" in minga.err
