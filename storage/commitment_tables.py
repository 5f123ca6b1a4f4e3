"""The tables of what is answered back to those who answered, of what was promised there, and of what became of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field

from storage.tables import Identifier, Record, partial_index


class AnswerBack(Record, table=True):
    """What is answered back to those who answered a flow: one for each flow. Texts are JSON, by language.

    `place` is the step that tells where somebody is, "" for none; `told` are the steps whose results for that place each person
    gets, as JSON; `results` are those, as they were when sending began: everybody gets figures of one count. `version` counts
    the changes, so that of two officers the second is told. `public_at`: since then anybody can read it and the words of its
    entries stay. `campaign_id` is the sending, once there is one: nobody gets it by another.
    """

    __tablename__ = "answer_back"
    __table_args__ = (
        CheckConstraint("campaign_id IS NULL OR public_at IS NOT NULL", name="sent_is_public"),
        UniqueConstraint("flow"),
        partial_index("uq_answer_back_campaign_id", "campaign_id", where="campaign_id IS NOT NULL", unique=True),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    flow: str = Field(sa_type=Text, sa_column_args=[ForeignKey("flow.id")])
    heading: str = Field(sa_type=Text)
    place: str = Field(default="", sa_type=Text)
    told: str = Field(default="[]", sa_type=Text)
    results: str | None = Field(default=None, sa_type=Text)
    version: int = Field(sa_type=Integer)
    public_at: int | None = Field(default=None, sa_type=BigInteger)
    campaign_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("campaign.id")])
    created_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)
    updated_by: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])


class AnswerBackEntry(Record, table=True):
    """What was heard about one matter, and what will not be done and why. Texts are JSON, by language.

    `about` is "whole", "question" (`step`) or "theme" (`step`, and `theme`: a code of the codebook). `position` orders.
    """

    __tablename__ = "answer_back_entry"
    __table_args__ = (
        CheckConstraint("about IN ('whole', 'question', 'theme')", name="about"),
        CheckConstraint("(about = 'whole') = (step = '')", name="step"),
        CheckConstraint("(about = 'theme') = (theme <> '')", name="theme"),
        Index(None, "answer_back_id", "position"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    answer_back_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("answer_back.id")])
    position: int = Field(sa_type=Integer)
    about: str = Field(sa_type=Text)
    step: str = Field(default="", sa_type=Text)
    theme: str = Field(default="", sa_type=Text)
    heard: str = Field(sa_type=Text)
    declined: str = Field(sa_type=Text)


class Commitment(Record, table=True):
    """What will be done about an entry: by whom (`office`, as the public reads it; `unit_id`, `officer_id` for notices), by when.

    `number` names it in public. `due_on` is the day (ISO 8601) by which it is promised. `sequence` is that of its last event.
    `told_id` is the sending that told its end to those who had got the answer.
    """

    __tablename__ = "commitment"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'in_progress', 'done', 'not_done', 'changed')", name="state"),
        UniqueConstraint("number"),
        Index("uq_commitment_entry_id", "entry_id", unique=True),
        partial_index("uq_commitment_told_id", "told_id", where="told_id IS NOT NULL", unique=True),
        Index(None, "answer_back_id"),
        Index(None, "due_on"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    number: int = Field(sa_type=Integer)
    answer_back_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("answer_back.id")])
    entry_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("answer_back_entry.id")])
    what: str = Field(sa_type=Text)
    office: str = Field(sa_type=Text)
    unit_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("unit.id")])
    officer_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    due_on: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    sequence: int = Field(sa_type=Integer)
    told_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("campaign.id")])


class CommitmentEvent(Record, table=True):
    """What was said of a commitment on a day: appended once it is public, never changed. `text` is JSON, by language.

    `state` and `due_on` are those that it has since then. `staff_id` None: at the server's terminal.
    """

    __tablename__ = "commitment_event"
    __table_args__ = (
        PrimaryKeyConstraint("commitment_id", "sequence"),
        CheckConstraint("state IN ('pending', 'in_progress', 'done', 'not_done', 'changed')", name="state"),
        CheckConstraint("state NOT IN ('not_done', 'changed') OR text <> '{}'", name="reason"),
        {"sqlite_with_rowid": False},
    )

    commitment_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_args=[ForeignKey("commitment.id")])
    sequence: int = Field(sa_type=Integer, primary_key=True)
    at: int = Field(sa_type=BigInteger)
    staff_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    state: str = Field(sa_type=Text)
    due_on: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
