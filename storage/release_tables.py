"""The tables of what of a flow's results is public: each release, and what is said of flows whose results are not."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text
from sqlmodel import Field

from storage.tables import Identifier, Record, partial_index


class Release(Record, table=True):
    """Results as somebody prepared them for the public, in whose eyes they are what is counted here and nothing else.

    `shown` is JSON: the columns of the questions that are told. `content` is JSON: the report in each language as it was counted,
    without anybody's words; None once it is public no longer. It tells of `counted` conversations, those that began before
    `until` (None: all), whose receipts have the SHA-256 `root` (hex). `final`: the flow was over, so it is counted no more.
    `looked_at` is when somebody last looked whether it is to be counted anew. `package` is the reference of the open data.

    It is a draft until `released_at`, public until `withdrawn_at`; `why` is what the public is told of that, empty where another
    release took its place.
    """

    __tablename__ = "release"
    __table_args__ = (
        CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="released"),
        CheckConstraint("withdrawn_at IS NULL OR released_at IS NOT NULL", name="withdrawn"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by"),
        CheckConstraint("content IS NOT NULL OR withdrawn_at IS NOT NULL", name="content"),
        CheckConstraint("counted >= 0", name="counted"),
        Index(None, "flow", "released_at"),
        partial_index("uq_release_public", "flow", where="released_at IS NOT NULL AND withdrawn_at IS NULL", unique=True),
        Index(None, "prepared_by"),
        Index(None, "released_by"),
        Index(None, "withdrawn_by"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    flow: str = Field(sa_type=Text, sa_column_args=[ForeignKey("flow.id")])
    shown: str = Field(sa_type=Text)
    content: str | None = Field(default=None, sa_type=Text)
    counted: int = Field(sa_type=Integer)
    until: int | None = Field(default=None, sa_type=BigInteger)
    root: str = Field(sa_type=Text)
    final: bool
    counted_at: int = Field(sa_type=BigInteger)
    looked_at: int = Field(sa_type=BigInteger)
    package: str | None = Field(default=None, sa_type=Text)
    prepared_by: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    prepared_at: int = Field(sa_type=BigInteger)
    released_by: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    released_at: int | None = Field(default=None, sa_type=BigInteger)
    withdrawn_by: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    withdrawn_at: int | None = Field(default=None, sa_type=BigInteger)
    why: str = Field(sa_type=Text)


class ReleaseNotice(Record, table=True):
    """What the public is told of results that are not released: why, and on which day they are expected (ISO, or empty)."""

    __tablename__ = "release_notice"
    __table_args__ = (
        CheckConstraint("why <> '' OR expected <> ''", name="said"),
        Index(None, "staff_id"),
        {"sqlite_with_rowid": False},
    )

    flow: str = Field(sa_type=Text, primary_key=True, sa_column_args=[ForeignKey("flow.id")])
    why: str = Field(sa_type=Text)
    expected: str = Field(sa_type=Text)
    staff_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    at: int = Field(sa_type=BigInteger)
