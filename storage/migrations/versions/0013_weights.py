"""The weights of a flow's answers, with the margins that they come from.

Revision 0013, after 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "stored_weights",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("cap", sa.Double(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("outside", sa.Integer(), nullable=False),
        sa.Column("effect", sa.Double(), nullable=False),
        sa.Column("capped", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("form IN ('csv', 'yaml')", name=op.f("ck_stored_weights_form")),
        sa.CheckConstraint("source <> ''", name=op.f("ck_stored_weights_source")),
        sa.CheckConstraint("cap > 1 AND least >= 1", name=op.f("ck_stored_weights_bounds")),
        sa.CheckConstraint("ended_at IS NOT NULL OR ended_by IS NULL", name=op.f("ck_stored_weights_ended")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_stored_weights_staff_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["staff.id"], name=op.f("fk_stored_weights_ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_weights")),
    )
    op.create_index(op.f("ix_stored_weights_flow_id"), "stored_weights", ["flow", "id"], unique=False)
    op.create_index(op.f("ix_stored_weights_staff_id"), "stored_weights", ["staff_id"], unique=False)
    in_use = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_stored_weights_in_use", "stored_weights", ["flow"], unique=True, sqlite_where=in_use, postgresql_where=in_use
    )


def downgrade() -> None:
    op.drop_index("uq_stored_weights_in_use", table_name="stored_weights")
    op.drop_index(op.f("ix_stored_weights_staff_id"), table_name="stored_weights")
    op.drop_index(op.f("ix_stored_weights_flow_id"), table_name="stored_weights")
    op.drop_table("stored_weights")
