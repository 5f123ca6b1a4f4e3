"""A small world for expressions to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Literal

from bot.engine.expressions import evaluate, parse
from bot.vocabulary import Value

ECUADOR = timezone(timedelta(hours=-5))
NOON = datetime(2026, 7, 1, 12, tzinfo=ECUADOR)
MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
WEEKDAYS = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")


@dataclass
class World:
    """Answers by name; `instances` for those inside repeats."""

    answers: Mapping[str, Value] = field(default_factory=dict)
    instances: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)
    current: Value = None
    now: datetime = NOON
    position: tuple[int, ...] = ()
    asked: list[str] = field(default_factory=list)
    chance: str = "seed/1//2026-07-01"

    def value(self, name: str) -> Value:
        self.asked.append(name)
        return self.answers.get(name)

    def all(self, name: str) -> Sequence[Value]:
        return self.instances.get(name, ())

    def instance(self, name: str, passes: tuple[int, ...]) -> Value:
        values = self.instances.get(name, ())
        return values[passes[0] - 1] if len(passes) == 1 and passes[0] <= len(values) else None

    def column(self, name: str) -> str:
        return self.columns.get(name, "")

    def label(self, name: str, value: str) -> str:
        return self.labels.get((name, value), value)

    def show(self, name: str) -> str:
        return f"<{self.answers.get(name)}>"

    def calendar(self, part: Literal["month", "weekday"], number: int) -> str:
        return (MONTHS if part == "month" else WEEKDAYS)[number - 1]


def value(
    source: str,
    answers: Mapping[str, Value] | None = None,
    *,
    current: Value = None,
    zone: tzinfo = ECUADOR,
) -> str | int | float | bool:
    """Returns what `source` is worth where those answers were given, at noon of 1 July 2026 in the zone."""
    return evaluate(parse(source), World(answers=answers or {}, current=current, now=datetime(2026, 7, 1, 12, tzinfo=zone)))


__all__ = ["ECUADOR", "NOON", "UTC", "World", "value"]
