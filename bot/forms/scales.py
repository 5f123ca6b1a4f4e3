"""Choices that are numbers: in a numbered list "2" may be the second choice or the choice 2, and nobody must guess."""

from __future__ import annotations

from itertools import pairwise

from bot.engine.answers import fold
from bot.forms.lists import ChoiceList, Listed


def _labels(choice: Listed) -> list[str]:
    return [choice.label] if isinstance(choice.label, str) else list(choice.label.values())


def clashes(listed: ChoiceList, *, other: bool = False) -> bool:
    """Tells whether a label is the number of another place in the list."""
    count = len(listed.choices) + other
    return any(
        typed.isascii() and typed.isdigit() and len(typed) < 5 and 1 <= int(typed) <= count and int(typed) != place
        for place, choice in enumerate(listed.choices.values(), 1)
        for typed in map(fold, _labels(choice))
    )


def scale(listed: ChoiceList) -> list[int]:
    """Returns the points of a list that clashes and is a scale, each label its own name, in even steps; none for any other."""
    if not clashes(listed) or len(listed.choices) < 3:
        return []
    points: list[int] = []
    for name, choice in listed.choices.items():
        if not (name.isascii() and name.isdigit()) or str(int(name)) != name or choice.columns:
            return []
        if any(label.strip() != name for label in _labels(choice)):
            return []
        points.append(int(name))
    step = points[1] - points[0]
    return points if step > 0 and all(after - before == step for before, after in pairwise(points)) else []


def reordered(listed: ChoiceList, *, other: bool = False) -> bool:
    """Moves a first choice "0" to the end where that gives every number its place (1, 2, 3 or more, 0). Tells whether it did."""
    if not clashes(listed, other=other):
        return False
    first = next(iter(listed.choices))
    if any(fold(label) != "0" for label in _labels(listed.choices[first])):
        return False
    before = dict(listed.choices)
    listed.choices[first] = listed.choices.pop(first)
    if clashes(listed, other=other):
        listed.choices = before
        return False
    return True
