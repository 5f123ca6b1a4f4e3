"""One evaluation: the world it sees and what it may still cost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.engine.expressions.errors import BudgetError
from bot.engine.expressions.scope import Scope
from bot.engine.expressions.values import Plain

LONGEST: Final = 20_000
"""Most characters of a text that an expression produces."""


class Run:
    """Counts down from the budget: one step for a node, one for every 64 characters produced, one for every instance read."""

    __slots__ = ("drawn", "left", "scope")

    def __init__(self, scope: Scope, budget: int) -> None:
        self.scope = scope
        self.left = budget
        self.drawn = 0

    @property
    def now(self) -> datetime:
        """The moment of the evaluation."""
        return self.scope.now

    def draw(self) -> bytes:
        """Returns 32 bytes of chance, others at each call; a play of the same conversation draws the same."""
        self.drawn += 1
        return hashlib.sha256(f"{self.scope.chance}/{self.drawn}".encode()).digest()

    def spend(self, steps: int) -> None:
        """Counts steps. Raises BudgetError when there are no more."""
        self.left -= steps
        if self.left < 0:
            raise BudgetError("steps")

    def produced(self, text: str) -> str:
        """Returns the text, counted. Raises BudgetError where it is too long."""
        if len(text) > LONGEST:
            raise BudgetError("length")
        self.spend(len(text) >> 6)
        return text


Code = Callable[[Run], Plain]
"""A node of a tree, compiled."""
