"""Every closed question by the place that a flow asks for, counted while conversations stream by."""

from __future__ import annotations

from collections.abc import Mapping

from bot.reports.categories import grouping
from bot.reports.cross import Cross, Crossing
from bot.reports.discretion import Discretion, discretions
from bot.reports.layout import Layout
from bot.reports.rows import ResultRow
from bot.reports.themes.coded import place_question
from bot.reports.wide import Latest

_CLOSED = frozenset({"select_one", "select_multiple", "range", "acknowledge"})


class Placing:
    """Counts what people of each place answered; as large as the flow's questions and places, not as the answers.

    Only questions are counted whose figures may all be told, and that are asked once.
    """

    def __init__(self, layout: Layout) -> None:
        self._crossings: dict[str, Crossing] = {}
        place = place_question(layout)
        if place is None:
            return
        told = discretions(layout)
        by = grouping(place.step, layout)
        steps = [one.step for one in layout.questions]
        for one in layout.questions:
            once = () in one.instances and steps.count(one.step) == 1
            if one.type in _CLOSED and told[one.column] is Discretion.OPEN and once and one.step != place.step:
                self._crossings[one.column] = Crossing(by, grouping(one.step, layout))

    def add(self, result: ResultRow, latest: Latest, mass: float | None) -> None:
        """Counts a conversation, beside it by its weight if it has one."""
        for crossing in self._crossings.values():
            crossing.add(result, latest, mass)

    def crosses(self) -> Mapping[str, Cross]:
        """Returns each question by place, by its column."""
        return {column: crossing.cross() for column, crossing in self._crossings.items()}
