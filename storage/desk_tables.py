"""The tables of what staff do besides requests: talks in which a person answers, and codes that link staff's own chats."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from storage.tables import Identifier, Record, partial_index


class HandOver(Record, table=True):
    """Somebody on a chat wants a person of the town hall; at most one open row for each contact.

    `conversation_id` is the one they were in, None where they were in none; `address_id` where they wrote. `reason` is "asked"
    (by word), else the name of the step that led there. Taken by `staff_id` at `taken_at`: until `ended_at` the bot is silent and
    `contact.attended_id` is this row. `ended_by`: staff gave the talk back, or the person used a word that leads back to the bot.
    """

    __tablename__ = "hand_over"
    __table_args__ = (
        CheckConstraint("(taken_at IS NULL) = (staff_id IS NULL)", name="taken"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        CheckConstraint("ended_by IN ('staff', 'resident')", name="ended_by"),
        partial_index("uq_hand_over_open", "contact_id", where="ended_at IS NULL", unique=True),
        Index(None, "contact_id"),
        Index(None, "conversation_id"),
        Index(None, "address_id"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    contact_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("contact.id")])
    conversation_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("conversation.id")])
    address_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("address.id")])
    reason: str = Field(sa_type=Text)
    wanted_at: int = Field(sa_type=BigInteger)
    staff_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    taken_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_by: str | None = Field(default=None, sa_type=Text)


class HandOverLine(Record, table=True):
    """A message between a person and staff. `content` is sealed JSON (text, and the attachment if any), emptied after
    MINGA_RAW_DAYS. `staff_id` None: the person's. `outbox_id` is the row by which a message of staff goes out.
    """

    __tablename__ = "hand_over_line"
    __table_args__ = (
        Index(None, "hand_over_id"),
        partial_index("ix_hand_over_line_content", "id", where="content IS NOT NULL"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    hand_over_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("hand_over.id")])
    staff_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    outbox_id: int | None = Field(default=None, sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)


class StaffCode(Record, table=True):
    """A code that one of the staff types on their own chat, so that notices reach them there: by keyed hash, one for each."""

    __tablename__ = "staff_code"
    __table_args__ = (UniqueConstraint("staff_id"),)

    find_key: bytes = Field(sa_type=LargeBinary, primary_key=True)
    staff_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    until: int = Field(sa_type=BigInteger)
