"""Who writes too fast, and whose turn it is: each address has a pace and a queue of its own, so nobody feels another's flood."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.vocabulary import Address

Who = tuple[str, str, str]
"""An address as a key: a tuple's hash costs a tenth of a record's."""

_REMEMBERED = 20_000


def who(address: Address) -> Who:
    """Returns whose address that is, as a key."""
    return address.channel, address.account, address.identifier


class Flood:
    """How fast each address may write: `burst` events at once, then one every `every` seconds. Keeps one number an address."""

    def __init__(self, *, burst: int = 40, every: float = 1.0) -> None:
        self._every = every
        self._allowance = burst * every
        self._full_at: dict[Who, float] = {}

    def wait(self, who: Who, now: float) -> float:
        """Returns how many seconds the next event of that address has to wait. `now` never goes back. Nothing is counted."""
        full_at = self._full_at.get(who)
        return 0.0 if full_at is None else max(0.0, full_at + self._every - self._allowance - now)

    def count(self, who: Who, now: float) -> None:
        """Counts an event of that address."""
        kept = self._full_at
        full_at = kept.pop(who, now)  # to the end of the line: whoever wrote longest ago is forgotten first
        kept[who] = (max(now, full_at)) + self._every
        if len(kept) > _REMEMBERED:
            del kept[next(iter(kept))]


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    inside: int = 0


class Lanes:
    """Events of one address go one after the other, in the order in which they ask; those of others side by side."""

    def __init__(self) -> None:
        self._lanes: dict[Who, _Lane] = {}

    def inside(self, who: Who) -> int:
        """Returns how many events of that address are under way or wait."""
        lane = self._lanes.get(who)
        return 0 if lane is None else lane.inside

    async def enter(self, who: Who) -> None:
        """Waits until all who asked before have left. Whoever entered must leave."""
        lane = self._lanes.get(who)
        if lane is None:
            lane = self._lanes[who] = _Lane()
        lane.inside += 1
        try:
            await lane.lock.acquire()
        except BaseException:
            self._forget(who, lane)
            raise

    def leave(self, who: Who) -> None:
        """Lets the next one of that address go."""
        lane = self._lanes[who]
        lane.lock.release()
        self._forget(who, lane)

    def _forget(self, who: Who, lane: _Lane) -> None:
        lane.inside -= 1
        if lane.inside == 0:
            del self._lanes[who]
