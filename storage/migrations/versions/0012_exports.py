"""The exports that the desk asked for, and who of the staff wants no digest.

Revision 0012, after 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "export_job",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.Column("gone_why", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('answers', 'identity')", name=op.f("ck_export_job_kind")),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_export_job_state")),
        sa.CheckConstraint("(state = 'running') = (token IS NOT NULL)", name=op.f("ck_export_job_running")),
        sa.CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name=op.f("ck_export_job_leased")),
        sa.CheckConstraint(
            "state <> 'done' OR (file IS NOT NULL AND sha256 IS NOT NULL AND size IS NOT NULL)", name=op.f("ck_export_job_done")
        ),
        sa.CheckConstraint("state <> 'failed' OR error <> ''", name=op.f("ck_export_job_failed")),
        sa.CheckConstraint("kind <> 'identity' OR reason <> ''", name=op.f("ck_export_job_reason")),
        sa.CheckConstraint("(gone_at IS NULL) = (gone_why IS NULL)", name=op.f("ck_export_job_gone")),
        sa.CheckConstraint("gone_why IN ('time', 'hand', 'erased')", name=op.f("ck_export_job_gone_why")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_export_job_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_job")),
    )
    op.create_index(op.f("ix_export_job_flow_id"), "export_job", ["flow", "id"], unique=False)
    op.create_index(op.f("ix_export_job_staff_id"), "export_job", ["staff_id"], unique=False)
    unfinished = sa.text("state IN ('queued', 'running')")
    op.create_index("ix_export_job_open", "export_job", ["id"], sqlite_where=unfinished, postgresql_where=unfinished)
    kept = sa.text("state = 'done' AND gone_at IS NULL")
    op.create_index("ix_export_job_kept", "export_job", ["ended_at"], sqlite_where=kept, postgresql_where=kept)
    op.create_table(
        "digest_off",
        sa.Column("staff_id", _IDENTIFIER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_digest_off_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_digest_off")),
    )


def downgrade() -> None:
    op.drop_table("digest_off")
    op.drop_index("ix_export_job_kept", table_name="export_job")
    op.drop_index("ix_export_job_open", table_name="export_job")
    op.drop_index(op.f("ix_export_job_staff_id"), table_name="export_job")
    op.drop_index(op.f("ix_export_job_flow_id"), table_name="export_job")
    op.drop_table("export_job")
