"""`minga restore`: a backup becomes the database again, and whoever was erased since stays erased.

Nothing is touched before the whole archive is proved. A SQLite database is built beside the old one, checked, made to forget, and
only then takes its place; what was there is moved aside, never deleted. On PostgreSQL the rows go into an empty database in one
transaction.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy.exc import SQLAlchemyError

from storage.archive import DATABASE, Manifest, unpack
from storage.attachments import Attachments
from storage.backup import check_sqlite, columns_of
from storage.copying import into_postgres, into_sqlite
from storage.database import Database
from storage.erasure_log import Entry, append_log, drop_files, erase_again, noted, read_log
from storage.keys import find_secrets, make_ring
from storage.lock import ServeLock
from storage.migrations import MigrationRefused, in_memory, plain_url, revision, sqlite_path, upgrade
from storage.refusal import BackupRefused, KeyRefused
from storage.schema import metadata
from storage.statements import Statement


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. `erased` contacts were erased again. `aside` is where the former database lies now, if there was one.

    `opens` tells whether the secret key at hand opens it; None if there is no key at hand at all.
    """

    manifest: Manifest
    erased: int
    aside: Path | None
    opens: bool | None


async def restore(
    file: Path,
    *,
    database_url: str,
    folder: Path,
    attachments: Path,
    secret_key: str,
    now: datetime,
    force: bool = False,
) -> Restored:
    """Restores a backup. `folder` is MINGA_DATA, `attachments` the folder of the attachments, `now` aware in the municipality's
    zone.

    `force` lets a SQLite database that holds something be moved aside. Raises LockRefused while a server runs on that folder;
    BackupRefused "restore.missing", "restore.in_memory", "restore.not_empty", "restore.not_empty_server", "restore.newer"
    (places: found), "restore.unwritable" (places: error), "restore.failed" (places: error), "restore.in_use",
    "restore.other_revision"; ArchiveBroken as `unpack` says. Whatever is raised, the database at hand is as it was.
    """
    if in_memory(database_url):
        raise BackupRefused("restore.in_memory")
    if not await asyncio.to_thread(file.is_file):
        raise BackupRefused("restore.missing", file=file)
    server = not database_url.startswith("sqlite")
    with ServeLock(folder):
        # where the database will lie, so that it takes its place in one step
        work = await asyncio.to_thread(_make_work, folder if server else sqlite_path(database_url).parent)
        try:
            manifest = await asyncio.to_thread(unpack, file, work)
            _refuse_newer(manifest)
            await asyncio.to_thread(_refuse_full, database_url, server=server, force=force)
            entries = await _erasures(database_url, folder)
            place = partial(_place, work=work, entries=entries, now=now)
            if server:
                await asyncio.to_thread(_fill_postgres, database_url, manifest, work)
                aside = None
                erased = await place(database_url)
                await asyncio.to_thread(_place_attachments, work / "attachments", attachments)
            else:
                built = work / "minga.db"
                await asyncio.to_thread(_build_sqlite, built, manifest, work)
                erased = await place(f"sqlite:///{built}")
                await asyncio.to_thread(append_log, folder, sorted(entries - await asyncio.to_thread(read_log, folder)))
                # files that no row refers to yet do no harm; rows without their files would
                await asyncio.to_thread(_place_attachments, work / "attachments", attachments)
                aside = await asyncio.to_thread(_swap, built, sqlite_path(database_url), now)
            if aside is not None:
                await asyncio.to_thread(_move_aside, attachments, manifest, now)
            opens = await _opens(database_url, secret_key=secret_key, folder=folder, server=server)
        except OSError as error:
            raise BackupRefused("restore.unwritable", error=error.strerror or str(error)) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return Restored(manifest, erased, aside, opens)


def _refuse_newer(manifest: Manifest) -> None:
    from storage.migrations.running import known_revisions

    if manifest.revision not in known_revisions():
        raise BackupRefused("restore.newer", found=manifest.revision)


def _refuse_full(database_url: str, *, server: bool, force: bool) -> None:
    try:
        if revision(database_url) is None:
            return
    except MigrationRefused:
        if server or force:  # what cannot even be read is moved aside as well as any other
            if server:
                raise
            return
        raise BackupRefused("restore.not_empty", file=sqlite_path(database_url)) from None
    if server:
        import psycopg

        with psycopg.connect(plain_url(database_url)) as connection:
            if _holds(columns_of(connection), lambda table: connection.execute(_first(table).encode()).fetchone()):
                raise BackupRefused("restore.not_empty_server")
    elif not force:
        with closing(sqlite3.connect(sqlite_path(database_url), timeout=30)) as connection:
            if _holds(metadata.tables, lambda table: connection.execute(_first(table)).fetchone()):
                raise BackupRefused("restore.not_empty", file=sqlite_path(database_url))


def _first(table: str) -> str:
    return f'SELECT 1 FROM "{table}" LIMIT 1'  # noqa: S608 because the name is the database's own


def _holds(tables: Iterable[str], first: Any) -> bool:
    return any(first(table) is not None for table in tables)


