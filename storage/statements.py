"""What a transaction looks like to those who write SQL: statements with `?` places, run on the raw driver of either database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol

Dialect = Literal["sqlite", "postgresql"]

Row = tuple[Any, ...]


class Statement:
    """An SQL text, spelt once for both databases.

    `?` are the places (the text must have no other question mark). `locking` takes the place of `{locking}` on PostgreSQL only:
    row locks, which SQLite does not need because it has one writer.
    """

    __slots__ = ("postgresql", "sqlite")

    def __init__(self, text: str, *, locking: str = "") -> None:
        spelt = " ".join(text.split())
        self.sqlite = spelt.replace("{locking}", "")
        pieces = spelt.replace("{locking}", locking).split("?")
        self.postgresql = pieces[0] + "".join(f"${place}{piece}" for place, piece in enumerate(pieces[1:], 1))

    def __repr__(self) -> str:
        return f"Statement({self.sqlite!r})"


class Transaction(Protocol):
    """One transaction on one of the databases, valid inside the function it was handed to. It never awaits.

    Errors of the driver (a broken constraint, say) are raised as they are, by the call or, for `write`, at the latest by the
    end of the function; the function's work is then undone as a whole.
    """

    @property
    def dialect(self) -> Dialect:
        """Which database this is."""

    def lock(self, contact: int) -> bool:
        """Locks that contact until the commit. Returns False if it was locked already, so that what was read since is true."""

    def one(self, statement: Statement, values: Sequence[object] = ()) -> Row | None:
        """Runs it and returns its first row, None if it has none."""

    def all(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        """Runs it and returns all its rows."""

    def run(self, statement: Statement, values: Sequence[object] = ()) -> int:
        """Runs it now and returns how many rows it touched."""

    def write(self, statement: Statement, values: Sequence[object]) -> None:
        """Runs it before whatever this transaction runs next; PostgreSQL gets several in one journey."""

    def write_many(self, statement: Statement, rows: Iterable[Sequence[object]]) -> None:
        """Writes it once for each of `rows`."""
