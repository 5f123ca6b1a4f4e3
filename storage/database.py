"""The database: one `transaction(fn)` for all writes, grouped into few commits, and one `read(fn)` for snapshots."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import StaticPool

from storage import sqlite
from storage.groups import AddressKey, Bounds, ClosedError, Driver, Job, Tally, UnavailableError, Worker
from storage.identifiers import Identifiers
from storage.statements import Dialect, Statement, Transaction

T = TypeVar("T")

__all__ = ["AddressKey", "Bounds", "ClosedError", "Database", "Tally", "Transaction", "UnavailableError", "engine"]


class Database:
    """A database by its URL: `sqlite:///file`, `sqlite://` (in memory: tables are made at once) or `postgresql://…`.

    Writes: SQLite has one worker with the only connection of this process that writes; PostgreSQL has `workers` of them and jobs
    find theirs by key, so what shares a key keeps its order. `close` does what is queued first.
    """

    def __init__(self, url: str, *, workers: int = 4, bounds: Bounds | None = None, readers: int = 4) -> None:
        self.url = make_url(url)
        self.dialect: Dialect = _dialect(self.url)
        self.identifiers = Identifiers()
        self._closed = False
        bounds = bounds or Bounds()
        self._guard = threading.Lock()
        self._in_memory = self.dialect == "sqlite" and self.url.database in (None, "", ":memory:")
        if self._in_memory:
            connection = sqlite.connect(":memory:")
            self._shared = 1
            self._reading = _engine_in_memory(connection)
            self._workers = [Worker("minga-writer", lambda: sqlite.SqliteDriver(connection), bounds)]
            self.transaction_now(lambda _: self._read_here(_create_all))
        else:
            self._reading = engine(url, read_only=True, size=readers)
            count = 1 if self.dialect == "sqlite" else workers + 1
            self._shared = 1 if self.dialect == "sqlite" else workers
            self._workers = [Worker(f"minga-writer-{number}", _driver(self.url), bounds) for number in range(count)]
        self._readers = ThreadPoolExecutor(readers, "minga-reader")

    async def transaction(
        self,
        work: Callable[[Transaction], T],
        *,
        key: int = 0,
        address: AddressKey | None = None,
        ahead: Statement | None = None,
        apart: bool = False,
    ) -> T:
        """Runs `work` in a transaction and returns its result once it is committed.

        `work` may be run again if the group it shares a commit with has to be repeated, so it must change nothing but the
        database. `address` tells whose contact it will lock, and `ahead` a query by that address which it will begin with:
        PostgreSQL answers those of a whole group in one journey. `apart`: PostgreSQL has one more worker, for what takes other
        locks than contacts' (whoever mixes the two may wait in a circle). What `work` raises undoes it alone and is raised
        here; raises `UnavailableError` if the commit failed, `ClosedError` after `close`.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(Job(work, future, loop, address, ahead), -1 if apart else key % self._shared)
        return await future

    def transaction_now(self, work: Callable[[Transaction], T], *, key: int = 0) -> T:
        """The same for those who have no event loop; blocks."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        self._put(Job(work, future, None), key % self._shared)
        return future.result()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in a thread with a connection that sees one unchanging snapshot and can change nothing.

        In memory it runs between the transactions of the one connection.
        """
        if self._in_memory:
            return await self.transaction(lambda _: self._read_here(work))
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read_here, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """The same for those who have no event loop; blocks."""
        if self._in_memory:
            return self.transaction_now(lambda _: self._read_here(work))
        return self._read_here(work)

    def tallies(self) -> tuple[Tally, ...]:
        """Returns what each worker has done so far."""
        return tuple(worker.tally for worker in self._workers)

    def waiting(self) -> int:
        """Returns how many transactions wait for their turn."""
        return sum(worker.waiting() for worker in self._workers)

    def empty_log(self) -> bool:
        """Leaves nothing in the log of SQLite of what was deleted (see sqlite.empty_log); blocks. True where there is none."""
        path = self.url.database
        return self.dialect != "sqlite" or self._in_memory or path is None or sqlite.empty_log(path)

    def close(self) -> None:
        """Refuses further work, does what is queued, and closes all connections."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
        for worker in self._workers:
            worker.end()
        self._readers.shutdown()
        self._reading.dispose()

    def _put(self, job: Job, worker: int) -> None:
        with self._guard:  # nothing may slip in behind the end of the queue, where nobody would answer it
            if self._closed:
                raise ClosedError("the database is closed")
            self._workers[worker].put(job)

    def _read_here(self, work: Callable[[Connection], T]) -> T:
        with self._reading.connect() as connection:
            return work(connection)


def engine(url: str | URL, *, read_only: bool = False, size: int = 2) -> Engine:
    """Returns an SQLAlchemy engine with honest transactions, for migrations, or with `read_only` for snapshots.

    On SQLite a transaction that may write begins with BEGIN IMMEDIATE: with SQLAlchemy's default, two processes that read and
    then write lose each other's changes without an error.
    """
    url = make_url(url)
    if _dialect(url) == "postgresql":
        level = "REPEATABLE READ" if read_only else "READ COMMITTED"
        made = sqlalchemy.create_engine(_psycopg(url), pool_size=size, max_overflow=0, pool_pre_ping=True, isolation_level=level)
        if read_only:
            made = made.execution_options(postgresql_readonly=True)
        return made
    path = url.database or ":memory:"

    def connect() -> sqlite3.Connection:
        connection = sqlite.connect(path)
        if read_only:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA cache_size=-4096")  # half of the writer's: there are several, and results are read once
        return connection

    made = sqlalchemy.create_engine("sqlite://" if path == ":memory:" else url, creator=connect)
    _begin(made, "BEGIN" if read_only else "BEGIN IMMEDIATE")
    return made


def _begin(made: Engine, words: str) -> None:
    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(words)


def _create_all(connection: Connection) -> None:
    from storage.schema import metadata  # SQLModel takes a third of a second, which only a database in memory must pay

    metadata.create_all(connection)


class _Lent:
    """The one connection of an in-memory database, lent to SQLAlchemy, whose commits and rollbacks are not its business."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        """The worker commits."""

    def rollback(self) -> None:
        """The worker rolls back."""

    def close(self) -> None:
        """The worker closes."""


def _engine_in_memory(connection: sqlite3.Connection) -> Engine:
    return sqlalchemy.create_engine("sqlite://", creator=lambda: _Lent(connection), poolclass=StaticPool)


def _dialect(url: URL) -> Dialect:
    match url.get_backend_name():
        case "sqlite":
            return "sqlite"
        case "postgresql" | "postgres":
            return "postgresql"
        case other:
            raise ValueError(f"{other}: only sqlite and postgresql are spoken here")


def _psycopg(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg")


def _driver(url: URL) -> Callable[[], Driver]:
    if _dialect(url) == "sqlite":
        path = url.database or ":memory:"
        return lambda: sqlite.SqliteDriver(sqlite.connect(path))
    from storage import postgresql  # the driver is an extra: whoever runs on SQLite need not have it

    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return lambda: postgresql.PostgresDriver(lambda: postgresql.connect(conninfo))
