"""Which groups are too small to be told, and which other questions would give them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.reports.discretion import Discretion, asked_if
from bot.reports.layout import Layout
from bot.reports.summary import QuestionSummary
from bot.reports.suppression import K, hide_line


def small_groups(summaries: Sequence[QuestionSummary], discretion: Mapping[str, Discretion]) -> dict[str, frozenset[str]]:
    """Returns by step the options of guarded questions whose counts are hidden, together with those that hide them."""
    found: dict[str, frozenset[str]] = {}
    for one in summaries:
        if discretion[one.question.column] is Discretion.GUARDED and one.bars:
            shown = line([bar.count for bar in one.bars], one)
            codes = [bar.code for place, bar in enumerate(one.bars) if shown is None or shown[place] is None]
            if codes:
                found[one.question.step] = found.get(one.question.step, frozenset()) | frozenset(codes)
    return found


def line(counts: Sequence[int], one: QuestionSummary) -> list[int | None] | None:
    """Returns counts of a guarded question's answers, small groups hidden; None where nothing of it may be told.

    In a repeat one person gives several answers: a group then needs so many that they are `K` people's for certain.
    """
    return hide_line(counts, K + one.further)


def narrowed(
    summaries: Sequence[QuestionSummary],
    discretion: Mapping[str, Discretion],
    small: Mapping[str, frozenset[str]],
    layout: Layout,
) -> frozenset[str]:
    """Returns the columns of what was asked only of a group that is too small to be told: how many were asked would tell it.

    Such are questions whose conditions read a guarded choice of which something is hidden, and those whose conditions read any
    guarded answer where fewer than `K` people were asked, or were not.
    """
    guarded = {one.question.step for one in summaries if discretion[one.question.column] is Discretion.GUARDED}
    read = asked_if(layout.flows.values())
    found: set[str] = set()
    for one in summaries:
        names = read.get(one.question.step, frozenset()) & guarded
        asked = one.answered + one.skipped + one.refused
        if names and (not names.isdisjoint(small) or 0 < asked < K or 0 < one.not_asked < K):
            found.add(one.question.column)
    return frozenset(found)
