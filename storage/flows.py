"""Flows and their versions: which may begin, and every version that ever opened."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from storage.statements import Statement, Transaction

State = Literal["draft", "open", "paused", "closed"]
"""draft: never opened. open: begins, goes on. paused: nobody begins, whoever is in it goes on. closed: over."""


class FlowState(NamedTuple):
    """A flow, where it stands, since when (milliseconds since the epoch), and the version that begins."""

    flow: str
    state: State
    version: str
    updated_at: int


_ADD_VERSION = Statement("""
    INSERT INTO flow_version (version, flow, content, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (version) DO NOTHING
""")
_REGISTER = Statement("""
    INSERT INTO flow (id, state, version, updated_at) VALUES (?, 'draft', ?, ?)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at WHERE flow.state = 'draft'
""")
_OPEN = Statement("""
    INSERT INTO flow (id, state, version, updated_at) VALUES (?, 'open', ?, ?)
    ON CONFLICT (id) DO UPDATE SET state = 'open', version = excluded.version, updated_at = excluded.updated_at
""")
_SET = Statement("UPDATE flow SET state = ?, updated_at = ? WHERE id = ?")
_LISTED = Statement("SELECT id, state, version, updated_at FROM flow ORDER BY id")
_CONTENT = Statement("SELECT content FROM flow_version WHERE version = ?")


def register(tx: Transaction, flow: str, version: str, content: str, now: int) -> None:
    """Keeps a version; a flow that is unknown or a draft is now a draft of it, any other keeps state and version.

    `version` is the sha256 of `content`, the canonical JSON.
    """
    tx.write(_ADD_VERSION, (version, flow, content, now))
    tx.write(_REGISTER, (flow, version, now))


def open_flow(tx: Transaction, flow: str, version: str, content: str, now: int) -> None:
    """Opens a flow in that version: whoever begins now begins it. Conversations of former versions go on in theirs."""
    tx.write(_ADD_VERSION, (version, flow, content, now))
    tx.write(_OPEN, (flow, version, now))


def set_state(tx: Transaction, flow: str, state: Literal["paused", "closed"], now: int) -> None:
    """Pauses or closes a flow. Raises LookupError if it was never registered."""
    assert state in get_args(State)
    if tx.run(_SET, (state, now, flow)) == 0:
        raise LookupError(flow)


def listed(tx: Transaction) -> list[FlowState]:
    """Returns every known flow, by name."""
    return [FlowState._make(row) for row in tx.all(_LISTED)]


def content(tx: Transaction, version: str) -> str | None:
    """Returns the canonical JSON of that version, None if it was never kept."""
    row = tx.one(_CONTENT, (version,))
    return None if row is None else row[0]
