"""The list of erasures outside the database, so that a restored backup can forget again whom it had forgotten since.

MINGA_DATA/erasures.log has one JSON line for each erased address: when, and the keyed hash of it (of no use to whoever does not
have the database's lookup key). It is appended after the commit, and made whole from the table `erasure` whenever the program
starts, backs up or restores, so that a crash between commit and append loses nothing.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import orjson
from sqlalchemy import Connection, text

from storage.attachments import Attachments
from storage.database import Database
from storage.erasure import Erased, remove
from storage.statements import Statement, Transaction

LOG_FILE = "erasures.log"
"""The file in MINGA_DATA."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """An erased address: when (milliseconds since the epoch), and channel, account and keyed hash by which it is found.

    `contact` is 0 where whoever was there is erased; where others share the address it is the number of the one who was.
    """

    at: int
    channel: str
    account: str
    find_key: bytes
    contact: int = 0


_NOTED = text("SELECT at, channel, account, find_key, coalesce(contact_id, 0) FROM erasure")
_NOTE = Statement("INSERT INTO erasure (id, channel, account, find_key, at, contact_id) VALUES (?, ?, ?, ?, ?, ?)")
_THAT_ONE = Statement("SELECT id FROM contact WHERE id = ?")
# whoever came back after the erasure is another contact, who was not asked to be forgotten
_AGAIN = Statement("""
    SELECT c.id FROM address a JOIN contact c ON c.id = a.contact_id
    WHERE a.channel = ? AND a.account = ? AND a.find_key = ? AND c.created_at <= ?
""")


def read_log(folder: Path) -> set[Entry]:
    """Returns the entries of the log; a line that a crash cut short is passed over. Raises OSError if it cannot be read."""
    try:
        content = (folder / LOG_FILE).read_bytes()
    except FileNotFoundError:
        return set()
    found = set()
    for line in content.splitlines():
        try:
            read = orjson.loads(line)
            key = bytes.fromhex(read["key"])
            found.add(Entry(read["at"], read["channel"], read["account"], key, int(read.get("contact", 0))))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def append_log(folder: Path, entries: Iterable[Entry]) -> None:
    """Appends entries and returns when they are on the disk. Raises OSError."""
    lines = [orjson.dumps(_line(entry)) for entry in entries]
    if not lines:
        return
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / LOG_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # begun on a line of its own: the last one may have been cut short. One write, so that processes do not mix theirs
        os.write(handle, b"\n" + b"\n".join(lines) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def _line(entry: Entry) -> dict[str, str | int]:
    line: dict[str, str | int] = {"at": entry.at, "channel": entry.channel, "account": entry.account, "key": entry.find_key.hex()}
    return {**line, "contact": entry.contact} if entry.contact else line


def noted(connection: Connection) -> set[Entry]:
    """Returns the erasures that the database knows."""
    rows = connection.execute(_NOTED)
    return {Entry(at, channel, account, bytes(find_key), contact) for at, channel, account, find_key, contact in rows}


async def finish(erased: Erased, *, folder: Path | None, attachments: Attachments | None) -> None:
    """Does what remains after the commit of an erasure: appends it to the log and deletes the files. Raises OSError.

    `folder` is MINGA_DATA; None, like None for the attachments, where nothing is kept on the disk.
    """
    if folder is not None:
        entries = [Entry(erased.at, *address) for address in erased.addresses]
        entries += [Entry(erased.at, *address, erased.contact) for address in erased.shared]
        await asyncio.to_thread(append_log, folder, entries)
    if attachments is not None:
        await asyncio.to_thread(drop_files, attachments, erased.references)


def drop_files(attachments: Attachments, references: Sequence[str]) -> None:
    """Deletes these attachments' files; what is no reference of ours (a console's file name) is left alone. Raises OSError."""
    for reference in references:
        try:
            attachments.drop(reference)
        except ValueError:
            continue


async def mirror(database: Database, folder: Path) -> set[Entry]:
    """Makes the log whole from the database and returns all entries of both. Raises OSError."""
    known = await database.read(noted)
    logged = await asyncio.to_thread(read_log, folder)
    await asyncio.to_thread(append_log, folder, sorted(known - logged))
    return known | logged


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many entries were missing in the log, contacts were erased again, and files belonged to nobody."""

    logged: int
    contacts: int
    files: int


async def tidy(
    database: Database, *, folder: Path, attachments: Attachments, now: datetime, rest: timedelta = timedelta(hours=1)
) -> Tidied:
    """Does what erasures left to be done: makes the log whole, erases again whom a database file that somebody put back by hand
    still holds, and deletes files that no row refers to.

    A duty, and the first thing at start: a crash right after a commit leaves nothing undone for long. `now` is aware, in the
    municipality's zone. A file younger than `rest` is left alone: the turn that will refer to it may be on its
    way. Raises OSError.
    """
    known = await database.read(noted)
    logged = await asyncio.to_thread(read_log, folder)
    await asyncio.to_thread(append_log, folder, sorted(known - logged))
    contacts, _ = await erase_again(database, logged, now=now)
    # the files first, then the rows: what was kept in between is not taken for an orphan
    found = await asyncio.to_thread(attachments.older_than, (now - rest).timestamp())
    orphans = found - await database.read(_referred) if found else set()
    await asyncio.to_thread(drop_files, attachments, sorted(orphans))
    return Tidied(len(known - logged), contacts, len(orphans))


def _referred(connection: Connection) -> set[str]:
    return set(connection.execute(text("SELECT reference FROM media")).scalars())


async def erase_again(database: Database, entries: Iterable[Entry], *, now: datetime) -> tuple[int, tuple[str, ...]]:
    """Erases whom a restored database still holds though they were erased since it was backed up.

    Returns how many contacts, and the references of the attachments whose files are to be deleted. Each contact is a transaction
    of its own. Running it twice erases nobody twice: what was erased is noted in the database with its own time.
    """
    missing = sorted(set(entries) - await database.read(noted))
    contacts = 0
    references: list[str] = []
    for entry in missing:
        found = await database.transaction(partial(_again, entry=entry, now=now, identifier=database.identifiers.next()))
        contacts += found is not None
        references += found or ()
    return contacts, tuple(references)


def _again(tx: Transaction, entry: Entry, now: datetime, identifier: int) -> tuple[str, ...] | None:
    if entry.contact:
        row = tx.one(_THAT_ONE, (entry.contact,))
    else:
        row = tx.one(_AGAIN, (entry.channel, entry.account, entry.find_key, entry.at))
    tx.write(_NOTE, (identifier, entry.channel, entry.account, entry.find_key, entry.at, entry.contact or None))
    return None if row is None else remove(tx, row[0], now=now)
