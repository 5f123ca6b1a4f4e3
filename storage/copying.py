"""Rows from one kind of database into the other: how a backup of SQLite is restored on PostgreSQL, and the reverse.

Both sides know the same tables; they differ in how they spell truth and bytes. Text of PostgreSQL's COPY is read here as its
manual describes the text format.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.archive import Manifest, Table

if TYPE_CHECKING:
    import psycopg

_ESCAPE = re.compile(rb"\\(.)")
_ESCAPED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_BATCH = 10_000

_READ: Mapping[str, Callable[[str], Any]] = {
    "bigint": int,
    "double precision": float,
    "integer": int,
    "boolean": lambda text: text == "t",
    "bytea": lambda text: bytes.fromhex(text.removeprefix("\\x")),
}
"""How values of a type are read; any other is text."""


def copied_rows(file: Path, table: Table) -> Iterator[tuple[Any, ...]]:
    """Yields the rows of a table that COPY wrote. Raises ValueError where it is not such a file."""
    readers = [_READ.get(kind, str) for _, kind in table.columns]
    with file.open("rb") as lines:
        for line in lines:
            fields = line.rstrip(b"\n").split(b"\t")
            yield tuple(None if field == b"\\N" else read(_plain(field)) for read, field in zip(readers, fields, strict=True))


def _plain(field: bytes) -> str:
    if b"\\" in field:
        field = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), field)
    return field.decode()


def into_sqlite(connection: sqlite3.Connection, manifest: Manifest, folder: Path) -> None:
    """Puts the rows of a PostgreSQL backup, unpacked in `folder`, into an empty SQLite database and commits.

    Raises ValueError or sqlite3.Error, and then the database is as it was.
    """
    connection.execute("PRAGMA foreign_keys = OFF")  # checked as a whole afterwards, so that the order does not matter
    with connection:
        for name, table in manifest.tables.items():
            columns = ", ".join(column for column, _ in table.columns)
            places = ", ".join("?" * len(table.columns))
            connection.executemany(
                f"INSERT INTO {name} ({columns}) VALUES ({places})",  # noqa: S608 because names come from a proved manifest, by pattern
                copied_rows(folder / "tables" / f"{name}.copy", table),
            )


def into_postgres(
    connection: psycopg.Connection[Any],
    manifest: Manifest,
    folder: Path,
    *,
    order: Sequence[str],
    source: sqlite3.Connection | None,
) -> None:
    """Puts all rows into an empty PostgreSQL database, in the transaction that the connection is in.

    They come from `source` (a SQLite backup) or, if that is None, from the tables that COPY wrote in `folder`. `order` names the
    tables so that whatever a row refers to comes before it. Raises psycopg.Error, sqlite3.Error.
    """
    from psycopg import sql

    for name in sorted(manifest.tables, key=lambda table: order.index(table) if table in order else -1):
        columns = [column for column, _ in manifest.tables[name].columns]
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(name), listed)
        rows = None if source is None else _spelt(source, name, columns, _truths(connection, name, columns))
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            if rows is None:
                with (folder / "tables" / f"{name}.copy").open("rb") as file:
                    while piece := file.read(1 << 20):
                        copy.write(piece)
            else:
                for row in rows:
                    copy.write_row(row)


def _truths(connection: psycopg.Connection[Any], name: str, columns: Sequence[str]) -> list[bool]:
    query = (
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s"
    )
    kinds = dict(connection.execute(query, (name,)).fetchall())
    return [kinds.get(column) == "boolean" for column in columns]


def _spelt(source: sqlite3.Connection, name: str, columns: Sequence[str], truths: Sequence[bool]) -> Iterator[list[Any]]:
    """Yields SQLite's rows as PostgreSQL wants them: truth is no number there, and a text has no NUL."""
    for row in source.execute(f"SELECT {', '.join(columns)} FROM {name}"):  # noqa: S608 because names come from a proved manifest
        yield [
            bool(value) if truth and value is not None else value.replace("\0", "") if isinstance(value, str) else value
            for truth, value in zip(truths, row, strict=True)
        ]
