"""What people of each place are told of what was said there; it is kept with a sending, so that all get figures of one count."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.reports.discretion import Discretion, discretions
from bot.reports.layout import Layout, Question
from bot.reports.themes.coded import codeable

_CHOSEN = frozenset({"select_one", "select_multiple", "range"})
"""Closed questions of which one answer is given most; of an order there is none such."""


@dataclass(frozen=True, slots=True)
class Told:
    """What `base` people said to a question: (code, how many), the most said first. `themes`: codes are themes, not choices."""

    step: str
    base: int
    top: tuple[tuple[str, int], ...]
    themes: bool = False


@dataclass(frozen=True, slots=True)
class Local:
    """What may be told of a place, or of all: `people` is how many answered, None where that is not told."""

    people: int | None = None
    lines: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class ByPlace:
    """What may be told, of all and of each place by its code."""

    whole: Local = Local()
    places: Mapping[str, Local] = field(default_factory=dict)

    def of(self, place: str) -> tuple[Local, Local]:
        """Returns what is told to somebody of that place: of their place, and of all where nothing can be told of their place."""
        own = self.places.get(place, Local())
        told = {one.step for one in own.lines}
        return own, replace(self.whole, lines=tuple(one for one in self.whole.lines if one.step not in told))


def tellable(layout: Layout) -> tuple[Question, ...]:
    """Returns the questions whose results may be told to everybody: closed ones and free ones that are coded, asked once."""
    told = discretions(layout)
    coded = {one.column for one in codeable(layout)}
    steps = [one.step for one in layout.questions]
    return tuple(
        one
        for one in layout.questions
        if told[one.column] is Discretion.OPEN
        and () in one.instances
        and steps.count(one.step) == 1
        and (one.type in _CHOSEN or one.column in coded)
    )


def kept(found: ByPlace) -> str:
    """Returns it as JSON, so that everybody gets figures of one count."""

    def local(one: Local) -> dict[str, object]:
        return {"people": one.people, "lines": [[told.step, told.base, told.top, told.themes] for told in one.lines]}

    return json.dumps({"whole": local(found.whole), "places": {place: local(one) for place, one in found.places.items()}})


def read(text: str) -> ByPlace:
    """Returns what `kept` kept."""

    def local(one: Any) -> Local:
        lines = one["lines"]
        return Local(
            one["people"],
            tuple(Told(step, base, tuple((code, n) for code, n in top), themes) for step, base, top, themes in lines),
        )

    found = json.loads(text)
    return ByPlace(local(found["whole"]), {place: local(one) for place, one in found["places"].items()})
