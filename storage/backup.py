"""`minga backup`: everything that is kept, consistent, proved, in one file; while the server runs.

The database is copied as of one moment: SQLite by its backup interface, PostgreSQL by COPY of every table in one snapshot. The
copy is checked, packed with the attachments, and the finished file is read back whole and compared before it gets its name. The
secret key is left out: whoever finds the file can read coded answers, but no identity and no message.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from storage.archive import DATABASE, ArchiveWriter, Manifest, Table, unpack
from storage.attachments import is_reference
from storage.migrations import in_memory, plain_url, revision, sqlite_path
from storage.refusal import ArchiveBroken, BackupRefused

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A finished backup: its file, its size in bytes, and what it holds."""

    file: Path
    size: int
    manifest: Manifest


def backup(database_url: str, destination: Path, *, attachments: Path, now: datetime) -> BackedUp:
    """Backs everything up into `destination`: a file that does not exist yet, or a folder, in which it is named after `now`.

    `attachments` is the folder of the attachments, which need not exist. Blocks; a server may run meanwhile. Raises BackupRefused
    "backup.exists", "backup.no_database", "backup.damaged" (places: error), "backup.unwritable" (places: file, error),
    "backup.not_proved".
    """
    found = None if in_memory(database_url) else revision(database_url)
    if found is None:
        raise BackupRefused("backup.no_database")
    file = destination / f"minga-{now:%Y%m%d-%H%M%S}.tar.gz" if destination.is_dir() else destination
    if file.exists():
        raise BackupRefused("backup.exists", file=file)
    unfinished = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    work: Path | None = None
    try:
        # beside the destination: the room that the backup needs is there, not in the machine's folder for small things
        work = Path(tempfile.mkdtemp(prefix=".minga-backup-", dir=file.parent))
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            writer = ArchiveWriter(stream)
            tables = (
                _sqlite(database_url, work, writer)
                if database_url.startswith("sqlite")
                else _postgres(database_url, work, writer)
            )
            for kept in sorted(attachments.glob("??/*")):
                if is_reference(kept.name):  # not what is being written just now
                    writer.add(f"attachments/{kept.parent.name}/{kept.name}", kept)
            kind = "sqlite" if database_url.startswith("sqlite") else "postgresql"
            manifest = writer.finish(Manifest(round(now.timestamp() * 1_000), kind, found, tables))
            stream.flush()
            os.fsync(stream.fileno())
        if unpack(unfinished, None) != manifest:
            raise BackupRefused("backup.not_proved", file=file)
        _name(unfinished, file)
    except ArchiveBroken as error:
        raise BackupRefused("backup.not_proved", file=file) from error
    except FileExistsError as error:
        raise BackupRefused("backup.exists", file=file) from error
    except OSError as error:
        raise BackupRefused("backup.unwritable", file=file, error=error.strerror or str(error)) from error
    finally:
        unfinished.unlink(missing_ok=True)
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)
    return BackedUp(file, file.stat().st_size, manifest)


def _name(unfinished: Path, file: Path) -> None:
    """Gives the finished file its name. Raises FileExistsError where somebody made a file of that name meanwhile."""
    try:
        os.link(unfinished, file)
    except FileExistsError:
        raise
    except OSError as error:  # a memory stick knows no links: there the name is only looked at first
        if file.exists():
            raise FileExistsError(file) from error
        unfinished.rename(file)


def _sqlite(database_url: str, work: Path, writer: ArchiveWriter) -> dict[str, Table]:
    copy = work / DATABASE
    try:
        with closing(sqlite3.connect(sqlite_path(database_url), timeout=30)) as source, closing(sqlite3.connect(copy)) as target:
            # all pages in one go: in WAL mode a reader hinders nobody, while a copy in steps would begin anew at every commit
            source.backup(target)
            # one file, not three
            target.execute("PRAGMA journal_mode = DELETE")
            tables = check_sqlite(target)
    except sqlite3.Error as error:
        raise BackupRefused("backup.damaged", error=str(error)) from error
    writer.add(DATABASE, copy)
    return tables


def check_sqlite(connection: sqlite3.Connection) -> dict[str, Table]:
    """Returns the tables of a sound database. Raises BackupRefused "backup.damaged" for one that is not."""
    told = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    if told != ["ok"]:
        raise BackupRefused("backup.damaged", error="; ".join(map(str, told)))
    if (broken := connection.execute("PRAGMA foreign_key_check").fetchone()) is not None:
        raise BackupRefused(
            "backup.damaged", error=f"{broken[0]}: row {broken[1]} refers to a row of {broken[2]} that is missing"
        )
    names = [
        row[0]
        for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version' AND name NOT LIKE 'sqlite_%'"
            # the words of the search are made anew from the documents
            " AND name NOT LIKE 'document_words%'"
            " ORDER BY name"
        )
    ]
    tables = {}
    for name in names:
        columns = tuple((row[1], row[2].lower()) for row in connection.execute(f"PRAGMA table_info({name})"))
        tables[name] = Table(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0], columns)  # noqa: S608 because the name is the database's own
    return tables


def _postgres(database_url: str, work: Path, writer: ArchiveWriter) -> dict[str, Table]:
    import psycopg
    from psycopg import sql

    tables = {}
    try:
        with psycopg.connect(plain_url(database_url)) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            for name, columns in columns_of(connection).items():
                file = work / f"{name}.copy"
                listed = sql.SQL(", ").join(sql.Identifier(column) for column, _ in columns)
                query = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(name), listed)
                with file.open("wb") as out, connection.cursor() as cursor:
                    with cursor.copy(query) as copy:
                        for piece in copy:
                            out.write(piece)
                    tables[name] = Table(cursor.rowcount, columns)
                writer.add(f"tables/{name}.copy", file)
                file.unlink()
    except psycopg.Error as error:
        raise BackupRefused("backup.damaged", error=str(error).strip()) from error
    return tables


def columns_of(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Returns the columns, each with its type, of every table of ours in a PostgreSQL database."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in connection.execute(
        """SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
        JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.table_name <> 'alembic_version'
        ORDER BY c.table_name, c.ordinal_position"""
    ):
        found.setdefault(str(table), []).append((str(column), str(kind)))
    return {table: tuple(columns) for table, columns in found.items()}
