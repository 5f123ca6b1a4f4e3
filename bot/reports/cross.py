"""One question by another: counts, shares of each group with their intervals, and what may be said of the difference."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from bot.engine.flow import Texts
from bot.reports.categories import Grouping
from bot.reports.intervals import ChiSquare, Share, chi_square, wilson
from bot.reports.rows import ResultRow
from bot.reports.wide import Latest

SMALL = 30
"""A group of fewer people than this carries no comparison."""

SURE = 0.05

_EVERYBODY = "\0"
"""The group of all, which no answer is called."""


@dataclass(frozen=True, slots=True)
class CrossRow:
    """A group and what its people answered: `cells` lie below the table's columns, None where nobody answered.

    `base` is how many of the group answered the question. `weighted` are the same shares by weights, empty where there are none.
    """

    code: str
    label: Texts
    base: int
    cells: tuple[Share | None, ...]
    weighted: tuple[Share | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """The two groups (places among the rows) that are furthest apart, and in which column."""

    column: int
    higher: int
    lower: int


@dataclass(frozen=True, slots=True)
class Cross:
    """A cross-tab. `missing` conversations lack a word on one of the two.

    `test` is None where people may be in several groups or columns at once: then shares can be compared and nothing be tested.
    `difference` is the widest among groups of 30 and more whose intervals do not touch; where there is a test it must also say
    that chance would rarely do as much. `compared` is how many pairs were looked at: of many, some differ by chance.
    """

    by: Grouping
    question: Grouping
    columns: tuple[tuple[str, Texts], ...]
    rows: tuple[CrossRow, ...]
    total: CrossRow
    missing: int
    test: ChiSquare | None
    difference: Difference | None
    compared: int


class Crossing:
    """Counts while conversations stream by; as large as the two questions' groups."""

    def __init__(self, by: Grouping, question: Grouping) -> None:
        self._by = by
        self._question = question
        self._cells: Counter[tuple[str, str]] = Counter()
        self._rows: Counter[str] = Counter()
        self._columns: Counter[str] = Counter()
        self._base = 0
        self._missing = 0
        self._masses: dict[tuple[str, str], float] = {}
        self._bases: dict[str, list[float]] = {}

    def add(self, result: ResultRow, latest: Latest, weight: float | None = None) -> None:
        """Counts a conversation, beside it by its weight if it has one."""
        rows, columns = self._by.of(result, latest), self._question.of(result, latest)
        if not rows or not columns:
            self._missing += 1
            return
        self._base += 1
        self._rows.update(rows)
        self._columns.update(columns)
        self._cells.update((row, column) for row in rows for column in columns)
        if weight is not None:
            for row in (*rows, _EVERYBODY):
                base = self._bases.setdefault(row, [0.0, 0.0])
                base[0] += weight
                base[1] += weight * weight
                for column in columns:
                    self._masses[row, column] = self._masses.get((row, column), 0.0) + weight

    def _weighted(self, row: str, columns: list[str]) -> tuple[Share | None, ...]:
        if not self._bases:
            return ()
        mass, squares = self._bases.get(row, (0.0, 0.0))
        if not mass:
            return (None,) * len(columns)
        # a base of Σw tells as much as (Σw)²/Σw² people (Kish)
        counts = {one: self._columns[one] if row == _EVERYBODY else self._cells[row, one] for one in columns}
        # of people who all are without weight no share is known, which is not 0
        return tuple(
            None
            if counts[one] and (row, one) not in self._masses
            else wilson(self._masses.get((row, one), 0.0), mass, squares / mass)
            for one in columns
        )

    def cross(self) -> Cross:
        """Returns the table of all that was counted."""
        by, question = self._by, self._question
        columns = question.order(list(self._columns))
        codes = [code for code in by.order(list(self._rows)) if self._rows[code]]
        rows = tuple(
            CrossRow(
                code,
                by.text(code),
                self._rows[code],
                tuple(wilson(self._cells[code, one], self._rows[code]) for one in columns),
                self._weighted(code, columns),
            )
            for code in codes
        )
        test = None
        if not by.several and not question.several:
            test = chi_square([[self._cells[row, column] for column in columns] for row in codes]) if columns and codes else None
        strong = [place for place, row in enumerate(rows) if row.base >= SMALL]
        pairs = [(column, *pair) for column in range(len(columns)) for pair in combinations(strong, 2)]
        return Cross(
            by,
            question,
            tuple((code, question.text(code)) for code in columns),
            rows,
            CrossRow(
                "",
                {},
                self._base,
                tuple(wilson(self._columns[one], self._base) for one in columns),
                self._weighted(_EVERYBODY, columns),
            ),
            self._missing,
            test,
            None if by.several or (test is not None and test.p >= SURE) else _widest(rows, pairs),
            len(pairs),
        )


def _widest(rows: tuple[CrossRow, ...], pairs: list[tuple[int, int, int]]) -> Difference | None:
    best, found = 0.0, None
    for column, one, other in pairs:
        a, b = rows[one].cells[column], rows[other].cells[column]
        if a is not None and b is not None and a.apart(b) and abs(a.share - b.share) > best:
            best = abs(a.share - b.share)
            found = Difference(column, one, other) if a.share > b.share else Difference(column, other, one)
    return found
