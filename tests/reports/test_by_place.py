"""What is told to people of each place: a part of the report's own table, which tells nobody more than that, and is true."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.reports.by_place import ByPlace, kept, read
from bot.reports.course import Coursing, Disposition
from bot.reports.decided import decided
from bot.reports.findings import Findings
from bot.reports.piece import Section, Table
from bot.reports.placed import Placing
from bot.reports.report import told
from bot.reports.report_cross import Grouped, answers_by_place
from bot.reports.report_themes import themes_by_place
from bot.reports.report_words import Words
from bot.reports.rows import ResultRow, Selection
from bot.reports.said_most import MOST, said_most
from bot.reports.summary import summarise
from bot.reports.suppression import K, bounds
from bot.reports.themes.coded import Tallies
from bot.reports.themes.coding import Mark
from tests.luck import examples
from tests.reports.survey import ECUADOR, NOW, counted, flow, languages, layout, said, talk

FLOW = """
flow: obras
kind: survey
title: Obras
languages: [es]
survey:
  - {type: select_one, name: canton, label: Dónde, other: true, choices: {a: A, b: B, c: C}}
  - {type: text, name: barrio, label: Barrio, required: false, personal: true, quasi: {coarsen: canton}}
  - {type: select_one, name: obra, label: Obra, other: true, choices: {x: X, y: Y, z: Z}}
  - {type: text, name: idea, label: Idea, required: false}
"""
WORDS = Words(languages()["es"])
STEPS = ("obra", "idea")
CELLS = list(product(("", "a", "b", "c"), "xyz"))
PEOPLE = st.lists(st.integers(0, 9), min_size=len(CELLS), max_size=len(CELLS))


def looked(counts: dict[tuple[str, str], int], chance: random.Random) -> Findings:
    """So many people of each place ("" told none) said each thing, and each of them ideas of some of two themes."""
    made = flow(FLOW)
    rows: list[ResultRow] = []
    marks: dict[int, tuple[str, ...]] = {}
    for (place, work), count in counts.items():
        for _ in range(count):
            where = [said("canton", "select_one", place)] if place else []
            rows.append(talk(made, *where, said("obra", "select_one", work), said("idea", "text", "…"), number=len(rows) + 1))
            marks[len(rows)] = tuple(theme for theme in ("agua", "luz") if chance.random() < 0.5)
    laid = layout(rows, FLOW)
    coursing, tallies, placing = Coursing(laid, ECUADOR), Tallies(laid, {"idea"}), Placing(laid)
    for one in rows:
        tallies.add(one.latest(), [Mark("idea", (), "text", 1, False, marks[one.conversation])])
        placing.add(one, one.latest(), None)
    return Findings(
        summarise(rows, laid, counted(rows), Selection(), watch=coursing.add),
        coursing.course(),
        Disposition(0, 0, 0, 0, 0, len(rows), {}),
        Selection().only,
        NOW,
        coded=tallies.coded({}),
        placed=placing.crosses(),
    )


def tables(findings: Findings) -> dict[str, tuple[Grouped | None, list[str]]]:
    """The report's tables by place, as they are hidden there, and what their columns are."""
    small = decided(findings).small_places
    of: dict[str, tuple[Grouped | None, list[str]]] = {}
    for one in findings.summary.questions:
        cross, coded = findings.placed.get(one.question.column), findings.coded.get(one.question.column)
        if cross is not None:
            of["obra"] = (answers_by_place(cross, one, small, WORDS), [code for code, _ in cross.columns])
        if coded is not None:
            of["idea"] = (themes_by_place(coded, small, WORDS), [each.code for each in coded.themes])
    return of


def feasible(made: Grouped, row: int, column: int, *, several: bool) -> tuple[int, int]:
    """Returns the least and the most that a cell may be for whoever knows the report's table and its totals, which is exact."""
    counts = [list(group.counts) for group in made.groups]
    hidden = {(r, c) for r, one in enumerate(made.shares) for c, share in enumerate(one) if share is None}
    if several:  # each theme is a table of those who named it and those who did not
        counts = [[group.counts[column], group.base - group.counts[column]] for group in made.groups]
        hidden = {(r, c) for r, at in hidden if at == column for c in range(2)}
        column = 0
    return bounds(counts, hidden, (row, column)) if (row, column) in hidden else (counts[row][column],) * 2


