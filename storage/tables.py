"""Every table of Minga, its constraints and its indexes, all named.

Times (`*_at`) are integer milliseconds since the epoch, UTC: exact, fast, and the same on SQLite and PostgreSQL. Ids are 63-bit,
ordered by time and made by the process (`identifiers.py`). JSON is kept as text, sealed bytes are opaque to the database.
What happens often is written as SQL in the module of its idea; these classes are the schema: for migrations, pages and exports.

`inbox`, `outbox` and `quarantine` name contacts and conversations by number only, without a foreign key: they are logs, a
contact may be erased from under them, and a key would need an index over all that ever came in.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

Identifier = BigInteger().with_variant(Integer, "sqlite")
"""A primary key: on SQLite it must be spelt INTEGER to be the row id itself."""

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
"""The naming convention: an error of the database names the constraint, and migrations can drop it."""

metadata = MetaData(naming_convention=NAMES)


class Record(SQLModel, registry=registry(metadata=metadata)):
    """What all tables share: one metadata with the naming convention, apart from any other program's."""


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Returns an index over the rows that fulfil `where` only: it stays small however much is stored."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class Contact(Record, table=True):
    """A person. `lobby` is the state of the conversation outside any flow; `lobby_prompt_id` the outbox row of its prompt.

    `name` is the nickname by which they are told apart from others on their phone, sealed by the ring; None where they gave none.
    `clock_offset` (milliseconds) moves the clock of a test contact, and of nobody else. `attended_id` is the row of `hand_over`
    by which a person of the town hall answers them now; None: the bot does.
    """

    __tablename__ = "contact"

    id: int = Field(sa_type=Identifier, primary_key=True)
    language: str = Field(sa_type=Text)
    test: bool = False
    clock_offset: int = Field(default=0, sa_type=BigInteger)
    lobby: str = Field(sa_type=Text)
    lobby_prompt_id: int | None = Field(default=None, sa_type=BigInteger)
    stopped_at: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    name: bytes | None = Field(default=None, sa_type=LargeBinary)
    attended_id: int | None = Field(default=None, sa_type=BigInteger)


class Address(Record, table=True):
    """Where a contact is reached; where several share it, the one who writes from there now.

    `find_key` is the keyed hash that finds it; `identity` the identifier, sealed by the ring.

    `heard_at` is when they last wrote from there, `opened_at` when a template last asked them to; kept only for channels that
    take free text for a while after that and then no more.
    """

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("channel", "account", "find_key"), Index(None, "contact_id"))

    id: int = Field(sa_type=Identifier, primary_key=True)
    contact_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("contact.id")])
    channel: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    find_key: bytes = Field(sa_type=LargeBinary)
    identity: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)
    heard_at: int | None = Field(default=None, sa_type=BigInteger)
    opened_at: int | None = Field(default=None, sa_type=BigInteger)


class Profile(Record, table=True):
    """One of several persons who share an address. `number` tells those without a name apart, and is no other's there.

    An address that one person has to themselves needs none: its contact is that person.
    """

    __tablename__ = "profile"
    __table_args__ = (
        PrimaryKeyConstraint("address_id", "contact_id"),
        UniqueConstraint("address_id", "number"),
        Index(None, "contact_id"),
        {"sqlite_with_rowid": False},
    )

    address_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_args=[ForeignKey("address.id")])
    contact_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_args=[ForeignKey("contact.id")])
    number: int = Field(sa_type=Integer)


class StopMark(Record, table=True):
    """A keyed hash of an address whose person said stop: it outlives erasure, solely to honour that word."""

    __tablename__ = "stop_mark"
    __table_args__ = (PrimaryKeyConstraint("channel", "account", "find_key"),)

    channel: str = Field(sa_type=Text, primary_key=True)
    account: str = Field(sa_type=Text, primary_key=True)
    find_key: bytes = Field(sa_type=LargeBinary, primary_key=True)
    at: int = Field(sa_type=BigInteger)


