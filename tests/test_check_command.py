"""`minga check` as an official uses it: accepted warnings, costs, the chart, what a new version finds under way."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.terminal import SHIPPED
from bot.flow_files import NO_FLOWS
from tests.test_cli import Minga, minga

__all__ = ["minga"]

FLOW = """\
flow: parque
title: El parque
languages: [es]
start: {words: [parque]}
survey:
  - type: select_one
    name: uso
    label: ¿Cada cuánto vas al parque?
    choices: {diario: Todos los días, nunca: Casi nunca}
  - {type: text, name: falta, relevant: "${uso} != 'nunca'", label: ¿Qué le falta?}
  - {type: integer, name: edad, label: ¿Edad?}
  - {type: note, label: Gracias.}
"""
PRICES = """\
currency: USD
sms: {sent: 0.1, received: 0.01, source: contrato, since: 2026-11}
"""


# ── shipped flows ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["es", "en"])
def test_shipped_flows_have_no_error_and_no_warning_without_a_reason(minga: Minga, language: str) -> None:
    files = [file for file in sorted(SHIPPED.glob("*.yaml")) if file.name not in NO_FLOWS]
    assert len(files) > 2
    assert minga("check", *files, "--json", language=language) == 0
    assert json.loads(minga.out) == []
    assert minga("check", *files, "--json", "--all", language=language) == 0
    accepted = json.loads(minga.out)
    assert accepted and all(row["accepted"] and row["severity"] == "warning" for row in accepted)


def test_accepted_warnings_are_counted_and_shown_on_demand(minga: Minga) -> None:
    file = minga.flow(
        FLOW.replace("nunca: Casi nunca", "nunca: Alto").replace(
            "name: uso", 'name: uso\n    x-check: {control_word: "Es la altura."}'
        )
    )
    assert minga("check", file) == 0
    assert minga.out == ""
    assert "aceptadas con su razón: 1" in minga.err
    assert minga("check", file, "--all") == 0
    assert "Razón: Es la altura." in minga.out


def test_settings_that_cannot_be_used_keep_nobody_from_checking(minga: Minga, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGA_PORT", "ochenta")
    assert minga("check", minga.flow(FLOW)) == 0
    assert "MINGA_PORT" in minga.err


def test_a_flow_is_judged_within_a_second(minga: Minga) -> None:
    file = minga.flow(FLOW)
    minga("check", file)
    begun = time.process_time()
    assert minga("check", file, "--costs") == 0
    assert time.process_time() - begun < 1, "the program's own time, without the start of Python"


# ── costs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def costs(minga: Minga, *files: Path) -> dict[tuple[str, str], dict[str, object]]:
    assert minga("check", *files, "--costs", "--json") == 0
    found = json.loads(minga.out)
    assert set(found) == {"problems", "costs"}
    return {(row["channel"], row["way"]): row for row in found["costs"]}


def test_costs_tell_the_shortest_typical_and_longest_way(minga: Minga) -> None:
    file = minga.flow(FLOW)
    (minga.folder / "data" / "flows" / "prices.yaml").write_text(PRICES, encoding="utf-8")
    told = costs(minga, file)
    assert {channel for channel, _ in told} == {"telegram", "whatsapp", "sms"}
    short, long = told["sms", "shortest"], told["sms", "longest"]
    # who never goes is asked two questions, the others three; thanks come in a message of their own
    assert (short["questions"], short["sent"], short["received"]) == (2, 3, 3)
    assert (long["questions"], long["sent"], long["received"]) == (3, 4, 4)
    assert short["cost"] == pytest.approx(3 * 0.1 + 3 * 0.01)
    assert told["sms", "typical"]["questions"] in {2, 3}
    assert told["telegram", "longest"]["cost"] is None, "this file has no price for it, and none is invented"
    assert minga("check", file, "--costs") == 0
    assert "2 · " in minga.out and "0.33 · " in minga.out and "sin precio" in minga.out
    assert "contrato" in minga.err and "Sin precio: Telegram, WhatsApp" in minga.err


def test_a_summary_and_the_consent_count_as_they_come(minga: Minga) -> None:
    plain = costs(minga, minga.flow(FLOW))["whatsapp", "longest"]
    asked = costs(minga, minga.flow(FLOW.replace("title:", "review: yes\ntitle:")))["whatsapp", "longest"]
    assert (asked["questions"], asked["sent"], asked["received"]) == (3, plain["sent"] + 1, plain["received"] + 1)  # type: ignore[operator]  # because JSON's numbers are numbers


def test_what_no_trial_answer_meets_is_told_and_counted_all_the_same(minga: Minga) -> None:
    step = "  - {type: text, name: placa, label: ¿Placa?, constraint: \"regex(., 'ZZQ[0-9]{9}')\"}\n"
    file = minga.flow(FLOW.replace("  - {type: note", step + "  - {type: note"))
    assert costs(minga, file)["sms", "shortest"]["questions"] == 3
    assert minga("check", file, "--costs") == 0
    assert "lo que pide placa" in minga.err


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("currency: USD\nsms: {sent: diez, source: x, since: 2026-11}", 2, "diez"),
        ("currency: USD\nsms: {sent: 0.1, source: x, since: ayer}", 2, "ayer"),
        ("currency: USD\nsms: {sent: 0.1}", 2, "source"),
        ("currency: USD\nsms: 0.1", 2, "sms"),
        ("sms: {sent: 0.1, source: x, since: 2026-11}", 1, "currency"),
        ("currency: dólares", 1, "dólares"),
        ("currency: USD\nsignal: {sent: 0}", 2, "signal"),
        ("currency: USD\nsms: {sent: -1, source: x, since: 2026-11}", 2, "-1"),
        ("currency: USD\n\tsms: 1", 2, "tab"),
    ],
)
def test_what_is_wrong_with_prices_is_told_with_its_line(minga: Minga, text: str, line: int, said: str) -> None:
    file = minga.flow(text, "prices")
    assert minga("check", minga.flow(FLOW), "--costs") == 1
    told = [row for row in minga.out.splitlines() if row.startswith(f"{file}:{line}: error: ")]
    assert any(said in row for row in told), minga.out


def test_a_flow_with_errors_has_problems_and_no_costs(minga: Minga) -> None:
    assert minga("check", minga.flow(FLOW.replace("type: text", "type: texto")), "--costs", "--json") == 1
    found = json.loads(minga.out)
    assert found["problems"] and found["costs"] == []


# ── the chart ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_chart_is_shown_or_written(minga: Minga) -> None:
    file = minga.flow(FLOW.replace("Gracias.", "Alto", 1).replace("diario: Todos los días", "diario: Alto"))
    assert minga("check", file, "--graph", "-") == 0
    assert minga.out.startswith("flowchart TD\n"), "what is warned of goes to the other stream, so that the chart can be piped"
    assert "advertencia" in minga.err
    assert minga("check", file, "--graph", minga.folder / "f.md") == 0
    written = (minga.folder / "f.md").read_text(encoding="utf-8")
    assert written.startswith("# El parque\n\n```mermaid\nflowchart TD\n") and written.endswith("\n```\n")
    assert minga("check", file, "--graph", minga.folder / "f.mmd") == 0
    assert (minga.folder / "f.mmd").read_text(encoding="utf-8") in written


def test_a_chart_is_not_written_over_something_else(minga: Minga) -> None:
    file = minga.flow(FLOW)
    assert minga("check", file, "--graph", file) == 2
    assert ".mmd" in minga.err
    assert file.read_text(encoding="utf-8") == FLOW
    assert minga("check", file, "--graph", minga.folder / "no" / "f.md") == 2
    assert "No se pudo escribir" in minga.err


def test_what_cannot_be_drawn_is_told_after_its_problems(minga: Minga) -> None:
    broken = minga.flow(FLOW.replace("type: text", "type: texto"))
    assert minga("check", broken, "--graph", minga.folder / "f.md") == 2
    assert "texto" in minga.out and "un solo archivo" in minga.err
    assert not (minga.folder / "f.md").exists()
    minga.refuses("check", minga.flow(FLOW), "--json", "--graph", "-", because=".mmd")


# ── who is answering now ─────────────────────────────────────────────────────────────────────────────────────────────


def answered(minga: Minga, monkeypatch: pytest.MonkeyPatch, person: str, *lines: str) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    assert minga("chat", "parque", "--as", person) == 0


def test_a_new_version_tells_whom_it_finds_under_way(minga: Minga, monkeypatch: pytest.MonkeyPatch) -> None:
    file = minga.flow(FLOW)
    assert minga("flow", "open", "parque") == 0
    for person, lines in {"ana": ["1"], "luis": ["1"], "rosa": ["2"], "eva": ["2", "40"]}.items():
        answered(minga, monkeypatch, person, *lines)
    assert minga("check", file) == 0
    assert minga.out == "", "the version that is open strands nobody"

    changed = (
        FLOW.replace("name: falta", "name: carencia").replace("nunca: Casi", "jamas: Casi").replace("!= 'nunca'", "!= 'jamas'")
    )
    file.write_text(changed.replace("type: integer", "type: text"), encoding="utf-8")
    assert minga("check", file, "--json") == 0
    found = {row["code"]: row for row in json.loads(minga.out)}
    assert set(found) == {"strands", "strands_renamed", "strands_choice_renamed", "strands_retyped"}
    assert "3 personas" in found["strands"]["message"] and "falta (2), edad (1)" in found["strands"]["message"]
    assert found["strands_renamed"]["line"] == 10 and "4 conversaciones" in found["strands_renamed"]["message"]
    assert found["strands_retyped"]["line"] == 11

    assert minga("flow", "open", "parque") == 0
    assert "3 personas terminarán la anterior" in minga.err
    assert minga("check", file) == 0
    assert "3 personas" in minga.out, "as long as they are under way"


def test_tests_and_drafts_strand_nobody(minga: Minga, monkeypatch: pytest.MonkeyPatch) -> None:
    file = minga.flow(FLOW)
    assert minga("flow", "open", "parque") == 0
    answered(minga, monkeypatch, "ana", "1")
    with closing(sqlite3.connect(minga.folder / "data" / "minga.db")) as connection, connection:
        connection.execute("UPDATE conversation SET test = 1")
    file.write_text(FLOW.replace("name: falta", "name: carencia"), encoding="utf-8")
    assert minga("check", file) == 0
    assert minga.out == ""


def test_a_database_that_cannot_be_read_is_told_and_the_flow_judged(minga: Minga) -> None:
    (minga.folder / "data").mkdir()
    (minga.folder / "data" / "minga.db").write_bytes(b"no database" * 100)
    assert minga("check", minga.flow(FLOW)) == 0
    assert "No se pudo mirar en la base de datos" in minga.err
    assert not (minga.folder / "data" / "minga.db-wal").exists()


def test_without_a_database_none_is_made(minga: Minga) -> None:
    assert minga("check", minga.flow(FLOW)) == 0
    assert not (minga.folder / "data" / "minga.db").exists()
