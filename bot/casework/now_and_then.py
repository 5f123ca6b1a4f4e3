"""Looking for what is owed, not too often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta


class NowAndThen:
    """Looks, if nobody of this process did so within `between`: what is owed is owed from a morning on, not from a second on.

    A clock that was set back holds nothing up. A look that raises is none.
    """

    def __init__(self, look: Callable[[datetime], Awaitable[object]], between: timedelta) -> None:
        self._look = look
        self._between = between
        self._looked: datetime | None = None

    async def __call__(self, now: datetime) -> None:
        """Looks, or does nothing. Raises what looking raises."""
        if self._looked is not None and timedelta(0) <= now - self._looked < self._between:
            return
        await self._look(now)
        self._looked = now
