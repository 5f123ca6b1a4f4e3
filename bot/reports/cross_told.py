"""A cross-tab as a section of a report: its table without small groups, what differs, and what the numbers do not allow.

A row is what a report narrowed to that group would tell, so the same holds for it: a group of few is not told, and another one
goes with it where it could else be worked out from the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.reports.cross import SMALL, Cross, CrossRow
from bot.reports.discretion import Discretion, discretions
from bot.reports.intervals import Share
from bot.reports.layout import Layout
from bot.reports.piece import Bullets, Piece, Section, Sentence, Table
from bot.reports.report_words import Words
from bot.reports.suppression import K, hide_line

LITTLE = 5
"""An expected count below this makes chi-square unreliable."""


def cross_section(cross: Cross, layout: Layout, words: Words, *, key: str = "cross") -> Section:
    """Returns the section of a cross-tab, in the words' language."""
    heading = words.say("results.cross", question=words.group(cross.question, layout), by=words.group(cross.by, layout))
    return Section(key, heading, tuple(_Telling(cross, layout, words).pieces()))


class _Telling:
    def __init__(self, cross: Cross, layout: Layout, words: Words) -> None:
        self.cross, self.layout, self.words, self.say = cross, layout, words, words.say
        told = discretions(layout)
        guarded = any(told[one.column] is Discretion.GUARDED for one in cross.question.questions)
        totals = [0 if cell is None else round(cell.count) for cell in cross.total.cells]
        self.rows = _seen([row.base for row in cross.rows], adding_up=not cross.by.several)
        self.columns = _seen(totals, adding_up=not cross.question.several) if guarded else [True] * len(totals)

    def pieces(self) -> Iterator[Piece]:
        cross = self.cross
        if not cross.rows or not cross.columns:
            yield Sentence(self.say("report.nobody"))
            return
        if not any(self.rows) or not any(self.columns):
            yield Sentence(self.say("report.held"))
            return
        yield Sentence(self._difference(), "lead")
        names = [self.words.member(cross.question, code) for code, _ in cross.columns]
        rows = [self._row(row, seen=seen) for row, seen in zip(cross.rows, self.rows, strict=True)]
        caption = self.say("live.cross_table", by=self.words.group(cross.by, self.layout))
        yield Table(
            caption, (self.say("report.group"), *names, self.say("report.people")), (*rows, self._row(cross.total, seen=True))
        )
        if not all(self.rows) or not all(self.columns):
            yield Sentence(self.say("report.hidden_why", k=K), "small")
        yield Bullets(tuple(self._limits()))

    def _row(self, row: CrossRow, *, seen: bool) -> tuple[str, ...]:
        name = self.say("results.everybody") if row is self.cross.total else self._name(row)
        weighted: tuple[Share | None, ...] = row.weighted or (None,) * len(row.cells)
        cells = [
            self._cell(cell, heavy, seen=seen and column)
            for cell, heavy, column in zip(row.cells, weighted, self.columns, strict=True)
        ]
        return name, *cells, str(row.base) if seen else self.say("report.hidden")

    def _cell(self, cell: Share | None, heavy: Share | None, *, seen: bool) -> str:
        if cell is None:
            return "–"
        if not seen:
            return self.say("report.hidden")
        told = f"{self.words.percent(cell.share)} ({cell.count:g})"
        return told if heavy is None else f"{told} · {self.say('results.weighted_share', share=self.words.percent(heavy.share))}"

    def _name(self, row: CrossRow) -> str:
        return self.words.member(self.cross.by, row.code)

    def _difference(self) -> str:
        found = self.cross.difference
        if found is None:
            return self.say("results.no_difference")
        high, low = self.cross.rows[found.higher], self.cross.rows[found.lower]
        more, less = high.cells[found.column], low.cells[found.column]
        if more is None or less is None or not self.columns[found.column]:
            return self.say("live.difference_hidden")
        answer = self.words.member(self.cross.question, self.cross.columns[found.column][0])
        return self.say(
            "results.difference",
            answer=answer,
            higher=self._name(high),
            more=self.words.percent(more.share),
            lower=self._name(low),
            less=self.words.percent(less.share),
        )

    def _limits(self) -> Iterator[str]:
        cross, test = self.cross, self.cross.test
        if test is None:
            yield self.say("results.no_test")
        else:
            chance = "<0.001" if test.p < 0.001 else f"{test.p:.3f}"
            yield self.say(
                "results.chi_square",
                p=chance.replace(".", self.say("results.decimal")),
                statistic=self.words.number(test.statistic, 1),
                freedom=test.freedom,
                strength=self.words.number(test.strength, 2),
            )
            if test.smallest < LITTLE:
                yield self.say("results.chi_square_thin")
        small = [self._name(row) for row, seen in zip(cross.rows, self.rows, strict=True) if row.base < SMALL and seen]
        if small:
            yield self.say("results.small_groups", groups=", ".join(small), least=SMALL)
        yield self.say("results.cross_limits", missing=cross.missing, compared=cross.compared)


def _seen(counts: Sequence[int], *, adding_up: bool) -> list[bool]:
    """Returns which groups are told. `adding_up`: their sum is told as well, so that one hidden alone would be known."""
    if not adding_up:
        return [count >= K or not count for count in counts]
    shown = hide_line(counts)
    return [False] * len(counts) if shown is None else [count is not None for count in shown]
