"""What was answered, skipped, refused, counted while the answers stream by."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from bot.reports.rows import ResultRow
from bot.reports.wide import Latest

_CHOSEN = frozenset({"select_one", "select_multiple", "rank"})


@dataclass(slots=True)
class Count:
    """Of a step in a version: answers by what they are. In a repeat each pass counts.

    `again` are passes behind a conversation's first, `further` answers behind its first. `chosen` counts each choice; of an order
    how often it was placed at all.
    """

    answered: int = 0
    skipped: int = 0
    refused: int = 0
    again: int = 0
    further: int = 0
    chosen: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def reached(self) -> int:
        """Returns in how many conversations there is a word on it."""
        return self.answered + self.skipped + self.refused - self.again


class Counts:
    """Counts conversations by version, and answers by version, step and type: as large as the flow, not as the answers."""

    def __init__(self) -> None:
        self.conversations: Counter[str] = Counter()
        self.answers = 0
        self._counts: dict[str, defaultdict[str, defaultdict[str, Count]]] = {}

    def add(self, result: ResultRow, latest: Latest) -> None:
        """Counts a conversation."""
        self.conversations[result.version] += 1
        self.answers += len(latest)
        counts = self._counts.get(result.version)
        if counts is None:
            counts = self._counts[result.version] = defaultdict(lambda: defaultdict(Count))
        repeated: set[str] = set()
        told: set[tuple[str, str]] = set()
        for step, at, kind, value, empty, _, _, _ in latest.values():
            count = counts[step][kind]
            if at:
                if step in repeated:
                    count.again += 1
                repeated.add(step)
                if empty is None:
                    if (step, kind) in told:
                        count.further += 1
                    told.add((step, kind))
            if empty is None:
                count.answered += 1
                if kind in _CHOSEN:
                    chosen = count.chosen
                    if type(value) is str:
                        chosen[value] += 1
                    elif isinstance(value, list):
                        for name in value:
                            if isinstance(name, str):
                                chosen[name] += 1
            elif empty == "skipped":
                count.skipped += 1
            else:
                count.refused += 1

    def of(self, version: str, step: str, kind: str) -> Count:
        """Returns the counts of that step as that type in that version."""
        steps = self._counts.get(version)
        kinds = None if steps is None else steps.get(step)
        return Count() if kinds is None else kinds.get(kind, Count())

    def not_asked(self, version: str, step: str, kind: str) -> int:
        """Returns how many conversations of that version have no word on it: not relevant, not reached, nothing computed."""
        return self.conversations[version] - self.of(version, step, kind).reached
