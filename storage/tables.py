"""How tables are written here: the one metadata, the names of constraints, what every table shares.

The tables themselves are in the `*_tables.py` beside this; `schema.py` knows them all. Every constraint and index is named.
Times (`*_at`) are integer milliseconds since the epoch, UTC: exact, fast, and the same on SQLite and PostgreSQL. Ids are 63-bit,
ordered by time and made by the process (`identifiers.py`). JSON is kept as text, sealed bytes are opaque to the database.
What happens often is written as SQL in the module of its idea; these classes are the schema: for migrations, pages and exports.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, MetaData, text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

Identifier = BigInteger().with_variant(Integer, "sqlite")
"""A primary key: on SQLite it must be spelt INTEGER to be the row id itself."""

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
"""The naming convention: an error of the database names the constraint, and migrations can drop it."""

metadata = MetaData(naming_convention=NAMES)


class Record(SQLModel, registry=registry(metadata=metadata)):
    """What all tables share: one metadata with the naming convention, apart from any other program's."""


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Returns an index over the rows that fulfil `where` only: it stays small however much is stored."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))
