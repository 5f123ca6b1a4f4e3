"""Counts that may be published: of each question, or of each by another, with small cells joined or hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.reports.anonymity import BLANK, Combination, Released
from bot.reports.cells import EMPTY, Cell
from bot.reports.layout import Question
from bot.reports.suppression import K, hide_line, hide_table, merged
from bot.reports.wide import Latest

HEADER = ("question", "option", "group_question", "group", "count", "base")
"""`option` and `group` name several codes with "+" where they were joined; `count` is HIDDEN if it is small or protects one."""

HIDDEN = "[hidden]"
ALL = "[all]"
"""As group: everybody."""

_COUNTED = frozenset({"select_one", "select_multiple", "range", "acknowledge"})


@dataclass(frozen=True, slots=True)
class Held:
    """A question of which nothing can be published: too few answered it."""

    question: str


class OpenCounts:
    """Counts while published conversations stream by; as large as the questions' options and groups.

    `by` is the step whose answers are the groups, empty for none.
    """

    def __init__(self, released: Released, by: str = "", k: int = K) -> None:
        self._released = released
        self._k = k
        self._places = {question.step: place for place, question in enumerate(released.quasi)}
        self._questions = [q for q in (*released.quasi, *released.open) if q.type in _COUNTED or q.step in self._places]
        self._questions = [q for q in self._questions if q.type != "geopoint" and q.step != by]
        self._by = by
        self._cells: dict[str, Counter[tuple[str, str]]] = {q.column: Counter() for q in self._questions}
        self._bases: dict[str, Counter[str]] = {q.column: Counter() for q in self._questions}
        self.held: list[Held] = []

    def add(self, latest: Latest, shown: Combination) -> None:
        """Counts a conversation; `shown` is what is published of its identifying answers, blanks included."""
        group = ""
        if self._by:
            group = self._group(latest, shown)
            if not group:
                return
        for question in self._questions:
            codes = self._codes(question, latest, shown)
            if codes is None:
                continue
            self._bases[question.column][group] += 1
            self._cells[question.column].update((group, code) for code in codes)

    def rows(self) -> Iterator[list[Cell]]:
        """Yields the rows of the table, and notes in `held` what cannot be published."""
        for question in self._questions:
            cells, bases = self._cells[question.column], self._bases[question.column]
            made = list(
                self._several(question, cells, bases) if question.type == "select_multiple" else self._one(question, cells, bases)
            )
            if not made and bases:
                self.held.append(Held(question.column))
            yield from made

    def _one(self, question: Question, cells: Counter[tuple[str, str]], bases: Counter[str]) -> Iterator[list[Cell]]:
        totals: Counter[str] = Counter()
        for (_, code), count in cells.items():
            totals[code] += count
        options = merged({code: totals[code] for code in dict.fromkeys([*question.codes, *sorted(totals)])}, self._k)
        yield from self._table(question.column, options, cells, bases)

    def _several(self, question: Question, cells: Counter[tuple[str, str]], bases: Counter[str]) -> Iterator[list[Cell]]:
        """Options of several are no parts of a whole, but chosen and not chosen are: each is a table of its own."""
        for code in question.codes:
            own = Counter({(group, "1"): cells[group, code] for group in bases})
            own.update({(group, "0"): bases[group] - cells[group, code] for group in bases})
            for row in self._table(question.column, {code: ("1",), "0": ("0",)}, own, bases):
                if row[1] == code:
                    yield row

    def _table(
        self, name: str, options: Mapping[str, Sequence[str]], cells: Counter[tuple[str, str]], bases: Counter[str]
    ) -> Iterator[list[Cell]]:
        told = ["+".join(codes) if option == "" else option for option, codes in options.items()]
        # in the order of their names: who answered first is nobody's business
        groups = merged({group: bases[group] for group in sorted(bases)}, self._k)
        counts = [[sum(cells[g, c] for g in members for c in codes) for codes in options.values()] for members in groups.values()]
        down = [sum(column) for column in zip(*counts, strict=True)]
        total = sum(down)
        if total < self._k:
            return
        if not self._by:
            line = hide_line(down, self._k)
            for option, count in zip(told, line or (), strict=line is not None):
                yield [name, option, None, None, HIDDEN if count is None else count, total]
            return
        table = hide_table(counts, self._k) if all(count == 0 or count >= self._k for count in down) else None
        if table is None:
            return
        for (group, members), row, whole in zip(groups.items(), table, counts, strict=True):
            for option, count in zip(told, row, strict=True):
                shown = "+".join(members) if group == "" else group
                yield [name, option, self._by, shown, HIDDEN if count is None else count, sum(whole)]
        for option, count in zip(told, down, strict=True):
            yield [name, option, self._by, ALL, count, total]

    def _group(self, latest: Latest, shown: Combination) -> str:
        if self._by in self._places:
            told = shown[self._places[self._by]]
            return "" if told in EMPTY.values() else told
        answer = latest.get((self._by, ()))
        return str(answer.value) if answer is not None and answer.empty is None and isinstance(answer.value, str) else ""

    def _codes(self, question: Question, latest: Latest, shown: Combination) -> tuple[str, ...] | None:
        if question.step in self._places:
            told = shown[self._places[question.step]]
            return (
                None
                if not told or told in EMPTY.values()
                else tuple(told.split())
                if question.type == "select_multiple" and told != BLANK
                else (told,)
            )
        answer = latest.get((question.step, ()))
        if answer is None or answer.type != question.type or answer.empty is not None:
            return None
        match answer.value:
            case list() as names:
                return tuple(names)
            case bool() as truth:
                return (str(int(truth)),)
            case int() | float() as number:
                return (f"{number:g}",)
            case value:
                return (str(value),)
