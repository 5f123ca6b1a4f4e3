"""Alembic at work: imported only when a database is not at the newest revision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from storage.migrations import HEAD, MigrationRefused, driver_url

_ADVISORY = 0x4D696E6761
"""The number of the advisory lock under which PostgreSQL databases are migrated ("Minga" in ASCII)."""


def configuration() -> Config:
    """Returns alembic's configuration for this folder, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def migrating_engine(database_url: str) -> Engine:
    """Returns an engine whose transactions are whole on SQLite too: BEGIN IMMEDIATE first, so that DDL is undone too."""
    engine = create_engine(driver_url(database_url))
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _connect(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            connection.execute("PRAGMA busy_timeout = 30000")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def known_revisions() -> set[str]:
    """Returns every revision that this version can begin from."""
    return {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}


def run(database_url: str, found: str | None, wanted: str = "head") -> None:
    """Brings the database from revision `found` (None: empty) to `wanted`. Raises MigrationRefused as `upgrade` says."""
    config = configuration()
    if found is not None and found not in known_revisions():
        raise MigrationRefused("migrations.newer", found=found, known=HEAD)
    engine = migrating_engine(database_url)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY})
            config.attributes["connection"] = connection
            command.upgrade(config, wanted)
    except OperationalError as error:
        raise MigrationRefused("migrations.unreachable", database=engine.url.database, error=str(error.orig).strip()) from error
    finally:
        engine.dispose()
