"""The tables of people and where they are reached, and of what outlives them: who said stop, who was erased."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field

from storage.tables import Identifier, Record


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


class LinkCode(Record, table=True):
    """A code that was told to a person, by keyed hash: said on another channel until then, it makes both theirs."""

    __tablename__ = "link_code"

    find_key: bytes = Field(sa_type=LargeBinary, primary_key=True)
    contact_id: int = Field(sa_type=BigInteger)
    until: int = Field(sa_type=BigInteger)


class StopMark(Record, table=True):
    """A keyed hash of an address whose person said stop: it outlives erasure, solely to honour that word."""

    __tablename__ = "stop_mark"
    __table_args__ = (PrimaryKeyConstraint("channel", "account", "find_key"),)

    channel: str = Field(sa_type=Text, primary_key=True)
    account: str = Field(sa_type=Text, primary_key=True)
    find_key: bytes = Field(sa_type=LargeBinary, primary_key=True)
    at: int = Field(sa_type=BigInteger)


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
