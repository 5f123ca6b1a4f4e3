"""Reading a file: lines, texts as they are written, what no editor would keep, and that nothing ever raises."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.build import build
from bot.engine.loading.document import BYTES, read
from bot.engine.loading.outline import MOST_STEPS
from bot.engine.problem import Problems, listed, nearest
from bot.engine.source import Loaded, library, load, load_consents, messages
from tests.luck import examples

SMALL = """\
flow: pequeno
title: Pequeño
survey:
  - type: text
    name: nombre
    label: ¿Cómo te llamas?
  - type: note
    label: Gracias, ${nombre}
"""


def codes(loaded: Loaded) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in loaded.problems]


def content(text: str) -> dict[str, object]:
    loaded = load(text, "f.yaml")
    assert loaded.problems == ()
    found: dict[str, object] = json.loads(loaded.content)
    return found


def test_every_scalar_stays_the_text_it_is() -> None:
    document = read("a: no\nb: 02\nc: 1.50\nd: 1:30\ne: ~\nf:\ng: [on, 0x1f]\nyes: null\n", Problems("f"))
    assert document is not None
    assert document.data == {
        "a": "no", "b": "02", "c": "1.50", "d": "1:30", "e": "~", "f": "", "g": ["on", "0x1f"], "yes": "null",
    }  # fmt: skip


def test_lines_lead_to_the_very_key_and_value() -> None:
    document = read("a:\n  b:\n    - c: 1\n      d: >\n        dos\n", Problems("f"))
    assert document is not None
    assert document.key(("a", "b", 0, "d")) == 4
    assert document.line(("a", "b", 0)) == 3
    assert document.line(("a", "b", 0, "e", "f")) == 3  # what is not there stands where it is missing


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        (b"flow: a\ntitle: \xff\xfe", 2, "encoding"),
        ("flow: a\ntitle: \ud800", 2, "encoding"),
        ("flow: a\ntitle: \x07", 2, "characters"),
        (b"", 1, "empty_file"),
        ("\n  \n# nada\n", 1, "empty_file"),
        ("x" * (BYTES + 1), 1, "too_big"),
        ("- a\n", 1, "not_mapping"),
        ("{" * 900, 1, "too_deep"),
        ("[" * 100_000, 1, "too_deep"),
        ("- " * 5_000, 1, "too_deep"),
    ],
)
def test_what_is_no_flow_file_is_told(text: str | bytes, line: int, code: str) -> None:
    loaded = load(text, "f.yaml")
    assert codes(loaded) == [(line, code)]
    assert (loaded.flow, loaded.content) == (None, "")


def test_aliases_can_not_make_a_short_file_grow() -> None:
    laughs = "a: &a [x, x]\n" + "".join(f"{k}: &{k} [*{p}, *{p}, *{p}]\n" for p, k in zip("abcdefgh", "bcdefghi", strict=True))
    loaded = load(laughs, "f.yaml")
    assert {code for _, code in codes(loaded)} >= {"anchor"}
    assert len(loaded.problems) < 60


def test_too_many_steps_are_refused_once() -> None:
    steps = "".join(f"  - {{type: note, label: N{n}}}\n" for n in range(MOST_STEPS + 5))
    loaded = load(f"flow: a\ntitle: A\nsurvey:\n{steps}", "f.yaml")
    assert codes(loaded) == [(4 + MOST_STEPS, "too_many_steps")]


def test_a_byte_order_mark_and_windows_lines_change_nothing() -> None:
    plain = load(SMALL, "f.yaml")
    windows = load(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode(), "f.yaml")
    assert windows.content == plain.content
    assert [node.line for node in windows.flow.program] == [4, 7]  # type: ignore[union-attr]  # because it loaded


def test_accents_written_in_two_characters_are_the_same_letters() -> None:
    assert load(SMALL.replace("ñ", "n\u0303").replace("ó", "o\u0301"), "f.yaml").content == load(SMALL, "f.yaml").content


def test_the_version_does_not_see_comments_layout_quotes_or_the_order_of_keys() -> None:
    one = """\
flow: a
title: A
kind: survey
start: {links: {x: {q: si}, y: {}}}
survey:
  - {type: select_one, name: q, label: "¿Sí?", choices: {si: Sí, no: "No"}, required: yes, retries: {times: 3}}
"""
    other = """\
# un comentario
survey:
    - choices:
        si:
          label: Sí
        no: 'No'
      required: true()
      name: q      # otro
      label: >-
        ¿Sí?
      type: select_one
title: A
start:
  links:
    y:
    x: {q: si}
