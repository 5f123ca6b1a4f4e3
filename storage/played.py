"""The rows that a played consultation left behind, as its report reads them. For small databases: everything is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from storage.statements import Statement, Transaction


class Talk(NamedTuple):
    """A conversation. Times are in milliseconds since the epoch; `ended_at` is None while it is open."""

    id: int
    status: str
    state: str
    language: str
    channel: str
    started_at: int
    updated_at: int
    ended_at: int | None
    handed_over_at: int | None


class Row(NamedTuple):
    """A row of the journal."""

    conversation: int
    step: str
    type: str
    instance: str
    empty: str | None
    reason: str
    language: str
    tries: int


class Letter(NamedTuple):
    """A message of ours. `payload` is sealed, None where it was emptied; `units` is what a provider bills."""

    conversation: int | None
    channel: str
    priority: int
    status: str
    units: int
    payload: bytes | None
    created_at: int
    accepted_at: int | None
    error: str | None


class Heard(NamedTuple):
    """A message of a person's. `raw` is sealed, None where it was emptied."""

    conversation: int | None
    channel: str
    received_at: int
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Played:
    """All of it. `notices` are (subject, kind), `quarantined` the errors, `consents` (conversation, given), `people` how many."""

    talks: Sequence[Talk]
    rows: Sequence[Row]
    letters: Sequence[Letter]
    heard: Sequence[Heard]
    notices: Sequence[tuple[str, str]]
    quarantined: Sequence[str]
    consents: Sequence[tuple[int, bool]]
    people: int
    stopped: int


_TALKS = Statement("""
    SELECT id, status, state, language, channel, started_at, updated_at, ended_at, handed_over_at FROM conversation ORDER BY id
""")
_ROWS = Statement("""
    SELECT conversation_id, step, type, instance, empty, reason, language, tries FROM answer ORDER BY conversation_id, sequence
""")
_LETTERS = Statement("""
    SELECT conversation_id, channel, priority, status, units, payload, created_at, accepted_at, error FROM outbox ORDER BY id
""")
_HEARD = Statement("SELECT conversation_id, channel, received_at, raw FROM inbox ORDER BY id")
_NOTICES = Statement("SELECT subject, kind FROM notice ORDER BY at, subject, epoch")
_QUARANTINED = Statement("SELECT error FROM quarantine ORDER BY id")
_CONSENTS = Statement("SELECT conversation_id, given FROM consent ORDER BY id")
_PEOPLE = Statement("SELECT count(*), count(stopped_at) FROM contact")


def played(tx: Transaction) -> Played:
    """Returns everything that was played."""
    people = tx.one(_PEOPLE) or (0, 0)
    return Played(
        [Talk._make(row) for row in tx.all(_TALKS)],
        [Row._make(row) for row in tx.all(_ROWS)],
        [Letter._make(row) for row in tx.all(_LETTERS)],
        [Heard._make(row) for row in tx.all(_HEARD)],
        [(subject, kind) for subject, kind in tx.all(_NOTICES)],
        [error for (error,) in tx.all(_QUARANTINED)],
        [(conversation, bool(given)) for conversation, given in tx.all(_CONSENTS)],
        *people,
    )
