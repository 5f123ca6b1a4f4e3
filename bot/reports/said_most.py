"""What was said most, of all and of each place: a part of what a report tells of the same findings, and nothing beside it.

Everybody gets the figures of their place, and can ask others for theirs. So they are taken from the report's own table, as it
is hidden there; and even that something comes first is said only where whoever reads that table could say it too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from bot.reports.by_place import ByPlace, Local, Told, tellable
from bot.reports.decided import Decided, decided
from bot.reports.findings import Findings
from bot.reports.report_cross import Grouped, answers_by_place
from bot.reports.report_themes import themes_by_place
from bot.reports.report_words import Words
from bot.reports.summary import QuestionSummary
from bot.reports.suppression import K

MOST = 3
"""How many answers of a question are told at most: a message is short."""


def said_most(findings: Findings, steps: Collection[str], words: Words, *, places: bool) -> ByPlace:
    """Returns what is told of these questions, in their order; of each place only if `places`. `words` are of any language."""
    made, layout = decided(findings), findings.summary.layout
    able = {one.column for one in tellable(layout) if one.step in steps}
    asked = [one for one in findings.summary.questions if one.question.column in able and made.opens(one)]
    whole: list[Told] = []
    lines: dict[str, list[Told]] = {}
    for one in asked:
        codes, counts, base, found, several = _table(findings, one, made, words)
        whole += _line(one, base, _first(codes, counts, 0), themes=one.question.column in findings.coded)
        if places and found is not None and found.enough:
            for place, size, told in _places(found, codes, several=several):
                lines.setdefault(place, []).extend(_line(one, size, told, themes=one.question.column in findings.coded))
    taken = findings.summary.left_out.taken
    people = _people(findings, made)
    return ByPlace(
        Local(taken if taken >= K else None, tuple(whole)),
        {place: Local(people.get(place), tuple(told)) for place, told in lines.items() if told},
    )


def _table(
    findings: Findings, one: QuestionSummary, made: Decided, words: Words
) -> tuple[list[str], list[int], int, Grouped | None, bool]:
    """Returns a question's answers, how many people gave each, of how many; the same by place, and whether one gave several."""
    coded = findings.coded.get(one.question.column)
    if coded is not None:
        codes = [each.code for each in coded.themes]
        found = None if made.place is None else themes_by_place(coded, made.small_places, words)
        return codes, [each.part.count for each in coded.themes], coded.answered, found, True
    cross = findings.placed.get(one.question.column)
    counts = {bar.code: bar.count for bar in one.bars}
    if cross is None or made.place is None or not counts:
        return list(counts), list(counts.values()), one.answered, None, False
    codes = [code for code, _ in cross.columns]
    found = answers_by_place(cross, one, made.small_places, words)
    # what nobody of a place said has no column by place
    codes += [code for code in counts if code not in codes]
    return codes, [counts.get(code, 0) for code in codes], one.answered, found, cross.question.several


def _places(found: Grouped, codes: Sequence[str], *, several: bool) -> Iterator[tuple[str, int, list[tuple[str, int]]]]:
    """Yields of each place that stands alone how many people it is of, and what is said to be said most there."""
    hidden = [[share is None for share in row] for row in found.shares]
    # what the totals of columns and rows leave over for what is hidden, as every reader of the table can reckon
    columns = [
        sum(group.counts[column] for group, row in zip(found.groups, hidden, strict=True) if row[column])
        for column in range(len(found.columns))
    ]
    for group, row in zip(found.groups, hidden, strict=True):
        if not group.code:
            continue
        left = group.base if several else sum(count for count, gone in zip(group.counts, row, strict=True) if gone)
        bound = max((min(left, columns[column]) for column, gone in enumerate(row) if gone), default=0)
        shown = [0 if gone else count for count, gone in zip(group.counts, row, strict=True)]
        yield group.code, group.base, _first(codes, shown, bound)


def _first(codes: Sequence[str], counts: Sequence[int], bound: int) -> list[tuple[str, int]]:
    """Returns the beginning of the order by counts: those that are surely more than what is hidden, which may be up to `bound`.

    At most `MOST`; those that are as many stand together, or none of them does.
    """
    ranked = sorted(zip(codes, counts, strict=False), key=lambda one: -one[1])
    found: list[tuple[str, int]] = []
    for count, alike in groupby(ranked, key=lambda one: one[1]):
        together = list(alike)
        if count < K or count <= bound or len(found) + len(together) > MOST:
            break
        found += together
    return found


def _line(one: QuestionSummary, base: int, top: Sequence[tuple[str, int]], *, themes: bool) -> list[Told]:
    return [Told(one.question.step, base, tuple(top), themes)] if top and base >= K else []


def _people(findings: Findings, made: Decided) -> dict[str, int]:
    """Returns how many people named each place, as far as the place's own table tells."""
    if made.place is None:
        return {}
    own = next(one for one in findings.summary.questions if one.question.column == made.place.column)
    return {bar.code: bar.count for bar in own.bars if bar.count >= K and bar.code not in made.small_places}
