"""The words of requests that are not finished, by which a request that asks the same as another one is found.

Revision 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_word",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_request_word_request_id")),
        sa.PrimaryKeyConstraint("word", "request_id", name=op.f("pk_request_word")),
    )
    op.create_index(op.f("ix_request_word_request_id"), "request_word", ["request_id"], unique=False)


def downgrade() -> None:
    op.drop_table("request_word")
