"""Requests with their history and calendar, the staff who answers them, and what they did.

Revision 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "request_series",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_request_series")),
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_table(
        "unit",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_name")),
    )
    op.create_table(
        "staff",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("is_superior", sa.Boolean(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("role IN ('reader', 'officer', 'coordinator', 'administrator')", name=op.f("ck_staff_role")),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_staff_address_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_staff_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "audit",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_audit_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_staff_address_id"), "staff", ["address_id"], unique=False)
    op.create_index("ix_audit_staff", "audit", ["staff_id", "id"], unique=False)
    op.create_index("ix_audit_subject", "audit", ["subject", "id"], unique=False)
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_calendar_day_staff_id")),
        sa.PrimaryKeyConstraint("day", "place", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "request_event",
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("doer", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.CheckConstraint("doer <> 'staff' OR staff_id IS NOT NULL", name=op.f("ck_request_event_staff")),
        sa.CheckConstraint("doer IN ('resident', 'staff', 'clock')", name=op.f("ck_request_event_doer")),
        sa.CheckConstraint(
            "kind || '/' || COALESCE(from_state, '') || '/' || to_state IN ('file//received', 'extend/received/extended', "
            "'answer/received/answered', 'answer/extended/answered', 'answer/insisted/insistence_answered', "
            "'answer/escalated/escalation_answered', 'insist/received/insisted', 'insist/extended/insisted', "
            "'insist/answered/insisted', 'escalate/received/escalated', 'escalate/extended/escalated', "
            "'escalate/answered/escalated', 'escalate/insisted/escalated', 'escalate/insistence_answered/escalated', "
            "'withdraw/received/finished', 'withdraw/extended/finished', 'withdraw/insisted/finished', "
            "'merge/received/finished', 'merge/extended/finished', 'finish/answered/finished', "
            "'finish/insistence_answered/finished', 'finish/escalated/finished', 'finish/escalation_answered/finished') OR "
            "(from_state = to_state AND kind IN ('ask', 'explain', 'assign', 'note', 'write', 'hear', "
            "'overdue', 'notify', 'verdict', 'release', 'withhold', 'recount', 'correct'))",
            name=op.f("ck_request_event_step"),
        ),
        sa.CheckConstraint(
            "(sequence = 0 AND previous IS NULL AND from_state IS NULL) OR (sequence > 0 AND previous = sequence - 1 AND "
            "from_state IS NOT NULL)",
            name=op.f("ck_request_event_chain"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id", "previous", "from_state"],
            ["request_event.request_id", "request_event.sequence", "request_event.to_state"],
            name=op.f("fk_request_event_request_id_previous_from_state"),
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_request_event_staff_id")),
        sa.PrimaryKeyConstraint("request_id", "sequence", name=op.f("pk_request_event")),
        sa.UniqueConstraint("request_id", "sequence", "to_state", name=op.f("uq_request_event_request_id_sequence_to_state")),
    )
    op.create_index("ix_request_event_at", "request_event", ["at"], unique=False)
    op.create_table(
        "set_password",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_set_password_staff_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_set_password")),
    )
    op.create_table(
        "staff_session",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_staff_session")),
    )
    op.create_index(op.f("ix_staff_session_expires_at"), "staff_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)
    op.create_table(
        "request",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("notify", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Text(), nullable=False),
        sa.Column("working_due", sa.Text(), nullable=False),
        sa.Column("calendar_due", sa.Text(), nullable=False),
        sa.Column("due", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("overdue_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("public_text", sa.Text(), nullable=False),
        sa.Column("public_answer", sa.Text(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("filed_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'duplicate') = (merged_into_id IS NOT NULL) OR outcome IS NULL", name=op.f("ck_request_merged")
        ),
        sa.CheckConstraint("(state = 'finished') = (finished_at IS NOT NULL)", name=op.f("ck_request_finished")),
        sa.CheckConstraint("asked_at IS NULL OR state IN ('received', 'extended')", name=op.f("ck_request_asked")),
        sa.CheckConstraint("form IN ('digital', 'paper')", name=op.f("ck_request_form")),
        sa.CheckConstraint("kind IN ('information', 'suggestion', 'complaint')", name=op.f("ck_request_kind")),
        sa.CheckConstraint("notify IN ('chat', 'email', 'counter')", name=op.f("ck_request_notify")),
        sa.CheckConstraint(
            "outcome IN ('full', 'partial', 'already_published', 'not_held', 'transferred', 'refused', 'withdrawn', 'duplicate')",
            name=op.f("ck_request_outcome"),
        ),
        sa.CheckConstraint("source IN ('chat', 'counter', 'phone', 'paper', 'email')", name=op.f("ck_request_source")),
        sa.CheckConstraint(
            "state NOT IN ('answered', 'insistence_answered', 'escalation_answered') OR outcome IS NOT NULL",
            name=op.f("ck_request_answered"),
        ),
        sa.CheckConstraint("verdict IN ('yes', 'partly', 'no')", name=op.f("ck_request_verdict")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_request_contact_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_request_conversation_id")),
        sa.ForeignKeyConstraint(
            ["id", "sequence", "state"],
            ["request_event.request_id", "request_event.sequence", "request_event.to_state"],
            name=op.f("fk_request_id_sequence_state"),
        ),
        sa.ForeignKeyConstraint(["merged_into_id"], ["request.id"], name=op.f("fk_request_merged_into_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["staff.id"], name=op.f("fk_request_officer_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_request_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
        sa.UniqueConstraint("code", name=op.f("uq_request_code")),
        sa.UniqueConstraint("number", name=op.f("uq_request_number")),
        sa.UniqueConstraint("series", "year", "serial", name=op.f("uq_request_series_year_serial")),
    )
    op.create_index(
        "ix_request_answered",
        "request",
        ["answered_at"],
        unique=False,
        sqlite_where=sa.text("answered_at IS NOT NULL AND finished_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NOT NULL AND finished_at IS NULL"),
    )
    op.create_index(op.f("ix_request_contact_id"), "request", ["contact_id"], unique=False)
    op.create_index(op.f("ix_request_conversation_id"), "request", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_request_merged_into_id"), "request", ["merged_into_id"], unique=False)
    op.create_index("ix_request_filed", "request", ["filed_at"], unique=False)
    op.create_index("ix_request_officer", "request", ["officer_id", "state", "target"], unique=False)
    op.create_index(
        "ix_request_owed",
        "request",
        ["target"],
        unique=False,
        sqlite_where=sa.text("state IN ('received', 'extended', 'insisted', 'escalated')"),
        postgresql_where=sa.text("state IN ('received', 'extended', 'insisted', 'escalated')"),
    )
    op.create_index("ix_request_queue", "request", ["kind", "state", "target"], unique=False)
    op.create_index(
        "ix_request_released",
        "request",
        ["released_at"],
        unique=False,
        sqlite_where=sa.text("released_at IS NOT NULL"),
        postgresql_where=sa.text("released_at IS NOT NULL"),
    )
    op.create_index("ix_request_unit", "request", ["unit_id", "state", "target"], unique=False)
    op.create_table(
        "request_file",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.CheckConstraint("side IN ('resident', 'answer', 'note')", name=op.f("ck_request_file_side")),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["media.reference"],
            name=op.f("fk_request_file_reference"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["request_id", "sequence"],
            ["request_event.request_id", "request_event.sequence"],
            name=op.f("fk_request_file_request_id_sequence"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_file")),
    )
    op.create_index(op.f("ix_request_file_reference"), "request_file", ["reference"], unique=False)
    op.create_index(op.f("ix_request_file_request_id"), "request_file", ["request_id"], unique=False)

    op.create_table(
        "mail",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("recipient", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("status IN ('queued', 'sending', 'sent', 'dead')", name=op.f("ck_mail_status")),
        sa.CheckConstraint("(status = 'sending') = (lease_until IS NOT NULL)", name=op.f("ck_mail_lease")),
        sa.CheckConstraint("status NOT IN ('queued', 'sending') OR content IS NOT NULL", name=op.f("ck_mail_content")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_mail_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index(
        "ix_mail_due",
        "mail",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("status IN ('queued', 'sending')"),
        postgresql_where=sa.text("status IN ('queued', 'sending')"),
    )
    op.create_index(
        "ix_mail_content",
        "mail",
        ["id"],
        unique=False,
        sqlite_where=sa.text("content IS NOT NULL"),
        postgresql_where=sa.text("content IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("mail")
    op.drop_table("request_file")
    op.drop_table("request")
    op.drop_table("staff_session")
    op.drop_table("set_password")
    op.drop_table("request_event")
    op.drop_table("calendar_day")
    op.drop_table("audit")
    op.drop_table("staff")
    op.drop_table("unit")
    op.drop_table("throttle")
    op.drop_table("request_series")
