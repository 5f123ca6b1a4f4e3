"""The tables of flows, of the conversations in them, and of what people said there."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field

from storage.tables import Identifier, Record, partial_index


class FlowRow(Record, table=True):
    """A flow and where it stands. `version` is the one that begins now."""

    __tablename__ = "flow"
    __table_args__ = (CheckConstraint("state IN ('draft', 'open', 'paused', 'closed')", name="state"),)

    id: str = Field(sa_type=Text, primary_key=True)
    state: str = Field(sa_type=Text)
    version: str = Field(sa_type=Text, sa_column_args=[ForeignKey("flow_version.version")])
    updated_at: int = Field(sa_type=BigInteger)


class FlowVersion(Record, table=True):
    """A version that was opened once: its canonical JSON, of which `version` is the sha256. Conversations resume from it."""

    __tablename__ = "flow_version"
    __table_args__ = (Index(None, "flow"),)

    version: str = Field(sa_type=Text, primary_key=True)
    flow: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)


class ConversationRow(Record, table=True):
    """One person's way through one version of a flow.

    `is_current` marks the one the person is in now (none: they are in the lobby). `contact_id` is empty after the end of an
    anonymous flow and after erasure. `address_id` is where the person wrote last, for reminders.
    `prompt_outbox_id` is the outbox row of the prompt on the screen. `due_at`, `due_kind`, `due_token`: the engine's timer, in
    real time. `receipt` is the code given at the end. `channel` is the one it began on.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'completed', 'partial', 'refused', 'stopped')", name="status"),
        CheckConstraint("due_kind IN ('reminder', 'expire')", name="due_kind"),
        CheckConstraint("(due_at IS NULL) = (due_kind IS NULL)", name="due_whole"),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("status = 'open' OR due_at IS NULL", name="ended_without_timer"),
        CheckConstraint("status = 'open' OR NOT is_current", name="ended_not_current"),
        UniqueConstraint("receipt"),
        partial_index("uq_conversation_open", "contact_id", "flow", where="status = 'open'", unique=True),
        partial_index("uq_conversation_current", "contact_id", where="is_current", unique=True),
        Index("ix_conversation_contact_flow", "contact_id", "flow", "started_at"),
        Index("ix_conversation_flow_started", "flow", "started_at"),
        partial_index("ix_conversation_due", "due_at", where="due_at IS NOT NULL"),
        partial_index("ix_conversation_handed_over", "handed_over_at", where="handed_over_at IS NOT NULL"),
        Index(None, "address_id"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    contact_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("contact.id")])
    address_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("address.id")])
    flow: str = Field(sa_type=Text, sa_column_args=[ForeignKey("flow.id")])
    version: str = Field(sa_type=Text, sa_column_args=[ForeignKey("flow_version.version")])
    status: str = Field(sa_type=Text)
    is_current: bool
    state: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    test: bool = False
    started_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    receipt: str | None = Field(default=None, sa_type=Text)
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    due_kind: str | None = Field(default=None, sa_type=Text)
    due_token: int | None = Field(default=None, sa_type=BigInteger)
    prompt_outbox_id: int | None = Field(default=None, sa_type=BigInteger)
    handed_over_at: int | None = Field(default=None, sa_type=BigInteger)


class Conflict(Record, table=True):
    """A conversation of somebody who has another one of the same flow, since channels were linked that had both answered it.

    `verdict` is "open" while nobody decided (the latest completed one counts), "stands" or "aside" by the word of staff.
    `at` is when it was found out.
    """

    __tablename__ = "conflict"
    __table_args__ = (CheckConstraint("verdict IN ('open', 'stands', 'aside')", name="verdict"), {"sqlite_with_rowid": False})

    conversation_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_args=[ForeignKey("conversation.id")])
    verdict: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class Answer(Record, table=True):
    """A row of the journal: appended, never changed (erasure of free text is the one exception).

    `instance` is the passes of the enclosing repeats ("2", "1/3"; empty outside). `value` is JSON; `empty` says why it is null.
    """

    __tablename__ = "answer"
    __table_args__ = (
        PrimaryKeyConstraint("conversation_id", "sequence"),
        CheckConstraint("empty IN ('skipped', 'refused', 'not_asked')", name="empty"),
        {"sqlite_with_rowid": False},
    )

    conversation_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_args=[ForeignKey("conversation.id")])
    sequence: int = Field(sa_type=Integer, primary_key=True)
    step: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    instance: str = Field(default="", sa_type=Text)
    raw: str = Field(sa_type=Text)
    value: str = Field(sa_type=Text)
    empty: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(default="", sa_type=Text)
    comment: str = Field(default="", sa_type=Text)
    language: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    tries: int = 0
    at: int = Field(sa_type=BigInteger)


class Consent(Record, table=True):
    """The person's word on a consent text: which one, which version, in which language, and for how many days after closing."""

    __tablename__ = "consent"
    __table_args__ = (Index(None, "contact_id"), Index(None, "conversation_id"))

    id: int = Field(sa_type=Identifier, primary_key=True)
    contact_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("contact.id")])
    conversation_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("conversation.id")])
    name: str = Field(sa_type=Text)
    version: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    days: int
    given: bool
    at: int = Field(sa_type=BigInteger)
