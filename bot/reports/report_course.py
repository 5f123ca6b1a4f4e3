"""How a consultation went: when people answered, how far they came, and how long it took them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from bot.reports.chart_line import Line, Series
from bot.reports.course import Course, Day, Passage
from bot.reports.discretion import Discretion, asked_if
from bot.reports.layout import Layout
from bot.reports.piece import Figure, Piece, Section, Sentence, Table
from bot.reports.report_words import Words
from bot.reports.suppression import K

_WEEKLY = 45
"""A consultation of more days is told week by week."""


class Coursed:
    """Tells the course. `discretion` says by column what may be told."""

    def __init__(self, course: Course, words: Words, layout: Layout, discretion: Mapping[str, Discretion]) -> None:
        self.course, self.words, self.say, self.layout = course, words, words.say, layout
        self.discretion = discretion

    def pieces(self) -> Iterator[Piece]:
        """Yields a time line and how far people came, where there is more than one day or question to tell of."""
        if len(self.course.days) > 1:
            yield self._times()
        passages = self._passages()
        if len(passages) > 1:
            yield self._path(passages)

    def _times(self) -> Section:
        days = _every_day(self.course.days)
        weekly = len(days) > _WEEKLY
        told = _weeks(days) if weekly else days
        key, caption = "times", self.say("report.by_week" if weekly else "report.by_day")
        most = max(told, key=lambda day: day.started)
        lead = self.say(
            "report.busiest_week" if weekly else "report.busiest_day", day=self.words.day(most.day), count=most.started
        )
        series = (
            Series(self.say("report.done"), tuple(day.completed for day in told)),
            Series(self.say("report.begun"), tuple(day.started for day in told)),
        )
        heads = (self.say("report.week" if weekly else "report.day"), self.say("report.begun"), self.say("report.done"))
        rows = tuple((self.words.day(day.day), str(day.started), str(day.completed)) for day in told)
        first, last = self.words.day(told[0].day), self.words.day(told[-1].day)
        alt = self.say("chart.line", first=first, last=last, begun=told[0].started, ended=told[-1].started, lead=lead)
        chart = Line(tuple(self.words.tick(day.day) for day in told), series)
        figure = Figure(key, chart, caption, alt, Table(caption, heads, rows))
        return Section("when", caption, (Sentence(lead, "plain"), figure))

    def _path(self, passages: Sequence[Passage]) -> Section:
        """Returns where people left and how long each question took. Shares of a few people are not told."""
        started = passages[0].reached
        rows: list[tuple[str, ...]] = []
        asked = [one for one in passages if one.step]
        for one in asked:
            few = one.reached < K
            reached = self.say("report.hidden") if few else self.words.percent(one.reached / started)
            left = "–" if few else self.words.percent(one.left / one.reached)
            rows.append((self.words.asked(one.step, self.layout), reached, left, self._seconds(None if few else one.seconds)))
        pieces: list[Piece] = []
        worst = max(asked, key=lambda one: one.left)
        if worst.left >= K:
            place = self.words.asked(worst.step, self.layout)
            told = self.say("report.left_at", question=place, count=worst.left, started=started)
            pieces.append(Sentence(told))
        slow = max((one for one in asked if one.seconds is not None), key=lambda one: one.seconds or 0, default=None)
        if slow is not None and slow.reached >= K:
            place = self.words.asked(slow.step, self.layout)
            pieces.append(Sentence(self.say("report.slowest", question=place, time=self._seconds(slow.seconds))))
        if self.course.minutes is not None:
            pieces.append(Sentence(self.say("results.minutes", minutes=self.words.number(self.course.minutes, 0))))
        heads = tuple(self.say(f"report.{head}") for head in ("question", "came_to", "left_after", "time"))
        caption = self.say("report.path")
        return Section(
            "path", caption, (*pieces, Table(caption, heads, tuple(rows)), Sentence(self.say("report.path_how"), "small"))
        )

    def _seconds(self, seconds: float | None) -> str:
        if seconds is None:
            return "–"
        if seconds < 60:
            return self.say("report.seconds", count=self.words.number(seconds, 0))
        return self.say("report.minutes", count=self.words.number(seconds / 60, 1))

    def _passages(self) -> list[Passage]:
        """Returns the beginning and the questions that may be told of: how many came to one tells nothing that is hidden.

        One that is asked only of whoever answered something sensitive, or something about where they belong, would tell how many
        did.
        """
        hidden = {one.step for one in self.layout.questions if self.discretion[one.column] > Discretion.GUARDED}
        guarded = {one.step for one in self.layout.questions if self.discretion[one.column] is Discretion.GUARDED}
        narrowed = {name for name, read in asked_if(self.layout.flows.values()).items() if not read.isdisjoint(hidden | guarded)}
        others = {one.step for one in self.layout.questions if one.other}
        return [one for one in self.course.passages if one.step not in hidden | narrowed | others]


def _every_day(days: Sequence[Day]) -> list[Day]:
    """Returns all days from the first to the last, those on which nobody came too."""
    by_day = {day.day: day for day in days}
    first, last = days[0].day, days[-1].day
    span = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [by_day.get(one, Day(one, 0, 0)) for one in span]


def _weeks(days: Sequence[Day]) -> list[Day]:
    """Returns weeks, each by its Monday."""
    sums: dict[date, list[int]] = {}
    for day in days:
        tally = sums.setdefault(day.day - timedelta(days=day.day.weekday()), [0, 0])
        tally[0] += day.started
        tally[1] += day.completed
    return [Day(monday, *tally) for monday, tally in sums.items()]
