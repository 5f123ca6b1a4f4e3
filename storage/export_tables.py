"""The tables of what is made for staff in the background: exports that the desk asked for, and who wants no digest."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text
from sqlmodel import Field

from storage.tables import Identifier, Record, partial_index


class ExportJob(Record, table=True):
    """An export that somebody at the desk asked for.

    `wanted` is JSON: what was chosen, as an export profile keeps it. `kind` "identity" is the file with names, for which `reason`
    says why. `token` is whoever is at it until `lease_until`; `tries` counts how often somebody was. `written` of `total`
    conversations are done. Done, it has `file`, the random name in MINGA_DATA/exports, its `size` in bytes, its sha256 (hex),
    `told`, JSON of what it holds and left out. Failed, `error` is a text's key and `places` JSON of what it is filled
    with. `gone_at`: the file is deleted since (`gone_why`: in its time, by hand, or because somebody who is in it was erased).
    """

    __tablename__ = "export_job"
    __table_args__ = (
        CheckConstraint("kind IN ('answers', 'identity')", name="kind"),
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
        CheckConstraint("(state = 'running') = (token IS NOT NULL)", name="running"),
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="leased"),
        CheckConstraint("state <> 'done' OR (file IS NOT NULL AND sha256 IS NOT NULL AND size IS NOT NULL)", name="done"),
        CheckConstraint("state <> 'failed' OR error <> ''", name="failed"),
        CheckConstraint("kind <> 'identity' OR reason <> ''", name="reason"),
        CheckConstraint("(gone_at IS NULL) = (gone_why IS NULL)", name="gone"),
        CheckConstraint("gone_why IN ('time', 'hand', 'erased')", name="gone_why"),
        Index(None, "flow", "id"),
        Index(None, "staff_id"),
        partial_index("ix_export_job_open", "id", where="state IN ('queued', 'running')"),
        partial_index("ix_export_job_kept", "ended_at", where="state = 'done' AND gone_at IS NULL"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    flow: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    wanted: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    staff_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    state: str = Field(sa_type=Text)
    token: int | None = Field(default=None, sa_type=BigInteger)
    lease_until: int | None = Field(default=None, sa_type=BigInteger)
    tries: int = Field(sa_type=Integer)
    written: int = Field(sa_type=Integer)
    total: int | None = Field(default=None, sa_type=Integer)
    file: str | None = Field(default=None, sa_type=Text)
    size: int | None = Field(default=None, sa_type=BigInteger)
    sha256: str | None = Field(default=None, sa_type=Text)
    told: str = Field(sa_type=Text)
    error: str = Field(sa_type=Text)
    places: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    gone_at: int | None = Field(default=None, sa_type=BigInteger)
    gone_why: str | None = Field(default=None, sa_type=Text)


class DigestOff(Record, table=True):
    """One of the staff who wants no digest by e-mail."""

    __tablename__ = "digest_off"

    staff_id: int = Field(sa_type=Identifier, primary_key=True, sa_column_args=[ForeignKey("staff.id")])
    at: int = Field(sa_type=BigInteger)
