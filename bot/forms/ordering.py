"""Calculations where a chat needs them. A form computes whenever something changes, so people keep calculations at its top or its
bottom; a chat goes from step to step, so each must stand after what it uses and before what uses it.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.forms.finding import Findings
from bot.forms.formulas import references
from bot.forms.item import Item, walk

_LOOKED_AT = (
    "label", "hint", "relevant", "constraint", "constraint_message", "calculation", "default", "choice_filter", "required",
    "repeat_count",
)  # fmt: skip
_PASSES = 20
_CHAIN = 12
"""So many calculations are looked through, one using the other."""


def settled(items: list[Item], findings: Findings) -> None:
    """Moves calculations that stand before what they use, or after what uses them, where nothing else changes by it."""
    place = _Place(items)
    moving = [item for item in walk(items) if item.data.get("type") == "calculate" and item.name]
    for _ in range(_PASSES):
        moved = [item for item in moving if place.settle(item)]
        for item in moved:
            findings.add("changed", "survey", item.row, "", "moved", name=item.name)
        if not moved:
            break
    _tidied(items)


def _tidied(items: list[Item]) -> None:
    """Takes out the groups that nothing is left in."""
    for item in items:
        if item.inside is not None:
            _tidied(item.inside)
    items[:] = [item for item in items if item.inside != []]


class _Place:
    """Knows where each item stands and who uses it."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.names = {item.name: item for item in walk(items) if item.name}
        self.uses: dict[int, list[Item]] = {}
        self.users: dict[str, list[Item]] = {}
        for item in walk(items):
            for name in dict.fromkeys(_referred(item)):
                if name in self.names and name != item.name:
                    self.uses.setdefault(id(item), []).append(self.names[name])
                    self.users.setdefault(name, []).append(item)
        self.look()

    def look(self) -> None:
        """Notes where everything stands now."""
        self.at: dict[int, int] = {id(item): number for number, item in enumerate(walk(self.items))}
        self.above: dict[int, list[tuple[list[Item], Item | None]]] = {}
        self._above(self.items, None, [])

    def _above(self, items: list[Item], group: Item | None, way: list[tuple[list[Item], Item | None]]) -> None:
        here = [*way, (items, group)]
        for item in items:
            self.above[id(item)] = here
            if item.inside is not None:
                self._above(item.inside, item, here)

    def settle(self, item: Item) -> bool:
        """Moves a calculation where it belongs; tells whether it did."""
        own = self.at[id(item)]
        last = max(self.uses.get(id(item), []), key=self._end, default=None)
        first = self._first(item, frozenset())
        late = self._end(last) if last is not None else -1
        early = self.at[id(first)] if first is not None else len(self.at)
        if late > own and last is not None and late < early:
            return self._move(item, last, after=True)
        if early < own and first is not None and late < early:
            return self._move(item, first, after=False)
        return False

    def _first(self, item: Item, seen: frozenset[str]) -> Item | None:
        """Returns the first step that needs the value, itself or through other calculations, which can move as well."""
        found: list[Item] = []
        for user in self.users.get(item.name, []):
            if user.data.get("type") != "calculate":
                found.append(user)
            elif user.name not in seen and len(seen) < _CHAIN:
                beyond = self._first(user, seen | {item.name})
                found += [beyond] if beyond is not None else []
        return min(found, key=lambda one: self.at[id(one)], default=None)

    def _end(self, item: Item) -> int:
        return self.at[id(item)] + sum(1 for _ in item.walk()) - 1

    def _move(self, item: Item, beside: Item, *, after: bool) -> bool:
        """Puts an item beside what holds the other, in the innermost list that both are in, unless a condition would be lost."""
        chain = self.above[id(item)]
        theirs = self.above[id(beside)]
        for items, _ in reversed(list(self._free(chain))):
            depth = next((at for at, (other, _) in enumerate(theirs) if other is items), None)
            if depth is None:
                continue
            sibling = beside if depth == len(theirs) - 1 else theirs[depth + 1][1]
            chain[-1][0][:] = [one for one in chain[-1][0] if one is not item]
            place = next(at for at, one in enumerate(items) if one is sibling)
            items.insert(place + after, item)
            self.look()
            return True
        return False

    @staticmethod
    def _free(chain: list[tuple[list[Item], Item | None]]) -> Iterator[tuple[list[Item], Item | None]]:
        """Yields the lists, outermost first, that an item may go to without leaving a condition or a repeat."""
        start = 0
        for at, (_, group) in enumerate(chain):
            if group is not None and any(key in group.data for key in ("relevant", "repeat_count", "repeat_while")):
                start = at
        yield from chain[start:]


def _referred(item: Item) -> list[str]:
    found = [name for key in _LOOKED_AT if key in item.data for name in references(str(item.data[key]))]
    labels = [choice.label for choice in item.choices.choices.values()] if item.choices is not None else []
    return [*found, *references(str(labels))] if labels else found
