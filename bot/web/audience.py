"""Who watches the simulator now: open pages are woken as soon as something happens to the person they show."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.vocabulary import Address, Outgoing


@dataclass(slots=True, eq=False)
class Watcher:
    """One open page. `heard` is set when something happened; `said` are messages that went to the person since it looked last."""

    heard: asyncio.Event = field(default_factory=asyncio.Event)
    said: list[Outgoing] = field(default_factory=list)


class Audience:
    """Open pages by the address they show. Only a hint to look again: what they show stands in the database.

    Another process cannot wake them, therefore they look again by themselves now and then.
    """

    def __init__(self) -> None:
        self._watching: dict[Address, set[Watcher]] = {}
        self._closed = False

    @property
    def closed(self) -> bool:
        """Tells whether the program is ending: streams shall end too."""
        return self._closed

    def show(self, outgoing: Outgoing) -> None:
        """Tells whoever watches the person to whom this message goes (the simulator channel calls it)."""
        for watcher in self._watching.get(outgoing.address, ()):
            watcher.said.append(outgoing)
            watcher.heard.set()

    def wake(self, address: Address) -> None:
        """Wakes whoever watches that address."""
        for watcher in self._watching.get(address, ()):
            watcher.heard.set()

    @contextmanager
    def watch(self, address: Address) -> Iterator[Watcher]:
        """Yields the watcher that is told whatever happens to that address."""
        watcher = Watcher()
        self._watching.setdefault(address, set()).add(watcher)
        try:
            yield watcher
        finally:
            watching = self._watching[address]
            watching.discard(watcher)
            if not watching:
                del self._watching[address]

    def close(self) -> None:
        """Ends every stream: a server that stops does not wait for pages that would stay open for ever."""
        self._closed = True
        for watchers in self._watching.values():
            for watcher in watchers:
                watcher.heard.set()
