"""Deadlines: many waits of one length, with one timer for all of them.

`asyncio.timeout` sets a timer for each wait, which for every message costs more than most of what is done meanwhile.
"""

from __future__ import annotations

import asyncio
from types import TracebackType


class Deadlines:
    """Waits of so many seconds each. One object serves one event loop after the other."""

    __slots__ = ("_loop", "_seconds", "_timer", "_waits")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waits: dict[Wait, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def wait(self) -> Wait:
        """Returns a context: what is awaited inside it is cancelled after that time, and TimeoutError is raised instead."""
        return Wait(self)

    def _begin(self, wait: Wait, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:  # the timer of a loop that ended never rings
            self._loop, self._timer = loop, None
            self._waits.clear()
        wait.until = loop.time() + self._seconds
        self._waits[wait] = None  # all last equally long, so the first to begin is the first to be late
        if self._timer is None:
            self._timer = loop.call_at(wait.until, self._ring, loop)

    def _end(self, wait: Wait) -> None:
        self._waits.pop(wait, None)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for wait in list(self._waits):
            if wait.until > now:
                self._timer = loop.call_at(wait.until, self._ring, loop)
                return
            del self._waits[wait]
            wait.ring()
        self._timer = None

    def close(self) -> None:
        """Rings no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Wait:
    """One wait. Whoever cancels the task for another reason is heard as always."""

    __slots__ = ("_before", "_deadlines", "_late", "_task", "until")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._task: asyncio.Task[object] | None = None
        self._before = 0
        self._late = False
        self.until = 0.0

    def ring(self) -> None:
        """The time is over."""
        if self._task is not None:
            self._late = True
            self._task.cancel()

    def __enter__(self) -> None:
        """Begins it. Raises RuntimeError outside a task."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a wait needs a task")
        self._task, self._before = task, task.cancelling()
        self._deadlines._begin(self, task.get_loop())  # noqa: SLF001 because the two are one thing

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Ends it. Raises TimeoutError where it was too long."""
        task, self._task = self._task, None
        if not self._late:
            self._deadlines._end(self)  # noqa: SLF001 because of the same
        elif task is not None and task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise TimeoutError from error
