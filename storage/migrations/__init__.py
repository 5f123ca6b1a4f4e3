"""How a database comes to the tables of this version: alembic's revisions, and the callable that the program starts with.

A new revision is written by comparing the tables with a database at the newest revision (any scratch file will do):

    cd storage/migrations
    alembic -x url=sqlite:////tmp/scratch.db upgrade head
    alembic -x url=sqlite:////tmp/scratch.db revision --autogenerate --rev-id 0014 -m "What it brings"

Read it before it is kept: alembic sees neither CHECK constraints nor table options. Then `HEAD` below is moved on; the tests
compare it, and compare what the revisions build with what the tables say, on both databases.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.refusal import Refused

HEAD = "0013"
"""The newest revision. Kept here so that a database which is there already is recognised without importing alembic."""


class MigrationRefused(Refused):
    """The database belongs to a newer version of the program, or cannot be reached."""


def upgrade(database_url: str) -> bool:
    """Brings the database to the tables of this version; returns whether anything had to be done.

    `database_url` is `sqlite:///path` (the file is made if need be, its folder is not) or `postgresql://…`; a database in memory
    makes its tables itself, so nothing is done. All of it is one transaction, and processes that start together wait for each
    other. Raises MigrationRefused "migrations.newer" (places: found, known) where a newer program has been at work,
    "migrations.unreachable" (places: database, error) otherwise.
    """
    if in_memory(database_url):
        return False
    found = revision(database_url)
    if found == HEAD:
        return False
    from storage.migrations.running import run  # alembic costs a quarter of a second, which a ready database need not pay

    run(database_url, found)
    return True


def revision(database_url: str) -> str | None:
    """Returns the revision that the database is at, None where it is empty (or not there yet, for a SQLite file).

    Raises MigrationRefused "migrations.unreachable".
    """
    if database_url.startswith("sqlite"):
        return _sqlite_revision(sqlite_path(database_url))
    return _postgres_revision(database_url)


def in_memory(database_url: str) -> bool:
    """Tells whether that is SQLite without a file: a database that lives and dies with its connection."""
    return database_url.startswith("sqlite") and database_url.partition(":///")[2].partition("?")[0] in {"", ":memory:"}


def sqlite_path(database_url: str) -> Path:
    """Returns the file of a `sqlite:///path` URL (relative) or a `sqlite:////path` one (absolute).

    Raises ValueError for an in-memory database.
    """
    if in_memory(database_url):
        raise ValueError("an in-memory database has no file")
    return Path(database_url.partition(":///")[2].partition("?")[0])


def driver_url(database_url: str) -> str:
    """Returns the URL in the form that SQLAlchemy wants: PostgreSQL through psycopg 3."""
    for scheme in ("postgresql://", "postgres://"):
        if database_url.startswith(scheme):
            return "postgresql+psycopg://" + database_url.removeprefix(scheme)
    return database_url


def plain_url(database_url: str) -> str:
    """Returns the URL in the form that psycopg itself wants."""
    for scheme in ("postgresql+psycopg://", "postgres://"):
        if database_url.startswith(scheme):
            return "postgresql://" + database_url.removeprefix(scheme)
    return database_url


def _sqlite_revision(path: Path) -> str | None:
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
                return None
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise MigrationRefused("migrations.unreachable", database=path, error=str(error)) from error
    return str(row[0]) if row else None


def _postgres_revision(database_url: str) -> str | None:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        with psycopg.connect(plain_url(database_url), connect_timeout=10) as connection:
            if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
                return None
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.Error as error:
        # the server's own words, but never the URL: it holds the password
        told = conninfo_to_dict(plain_url(database_url))
        place = f"{told.get('host', 'localhost')}/{told.get('dbname', '')}"
        raise MigrationRefused("migrations.unreachable", database=place, error=str(error).strip().splitlines()[0]) from error
    return str(row[0]) if row else None
