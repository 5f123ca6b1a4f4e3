"""Retention: what is only kept for a while is emptied when its time has come.

Texts as they came in and went out, and what lies in quarantine, after MINGA_RAW_DAYS. Answers to personal questions after the
days that the person was told in the consent text, counted from the flow's closing, or from the conversation's end where the flow
has no closing date. Every transaction is small, so a running server's turns hardly wait; each run looks for what is left to do,
so one that was cut short is simply done again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import partial
from itertools import chain, groupby
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, text

from bot.engine.flow import Flow, Step
from bot.engine.state import decode, encode
from storage.database import Database
from storage.identifiers import first_at
from storage.statements import Statement, Transaction

DAY = 86_400_000
"""Milliseconds."""

BATCH = 500
"""Rows in one transaction."""


_AT_ONCE = 32
"""Conversations whose answers are deleted side by side."""


@dataclass(frozen=True, slots=True)
class Retained:
    """What a run emptied or deleted: raw texts, personal answers; and the attachments whose files are now to be deleted."""

    texts: int
    answers: int
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What retention must know of a version of a flow.

    `personal` are the names of its personal steps; `consent` the consent text; `closes_at` its closing date in milliseconds, or
    None.
    """

    personal: frozenset[str]
    consent: str = ""
    closes_at: int | None = None


def terms_of(flow: Flow, zone: tzinfo) -> Terms:
    """Returns the terms of a version of a flow; its dates are local time of the municipality, whose zone is handed in."""
    personal = set()
    for node in flow.program:
        if isinstance(node, Step) and node.personal:
            personal |= {node.name, f"{node.name}_other"} if node.other else {node.name}
    closes_at = None if flow.closes is None else round(flow.closes.replace(tzinfo=zone).timestamp() * 1_000)
    return Terms(frozenset(personal), flow.consent, closes_at)


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

# ids are ordered by time; what still waits to be sent is no leftover, however long ago it was queued
_EMPTY = tuple(
    Statement(sql)
    for sql in (
        """UPDATE inbox SET raw = NULL, contact_id = NULL, conversation_id = NULL WHERE id IN (
            SELECT id FROM inbox WHERE raw IS NOT NULL AND id < ? ORDER BY id LIMIT ?)""",
        """UPDATE outbox SET payload = NULL, contact_id = NULL, conversation_id = NULL, provider_id = NULL, lane = 0,
            status = CASE WHEN status = 'waiting' THEN 'dead' ELSE status END,
            error = CASE WHEN status = 'waiting' THEN 'never_wrote' ELSE error END
        WHERE id IN (
            SELECT id FROM outbox WHERE payload IS NOT NULL AND status NOT IN ('queued', 'sending') AND id < ?
            ORDER BY id LIMIT ?)""",
        """UPDATE quarantine SET raw = NULL, find_key = NULL, contact_id = NULL WHERE id IN (
            SELECT id FROM quarantine WHERE raw IS NOT NULL AND id < ? ORDER BY id LIMIT ?)""",
        """UPDATE hand_over_line SET content = NULL WHERE id IN (
            SELECT id FROM hand_over_line WHERE content IS NOT NULL AND id < ? ORDER BY id LIMIT ?)""",
    )
)


async def retain_texts(database: Database, *, raw_days: int, now_ms: int, batch: int = BATCH) -> int:
    """Empties inbox, outbox, quarantine and talks with staff of what is older than `raw_days`; returns how many rows.

    Ties to people go as well, but for those of the talks, which hold nothing then.
    """
    before = first_at(now_ms - raw_days * DAY)
    emptied = 0
    for statement in _EMPTY:
        while done := await database.transaction(partial(_run, statement=statement, values=(before, batch)), apart=True):
            emptied += done
    return emptied


def _run(tx: Transaction, statement: Statement, values: Sequence[object]) -> int:
    return tx.run(statement, values)


# ── personal answers ─────────────────────────────────────────────────────────────────────────────────────────────────────

