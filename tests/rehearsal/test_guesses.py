"""What is guessed as an answer passes its constraint, whatever the constraint asks for that can be read from it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.engine.flow import Flow
from bot.engine.source import load
from bot.rehearsal.guesses import guesses, passes

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)


def flow(step: str, more: str = "") -> Flow:
    loaded = load(f"flow: a\ntitle: A\nsurvey:\n  - {step}\n{more}", "a.yaml")
    assert loaded.flow is not None, loaded.problems
    return loaded.flow


CHOICES = "choices: {a: Aa, b: Bb, c: Cc, d: Dd}"


@pytest.mark.parametrize(
    "step",
    [
        "{type: integer, name: q, label: Q}",
        '{type: integer, name: q, label: Q, constraint: ". >= 15 and . <= 120"}',
        '{type: integer, name: q, label: Q, constraint: ". > 777 and . < 779"}',
        '{type: decimal, name: q, label: Q, constraint: ". < 0.5"}',
        '{type: text, name: q, label: Q, constraint: "string-length(.) = 10"}',
        '{type: text, name: q, label: Q, constraint: "string-length(.) = 23"}',
        "{type: text, name: q, label: Q, constraint: \"regex(., '[A-Z]{3}-[0-9]{4}')\"}",
        "{type: text, name: q, label: Q, constraint: \". = 'abracadabra'\"}",
        '{type: date, name: q, label: Q, constraint: ". <= today()"}',
        "{type: date, name: q, label: Q, constraint: \". > date('2031-05-01') or . = date('2031-05-01')\"}",
        '{type: range, name: q, label: Q, start: 1, end: 5, step: 0.5, constraint: ". > 4"}',
        f'{{type: select_multiple, name: q, label: Q, {CHOICES}, constraint: "count-selected(.) = 3"}}',
        f"{{type: select_multiple, name: q, label: Q, {CHOICES}, constraint: \"selected(., 'd') and not(selected(., 'a'))\"}}",
        f"{{type: rank, name: q, label: Q, {CHOICES}, top: 2}}",
        "{type: time, name: q, label: Q}",
        "{type: datetime, name: q, label: Q}",
        "{type: phone, name: q, label: Q}",
        "{type: email, name: q, label: Q}",
    ],
)  # fmt: skip
def test_every_guess_passes(step: str) -> None:
    whole = flow(step)
    found = guesses(whole.step("q"), whole, NOW)
    assert found
    assert all(passes(whole.step("q"), value, NOW) for value in found)
    assert len({repr(value) for value in found}) == len(found)


def test_what_later_steps_ask_about_is_among_the_guesses() -> None:
    later = '  - {type: text, name: r, label: R, relevant: "${q} > 4711"}\n'
    whole = flow("{type: integer, name: q, label: Q}", later)
    assert any(isinstance(value, int) and value > 4711 for value in guesses(whole.step("q"), whole, NOW))


def test_what_nothing_passes_has_no_guess() -> None:
    whole = flow("{type: text, name: q, label: Q, constraint: \"regex(., 'ZQ{40}')\"}")
    assert guesses(whole.step("q"), whole, NOW) == ()
