"""The tables that pages and metrics read, by names and types alone: what `storage/*_tables.py` say in full, without SQLModel.

SQLModel and the ORM below it are a third of a second of imports, which a starting server's first visitor would wait for. A test
compares these with the tables.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, TableClause, Text, column, table
from sqlalchemy.types import TypeEngine


def _table(name: str, /, **columns: type[TypeEngine[Any]]) -> TableClause:
    return table(name, *(column(key, kind) for key, kind in columns.items()))


ADDRESS = _table(
    "address",
    id=BigInteger,
    contact_id=BigInteger,
    channel=Text,
    account=Text,
    find_key=LargeBinary,
    identity=LargeBinary,
    created_at=BigInteger,
    heard_at=BigInteger,
    opened_at=BigInteger,
)

CONTACT = _table(
    "contact",
    id=BigInteger,
    language=Text,
    test=Boolean,
    clock_offset=BigInteger,
    lobby=Text,
    lobby_prompt_id=BigInteger,
    stopped_at=BigInteger,
    created_at=BigInteger,
    name=LargeBinary,
    attended_id=BigInteger,
)

PROFILE = _table("profile", address_id=BigInteger, contact_id=BigInteger, number=Integer)

CONVERSATION = _table(
    "conversation",
    id=BigInteger,
    contact_id=BigInteger,
    address_id=BigInteger,
    flow=Text,
    version=Text,
    status=Text,
    is_current=Boolean,
    state=Text,
    language=Text,
    channel=Text,
    test=Boolean,
    started_at=BigInteger,
    updated_at=BigInteger,
    ended_at=BigInteger,
    receipt=Text,
    due_at=BigInteger,
    due_kind=Text,
    due_token=BigInteger,
    prompt_outbox_id=BigInteger,
    handed_over_at=BigInteger,
)

INBOX = _table(
    "inbox",
    id=BigInteger,
    channel=Text,
    account=Text,
    event=Text,
    contact_id=BigInteger,
    conversation_id=BigInteger,
    received_at=BigInteger,
    raw=LargeBinary,
)

OUTBOX = _table(
    "outbox",
    id=BigInteger,
    lane=BigInteger,
    contact_id=BigInteger,
    conversation_id=BigInteger,
    channel=Text,
    sender=Text,
    flow=Text,
    priority=Integer,
    prompt=BigInteger,
    payload=LargeBinary,
    status=Text,
    due_at=BigInteger,
    lease_until=BigInteger,
    attempts=Integer,
    tried_at=BigInteger,
    accepted_at=BigInteger,
    provider_id=Text,
    units=Integer,
    price=BigInteger,
    currency=Text,
    stage=Text,
    stage_at=BigInteger,
    error=Text,
    created_at=BigInteger,
)

QUARANTINE = _table(
    "quarantine",
    id=BigInteger,
    channel=Text,
    account=Text,
    event=Text,
    find_key=LargeBinary,
    contact_id=BigInteger,
    error=Text,
    raw=LargeBinary,
    at=BigInteger,
    settled_at=BigInteger,
)

ANSWER = _table(
    "answer",
    conversation_id=BigInteger,
    sequence=Integer,
    step=Text,
    type=Text,
    instance=Text,
    raw=Text,
    value=Text,
    empty=Text,
    reason=Text,
    comment=Text,
    language=Text,
    channel=Text,
    tries=Integer,
    at=BigInteger,
)

CONSENT = _table(
    "consent",
    id=BigInteger,
    contact_id=BigInteger,
    conversation_id=BigInteger,
    name=Text,
    version=Text,
    language=Text,
    purpose=Text,
    days=Integer,
    given=Boolean,
    at=BigInteger,
)