flow: a
languages: [es]
"""
    first, second = load(one, "1.yaml"), load(other, "2.yaml")
    assert first.flow is not None
    assert second.flow is not None
    assert first.flow.version == second.flow.version
    assert first.flow.version == "57e4258e98d6fd76892a0c73768cbacb99292012d4f212055644632f97abe7e4"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("¿Cómo te llamas?", "¿Cómo se llama?"),
        ("name: nombre", "name: nombre\n    hint: Solo el primero"),
        ("type: text", "type: email"),
        ("title: Pequeño", "title: Pequeño\nclosing: x"),
        ("title: Pequeño", "title: Pequeño\nreview: yes"),
    ],
)
def test_the_version_sees_what_people_see(old: str, new: str) -> None:
    assert load(SMALL.replace(old, new), "f.yaml").content != load(SMALL, "f.yaml").content


def test_the_order_of_choices_counts() -> None:
    text = "flow: a\ntitle: A\nsurvey:\n  - {type: select_one, name: q, label: Q, choices: {%s}}\n  - {type: note, label: N}\n"
    assert load(text % "a: A, b: B", "f").content != load(text % "b: B, a: A", "f").content


def test_translations_fill_what_is_missing_and_count() -> None:
    asked: list[tuple[str, str, str]] = []

    def translate(language: str, context: str, text: str) -> str | None:
        asked.append((language, context, text))
        return {"Gracias, ${nombre}": "Thanks, ${nombre}", "¿Cómo te llamas?": "Your name?", "Pequeño": "Small"}.get(text)

    text = SMALL.replace("title:", "languages: [es, en]\ntitle:")
    loaded = load(text, "f.yaml", translate=translate)
    assert loaded.problems == ()
    assert loaded.flow is not None
    assert loaded.flow.title == {"es": "Pequeño", "en": "Small"}
    assert ("en", "pequeno.nombre", "¿Cómo te llamas?") in asked
    assert "Your name?" in loaded.content
    in_line = load(text.replace("¿Cómo te llamas?", "{es: ¿Cómo te llamas?, en: Name?}"), "f.yaml", translate=translate)
    assert '"en":"Name?"' in in_line.content
    assert codes(load(text, "f.yaml")) == [(3, "language_missing"), (7, "language_missing"), (9, "language_missing")]


def test_translators_get_the_texts_with_their_context_and_line() -> None:
    assert messages(SMALL, "f.yaml") == (
        (2, "pequeno.title", "Pequeño"), (6, "pequeno.nombre", "¿Cómo te llamas?"), (8, "pequeno.note", "Gracias, ${nombre}"),
    )  # fmt: skip


def test_written_values_have_their_meaning() -> None:
    header = """\
flow: a
title: A
opens: 2026-12-01
closes: 2026-12-31 20:00
reminders: [72h, 90m, 24h]
quiet: 22:30-6:00
expires: 14d
edit: no
anonymous: sí
survey:
  - {type: dateTime, name: f, label: F, required: "${g} = 1", relevant: "1 = 1"}
"""
    problems = codes(load(header, "f"))
    assert problems == [(11, "reference_unknown")]
    found = content(header.replace("${g}", "1"))
    assert found["opens"] == "2026-12-01T00:00"
    assert found["closes"] == "2026-12-31T20:00"
    assert found["reminders"] == [5400, 86400, 259200]
    assert found["quiet"] == "22:30-06:00"
    assert found["expires"] == 14 * 86400
    assert found["edit"] == "no"
    assert found["anonymous"] is True
    assert found["survey"] == [
        {"type": "datetime", "name": "f", "label": {"es": "F"}, "required": "1 = 1", "relevant": "1 = 1"},
    ]
    assert content(header.replace("${g}", "1").replace("22:30-6:00", "no").replace("12-31 20:00", "12-31"))["quiet"] == "no"
    assert content(header.replace("${g}", "1").replace("12-31 20:00", "12-31"))["closes"] == "2026-12-31T23:59"


@pytest.mark.parametrize(
    ("kind", "default", "formula"),
    [
        ("text", "Quito", "'Quito'"),
        ("text", "2026-12-01", "'2026-12-01'"),
        ("text", "12", "'12'"),
        ("integer", "12", "12"),
        ("decimal", "-1.5", "-1.5"),
        ("date", "today()", "today()"),
        ("text", "${otro}", "${otro}"),
        ("text", "'ya entre comillas'", "'ya entre comillas'"),
        ("text", "l'eau", '"l\'eau"'),
        ("text", "a'b\"c", "concat('a', \"'\", 'b\"c')"),
    ],
)
def test_a_default_is_a_plain_value_unless_it_computes(kind: str, default: str, formula: str) -> None:
    step = json.dumps({"type": kind, "name": "q", "label": "Q", "default": default})
    before = '{"type": "text", "name": "otro", "label": "O"}'
    loaded = load(f'{{"flow": "a", "title": "A", "survey": [{before}, {step}]}}', "f.json")
    assert loaded.problems == ()
    assert json.loads(loaded.content)["survey"][1]["default"] == formula
    assert build(loaded.content) is not None


def test_a_list_by_xlsforms_spelling_is_the_list_by_its_key() -> None:
    text = "flow: a\ntitle: A\nchoices: {si_no: {si: Sí, no: No}}\nsurvey:\n  - {%s, name: q, label: Q%s}\n"
    by_type = content(text % ("type: select_one si_no or_other", ""))
    by_key = content(text % ("type: select_one", ", choices: si_no, other: true"))
    assert by_type == by_key
    assert by_type["survey"][0]["list"] == "si_no"  # type: ignore[index]  # because content is plain JSON


def test_notes_without_a_name_are_numbered_past_the_names_that_are_taken() -> None:
    steps = ("{type: note, label: A}", "{type: text, name: note_2, label: B}", "{type: note, label: C}")
    text = "flow: a\ntitle: A\nsurvey:\n" + "".join(f"  - {step}\n" for step in steps)
    flow = load(text, "f").flow
    assert flow is not None
    assert [(node.name, node.named) for node in flow.program] == [  # type: ignore[union-attr]  # because there are only steps
        ("note_1", False), ("note_2", True), ("note_3", False),
    ]  # fmt: skip


def test_consent_texts_are_read_and_their_mistakes_told() -> None:
    text = """\
