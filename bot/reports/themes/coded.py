"""What the free answers to a question add up to, as people coded them: themes with their shares, what is left, agreement, quotes.

Suggestions count for nothing here: only what a person confirmed does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.engine.flow import Step, Texts
from bot.reports.discretion import Discretion, discretions
from bot.reports.intervals import Share, wilson
from bot.reports.layout import Layout, Question
from bot.reports.rows import Key
from bot.reports.suppression import K
from bot.reports.themes.agreement import Agreement
from bot.reports.themes.coding import Mark, verdict
from bot.reports.wide import Latest

FREE = frozenset({"text", "audio", "video"})
"""Types of questions whose answers are coded: what somebody said in their own words, written or spoken."""

Labels = Mapping[str, str]
"""Language → text."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the answers to a question. `share` is their part of all answers, `weighted` the same by weights; None of none."""

    count: int
    share: Share | None = None
    weighted: Share | None = None


@dataclass(frozen=True, slots=True)
class ThemeCount:
    """A theme, how many answers have it, and how far two people agree on it (Cohen's kappa; None: nothing to tell)."""

    code: str
    label: Labels
    part: Part
    kappa: float | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """A piece of an answer that was released: without personal data, in somebody's own words.

    `place` is where its author belongs, by the label of the choice; empty where fewer than `K` chose it. `themes` are those
    that count for the answer.
    """

    text: str
    language: str
    place: Texts
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodedPlace:
    """How many answers came from a place, and how many of them have each theme, in the order of the question's themes.

    `label` is that of the choice, empty for those who chose none (`code` is empty too) and for the product's own `other`. These
    are raw counts: whoever shows them must hide what is small.
    """

    code: str
    label: Texts
    answered: int
    themes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Coded:
    """What people made of the free answers to one question, its column in the wide table.

    `answered` is the base of all shares; `themes` are the most named first, and as an answer may have several they add up to more
    than all. `none` were coded as of no theme, `uncoded` by nobody yet; together they are "unclassified", and are always told.
    Of `open` answers two people differ and nobody decided: only the themes that both gave count. `single`, `agreed` and `settled`
    tell how the others came about. `coders` is how many people coded, `doubly` how many answers were coded by two or more of
    them; `agreement` (the part of these with exactly the same themes) and `kappa` are None where nothing was coded twice.
    `quotes` are released, never others. `places` are all there are, where the flow asks for one.
    """

    column: str
    answered: int
    themes: tuple[ThemeCount, ...]
    none: Part
    uncoded: Part
    open: Part
    single: int = 0
    agreed: int = 0
    settled: int = 0
    coders: int = 0
    doubly: int = 0
    agreement: float | None = None
    kappa: float | None = None
    quotes: tuple[Quoted, ...] = ()
    places: tuple[CodedPlace, ...] = ()

    @property
    def coded(self) -> int:
        """Returns how many answers somebody coded, of whatever themes or none."""
        return self.answered - self.uncoded.count


class Chosen(NamedTuple):
    """A released quote as it is kept: of the answer to `step` in that instance."""

    step: str
    at: tuple[int, ...]
    text: str
    language: str


def codeable(layout: Layout) -> tuple[Question, ...]:
    """Returns the questions whose answers are coded: free ones that tell neither who somebody is nor where they belong."""
    told = discretions(layout)
    return tuple(
        one
        for one in layout.questions
        if one.type in FREE
        and told[one.column] in (Discretion.OPEN, Discretion.SENSITIVE)
        and not any(step.personal or step.quasi for step in one.steps.values())
    )


def quotable(layout: Layout) -> frozenset[str]:
    """Returns the columns of the questions whose answers may be quoted: codeable, and sensitive in no version of the flow."""
    told = discretions(layout)
    return frozenset(one.column for one in codeable(layout) if told[one.column] == Discretion.OPEN)


def place_question(layout: Layout) -> Question | None:
    """Returns the question that quotes are told by: the choice that something else is coarsened to; None where there is none."""
    targets = {
        step.quasi["coarsen"]
        for flow in layout.flows.values()
        for step in flow.program
        if isinstance(step, Step) and "coarsen" in step.quasi
    }
    told = discretions(layout)
    for one in layout.questions:
        if one.step in targets and one.type == "select_one" and told[one.column] <= Discretion.GUARDED:
            return one
    return None


@dataclass(slots=True)
class _Mass:
    count: int = 0
    weight: float = 0.0

    def add(self, mass: float | None) -> None:
        self.count += 1
        self.weight += mass or 0.0


@dataclass(slots=True)
class _Tally:
    """What is gathered of one question; its size grows with themes and quotes, not with answers."""

    answered: int = 0
    weighed: int = 0
    weight: float = 0.0
    squares: float = 0.0
    themes: dict[str, _Mass] = field(default_factory=dict)
    standings: dict[str, _Mass] = field(default_factory=dict)
    none: _Mass = field(default_factory=_Mass)
    uncoded: _Mass = field(default_factory=_Mass)
    coders: set[int] = field(default_factory=set)
    agreement: Agreement = field(default_factory=Agreement)
    quotes: list[tuple[Chosen, str, tuple[str, ...]]] = field(default_factory=list)
    places: dict[str, Counter[str]] = field(default_factory=dict)
    at: Counter[str] = field(default_factory=Counter)


