"""The tables of requests and of their calendar.

A request's history is a chain that the database itself holds together: every event begins in the state that the one before it
ended in, only the steps of `bot/requests/states.py` move from state to state, and a request's own state is that of its last
event. An impossible state cannot be stored, whoever writes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field

from storage.tables import Identifier, Record, partial_index

STEPS = (
    "file//received",
    "extend/received/extended",
    "answer/received/answered",
    "answer/extended/answered",
    "answer/insisted/insistence_answered",
    "answer/escalated/escalation_answered",
    "insist/received/insisted",
    "insist/extended/insisted",
    "insist/answered/insisted",
    "escalate/received/escalated",
    "escalate/extended/escalated",
    "escalate/answered/escalated",
    "escalate/insisted/escalated",
    "escalate/insistence_answered/escalated",
    "withdraw/received/finished",
    "withdraw/extended/finished",
    "withdraw/insisted/finished",
    "merge/received/finished",
    "merge/extended/finished",
    "finish/answered/finished",
    "finish/insistence_answered/finished",
    "finish/escalated/finished",
    "finish/escalation_answered/finished",
)
"""kind/from/to of every event that moves a request; a test compares them with `bot/requests/states.py`."""

STILL = (
    "ask",
    "explain",
    "assign",
    "note",
    "write",
    "hear",
    "overdue",
    "notify",
    "verdict",
    "release",
    "withhold",
    "recount",
    "correct",
)
"""Kinds of event that leave the state as it is: an explanation asked for, and given; given to somebody; a note for
colleagues; something written to the person, and heard from them; the term passed; a notice given to staff; the person's word on
the answer; published, and taken back; the dates counted anew; what was entered put right."""


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


class CalendarDay(Record, table=True):
    """A line of the table of days: off, or worked against the rule, in a canton (its key) or, if empty, in the whole country."""

    __tablename__ = "calendar_day"
    __table_args__ = (PrimaryKeyConstraint("day", "place"),)

    day: str = Field(sa_type=Text, primary_key=True)
    place: str = Field(default="", sa_type=Text, primary_key=True)
    works: bool = False
    name: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)
    staff_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    added_at: int = Field(sa_type=BigInteger)


class RequestSeries(Record, table=True):
    """The last number given in a series and year. It moves in the transaction that files, so that there are no gaps."""

    __tablename__ = "request_series"
    __table_args__ = (PrimaryKeyConstraint("series", "year"),)

    series: str = Field(sa_type=Text, primary_key=True)
    year: int = Field(sa_type=Integer, primary_key=True)
    last: int


class RequestEvent(Record, table=True):
    """Something that happened to a request; appended, never changed.

    `previous` is the number of the event before (None for the first). `visible`: the person may see it. `text` is what was said
    or noted, `data` JSON what else belongs to it (reason, basis, outcome, both dates, to whom).
    """

    __tablename__ = "request_event"
    __table_args__ = (
        PrimaryKeyConstraint("request_id", "sequence"),
        UniqueConstraint("request_id", "sequence", "to_state"),
        ForeignKeyConstraint(
            ["request_id", "previous", "from_state"],
            ["request_event.request_id", "request_event.sequence", "request_event.to_state"],
        ),
        CheckConstraint("doer IN ('resident', 'staff', 'clock')", name="doer"),
        CheckConstraint(
            "(sequence = 0 AND previous IS NULL AND from_state IS NULL)"
            " OR (sequence > 0 AND previous = sequence - 1 AND from_state IS NOT NULL)",
            name="chain",
        ),
        CheckConstraint(
            f"kind || '/' || COALESCE(from_state, '') || '/' || to_state IN ({_listed(STEPS)})"
            f" OR (from_state = to_state AND kind IN ({_listed(STILL)}))",
            name="step",
        ),
        CheckConstraint("doer <> 'staff' OR staff_id IS NOT NULL", name="staff"),
        Index("ix_request_event_at", "at"),
    )

    request_id: int = Field(sa_type=BigInteger, primary_key=True)
    sequence: int = Field(sa_type=Integer, primary_key=True)
    previous: int | None = Field(default=None, sa_type=Integer)
    kind: str = Field(sa_type=Text)
    from_state: str | None = Field(default=None, sa_type=Text)
    to_state: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    doer: str = Field(sa_type=Text)
    staff_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    visible: bool = False
    text: str = Field(default="", sa_type=Text)
    data: str = Field(default="{}", sa_type=Text)


class RequestRow(Record, table=True):
    """A request as it stands. `sequence` is the number of its last event, and what two officers' changes are held against.

    `kind` "information" has the law's clock; "suggestion" and "complaint" are anonymous unless a person signs them: no contact,
    no conversation, no identity. `number` is what people call it, `code` the keyed hash of what opens it to who has both.
    `identity` are name, document, e-mail, telephone, postal address as JSON, sealed by the ring. `notify` is how the person wants
    to be told. `place` is the requester's canton. Days are ISO dates: `from_day` the one that the running epoch counts from,
    `working_due` and `calendar_due` both countings, `due` the printed one, `target` the earlier; `term` is JSON of how they were
    counted. `asked_at`: an explanation is awaited since then. `overdue_at`: when the passing of the term was written down.
    `verdict` is the person's word on the answer. `public_text`, `public_answer`: what the register shows, once `released_at`.
    """

    __tablename__ = "request"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("series", "year", "serial"),
        UniqueConstraint("code"),
        ForeignKeyConstraint(
            ["id", "sequence", "state"],
            ["request_event.request_id", "request_event.sequence", "request_event.to_state"],
        ),
        CheckConstraint("kind IN ('information', 'suggestion', 'complaint')", name="kind"),
        CheckConstraint("source IN ('chat', 'counter', 'phone', 'paper', 'email')", name="source"),
        CheckConstraint("form IN ('digital', 'paper')", name="form"),
        CheckConstraint("notify IN ('chat', 'email', 'counter')", name="notify"),
        CheckConstraint(
            "outcome IN ('full', 'partial', 'already_published', 'not_held', 'transferred', 'refused', 'withdrawn', 'duplicate')",
            name="outcome",
        ),
        CheckConstraint(
            "state NOT IN ('answered', 'insistence_answered', 'escalation_answered') OR outcome IS NOT NULL", name="answered"
        ),
        CheckConstraint("verdict IN ('yes', 'partly', 'no')", name="verdict"),
        CheckConstraint("(state = 'finished') = (finished_at IS NOT NULL)", name="finished"),
        CheckConstraint("(outcome = 'duplicate') = (merged_into_id IS NOT NULL) OR outcome IS NULL", name="merged"),
        CheckConstraint("asked_at IS NULL OR state IN ('received', 'extended')", name="asked"),
        partial_index("ix_request_owed", "target", where="state IN ('received', 'extended', 'insisted', 'escalated')"),
        partial_index("ix_request_released", "released_at", where="released_at IS NOT NULL"),
        partial_index("ix_request_answered", "answered_at", where="answered_at IS NOT NULL AND finished_at IS NULL"),
        partial_index("ix_request_finished", "target", where="state = 'finished'"),
        partial_index("ix_request_told", "target", where="state IN ('answered', 'insistence_answered', 'escalation_answered')"),
        Index("ix_request_target", "target", "id"),
        Index("ix_request_counted", "unit_id", "state", "kind", "officer_id", "due", "asked_at"),
        Index("ix_request_unit", "unit_id", "state", "target"),
        Index("ix_request_officer", "officer_id", "state", "target"),
        Index("ix_request_filed", "filed_at"),
        Index(None, "contact_id"),
        Index(None, "conversation_id"),
        Index(None, "merged_into_id"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    number: str = Field(sa_type=Text)
    series: str = Field(sa_type=Text)
    year: int = Field(sa_type=Integer)
    serial: int = Field(sa_type=Integer)
    kind: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    sequence: int = Field(sa_type=Integer)
    outcome: str | None = Field(default=None, sa_type=Text)
    source: str = Field(sa_type=Text)
    channel: str = Field(default="", sa_type=Text)
    language: str = Field(sa_type=Text)
    contact_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("contact.id")])
    conversation_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("conversation.id")])
    code: bytes = Field(sa_type=LargeBinary)
    identity: bytes | None = Field(default=None, sa_type=LargeBinary)
    subject: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    period: str = Field(default="", sa_type=Text)
    form: str = Field(default="digital", sa_type=Text)
    notify: str = Field(default="chat", sa_type=Text)
    place: str = Field(default="", sa_type=Text)
    unit_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("unit.id")])
    officer_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("staff.id")])
    epoch: int = 0
    from_day: str = Field(sa_type=Text)
    working_due: str = Field(sa_type=Text)
    calendar_due: str = Field(sa_type=Text)
    due: str = Field(sa_type=Text)
    target: str = Field(sa_type=Text)
    term: str = Field(default="{}", sa_type=Text)
    asked_at: int | None = Field(default=None, sa_type=BigInteger)
    overdue_at: int | None = Field(default=None, sa_type=BigInteger)
    answered_at: int | None = Field(default=None, sa_type=BigInteger)
    finished_at: int | None = Field(default=None, sa_type=BigInteger)
    verdict: str | None = Field(default=None, sa_type=Text)
    merged_into_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("request.id")])
    public_text: str = Field(default="", sa_type=Text)
    public_answer: str = Field(default="", sa_type=Text)
    released_at: int | None = Field(default=None, sa_type=BigInteger)
    test: bool = False
    filed_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)


class RequestWord(Record, table=True):
    """A word of a request that is not finished, without its ending: by them one that asks the same as another is found."""

    __tablename__ = "request_word"
    __table_args__ = (PrimaryKeyConstraint("word", "request_id"), Index(None, "request_id"))

    word: str = Field(sa_type=Text, primary_key=True)
    request_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_args=[ForeignKey("request.id")])


class RequestFile(Record, table=True):
    """A file of a request: what the person attached, what answers it, or what colleagues keep beside it."""

    __tablename__ = "request_file"
    __table_args__ = (
        CheckConstraint("side IN ('resident', 'answer', 'note')", name="side"),
        ForeignKeyConstraint(["request_id", "sequence"], ["request_event.request_id", "request_event.sequence"]),
        Index(None, "request_id"),
        Index(None, "reference"),
    )

    id: int = Field(sa_type=Identifier, primary_key=True)
    request_id: int = Field(sa_type=BigInteger)
    sequence: int = Field(sa_type=Integer)
    # deferred: the attachment of the message that files a request is noted at the end of that turn
    reference: str = Field(sa_type=Text, sa_column_args=[ForeignKey("media.reference", deferrable=True, initially="DEFERRED")])
    name: str = Field(sa_type=Text)
    side: str = Field(sa_type=Text)
    released: bool = False
