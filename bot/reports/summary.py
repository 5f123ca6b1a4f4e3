"""What answers add up to, question by question, while they stream by: counts, spreads, orders. Never a person's own words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.engine.flow import Step, Texts
from bot.reports.cells import MEDIA
from bot.reports.counts import Counts
from bot.reports.cross import Crossing
from bot.reports.gathered import Gathered, Weighed, gather
from bot.reports.intervals import Share, wilson
from bot.reports.layout import OTHER, Layout, Question
from bot.reports.rows import Group, LeftOut, ResultRow, Selection, left_out
from bot.reports.spread import Numbers, Spread
from bot.reports.wide import Latest
from bot.reports.withheld import computed_from

POINTS = 11
"""A scale of up to so many points is shown point by point."""


BINS = 10
"""A histogram has about so many bins."""

_COUNTED = frozenset({"select_one", "select_multiple", "phone", "email", "note"})
"""Types of which the counts say all: nothing further is gathered."""

_WORDS = frozenset({"text", "phone", "email", *MEDIA})


@dataclass(frozen=True, slots=True)
class Bar:
    """How often a code was chosen. `label` is empty for the product's own `other` and for computed values.

    `share` is the part of those who answered, `weighted` the same by weights; None without answers, or without weights.
    """

    code: str
    label: Texts
    count: int
    share: Share | None = None
    weighted: Share | None = None


@dataclass(frozen=True, slots=True)
class Bin:
    """How many numbers lie from `low` to below `high`; the last bin of a histogram holds its end too."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Spot:
    """How many answered with that place: a named one, or else a square of a tenth of a degree (some 11 km) around its middle."""

    place: str
    lat: float | None
    lon: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A choice of an order. `mean` is its mean position among those who placed it (from 1; None: nobody did).

    `first` is how many put it first. `points` are Borda's: of m choices the first gets m-1, the last and those left out none.
    """

    code: str
    label: Texts
    placed: int
    mean: float | None
    points: int
    first: int


@dataclass(frozen=True, slots=True)
class QuestionSummary:
    """A question and what was said to it. In a repeat each pass counts as an answer; `not_asked` counts conversations, and
    `further` the answers behind a conversation's first.

    What does not fit its type is empty: `bars` for choices, points of a scale and computed categories, `spread`, `bins` and
    `mean` for numbers, `ranking` for orders, best first, `span` for the first and last date, `attached` for attachments by kind,
    `spots` for places, most named first. `weighted_mean` and the weighted shares are there where answers were weighted.
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
    bins: tuple[Bin, ...] = ()
    mean: float | None = None
    weighted_mean: float | None = None
    spots: tuple[Spot, ...] = ()
    further: int = 0

    @property
    def people(self) -> int:
        """Returns how many conversations gave the answers."""
        return self.answered - self.further


@dataclass(frozen=True, slots=True)
class Summary:
    """A flow's results. `groups` are all its conversations; questions count those that the selection takes."""

    layout: Layout
    groups: tuple[Group, ...]
    left_out: LeftOut
    questions: tuple[QuestionSummary, ...]


def summarise(
    results: Iterable[ResultRow],
    layout: Layout,
    groups: Sequence[Group],
    selection: Selection,
    *,
    weight: Callable[[ResultRow, Latest], float | None] | None = None,
    watch: Callable[[ResultRow], None] | None = None,
    crossing: Crossing | None = None,
    beside: Callable[[ResultRow, Latest, float | None], None] | None = None,
) -> Summary:
    """Returns the summary of what this selection takes of the results, in one pass; `groups` are all conversations of the flow.

    `weight` tells how much a conversation counts for beside the unweighted figures (None: it has no weight); `watch` is shown
    every conversation, also one that the selection does not take; `crossing` those it takes, as is `beside` with their weights.
    """
    counts = Counts()
    questions = {(question.step, question.type): question for question in layout.questions}
    gathered = {key: Gathered() for key in questions}
    weighed = {key: Weighed() for key in questions}
    places: dict[str, dict[str, tuple[Gathered, Question]]] = {}
    for (step, kind), question in questions.items():
        places.setdefault(step, {})[kind] = (gathered[step, kind], question)
    for result in results:
        if watch is not None:
            watch(result)
        if not selection.takes(result.status, test=result.test):
            continue
        latest = result.latest()
        counts.add(result, latest)
        mass = None if weight is None else weight(result, latest)
        if crossing is not None:
            crossing.add(result, latest, mass)
        if beside is not None:
            beside(result, latest, mass)
        for answer in latest.values():
            step, _, kind, value, empty, _, _, _ = answer
            if empty is not None:
                continue
            if kind not in _COUNTED and (kind != "text" or type(value) is not str):
                gather(*places[step][kind], result.version, value)
            if mass is not None:
                weighed[step, kind].add(answer, mass)
    worded = _worded(layout)
    return Summary(
        layout,
        tuple(groups),
        left_out(groups, selection),
        tuple(_summed(question, counts, gathered[key], weighed[key], layout, worded) for key, question in questions.items()),
    )


