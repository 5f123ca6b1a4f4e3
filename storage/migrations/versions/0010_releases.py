"""What of a flow's results is released to the public.

Revision 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("package", sa.Text(), nullable=True),
        sa.Column("prepared_by", sa.BigInteger(), nullable=False),
        sa.Column("prepared_at", sa.BigInteger(), nullable=False),
        sa.Column("released_by", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name=op.f("ck_release_released")),
        sa.CheckConstraint("withdrawn_at IS NULL OR released_at IS NOT NULL", name=op.f("ck_release_withdrawn")),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_release_withdrawn_by")),
        sa.CheckConstraint("content IS NOT NULL OR withdrawn_at IS NOT NULL", name=op.f("ck_release_content")),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_release_counted")),
        sa.ForeignKeyConstraint(["flow"], ["flow.id"], name=op.f("fk_release_flow")),
        sa.ForeignKeyConstraint(["prepared_by"], ["staff.id"], name=op.f("fk_release_prepared_by")),
        sa.ForeignKeyConstraint(["released_by"], ["staff.id"], name=op.f("fk_release_released_by")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["staff.id"], name=op.f("fk_release_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    op.create_index(op.f("ix_release_flow_released_at"), "release", ["flow", "released_at"], unique=False)
    op.create_index(op.f("ix_release_prepared_by"), "release", ["prepared_by"], unique=False)
    op.create_index(op.f("ix_release_released_by"), "release", ["released_by"], unique=False)
    op.create_index(op.f("ix_release_withdrawn_by"), "release", ["withdrawn_by"], unique=False)
    public = sa.text("released_at IS NOT NULL AND withdrawn_at IS NULL")
    op.create_index("uq_release_public", "release", ["flow"], unique=True, sqlite_where=public, postgresql_where=public)
    op.create_table(
        "release_notice",
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("why <> '' OR expected <> ''", name=op.f("ck_release_notice_said")),
        sa.ForeignKeyConstraint(["flow"], ["flow.id"], name=op.f("fk_release_notice_flow")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_release_notice_staff_id")),
        sa.PrimaryKeyConstraint("flow", name=op.f("pk_release_notice")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_release_notice_staff_id"), "release_notice", ["staff_id"], unique=False)


def downgrade() -> None:
    op.drop_table("release_notice")
    op.drop_table("release")
