"""Findings as lines of text for a terminal: who was asked, who answered, what differs, and what may not be concluded."""

from __future__ import annotations

from collections.abc import Iterator

from bot.engine.language import Language
from bot.reports.categories import NO, YES
from bot.reports.course import Completion
from bot.reports.cross import SMALL, Cross, CrossRow
from bot.reports.findings import Findings
from bot.reports.intervals import wilson
from bot.reports.plain import Page, fit, head
from bot.reports.plain_coded import told_coded
from bot.reports.weights import Weighting

LITTLE = 5
"""An expected count below this makes chi-square unreliable."""

_NAME = 30
_OUTCOMES = ("completed", "replaced", "open", "partial", "stopped", "refused")


def told_findings(findings: Findings, language: Language, *, width: int, blocks: bool, only: str = "") -> Iterator[str]:
    """Yields the lines of findings, at most `width` columns wide where words allow it.

    `only` is the step that is told of the questions; empty: all. With a cross-tab that alone is told of the questions.
    """
    yield from head(findings.summary, language, width=width, blocks=blocks)
    teller = _Teller(Page(language, width, blocks=blocks))
    yield from teller.honest(findings)
    if findings.weighting is not None:
        yield from teller.weighting(findings.weighting)
    if findings.unweighted is not None:
        key, places = findings.unweighted
        yield language.say("weights.not_used", why=language.say(key, **places))
    if findings.cross is not None:
        yield ""
        yield from teller.cross(findings.cross)
        return
    for number, question in enumerate(findings.summary.questions, 1):
        if only in ("", question.question.step):
            yield ""
            yield from teller.page.question(number, question)
            coded = findings.coded.get(question.question.column)
            if coded is not None:
                yield from told_coded(coded, teller.page)
    if not only:
        yield from teller.course(findings)


def told_weighting(one: Weighting, language: Language) -> Iterator[str]:
    """Yields the lines of a weighting alone: what it goes by, what it costs, and sample against census."""
    yield from _Teller(Page(language, 80, blocks=False)).weighting(one)