uno:
  text: {es: ¿Guardamos?, en: Keep?}
  version: 2
  purpose: Avisar
  days: 30
dos:
  text: Hola
  days: pocos
  propósito: x
tres: Hola
"""
    found, problems = load_consents(text, "consents.yaml")
    assert list(found) == ["uno"]
    assert (found["uno"].version, found["uno"].days, found["uno"].text["en"]) == ("2", 30, "Keep?")
    assert [(problem.line, problem.code) for problem in problems] == [
        (6, "missing_key"), (6, "missing_key"), (8, "wrong_value"), (9, "unknown_key"), (10, "expected_mapping"),
    ]  # fmt: skip
    assert load_consents("", "consents.yaml")[0] == {}


def test_a_library_knows_flows_by_their_identifier() -> None:
    assert library({"x.yaml": SMALL, "y.yaml": "- nada", "z.yaml": "flow: [a]", "w.yaml": "\x00"}) == {"pequeno": SMALL}


def test_suggestions_are_near_or_the_list() -> None:
    assert nearest("relevnt", ["relevant", "label"]) == "relevant"
    assert nearest("zzz", ["relevant", "label"]) == ""
    assert listed(str(n) for n in range(20)).endswith("…")
    assert listed([]) == "–"


# ── nothing ever raises ──────────────────────────────────────────────────────────────────────────────────────────────

KEYS = st.sampled_from([
    "flow", "title", "survey", "type", "name", "label", "choices", "relevant", "constraint", "languages", "start", "links",
    "words", "opens", "consent", "retries", "default", "required", "repeat_count", "repeat_while", "quasi", "media", "x-xlsform",
    "end", "step", "calculation", "choice_filter", "accept", "other", "es", "en", "top", "hint", "effect",
])  # fmt: skip
VALUES = st.sampled_from([
    "text", "select_one", "group", "call", "rank", "range", "calculate", "note", "a", "1", "yes", "${a}", ". > ${a", "24h", "es",
    "2026-12-01", "count(${a})", "", "a b", "false()", "hand_over",
]) | st.text(max_size=8)  # fmt: skip
TREES = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=6)
)
STEPS = st.lists(st.dictionaries(KEYS, TREES, max_size=7), max_size=5)


@given(st.text(max_size=300) | st.binary(max_size=300))
@examples(150)
def test_any_text_or_bytes_end_in_problems_never_in_a_traceback(text: str | bytes) -> None:
    loaded = load(text, "f.yaml")
    assert loaded.flow is not None or loaded.problems
    load_consents(text, "consents.yaml")


@given(st.dictionaries(KEYS, TREES, max_size=6), STEPS)
@examples(150)
def test_any_shape_of_flow_ends_in_problems_never_in_a_traceback(header: dict[str, object], steps: list[object]) -> None:
    text = json.dumps({**header, "flow": header.get("flow", "a"), "survey": steps}, ensure_ascii=False)
    loaded = load(text, "f.yaml", library={"a": SMALL})
    assert loaded.flow is not None or any(problem.severity == "error" for problem in loaded.problems)
    assert all(problem.line >= 1 for problem in loaded.problems)
    if loaded.flow is not None:
        assert build(loaded.content).version == loaded.flow.version
