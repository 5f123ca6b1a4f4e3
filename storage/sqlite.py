"""SQLite: one raw connection that writes, every job of a group in its savepoint."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence

from storage.groups import Bounds, Job, UnavailableError
from storage.statements import Dialect, Row, Statement

_PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_mode=WAL",
    # FULL: what was acknowledged survives a power cut. Under load one sync serves a whole group.
    "PRAGMA synchronous=FULL",
    # 16 MB of log before it is copied into the database, instead of 4: groups are large and write the same pages again and again
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA foreign_keys=ON",
    # what is deleted is overwritten: who was erased, and who filed something anonymous, is in no unused page either
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-8192",
)


def connect(path: str) -> sqlite3.Connection:
    """Opens a connection that never begins a transaction by itself, with the pragmas on which durability rests.

    `path` is a file or ":memory:". Python's own implicit transactions begin only before a change, so a read-then-write would
    lose updates; therefore `isolation_level=None`, and whoever writes says BEGIN IMMEDIATE.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


def empty_log(path: str) -> bool:
    """Copies the log into the database and empties it, so that what was deleted is not in it either; blocks.

    Returns False where somebody was reading for as long as it waited: then it is for the next time.
    """
    connection = connect(path)
    try:
        busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.close()
    return not busy


class SqliteTransaction:
    """A transaction on the raw connection."""

    __slots__ = ("_execute", "_executemany")

    dialect: Dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._executemany = connection.executemany

    def lock(self, contact: int) -> bool:  # noqa: ARG002 because the protocol hands it in
        """See Transaction.lock. BEGIN IMMEDIATE has locked everything."""
        return False

    def one(self, statement: Statement, values: Sequence[object] = ()) -> Row | None:
        """See Transaction.one. All rows are fetched, so that the statement is finished."""
        rows: list[Row] = self._execute(statement.sqlite, values).fetchall()
        return rows[0] if rows else None

    def all(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        """See Transaction.all."""
        return self._execute(statement.sqlite, values).fetchall()

    def run(self, statement: Statement, values: Sequence[object] = ()) -> int:
        """See Transaction.run."""
        return self._execute(statement.sqlite, values).rowcount

    def write(self, statement: Statement, values: Sequence[object]) -> None:
        """See Transaction.write."""
        self._execute(statement.sqlite, values)

    def write_many(self, statement: Statement, rows: Iterable[Sequence[object]]) -> None:
        """See Transaction.write_many."""
        self._executemany(statement.sqlite, rows)


class SqliteDriver:
    """The only connection of this process that writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._transaction = SqliteTransaction(connection)

    def group(self, first: Job, more: Callable[[], Job | None], bounds: Bounds) -> list[Job]:
        """See Driver.group. Jobs that arrive while the group runs still join it, within the bounds."""
        connection = self._connection
        until = time.monotonic() + bounds.seconds
        jobs: list[Job] = []
        job: Job | None = first
        try:
            connection.execute("BEGIN IMMEDIATE")
            while job is not None:
                jobs.append(job)
                self._job(job)
                full = len(jobs) >= bounds.jobs or time.monotonic() >= until
                job = None if full else more()
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  # because each of the group must hear of it
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for failed in jobs or [first]:
                failed.error = UnavailableError(f"the database did not commit: {error}")
                failed.error.__cause__ = error
        return jobs or [first]

    def _job(self, job: Job) -> None:
        execute = self._connection.execute
        execute("SAVEPOINT job")
        try:
            job.result = job.work(self._transaction)
        except Exception as error:
            if not self._connection.in_transaction:  # disk full and the like: SQLite has already undone the whole group
                raise sqlite3.OperationalError("the whole transaction was undone") from error
            job.error = error
            execute("ROLLBACK TO job")
        execute("RELEASE job")

    def close(self) -> None:
        """See Driver.close."""
        self._connection.close()
