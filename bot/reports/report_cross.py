"""One question by another in a report: a table in colours, and what may be said of the difference.

Small groups are joined, and cells hidden with enough others, so that nobody can work out what a few people of one group answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.reports.chart_heat import Heat
from bot.reports.cross import SMALL, Cross
from bot.reports.discretion import Discretion, discretions
from bot.reports.findings import Findings
from bot.reports.layout import Layout
from bot.reports.piece import Figure, Piece, Section, Sentence, Table
from bot.reports.report_words import Words
from bot.reports.summary import QuestionSummary
from bot.reports.suppression import K, hide_several, hide_table

ASIDE = 7
"""So many groups stand side by side; more of them stand one below the other."""

MOST = 24
"""So many groups stand alone at most, as many as the country has provinces: the largest."""

_LEAST = (K, 2 * K, 3 * K, 6 * K)
"""How many people a group that stands alone has at least: whichever of these tells most."""

_SEEN = 0.35
"""A table of which less is told is none."""

LITTLE = 5
"""An expected count below this makes chi-square unreliable."""


@dataclass(frozen=True, slots=True)
class Group:
    """People of one group: how they are called, how many they are, and how many of them said what each column tells.

    `small` says that the group is hidden elsewhere already, and must not be told alone here either; `joined`
    that it is several small ones. `code` is the answer that makes the group, "" of those who named none and of joined ones.
    """

    name: str
    base: int
    counts: tuple[int, ...]
    small: bool = False
    joined: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class Grouped:
    """Groups of which each may be told, and what may be told of them: shares, None where one is hidden, by group and column."""

    groups: tuple[Group, ...]
    columns: tuple[str, ...]
    shares: tuple[tuple[float | None, ...], ...]

    @property
    def seen(self) -> int:
        """Returns how many cells are told of groups that stand alone."""
        return sum(
            share is not None for one, row in zip(self.groups, self.shares, strict=True) if not one.joined for share in row
        )

    @property
    def enough(self) -> bool:
        """Tells whether so much may be told that it is told at all."""
        return self.seen >= _SEEN * len(self.groups) * len(self.columns)

    def share(self, name: str, column: int) -> float | None:
        """Returns what may be told of a group by its name; None where that is hidden, or the group is."""
        return next((row[column] for one, row in zip(self.groups, self.shares, strict=True) if one.name == name), None)


def grouped(columns: Sequence[str], groups: Sequence[Group], words: Words, *, several: bool) -> Grouped | None:
    """Returns groups by what they said, nothing of it about fewer than `K` people; None where nothing is left.

    `groups` must be all there are, those who named no group among them, for what is hidden has to be enough for them too.
    `several`: one person may have said several things.
    """
    best: Grouped | None = None
    # a group of hardly more than K people has small cells all along, each of which takes a larger group's with it
    for least in _LEAST:
        joined = join(groups, words, least)
        if len(joined) < 2 or not columns:
            continue
        counts = [list(group.counts) for group in joined]
        shown = hide_several(counts, [group.base for group in joined]) if several else hide_table(counts)
        if shown is not None:
            shares = (
                tuple(None if count is None else count / group.base for count in row)
                for group, row in zip(joined, shown, strict=True)
            )
            made = Grouped(tuple(joined), tuple(columns), tuple(shares))
            best = made if best is None or made.seen > best.seen else best
    return best


def told_groups(
    key: str, caption: str, head: str, found: Grouped | None, words: Words, *, coloured: bool = True, weights: bool = False
) -> Iterator[Piece]:
    """Yields the table in figures, also in colours unless not `coloured`; `head` says what its answers are.

    `weights`: other figures of the report are weighted, which these are not.
    A sentence where so little may be told that it would be no table.
    """
    if found is None or not found.enough:
        yield Sentence(words.say("report.held_groups"))
        return
    names = tuple(group.name for group in found.groups)
    drawn = tuple(tuple("·" if share is None else f"{words.number(100 * share, 0)} %" for share in row) for row in found.shares)
    told = [[words.say("report.hidden") if share is None else words.percent(share) for share in row] for row in found.shares]
    bases = tuple(str(group.base) for group in found.groups)
    alt = _seen(found, drawn, words)
    if len(names) <= ASIDE:
        # few groups stand side by side: their names are short, and answers are long
        heat = Heat(found.columns, names, tuple(zip(*found.shares, strict=True)), tuple(zip(*drawn, strict=True)))
        rows = [(name, *cells) for name, cells in zip(found.columns, zip(*told, strict=True), strict=True)]
        table = Table(caption, (head, *names), (*rows, (words.say("report.people"), *bases)))
    else:
        heat = Heat(names, found.columns, found.shares, drawn)
        rows = [(name, base, *cells) for name, base, cells in zip(names, bases, told, strict=True)]
        table = Table(caption, (words.say("report.group"), words.say("report.people"), *found.columns), tuple(rows))
    yield Figure(key, heat, caption, alt, table) if coloured else table
    if weights:
        yield Sentence(words.say("report.not_weighted"), "small")
    if any(share is None for row in found.shares for share in row):
        yield Sentence(words.say("report.hidden_why", k=K), "small")


def join(groups: Sequence[Group], words: Words, least: int = K) -> list[Group]:
    """Returns groups of which each has at least `least` people: smaller ones go together, with the next larger if need be; so do
    those behind the `MOST` largest.

    None is left where all of them together are fewer than `K`.
    """
    some = [group for group in groups if group.base]
    together = [group for group in some if group.small or group.base < least]
    rest = sorted((group for group in some if group not in together), key=lambda group: group.base)
    together, rest = together + rest[: max(0, len(rest) - MOST)], rest[max(0, len(rest) - MOST) :]
    while together and rest and (len(together) < 2 or sum(group.base for group in together) < least):
        together.append(rest.pop(0))
    if together and (len(together) < 2 or sum(group.base for group in together) < K):
        return []
    found = [group for group in some if group not in together]
    if together:
        sums = tuple(sum(counts) for counts in zip(*(group.counts for group in together), strict=True))
        found.append(Group(words.say("report.joined"), sum(group.base for group in together), sums, joined=True))
    return found


def _seen(found: Grouped, drawn: Sequence[Sequence[str]], words: Words) -> str:
    """Returns of each answer in which group it is darkest, in one sentence an answer, for up to six."""
    told: list[str] = []
    for place, column in enumerate(found.columns[:6]):
        seen = [
            (row[place] or 0.0, group.name, text[place])
            for row, group, text in zip(found.shares, found.groups, drawn, strict=True)
            if row[place] is not None
        ]
        if seen:
            _, name, share = max(seen)
            told.append(words.say("chart.darkest", column=column, name=name, told=share))
    return " ".join(told) or words.say("report.hidden_why", k=K)


def cross_section(findings: Findings, words: Words, small: Mapping[str, frozenset[str]], *, key: str = "cross") -> Section | None:
    """Returns the section of the cross-tab; None without one, or where one of its questions may not be told.

    `small` are the groups of each step that are hidden where the step itself is told.
    """
    cross, layout = findings.cross, findings.summary.layout
    if cross is None:
        return None
    discretion = discretions(layout)
    asked = (*cross.by.questions, *cross.question.questions)
    if any(discretion[one.column] > Discretion.GUARDED for one in asked):
        return None
    caption = words.say("report.cross", question=words.group(cross.question, layout), by=words.group(cross.by, layout))
    told = Section(f"{key}1", caption, tuple(_Crossed(findings, cross, words, small).pieces(key, caption)))
    return Section(key, words.say("report.crossed"), (told,))


def answers_by_place(cross: Cross, one: QuestionSummary, small: frozenset[str], words: Words) -> Grouped | None:
    """Returns what may be told of a closed question by place, whatever tells it; its columns are the table's."""
    columns = [words.member(cross.question, code) for code, _ in cross.columns]
    return grouped(columns, _groups(cross, [one], small, words), words, several=cross.question.several)


