"""The tables of what staff make of free answers: books of themes, codings, quotes.

Whatever is said of an answer goes with it: the rows name the answer by its place in the journal and are deleted with it, whoever
deletes it (erasure, retention, leaving no trace). An answer that was corrected has a new place, and so is not coded yet.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, Text
from sqlmodel import Field

from storage.tables import Identifier, Record

_ANSWER = (["conversation_id", "sequence"], ["answer.conversation_id", "answer.sequence"])


class ThemeBook(Record, table=True):
    """A book of themes that answers were coded by, as it was then. `version` is the hash of `content`, its canonical JSON."""

    __tablename__ = "theme_book"
    __table_args__ = ({"sqlite_with_rowid": False},)

    version: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)


class Coding(Record, table=True):
    """A word of staff on an answer: which themes are in it. Only ever appended to; the latest of each person and kind counts.

    `kind` "coded" is what somebody read in it by themselves, "settled" what is decided where two differ. `themes` are
    codes parted by spaces, in the order of the book: empty where it is of none, None where they take their word back.
    """

    __tablename__ = "coding"
    __table_args__ = (
        CheckConstraint("kind IN ('coded', 'settled')", name="kind"),
        ForeignKeyConstraint(*_ANSWER, ondelete="CASCADE"),
        Index(None, "conversation_id", "sequence", "kind", "staff_id", "id"),
        Index(None, "flow", "step", "staff_id", "id"),
        Index(None, "staff_id"),
        Index(None, "book"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    conversation_id: int = Field(sa_type=BigInteger)
    sequence: int = Field(sa_type=Integer)
    flow: str = Field(sa_type=Text)
    step: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    themes: str | None = Field(default=None, sa_type=Text)
    staff_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    book: str = Field(sa_type=Text, sa_column_args=[ForeignKey("theme_book.version")])
    at: int = Field(sa_type=BigInteger)


class Quote(Record, table=True):
    """A piece of an answer that staff chose to be quoted, without what is personal in it; at most one of each answer.

    It is public only from `released_at` on, by the word of `released_by`.
    """

    __tablename__ = "quote"
    __table_args__ = (
        CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="released"),
        CheckConstraint("text <> ''", name="text"),
        ForeignKeyConstraint(*_ANSWER, ondelete="CASCADE"),
        Index("uq_quote_conversation_id", "conversation_id", "sequence", unique=True),
        Index(None, "flow", "step", "id"),
        Index(None, "staff_id"),
        Index(None, "released_by"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    conversation_id: int = Field(sa_type=BigInteger)
    sequence: int = Field(sa_type=Integer)
    flow: str = Field(sa_type=Text)
    step: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    staff_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    chosen_at: int = Field(sa_type=BigInteger)
    released_by: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    released_at: int | None = Field(default=None, sa_type=BigInteger)