def _worded(layout: Layout) -> frozenset[str]:
    """Returns the calculations that read what people wrote: their values may be a person's own words."""
    found: set[str] = set()
    for flow in layout.flows.values():
        steps = [node for node in flow.program if isinstance(node, Step)]
        written = {step.name for step in steps if step.type in _WORDS or step.accept}
        written |= {f"{step.name}_{OTHER}" for step in steps if step.other}
        found |= computed_from(flow, written)
    return frozenset(found)


def _summed(
    question: Question, counts: Counts, gathered: Gathered, weighed: Weighed, layout: Layout, worded: frozenset[str]
) -> QuestionSummary:
    versions = list(layout.flows)
    of = [counts.of(version, question.step, question.type) for version in versions]
    chosen: Counter[str] = Counter()
    for count in of:
        chosen.update(count.chosen)
    spread = None if question.withheld else gathered.numbers.spread()
    newest = next(reversed(tuple(question.steps.values())), None)
    answered = sum(count.answered for count in of)
    numbers = sum(gathered.numbers.values.values())
    return QuestionSummary(
        question=question,
        label=newest.label if newest is not None and not question.other else {},
        answered=answered,
        skipped=sum(count.skipped for count in of),
        refused=sum(count.refused for count in of),
        not_asked=sum(counts.not_asked(version, question.step, question.type) for version in versions),
        bars=tuple(
            replace(bar, share=wilson(bar.count, answered), weighted=weighed.share(bar.code, bar.count))
            for bar in _bars(question, chosen, gathered, worded)
        ),
        spread=spread,
        ranking=tuple(_ranking(question, gathered)),
        span=(gathered.first, gathered.last) if gathered.first and not question.withheld else None,
        attached=gathered.attached,
        bins=() if spread is None or question.type == "range" else histogram(gathered.numbers),
        mean=gathered.total / numbers if spread is not None else None,
        weighted_mean=weighed.total / weighed.mass if spread is not None and weighed.mass else None,
        spots=() if question.withheld else tuple(Spot(*spot, count) for spot, count in gathered.places.most_common()),
        further=sum(count.further for count in of),
    )


def histogram(numbers: Numbers) -> tuple[Bin, ...]:
    """Returns about ten bins of equal width, 1, 2 or 5 times a power of ten, that begin at a multiple of it."""
    spread = numbers.spread()
    if spread is None or spread.smallest == spread.largest:
        return ()
    rough = (spread.largest - spread.smallest) / BINS
    power = 10.0 ** math.floor(math.log10(rough))
    width = next(power * step for step in (1, 2, 5, 10) if power * step >= rough)
    begin, end = math.floor(spread.smallest / width), math.floor(spread.largest / width)
    counts: Counter[int] = Counter()
    for value, count in numbers.values.items():
        counts[min(end, max(begin, math.floor(value / width)))] += count
    return tuple(Bin(place * width, (place + 1) * width, counts[place]) for place in range(begin, end + 1))


def _bars(question: Question, chosen: Counter[str], gathered: Gathered, worded: frozenset[str]) -> list[Bar]:
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


def _ranking(question: Question, gathered: Gathered) -> list[Placed]:
    if question.type != "rank":
        return []
    labels = _labels(question)
    placed = []
    for code in dict.fromkeys([*question.codes, *sorted(gathered.positions)]):
        count, total, points, first = gathered.positions.get(code, (0, 0, 0, 0))
        placed.append(Placed(code, labels.get(code, {}), count, total / count if count else None, points, first))
    return sorted(placed, key=lambda one: -one.points)


def _labels(question: Question) -> dict[str, Texts]:
    """Returns the labels of all choices, the newest ones where versions differ."""
    return {choice.name: choice.label for step in question.steps.values() for choice in step.choices}