def by_place(
    key: str, cross: Cross, one: QuestionSummary, small: frozenset[str], words: Words, layout: Layout
) -> Iterator[Piece]:
    """Yields a question by the place that the flow asks for, what differs most first; nothing where it may not be told."""
    found = answers_by_place(cross, one, small, words)
    if found is None:
        return
    caption = words.say("report.by_place", by=words.group(cross.by, layout))
    weights = bool(cross.total.weighted)
    yield from told_groups(key, caption, words.say("report.answer"), found, words, coloured=False, weights=weights)
    if cross.difference is not None:
        told = _difference(cross, found, words)
        if told:
            yield Sentence(told)


def _groups(cross: Cross, summaries: Sequence[QuestionSummary], small: frozenset[str], words: Words) -> list[Group]:
    """Returns all groups, of those who named none too, where what they said can be told from what all said (`summaries`)."""
    groups = [
        Group(
            words.member(cross.by, row.code),
            row.base,
            tuple(0 if cell is None else round(cell.count) for cell in row.cells),
            row.code in small,
            code=row.code,
        )
        for row in cross.rows
    ]
    if cross.by.several or len(summaries) != 1 or not summaries[0].bars:
        return groups
    chosen = {bar.code: bar.count for bar in summaries[0].bars}
    rest = [chosen.get(code, 0) - sum(one.counts[place] for one in groups) for place, (code, _) in enumerate(cross.columns)]
    base = summaries[0].answered - cross.total.base
    if base > 0 and min(rest, default=0) >= 0:
        groups.append(Group(words.say("report.no_group"), base, tuple(rest)))
    return groups


