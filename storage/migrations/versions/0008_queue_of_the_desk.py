"""Indexes for the queue of the desk: of what is answered, of what is finished, of all by target, and one for its counts.

Revision 0008, after 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_request_queue", table_name="request")
    finished = sa.text("state = 'finished'")
    op.create_index("ix_request_finished", "request", ["target"], sqlite_where=finished, postgresql_where=finished)
    told = sa.text("state IN ('answered', 'insistence_answered', 'escalation_answered')")
    op.create_index("ix_request_told", "request", ["target"], sqlite_where=told, postgresql_where=told)
    op.create_index("ix_request_target", "request", ["target", "id"], unique=False)
    op.create_index("ix_request_counted", "request", ["unit_id", "state", "kind", "officer_id", "due", "asked_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_request_counted", table_name="request")
    op.drop_index("ix_request_target", table_name="request")
    op.drop_index("ix_request_told", table_name="request")
    op.drop_index("ix_request_finished", table_name="request")
    op.create_index("ix_request_queue", "request", ["kind", "state", "target"], unique=False)
