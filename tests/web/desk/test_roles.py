"""Who may do what: the whole table, so that a change of it is a change of this test."""

from __future__ import annotations

import pytest

from bot.web.desk.roles import DEEDS, ROLES, may, needs_unit, role, sees

# look identify handle note enter take assign merge publish converse open_flows keep_calendar see_audit keep_staff
# see_results code_answers release_results export_results answer_back export_identity
TABLE = {
    "reader": "x . . . . . . . . . . . . .  x . . . . .",
    "officer": "x x x x x x . x . x . . . .  x x . . . .",
    "coordinator": "x x x x x x x x x x x x . .  x x x x x .",
    "administrator": "x x x x x x x x x x x x x x  x x x x x x",
}


def test_the_whole_table():
    assert set(TABLE) == set(ROLES)
    for who, line in TABLE.items():
        marks = line.split()
        assert len(marks) == len(DEEDS) == 20
        for deed, mark in zip(DEEDS, marks, strict=True):
            assert may(who, deed) is (mark == "x"), f"{who} {deed}"


@pytest.mark.parametrize(
    ("who", "own", "of", "seen"),
    [
        ("reader", 1, 1, True),
        ("reader", 1, 2, False),
        ("reader", None, 1, False),
        ("officer", 1, 1, True),
        ("officer", 1, 2, False),
        ("officer", 1, None, False),  # what no unit has got yet is the coordinators' to hand out
        ("officer", None, None, False),
        ("coordinator", None, None, True),
        ("coordinator", 1, 2, True),
        ("administrator", None, 2, True),
    ],
)
def test_whose_cases_are_seen(who, own, of, seen):
    assert sees(who, own, of) is seen


def test_who_needs_a_unit_and_that_no_other_role_exists():
    assert [who for who in ROLES if needs_unit(who)] == ["reader", "officer"]
    with pytest.raises(ValueError, match="mayor"):
        role("mayor")
    with pytest.raises(ValueError, match="mayor"):
        may("mayor", "look")
