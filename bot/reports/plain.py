"""A summary as lines of text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.engine.flow import Texts
from bot.engine.language import Language
from bot.reports.layout import OTHER
from bot.reports.rows import Group, LeftOut, Status
from bot.reports.summary import Bar, Placed, QuestionSummary, Summary

NARROW = 60
"""A terminal is never taken for narrower than this."""

_LABEL = 34
_STATUSES: tuple[Status, ...] = ("completed", "replaced", "open", "partial", "stopped", "refused")


def told(summary: Summary, language: Language, *, width: int, blocks: bool) -> Iterator[str]:
    """Yields the lines of a summary in that language, at most `width` columns wide where words allow it.

    `blocks`: bars are drawn with block characters, else with "#".
    """
    flow = summary.layout.newest
    title = flow.title.get(language.code) or next(iter(flow.title.values()), flow.flow)
    yield title
    yield ("═" if blocks else "=") * min(len(title), width)
    yield from _conversations(summary.groups, language)
    yield left_out_line(summary.left_out, language)
    page = _Page(language, max(NARROW, width), "█" if blocks else "#")
    for number, question in enumerate(summary.questions, 1):
        yield ""
        yield from page.question(number, question)


def left_out_line(left: LeftOut, language: Language) -> str:
    """Returns the line that says how many conversations counted, how many did not, and why."""
    found = [status for status in _STATUSES if status in left.by_status]
    parts = [f"{language.say(f'results.status.{status}')} {left.by_status[status]}" for status in found]
    if parts:
        parts[-1] += language.say("results.left_out.unfinished")
    if left.test:
        parts.append(language.say("results.left_out.test", count=left.test))
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


class _Page:
    def __init__(self, language: Language, width: int, block: str) -> None:
        self.language = language
        self.width = width
        self.block = block

    def question(self, number: int, summary: QuestionSummary) -> Iterator[str]:
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
        if summary.spread is not None:
            spread = summary.spread
            key = "results.spread_rounded" if spread.rounded else "results.spread"
            names = ("median", "lower", "upper", "smallest", "largest")
            yield "   " + say(key, **{name: self.number(getattr(spread, name)) for name in names})
        if summary.answered:
            yield from self.ranking(summary.ranking)
        if summary.span is not None:
            yield "   " + say("results.span", first=summary.span[0], last=summary.span[1])
        for kind, count in sorted(summary.attached.items()):
            yield "   " + say(f"results.attached.{kind}", count=count)

    def bars(self, bars: Sequence[Bar], answered: int) -> Iterator[str]:
        if not answered:
            return
        names = [self.choice(bar.code, bar.label) for bar in bars]
        wide = min(_LABEL, max(map(len, names), default=0))
        room = self.width - wide - 24
        for name, bar in zip(names, bars, strict=True):
            share = bar.count / answered
            drawn = self.block * (round(share * room) or bool(bar.count))
            percent = f"{self.number(100 * share, 1)} %"
            yield f"   {_fit(name, wide)}  {drawn}{' ' if drawn else ''}{bar.count} ({percent})"

    def ranking(self, ranking: Sequence[Placed]) -> Iterator[str]:
        if not ranking:
            return
        names = [self.choice(placed.code, placed.label) for placed in ranking]
        wide = min(_LABEL, max(map(len, names)))
        for name, placed in zip(names, ranking, strict=True):
            mean = "–" if placed.mean is None else self.number(placed.mean, 2)
            said = self.language.say("results.ranked", points=placed.points, mean=mean, placed=placed.placed)
            yield f"   {_fit(name, wide)}  {said}"
        yield "   " + self.language.say("results.borda")

    def choice(self, code: str, label: Texts) -> str:
        if not label and code == OTHER:
            return self.language.say("engine.other")
        return _one_line(self.text(label, code))

    def text(self, texts: Texts, otherwise: str) -> str:
        template = texts.get(self.language.code) or next(iter(texts.values()), None)
        return otherwise if template is None else template.source

    def number(self, number: float, decimals: int | None = None) -> str:
        text = f"{number:.{decimals}f}" if decimals is not None else f"{number:.10g}"
        return text.replace(".", self.language.say("results.decimal"))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _fit(text: str, width: int) -> str:
    return f"{text[: width - 1].rstrip()}…".ljust(width) if len(text) > width else text.ljust(width)
