"""A summary as lines of text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.engine.flow import Texts
from bot.engine.language import Language
from bot.reports.intervals import Share
from bot.reports.layout import OTHER
from bot.reports.rows import Group, LeftOut, Status
from bot.reports.summary import Bar, Placed, QuestionSummary, Summary

NARROW = 60
"""A terminal is never taken for narrower than this."""

SPOTS = 12
"""So many places are listed, those named most."""

_LABEL = 34
_STATUSES: tuple[Status, ...] = ("completed", "replaced", "open", "partial", "stopped", "refused")


def told(summary: Summary, language: Language, *, width: int, blocks: bool) -> Iterator[str]:
    """Yields the lines of a summary in that language, at most `width` columns wide where words allow it.

    `blocks`: bars are drawn with block characters, else with "#".
    """
    yield from head(summary, language, width=width, blocks=blocks)
    for number, question in enumerate(summary.questions, 1):
        yield ""
        yield from Page(language, width, blocks=blocks).question(number, question)


def head(summary: Summary, language: Language, *, width: int, blocks: bool) -> Iterator[str]:
    """Yields the flow's title, and how many conversations there are and count."""
    flow = summary.layout.newest
    title = flow.title.get(language.code) or next(iter(flow.title.values()), flow.flow)
    yield title
    yield ("═" if blocks else "=") * min(len(title), width)
    yield from _conversations(summary.groups, language)
    yield left_out_line(summary.left_out, language)


def left_out_line(left: LeftOut, language: Language, *, typed: bool = True) -> str:
    """Returns the line that says how many conversations counted, how many did not, and why.

    `typed`: it stands in a terminal, where options say how those would count; a page has its own boxes for that.
    """
    found = [status for status in _STATUSES if status in left.by_status]
    parts = [f"{language.say(f'results.status.{status}')} {left.by_status[status]}" for status in found]
    if parts and typed:
        parts[-1] += language.say("results.left_out.unfinished")
    if left.test:
        how = language.say("results.left_out.with_test") if typed else ""
        parts.append(language.say("results.left_out.test", count=left.test) + how)
    if not parts:
        return language.say("results.counted", count=left.taken)
    return language.say("results.counted_left_out", count=left.taken, left=left.unfinished + left.test, why=", ".join(parts))


def _conversations(groups: Sequence[Group], language: Language) -> Iterator[str]:
    yield language.say("results.conversations", count=sum(group.total for group in groups))
    if not groups:
        return
    statuses: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for group in groups:
        statuses[group.status] += group.total
        channels[group.channel] += group.total
        languages[group.language] += group.total
    parts = [f"{language.say(f'results.status.{status}')} {statuses[status]}" for status in _STATUSES if statuses[status]]
    yield language.say("results.by_status", parts=" · ".join(parts))
    yield language.say("results.by_channel", parts=_shares(channels))
    yield language.say("results.by_language", parts=_shares(languages))


def _shares(counter: Counter[str]) -> str:
    return " · ".join(f"{name} {count}" for name, count in sorted(counter.items(), key=lambda pair: (-pair[1], pair[0])))


