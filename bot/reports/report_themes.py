"""What people said in their own words: themes that staff gave to answers, how far they agree, chosen quotes, themes by place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.reports.chart_bars import Bars, Row
from bot.reports.intervals import Share, wilson
from bot.reports.piece import Figure, Piece, Quote, Quotes, Sentence, Table
from bot.reports.report_cross import Group, Grouped, grouped, told_groups
from bot.reports.report_lead import Ranked, lead
from bot.reports.report_words import Words
from bot.reports.themes.coded import Coded, CodedPlace, Labels


class Themed:
    """Tells the themes of questions.

    `by` is what asks for the place, as it is called (empty: no place is told); `small` are its hidden places.
    """

    def __init__(self, words: Words, by: str, small: frozenset[str]) -> None:
        self.words, self.say, self.by, self.small = words, words.say, by, small

    def pieces(self, key: str, title: str, coded: Coded) -> Iterator[Piece]:
        """Yields what is told of one question; `key` is its section's."""
        if coded.themes:
            yield from self._themes(key, title, coded)
        if coded.coded:
            yield Sentence(self._agreement(coded), "small")
        if coded.quotes:
            yield Quotes(
                self.say("report.quotes"),
                tuple(Quote(one.text, self.words.text(one.place, ""), one.language) for one in coded.quotes),
            )
        if self.by and coded.themes and len(coded.places) > 1:
            yield from self._by_place(f"{key}p", coded)

    def _themes(self, key: str, title: str, coded: Coded) -> Iterator[Piece]:
        ranked = [
            Ranked(self.label(one.label, one.code), one.part.count, one.part.share)
            for one in coded.themes
            if one.part.share is not None
        ]
        told = lead("report.theme_most", ranked, self.words)
        if told is not None:
            yield told
        yield Sentence(self.say("report.coded", coded=coded.coded, answered=coded.answered))
        drawn: list[Row] = []
        rows: list[tuple[str, ...]] = []
        weighted = any(one.part.weighted is not None for one in coded.themes)
        for one in coded.themes:
            name, part = self.label(one.label, one.code), one.part
            drawn.append(self._row(name, part.share, None if part.weighted is None else part.weighted.share))
            rows.append((name, str(part.count), *self.words.cells(part.share), *(self.words.cells(part.weighted) * weighted)))
        rest, left = self.say("report.unclassified"), coded.none.count + coded.uncoded.count
        share = wilson(left, coded.answered)
        heavy = _weighted_rest(coded)
        drawn.append(replace(self._row(rest, share, heavy), aside=True))
        beside = ("–" if heavy is None else self.words.percent(heavy), "–") if weighted else ()
        rows.append((rest, str(left), *self.words.cells(share), *beside))
        heads = [self.say(f"report.{head}") for head in ("theme", "answers", "share", "interval")]
        heads += [self.say("report.weighted"), self.say("report.weighted_interval")] if weighted else []
        names = (self.say("report.unweighted"), self.say("report.weighted")) if weighted else None
        seen = self.say("chart.themes", name=drawn[0].label, told=drawn[0].told, rest=rest, left=drawn[-1].told)
        chart = Bars(tuple(drawn), names, self.words.ticks())
        yield Figure(key, chart, title, seen, Table(title, tuple(heads), tuple(rows)))
        yield Sentence(self.say("report.themes_several"), "small")

    def _row(self, name: str, share: Share | None, second: float | None) -> Row:
        if share is None:
            return Row(name, "–", 0.0)
        return Row(name, self.words.percent(share.share), share.share, share.low, share.high, second)

    def _agreement(self, coded: Coded) -> str:
        if not coded.doubly or coded.agreement is None:
            return self.say("report.coded_once", coders=coded.coders)
        kappa = "–" if coded.kappa is None else self.words.number(coded.kappa, 2)
        share = self.words.bare(coded.agreement)
        return self.say("report.coded_twice", coders=coded.coders, count=coded.doubly, share=share, kappa=kappa)

    def _by_place(self, key: str, coded: Coded) -> Iterator[Piece]:
        caption = self.say("report.themes_by", by=self.by)
        found = themes_by_place(coded, self.small, self.words)
        weights = any(one.part.weighted is not None for one in coded.themes)
        yield from told_groups(key, caption, self.say("report.theme"), found, self.words, weights=weights)

    def label(self, label: Labels, code: str) -> str:
        """Returns what a theme is called."""
        return _label(label, code, self.words)


def themes_by_place(coded: Coded, small: frozenset[str], words: Words) -> Grouped | None:
    """Returns what may be told of a question's themes by place, whatever tells it; its columns are the themes in their order."""
    if not coded.themes or len(coded.places) < 2:
        return None

    def called(one: CodedPlace) -> str:
        return words.choice(one.code, one.label) if one.code else words.say("report.no_group")

    groups = [Group(called(one), one.answered, one.themes, one.code in small, code=one.code) for one in coded.places]
    return grouped([_label(one.label, one.code, words) for one in coded.themes], groups, words, several=True)


def _label(label: Labels, code: str, words: Words) -> str:
    """Returns what a theme is called in the reader's language, else in the first there is."""
    return label.get(words.language.code) or next(iter(label.values()), code)


def _weighted_rest(coded: Coded) -> float | None:
    """Returns the weighted share of answers of no theme and of those that nobody coded yet; None where none of them has one."""
    rest = [one for one in (coded.none, coded.uncoded) if one.count] or [coded.none]
    known = [one.weighted.share for one in rest if one.weighted is not None]
    return sum(known) if known else None
