"""The labelled answers: read as labelled, and never silently wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.engine.answers import AskBack, Gazetteer, NotUnderstood, Question, Sure
from bot.engine.answers.labelled import Case, Score, cases, judge, read, score
from bot.engine.language import Language

FOLDER = Path(__file__).parents[2] / "answers"
OPEN = sorted(file.stem for file in FOLDER.glob("*.yaml") if not file.stem.startswith("held_back"))
HELD_BACK = ("held_back", "held_back_again")

LABELLED_WRONG = {
    "muy satisfecha", "no hay nunca", "diario", "una vez x semana", "rosa arroba gmail punto com", "235", "wasap",
}  # fmt: skip
"""Held-back labels that are themselves wrong, kept as they were scored: six are clear answers, and 2, 3, 5 are not 2, 3, 4."""


def content(stem: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.load((FOLDER / f"{stem}.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return found


def test_there_are_labelled_answers() -> None:
    assert len(OPEN) >= 10


@pytest.mark.parametrize("stem", OPEN)
def test_every_answer_is_read_as_labelled(stem: str, languages: Mapping[str, Language], now: datetime, places: Gazetteer) -> None:
    off = [
        f"{case.language} {case.question}: {case.text!r} should be {case.expected!r}, is {reading}"
        for case in cases(stem, content(stem))
        if not judge(case, reading := read(case, languages, now, places))[1]
    ]
    assert off == []


@pytest.mark.parametrize("stem", HELD_BACK)
def test_held_back_answers_are_never_silently_wrong(stem: str, languages: Mapping[str, Language], now: datetime) -> None:
    held = list(cases(stem, content(stem)))
    verdicts = {case.text: judge(case, read(case, languages, now)) for case in held}
    assert {text for text, (verdict, _) in verdicts.items() if verdict == "wrong"} <= LABELLED_WRONG
    assert sum(exact for _, exact in verdicts.values()) / len(held) >= 0.95


def test_blind_answers_meet_the_goals(languages: Mapping[str, Language], now: datetime, places: Gazetteer) -> None:
    """Written by somebody who did not see the code; labels that are not followed are named in aside.yaml, with why."""
    aside = content("blind/aside")
    files = sorted(file.stem for file in (FOLDER / "blind").glob("*.yaml") if file.stem != "aside")
    judged = [
        (case, read(case, languages, now, places))
        for stem in files
        for case in cases(stem, content(f"blind/{stem}"))
        if case.text not in aside
    ]
    assert len(judged) > 1200
    assert len(aside) / len(judged) < 0.01
    scored = score(judged)
    assert scored.good, scored


def test_a_label_that_is_put_aside_is_in_the_blind_files() -> None:
    files = [file for file in (FOLDER / "blind").glob("*.yaml") if file.stem != "aside"]
    texts = {case.text for file in files for case in cases(file.stem, content(f"blind/{file.stem}"))}
    assert set(content("blind/aside")) <= texts


def test_each_kind_has_enough_cases_and_enough_of_them_are_asked_back() -> None:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for stem in (*OPEN, *HELD_BACK):
        for case in cases(stem, content(stem)):
            counts[case.asks.type, case.language]["all"] += 1
            counts[case.asks.type, case.language]["asked"] += case.expected.startswith("?")
    kinds = ("select_one", "select_multiple", "integer", "decimal", "date", "time", "datetime", "phone", "email", "rank", "range")
    thin = {
        (kind, language): count
        for kind in kinds
        for language, least in (("es", 35), ("en", 10))
        if (count := counts[kind, language])["all"] < least or count["asked"] / count["all"] < 0.15
    }
    assert thin == {}


def test_the_score_counts_what_it_says(languages: Mapping[str, Language], now: datetime) -> None:
    asks = Question("integer")
    written = (("34", "34"), ("34", "35"), ("34", "?"), ("3 o 4", "?"), ("3 o 4", "3"), ("hola", "-"), ("hola", "3"))
    made = [Case("f", "es", "q", asks, text, expected) for text, expected in written]
    scored = score((case, read(case, languages, now)) for case in made)
    assert (scored.all, scored.valued, scored.right, scored.asked) == (7, 4, 1, 2)
    assert (scored.refused, scored.missed, scored.wrong, scored.exact) == (2, 1, 2, 3)
    assert (scored.at_once, scored.safe, scored.silent, scored.good) == (1 / 4, 1 - 3 / 7, 2 / 7, False)


@pytest.mark.parametrize(
    ("wrong", "missed", "right", "good"), [(5, 10, 900, True), (6, 0, 900, False), (0, 21, 900, False), (0, 0, 500, False)]
)
def test_the_goals_are_those_that_are_told(wrong: int, missed: int, right: int, good: bool) -> None:
    assert Score(1000, 960, right, 0, 0, missed, wrong, 0).good is good


@pytest.mark.parametrize(
    ("reading", "expected", "verdict"),
    [
        (Sure("a"), "a", ("right", True)),
        (Sure("a", "more"), "a #", ("right", True)),
        (Sure("a", "more"), "a", ("right", False)),
        (Sure("b"), "a", ("wrong", False)),
        (Sure("a"), "?", ("wrong", False)),
        (Sure("a"), "-", ("wrong", False)),
        (Sure(-5), "-5", ("right", True)),
        (Sure([]), "[]", ("right", True)),
        (AskBack("which"), "a", ("asked", False)),
        (AskBack("which"), "?", ("asked", True)),
        (AskBack("which"), "? a", ("asked", False)),
        (NotUnderstood(), "-", ("refused", True)),
        (NotUnderstood(), "a", ("refused", False)),
    ],
)
def test_a_verdict_is_what_the_readme_says(reading: Any, expected: str, verdict: tuple[str, bool]) -> None:
    assert judge(Case("f", "es", "q", Question("text"), "x", expected), reading) == verdict
