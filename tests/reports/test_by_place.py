"""What is told to people of each place: nobody can work out what few people said, whoever puts the figures together."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reports.by_place import Placing, kept, read
from bot.reports.categories import Grouping
from bot.reports.layout import lay_out
from bot.reports.rows import AnswerRow, ResultRow
from bot.reports.suppression import K
from tests.world import loaded

FLOW = loaded("""
flow: obras
kind: survey
title: Obras
languages: [es]
survey:
  - {type: select_one, name: canton, label: Dónde, other: true, choices: {a: A, b: B, c: C}}
  - {type: select_one, name: obra, label: Obra, choices: {x: X, y: Y, z: Z}}
""").flow
LAYOUT = lay_out({FLOW.version: FLOW}, [])
PLACE, WORK = (Grouping(one.step, (one,), {}) for one in LAYOUT.questions if not one.other)


def told_of(counts):
    """What is told where so many people of each place said each thing; place "" told none."""
    placing = Placing(PLACE, [WORK], [])
    for (place, work), count in counts.items():
        for _ in range(count):
            journal = [AnswerRow("obra", (), "select_one", work, None, "", "", 0)]
            if place:
                journal.append(AnswerRow("canton", (), "select_one", place, None, "", "", 0))
            row = ResultRow(1, "", "completed", False, "es", "telegram", FLOW.version, 0, 0, journal)
            placing.add(row, row.latest())
    return placing.told()


CELLS = list(product(("", "a", "b", "c", "other"), "xyz"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 14), min_size=len(CELLS), max_size=len(CELLS)))
def test_no_figure_of_fewer_than_five_is_told_nor_left_over(counts):
    table = dict(zip(CELLS, counts, strict=True))
    found = told_of(table)
    told = {place: local.lines[0] for place, local in found.places.items()}
    assert not {"", "other"} & set(told)
    for place, line in told.items():
        assert line.base == sum(table[place, work] for work in "xyz") >= K
        assert all(count == table[place, work] >= K for work, count in line.top)
    whole = found.whole.lines[0] if found.whole.lines else None
    if whole is not None and told:
        rest = whole.base - sum(line.base for line in told.values())
        assert rest == 0 or rest >= K
        for work, count in whole.top:  # what all the places that were told leave over of one answer
            known = [dict(line.top).get(work) for line in told.values()]
            if None not in known:
                left = count - sum(known)
                assert left == 0 or left >= K
    assert read(kept(found)) == found


def test_somebody_of_a_place_that_is_not_told_gets_the_figures_of_all():
    counts = {("a", "x"): 20, ("a", "y"): 8, ("b", "x"): 9, ("b", "y"): 7, ("c", "x"): 2}
    found = told_of(counts)
    assert list(found.places) == ["a"]  # b would leave c over
    # whoever told no place, or another one, is left over as well
    for nowhere in ("", "other"):
        assert list(told_of({**counts, ("c", "x"): 0, (nowhere, "x"): 2}).places) == ["a"]
    assert found.of("a")[1]
    whole, own = found.of("c")
    assert (own, whole.people, whole.lines[0].top) == (False, 46, (("x", 31), ("y", 15)))
    assert told_of({("a", "x"): 4}).of("a")[0].people is None
