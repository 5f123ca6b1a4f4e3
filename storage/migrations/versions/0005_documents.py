"""Documents that are published already, and what searches them.

Revision 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SQLITE = (
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
_POSTGRESQL = ("CREATE INDEX ix_document_words ON document USING gin (to_tsvector('simple', words))",)


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("published", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("key", name=op.f("uq_document_key")),
    )
    op.create_index(op.f("ix_document_source"), "document", ["source"], unique=False)
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE document_words")
    op.drop_table("document")
