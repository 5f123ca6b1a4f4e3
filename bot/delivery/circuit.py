"""A circuit breaker: while a provider is down it is left alone, but for one message now and then."""

from __future__ import annotations

from bot.delivery.patience import Patience


class Circuit:
    """What is known about the provider behind one sender. Times are milliseconds since the epoch.

    closed → (failures in a row) → open → (a probe got an answer) → closed. It lives in the process: others find out by
    themselves, and a start forgives.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._failures = 0
        self._wait = 0.0
        self.open_until: int | None = None

    @property
    def open(self) -> bool:
        """Tells whether the provider is taken to be down."""
        return self.open_until is not None

    def room(self, now: int, flying: int) -> int | None:
        """Returns how many messages may be claimed: None for no limit, one for a probe, which flies alone."""
        if self.open_until is None:
            return None
        return 1 if now >= self.open_until and flying == 0 else 0

    def answered(self) -> bool:
        """The provider answered, whatever it said. Returns whether it was down until now."""
        was, self.open_until, self._failures, self._wait = self.open, None, 0, 0.0
        return was

    def failed(self, now: int) -> bool:
        """The provider did not do its part. Returns whether it is taken to be down from now on."""
        self._failures += 1
        if self.open_until is None:
            if self._failures < self._patience.broken:
                return False
            self._wait = self._patience.probe
            self.open_until = now + round(self._wait * 1000)
            return True
        if now >= self.open_until:  # a probe; what was in the air when it opened says nothing new
            self._wait = min(self._wait * 2, self._patience.rarest)
            self.open_until = now + round(self._wait * 1000)
        return False