class Page:
    """Tells questions in a language, `width` columns wide."""

    def __init__(self, language: Language, width: int, *, blocks: bool) -> None:
        self.language = language
        self.width = max(NARROW, width)
        self.block = "█" if blocks else "#"

    def question(self, number: int, summary: QuestionSummary) -> Iterator[str]:
        """Yields the lines of a question."""
        say, question = self.language.say, summary.question
        label = self.text(summary.label, "")
        if question.other:
            label = say("results.other_of", step=question.step.removesuffix(f"_{OTHER}"))
        yield f"{number}. {_one_line(label) or question.step}  [{question.column}]"
        yield "   " + say(
            "results.asked",
            answered=summary.answered,
            skipped=summary.skipped,
            refused=summary.refused,
            not_asked=summary.not_asked,
        )
        if question.withheld:
            yield "   " + say("results.withheld")
        elif question.type == "text" and summary.answered:
            yield "   " + say("results.texts", count=summary.answered - summary.attached.total())
        if question.type == "select_multiple" and summary.answered:
            yield "   " + say("results.several")
        yield from self.bars(summary.bars, summary.answered)
        yield from self.bins(summary)
        if summary.spread is not None:
            spread = summary.spread
            key = "results.spread_rounded" if spread.rounded else "results.spread"
            names = ("median", "lower", "upper", "smallest", "largest")
            yield "   " + say(key, **{name: self.number(getattr(spread, name)) for name in names})
        if summary.mean is not None and summary.weighted_mean is not None:
            yield "   " + say("results.means", mean=self.number(summary.mean, 2), weighted=self.number(summary.weighted_mean, 2))
        if summary.answered:
            yield from self.ranking(summary.ranking)
        if summary.span is not None:
            yield "   " + say("results.span", first=summary.span[0], last=summary.span[1])
        for spot in summary.spots[:SPOTS]:
            where = spot.place or (say("results.around", lat=spot.lat, lon=spot.lon) if spot.lat is not None else "–")
            yield f"   {where}  {spot.count} ({self.number(100 * spot.count / summary.answered, 1)} %)"
        if len(summary.spots) > SPOTS:
            yield "   " + say("results.more_places", count=len(summary.spots) - SPOTS)
        for kind, count in sorted(summary.attached.items()):
            yield "   " + say(f"results.attached.{kind}", count=count)

    def bars(self, bars: Sequence[Bar], answered: int) -> Iterator[str]:
        """Yields a line for each bar: how many, their share and its interval, and the same by weights where there are any."""
        if not answered:
            return
        names = [self.choice(bar.code, bar.label) for bar in bars]
        wide = min(_LABEL, max(map(len, names), default=0))
        weighted = any(bar.weighted is not None for bar in bars)
        room = max(4, self.width - wide - (58 if weighted else 34))
        for name, bar in zip(names, bars, strict=True):
            share = bar.count / answered
            drawn = self.block * (round(share * room) or bool(bar.count))
            told = f"{bar.count} ({self.share(bar.share)})"
            if bar.weighted is not None:
                told += " · " + self.language.say("results.weighted_share", share=self.share(bar.weighted))
            yield f"   {fit(name, wide)}  {drawn}{' ' if drawn else ''}{told}"

    def bins(self, summary: QuestionSummary) -> Iterator[str]:
        """Yields the lines of a histogram."""
        if not summary.bins:
            return
        names = [f"{self.number(one.low)} – <{self.number(one.high)}" for one in summary.bins]
        wide, most = max(map(len, names)), max(one.count for one in summary.bins)
        room = max(4, self.width - wide - 16)
        for name, one in zip(names, summary.bins, strict=True):
            drawn = self.block * (round(one.count / most * room) or bool(one.count))
            yield f"   {name.rjust(wide)}  {drawn}{' ' if drawn else ''}{one.count}"

    def share(self, share: Share | None) -> str:
        """Returns a share and its interval in percent: "61,2 %; 55,0–67,1"."""
        if share is None:
            return "–"
        return f"{self.number(100 * share.share, 1)} %; {self.number(100 * share.low, 1)}–{self.number(100 * share.high, 1)}"

    def ranking(self, ranking: Sequence[Placed]) -> Iterator[str]:
        """Yields the lines of an order, the best first."""
        if not ranking:
            return
        names = [self.choice(placed.code, placed.label) for placed in ranking]
        wide = min(_LABEL, max(map(len, names)))
        for name, placed in zip(names, ranking, strict=True):
            mean = "–" if placed.mean is None else self.number(placed.mean, 2)
            said = self.language.say("results.ranked", points=placed.points, mean=mean, placed=placed.placed, first=placed.first)
            yield f"   {fit(name, wide)}  {said}"
        yield "   " + self.language.say("results.borda")

    def choice(self, code: str, label: Texts) -> str:
        """Returns what a code is called."""
        if not label and code == OTHER:
            return self.language.say("engine.other")
        return _one_line(self.text(label, code))

    def text(self, texts: Texts, otherwise: str) -> str:
        """Returns the text in the reader's language, else in the first there is."""
        template = texts.get(self.language.code) or next(iter(texts.values()), None)
        return otherwise if template is None else template.source

    def number(self, number: float, decimals: int | None = None) -> str:
        """Returns a number with the reader's decimal sign."""
        text = f"{number:.{decimals}f}" if decimals is not None else f"{number:.10g}"
        return text.replace(".", self.language.say("results.decimal"))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def fit(text: str, width: int) -> str:
    """Returns the text so many columns wide, cut with "…" where it is longer."""
    return f"{text[: width - 1].rstrip()}…".ljust(width) if len(text) > width else text.ljust(width)