@examples(60)
@given(PEOPLE, st.integers(0, 9))
@example([5, 0, 0, 2, 0, 0, 6, 7, 0, 20, 25, 0], 0)  # b is hidden where places are told, though not small
def test_the_messages_of_all_places_tell_an_attacker_nothing_that_the_report_does_not(counts: list[int], seed: int):
    findings = looked(dict(zip(CELLS, counts, strict=True)), random.Random(seed))
    found = said_most(findings, STEPS, WORDS, places=True)
    assert read(kept(found)) == found
    for step, (made, columns) in tables(findings).items():
        lines = {place: line for place, local in found.places.items() for line in local.lines if line.step == step}
        if made is None or not made.enough:
            assert not lines
            continue
        assert set(lines) <= {group.code for group in made.groups if group.code}
        for row, group in enumerate(made.groups):
            line = lines.get(group.code) if group.code else None
            for column, code in enumerate(columns):
                least, most = feasible(made, row, column, several=step == "idea")
                if 0 < group.counts[column] < K:
                    assert most - least >= K - 1
                if line is not None and code in dict(line.top):
                    assert (dict(line.top)[code],) * 2 == (least, most), "it stands in the report"
                    assert line.base == group.base
                elif line is not None:
                    # that it comes behind those that are told is learnt from the report, not from the message
                    assert most < line.top[-1][1]


@examples(60)
@given(st.lists(st.integers(0, 30), min_size=len(CELLS), max_size=len(CELLS)), st.integers(0, 9))
def test_nothing_is_told_to_be_said_most_that_is_not(counts: list[int], seed: int):
    table = dict(zip(CELLS, counts, strict=True))
    findings = looked(table, random.Random(seed))
    found = said_most(findings, STEPS, WORDS, places=True)
    cross, coded = tables(findings)["obra"][0], findings.coded
    assert cross is None or cross.columns
    true = {place: {"obra": {work: table[place, work] for work in "xyz"}} for place in "abc"}
    for one in coded.values():
        for each in one.places:
            if each.code:
                true[each.code]["idea"] = dict(zip([theme.code for theme in one.themes], each.themes, strict=True))
    everybody = {"obra": {work: sum(table[place, work] for place in ("", *"abc")) for work in "xyz"}} | {
        "idea": {theme.code: theme.part.count for one in coded.values() for theme in one.themes}
    }
    for real, local in [(everybody, found.whole), *((true[place], local) for place, local in found.places.items())]:
        for line in local.lines:
            assert 0 < len(line.top) <= MOST
            least = line.top[-1][1]
            assert all(real[line.step][code] == count for code, count in line.top)
            assert all(count < least for code, count in real[line.step].items() if code not in dict(line.top))
            assert [count for _, count in line.top] == sorted((count for _, count in line.top), reverse=True)


def said_of(counts: dict[tuple[str, str], int]) -> ByPlace:
    return said_most(looked(counts, random.Random(1)), ["obra"], WORDS, places=True)


def test_a_message_has_the_figures_of_the_report_and_its_base():
    findings = looked({("a", "x"): 40, ("a", "y"): 20, ("b", "x"): 16, ("b", "y"): 32, ("", "x"): 9}, random.Random(1))
    line = said_most(findings, ["obra"], WORDS, places=True).places["b"].lines[0]
    report = told(findings, Selection(), languages()["es"], municipality="", root="ab" * 32)
    tables = [one for section in report.sections for part in section.pieces if isinstance(part, Section) for one in part.pieces]
    by = next(one for one in tables if isinstance(one, Table) and "B" in one.heads)
    b = by.heads.index("B")

    assert (line.base, line.top) == (48, (("y", 32), ("x", 16)))
    assert {row[0]: row[b] for row in by.rows} == {
        "X": "33,3 %",
        "Y": "66,7 %",
        "Z": "0,0 %",
        "Otra respuesta": "0,0 %",
        "Personas": "48",
    }


def test_who_is_of_a_place_whose_most_said_is_hidden_hears_of_all():
    places = {"a": (60, 50, 40), "b": (2, 60, 50), "c": (9, 70, 40), "": (30, 30, 30)}
    found = said_of({(place, work): count for place, row in places.items() for work, count in zip("xyz", row, strict=True)})
    # what two people said in b hides what most said in a
    own, rest = found.of("a")
    assert not own.lines and rest.lines[0].top == (("y", 210), ("z", 160), ("x", 101))
    own, rest = found.of("b")
    assert (own.people, own.lines[0].base, own.lines[0].top) == (112, 112, (("y", 60),)) and not rest.lines
    own, rest = found.of("nowhere")
    assert not own.lines and rest.lines[0].top[0] == ("y", 210) and rest.people == 471
    assert said_of({("a", "x"): 4}).of("a")[1].people is None


@pytest.mark.parametrize("tied", [(10, 10, 10, 10), (30, 10, 10, 10)])
def test_as_many_are_told_together_or_not_at_all(tied: tuple[int, ...]):
    found = said_of({("a", code): count for code, count in zip(("x", "y", "z", "other"), tied, strict=True)})

    assert [line.top for line in found.whole.lines] == ([(("x", 30),)] if tied[0] == 30 else [])
