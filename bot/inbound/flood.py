"""Who writes too fast, and whose turn it is: each address has a pace and a queue of its own, so nobody feels another's flood."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from bot.vocabulary import Address

_REMEMBERED = 20_000


class Flood:
    """How fast each address may write: `burst` events at once, then one every `every` seconds. Keeps one number an address."""

    def __init__(self, *, burst: int = 40, every: float = 1.0) -> None:
        self._every = every
        self._allowance = burst * every
        self._full_at: OrderedDict[Address, float] = OrderedDict()

    def wait(self, address: Address, now: float) -> float:
        """Returns how many seconds an event of that address has to wait. `now` never goes back. Nothing is counted."""
        return max(0.0, self._full_at.get(address, now) + self._every - self._allowance - now)

    def count(self, address: Address, now: float) -> None:
        """Counts an event of that address."""
        self._full_at[address] = max(self._full_at.get(address, now), now) + self._every
        self._full_at.move_to_end(address)
        while self._full_at and (len(self._full_at) > _REMEMBERED or next(iter(self._full_at.values())) <= now):
            self._full_at.popitem(last=False)


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    inside: int = 0


class Lanes:
    """Events of one address go one after the other, in the order in which they ask; those of others side by side."""

    def __init__(self) -> None:
        self._lanes: dict[Address, _Lane] = {}

    def inside(self, address: Address) -> int:
        """Returns how many events of that address are under way or wait."""
        lane = self._lanes.get(address)
        return 0 if lane is None else lane.inside

    async def enter(self, address: Address) -> None:
        """Waits until all who asked before have left. Whoever entered must leave."""
        lane = self._lanes.get(address)
        if lane is None:
            lane = self._lanes[address] = _Lane()
        lane.inside += 1
        try:
            await lane.lock.acquire()
        except BaseException:
            self._forget(address, lane)
            raise

    def leave(self, address: Address) -> None:
        """Lets the next one of that address go."""
        lane = self._lanes[address]
        lane.lock.release()
        self._forget(address, lane)

    def _forget(self, address: Address, lane: _Lane) -> None:
        lane.inside -= 1
        if lane.inside == 0:
            del self._lanes[address]
