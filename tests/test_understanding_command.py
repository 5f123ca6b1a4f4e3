"""`minga check --answers`, as a municipality uses it on answers that it labelled."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from bot.cli.grammar import build, explain
from bot.cli.terminal import LOCALES, Terminal
from bot.translations import load_languages
from storage.refusal import Refused

HEAD = "questions:\n  agua: {type: select_one, choices: {si: Sí, no: 'No'}}\nes:\n  agua:\n"


class Played:
    """One command, what it said and how it ended."""

    def __init__(self, *arguments: object, code: str = "es") -> None:
        out, err = io.StringIO(), io.StringIO()
        self.terminal = Terminal(load_languages(LOCALES, only={code})[code], out, err)
        try:
            self.exit = build(self.terminal)([str(argument) for argument in arguments])
        except Refused as refused:
            self.exit = 2
            err.write("\n".join(explain(refused, self.terminal)))
        self.out, self.err = out.getvalue(), err.getvalue()


def written(folder: Path, text: str) -> Path:
    file = folder / "respuestas.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_cases_that_are_read_as_labelled_meet_the_goals(tmp_path: Path) -> None:
    played = Played("check", "--answers", written(tmp_path, HEAD + '    "sip": si\n    "nel": no\n    "1 o 2": "?"\n'))
    assert played.exit == 0
    assert "Se cumplen las metas" in played.err
    kind, cases, at_once, *_ = played.out.splitlines()[1].split()
    assert (kind, cases, at_once) == ("select_one", "3", "100.0%")


def test_each_failure_is_told_with_its_place_and_a_wrong_one_fails(tmp_path: Path) -> None:
    file = written(tmp_path, HEAD + '    "sip": si\n    "nel": si\n    "xyz": si\n')
    played = Played("check", "--answers", file)
    assert played.exit == 1
    assert f"{file}:6: MAL, sin preguntar: «nel» (agua) debía ser si, y se guarda no" in played.out
    assert f"{file}:7: «xyz» (agua) debía ser si, y no se entiende" in played.out
    assert "No se cumplen las metas" in played.err
    assert "words.yaml" in played.err


def test_json_holds_rates_goals_and_failures(tmp_path: Path) -> None:
    file = written(tmp_path, HEAD + '    "sip": si\n    "nel": si\n    "1 o 2": si\n')
    played = Played("check", "--json", "--answers", file, code="en")
    found = json.loads(played.out)
    assert played.exit == 1
    assert played.err == ""
    assert found["goals_met"] is False
    assert found["all"] == found["types"]["select_one"]
    assert (found["all"]["cases"], found["all"]["right"], found["all"]["asked"], found["all"]["wrong"]) == (3, 1, 1, 1)
    assert [(f["line"], f["verdict"], f["read"]) for f in found["failures"]] == [(6, "wrong", "no"), (7, "asked", "? si | no")]


def test_a_mistake_in_the_file_is_told_and_fails_though_the_cases_are_read(tmp_path: Path) -> None:
    file = written(tmp_path, HEAD + '    "sip": si\n  luz:\n    "no": no\n')
    played = Played("check", "--answers", file, "nada.yaml")
    assert played.exit == 1
    assert f"{file}:6: error: No hay la pregunta «luz»" in played.out
    assert "nada.yaml:1: error: El archivo no se puede leer" in played.out
    assert "Se cumplen las metas" in played.err


def test_without_files_those_of_the_source_tree_are_read_and_meet_the_goals() -> None:
    played = Played("check", "--answers")
    assert played.exit == 0, played.out
    assert int(played.out.splitlines()[-1].split()[1]) > 1200


def test_where_there_is_no_source_tree_a_file_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.understanding.OWN", tmp_path)
    played = Played("check", "--answers")
    assert played.exit == 2
    assert "minga check --answers archivo.yaml" in played.err
