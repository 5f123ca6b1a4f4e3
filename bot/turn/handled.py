"""What became of an inbound."""

from __future__ import annotations

from dataclasses import dataclass

from bot.vocabulary import Outcome, RecordAnswer, Say
from storage.erasure import Erased


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of an inbound, after the commit.

    `seen`: it was known, nothing changed. `trouble`: the turn failed, the event is in quarantine and the person was told.
    `conversation` is the one the person is in now, or was in last; None in the lobby. `end` is how it ended, if it did just now.
    `erased`: those who were erased in this turn.
    """

    seen: bool = False
    trouble: bool = False
    contact: int | None = None
    conversation: int | None = None
    outbox: tuple[int, ...] = ()
    says: tuple[Say, ...] = ()
    answers: tuple[RecordAnswer, ...] = ()
    end: Outcome | None = None
    receipt: str = ""
    erased: tuple[Erased, ...] = ()


SEEN = Handled(seen=True)
