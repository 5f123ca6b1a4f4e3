"""The tables of what goes out: messages, the pace they go at, campaigns, e-mails."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, PrimaryKeyConstraint, Text
from sqlmodel import Field

from storage.tables import Identifier, Record, partial_index


class Outbox(Record, table=True):
    """A message to a person, until a channel took it, and what became of it then.

    `payload` is the sealed `Outgoing`, address included, so that sending needs nothing else; it is emptied after MINGA_RAW_DAYS.
    `lane` orders: the rows of one lane go out one after the other (it is the address's id when the row was made).
    `sender` is our own side, "channel/account": what its provider allows is counted by it. `flow` is the one it belongs to, for
    the costs; empty for none.
    `priority` 0 is an answer to what the person wrote, 1 a notice, 2 a campaign. `prompt` is the number its buttons carry.
    `tried_at` is when it was last handed over, `accepted_at` when the provider took it: from then on it is on the person's
    screen. `units` is what the provider counted (messages or segments), `price` what they cost in millionths of `currency`.
    `stage` is the provider's last word about it, and `stage_at` its time; it only moves forward.

    queued → sending (claimed, `lease_until`) → sent | queued again (`due_at` later) | failed (the provider says never)
    | dead (given up after too many attempts, or the person cannot be reached) | waiting (for the person's word: they wrote too
    long ago for free text) → queued.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'sending', 'waiting', 'sent', 'failed', 'dead')", name="status"),
        CheckConstraint("stage IN ('queued', 'sent', 'delivered', 'failed', 'read')", name="stage"),
        CheckConstraint("(status = 'sending') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint("status NOT IN ('queued', 'sending', 'waiting') OR payload IS NOT NULL", name="payload"),
        partial_index("ix_outbox_queued", "sender", "priority", "due_at", "id", where="status = 'queued'"),
        partial_index("ix_outbox_lane", "lane", "id", where="status IN ('queued', 'sending')"),
        partial_index("ix_outbox_lease", "lease_until", where="status = 'sending'"),
        partial_index("ix_outbox_waiting", "lane", "id", where="status = 'waiting'"),
        partial_index("ix_outbox_stuck", "id", where="status IN ('waiting', 'failed', 'dead')"),
        partial_index("ix_outbox_unpriced", "channel", "id", where="units > 0 AND price IS NULL"),
        partial_index("ix_outbox_contact_payload", "contact_id", where="payload IS NOT NULL"),
        partial_index("ix_outbox_payload", "id", where="payload IS NOT NULL"),
        partial_index("ix_outbox_provider", "channel", "provider_id", where="provider_id IS NOT NULL"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    lane: int = Field(sa_type=BigInteger)
    contact_id: int | None = Field(default=None, sa_type=BigInteger)
    conversation_id: int | None = Field(default=None, sa_type=BigInteger)
    channel: str = Field(sa_type=Text)
    sender: str = Field(sa_type=Text)
    flow: str = Field(default="", sa_type=Text)
    priority: int = 0
    prompt: int = Field(default=0, sa_type=BigInteger)
    payload: bytes | None = Field(default=None, sa_type=LargeBinary)
    status: str = Field(sa_type=Text)
    due_at: int = Field(sa_type=BigInteger)
    lease_until: int | None = Field(default=None, sa_type=BigInteger)
    attempts: int = 0
    tried_at: int | None = Field(default=None, sa_type=BigInteger)
    accepted_at: int | None = Field(default=None, sa_type=BigInteger)
    provider_id: str | None = Field(default=None, sa_type=Text)
    units: int = 0
    price: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = Field(default=None, sa_type=Text)
    stage: str | None = Field(default=None, sa_type=Text)
    stage_at: int | None = Field(default=None, sa_type=BigInteger)
    error: str | None = Field(default=None, sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)


class EarlyStatus(Record, table=True):
    """A provider's word about a message whose sending is not written down yet. It is applied then, and forgotten soon if not."""

    __tablename__ = "early_status"
    __table_args__ = (PrimaryKeyConstraint("channel", "provider_id", "stage"), {"sqlite_with_rowid": False})

    channel: str = Field(sa_type=Text, primary_key=True)
    provider_id: str = Field(sa_type=Text, primary_key=True)
    stage: str = Field(sa_type=Text, primary_key=True)
    at: int = Field(sa_type=BigInteger)
    error: str = Field(sa_type=Text)
    heard_at: int = Field(sa_type=BigInteger)


class SenderPace(Record, table=True):
    """The token bucket of one sender of ours: when it is full again, in microseconds since the epoch (a pace is that fine)."""

    __tablename__ = "sender_pace"
    __table_args__ = ({"sqlite_with_rowid": False},)

    sender: str = Field(sa_type=Text, primary_key=True)
    full_us: int = Field(sa_type=BigInteger)


class LanePace(Record, table=True):
    """The token bucket of one lane, that is of one person: as with senders. A full one needs no row."""

    __tablename__ = "lane_pace"

    lane: int = Field(sa_type=Identifier, primary_key=True)
    full_us: int = Field(sa_type=BigInteger)


class ContentTemplate(Record, table=True):
    """A template for buttons or a list, made at the provider once and used again for every question that looks like it."""

    __tablename__ = "content_template"
    __table_args__ = (PrimaryKeyConstraint("account", "shape"), {"sqlite_with_rowid": False})

    account: str = Field(sa_type=Text, primary_key=True)
    shape: str = Field(sa_type=Text, primary_key=True)
    sid: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)


class Campaign(Record, table=True):
    """A message of the town hall's own, sent to many. `audience` tells to whom and what.

    "all" and "file" (a list of addresses) are invited to the flow; "answered": those who answered it get what is answered back;
    "told": those who got that hear what became of a commitment. choosing (nothing is queued yet) → queueing → running ↔ paused;
    cancelled: what was not sent never is. `quiet_until` is the end of the last quiet hours for which its messages were put off.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("state IN ('choosing', 'queueing', 'running', 'paused', 'cancelled')", name="state"),
        CheckConstraint("audience IN ('all', 'file', 'answered', 'told')", name="audience"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    flow: str = Field(sa_type=Text, sa_column_args=[ForeignKey("flow.id")])
    audience: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    quiet_until: int = Field(default=0, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)


class CampaignMessage(Record, table=True):
    """One person of a campaign, and their message once it is queued. `contact_id` is empty after erasure."""

    __tablename__ = "campaign_message"
    __table_args__ = (
        partial_index("uq_campaign_message_contact", "campaign_id", "contact_id", where="contact_id IS NOT NULL", unique=True),
        partial_index("ix_campaign_message_contact_id", "contact_id", where="contact_id IS NOT NULL"),
        Index(None, "campaign_id", "outbox_id"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    campaign_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("campaign.id")])
    contact_id: int | None = Field(default=None, sa_type=BigInteger)
    outbox_id: int | None = Field(default=None, sa_type=BigInteger)


class Mail(Record, table=True):
    """An e-mail until a server took it. `recipient` is sealed by the ring, `content` (subject and text as JSON) by the data key.

    queued → sending (claimed, `lease_until`) → sent | queued again (`due_at` later) | dead (given up). `content` is emptied
    after MINGA_RAW_DAYS. `staff_id` where it goes to somebody of the staff.
    """

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'sending', 'sent', 'dead')", name="status"),
        CheckConstraint("(status = 'sending') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint("status NOT IN ('queued', 'sending') OR content IS NOT NULL", name="content"),
        partial_index("ix_mail_due", "due_at", where="status IN ('queued', 'sending')"),
        partial_index("ix_mail_content", "id", where="content IS NOT NULL"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    staff_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    recipient: bytes | None = Field(default=None, sa_type=LargeBinary)
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    status: str = Field(sa_type=Text)
    due_at: int = Field(sa_type=BigInteger)
    lease_until: int | None = Field(default=None, sa_type=BigInteger)
    attempts: int = 0
    error: str | None = Field(default=None, sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
