"""What may be told of a flow's findings: decided once, for a report and for whatever else tells of the same answers.

Two tables of the same answers that hide different cells give each other's away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.reports.discretion import Discretion, discretions
from bot.reports.findings import Findings
from bot.reports.layout import Question
from bot.reports.small import narrowed, small_groups
from bot.reports.summary import QuestionSummary
from bot.reports.suppression import K
from bot.reports.themes.coded import place_question


@dataclass(frozen=True, slots=True)
class Decided:
    """How freely each column is told, and what of it is not.

    `few`: so few are counted, of all or of the part that is looked at (a condition, days, a channel), that nothing is told.
    `small` are by step the options that are hidden, `narrow` the columns that only a group was asked that must not be told.
    `place` is the question that answers are told by, None where there is none, or it is itself not told.
    """

    discretion: dict[str, Discretion]
    few: bool
    small: Mapping[str, frozenset[str]]
    narrow: frozenset[str]
    place: Question | None

    @property
    def small_places(self) -> frozenset[str]:
        """Returns the places that are hidden, and so must not be told alone anywhere."""
        return frozenset() if self.place is None else self.small.get(self.place.step, frozenset())

    def opens(self, one: QuestionSummary) -> bool:
        """Tells whether all figures of that question may be told."""
        column = one.question.column
        return self.discretion[column] is Discretion.OPEN and column not in self.narrow and bool(one.answered)


def decided(findings: Findings) -> Decided:
    """Returns what may be told of these findings."""
    summary = findings.summary
    discretion = dict(discretions(summary.layout))
    # whoever knows that somebody took part, answered the condition, or came on that day, would read that person's answers
    taken = summary.left_out.taken
    few = taken < K and (taken > 0 or bool(findings.filter.conditions))
    if few:
        discretion = {column: max(one, Discretion.FEW) for column, one in discretion.items()}
    small = small_groups(summary.questions, discretion)
    place = place_question(summary.layout)
    told = place is not None and any(one.question.column == place.column for one in summary.questions)
    return Decided(
        discretion,
        few,
        small,
        narrowed(summary.questions, discretion, small, summary.layout),
        place if told else None,
    )