async def _erasures(database_url: str, folder: Path) -> set[Entry]:
    """Returns whom the log and the database at hand know to be erased. A damaged database is not asked: the log knows it too."""
    logged = await asyncio.to_thread(read_log, folder)
    try:
        if revision(database_url) is None:
            return logged
        database = Database(database_url)
        try:
            return logged | await database.read(noted)
        finally:
            await asyncio.to_thread(database.close)
    except (MigrationRefused, SQLAlchemyError):
        return logged


async def _place(database_url: str, *, work: Path, entries: set[Entry], now: datetime) -> int:
    """Brings the restored database to this version's tables and erases again; returns how many contacts."""
    await asyncio.to_thread(upgrade, database_url)
    database = Database(database_url)
    try:
        erased, references = await erase_again(database, entries, now=now)
        await asyncio.to_thread(drop_files, Attachments(work / "attachments"), references)
        return erased
    finally:
        await asyncio.to_thread(database.close)


def _build_sqlite(built: Path, manifest: Manifest, work: Path) -> None:
    from storage.migrations.running import run

    try:
        if manifest.database == "sqlite":
            (work / DATABASE).rename(built)
        else:
            run(f"sqlite:///{built}", None, manifest.revision)
            with closing(sqlite3.connect(built)) as connection:
                into_sqlite(connection, manifest, work)
        with closing(sqlite3.connect(built)) as connection:
            tables = check_sqlite(connection)
    except (sqlite3.Error, ValueError, BackupRefused) as error:
        raise BackupRefused("restore.failed", error=str(error)) from error
    _refuse_other_rows({name: table.rows for name, table in tables.items()}, manifest)


def _refuse_other_rows(counted: dict[str, int], manifest: Manifest) -> None:
    for name, table in manifest.tables.items():
        if counted.get(name) != table.rows:
            raise BackupRefused("restore.failed", error=f"{name}: {counted.get(name)} rows instead of {table.rows}")


def _fill_postgres(database_url: str, manifest: Manifest, work: Path) -> None:
    import psycopg
    from psycopg import sql

    from storage.migrations.running import run

    source = sqlite3.connect(work / DATABASE) if manifest.database == "sqlite" else None
    order = [table.name for table in metadata.sorted_tables]
    try:
        found = revision(database_url)
        if found is None:
            run(database_url, None, manifest.revision)
        elif found != manifest.revision:
            raise BackupRefused("restore.other_revision", found=found, wanted=manifest.revision)
        with psycopg.connect(plain_url(database_url)) as connection:
            into_postgres(connection, manifest, work, order=order, source=source)
            counted = {}
            for name in manifest.tables:
                row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
                counted[name] = int(row[0]) if row else 0
            _refuse_other_rows(counted, manifest)
    except (psycopg.Error, sqlite3.Error) as error:
        raise BackupRefused("restore.failed", error=str(error).strip()) from error
    finally:
        if source is not None:
            source.close()


def _swap(built: Path, target: Path, now: datetime) -> Path | None:
    """Puts the new database where the old one is, which is moved aside. Returns where that lies now."""
    with closing(sqlite3.connect(built)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    built.chmod(0o600)
    aside = target.with_name(f"{target.name}.before-{now:%Y%m%d-%H%M%S}") if target.exists() else None
    if aside is not None and not _folded(target):
        for suffix in ("-wal", "-shm"):
            old = target.with_name(target.name + suffix)
            if old.exists():
                old.rename(aside.with_name(aside.name + suffix))
    if aside is not None:
        # a second name for the old one, then the new one in its place: at no moment is there no database
        os.link(target, aside)
    built.replace(target)
    return aside


def _folded(target: Path) -> bool:
    """Brings what the write-ahead log still holds into the database file itself and returns True; False if it cannot be read.

    Raises BackupRefused "restore.in_use".
    """
    try:
        with closing(sqlite3.connect(target, timeout=1)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise BackupRefused("restore.in_use", file=target) from error
    except sqlite3.DatabaseError:
        return False
    return True


def _place_attachments(unpacked: Path, attachments: Path) -> None:
    for file in unpacked.glob("??/*"):
        target = attachments / file.parent.name / file.name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(file, target)


def _move_aside(attachments: Path, manifest: Manifest, now: datetime) -> None:
    """The files that only the former database knows go where it went, by their own folder: nobody would miss them here."""
    aside = attachments.with_name(f"{attachments.name}.before-{now:%Y%m%d-%H%M%S}")
    for file in attachments.glob("??/*"):
        if f"attachments/{file.parent.name}/{file.name}" not in manifest.files:
            target = aside / file.parent.name / file.name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.rename(target)


def _make_work(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=".restoring-", dir=parent))


async def _opens(database_url: str, *, secret_key: str, folder: Path, server: bool) -> bool | None:
    try:
        ring = make_ring(find_secrets(secret_key, folder=folder, server=server, used=True))
    except KeyRefused:
        return None
    database = Database(database_url)
    try:
        wrapped = await database.transaction(lambda tx: tx.all(Statement("SELECT wrapped FROM secret")))
    finally:
        await asyncio.to_thread(database.close)
    try:
        for (secret,) in wrapped:
            ring.wrap.decrypt(secret)
    except InvalidToken:
        return False
    return True
