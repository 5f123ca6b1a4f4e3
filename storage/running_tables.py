"""The tables by which a running server knows what is owed, what providers told it, and its own keys."""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary, PrimaryKeyConstraint, Text
from sqlmodel import Field

from storage.tables import Record


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


class Secret(Record, table=True):
    """A random key of the vault, wrapped by the ring of MINGA_SECRET_KEY."""

    __tablename__ = "secret"

    name: str = Field(sa_type=Text, primary_key=True)
    wrapped: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)
