"""What stands around the questions of a report: what it is, how to read it, who answered, what it does not allow, the proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from bot.reports.chart_bars import Bars, Row
from bot.reports.discretion import Discretion
from bot.reports.findings import Findings
from bot.reports.intervals import wilson
from bot.reports.margins import Margin
from bot.reports.piece import Bullets, Fact, Facts, Figure, Notice, Piece, Sentence, Table
from bot.reports.report_words import Words
from bot.reports.rows import Condition, Selection
from bot.reports.suppression import K, hide_line
from bot.reports.weights import Compared, Weighting

FEW = 30
"""With fewer responses than this a report warns of its own shares."""


class Frame:
    """Tells what stands around the questions. `discretion` says by column what may be told."""

    def __init__(self, findings: Findings, selection: Selection, words: Words, discretion: dict[str, Discretion]) -> None:
        self.findings, self.selection, self.words, self.discretion = findings, selection, words, discretion
        self.say, self.layout = words.say, findings.summary.layout
        self.taken = findings.summary.left_out.taken

    def _taking(self, by: str) -> Counter[str]:
        """Returns how many counted conversations are of each channel or language."""
        counts: Counter[str] = Counter()
        for group in self.findings.summary.groups:
            if self.selection.takes(group.status, test=group.test):
                counts[self._called(by, group.channel if by == "channels" else group.language)] += group.total
        return counts

    def _called(self, by: str, code: str) -> str:
        return self.words.channel(code) if by == "channels" else self.words.tongue(code)

    def context(self) -> Iterator[Piece]:
        """Yields when it was, by which ways, in which languages, and how many count."""
        days, none = self.findings.course.days, self.say("report.none")
        span = (self.words.day(days[0].day), self.words.day(days[-1].day)) if days else ("", "")
        period = none if not days else span[0] if span[0] == span[1] else self.say("report.from_to", first=span[0], last=span[1])
        told = [("period", period)]
        told += [(by, ", ".join(sorted(self._taking(by))) or none) for by in ("channels", "languages")]
        yield Facts(tuple(Fact(self.say(f"report.{name}"), (value,)) for name, value in (*told, ("counted", str(self.taken)))))
        if not self.taken:
            yield Sentence(self.say("report.empty"))

    def method(self) -> Iterator[Piece]:
        """Yields who could take part and who did, what was left out, and how far shares may be trusted."""
        left, one = self.findings.summary.left_out, self.findings.disposition
        could = self.say("report.could", started=one.started, counted=self.taken)
        yield Notice((could, self.say("results.not_random")) if self.taken else (could,))
        yield Sentence(self.say("report.left_out", unfinished=left.unfinished, test=left.test))
        if self.selection.partial:
            yield Sentence(self.say("report.with_partial"))
        if self.selection.test:
            yield Sentence(self.say("report.with_test"))
        parts = self._narrowed()
        if parts:
            yield Sentence(self.say("report.narrowed", parts="; ".join(parts)))
        if one.invited:
            counts = {name: getattr(one, name) for name in ("invited", "reached", "unreachable", "waiting")}
            yield Sentence(self.say("results.invited", **counts))
        widest = wilson(self.taken / 2, self.taken)
        if widest is not None and self.taken >= K:
            yield Sentence(self.say("results.margin", margin=self.words.number(50 * (widest.high - widest.low), 1)))

    def _narrowed(self) -> list[str]:
        """Returns what narrowed the look."""
        only = self.findings.filter
        parts = [self._condition(one) for one in only.conditions]
        # the last day that is in, not the first that is out
        for key, at in (("report.since", only.since), ("report.until", None if only.until is None else only.until - 1)):
            if at is not None:
                parts.append(self.say(key, day=self.words.day(datetime.fromtimestamp(at / 1_000, self.findings.zone).date())))
        if only.channels:
            parts.append(self.say("report.channel_is", names=", ".join(map(self.words.channel, only.channels))))
        if only.languages:
            parts.append(self.say("report.language_is", names=", ".join(map(self.words.tongue, only.languages))))
        return parts

    def _condition(self, one: Condition) -> str:
        labels = {
            choice.name: choice.label
            for question in self.layout.questions
            if question.step == one.step
            for step in question.steps.values()
            for choice in step.choices
        }
        told = [self.words.choice(value, labels.get(value, {})) for value in one.values]
        if one.span is not None:
            low, high = (None if end is None else self.words.number(end) for end in one.span)
            key = "report.span_from" if high is None else "report.span_to" if low is None else "report.span"
            told.append(self.say(key, low=low, high=high))
        told += [self.say(f"report.empty.{empty}") for empty in one.empties]
        return self.say("report.condition", question=self.words.asked(one.step, self.layout), values=", ".join(told))

    def who(self) -> Iterator[Piece]:
        """Yields by which channel and in which language people answered, and how they compare with the census."""
        for by in ("channels", "languages"):
            counts = self._taking(by)
            rows = [(name, str(n), self.words.percent(n / self.taken)) for name, n in counts.most_common()]
            heads = [self.say(f"report.{head}") for head in (by[:-1], "conversations", "share")]
            if rows:
                yield Table(self.say(f"report.{by}"), tuple(heads), tuple(rows))
        if self.findings.weighting is not None:
            yield from self._census(self.findings.weighting)
        if self.findings.unweighted is not None:
            # why is for staff alone: it names categories of few people
            yield Sentence(self.say("report.unweighted_why"))

    def _census(self, weighting: Weighting) -> Iterator[Piece]:
        """Yields sample against census, small groups hidden."""
        margins, number = weighting.margins, self.words.number
        dated = self.words.day(margins.date)
        yield Sentence(self.say("results.weighted_to", source=margins.source, date=dated, sha256=margins.sha256[:12]))
        # how many gave each answer is told only where the question itself tells it
        for place, margin in enumerate(margins.margins, 1):
            if all(self.discretion[question.column] <= Discretion.GUARDED for question in margin.grouping.questions):
                found = [one for one in weighting.compared if one.question == margin.grouping.name]
                yield self._against(f"census{place}", margin, found)
        half = wilson(weighting.people / 2, weighting.people, weighting.effect)
        told = self.say(
            "results.design_effect",
            effect=number(weighting.effect, 2),
            people=weighting.people,
            effective=number(weighting.people / weighting.effect, 0),
            margin="–" if half is None else number(50 * (half.high - half.low), 1),
            outside=weighting.outside,
        )
        yield Sentence(told, "small")
        if weighting.capped:
            yield Sentence(self.say("results.capped", count=weighting.capped, cap=number(weighting.cap)), "small")

    def _against(self, key: str, margin: Margin, found: list[Compared]) -> Figure:
        say, percent = self.say, self.words.percent
        shown = hide_line([one.people for one in found])
        rows: list[tuple[str, ...]] = []
        drawn: list[Row] = []
        for place, one in enumerate(found):
            name = self.words.member(margin.grouping, one.code)
            census = percent(one.census)
            if shown is None or shown[place] is None:
                rows.append((name, say("report.hidden"), "–", census, "–"))
                drawn.append(Row(name, say("report.hidden"), None))
            else:
                rows.append((name, str(one.people), percent(one.sample), census, percent(one.weighted)))
                drawn.append(Row(name, percent(one.sample), one.sample, second=one.census))
        heads = tuple(say(f"report.{head}") for head in ("group", "people", "sample", "census", "weighted"))
        caption = say("report.against_census", question=self.words.group(margin.grouping, self.layout))
        names = (say("report.sample"), say("report.census"))
        return Figure(
            key,
            Bars(tuple(drawn), names, self.words.ticks()),
            caption,
            self._apart(margin, found, shown),
            Table(caption, heads, tuple(rows)),
        )

    def _apart(self, margin: Margin, found: list[Compared], shown: list[int | None] | None) -> str:
        """Returns which group is furthest from the census, among those that are shown."""
        seen = [one for place, one in enumerate(found) if shown is not None and shown[place] is not None]
        if not seen:
            return self.say("report.hidden_why", k=K)
        most = max(seen, key=lambda one: abs(one.sample - one.census))
        return self.say(
            "chart.apart",
            name=self.words.member(margin.grouping, most.code),
            sample=self.words.percent(most.sample),
            census=self.words.percent(most.census),
        )

    def limits(self) -> Iterator[Piece]:
        """Yields what may not be concluded."""
        quoted = any(one.quotes for one in self.findings.coded.values())
        keys = ["report.limit_opinion", "report.limit_cause", "report.limit_quoted" if quoted else "report.limit_quotes"]
        few = (self.say("report.limit_few", count=FEW),) if 0 < self.taken < FEW else ()
        yield Bullets((*map(self.say, keys), *few))

    def data(self, root: str) -> Iterator[Piece]:
        """Yields what proves the figures: the flow's versions and the receipt root."""
        flow, looked = self.layout.newest.flow, self.words.minute(self.findings.now)
        yield Facts(
            (
                Fact(self.say("report.flow"), (flow,), code=True),
                Fact(self.say("report.version"), tuple(self.layout.flows), code=True),
                Fact(self.say("report.looked_at"), (looked,)),
                Fact(self.say("report.root"), (root,), code=True),
            )
        )
        yield Sentence(self.say("report.root_how"), "small")
