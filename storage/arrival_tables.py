"""The tables of what came in: events, those that could not be handled, attachments.

`inbox` and `quarantine` name contacts and conversations by number only, without a foreign key: they are logs, a contact may be
erased from under them, and a key would need an index over all that ever came in. So does `outbox`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from storage.tables import Identifier, Record, partial_index


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