class _Teller:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.say = page.language.say

    def percent(self, share: float) -> str:
        return f"{self.page.number(100 * share, 1)} %"

    def honest(self, findings: Findings) -> Iterator[str]:
        """Yields who was asked and who answered; and that nobody was drawn at random."""
        one, days = findings.disposition, findings.course.days
        if one.invited:
            yield self.say(
                "results.invited", invited=one.invited, reached=one.reached, unreachable=one.unreachable, waiting=one.waiting
            )
            if one.invited_started is not None:
                yield self.say("results.invited_started", count=one.invited_started)
        if days:
            taken = findings.summary.left_out.taken
            yield self.say("results.took_part", started=one.started, counted=taken, first=days[0].day, last=days[-1].day)
        yield self.say("results.not_random")
        widest = wilson(findings.summary.left_out.taken / 2, findings.summary.left_out.taken)
        if widest is not None:
            yield self.say("results.margin", margin=self.page.number(50 * (widest.high - widest.low), 1))

    def weighting(self, one: Weighting) -> Iterator[str]:
        margins, number = one.margins, self.page.number
        yield ""
        yield self.say("results.weighted_to", source=margins.source, date=margins.date, sha256=margins.sha256[:12])
        half = wilson(one.people / 2, one.people, one.effect)
        yield self.say(
            "results.design_effect",
            effect=number(one.effect, 2),
            people=one.people,
            effective=number(one.people / one.effect, 0),
            margin="–" if half is None else number(50 * (half.high - half.low), 1),
            outside=one.outside,
        )
        if one.capped:
            yield self.say("results.capped", count=one.capped, cap=number(one.cap))
        yield self.say("results.compared")
        for each in one.compared:
            name = f"{each.question}: {self.name(each.question, each.code, one)}"
            shares = "  ".join(self.percent(share).rjust(8) for share in (each.sample, each.census, each.weighted))
            yield f"   {fit(name, _NAME)}  {str(each.people).rjust(7)}  {shares}"

    def name(self, question: str, code: str, weighting: Weighting) -> str:
        for margin in weighting.margins.margins:
            if margin.grouping.name == question:
                return self.page.choice(code, margin.grouping.text(code))
        return code

    def cross(self, cross: Cross) -> Iterator[str]:
        names = [self.group(code) or self.page.choice(code, label) for code, label in cross.columns]
        question = self.page.text(cross.question.label, cross.question.name)
        yield self.say("results.cross", question=question, by=self.page.text(cross.by.label, cross.by.name))
        for row in (*cross.rows, cross.total):
            yield f"   {self.row(row, cross)}  (n = {row.base})"
            for place, (name, cell) in enumerate(zip(names, row.cells, strict=True)):
                told = "–" if cell is None else f"{cell.count:g} ({self.page.share(cell)})"
                if row.weighted:
                    told += " · " + self.say("results.weighted_share", share=self.page.share(row.weighted[place]))
                yield f"      {fit(name, _NAME)}  {told}"
        yield from self.difference(cross, names)

    def row(self, row: CrossRow, cross: Cross) -> str:
        if row is cross.total:
            return self.say("results.everybody")
        return self.group(row.code) or self.page.choice(row.code, row.label)

    def group(self, code: str) -> str:
        return self.say("results.yes") if code == YES else self.say("results.no") if code == NO else ""

    def difference(self, cross: Cross, names: list[str]) -> Iterator[str]:
        """Yields a plain sentence of what differs, and what the numbers do not allow."""
        found = cross.difference
        if found is None:
            yield self.say("results.no_difference")
        else:
            high, low = cross.rows[found.higher], cross.rows[found.lower]
            more, less = high.cells[found.column], low.cells[found.column]
            assert more is not None, "a difference is one of two shares"
            assert less is not None, "a difference is one of two shares"
            yield self.say(
                "results.difference",
                answer=names[found.column],
                higher=self.row(high, cross),
                more=self.page.share(more),
                lower=self.row(low, cross),
                less=self.page.share(less),
            )
        if cross.test is not None:
            chance = "< 0.001" if cross.test.p < 0.001 else f"= {cross.test.p:.3f}"
            yield self.say(
                "results.chi_square",
                p=chance.replace(".", self.say("results.decimal")),
                statistic=self.page.number(cross.test.statistic, 1),
                freedom=cross.test.freedom,
                strength=self.page.number(cross.test.strength, 2),
            )
            if cross.test.smallest < LITTLE:
                yield self.say("results.chi_square_thin")
        else:
            yield self.say("results.no_test")
        small = [self.row(row, cross) for row in cross.rows if row.base < SMALL]
        if small:
            yield self.say("results.small_groups", groups=", ".join(small), least=SMALL)
        yield self.say("results.cross_limits", missing=cross.missing, compared=cross.compared)

    def course(self, findings: Findings) -> Iterator[str]:
        course = findings.course
        if not course.days:
            return
        yield ""
        yield self.say("results.days")
        most = max(day.started for day in course.days)
        room = self.page.width - 40
        for day in course.days:
            drawn = self.page.block * (round(day.started / most * room) or bool(day.started))
            yield f"   {day.day}  {drawn} " + self.say("results.day", started=day.started, completed=day.completed)
        yield ""
        yield self.say("results.passages")
        for one in course.passages:
            name = self.page.text(one.label, one.step) if one.step else self.say("results.beginning")
            time = "" if one.seconds is None else self.say("results.seconds", seconds=self.page.number(one.seconds))
            left = self.say("results.left", reached=one.reached, left=one.left, share=self.percent(one.left / one.reached))
            yield f"   {fit(' '.join(name.split()), _NAME)}  {left}{time}"
        if course.minutes is not None:
            yield self.say("results.minutes", minutes=self.page.number(course.minutes))
        yield ""
        yield self.say("results.completion")
        for each in (*course.channels, *course.languages):
            yield f"   {self.completion(each)}"
        statuses = findings.disposition.statuses
        parts = [f"{self.say(f'results.status.{name}')} {statuses[name]}" for name in _OUTCOMES if name in statuses]
        yield self.say("results.by_status", parts=" · ".join(parts))

    def completion(self, one: Completion) -> str:
        done = 0 if one.completed is None else one.completed.count
        return f"{fit(one.name, 12)}  {done:g} / {one.started} ({self.page.share(one.completed)})"
