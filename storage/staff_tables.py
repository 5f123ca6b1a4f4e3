"""The tables of the staff: who they are, how they sign in, what they did."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from storage.tables import Identifier, Record


class Unit(Record, table=True):
    """An office of the town hall. Officers see the cases of their own."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("name"),)

    id: int = Field(sa_type=Identifier, primary_key=True)
    name: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)


class Staff(Record, table=True):
    """A person who works at the desk. `email` is in small letters; `password` an argon2id hash, empty until the first one is set.

    `totp` is the secret of the second factor, sealed by the ring. `is_superior`: notices about the unit's late cases go to them
    too. `address_id` is the address of the chat they linked, for notices. Somebody who leaves is made inactive, never deleted.
    """

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ('reader', 'officer', 'coordinator', 'administrator')", name="role"),
        UniqueConstraint("email"),
        Index(None, "address_id"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    email: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    unit_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("unit.id")])
    is_superior: bool = False
    password: str = Field(default="", sa_type=Text)
    totp: bytes | None = Field(default=None, sa_type=LargeBinary)
    active: bool = True
    language: str = Field(default="es", sa_type=Text)
    address_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("address.id")])
    created_at: int = Field(sa_type=BigInteger)


class StaffSession(Record, table=True):
    """A signed-in browser. The cookie's token is kept as its sha256 only. `second_factor` is False until the code was given."""

    __tablename__ = "staff_session"
    __table_args__ = (Index(None, "staff_id"), Index(None, "expires_at"))

    token: bytes = Field(sa_type=LargeBinary, primary_key=True)
    staff_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    second_factor: bool = True
    agent: str = Field(default="", sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)


class SetPassword(Record, table=True):
    """A link with which somebody sets a password, once; its token as sha256 only."""

    __tablename__ = "set_password"

    token: bytes = Field(sa_type=LargeBinary, primary_key=True)
    staff_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    expires_at: int = Field(sa_type=BigInteger)


class Throttle(Record, table=True):
    """How often something guessable was tried: `key` names what and by whom (hashed), `tries` since `since_at`."""

    __tablename__ = "throttle"

    key: str = Field(sa_type=Text, primary_key=True)
    tries: int = 0
    since_at: int = Field(sa_type=BigInteger)


class Audit(Record, table=True):
    """Who did or saw what: every change at the desk, and every look at identity. `before` and `after` are JSON, never secrets."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "id"), Index("ix_audit_staff", "staff_id", "id"))

    id: int = Field(sa_type=Identifier, primary_key=True)
    at: int = Field(sa_type=BigInteger)
    staff_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    action: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    before: str = Field(default="", sa_type=Text)
    after: str = Field(default="", sa_type=Text)
