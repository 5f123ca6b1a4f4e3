"""What answers add up to, question by question, while they stream by: counts, spreads, orders. Never a person's own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.engine.flow import Step, Texts
from bot.reports.cells import MEDIA
from bot.reports.counts import Counts
from bot.reports.layout import OTHER, Layout, Question
from bot.reports.rows import AnswerRow, Group, LeftOut, ResultRow, Selection, left_out
from bot.reports.spread import Numbers, Spread
from bot.reports.withheld import computed_from

CATEGORIES = 20
"""A computed text with more different values than this is no category."""

POINTS = 11
"""A scale of up to so many points is shown point by point."""


_WORDS = frozenset({"text", "phone", "email", *MEDIA})


@dataclass(frozen=True, slots=True)
class Bar:
    """How often a code was chosen. `label` is empty for the product's own `other` and for computed values."""

    code: str
    label: Texts
    count: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A choice of an order. `mean` is its mean position among those who placed it (from 1; None: nobody did).

    `points` are Borda's: of m choices the first gets m-1, the last and those left out none.
    """

    code: str
    label: Texts
    placed: int
    mean: float | None
    points: int


@dataclass(frozen=True, slots=True)
class QuestionSummary:
    """A question and what was said to it. In a repeat each pass counts as an answer; `not_asked` counts conversations.

    What does not fit its type is empty: `bars` for choices, points of a scale and computed categories, `spread` for numbers,
    `ranking` for orders, best first, `span` for the first and last date, `attached` for attachments by kind.
    """

    question: Question
    label: Texts
    answered: int
    skipped: int
    refused: int
    not_asked: int
    bars: tuple[Bar, ...]
    spread: Spread | None
    ranking: tuple[Placed, ...]
    span: tuple[str, str] | None
    attached: Counter[str]


@dataclass(frozen=True, slots=True)
class Summary:
    """A flow's results. `groups` are all its conversations; questions count those that the selection takes."""

    layout: Layout
    groups: tuple[Group, ...]
    left_out: LeftOut
    questions: tuple[QuestionSummary, ...]


@dataclass(slots=True)
class _Gathered:
    """What is gathered of one question beside the counts."""

    numbers: Numbers = field(default_factory=Numbers)
    texts: Counter[str] | None = field(default_factory=Counter)
    positions: dict[str, list[int]] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    attached: Counter[str] = field(default_factory=Counter)


def summarise(results: Iterable[ResultRow], layout: Layout, groups: Sequence[Group], selection: Selection) -> Summary:
    """Returns the summary of results that this selection took, in one pass; `groups` are all conversations of the flow."""
    counts = Counts()
    questions = {(question.step, question.type): question for question in layout.questions}
    gathered = {key: _Gathered() for key in questions}
    for result in results:
        latest = result.latest()
        counts.add(result, latest)
        for answer in latest.values():
            if answer.empty is None:
                key = (answer.step, answer.type)
                _gather(gathered[key], questions[key], result.version, answer)
    worded = _worded(layout)
    return Summary(
        layout,
        tuple(groups),
        left_out(groups, selection),
        tuple(_summed(question, counts, gathered[key], layout, worded) for key, question in questions.items()),
    )


def _gather(into: _Gathered, question: Question, version: str, answer: AnswerRow) -> None:
    match answer.value:
        case dict() as value if "reference" in value:
            into.attached[str(value.get("kind", "file"))] += 1
        case list() as names if question.type == "rank":
            step = question.steps.get(version)
            choices = len(step.choices) + step.other if step is not None else len(names)
            for position, name in enumerate(names, 1):
                tally = into.positions.setdefault(name, [0, 0, 0])
                tally[0] += 1
                tally[1] += position
                tally[2] += max(0, choices - position)
        case str() as text if question.type in ("date", "datetime", "time"):
            into.first = min(into.first or text, text)
            into.last = max(into.last, text)
        case bool() as truth:
            _categorise(into, str(int(truth)))
        case int() | float() as number:
            into.numbers.add(number)
        case str() as text if question.type == "calculate" and text:
            _categorise(into, text)


def _categorise(into: _Gathered, text: str) -> None:
    if into.texts is not None:
        into.texts[text] += 1
        if len(into.texts) > CATEGORIES:
            into.texts = None


def _worded(layout: Layout) -> frozenset[str]:
    """Returns the calculations that read what people wrote: their values may be a person's own words."""
    found: set[str] = set()
    for flow in layout.flows.values():
        steps = [node for node in flow.program if isinstance(node, Step)]
        written = {step.name for step in steps if step.type in _WORDS or step.accept}
        written |= {f"{step.name}_{OTHER}" for step in steps if step.other}
        found |= computed_from(flow, written)
    return frozenset(found)


def _summed(question: Question, counts: Counts, gathered: _Gathered, layout: Layout, worded: frozenset[str]) -> QuestionSummary:
    versions = list(layout.flows)
    of = [counts.of(version, question.step, question.type) for version in versions]
    chosen: Counter[str] = sum((count.chosen for count in of), Counter())
    spread = None if question.withheld else gathered.numbers.spread()
    newest = next(reversed(tuple(question.steps.values())), None)
    return QuestionSummary(
        question=question,
        label=newest.label if newest is not None and not question.other else {},
        answered=sum(count.answered for count in of),
        skipped=sum(count.skipped for count in of),
        refused=sum(count.refused for count in of),
        not_asked=sum(counts.not_asked(version, question.step, question.type) for version in versions),
        bars=tuple(_bars(question, chosen, gathered, worded)),
        spread=spread,
        ranking=tuple(_ranking(question, gathered)),
        span=(gathered.first, gathered.last) if gathered.first and not question.withheld else None,
        attached=gathered.attached,
    )


def _bars(question: Question, chosen: Counter[str], gathered: _Gathered, worded: frozenset[str]) -> list[Bar]:
    labels = _labels(question)
    match question.type:
        case "select_one" | "select_multiple":
            known = [Bar(code, labels.get(code, {}), chosen[code]) for code in question.codes]
            return known + [Bar(code, {}, chosen[code]) for code in sorted(chosen) if code not in question.codes]
        case "range" if not gathered.numbers.rounded and len(gathered.numbers.values) <= POINTS:
            return [Bar(f"{value:g}", {}, count) for value, count in sorted(gathered.numbers.values.items())]
        case "calculate" if gathered.texts and not question.withheld and question.step not in worded:
            return [Bar(text, {}, count) for text, count in sorted(gathered.texts.items())]
    return []


def _ranking(question: Question, gathered: _Gathered) -> list[Placed]:
    if question.type != "rank":
        return []
    labels = _labels(question)
    placed = []
    for code in dict.fromkeys([*question.codes, *sorted(gathered.positions)]):
        count, total, points = gathered.positions.get(code, (0, 0, 0))
        placed.append(Placed(code, labels.get(code, {}), count, total / count if count else None, points))
    return sorted(placed, key=lambda one: -one.points)


def _labels(question: Question) -> dict[str, Texts]:
    """Returns the labels of all choices, the newest ones where versions differ."""
    return {choice.name: choice.label for step in question.steps.values() for choice in step.choices}
