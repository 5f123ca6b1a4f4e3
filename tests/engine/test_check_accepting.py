"""A flow says why it accepts a warning; what it does not say, or says of something else, is told."""

from __future__ import annotations

from pathlib import Path

from bot.engine.check import check
from bot.engine.problem import Problem
from bot.engine.source import load
from bot.translations import load_languages

LANGUAGES = load_languages(Path(__file__).parents[2] / "locales", ("es", "en"))
FLOW = """\
flow: a
title: A
survey:
  - type: select_one
    name: q
    label: Q
    choices: {x: Alto, y: Bajo}
  - type: group
    name: g
    survey:
      - type: select_one
        name: r
        label: R
        choices: {x: Alto, y: Bajo}
  - {type: note, label: N}
"""
REASON = 'x-check: {control_word: "%s"}'


def judged(text: str) -> list[Problem]:
    return list(check([load(text, "a.yaml")], consents={}, languages=LANGUAGES))


def accepted(text: str) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.code, problem.accepted) for problem in judged(text)]


def test_a_reason_covers_its_step_and_no_other() -> None:
    text = FLOW.replace("name: q\n", f"name: q\n    {REASON % 'Es la altura.'}\n")
    assert accepted(text) == [(8, "control_word", "Es la altura."), (15, "control_word", "")]


def test_a_reason_above_covers_what_is_inside_and_the_innermost_counts() -> None:
    text = FLOW.replace("title: A\n", f"title: A\n{REASON % 'Todas.'}\n")
    assert [reason for _, _, reason in accepted(text)] == ["Todas.", "Todas."]
    text = text.replace("name: g\n", f"name: g\n    {REASON % 'La del grupo.'}\n")
    assert [reason for _, _, reason in accepted(text)] == ["Todas.", "La del grupo."]


def test_a_reason_is_no_part_of_the_version() -> None:
    text = FLOW.replace("name: q\n", f"name: q\n    {REASON % 'Es la altura.'}\n")
    plain, reasoned = load(FLOW, "a.yaml"), load(text, "a.yaml")
    assert plain.flow is not None and reasoned.flow is not None
    assert plain.content == reasoned.content
    assert plain.flow.version == reasoned.flow.version


def test_an_error_is_not_accepted() -> None:
    text = FLOW.replace("name: q\n", 'name: q\n    x-check: {choices_alike: "Igual."}\n').replace("y: Bajo", "y: ALTO", 1)
    assert {problem.code for problem in judged(text) if problem.severity == "error"} == {"choices_alike", "accept_unknown"}


def test_checking_twice_accepts_the_same() -> None:
    loaded = [load(FLOW.replace("title: A\n", f"title: A\n{REASON % 'Todas.'}\n"), "a.yaml")]
    assert check(loaded, consents={}, languages=LANGUAGES) == check(loaded, consents={}, languages=LANGUAGES)
