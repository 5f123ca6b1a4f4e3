"""What is answered back to the people, and what was promised; campaigns that carry it and can be broken off.

Revision 0011, after 0010.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = "state IN ('pending', 'in_progress', 'done', 'not_done', 'changed')"
_COLUMNS = "id, flow, audience, state, quiet_until, created_at, updated_at"


def upgrade() -> None:
    _campaign(
        "state IN ('choosing', 'queueing', 'running', 'paused', 'cancelled')",
        "audience IN ('all', 'file', 'answered', 'told')",
    )
    op.create_table(
        "answer_back",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("results", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("public_at", sa.BigInteger(), nullable=True),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("campaign_id IS NULL OR public_at IS NOT NULL", name=op.f("ck_answer_back_sent_is_public")),
        sa.ForeignKeyConstraint(["flow"], ["flow.id"], name=op.f("fk_answer_back_flow")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_answer_back_campaign_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["staff.id"], name=op.f("fk_answer_back_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_back")),
        sa.UniqueConstraint("flow", name=op.f("uq_answer_back_flow")),
    )
    _once("uq_answer_back_campaign_id", "answer_back", "campaign_id")
    op.create_table(
        "answer_back_entry",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("answer_back_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("declined", sa.Text(), nullable=False),
        sa.CheckConstraint("about IN ('whole', 'question', 'theme')", name=op.f("ck_answer_back_entry_about")),
        sa.CheckConstraint("(about = 'whole') = (step = '')", name=op.f("ck_answer_back_entry_step")),
        sa.CheckConstraint("(about = 'theme') = (theme <> '')", name=op.f("ck_answer_back_entry_theme")),
        sa.ForeignKeyConstraint(["answer_back_id"], ["answer_back.id"], name=op.f("fk_answer_back_entry_answer_back_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_back_entry")),
    )
    op.create_index(
        op.f("ix_answer_back_entry_answer_back_id_position"), "answer_back_entry", ["answer_back_id", "position"], unique=False
    )
    op.create_table(
        "commitment",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answer_back_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("told_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(_STATES, name=op.f("ck_commitment_state")),
        sa.ForeignKeyConstraint(["answer_back_id"], ["answer_back.id"], name=op.f("fk_commitment_answer_back_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["answer_back_entry.id"], name=op.f("fk_commitment_entry_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_commitment_unit_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["staff.id"], name=op.f("fk_commitment_officer_id")),
        sa.ForeignKeyConstraint(["told_id"], ["campaign.id"], name=op.f("fk_commitment_told_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint("number", name=op.f("uq_commitment_number")),
    )
    op.create_index("uq_commitment_entry_id", "commitment", ["entry_id"], unique=True)
    _once("uq_commitment_told_id", "commitment", "told_id")
    op.create_index(op.f("ix_commitment_answer_back_id"), "commitment", ["answer_back_id"], unique=False)
    op.create_index(op.f("ix_commitment_due_on"), "commitment", ["due_on"], unique=False)
    op.create_table(
        "commitment_event",
        sa.Column("commitment_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(_STATES, name=op.f("ck_commitment_event_state")),
        sa.CheckConstraint("state NOT IN ('not_done', 'changed') OR text <> '{}'", name=op.f("ck_commitment_event_reason")),
        sa.ForeignKeyConstraint(["commitment_id"], ["commitment.id"], name=op.f("fk_commitment_event_commitment_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_commitment_event_staff_id")),
        sa.PrimaryKeyConstraint("commitment_id", "sequence", name=op.f("pk_commitment_event")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("commitment_event")
    op.drop_table("commitment")
    op.drop_table("answer_back_entry")
    op.drop_table("answer_back")
    # what was answered back is no invitation: it goes, with the notes of who has it
    later = "SELECT id FROM campaign WHERE audience IN ('answered', 'told')"
    op.execute(f"DELETE FROM campaign_message WHERE campaign_id IN ({later})")  # noqa: S608 because the words are those above
    op.execute("DELETE FROM campaign WHERE audience IN ('answered', 'told')")
    op.execute("UPDATE campaign SET state = 'paused' WHERE state = 'cancelled'")
    _campaign("state IN ('choosing', 'queueing', 'running', 'paused')", "audience IN ('all', 'file')")


def _once(name: str, table: str, column: str) -> None:
    there = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, [column], unique=True, sqlite_where=there, postgresql_where=there)


def _campaign(state: str, audience: str) -> None:
    """Gives the table of campaigns these conditions; SQLite changes a CHECK only by building a table anew."""
    if op.get_bind().dialect.name == "postgresql":
        for name, condition in (("ck_campaign_state", state), ("ck_campaign_audience", audience)):
            op.drop_constraint(op.f(name), "campaign", type_="check")
            op.create_check_constraint(op.f(name), "campaign", condition)
        return
    op.execute("CREATE TABLE campaign_before AS SELECT * FROM campaign")
    op.drop_table("campaign")
    op.create_table(
        "campaign",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("quiet_until", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(state, name=op.f("ck_campaign_state")),
        sa.CheckConstraint(audience, name=op.f("ck_campaign_audience")),
        sa.ForeignKeyConstraint(["flow"], ["flow.id"], name=op.f("fk_campaign_flow")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.execute(f"INSERT INTO campaign ({_COLUMNS}) SELECT {_COLUMNS} FROM campaign_before")  # noqa: S608 because the columns are those above
    op.drop_table("campaign_before")
