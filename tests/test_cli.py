"""The `minga` command: every command is explained in both languages, does its work, and refuses in one clear line."""

from __future__ import annotations

import inspect
import io
import json
import os
import re
import sqlite3
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from bot.cli import run
from bot.cli.grammar import COMMANDS, help_keys
from bot.cli.terminal import LOCALES, SHIPPED, Terminal, language_of
from bot.translations import load_languages
from storage.lock import ServeLock
from tests.ports import free_port

OWN = """
flow: parque
kind: survey
title: El parque
languages: [es]
start: {words: [parque]}
survey:
  - {type: text, name: falta, label: ¿Qué le falta al parque?}
  - {type: note, label: Gracias.}
"""
BROKEN = OWN.replace("type: text", "type: texto")


class Minga:
    """The command in a folder of its own; what it said last is in `out` and `err`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = self.err = ""

    def __call__(self, *arguments: str | Path, language: str = "es") -> int:
        out, err = io.StringIO(), io.StringIO()
        terminal = Terminal(load_languages(LOCALES, only={language})[language], out, err)
        with redirect_stdout(out):
            code = run([str(argument) for argument in arguments], terminal)
        self.out, self.err = out.getvalue(), err.getvalue()
        return code

    def refuses(self, *arguments: str | Path, because: str) -> None:
        """The command ends with 2 and one line that says why; nothing else."""
        assert self(*arguments) == 2
        assert self.out == ""
        assert len(self.err.splitlines()) == 1, self.err
        assert because in self.err
        assert "Traceback" not in self.err

    def flow(self, text: str, name: str = "parque") -> Path:
        file = self.folder / "data" / "flows" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


@pytest.fixture
def minga(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Minga:
    for name in [name for name in os.environ if name.upper().startswith("MINGA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return Minga(tmp_path)


# ── help and usage ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_command_and_every_option_is_explained(minga: Minga, language: str) -> None:
    texts = load_languages(LOCALES)[language].texts
    keys = list(help_keys())
    assert len(keys) > 2 * len(COMMANDS) > 20
    assert minga("--help", language=language) == 0
    for words in COMMANDS:
        assert texts[f"cli.help.{words.replace(' ', '.')}"] in minga.out
    for words, function in COMMANDS.items():
        assert minga(*words.split(), "--help", language=language) == 0
        shown = minga.out
        for name in list(inspect.signature(function).parameters)[1:]:
            assert texts[f"cli.help.{words.replace(' ', '.')}.{name}"] in shown
        assert not re.search(r"\b(Usage:|Options:|Show this message)", shown) or language == "en"


def test_the_language_is_that_of_the_environment() -> None:
    assert language_of({}) == "es"
    assert language_of({"LANG": "C.UTF-8"}) == "es"
    assert language_of({"LANG": "es_EC.UTF-8"}) == "es"
    assert language_of({"LANG": "en_US.UTF-8"}) == "en"
    assert language_of({"LANG": "en_US.UTF-8", "LC_ALL": "es_EC.UTF-8"}) == "es"


def test_no_command_shows_the_help(minga: Minga) -> None:
    assert minga() == 0
    assert "minga" in minga.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chek",), "No existe la orden «minga chek»"),
        (("flow", "opne", "x"), "No existe la orden «minga flow opne»"),
        (("check",), "Falta decir FILE…"),
        (("check", "--jsn", "x"), "No existe la opción --jsn"),
        (("export", "x", "--format", "pdf"), "--format"),
        (("flow", "list", "x"), "no se entiende"),
        (("flow",), "minga flow"),
    ],
)
def test_a_command_that_is_not_understood_says_what_is_wrong(arguments: tuple[str, ...], said: str, minga: Minga) -> None:
    assert minga(*arguments) == 2
    assert said in minga.err
    assert "Traceback" not in minga.err


def test_invalid_settings_are_told_by_name_with_what_is_expected(minga: Minga, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGA_PORT", "ochenta")
    monkeypatch.setenv("MINGA_SIMULATOR", "tal vez")
    assert minga("doctor") == 2
    lines = minga.err.splitlines()
    assert len(lines) == 2
    assert "MINGA_PORT" in lines[0]
    assert "1 a 65535" in lines[0]
    assert "auto, on u off" in lines[1]


# ── check and schema ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_check_tells_file_line_and_remedy_and_fails(minga: Minga) -> None:
    file = minga.flow(BROKEN)
    assert minga("check", file) == 1
    line = next(line for line in minga.out.splitlines() if "texto" in line)
    assert line.startswith(f"{file}:8: error: ")
    assert "Errores: 1" in minga.err


def test_check_as_json_is_a_list_of_problems(minga: Minga) -> None:
    file = minga.flow(BROKEN)
    assert minga("check", file, "--json") == 1
    problems = json.loads(minga.out)
    assert [set(problem) for problem in problems] == [{"file", "line", "severity", "code", "message"}] * len(problems)
    errors = [problem for problem in problems if problem["severity"] == "error"]
    assert [(error["file"], error["line"]) for error in errors] == [(str(file), 8)]
    assert minga.err == ""


def test_check_of_what_is_well_succeeds(minga: Minga) -> None:
    assert minga("check", minga.flow(OWN)) == 0
    assert minga("check", minga.flow(OWN), "--json") == 0
    assert all(problem["severity"] == "warning" for problem in json.loads(minga.out))


def test_check_tells_what_cannot_be_read_beside_the_rest(minga: Minga) -> None:
    (minga.folder / "latin.yaml").write_bytes(OWN.encode("latin-1"))
    (minga.folder / "folder.yaml").mkdir()
    assert minga("check", "nada.yaml", "latin.yaml", "folder.yaml", minga.flow(OWN)) == 1
    errors = [line for line in minga.out.splitlines() if ": error: " in line]
    assert [line.partition(":")[0] for line in errors] == ["folder.yaml", "latin.yaml", "nada.yaml"]
    assert "no se puede leer" in errors[0]
    assert "UTF-8" in errors[1]
    assert "no se puede leer" in errors[2]


def test_a_file_that_cannot_be_read_keeps_no_other_from_opening(minga: Minga) -> None:
    minga.flow(OWN)
    (minga.folder / "data" / "flows" / "latin.yaml").write_bytes(OWN.replace("parque", "otro").encode("latin-1"))
    (minga.folder / "data" / "flows" / "folder.yaml").mkdir()
    assert "minga check" in states(minga)["otro"]
    assert minga("flow", "open", "parque") == 0
    minga.refuses("flow", "open", "folder", because="minga check")


def test_the_flows_that_ship_are_without_errors(minga: Minga) -> None:
    files = sorted(SHIPPED.glob("*.yaml"))
    assert len(files) >= 4
    assert minga("check", *files) == 0


def test_schema_is_what_lies_beside_the_flows(minga: Minga) -> None:
    assert minga("schema") == 0
    assert minga.out == (SHIPPED / "flow.schema.json").read_text(encoding="utf-8"), "run: minga schema > flows/flow.schema.json"


# ── flow open, pause, close, list ────────────────────────────────────────────────────────────────────────────────────


def states(minga: Minga) -> dict[str, str]:
    assert minga("flow", "list") == 0
    return {line.split()[0]: " ".join(line.split()[1:]) for line in minga.out.splitlines()}


def test_a_flow_opens_pauses_and_closes(minga: Minga) -> None:
    minga.flow(OWN)
    assert states(minga)["parque"] == "borrador"
    assert minga("flow", "open", "parque") == 0
    assert states(minga)["parque"] == "abierto"
    assert minga("flow", "pause", "parque") == 0
    assert states(minga)["parque"] == "en pausa"
    assert minga("flow", "close", "parque") == 0
    assert states(minga)["parque"] == "cerrado"
    assert minga("flow", "open", "parque") == 0
    assert states(minga)["parque"] == "abierto"


def test_the_list_tells_of_changed_broken_and_lost_files(minga: Minga) -> None:
    file = minga.flow(OWN)
    assert minga("flow", "open", "parque") == 0
    minga.flow(OWN.replace("¿Qué le falta", "¿Qué necesita"))
    assert "cambió" in states(minga)["parque"]
    minga.flow(BROKEN)
    assert "minga check" in states(minga)["parque"]
    file.unlink()
    assert "ya no hay archivo" in states(minga)["parque"]


def test_what_cannot_open_says_why(minga: Minga) -> None:
    minga.refuses("flow", "open", "nada", because="ciudades_abiertas")
    minga.refuses("flow", "pause", "nada", because="«nada»")
    minga.flow(BROKEN)
    minga.refuses("flow", "open", "parque", because="minga check")


def test_a_word_of_an_open_flow_is_taken(minga: Minga) -> None:
    minga.flow(OWN)
    other = minga.flow(OWN.replace("flow: parque", "flow: otro"), "otro")
    assert minga("flow", "open", "otro") == 0
    # the file gives the word back, but what is open is what was opened
    minga.flow(OWN.replace("flow: parque", "flow: otro").replace("[parque]", "[nuevo]"), "otro")
    minga.refuses("flow", "open", "parque", because="«parque»")
    assert minga("flow", "open", "otro") == 0
    assert minga("flow", "open", "parque") == 0
    assert other.exists()


def test_drafts_may_share_a_word_until_one_of_them_opens(minga: Minga) -> None:
    first, second = minga.flow(OWN), minga.flow(OWN.replace("flow: parque", "flow: otro"), "otro")
    assert minga("check", first, second) == 1, "files that are checked together are meant to be open together"
    assert states(minga) == {**states(minga), "parque": "borrador", "otro": "borrador"}
    assert minga("flow", "open", "otro") == 0
    minga.refuses("flow", "open", "parque", because="«parque»")


def test_the_municipalitys_own_form_of_a_flow_goes_before_the_one_that_ships(minga: Minga) -> None:
    minga.flow(OWN.replace("flow: parque", "flow: ciudades_abiertas"), "nuestra")
    assert minga("flow", "open", "ciudades_abiertas") == 0
    with sqlite3.connect("data/minga.db") as connection:
        (content,) = connection.execute("SELECT content FROM flow_version").fetchone()
    connection.close()
    assert "parque" in content


# ── what lies around: database, folder, key ──────────────────────────────────────────────────────────────────────────


def test_reading_commands_say_that_there_is_nothing_yet_and_make_nothing(minga: Minga) -> None:
    minga.refuses("results", "parque", because="todavía no existe")
    minga.refuses("export", "parque", because="todavía no existe")
    assert list(minga.folder.iterdir()) == []


def test_a_lost_key_is_told(minga: Minga) -> None:
    assert minga("flow", "list") == 0
    (minga.folder / "data" / "secret.key").unlink()
    minga.refuses("flow", "open", "ciudades_abiertas", because="secret.key")


def test_a_folder_that_cannot_be_made_is_told(minga: Minga, monkeypatch: pytest.MonkeyPatch) -> None:
    (minga.folder / "occupied").write_text("")
    monkeypatch.setenv("MINGA_DATA", "occupied/data")
    minga.refuses("flow", "list", because="MINGA_DATA")


def test_a_database_that_is_none_is_told(minga: Minga) -> None:
    (minga.folder / "data").mkdir()
    (minga.folder / "data" / "minga.db").write_text("this is no database, however long one looks at it" * 100)
    minga.refuses("flow", "list", because="minga.db")


def test_a_server_that_does_not_answer_is_told_without_its_password(minga: Minga, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGA_DATABASE_URL", f"postgresql://minga:muysecreta@127.0.0.1:{free_port()}/minga")
    monkeypatch.setenv("MINGA_SECRET_KEY", "x" * 40)
    minga.refuses("flow", "list", because="127.0.0.1")
    assert "muysecreta" not in minga.err
    assert minga("doctor") == 1
    assert "muysecreta" not in minga.out


# ── settings, doctor ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_settings_show_what_holds_and_no_secret(minga: Minga, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGA_SECRET_KEY", "no-se-muestra-nunca")
    monkeypatch.setenv("MINGA_MUNICIPALITY", "GAD de Tena")
    assert minga("settings") == 0
    assert "MINGA_MUNICIPALITY=GAD de Tena" in minga.out
    assert "no-se-muestra" not in minga.out
    assert minga("settings", "--example") == 0
    assert minga.out == (SHIPPED.parent / ".env.example").read_text(encoding="utf-8")


def test_the_doctor_finds_a_new_installation_well_and_changes_nothing(minga: Minga) -> None:
    assert minga("doctor") == 0
    assert "[mal]" not in minga.out
    assert list(minga.folder.iterdir()) == []
    assert minga("flow", "list") == 0
    assert minga("doctor") == 0
    assert "la clave la abre" in minga.out


def test_the_doctor_finds_what_is_wrong(minga: Minga, monkeypatch: pytest.MonkeyPatch) -> None:
    assert minga("flow", "list") == 0
    monkeypatch.setenv("MINGA_PROT", "1")
    monkeypatch.setenv("MINGA_SECRET_KEY", "corta")
    monkeypatch.setenv("MINGA_HOST", "0.0.0.0")
    monkeypatch.setenv("MINGA_SIMULATOR", "on")
    file = minga.flow(BROKEN)
    assert minga("doctor") == 1
    assert "MINGA_PROT" in minga.out
    assert "32 caracteres" in minga.out
    assert "0.0.0.0" in minga.out
    assert f"{file.relative_to(minga.folder)}:8:" in minga.out
    bad = [line for line in minga.out.splitlines() if line.startswith("[mal]")]
    assert any("secret.key" in line or "MINGA_SECRET_KEY" in line for line in bad), "the key does not open the database"


def test_the_doctor_sees_a_key_that_others_can_read(minga: Minga) -> None:
    assert minga("flow", "list") == 0
    (minga.folder / "data" / "secret.key").chmod(0o644)
    assert minga("doctor") == 0
    assert "chmod 600" in minga.out


# ── backup, restore, keys ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_tells_of_messages_that_still_wait_for_the_database_and_a_restore_leaves_them(minga: Minga) -> None:
    assert minga("flow", "open", "ciudades_abiertas") == 0
    spool = minga.folder / "data" / "spool"
    assert minga("backup", "--out", "sin.tar.gz") == 0
    assert "esperan a la base" not in minga.out
    spool.write_bytes(b"sealed one\nsealed two\n")
    assert minga("backup", "--out", "copia.tar.gz") == 0
    assert "2 mensajes" in minga.out and "data/spool" in minga.out
    assert minga("restore", "copia.tar.gz", "--force") == 0
    assert spool.read_bytes() == b"sealed one\nsealed two\n"
    spool.unlink()
    spool.mkdir()
    assert minga("backup", "--out", "otra.tar.gz") == 0
    assert "data/spool" in minga.out


def test_a_backup_says_last_that_the_key_is_not_in_it_and_goes_back(minga: Minga) -> None:
    minga.flow(OWN)
    assert minga("flow", "open", "parque") == 0
    assert minga("backup", "--out", "copia.tar.gz") == 0
    assert "secret.key" in minga.out.splitlines()[-1]
    minga.refuses("backup", "--out", "copia.tar.gz", because="copia.tar.gz")
    assert minga("flow", "close", "parque") == 0
    minga.refuses("restore", "copia.tar.gz", because="--force")
    assert minga("restore", "copia.tar.gz", "--force") == 0
    assert states(minga)["parque"] == "abierto"


def test_a_restore_says_that_the_key_is_missing(minga: Minga) -> None:
    assert minga("flow", "list") == 0
    assert minga("backup", "--out", "copia.tar.gz") == 0
    (minga.folder / "data" / "secret.key").unlink()
    assert minga("restore", "copia.tar.gz", "--force") == 0
    assert "no hay clave" in minga.out


def test_no_restore_under_a_running_server(minga: Minga) -> None:
    assert minga("flow", "list") == 0
    assert minga("backup", "--out", "copia.tar.gz") == 0
    with ServeLock(minga.folder / "data", shared=True):
        minga.refuses("restore", "copia.tar.gz", "--force", because="serve.lock")


def test_nothing_to_back_up_is_told(minga: Minga) -> None:
    minga.refuses("backup", "--out", "copia.tar.gz", because="base de datos")


def test_keys_rotate(minga: Minga) -> None:
    assert minga("flow", "list") == 0
    before = (minga.folder / "data" / "secret.key").read_text()
    assert minga("keys", "rotate") == 0
    after = (minga.folder / "data" / "secret.key").read_text()
    assert after.endswith(before)
    assert after != before
    assert minga("keys", "rotate", "--forget") == 0
    assert before not in (minga.folder / "data" / "secret.key").read_text()
    assert minga("doctor") == 0
