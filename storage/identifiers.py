"""Ids made by the process: 63 bits, ordered by time, so that the rows of a whole commit group need no round trip."""

from __future__ import annotations

import secrets
import threading
import time

_BITS = 22
"""Bits below the milliseconds: a sequence that begins each millisecond at a random place of its lower half."""

_LIMIT = 1 << _BITS

_DAY = 86_400_000


class Identifiers:
    """Makes ids; safe to call from any thread.

    An id is milliseconds since the epoch << 22 | sequence. Within a process ids strictly ascend, also when the clock steps back.
    Two processes collide with a chance of about one in two million for each millisecond in which both make an id, and then the
    primary key refuses the second, whose group is done again.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._last = 0

    def next(self) -> int:
        """Returns a new id, greater than all that came before from here."""
        least = (time.time_ns() // 1_000_000) << _BITS
        with self._guard:
            if self._last >= least:
                self._last += 1
            else:
                self._last = least | secrets.randbits(_BITS - 1)
            return self._last


def made_at(identifier: int) -> int:
    """Returns when that id was made, in milliseconds since the epoch."""
    return identifier >> _BITS


def first_at(milliseconds: int) -> int:
    """Returns the least id of that time (milliseconds since the epoch): what was made before it has a smaller one."""
    return milliseconds << _BITS


def on_day(begins: int) -> int:
    """Returns a random id of the day that begins at that time (milliseconds since the epoch): it tells nothing of the hour."""
    return first_at(begins + secrets.randbelow(_DAY)) | secrets.randbits(_BITS)
