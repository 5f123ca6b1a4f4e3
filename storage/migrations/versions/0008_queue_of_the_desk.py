"""Indexes for the queue of the desk: by state and target, by target alone, and one that its counts are read from.

Revision 0008, after 0007.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_request_queue", table_name="request")
    op.create_index("ix_request_queue", "request", ["state", "target", "id"], unique=False)
    op.create_index("ix_request_target", "request", ["target", "id"], unique=False)
    op.create_index("ix_request_counted", "request", ["state", "unit_id", "kind", "officer_id", "due", "asked_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_request_counted", table_name="request")
    op.drop_index("ix_request_target", table_name="request")
    op.drop_index("ix_request_queue", table_name="request")
    op.create_index("ix_request_queue", "request", ["kind", "state", "target"], unique=False)
