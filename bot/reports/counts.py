"""What was answered, skipped, refused, counted while the answers stream by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bot.reports.rows import ResultRow
from bot.reports.wide import Latest

_CHOSEN = frozenset({"select_one", "select_multiple", "rank"})


@dataclass(slots=True)
class Count:
    """Of a step in a version: answers by what they are. In a repeat each pass counts; `reached` counts conversations.

    `chosen` counts each choice; of an order it counts how often it was placed at all.
    """

    answered: int = 0
    skipped: int = 0
    refused: int = 0
    reached: int = 0
    chosen: Counter[str] = field(default_factory=Counter)


class Counts:
    """Counts conversations by version, and answers by version, step and type: as large as the flow, not as the answers."""

    def __init__(self) -> None:
        self.conversations: Counter[str] = Counter()
        self.answers = 0
        self._counts: dict[tuple[str, str, str], Count] = {}

    def add(self, result: ResultRow, latest: Latest) -> None:
        """Counts a conversation."""
        version = result.version
        self.conversations[version] += 1
        self.answers += len(latest)
        counts = self._counts
        repeated: set[str] | None = None
        for (step, at), answer in latest.items():
            key = (version, step, answer.type)
            count = counts.get(key)
            if count is None:
                count = counts[key] = Count()
            if not at:
                count.reached += 1
            elif repeated is None or step not in repeated:
                repeated = {step} if repeated is None else repeated | {step}
                count.reached += 1
            if answer.empty is None:
                count.answered += 1
                if answer.type in _CHOSEN:
                    chosen, value = count.chosen, answer.value
                    for name in value if isinstance(value, list) else (value,):
                        if isinstance(name, str):
                            chosen[name] = chosen.get(name, 0) + 1
            elif answer.empty == "skipped":
                count.skipped += 1
            else:
                count.refused += 1

    def of(self, version: str, step: str, kind: str) -> Count:
        """Returns the counts of that step as that type in that version."""
        return self._counts.get((version, step, kind), Count())

    def not_asked(self, version: str, step: str, kind: str) -> int:
        """Returns how many conversations of that version have no word on it: not relevant, not reached, nothing computed."""
        return self.conversations[version] - self.of(version, step, kind).reached
