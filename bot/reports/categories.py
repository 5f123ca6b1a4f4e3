"""From a question to the few groups that its answers fall into: what a cross-tab, a weighting or a release of data goes by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.engine.flow import Texts
from bot.reports.filters import FilterError, found
from bot.reports.layout import Layout, Question
from bot.reports.rows import ResultRow
from bot.reports.wide import Latest
from bot.vocabulary import Value

BAND = 10.0
"""How wide the bands of numbers are where the flow says nothing."""

META = ("channel", "language")
"""What a conversation itself can be grouped by."""

_GROUPED = frozenset(
    {"select_one", "select_multiple", "rank", "integer", "decimal", "range", "date", "datetime", "acknowledge", "geopoint"}
)
YES, NO = "true", "false"


@dataclass(frozen=True, slots=True)
class Grouping:
    """How conversations are grouped by one question (all its types over all versions), or by channel or language.

    Of a choice its name is the group, of several each of them, of an order its first place, of a number its band (`band`
    wide), of a date its month, of a place its name. `label` is the question's.
    """

    name: str
    questions: tuple[Question, ...]
    label: Texts
    band: float = BAND

    @property
    def several(self) -> bool:
        """Tells whether one person may be in several groups."""
        return any(one.type == "select_multiple" for one in self.questions)

    def of(self, result: ResultRow, latest: Latest) -> tuple[str, ...]:
        """Returns the groups of a conversation; none where there is no answer."""
        if not self.questions:
            return (result.channel if self.name == "channel" else result.language,)
        answer = latest.get((self.questions[0].step, ()))
        if answer is None or answer.empty is not None:
            return ()
        return groups_of(answer.type, answer.value, self.band)

    def order(self, seen: Sequence[str]) -> list[str]:
        """Returns the groups in the order in which they are shown: choices as written, then numbers and months rising."""
        codes = list(dict.fromkeys(code for one in self.questions for code in one.codes))
        return [*codes, *sorted((code for code in seen if code not in codes), key=_rising)]

    def text(self, code: str) -> Texts:
        """Returns the label of a group; empty where it is its own label."""
        for one in self.questions:
            for step in reversed(tuple(one.steps.values())):
                for choice in step.choices:
                    if choice.name == code:
                        return choice.label
        return {}


def grouping(name: str, layout: Layout) -> Grouping:
    """Returns how to group by that question, or by `channel` or `language`.

    Raises FilterError "filter.no_question", "filter.withheld", and "filter.no_groups" for a question whose answers are somebody's
    own words or lie in a repeat.
    """
    steps = {one.step for one in layout.questions} | {one.column for one in layout.questions}
    if name in META and name not in steps:
        return Grouping(name, (), {})
    questions = [one for one in found(name, layout) if one.step == found(name, layout)[0].step]
    kept = tuple(one for one in questions if one.type in _GROUPED and () in one.instances)
    if not kept:
        raise FilterError("filter.no_groups", name=name)
    newest = [step for one in kept for step in one.steps.values()]
    band = next((float(step.quasi["band"]) for step in reversed(newest) if _is_number(step.quasi.get("band"))), BAND)
    return Grouping(kept[0].step, kept, newest[-1].label if newest else {}, band)


def groups_of(kind: str, value: Value, band: float) -> tuple[str, ...]:
    """Returns the groups of an answer of that type."""
    match value:
        case list() if kind == "rank":
            return tuple(value[:1])
        case list():
            return tuple(dict.fromkeys(value))
        case bool():
            return (YES if value else NO,)
        case int() | float() if kind == "range":
            return (f"{value:g}",)
        case int() | float():
            return (banded(value, band),)
        case str() if kind in ("date", "datetime"):
            return (value[:7],)
        case str():
            return (value,)
        case dict():
            return (str(value["place"]),) if value.get("place") else ()
        case None:
            return ()


def banded(number: float, width: float) -> str:
    """Returns the band of a number: whole bands name their last whole number ("10-19"), others where they end ("0.5-1")."""
    low = math.floor(number / width) * width
    high = low + width - 1 if float(width).is_integer() else low + width
    return f"{low:g}-{high:g}" if high > low else f"{low:g}"


def _is_number(text: str | None) -> bool:
    try:
        return text is not None and float(text) > 0
    except ValueError:
        return False


def _rising(code: str) -> tuple[float, str]:
    head = code.rpartition("-")[0] if code.count("-") and not code.startswith("-") else code
    try:
        return float(head), code
    except ValueError:
        return math.inf, code
