"""A snapshot that answers as a transaction does, for functions that only read and pages that must not wait for the writer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from storage.statements import Dialect, Row, Statement


class ReadOnlyError(Exception):
    """Something wanted to write, or to lock a row, in a snapshot."""


class Snapshot:
    """A `Transaction` over a connection of `Database.read`. It reads; whatever would write or lock raises ReadOnlyError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """See Transaction.dialect."""
        return "sqlite" if self._connection.dialect.name == "sqlite" else "postgresql"

    def one(self, statement: Statement, values: Sequence[object] = ()) -> Row | None:
        """See Transaction.one."""
        found = self.all(statement, values)
        return found[0] if found else None

    def all(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        """See Transaction.all. Row locks of the statement are left out: nobody can change what a snapshot sees."""
        text = statement.sqlite
        if self.dialect == "postgresql":
            text = text.replace("%", "%%").replace("?", "%s")
        return [tuple(row) for row in self._connection.exec_driver_sql(text, tuple(values))]

    def lock(self, contact: int) -> bool:
        """Raises ReadOnlyError."""
        raise ReadOnlyError(contact)

    def run(self, statement: Statement, values: Sequence[object] = ()) -> int:
        """Raises ReadOnlyError."""
        raise ReadOnlyError(statement, values)

    def write(self, statement: Statement, values: Sequence[object]) -> None:
        """Raises ReadOnlyError."""
        raise ReadOnlyError(statement, values)

    def write_many(self, statement: Statement, rows: Iterable[Sequence[object]]) -> None:
        """Raises ReadOnlyError."""
        raise ReadOnlyError(statement, rows)
