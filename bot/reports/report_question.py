"""A question of a report: the one sentence to be read, a chart, and the table with the same figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from bot.reports.chart_bars import Bars, Row
from bot.reports.chart_columns import Histogram
from bot.reports.discretion import Discretion
from bot.reports.intervals import wilson
from bot.reports.layout import Layout
from bot.reports.piece import Figure, Piece, Section, Sentence, Table
from bot.reports.plain import SPOTS
from bot.reports.report_lead import Ranked, lead
from bot.reports.report_places import options, spots
from bot.reports.report_words import Words
from bot.reports.small import line
from bot.reports.spread import Spread
from bot.reports.summary import Bar, QuestionSummary
from bot.reports.suppression import K

BEHIND = 4 * K
"""Of so many people a quarter is no small group, so that quartiles are told."""

_HELD = {
    Discretion.WITHHELD: "report.withheld",
    Discretion.SENSITIVE: "report.sensitive",
    Discretion.FEW: "report.held",
    Discretion.COARSE: "report.coarse",
}


class Teller:
    """Tells questions. `compared` are the questions whose groups stand in the tables against the census."""

    def __init__(self, words: Words, layout: Layout, compared: frozenset[str] = frozenset()) -> None:
        self.words, self.say, self.layout = words, words.say, layout
        self._compared = compared

    def section(
        self,
        number: int,
        one: QuestionSummary,
        discretion: Discretion,
        further: tuple[Piece, ...] = (),
        *,
        narrow: bool = False,
    ) -> Section:
        """Returns the section of a question; `number` is its place among all that are told, from 1.

        `further` is what else is told of a question that is open: its themes, its answers by place. `narrow`: only a group that
        must not be told was asked.
        """
        key, title = f"q{number}", self.words.title(one, self.layout)
        if discretion in _HELD:
            pieces: tuple[Piece, ...] = (Sentence(self.say(_HELD[discretion])),)
        elif narrow:
            pieces = (Sentence(self.say("report.conditional")),)
        elif not one.answered:
            pieces = (Sentence(self.say("report.nobody")),)
        else:
            counts = {name: getattr(one, name) for name in ("answered", "skipped", "refused", "not_asked")}
            # skipped passes of a repeat are no people, who are not asked are
            passes = one.question.instances != ((),)
            keys = {name: f"report.{'passes' if passes and name != 'not_asked' else 'asked'}.{name}" for name in counts}
            parts = [self.say(keys[name], count=count, people=one.people) for name, count in counts.items() if count]
            asked = Sentence(" · ".join(parts), "small")
            guarded = discretion is Discretion.GUARDED
            more = () if guarded else further
            pieces = (*self._told(key, title, one, guarded=guarded, coded=bool(more)), *more, asked)
        return Section(key, f"{number}. {title}", pieces, one.question.column)

    def _told(self, key: str, title: str, one: QuestionSummary, *, guarded: bool, coded: bool) -> Iterator[Piece]:
        if one.question.type == "text" or one.question.other:
            if not coded:
                key = "report.free_passes" if one.further else "report.free_text"
                yield Sentence(self.say(key, count=one.answered, people=one.people))
        elif one.bars:
            yield from self._choices(key, title, one, guarded=guarded)
        elif one.ranking:
            yield from self._ranking(key, title, one, guarded=guarded)
        elif one.spread is not None:
            yield from self._numbers(key, title, one, guarded=guarded)
        elif one.spots:
            yield from self._places(key, title, one)
        else:
            yield Sentence(self.say("report.plain_count", count=one.answered))
            if one.span is not None and not guarded:
                first, last = map(self.words.day_of, one.span)
                yield Sentence(self.say("results.span", first=first, last=last))
        for kind, count in sorted(one.attached.items()):
            yield Sentence(self.say(f"results.attached.{kind}", count=count))

    def _choices(self, key: str, title: str, one: QuestionSummary, *, guarded: bool) -> Iterator[Piece]:
        shown = line([bar.count for bar in one.bars], one) if guarded else [bar.count for bar in one.bars]
        if shown is None:
            yield Sentence(self.say("report.held"))
            return
        visible = [bar for bar, count in zip(one.bars, shown, strict=True) if count is not None]
        if one.spread is not None and not guarded:
            yield from self._middle(one, one.spread, quartiles=True)
        else:
            yield from self._most(visible, one)
        if one.question.type == "select_multiple":
            yield Sentence(self.say("results.several"), "small")
        figure = self._bars(key, title, one, shown)
        mapped = options(key, title, one, shown, figure.table, self.words)
        yield figure if mapped is None else replace(figure, tabled=False)
        if mapped is not None:
            yield mapped
        if None in shown:
            yield Sentence(self.say("report.hidden_why", k=K), "small")

    def _bars(self, key: str, title: str, one: QuestionSummary, shown: Sequence[int | None]) -> Figure:
        say, words = self.say, self.words
        weighted = any(bar.weighted is not None for bar in one.bars)
        drawn: list[Row] = []
        rows: list[tuple[str, ...]] = []
        for bar, count in zip(one.bars, shown, strict=True):
            name = words.choice(bar.code, bar.label)
            if count is None or bar.share is None:
                drawn.append(Row(name, say("report.hidden"), None))
                rows.append((name, say("report.hidden"), *("–",) * ((2 if weighted else 1) * (1 if one.further else 2))))
                continue
            share, heavy = bar.share, bar.weighted
            second = heavy.share if heavy else None
            low, high = (None, None) if one.further else (share.low, share.high)
            drawn.append(Row(name, words.percent(share.share), share.share, low, high, second))
            cells = (*words.cells(share), *(words.cells(heavy) if weighted else ()))
            # passes of one person go together, so that no interval as of so many people holds
            rows.append((name, str(count), *(cells[::2] if one.further else cells)))
        heads = [say(f"report.{head}") for head in ("value" if one.spread else "option", "answers")]
        shares = [("share", "interval"), *([("weighted", "weighted_interval")] if weighted else [])]
        heads += [say(f"report.{head}") for pair in shares for head in pair[: 1 if one.further else 2]]
        names = (say("report.unweighted"), say("report.weighted")) if weighted else None
        chart = Bars(tuple(drawn), names, words.ticks())
        return Figure(key, chart, title, self.seen(drawn), Table(title, tuple(heads), tuple(rows)))

    def _most(self, visible: Sequence[Bar], one: QuestionSummary) -> Iterator[Sentence]:
        """Yields which was chosen most, and which may be as many."""
        ranked = []
        for bar in sorted(visible, key=lambda bar: -bar.count):
            # as if all that one person said were one answer
            share = wilson(bar.count, one.answered, one.answered / one.people) if one.further else bar.share
            if share is not None:
                ranked.append(Ranked(self.words.choice(bar.code, bar.label), bar.count, share))
        told = lead("report.most_passes" if one.further else "report.most", ranked, self.words, people=one.people)
        if told is not None:
            yield told

    def _ranking(self, key: str, title: str, one: QuestionSummary, *, guarded: bool) -> Iterator[Piece]:
        if guarded and one.people < K:
            yield Sentence(self.say("report.held"))
            return
        names = [self.words.choice(each.code, each.label) for each in one.ranking]
        best = [name for name, each in zip(names, one.ranking, strict=True) if each.points == one.ranking[0].points]
        if len(best) > 1:
            told = self.say("report.ranked_tied", names=self.words.quoted(best), points=one.ranking[0].points)
        else:
            told = self.say("report.ranked", name=best[0], points=one.ranking[0].points)
        yield Sentence(told, "lead")
        most = one.ranking[0].points or 1
        drawn = [Row(n, str(each.points), each.points / most) for n, each in zip(names, one.ranking, strict=True)]
        heads = [self.say(f"report.{head}") for head in ("option", "points", "mean_place", "first")]
        rows = [
            (name, str(each.points), "–" if each.mean is None else self.words.number(each.mean, 2), str(each.first))
            for name, each in zip(names, one.ranking, strict=True)
        ]
        # who put something first may be one person alone
        wide = 3 if guarded else 4
        table = Table(title, tuple(heads[:wide]), tuple(row[:wide] for row in rows))
        yield Figure(key, Bars(tuple(drawn)), title, self.seen(drawn), table)
        yield Sentence(self.say("results.borda"), "small")

    def _numbers(self, key: str, title: str, one: QuestionSummary, *, guarded: bool) -> Iterator[Piece]:
        spread = one.spread
        assert spread is not None, "only numbers are told here"
        if guarded and one.question.step in self._compared:
            # other bands of the same number beside those of the census would give hidden ones away
            yield Sentence(self.say("report.in_who"))
            return
        counts = [one_bin.count for one_bin in one.bins]
        shown = line(counts, one) if guarded else list(counts)
        if (guarded and (shown is None or not counts)) or one.people < K:
            yield Sentence(self.say("report.held"))
            return
        if not guarded:
            yield from self._middle(one, spread, quartiles=one.people >= BEHIND)
        if not one.bins or shown is None:
            return
        hidden = self.say("report.hidden")
        edges = [self.words.number(edge) for edge in (*(each.low for each in one.bins), one.bins[-1].high)]
        spans = [self.say("report.from_below", low=low, high=high) for low, high in pairwise(edges)]
        told = [hidden if count is None else str(count) for count in shown]
        shares = ["–" if count is None else self.words.percent(count / one.answered) for count in shown]
        heads = tuple(self.say(f"report.{head}") for head in ("value", "answers", "share"))
        table = Table(title, heads, tuple(zip(spans, told, shares, strict=True)))
        yield Figure(key, Histogram(tuple(edges), tuple(shown)), title, self._heaped(spans, shown), table)
        if None in shown:
            yield Sentence(self.say("report.hidden_why", k=K), "small")

    def _heaped(self, spans: Sequence[str], shown: Sequence[int | None]) -> str:
        """Returns what is seen in a histogram: its highest column and where it begins and ends."""
        seen = [(count, span) for count, span in zip(shown, spans, strict=True) if count]
        if not seen:
            return self.say("report.hidden_why", k=K)
        most, span = max(seen, key=lambda pair: pair[0])
        return self.say("chart.heaped", span=span, count=most, first=seen[0][1], last=seen[-1][1])

    def _middle(self, one: QuestionSummary, spread: Spread, *, quartiles: bool) -> Iterator[Sentence]:
        """Yields what lies in the middle, and the means where answers are weighted.

        Never the smallest and the largest, which are one person's each.
        """
        number = {name: self.words.value(getattr(spread, name)) for name in ("lower", "upper", "median")}
        if spread.smallest == spread.largest:
            told = self.say("report.all_alike", value=number["median"])
        else:
            told = self.say("report.numbers" if quartiles else "report.middle", **number)
        yield Sentence(told, "lead")
        if one.mean is not None and one.weighted_mean is not None:
            means = {"mean": self.words.number(one.mean, 2), "weighted": self.words.number(one.weighted_mean, 2)}
            yield Sentence(self.say("results.means", **means))

    def _places(self, key: str, title: str, one: QuestionSummary) -> Iterator[Piece]:
        yield Sentence(self.say("report.places_named", count=len(one.spots)), "lead")
        shown = line([spot.count for spot in one.spots], one)
        if shown is None:
            yield Sentence(self.say("report.held"))
            return
        seen = [(spot, count) for spot, count in zip(one.spots, shown, strict=True) if count is not None]
        rows: list[tuple[str, ...]] = []
        for spot, count in seen[:SPOTS]:
            around = "–" if spot.lat is None else self.say("results.around", lat=spot.lat, lon=spot.lon)
            rows.append((spot.place or around, str(count), self.words.percent(count / one.answered)))
        if rows:
            table = Table(title, tuple(self.say(f"report.{head}") for head in ("place", "answers", "share")), tuple(rows))
            mapped = spots(key, title, seen, one.answered, table, self.words)
            yield table if mapped is None else mapped
        if None in shown:
            yield Sentence(self.say("report.hidden_why", k=K), "small")

    def seen(self, rows: Sequence[Row]) -> str:
        """Returns what is seen in bars: which is the longest, which follow, which is the shortest, and what is hidden."""
        ranked = sorted((row for row in rows if row.part is not None), key=lambda row: -(row.part or 0))
        hidden = [row.label for row in rows if row.part is None]
        told = []
        if ranked:
            told.append(self.say("chart.longest", name=ranked[0].label, told=ranked[0].told))
        if len(ranked) > 2:
            told.append(self.say("chart.second", name=ranked[1].label, told=ranked[1].told))
        if len(ranked) > 1:
            told.append(self.say("chart.shortest", name=ranked[-1].label, told=ranked[-1].told))
        if hidden:
            told.append(self.say("chart.hidden", names=", ".join(hidden)))
        return " ".join(told)
