"""A step on its way from a row to a flow: its keys as the file will have them, and where each came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.forms.lists import ChoiceList


@dataclass(slots=True)
class Item:
    """A step or group. `data` holds its keys as YAML has them, without its choices and steps; `headers` tell each key's column.

    `placed` says where its list stands, "shared" above the steps or "inline", where that is not as usual.
    """

    row: int
    data: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    choices: ChoiceList | None = None
    inside: list[Item] | None = None
    placed: str = ""

    @property
    def name(self) -> str:
        """Its name in the flow, "" for a note without one."""
        return str(self.data.get("name", ""))

    def walk(self) -> Iterator[Item]:
        """Yields it and what is inside it, in order."""
        yield self
        for inner in self.inside or ():
            yield from inner.walk()


def walk(items: list[Item]) -> Iterator[Item]:
    """Yields every item, in order."""
    for item in items:
        yield from item.walk()
