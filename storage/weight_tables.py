"""The table of weights: what a flow's answers are raked to, and what raking them gave when it was stored."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, Integer, Text
from sqlmodel import Field

from storage.tables import Identifier, Record, partial_index


class StoredWeights(Record, table=True):
    """Margins that the answers of a flow are weighted to; those without `ended_at` are in use, one of each flow.

    `content` is the file of margins as it was given (`form` "csv" or "yaml"), `sha256` (hex) its own; `source` and `day` (ISO)
    are what it says of itself. `cap` and `least` bound the raking. `people` to `rounds` and `solution` (JSON: the weight of each
    cell, and sample, census and weighted shares of each category) are what raking gave when it was stored: a later look rakes
    anew, with the answers of then. `staff_id` None: from the terminal.
    """

    __tablename__ = "stored_weights"
    __table_args__ = (
        CheckConstraint("form IN ('csv', 'yaml')", name="form"),
        CheckConstraint("source <> ''", name="source"),
        CheckConstraint("cap > 1 AND least >= 1", name="bounds"),
        CheckConstraint("ended_at IS NOT NULL OR ended_by IS NULL", name="ended"),
        Index(None, "flow", "id"),
        Index(None, "staff_id"),
        partial_index("uq_stored_weights_in_use", "flow", where="ended_at IS NULL", unique=True),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    flow: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    form: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)
    sha256: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    day: str = Field(sa_type=Text)
    cap: float = Field(sa_type=Double)
    least: int = Field(sa_type=Integer)
    people: int = Field(sa_type=Integer)
    outside: int = Field(sa_type=Integer)
    effect: float = Field(sa_type=Double)
    capped: int = Field(sa_type=Integer)
    rounds: int = Field(sa_type=Integer)
    solution: str = Field(sa_type=Text)
    staff_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    stored_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_by: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
