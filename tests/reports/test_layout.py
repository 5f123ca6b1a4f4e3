"""Which columns a flow gets."""

from __future__ import annotations

from bot.reports.layout import META, lay_out
from bot.reports.rows import Seen
from tests.reports.survey import flow, versions


def columns(*texts: str, seen: list[Seen] | None = None) -> list[str]:
    """The columns of the questions."""
    return lay_out(versions(*texts), seen or []).columns()[len(META) :]


def written(*steps: str) -> str:
    """A flow of these steps."""
    return "\n".join(["flow: f", "kind: survey", "title: T", "languages: [es]", "survey:", *(f"  - {step}" for step in steps)])


A = "{type: text, name: a, label: A}"
B = "{type: text, name: b, label: B}"
C = "{type: text, name: c, label: C}"
NEW = "{type: integer, name: b, label: B}"
LIST = "{type: select_multiple, name: l, label: L, choices: {x: X, y: Y}}"
MORE = "{type: select_multiple, name: l, label: L, choices: {y: Y, z: Z}}"
REPEAT = "{type: group, name: g, repeat_count: '3', survey: [{type: text, name: r, label: R}]}"
NESTED = (
    "{type: group, name: g, repeat_count: '2', survey: [{type: group, name: h, repeat_count: '2', "
    "survey: [{type: text, name: r, label: R}]}]}"
)


def test_the_newest_order_counts_and_a_former_step_stays_where_it_stood():
    assert columns(written(A, B, C), written(C, A)) == ["c", "a", "b"]
    assert columns(written(B, A), written(A, C)) == ["b", "a", "c"]


def test_a_step_whose_type_changed_has_a_second_column():
    assert columns(written(A, B), written(A, NEW)) == ["a", "b", "b__integer"]


def test_choices_of_all_versions_have_columns():
    assert columns(written(LIST), written(MORE)) == ["l", "l/y", "l/z", "l/x"]


def test_a_repeat_has_as_many_columns_as_anybody_filled():
    assert columns(written(REPEAT)) == ["r_1"]
    assert columns(written(REPEAT), seen=[Seen("r", "text", (3,), False)]) == ["r_1", "r_2", "r_3"]


def test_a_repeat_in_a_repeat():
    found = [Seen("r", "text", (1, 2), False), Seen("r", "text", (2, 1), False)]

    assert columns(written(NESTED), seen=found) == ["r_1_2", "r_2_1"]


def test_a_step_that_went_into_a_repeat_keeps_its_column():
    flat = "{type: text, name: r, label: R}"

    assert columns(written(flat), written(REPEAT), seen=[Seen("r", "text", (), False), Seen("r", "text", (1,), False)]) == [
        "r",
        "r_1",
    ]


def test_comments_have_a_column_where_anybody_commented():
    assert columns(written(A, B), seen=[Seen("a", "text", (), True)]) == ["a", "a_comment", "b"]


def test_names_that_are_taken_get_the_type_behind_them():
    status = "{type: text, name: status, label: S}"
    clash = "{type: text, name: r_1, label: R}"
    comment = "{type: text, name: a_comment, label: R}"

    assert columns(written(status)) == ["status__text"]
    assert columns(written(REPEAT, clash)) == ["r_1", "r_1__text"]
    assert columns(written(A, comment), seen=[Seen("a", "text", (), True)]) == ["a", "a_comment", "a_comment__text"]
    assert columns(written(A, "{type: text, name: b__integer, label: X}", B), written(A, NEW)) == [
        "a",
        "b__integer",
        "b",
        "b__integer_2",
    ]


def test_no_two_columns_have_one_name():
    steps = [A, B, REPEAT, "{type: text, name: row, label: R}", "{type: text, name: row__text, label: R}"]
    found = lay_out(versions(written(*steps)), []).columns()

    assert len(found) == len(set(found))


def test_what_the_journal_holds_has_a_column_even_where_no_version_has_it():
    assert columns(written(A), seen=[Seen("gone", "text", (), False)]) == ["a", "gone"]


def test_a_flow_of_notes_has_no_question():
    assert columns(written("{type: note, label: Hola}", "{type: text, name: a, label: A}")) == ["a"]


def test_the_last_version_is_the_newest():
    laid = lay_out(versions(written(A), written(B)), [])

    assert laid.newest == flow(written(B))
