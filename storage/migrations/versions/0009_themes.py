"""The codings of free answers, and the quotes chosen of them.

Revision 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_answer(name: str) -> sa.ForeignKeyConstraint:
    columns, answer = ["conversation_id", "sequence"], ["answer.conversation_id", "answer.sequence"]
    return sa.ForeignKeyConstraint(columns, answer, name=op.f(name), ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "theme_book",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_theme_book")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coding",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("themes", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('coded', 'settled')", name=op.f("ck_coding_kind")),
        _of_answer("fk_coding_conversation_id_sequence"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_coding_staff_id")),
        sa.ForeignKeyConstraint(["book"], ["theme_book.version"], name=op.f("fk_coding_book")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding")),
    )
    of_answer = ["conversation_id", "sequence", "kind", "staff_id", "id"]
    op.create_index(op.f("ix_coding_conversation_id_sequence_kind_staff_id_id"), "coding", of_answer, unique=False)
    op.create_index(op.f("ix_coding_flow_step_staff_id_id"), "coding", ["flow", "step", "staff_id", "id"], unique=False)
    op.create_index(op.f("ix_coding_staff_id"), "coding", ["staff_id"], unique=False)
    op.create_index(op.f("ix_coding_book"), "coding", ["book"], unique=False)
    op.create_table(
        "quote",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("chosen_at", sa.BigInteger(), nullable=False),
        sa.Column("released_by", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name=op.f("ck_quote_released")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_quote_text")),
        _of_answer("fk_quote_conversation_id_sequence"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_quote_staff_id")),
        sa.ForeignKeyConstraint(["released_by"], ["staff.id"], name=op.f("fk_quote_released_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
    )
    op.create_index("uq_quote_conversation_id", "quote", ["conversation_id", "sequence"], unique=True)
    op.create_index(op.f("ix_quote_flow_step_id"), "quote", ["flow", "step", "id"], unique=False)
    op.create_index(op.f("ix_quote_staff_id"), "quote", ["staff_id"], unique=False)
    op.create_index(op.f("ix_quote_released_by"), "quote", ["released_by"], unique=False)


def downgrade() -> None:
    op.drop_table("quote")
    op.drop_table("coding")
    op.drop_table("theme_book")
