"""The law's file: the shipped one is whole, and what is wrong with a changed one is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.requests.law import read_law

SHIPPED = Path(__file__).parents[2] / "law" / "law.yaml"


def test_the_shipped_law_is_whole() -> None:
    law, problems = read_law(SHIPPED.read_bytes(), "law.yaml")
    assert problems == ()
    assert (law.days, law.extension, law.printed, law.suspends) == (10, 5, "working", None)
    for article in law.articles.values():
        assert article.text.keys() == {"es", "en"}, article.key
        assert article.source
    assert law.refusals["reserved"].told("es") == "Información reservada"


def test_what_nobody_read_in_the_gazette_is_not_told_to_residents() -> None:
    law, _ = read_law(SHIPPED.read_bytes(), "law.yaml")
    assert "LOTAIP, art. 34" in law.public("term", "es")
    assert law.public("informal_management", "es") == ""
    assert law.public("no_such", "es") == ""
    assert law.articles["informal_management"].told("qu") == law.articles["informal_management"].text["es"]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("term:\n  days: diez\n", 2, "law_days"),
        ("term:\n  extension: 0\n", 2, "law_days"),
        ("term:\n  printed: hábiles\n", 2, "law_one_of"),
        ("term:\n  dias: 10\n", 2, "unknown_key"),
        ("term:\n  clarification_suspends:\n    text: {es: Se detiene}\n", 2, "missing_key"),
        ("articles:\n  one:\n    law: L\n    text: t\n    source: s\n    verified: quizá\n", 6, "law_one_of"),
        ("articles:\n  one:\n    law: L\n    text: t\n    verified: yes\n", 2, "missing_key"),
        ("articles:\n  one: corto\n", 2, "expected_mapping"),
        ("refusals:\n  one:\n    article: {law: L}\n", 2, "missing_key"),
        ("- una lista\n", 1, "not_mapping"),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, line: int, code: str) -> None:
    _, problems = read_law(text, "law.yaml")
    assert (line, code) in [(problem.line, problem.code) for problem in problems]


def test_a_suspension_is_read() -> None:
    law, problems = read_law(
        'term:\n  printed: calendar\n  clarification_suspends: {article: "COA 140", text: {es: Se detiene}}\n', "law.yaml"
    )
    assert problems == ()
    assert law.printed == "calendar"
    assert law.suspends is not None
    assert law.suspends.told("es") == "Se detiene"
