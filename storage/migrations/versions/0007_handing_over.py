"""Conversations in which a person of the town hall answers, and the codes with which staff link a chat for their notices.

Revision 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hand_over",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("wanted_at", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(taken_at IS NULL) = (staff_id IS NULL)", name=op.f("ck_hand_over_taken")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_hand_over_ended")),
        sa.CheckConstraint("ended_by IN ('staff', 'resident')", name=op.f("ck_hand_over_ended_by")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_hand_over_contact_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_hand_over_conversation_id")),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_hand_over_address_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_hand_over_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
    )
    op.create_index(
        "uq_hand_over_open",
        "hand_over",
        ["contact_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    for column in ("contact_id", "conversation_id", "address_id"):
        op.create_index(op.f(f"ix_hand_over_{column}"), "hand_over", [column], unique=False)
    op.create_table(
        "hand_over_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hand_over_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("outbox_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["hand_over_id"], ["hand_over.id"], name=op.f("fk_hand_over_line_hand_over_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_hand_over_line_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over_line")),
    )
    op.create_index(op.f("ix_hand_over_line_hand_over_id"), "hand_over_line", ["hand_over_id"], unique=False)
    op.create_index(
        "ix_hand_over_line_content",
        "hand_over_line",
        ["id"],
        unique=False,
        sqlite_where=sa.text("content IS NOT NULL"),
        postgresql_where=sa.text("content IS NOT NULL"),
    )
    op.add_column("contact", sa.Column("attended_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "staff_code",
        sa.Column("find_key", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_code_staff_id")),
        sa.PrimaryKeyConstraint("find_key", name=op.f("pk_staff_code")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_staff_code_staff_id")),
    )


def downgrade() -> None:
    op.drop_table("staff_code")
    op.drop_column("contact", "attended_id")
    op.drop_table("hand_over_line")
    op.drop_table("hand_over")