class Inbox(Record, table=True):
    """An event that a channel delivered, once and for ever. `raw` is sealed, and emptied after MINGA_RAW_DAYS."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "account", "event"),
        partial_index("ix_inbox_contact_raw", "contact_id", where="raw IS NOT NULL"),
        partial_index("ix_inbox_raw", "id", where="raw IS NOT NULL"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    channel: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    event: str = Field(sa_type=Text)
    contact_id: int | None = Field(default=None, sa_type=BigInteger)
    conversation_id: int | None = Field(default=None, sa_type=BigInteger)
    received_at: int = Field(sa_type=BigInteger)
    raw: bytes | None = Field(default=None, sa_type=LargeBinary)


class Quarantine(Record, table=True):
    """An event that could not be handled: which, why (the class of the error, no text), and its sealed raw form."""

    __tablename__ = "quarantine"
    __table_args__ = (Index(None, "contact_id"), Index(None, "channel", "account", "find_key"))

    id: int = Field(sa_type=Identifier, primary_key=True)
    channel: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    event: str = Field(sa_type=Text)
    find_key: bytes | None = Field(default=None, sa_type=LargeBinary)
    contact_id: int | None = Field(default=None, sa_type=BigInteger)
    error: str = Field(sa_type=Text)
    raw: bytes | None = Field(default=None, sa_type=LargeBinary)
    at: int = Field(sa_type=BigInteger)
    settled_at: int | None = Field(default=None, sa_type=BigInteger)


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


class Fact(Record, table=True):
    """What a provider told us, or what several processes must agree on with it: a name, a text, and until or since when.

    `telegram/<bot>/me` is who the bot is, `telegram/<bot>/poll` who fetches its updates, `twilio/<account>/content/<shape>` a
    template. No personal data.
    """

    __tablename__ = "fact"
    __table_args__ = ({"sqlite_with_rowid": False},)

    name: str = Field(sa_type=Text, primary_key=True)
    value: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class Campaign(Record, table=True):
    """An invitation to a flow, sent to many. `audience` tells to whom: "all", or "file" for a list of addresses.

    choosing (nothing is queued yet) → queueing → running ↔ paused. `quiet_until` is the end of the last quiet hours for which its
    messages were put off.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("state IN ('choosing', 'queueing', 'running', 'paused')", name="state"),
        CheckConstraint("audience IN ('all', 'file')", name="audience"),
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


class LinkCode(Record, table=True):
    """A code that was told to a person, by keyed hash: said on another channel until then, it makes both theirs."""

    __tablename__ = "link_code"

    find_key: bytes = Field(sa_type=LargeBinary, primary_key=True)
    contact_id: int = Field(sa_type=BigInteger)
    until: int = Field(sa_type=BigInteger)


class Notice(Record, table=True):
    """The ledger of what duties owe: a notice of that kind about that subject, for that epoch, is given once."""

    __tablename__ = "notice"
    __table_args__ = (PrimaryKeyConstraint("subject", "kind", "epoch"), {"sqlite_with_rowid": False})

    subject: str = Field(sa_type=Text, primary_key=True)
    kind: str = Field(sa_type=Text, primary_key=True)
    epoch: str = Field(sa_type=Text, primary_key=True)
    at: int = Field(sa_type=BigInteger)


class Duty(Record, table=True):
    """A recurring duty and when it is due next; whoever moves `due_at` on has won the run."""

    __tablename__ = "duty"

    name: str = Field(sa_type=Text, primary_key=True)
    due_at: int = Field(sa_type=BigInteger)


class Erasure(Record, table=True):
    """An erased address, by its keyed hash: `minga restore` applies these again.

    `contact_id` is set where others share the address: then it is that contact alone who was erased.
    """

    __tablename__ = "erasure"

    id: int = Field(sa_type=Identifier, primary_key=True)
    channel: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    find_key: bytes = Field(sa_type=LargeBinary)
    at: int = Field(sa_type=BigInteger)
    contact_id: int | None = Field(default=None, sa_type=BigInteger)


class Secret(Record, table=True):
    """A random key of the vault, wrapped by the ring of MINGA_SECRET_KEY."""

    __tablename__ = "secret"

    name: str = Field(sa_type=Text, primary_key=True)
    wrapped: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)


class MediaRow(Record, table=True):
    """A stored attachment. `path` lies under the data folder."""

    __tablename__ = "media"
    __table_args__ = (Index(None, "conversation_id"), Index(None, "contact_id"))

    reference: str = Field(sa_type=Text, primary_key=True)
    contact_id: int | None = Field(default=None, sa_type=BigInteger)
    conversation_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("conversation.id")])
    kind: str = Field(sa_type=Text)
    content_type: str = Field(sa_type=Text)
    sha256: str = Field(sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    path: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
