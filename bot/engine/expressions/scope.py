"""What an expression may ask of the world around it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from bot.vocabulary import Value


class Scope(Protocol):
    """The answers as seen from one place of a conversation."""

    @property
    def current(self) -> Value:
        """The answer under test (`.`) or, for a calculation, its former value (once() keeps it)."""
        ...

    @property
    def now(self) -> datetime:
        """The moment: aware, in the municipality's zone."""
        ...

    @property
    def position(self) -> tuple[int, ...]:
        """The pass of each enclosing repeat, outermost first, counted from 1."""
        ...

    def value(self, name: str) -> Value:
        """Returns the answer of that name as seen from here; None or '' where there is none."""
        ...

    def all(self, name: str) -> Sequence[Value]:
        """Returns every instance of that answer, or one entry for each pass of the repeat of that name."""
        ...

    @property
    def chance(self) -> str:
        """What random() and uuid() are drawn from: the same for the same conversation, place and moment, else another."""
        ...

    def instance(self, name: str, passes: tuple[int, ...]) -> Value:
        """Returns the answer of that name in those passes of the repeats around it, outermost first, counted from 1."""
        ...

    def column(self, name: str) -> str:
        """Returns a column of the choice under test ('name' is its name); '' where it has none."""
        ...

    def label(self, name: str, value: str) -> str:
        """Returns the label, in the reader's language, of the choice `value` of the question `name`."""
        ...

    def show(self, name: str) -> str:
        """Returns the answer of that name as a text for the reader: labels for choices, dates as people write them."""
        ...

    def calendar(self, part: Literal["month", "weekday"], number: int) -> str:
        """Returns the short name of a month (1 to 12) or of a day of the week (1 Monday to 7 Sunday) for the reader."""
        ...
