"""What the real channels need: pace, windows, statuses and costs of messages.

Revision 0002, after 0001.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = (
    "id",
    "lane",
    "contact_id",
    "conversation_id",
    "channel",
    "priority",
    "prompt",
    "payload",
    "status",
    "due_at",
    "lease_until",
    "attempts",
    "accepted_at",
    "provider_id",
    "error",
    "created_at",
)
"""The columns that the outbox has before and after."""


def upgrade() -> None:
    op.add_column("address", sa.Column("heard_at", sa.BigInteger(), nullable=True))
    op.add_column("address", sa.Column("opened_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "early_status",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "provider_id", "stage", name=op.f("pk_early_status")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sender_pace",
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("full_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_sender_pace")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lane_pace",
        sa.Column("lane", _IDENTIFIER, nullable=False),
        sa.Column("full_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_lane_pace")),
    )
    op.create_table(
        "content_template",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "shape", name=op.f("pk_content_template")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fact",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_fact")),
        sqlite_with_rowid=False,
    )
    _create_campaigns()
    _rebuild_outbox(
        [
            *_columns(),
            sa.Column("sender", sa.Text(), nullable=False),
            sa.Column("flow", sa.Text(), nullable=False),
            sa.Column("tried_at", sa.BigInteger(), nullable=True),
            sa.Column("units", sa.Integer(), nullable=False),
            sa.Column("price", sa.BigInteger(), nullable=True),
            sa.Column("currency", sa.Text(), nullable=True),
            sa.Column("stage", sa.Text(), nullable=True),
            sa.Column("stage_at", sa.BigInteger(), nullable=True),
            sa.CheckConstraint(
                "status IN ('queued', 'sending', 'waiting', 'sent', 'failed', 'dead')", name=op.f("ck_outbox_status")
            ),
            sa.CheckConstraint("stage IN ('queued', 'sent', 'delivered', 'failed', 'read')", name=op.f("ck_outbox_stage")),
            sa.CheckConstraint(
                "status NOT IN ('queued', 'sending', 'waiting') OR payload IS NOT NULL", name=op.f("ck_outbox_payload")
            ),
        ],
        # our own side of a message that was queued before is not known but inside its sealed payload
        f"""INSERT INTO outbox ({", ".join(_KEPT)}, sender, flow, units)
        SELECT {", ".join("o." + name for name in _KEPT)},
            o.channel || '/' || coalesce((SELECT a.account FROM address a WHERE a.id = o.lane), ''),
            coalesce((SELECT c.flow FROM conversation c WHERE c.id = o.conversation_id), ''), 0
        FROM outbox_before o""",  # noqa: S608 because the names are those of this file
    )
    _index("ix_outbox_queued", ["sender", "priority", "due_at", "id"], "status = 'queued'")
    _index("ix_outbox_waiting", ["lane", "id"], "status = 'waiting'")
    _index("ix_outbox_stuck", ["id"], "status IN ('waiting', 'failed', 'dead')")
    _index("ix_outbox_unpriced", ["channel", "id"], "units > 0 AND price IS NULL")


def downgrade() -> None:
    _rebuild_outbox(
        [
            *_columns(),
            sa.CheckConstraint("status IN ('queued', 'sending', 'sent', 'failed', 'dead')", name=op.f("ck_outbox_status")),
            sa.CheckConstraint("status NOT IN ('queued', 'sending') OR payload IS NOT NULL", name=op.f("ck_outbox_payload")),
        ],
        f"""INSERT INTO outbox ({", ".join(_KEPT)})
        SELECT {", ".join("CASE status WHEN 'waiting' THEN 'dead' ELSE status END" if n == "status" else n for n in _KEPT)}
        FROM outbox_before""",  # noqa: S608 because the names are those of this file
    )
    _index("ix_outbox_queued", ["priority", "due_at", "id"], "status = 'queued'")
    op.drop_table("link_code")
    op.drop_table("campaign_message")
    op.drop_table("campaign")
    op.drop_table("content_template")
    op.drop_table("fact")
    op.drop_table("lane_pace")
    op.drop_table("sender_pace")
    op.drop_table("early_status")
    op.drop_column("address", "opened_at")
    op.drop_column("address", "heard_at")


def _create_campaigns() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("quiet_until", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('choosing', 'queueing', 'running', 'paused')", name=op.f("ck_campaign_state")),
        sa.CheckConstraint("audience IN ('all', 'file')", name=op.f("ck_campaign_audience")),
        sa.ForeignKeyConstraint(["flow"], ["flow.id"], name=op.f("fk_campaign_flow")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "campaign_message",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("outbox_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_message_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_message")),
    )
    op.create_table(
        "link_code",
        sa.Column("find_key", sa.LargeBinary(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("find_key", name=op.f("pk_link_code")),
    )
    whose = sa.text("contact_id IS NOT NULL")
    op.create_index(
        "uq_campaign_message_contact", "campaign_message", ["campaign_id", "contact_id"], unique=True,
        sqlite_where=whose, postgresql_where=whose,
    )  # fmt: skip
    op.create_index(
        op.f("ix_campaign_message_contact_id"), "campaign_message", ["contact_id"], unique=False,
        sqlite_where=whose, postgresql_where=whose,
    )  # fmt: skip
    op.create_index(
        op.f("ix_campaign_message_campaign_id_outbox_id"), "campaign_message", ["campaign_id", "outbox_id"], unique=False
    )


def _columns() -> list[sa.Column[object] | sa.Constraint]:
    return [
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("lane", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(status = 'sending') = (lease_until IS NOT NULL)", name=op.f("ck_outbox_lease")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    ]


def _rebuild_outbox(columns: Sequence[sa.Column[object] | sa.Constraint], copy: str) -> None:
    """Builds the table anew, which is how SQLite changes a CHECK, and the indexes that both forms have."""
    # rows are put aside in a table without constraints: PostgreSQL names even NOT NULL by the table, and no name may be taken
    op.execute("CREATE TABLE outbox_before AS SELECT * FROM outbox")
    op.drop_table("outbox")
    op.create_table("outbox", *columns)
    op.execute(copy)
    op.drop_table("outbox_before")
    _index("ix_outbox_contact_payload", ["contact_id"], "payload IS NOT NULL")
    _index("ix_outbox_lane", ["lane", "id"], "status IN ('queued', 'sending')")
    _index("ix_outbox_lease", ["lease_until"], "status = 'sending'")
    _index("ix_outbox_payload", ["id"], "payload IS NOT NULL")
    _index("ix_outbox_provider", ["channel", "provider_id"], "provider_id IS NOT NULL")


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "outbox", columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
