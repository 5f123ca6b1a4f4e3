"""Committing: an event's work is done until the database has it, or until its provider should wait no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from bot.deadlines import Deadlines
from storage.database import UnavailableError

Work = Callable[[], Coroutine[Any, Any, None]]

_PAUSE = 0.1
"""Seconds before a database that refused is asked again."""

_LEAST = 0.25
"""Seconds that a database is given that has been away for long: it may be back."""


class Committing:
    """How long a database may be away before somebody is told so: `patience` seconds, far less once it is known to be away."""

    def __init__(self, patience: float) -> None:
        self._patient, self._impatient = Deadlines(patience), Deadlines(min(_LEAST, patience))
        self._away = False
        self._log = structlog.get_logger("minga.inbound")

    async def done(self, work: Work) -> bool:
        """Does the work until it is committed, and returns whether that came about within our patience.

        What was handed to the database by then may still be committed later: an event is known by its identifier, so it may come
        again. Two things may be left to be done then: sending what was queued, which the delivery finds by itself, and what
        follows an erasure, which a duty finishes.
        """
        trouble = "silent"
        try:
            with self._patience().wait():
                while True:
                    try:
                        await work()
                        break
                    except UnavailableError as error:
                        trouble = type(error.__cause__ or error).__name__
                        await asyncio.sleep(_PAUSE)
        except TimeoutError:
            if not self._away:
                self._away = True
                self._log.error("database_away", error=trouble)
            return False
        if self._away:
            self._away = False
            self._log.info("database_back")
        return True

    def _patience(self) -> Deadlines:
        """Returns how long the database is waited for: not long once it is known to be away, so that no requests pile up."""
        return self._impatient if self._away else self._patient