_VERSIONS = text("""
    SELECT w.version, f.id, f.state, f.updated_at FROM flow_version w JOIN flow f ON f.id = w.flow ORDER BY w.version
""")
_LEAST = text("SELECT min(days) FROM consent WHERE name = :name AND given")
# what was forgotten already is passed over by the database alone
_OLD = text("""
    SELECT id, contact_id, started_at, ended_at FROM conversation v
    WHERE flow = :flow AND version = :version AND started_at <= :until
        AND (started_at > :after OR (started_at = :after AND id > :id))
        AND EXISTS (SELECT 1 FROM answer a WHERE a.conversation_id = v.id AND a.step IN :steps)
    ORDER BY started_at, id LIMIT :batch
""").bindparams(bindparam("steps", expanding=True))
_CONSENTS = text("""
    SELECT conversation_id, contact_id, days FROM consent
    WHERE name = :name AND given AND (conversation_id IN :conversations OR contact_id IN :contacts) ORDER BY at, id
""").bindparams(bindparam("conversations", expanding=True), bindparam("contacts", expanding=True))
_PERSONAL = text("""
    SELECT conversation_id, sequence, value FROM answer WHERE conversation_id IN :conversations AND step IN :steps
    ORDER BY conversation_id, sequence
""").bindparams(bindparam("conversations", expanding=True), bindparam("steps", expanding=True))
_DROP = Statement("DELETE FROM answer WHERE conversation_id = ? AND sequence = ?")
_DROP_MEDIA = Statement("DELETE FROM media WHERE reference = ?")
_STATE = Statement("SELECT state FROM conversation WHERE id = ?")
_KEEP_STATE = Statement("UPDATE conversation SET state = ? WHERE id = ?")


async def retain_answers(
    database: Database,
    *,
    terms: Callable[[str], Terms],
    days: Mapping[str, int],
    now_ms: int,
    batch: int = BATCH,
) -> tuple[int, tuple[str, ...]]:
    """Deletes answers to personal steps whose time has come, from the journal and from the conversation's state.

    `terms` tells of a version (see `terms_of`); `days` of each consent text holds where the database knows no word of the person
    (they agreed in a former conversation and are gone since). Personal answers of a flow without a consent text have no term.
    Returns how many answers, and the references of attachments whose files are now to be deleted.
    """
    answers = 0
    references: list[str] = []
    for version, flow, state, updated_at in await database.read(lambda connection: connection.execute(_VERSIONS).fetchall()):
        known = terms(version)
        closed_at = updated_at if state == "closed" else None
        if not known.personal or not known.consent:
            continue
        if closed_at is None and known.closes_at is not None and known.closes_at > now_ms:
            continue
        least = await database.read(partial(_least, consent=known.consent, days=days))
        if least is None:
            continue
        # nobody's days began to count before the conversation did
        walk = {"flow": flow, "version": version, "until": now_ms - least * DAY, "batch": batch, "steps": sorted(known.personal)}
        place = {"after": -1, "id": 0}
        while found := await database.read(partial(_old, values=walk | place)):
            place = {"after": found[-1].started_at, "id": found[-1].id}
            told = await database.read(partial(_told, found=found, consent=known.consent))
            over = {
                row.id: row.contact_id for row in found
                if (term := told.get(row.id, days.get(known.consent))) is not None
                and (begins := _begins(row.ended_at, known.closes_at, closed_at)) is not None
                and begins + term * DAY <= now_ms
            }  # fmt: skip
            rows = await database.read(partial(_personal, conversations=list(over), steps=known.personal)) if over else []
            each = [(over[conversation], list(part)) for conversation, part in groupby(rows, lambda row: int(row[0]))]
            each.sort(key=lambda one: one[0] or 0)  # what is committed together takes its locks in ascending order
            for start in range(0, len(each), _AT_ONCE):
                done = await asyncio.gather(
                    *(
                        database.transaction(partial(_forget, contact=contact, rows=part, steps=known.personal))
                        for contact, part in each[start : start + _AT_ONCE]
                    )
                )
                references += chain.from_iterable(done)
            answers += len(rows)
    return answers, tuple(references)