def _difference(cross: Cross, shown: Grouped, words: Words) -> str:
    """Returns what differs most: figures that stand in the table. Empty where one of them is hidden."""
    found = cross.difference
    if found is None:
        return words.say("results.no_difference")
    high, low = cross.rows[found.higher], cross.rows[found.lower]
    more, less = high.cells[found.column], low.cells[found.column]
    assert more is not None, "a difference is one of two shares"
    assert less is not None, "a difference is one of two shares"
    names = [words.member(cross.by, row.code) for row in (high, low)]
    if any(shown.share(name, found.column) is None for name in names):
        return ""
    return words.say(
        "results.difference",
        answer=shown.columns[found.column],
        higher=names[0],
        more=f"{words.percent(more.share)} ({words.interval(more)})",
        lower=names[1],
        less=f"{words.percent(less.share)} ({words.interval(less)})",
    )


class _Crossed:
    def __init__(self, findings: Findings, cross: Cross, words: Words, small: Mapping[str, frozenset[str]]) -> None:
        self.cross, self.words, self.say = cross, words, words.say
        columns = {one.column for one in cross.question.questions}
        summaries = [one for one in findings.summary.questions if one.question.column in columns and one.bars]
        self.groups = _groups(cross, summaries, small.get(cross.by.name, frozenset()), words)

    def pieces(self, key: str, caption: str) -> Iterator[Piece]:
        """Yields what differs, the table, and what the numbers do not allow."""
        cross, words, say = self.cross, self.words, self.say
        columns = [words.member(cross.question, code) for code, _ in cross.columns]
        found = grouped(columns, self.groups, words, several=cross.question.several or cross.by.several)
        if found is not None:
            yield Sentence(_difference(cross, found, words) or words.say("report.difference_hidden"), "lead")
        yield from told_groups(f"{key}f", caption, say("report.answer"), found, words, weights=bool(cross.total.weighted))
        if found is None:
            return
        if cross.test is None:
            yield Sentence(say("results.no_test"), "small")
        else:
            chance = "< 0.001" if cross.test.p < 0.001 else f"= {cross.test.p:.3f}"
            told = say(
                "results.chi_square",
                p=chance.replace(".", say("results.decimal")),
                statistic=words.number(cross.test.statistic, 1),
                freedom=cross.test.freedom,
                strength=words.number(cross.test.strength, 2),
            )
            yield Sentence(told, "small")
            if cross.test.smallest < LITTLE:
                yield Sentence(say("results.chi_square_thin"), "small")
        few = [group.name for group in found.groups if group.base < SMALL]
        if few:
            yield Sentence(say("results.small_groups", groups=", ".join(few), least=SMALL), "small")
        yield Sentence(say("results.cross_limits", missing=cross.missing, compared=cross.compared), "small")
