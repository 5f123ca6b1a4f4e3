"""What the page of the flows shows: who is in each flow, and in which versions."""

from __future__ import annotations

from typing import NamedTuple

from storage.statements import Statement, Transaction

_VERSIONS = Statement("""
    SELECT w.version, w.created_at,
        (SELECT count(*) FROM conversation v WHERE v.version = w.version AND v.status = 'open' AND NOT v.test),
        (SELECT count(*) FROM conversation v WHERE v.version = w.version AND v.status = 'completed' AND NOT v.test),
        (SELECT count(*) FROM conversation v
            WHERE v.version = w.version AND v.status NOT IN ('open', 'completed') AND NOT v.test)
    FROM flow_version w WHERE w.flow = ? ORDER BY w.created_at DESC, w.version
""")
_COUNTS = Statement("""
    SELECT flow, sum(CASE WHEN status = 'open' THEN 1 ELSE 0 END), sum(CASE WHEN status = 'completed' THEN 1 ELSE 0 END),
        sum(CASE WHEN status IN ('open', 'completed') THEN 0 ELSE 1 END)
    FROM conversation WHERE NOT test GROUP BY flow
""")


class Counts(NamedTuple):
    """Conversations that are no tests: going on, completed, and over before their end."""

    running: int
    completed: int
    partial: int


class Version(NamedTuple):
    """A version that opened once, when, and who is or was in it."""

    version: str
    opened_at: int
    running: int
    completed: int
    partial: int


def counts(tx: Transaction) -> dict[str, Counts]:
    """Returns the counts of each flow that anybody ever began."""
    return {
        str(flow): Counts(int(running), int(completed), int(partial)) for flow, running, completed, partial in tx.all(_COUNTS)
    }


def versions(tx: Transaction, flow: str) -> list[Version]:
    """Returns the versions of that flow, the newest first."""
    return [Version._make(row) for row in tx.all(_VERSIONS, (flow,))]
