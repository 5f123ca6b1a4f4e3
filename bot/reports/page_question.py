"""A question of a published report: a plain sentence, a chart, and the table with the same figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from bot.engine.language import Language
from bot.reports.chart import Column, Lying, bars, histogram
from bot.reports.discretion import Discretion
from bot.reports.intervals import Share
from bot.reports.layout import OTHER
from bot.reports.plain import SPOTS, Page
from bot.reports.spread import Spread
from bot.reports.summary import Bar, QuestionSummary
from bot.reports.suppression import K, hide_line

_PLACE = re.compile(r"\$\{[^}]*\}")


class Teller:
    """Tells questions in a language as HTML. `compared` are the questions whose groups stand in the table against the census."""

    def __init__(self, language: Language, compared: frozenset[str] = frozenset()) -> None:
        self.say = language.say
        self.page = Page(language, 80, blocks=True)
        self._compared = compared

    def question(self, number: int, one: QuestionSummary, discretion: Discretion) -> Iterator[str]:
        """Yields the section of a question; `number` is its place among all of the flow, from 1."""
        key, title = f"q{number}", self.title(one)
        yield f'<section class="question" aria-labelledby="{key}"><h3 id="{key}">{number}. {escape(title)}</h3>'
        match discretion:
            case Discretion.WITHHELD:
                yield self.line("report.withheld")
            case Discretion.SENSITIVE:
                yield self.line("report.sensitive")
            case Discretion.FEW:
                yield self.line("report.held")
            case Discretion.COARSE:
                yield self.line("report.coarse")
            case _ if not one.answered:
                yield self.line("report.nobody")
            case _:
                yield from self._told(key, title, one, guarded=discretion is Discretion.GUARDED)
                counts = {name: getattr(one, name) for name in ("answered", "skipped", "refused", "not_asked")}
                yield f'<p class="small">{escape(self.say("report.asked", **counts))}</p>'
        yield "</section>"

    def title(self, one: QuestionSummary) -> str:
        """Returns what was asked, in one line; what each person read in a place of their own is "…"."""
        if one.question.other:
            return self.say("results.other_of", step=one.question.step.removesuffix(f"_{OTHER}"))
        return " ".join(_PLACE.sub("…", self.page.text(one.label, one.question.step)).split())

    def line(self, key: str, **places: object) -> str:
        """Returns that text as a paragraph."""
        return f"<p>{escape(self.say(key, **places))}</p>"

    def table(self, caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """Returns a table; the first cell of a row is its head."""
        columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
        body = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
            for row in rows
        )
        named = escape(caption, quote=True)
        return (
            f'<div class="wide" role="region" tabindex="0" aria-label="{named}"><table><caption>{escape(caption)}</caption>'
            f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def percent(self, share: float) -> str:
        """Returns a share between 0 and 1 in percent, with the reader's decimal sign: "61,2"."""
        return self.page.number(100 * share, 1)

    def _told(self, key: str, title: str, one: QuestionSummary, *, guarded: bool) -> Iterator[str]:
        written = one.question.type == "text" or one.question.other
        if written:
            yield self.line("report.free_text", count=one.answered)
        elif one.bars:
            yield from self._choices(key, title, one, guarded=guarded)
        elif one.ranking:
            yield from self._ranking(key, title, one, guarded=guarded)
        elif one.spread is not None:
            yield from self._numbers(key, title, one, guarded=guarded)
        elif one.spots:
            yield from self._places(title, one)
        else:
            yield self.line("report.plain_count", count=one.answered)
            if one.span is not None and not guarded:
                yield self.line("results.span", first=one.span[0], last=one.span[1])
        for kind, count in sorted(one.attached.items()):
            yield self.line(f"results.attached.{kind}", count=count)

    def _choices(self, key: str, title: str, one: QuestionSummary, *, guarded: bool) -> Iterator[str]:
        shown = hide_line([bar.count for bar in one.bars]) if guarded else [bar.count for bar in one.bars]
        if shown is None:
            yield self.line("report.held")
            return
        names = [self.page.choice(bar.code, bar.label) for bar in one.bars]
        visible = [bar for bar, count in zip(one.bars, shown, strict=True) if count is not None]
        if one.spread is not None and not guarded:
            yield from self._middle(one, one.spread)
        else:
            yield from self._most(visible)
        if one.question.type == "select_multiple":
            yield self.line("results.several")
        hidden = self.say("report.hidden")
        weighted = any(bar.weighted is not None for bar in one.bars)
        lying, rows = [], []
        for name, bar, count in zip(names, one.bars, shown, strict=True):
            if count is None or bar.share is None:
                lying.append(Lying(name, hidden, None))
                rows.append([name, hidden] + ["–"] * (4 if weighted else 2))
                continue
            share, heavy = bar.share, bar.weighted
            told = f"{self.percent(share.share)} %"
            lying.append(Lying(name, told, share.share, share.low, share.high, heavy.share if heavy else None))
            rows.append([name, str(count), *self._cells(share), *(self._cells(heavy) if weighted else ())])
        heads = [self.say(f"report.{head}") for head in ("option", "answers", "share", "interval")]
        heads += [self.say("report.weighted"), self.say("report.weighted_interval")] if weighted else []
        if weighted:
            yield (
                f'<p class="legend"><span class="key plain"></span> {escape(self.say("report.unweighted"))} '
                f'<span class="key heavy"></span> {escape(self.say("report.weighted"))}</p>'
            )
        yield bars(key, self.say("report.chart", question=title), self._described(lying), lying)
        yield self.table(title, heads, rows)
        if None in shown:
            yield self.line("report.hidden_why", k=K)

    def _cells(self, share: Share | None) -> tuple[str, str]:
        if share is None:
            return "–", "–"
        return f"{self.percent(share.share)} %", f"{self.percent(share.low)}–{self.percent(share.high)}"

    def _most(self, visible: Sequence[Bar]) -> Iterator[str]:
        """Yields which was chosen most, and whether the next may be as many."""
        ranked = sorted((bar for bar in visible if bar.count), key=lambda bar: -bar.count)
        if not ranked or ranked[0].share is None:
            return
        first, share = ranked[0], ranked[0].share
        alike = [bar for bar in ranked if bar.count == first.count]
        base = f"{share.base:g}"
        if len(alike) > 1:
            names = self._quoted(self.page.choice(bar.code, bar.label) for bar in alike)
            yield self.line("report.tied", names=names, count=first.count, base=base)
            return
        name = self.page.choice(first.code, first.label)
        yield self.line("report.most", name=name, share=self.percent(share.share), count=first.count, base=base)
        if len(ranked) > 1 and ranked[1].share is not None and not share.apart(ranked[1].share):
            yield self.line("report.close", name=self.page.choice(ranked[1].code, ranked[1].label))

    def _ranking(self, key: str, title: str, one: QuestionSummary, *, guarded: bool) -> Iterator[str]:
        if guarded and one.answered < K:
            yield self.line("report.held")
            return
        names = [self.page.choice(each.code, each.label) for each in one.ranking]
        best = [name for name, each in zip(names, one.ranking, strict=True) if each.points == one.ranking[0].points]
        if len(best) > 1:
            yield self.line("report.ranked_tied", names=self._quoted(best), points=one.ranking[0].points)
        else:
            yield self.line("report.ranked", name=best[0], points=one.ranking[0].points)
        most = one.ranking[0].points or 1
        lying = [Lying(n, str(each.points), each.points / most) for n, each in zip(names, one.ranking, strict=True)]
        yield bars(key, self.say("report.chart", question=title), self._described(lying), lying)
        heads = [self.say(f"report.{head}") for head in ("option", "points", "mean_place", "first")]
        rows = [
            [name, str(each.points), "–" if each.mean is None else self.page.number(each.mean, 2), str(each.first)]
            for name, each in zip(names, one.ranking, strict=True)
        ]
        # who put something first may be one person alone
        wide = 3 if guarded else 4
        yield self.table(title, heads[:wide], [row[:wide] for row in rows])
        yield f'<p class="small">{escape(self.say("results.borda"))}</p>'

    def _numbers(self, key: str, title: str, one: QuestionSummary, *, guarded: bool) -> Iterator[str]:
        spread = one.spread
        assert spread is not None, "only numbers are told here"
        if guarded and one.question.step in self._compared:
            # other bands of the same number beside those of the census would give hidden ones away
            yield self.line("report.in_who")
            return
        counts = [one_bin.count for one_bin in one.bins]
        shown = hide_line(counts) if guarded else list(counts)
        if guarded and (shown is None or not counts):
            yield self.line("report.held")
            return
        if not guarded:
            # the smallest and the largest are single people's, which a guarded number does not tell
            yield from self._middle(one, spread)
        if not one.bins or shown is None:
            return
        hidden = self.say("report.hidden")
        lows = [self.page.number(each.low) for each in one.bins]
        spans = [f"{low} – <{self.page.number(each.high)}" for low, each in zip(lows, one.bins, strict=True)]
        told = [hidden if count is None else str(count) for count in shown]
        described = self.say("report.chart_of", parts="; ".join(f"{s}: {t}" for s, t in zip(spans, told, strict=True)))
        columns = [Column(low, count) for low, count in zip(lows, shown, strict=True)]
        yield histogram(key, self.say("report.chart", question=title), described, columns)
        shares = ["–" if count is None else f"{self.percent(count / one.answered)} %" for count in shown]
        heads = [self.say(f"report.{head}") for head in ("value", "answers", "share")]
        yield self.table(title, heads, list(zip(spans, told, shares, strict=True)))
        if None in shown:
            yield self.line("report.hidden_why", k=K)

    def _middle(self, one: QuestionSummary, spread: Spread) -> Iterator[str]:
        """Yields what lies in the middle, and the means where answers are weighted."""
        number = {name: self.page.number(getattr(spread, name)) for name in ("lower", "upper", "median", "smallest", "largest")}
        alone = spread.smallest == spread.largest
        yield self.line("report.all_alike", value=number["median"]) if alone else self.line("report.numbers", **number)
        if one.mean is not None and one.weighted_mean is not None:
            means = {"mean": self.page.number(one.mean, 2), "weighted": self.page.number(one.weighted_mean, 2)}
            yield self.line("results.means", **means)

    def _places(self, title: str, one: QuestionSummary) -> Iterator[str]:
        yield self.line("report.places_named", count=len(one.spots))
        shown = hide_line([spot.count for spot in one.spots])
        if shown is None:
            yield self.line("report.held")
            return
        rows: list[list[str]] = []
        for spot, count in zip(one.spots, shown, strict=True):
            if count is not None and len(rows) < SPOTS:
                around = "–" if spot.lat is None else self.say("results.around", lat=spot.lat, lon=spot.lon)
                rows.append([spot.place or around, str(count), f"{self.percent(count / one.answered)} %"])
        if rows:
            yield self.table(title, [self.say(f"report.{head}") for head in ("place", "answers", "share")], rows)
        if None in shown:
            yield self.line("report.hidden_why", k=K)

    def _quoted(self, names: Iterable[str]) -> str:
        return ", ".join(self.say("report.quoted", name=name) for name in names)

    def _described(self, rows: Sequence[Lying]) -> str:
        return self.say("report.chart_of", parts="; ".join(f"{row.label}: {row.told}" for row in rows))
