"""What counts of all that was said of one answer, and whether it is decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bot.vocabulary import Instance

Standing = Literal["single", "agreed", "open", "settled"]
"""single: one person coded it; agreed: two or more did, alike; open: they differ and nobody decided; settled: somebody did."""


class Mark(NamedTuple):
    """The latest word of one person on one answer. `settled`: it decides between others. `themes`: () where it is of none."""

    step: str
    at: Instance
    type: str
    coder: int
    settled: bool
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The themes that count for an answer, and how they came about. `coded` are those that each person read by themselves."""

    themes: frozenset[str]
    standing: Standing
    coded: Mapping[int, tuple[str, ...]]


def verdict(marks: Iterable[Mark]) -> Verdict | None:
    """Returns what counts of an answer by the marks on it, those that decide in the order they were made; None without any.

    A decision goes before whatever was coded. Without one, only the themes count that everybody gave who coded the answer:
    counting what one of two saw would let the more eager one decide, and leaving the answer out would hide what they agree on.
    """
    coded: dict[int, tuple[str, ...]] = {}
    settled: tuple[str, ...] | None = None
    for mark in marks:
        if mark.settled:
            settled = mark.themes
        else:
            coded[mark.coder] = mark.themes
    if settled is not None:
        return Verdict(frozenset(settled), "settled", coded)
    if not coded:
        return None
    sets = [frozenset(themes) for themes in coded.values()]
    common = frozenset.intersection(*sets)
    standing: Standing = "single" if len(sets) == 1 else "agreed" if len(set(sets)) == 1 else "open"
    return Verdict(common, standing, coded)
