"""What is gathered of one question while answers stream by, beside its counts. Its size has a bound, however many answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bot.reports.intervals import Share, wilson
from bot.reports.layout import Question
from bot.reports.rows import AnswerRow
from bot.reports.spread import Numbers
from bot.vocabulary import Value

CATEGORIES = 20
"""A computed text with more different values than this is no category."""

SPOTS = 2_000
"""So many different places are counted; further ones go together, without a place."""

WEIGHED = 10_000
"""So many different values are weighed; nothing that is shown has as many."""


@dataclass(slots=True)
class Gathered:
    """What is gathered of one question beside the counts."""

    numbers: Numbers = field(default_factory=Numbers)
    texts: Counter[str] | None = field(default_factory=Counter)
    positions: dict[str, list[int]] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    attached: Counter[str] = field(default_factory=Counter)
    total: float = 0.0
    places: Counter[tuple[str, float | None, float | None]] = field(default_factory=Counter)


@dataclass(slots=True)
class Weighed:
    """What is gathered of one question by weights: how many answered, their weights and squares, and what they chose."""

    people: int = 0
    mass: float = 0.0
    squares: float = 0.0
    chosen: dict[str, float] = field(default_factory=dict)
    total: float = 0.0

    def add(self, answer: AnswerRow, weight: float) -> None:
        """Counts an answer by its weight."""
        self.people += 1
        self.mass += weight
        self.squares += weight * weight
        value = answer.value
        match value:
            case list() if answer.type == "select_multiple":
                names = value
            case bool():
                names = [str(int(value))]
            case int() | float():
                self.total += weight * value
                names = [f"{value:g}"]
            case str() if answer.type in ("select_one", "calculate"):
                names = [value]
            case _:
                return
        for name in names if len(self.chosen) < WEIGHED else ():
            self.chosen[name] = self.chosen.get(name, 0.0) + weight

    def share(self, code: str, people: int) -> Share | None:
        """Returns the weighted share of a code that so many chose; None, which is not 0, if none of them has a weight."""
        if not self.mass or (people and code not in self.chosen):
            return None
        count = self.chosen.get(code, 0.0)
        effect = self.people * self.squares / (self.mass * self.mass)
        # the base is a sum of weights, which need not be the number of people
        return wilson(count, self.mass, effect * self.mass / self.people)


def gather(into: Gathered, question: Question, version: str, value: Value) -> None:
    """Takes in an answer that is none of those which are only counted."""
    if type(value) is int or type(value) is float:  # most of them
        into.numbers.add(value)
        into.total += value
        return
    match value:
        case dict() as file if "reference" in file:
            into.attached[str(file.get("kind", "file"))] += 1
        case dict() as place:
            spot = _spot(place)
            into.places[spot if spot in into.places or len(into.places) < SPOTS else ("", None, None)] += 1
        case list() as names if question.type == "rank":
            step = question.steps.get(version)
            choices = len(step.choices) + step.other if step is not None else len(names)
            for position, name in enumerate(names, 1):
                tally = into.positions.setdefault(name, [0, 0, 0, 0])
                tally[0] += 1
                tally[3] += position == 1
                tally[1] += position
                tally[2] += max(0, choices - position)
        case str() as text if question.type in ("date", "datetime", "time"):
            into.first = min(into.first or text, text)
            into.last = max(into.last, text)
        case bool() as truth:
            _categorise(into, str(int(truth)))
        case str() as text if question.type == "calculate" and text:
            _categorise(into, text)


def _spot(place: dict[str, object]) -> tuple[str, float | None, float | None]:
    latitude, longitude = place.get("lat"), place.get("lon")
    if place.get("place") or not isinstance(latitude, (int, float)) or not isinstance(longitude, (int, float)):
        return str(place.get("place") or ""), None, None
    return "", round(latitude, 1), round(longitude, 1)


def _categorise(into: Gathered, text: str) -> None:
    if into.texts is not None:
        into.texts[text] += 1
        if len(into.texts) > CATEGORIES:
            into.texts = None