class Tallies:
    """Counts codings while conversations stream by: of `steps` alone, those that anybody coded or quoted an answer to."""

    def __init__(self, layout: Layout, steps: Collection[str]) -> None:
        self._layout = layout
        self._questions = {(one.step, one.type): one for one in codeable(layout) if one.step in steps}
        self._steps = frozenset(step for step, _ in self._questions)
        self._quotable = quotable(layout)
        self._place = place_question(layout)
        self._places: dict[str, int] = {}
        self._tallies = {one.column: _Tally() for one in self._questions.values()}

    def add(self, latest: Latest, marks: Sequence[Mark], chosen: Sequence[Chosen] = (), mass: float | None = None) -> None:
        """Counts a conversation with what was said of its answers; `mass` is its weight, None where it has none."""
        place = self._placed(latest)
        by_answer: dict[Key, list[Mark]] = {}
        for mark in marks:
            by_answer.setdefault((mark.step, mark.at), []).append(mark)
        for key, answer in latest.items():
            if key[0] not in self._steps or answer.empty is not None or (answer.step, answer.type) not in self._questions:
                continue
            column = self._questions[answer.step, answer.type].column
            tally = self._tallies[column]
            tally.answered += 1
            tally.at[place] += 1
            if mass is not None:
                tally.weighed += 1
                tally.weight += mass
                tally.squares += mass * mass
            said = by_answer.get(key)
            if said is None and not chosen:
                tally.uncoded.add(mass)
                continue
            themes = self._count(tally, said or (), mass)
            tally.places.setdefault(place, Counter()).update(themes)
            if chosen and column in self._quotable:
                quotes = [one for one in chosen if (one.step, one.at) == key]
                tally.quotes += [(one, place, tuple(sorted(themes))) for one in quotes]

    def coded(self, labels: Mapping[str, Labels]) -> dict[str, Coded]:
        """Returns what was counted, by column: questions of which somebody coded an answer or released a quote.

        `labels` are those of all themes that were ever used; one that is not among them is called by its code.
        """
        return {
            column: self._coded(column, tally, labels)
            for column, tally in self._tallies.items()
            if tally.answered > tally.uncoded.count or tally.quotes
        }

    def _placed(self, latest: Latest) -> str:
        if self._place is None:
            return ""
        answer = latest.get((self._place.step, ()))
        if answer is None or not isinstance(answer.value, str) or answer.type != self._place.type:
            return ""
        self._places[answer.value] = self._places.get(answer.value, 0) + 1
        return answer.value

    def _count(self, tally: _Tally, marks: Iterable[Mark], mass: float | None) -> frozenset[str]:
        found = verdict(marks)
        if found is None:
            tally.uncoded.add(mass)
            return frozenset()
        tally.coders.update(found.coded)
        tally.agreement.add(found.coded)
        tally.standings.setdefault(found.standing, _Mass()).add(mass)
        for theme in found.themes:
            tally.themes.setdefault(theme, _Mass()).add(mass)
        if not found.themes and found.standing != "open":
            tally.none.add(mass)
        return found.themes

    def _coded(self, column: str, tally: _Tally, labels: Mapping[str, Labels]) -> Coded:
        def part(of: _Mass) -> Part:
            weighted = None
            # of people who all are without weight no share is known, which is not 0
            if tally.weight and (of.weight or not of.count):
                effect = tally.weighed * tally.squares / (tally.weight * tally.weight)
                # as in `gathered.Weighed`: the base is a sum of weights, which need not be the number of people
                weighted = wilson(of.weight, tally.weight, effect * tally.weight / tally.weighed)
            return Part(of.count, wilson(of.count, tally.answered), weighted)

        def standing(name: str) -> _Mass:
            return tally.standings.get(name, _Mass())

        order = list(labels)
        counted = sorted(
            tally.themes.items(), key=lambda one: (-one[1].count, order.index(one[0]) if one[0] in labels else len(order), one[0])
        )
        return Coded(
            column,
            tally.answered,
            tuple(
                ThemeCount(code, labels.get(code, {"es": code}), part(mass), tally.agreement.of(code)) for code, mass in counted
            ),
            part(tally.none),
            part(tally.uncoded),
            part(standing("open")),
            standing("single").count,
            standing("agreed").count,
            standing("settled").count,
            len(tally.coders),
            tally.agreement.doubly,
            tally.agreement.raw,
            tally.agreement.kappa,
            tuple(self._quoted(*one) for one in tally.quotes),
            () if self._place is None else self._by_place(tally, self._place, [code for code, _ in counted]),
        )

    def _by_place(self, tally: _Tally, asked: Question, themes: Sequence[str]) -> tuple[CodedPlace, ...]:
        labels = {choice.name: choice.label for step in asked.steps.values() for choice in step.choices}
        none: Counter[str] = Counter()
        known = [code for code in asked.codes if code in tally.at]
        codes = [*known, *sorted(code for code in tally.at if code not in known and code), *([""] if "" in tally.at else [])]
        return tuple(
            CodedPlace(code, labels.get(code, {}), tally.at[code], tuple(tally.places.get(code, none)[theme] for theme in themes))
            for code in codes
        )

    def _quoted(self, chosen: Chosen, place: str, themes: tuple[str, ...]) -> Quoted:
        label: Texts = {}
        if self._place is not None and self._places.get(place, 0) >= K:
            for step in self._place.steps.values():
                label = next((choice.label for choice in step.choices if choice.name == place), label)
        return Quoted(chosen.text, chosen.language, label, themes)
