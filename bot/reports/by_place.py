"""What people of each place said to the main questions, as it may be told to everybody who belongs there.

Whoever gets the figures of one place can ask others for theirs and has those of all: so the places of a question, and what they
said, are one table that is published with its totals, and hides what could be worked out (`suppression`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.engine.flow import Step
from bot.reports.categories import Grouping
from bot.reports.discretion import Discretion, discretions
from bot.reports.layout import OTHER, Layout, Question
from bot.reports.rows import ResultRow
from bot.reports.suppression import K, hide_line, hide_table, merged
from bot.reports.themes.coded import codeable
from bot.reports.themes.coding import Mark, verdict
from bot.reports.wide import Latest

MOST = 3
"""How many answers of a question are told at most: a message is short."""

_CHOSEN = frozenset({"select_one", "select_multiple", "rank", "range", "acknowledge"})


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
    """What may be told, of all and of each place by its code. A place that is missing is told with all."""

    whole: Local = Local()
    places: Mapping[str, Local] = field(default_factory=dict)

    def of(self, place: str) -> tuple[Local, bool]:
        """Returns what is told to somebody of that place, and whether it is of their place (else of all)."""
        own = self.places.get(place)
        return (own, True) if own is not None and own.lines else (self.whole, False)


def places_of(layout: Layout) -> tuple[Question, ...]:
    """Returns the questions that can tell somebody's place: choices of one that are not sensitive.

    What something else is coarsened to comes first, then what a link brings along, then the others.
    """
    told = discretions(layout)
    able = [one for one in layout.questions if one.type == "select_one" and told[one.column] <= Discretion.GUARDED]
    steps = [step for flow in layout.flows.values() for step in flow.program if isinstance(step, Step)]
    coarse = {step.quasi["coarsen"] for step in steps if "coarsen" in step.quasi}
    linked = {step for flow in layout.flows.values() for preset in flow.links.values() for step in preset}
    return tuple(sorted(able, key=lambda one: 0 if one.step in coarse else 1 if one.step in linked else 2))


def tellable(layout: Layout) -> tuple[Question, ...]:
    """Returns the questions whose results may be told to everybody: closed ones and free ones that are coded."""
    told = discretions(layout)
    coded = {one.column for one in codeable(layout)}
    return tuple(
        one
        for one in layout.questions
        if told[one.column] == Discretion.OPEN and () in one.instances and (one.type in _CHOSEN or one.column in coded)
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


class Placing:
    """Counts while conversations stream by; as large as places and answers there are, not as people."""

    def __init__(self, place: Grouping | None, asked: Sequence[Grouping], coded: Iterable[str]) -> None:
        """`asked` are the closed questions that are told, `coded` the steps of free ones."""
        self._place = place
        self._asked = tuple(asked)
        self._coded = tuple(coded)
        self._heads: Counter[str] = Counter()
        self._bases: dict[str, Counter[str]] = {name: Counter() for name in self._steps}
        self._cells: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in self._steps}

    @property
    def _steps(self) -> tuple[str, ...]:
        return (*(one.name for one in self._asked), *self._coded)

    def add(self, result: ResultRow, latest: Latest, marks: Sequence[Mark] = ()) -> None:
        """Counts a conversation; `marks` are what people coded of its free answers."""
        place = next(iter(self._place.of(result, latest)), "") if self._place else ""
        self._heads[place] += 1
        for one in self._asked:
            codes = one.of(result, latest)
            if codes:
                self._count(one.name, place, codes)
        for step in self._coded:
            found = verdict([mark for mark in marks if mark.step == step and not mark.at])
            if found is not None:
                self._count(step, place, sorted(found.themes))

    def _count(self, step: str, place: str, codes: Sequence[str]) -> None:
        self._bases[step][place] += 1
        for code in codes:
            self._cells[step][place, code] += 1

    def told(self) -> ByPlace:
        """Returns what may be told of all that was counted."""
        several = {one.name: one.several for one in self._asked}
        lines: dict[str, list[Told]] = {}
        whole: list[Told] = []
        for step in self._steps:
            themes = step in self._coded
            everybody, own = self._question(step, several=themes or several[step], themes=themes)
            if everybody is not None:
                whole.append(everybody)
            for place, told in own.items():
                lines.setdefault(place, []).append(told)
        heads = self._alone(self._heads)
        total = sum(self._heads.values())
        return ByPlace(
            Local(total if total >= K else None, tuple(whole)),
            {place: Local(self._heads[place] if place in heads else None, tuple(found)) for place, found in lines.items()},
        )

    def _question(self, step: str, *, several: bool, themes: bool) -> tuple[Told | None, dict[str, Told]]:
        bases, cells = self._bases[step], self._cells[step]
        if sum(bases.values()) < K:
            return None, {}
        alone = self._alone(bases)
        rest = [place for place in bases if place not in alone]
        rows: list[list[str]] = [*([place] for place in alone), *([rest] if rest else [])]
        codes = sorted({code for _, code in cells})
        counts = [[sum(cells[place, code] for place in row) for code in codes] for row in rows]
        totals = [sum(bases[place] for place in row) for row in rows]
        shown = _each(counts, totals) if several else hide_table(counts)
        line = [sum(column) for column in zip(*counts, strict=True)]
        whole = _firsts(hide_line((count, sum(totals) - count)) for count in line) if several else hide_line(line)
        everybody = _told(step, sum(totals), codes, whole, themes=themes)
        if shown is None:
            return everybody, {}
        own = {
            place: found
            for place, row, base in zip(alone, shown, totals, strict=False)
            if (found := _told(step, base, codes, row, themes=themes)) is not None
        }
        return everybody, own

    def _alone(self, counts: Mapping[str, int]) -> list[str]:
        """Returns the places of so many people that they are told by themselves, and the rest of all as well."""
        together = merged({place: count for place, count in counts.items() if place not in ("", OTHER)})
        unplaced = counts.get("", 0) + counts.get(OTHER, 0)
        joined = together.get("", ())
        alone = [place for place in together if place]
        left = unplaced + sum(counts[place] for place in joined)
        while alone and 0 < left < K:  # who told no place is left over by all the others
            smallest = min(alone, key=lambda place: (counts[place], place))
            alone.remove(smallest)
            left += counts[smallest]
        return sorted(alone)


def _each(counts: Sequence[Sequence[int]], totals: Sequence[int]) -> list[list[int | None]]:
    """Returns a table of answers of which somebody may have given several: each is a table of those who did and who did not."""
    shown: list[list[int | None]] = [[] for _ in counts]
    for column in range(len(counts[0]) if counts else 0):
        pairs = [[row[column], total - row[column]] for row, total in zip(counts, totals, strict=True)]
        hidden = hide_table(pairs)
        for place, row in enumerate(shown):
            row.append(None if hidden is None else hidden[place][0])
    return shown


def _firsts(pairs: Iterable[list[int | None] | None]) -> list[int | None]:
    return [None if pair is None else pair[0] for pair in pairs]


def _told(step: str, base: int, codes: Sequence[str], row: Sequence[int | None] | None, *, themes: bool) -> Told | None:
    found = [(code, count) for code, count in zip(codes, row or (), strict=False) if count and code != OTHER]
    found.sort(key=lambda one: (-one[1], one[0]))
    return Told(step, base, tuple(found[:MOST]), themes) if found else None
