"""The table of what is published already, and what searches it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Connection, Index, Table, Text, UniqueConstraint, event
from sqlmodel import Field

from storage.tables import Identifier, Record, metadata


class DocumentRow(Record, table=True):
    """Something that is published already. `key` names it for ever, `words` is what is searched: see `storage/documents.py`.

    SQLite keeps the words a second time in the virtual table `document_words` (FTS5), filled by triggers; PostgreSQL has an index
    over them. Both are made by the statements below, which no metadata knows.
    """

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("key"), Index(None, "source"))

    id: int = Field(sa_type=Identifier, primary_key=True)
    key: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    link: str = Field(sa_type=Text)
    published: str = Field(default="", sa_type=Text)
    source: str = Field(default="", sa_type=Text)
    words: str = Field(sa_type=Text)
    loaded_at: int = Field(sa_type=BigInteger)


SEARCH_SQLITE = (
    "CREATE VIRTUAL TABLE document_words USING fts5(words, content='document', content_rowid='id')",
    """CREATE TRIGGER document_added AFTER INSERT ON document BEGIN
        INSERT INTO document_words (rowid, words) VALUES (new.id, new.words);
    END""",
    """CREATE TRIGGER document_dropped AFTER DELETE ON document BEGIN
        INSERT INTO document_words (document_words, rowid, words) VALUES ('delete', old.id, old.words);
    END""",
    """CREATE TRIGGER document_changed AFTER UPDATE ON document BEGIN
        INSERT INTO document_words (document_words, rowid, words) VALUES ('delete', old.id, old.words);
        INSERT INTO document_words (rowid, words) VALUES (new.id, new.words);
    END""",
)
SEARCH_POSTGRESQL = ("CREATE INDEX ix_document_words ON document USING gin (to_tsvector('simple', words))",)


def _made_besides(_target: Table, connection: Connection, **_: Any) -> None:
    for statement in SEARCH_SQLITE if connection.dialect.name == "sqlite" else SEARCH_POSTGRESQL:
        connection.exec_driver_sql(statement)


def _dropped_besides(_target: Table, connection: Connection, **_: Any) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TABLE IF EXISTS document_words")


event.listen(metadata.tables["document"], "after_create", _made_besides)
event.listen(metadata.tables["document"], "before_drop", _dropped_besides)