async def retain(
    database: Database,
    *,
    raw_days: int,
    terms: Callable[[str], Terms],
    days: Mapping[str, int],
    now_ms: int,
    batch: int = BATCH,
) -> Retained:
    """Does all of it: see `retain_texts` and `retain_answers`."""
    texts = await retain_texts(database, raw_days=raw_days, now_ms=now_ms, batch=batch)
    answers, references = await retain_answers(database, terms=terms, days=days, now_ms=now_ms, batch=batch)
    return Retained(texts, answers, references)


def _begins(ended_at: int | None, closes_at: int | None, closed_at: int | None) -> int | None:
    """Returns when the days begin to count, None if they do not yet. `closed_at`: staff closed the flow then."""
    if closes_at is not None:
        return closes_at if closed_at is None else min(closes_at, closed_at)
    return ended_at if ended_at is not None else closed_at


def _least(connection: Connection, *, consent: str, days: Mapping[str, int]) -> int | None:
    """Returns the fewest days that anybody was told of that consent text, None if nobody was and it is not known any more."""
    told = connection.execute(_LEAST, {"name": consent}).scalar()
    known = [term for term in (told, days.get(consent)) if term is not None]
    return min(known) if known else None


def _old(connection: Connection, *, values: Mapping[str, Any]) -> Sequence[Any]:
    return connection.execute(_OLD, values).fetchall()


def _told(connection: Connection, *, found: Sequence[Any], consent: str) -> dict[int, int]:
    """Returns the days that each conversation's person was told: in that conversation, else in another one of theirs."""
    contacts = [row.contact_id for row in found if row.contact_id is not None]
    values = {"name": consent, "conversations": [row.id for row in found], "contacts": contacts}
    here: dict[int, int] = {}
    elsewhere: dict[int, int] = {}
    for conversation, contact, days in connection.execute(_CONSENTS, values):
        if conversation is not None:
            here[conversation] = days
        if contact is not None:
            elsewhere[contact] = days
    told = {row.id: here.get(row.id, elsewhere.get(row.contact_id)) for row in found}
    return {conversation: days for conversation, days in told.items() if days is not None}


def _personal(connection: Connection, *, conversations: Sequence[int], steps: Iterable[str]) -> Sequence[Any]:
    return connection.execute(_PERSONAL, {"conversations": conversations, "steps": sorted(steps)}).fetchall()


def _forget(tx: Transaction, *, contact: int | None, rows: Sequence[Any], steps: frozenset[str]) -> list[str]:
    """Deletes the rows, which are of one conversation, and what its state holds of them; its contact is locked before."""
    if contact is not None:
        tx.lock(contact)
    tx.write_many(_DROP, [(conversation, sequence) for conversation, sequence, _ in rows])
    references = []
    for _, _, value in rows:
        read = orjson.loads(value) if value.startswith("{") else None
        if isinstance(read, dict) and isinstance(read.get("reference"), str):
            references.append(read["reference"])
    tx.write_many(_DROP_MEDIA, [(reference,) for reference in references])
    conversation = rows[0][0]
    found = tx.one(_STATE, (conversation,))
    if found is not None:
        tx.write(_KEEP_STATE, (_without(found[0], steps), conversation))
    return references


def _without(state: str, steps: frozenset[str]) -> str:
    """Returns a conversation's state without what it holds of these steps, in whatever pass of a repeat."""
    conversation = decode(state)
    return encode(
        replace(
            conversation,
            held={key: value for key, value in conversation.held.items() if key.partition("/")[0] not in steps},
            empties={key: why for key, why in conversation.empties.items() if key.partition("/")[0] not in steps},
            presets={key: value for key, value in conversation.presets.items() if key not in steps},
        )
    ).decode()
