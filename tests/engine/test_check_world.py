"""Flows beside other flows, and a check that may be repeated."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from bot.engine.check import check
from bot.engine.flow import ConsentText
from bot.engine.schema import flow_schema
from bot.engine.source import load
from bot.flow_files import NO_FLOWS
from bot.translations import load_languages

ROOT = Path(__file__).parents[2]
LANGUAGES = load_languages(ROOT / "locales", ("es", "en"))


def flow(name: str, words: str = "", links: str = "") -> str:
    start = f"start: {{words: [{words}], links: {{{links}}}}}"
    return f"flow: {name}\ntitle: A\n{start}\nsurvey:\n  - {{type: note, label: Hola}}\n"


def test_words_and_links_of_a_flow_that_is_open_are_taken() -> None:
    running = load(flow("a", "Obras", "puyo: {}"), "a.yaml").flow
    assert running is not None
    other = load(flow("b", "¡obras!, agua", "puyo: {}, ibarra: {}"), "b.yaml")
    found = check([other], consents={}, languages=LANGUAGES, running=[running])
    assert [(problem.line, problem.code, problem.places["flow"]) for problem in found] == [
        (3, "link_taken", "a"), (3, "start_word_taken", "a"),
    ]  # fmt: skip
    again = load(flow("a", "Obras", "puyo: {}"), "a.yaml")
    assert check([again], consents={}, languages=LANGUAGES, running=[running]) == ()


def test_checking_twice_finds_the_same() -> None:
    loaded = [load(flow("a", "ayuda"), "a.yaml"), load("flow: b\ntitel: x", "b.yaml"), load("\x00", "c.yaml")]
    first = check(loaded, consents={}, languages=LANGUAGES)
    assert check(loaded, consents={}, languages=LANGUAGES) == first
    assert {problem.file for problem in first} == {"a.yaml", "b.yaml", "c.yaml"}
    assert set(loaded[1].problems) <= set(first)


def test_a_consent_text_in_every_language_is_enough() -> None:
    text = flow("a").replace("survey:", "consent: datos\nsurvey:\n  - {type: phone, name: q, label: Q, personal: yes}")
    consents = {"datos": ConsentText("datos", "1", "x", 30, {"es": "¿Sí?"})}
    assert check([load(text, "a")], consents=consents, languages=LANGUAGES) == ()
    assert [p.code for p in check([load(text, "a")], consents={}, languages=LANGUAGES)] == ["consent_unknown"]


def test_control_words_are_those_of_the_flows_languages() -> None:
    step = "{type: select_one, name: q, label: Q, choices: {x: Back, y: Atrás}}"
    text = f"flow: a\ntitle: A\nsurvey:\n  - {step}\n  - {{type: note, label: N}}\n"
    found = check([load(text, "a")], consents={}, languages=LANGUAGES)
    assert [(problem.code, problem.places["word"]) for problem in found] == [("control_word", "Atrás")]


# ── the schema for editors ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_shipped_schema_is_the_models() -> None:
    shipped = json.loads((ROOT / "flows" / "flow.schema.json").read_text(encoding="utf-8"))
    assert shipped == flow_schema(LANGUAGES["es"])
    jsonschema.Draft202012Validator.check_schema(shipped)


def valid(text: str) -> list[str]:
    from bot.engine.loading.document import read
    from bot.engine.problem import Problems

    document = read(text, Problems("f"))
    assert document is not None
    return [error.message for error in jsonschema.Draft202012Validator(flow_schema()).iter_errors(document.data)]


FILES = [*(ROOT / "flows").glob("*.yaml"), ROOT / "tests" / "data" / "flows" / "ejemplo_completo.yaml"]


@pytest.mark.parametrize("file", [file for file in FILES if file.name not in NO_FLOWS], ids=lambda file: file.stem)
def test_an_editor_finds_nothing_wrong_with_good_flows(file: Path) -> None:
    # an editor reads `true` as a truth where the loader reads a text, so truths are written as one would see them there
    text = file.read_text(encoding="utf-8").replace(": true", ": yes").replace(": false", ": no")
    assert valid(text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("label: Hola", "lable: Hola"), ("type: note", "type: nota"), ("title: A", "titel: A"), ("type: note", "type: integer")],
)
def test_an_editor_finds_what_is_wrong(old: str, new: str) -> None:
    text = "flow: a\ntitle: A\nsurvey:\n  - {type: note, label: Hola}\n"
    assert valid(text) == []
    assert valid(text.replace(old, new)) != []


def test_every_key_is_explained_to_the_writer() -> None:
    schema = flow_schema(LANGUAGES["es"])
    forms = [schema, *schema["$defs"].values()]
    keys = [(key, value) for form in forms for key, value in form["properties"].items()]
    assert len(keys) > 100
    bare = {key for key, value in keys if "description" not in value and key != "type"}
    assert bare == set()
    assert {key.removeprefix("schema.") for key in LANGUAGES["es"].texts if key.startswith("schema.")} <= {key for key, _ in keys}
