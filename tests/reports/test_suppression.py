"""Nothing hidden can be worked out: an attacker who tries every table that fits what is published proves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.anonymity import BLANK, blanked, released
from bot.reports.suppression import bounds, hide_line, hide_table, merged
from tests.luck import examples
from tests.reports.survey import SECOND, layout

K = 3


def possible(counts: Sequence[Sequence[int]], shown: Sequence[Sequence[int | None]]) -> list[list[list[int]]]:
    """Every table of whole numbers that has these totals and shows these cells: what an attacker knows."""
    across, down = [sum(row) for row in counts], [sum(column) for column in zip(*counts, strict=True)]

    def rows(row: Sequence[int | None], total: int, room: Sequence[int]) -> Iterator[list[int]]:
        choices = [[cell] if cell is not None else range(most + 1) for cell, most in zip(row, room, strict=True)]
        yield from (list(one) for one in product(*choices) if sum(one) == total)

    def fill(place: int, room: list[int]) -> Iterator[list[list[int]]]:
        if place == len(counts):
            if not any(room):
                yield []
            return
        for row in rows(shown[place], across[place], room):
            left = [most - cell for most, cell in zip(room, row, strict=True)]
            if min(left) >= 0:
                for rest in fill(place + 1, left):
                    yield [row, *rest]

    return list(fill(0, down))


tables = st.tuples(st.integers(2, 3), st.integers(2, 3)).flatmap(
    lambda size: st.lists(st.lists(st.integers(0, 6), min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0])
)


@examples(150)
@given(tables)
def test_an_attacker_learns_nothing_of_a_hidden_cell(counts: list[list[int]]):
    shown = hide_table(counts, K)
    if shown is None:
        return
    found = possible(counts, shown)
    hidden = {(r, c) for r, row in enumerate(shown) for c, cell in enumerate(row) if cell is None}
    for r, row in enumerate(counts):
        for c, count in enumerate(row):
            values = {table[r][c] for table in found}
            if (r, c) not in hidden:
                assert not 0 < count < K, "no small cell is shown"
                continue
            assert (min(values), max(values)) == bounds(counts, hidden, (r, c)), "the bounds are exact"
            assert len(values) > 1
            if 0 < count < K:
                assert max(values) - min(values) >= K - 1


def test_a_table_without_small_cells_is_shown_whole():
    assert hide_table([[7, 0], [9, 30]], 5) == [[7, 0], [9, 30]]


def test_one_small_cell_takes_three_others_along():
    shown = hide_table([[2, 40, 50], [30, 60, 70], [33, 44, 55]], 5)

    assert shown is not None
    assert sum(cell is None for row in shown for cell in row) >= 4
    assert shown[0][0] is None


def test_what_cannot_be_hidden_is_not_published():
    assert hide_table([[2, 0], [0, 0]], 5) is None
    assert hide_line([3], 5) is None
    assert hide_line([2, 0, 1], 5) is None


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_a_line_keeps_its_secret(counts: list[int]):
    shown = hide_line(counts, 5)
    if shown is None:
        return
    hidden = [count for count, cell in zip(counts, shown, strict=True) if cell is None]
    assert not [cell for cell in shown if cell is not None and 0 < cell < 5]
    assert not hidden or (len(hidden) > 1 and sum(hidden) >= 5)


def test_small_categories_are_joined_until_they_are_enough():
    assert merged({"a": 40, "b": 2, "c": 1, "d": 9, "e": 0}, 5) == {"a": ("a",), "e": ("e",), "": ("b", "c", "d")}
    assert merged({"a": 40, "b": 20}, 5) == {"a": ("a",), "b": ("b",)}


people = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from("12345")), max_size=60)


@given(people, st.integers(2, 6))
def test_nobody_stands_in_a_small_group(rows: list[tuple[str, ...]], k: int):
    shown = blanked(((row, 1) for row in rows), k)
    published = [told for row in rows if (told := shown[row]) is not None]

    assert all(published.count(told) >= k for told in published)
    pairs = [(row, shown[row]) for row in rows]
    assert all(b in (a, BLANK) for row, told in pairs if told is not None for a, b in zip(row, told, strict=True))
    assert len(published) == (len(rows) if len(rows) >= k else 0), "whoever is left over could be subtracted from all"


def test_what_few_are_takes_the_smallest_group_beside_them_along():
    people = {("a", "1"): 2, ("a", "2"): 5, ("a", "3"): 6, ("b", "1"): 9}

    assert blanked(people.items(), 5) == {
        ("a", "1"): ("a", BLANK), ("a", "2"): ("a", BLANK), ("a", "3"): ("a", "3"), ("b", "1"): ("b", "1")
    }  # fmt: skip


def test_what_may_be_published_of_the_survey():
    found = released(layout([], SECOND))

    assert [one.step for one in found.quasi] == ["canton", "lugar"], "the neighbourhood is coarsened to the canton"
    assert not {"nombre", "celular", "zona", "idea", "saludo", "foto", "anios"} & {one.step for one in found.open}
    assert "idea" in {one.step for one in released(layout([], SECOND), ["idea", "nombre"]).open}
    assert "nombre" not in {one.step for one in released(layout([], SECOND), ["idea", "nombre"]).open}


@pytest.mark.parametrize("k", [1, 5])
def test_of_nobody_nothing_is_published(k: int):
    assert blanked([], k) == {}
