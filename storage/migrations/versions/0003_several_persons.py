"""Several persons on one phone, and which of two answers of one person counts.

Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profile",
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_profile_address_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_profile_contact_id")),
        sa.PrimaryKeyConstraint("address_id", "contact_id", name=op.f("pk_profile")),
        sa.UniqueConstraint("address_id", "number", name=op.f("uq_profile_address_id_number")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_profile_contact_id"), "profile", ["contact_id"], unique=False)
    op.add_column("contact", sa.Column("name", sa.LargeBinary(), nullable=True))
    op.add_column("erasure", sa.Column("contact_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "conflict",
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("verdict IN ('open', 'stands', 'aside')", name=op.f("ck_conflict_verdict")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_conflict_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_conflict")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("conflict")
    op.drop_column("erasure", "contact_id")
    op.drop_column("contact", "name")
    op.drop_table("profile")
