"""A file of labelled answers as somebody writes it: cases with their lines, mistakes with theirs."""

from __future__ import annotations

from bot.engine.answers.labelled_file import STANDING, read_labelled

KNOWN = ("es", "en")

GOOD = """
now: 2026-12-01T08:30
questions:
  agua: {type: select_one, choices: {si: Sí, no: "No"}}
  edad: {type: integer}
es:
  agua:
    "sip": si
  edad:
    "34": "34"
en:
  agua:
    "yep": si
"""


def codes(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in read_labelled(text, "f.yaml", KNOWN).problems]


def test_a_good_file_brings_its_cases_with_their_lines() -> None:
    labelled = read_labelled(GOOD, "f.yaml", KNOWN)
    assert labelled.problems == ()
    assert [(c.language, c.question, c.text, c.expected, c.line) for c in labelled.cases] == [
        ("es", "agua", "sip", "si", 8),
        ("es", "edad", "34", "34", 10),
        ("en", "agua", "yep", "si", 13),
    ]
    assert labelled.cases[0].asks.options[0].label == "Sí"
    assert f"{labelled.now:%Y-%m-%dT%H:%M}" == "2026-12-01T08:30"


def test_without_a_time_the_cases_stand_where_the_shipped_ones_do() -> None:
    assert read_labelled("questions: {a: {type: text}}", "f", KNOWN).now == STANDING


def test_what_is_wrong_is_told_with_its_line_and_the_rest_is_read() -> None:
    text = """questions:
  agua: {type: select_one, choices: {si: Sí, no: "No"}}
  color: {type: color}
  nota: {type: range, start: uno}
  vacia: {type: select_one}
  sin: {choices: {a: A}}
  lista: {type: select_one, choices: [a, b]}
  mala: {type: select_one, choices: {a: {words: [b]}}}
  otra: {type: integer, unidad: años}
  texto: hola
es:
  agua:
    "sip": si
    "sip": no
    "claro": sii
    "nel": [no]
  aguas: {"a": b}
  texto: {"a": b}
de:
  agua: {"ja": si}
en: hello
now: mañana
"""
    labelled = read_labelled(text, "f", KNOWN)
    assert [(case.text, case.expected) for case in labelled.cases] == [("sip", "si"), ("claro", "sii")]
    assert codes(text) == [
        (3, "unknown_type"),
        (4, "wrong_value"),
        (5, "no_choices"),
        (6, "missing_key"),
        (7, "choices_mapping"),
        (8, "missing_key"),
        (9, "unknown_key"),
        (10, "expected_mapping"),
        (14, "duplicate_key"),
        (15, "answers_label"),
        (16, "expected_text"),
        (17, "answers_question"),
        (19, "answers_language"),
        (21, "expected_mapping"),
        (22, "wrong_value"),
    ]


def test_a_file_that_is_no_mapping_or_has_no_questions_says_so() -> None:
    assert codes("- a") == [(1, "not_mapping")]
    assert codes("es: {a: {b: c}}") == [(1, "answers_question"), (1, "missing_key")]
    assert codes("questions: hola") == [(1, "expected_mapping")]
    assert codes("") == [(1, "empty_file")]
