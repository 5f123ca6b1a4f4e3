"""Who is in which version of a flow: looked up by whoever is about to open another one. Reads only, and imports little."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from storage import migrations

_STATE = "SELECT state, version FROM flow WHERE id = ?"
_RUNNING = "SELECT version, state FROM conversation WHERE flow = ? AND status = 'open' AND NOT test"
_ENDED = "SELECT version, count(*) FROM conversation WHERE flow = ? AND status <> 'open' AND NOT test GROUP BY version"
_CONTENT = "SELECT version, content FROM flow_version WHERE flow = ?"

Ask = Callable[[str], Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Running:
    """The conversations of one flow, without those that are only tests.

    `state` is the flow's own, `version` the one that begins now. `open` holds by version the state of each conversation (as the
    engine encodes it), `ended` how many are over. `contents` is the canonical JSON of each version that ever opened.
    """

    state: str
    version: str
    open: Mapping[str, tuple[str, ...]]
    ended: Mapping[str, int]
    contents: Mapping[str, str]


def running(database_url: str, flow: str) -> Running | None:
    """Returns who is in that flow; None where there is no database yet, or the flow never opened in it.

    The tables are taken as they are: nothing is migrated. Raises MigrationRefused "migrations.unreachable".
    """
    if migrations.revision(database_url) is None:
        return None
    if database_url.startswith("sqlite"):
        return _sqlite(database_url, flow)
    return _postgres(database_url, flow)


def _sqlite(database_url: str, flow: str) -> Running | None:
    path = migrations.sqlite_path(database_url)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            connection.execute("BEGIN")
            return _looked(lambda query: connection.execute(query, (flow,)).fetchall())
    except sqlite3.Error as error:
        raise migrations.MigrationRefused("migrations.unreachable", database=path, error=str(error)) from error


def _postgres(database_url: str, flow: str) -> Running | None:
    import psycopg

    try:
        with psycopg.connect(migrations.plain_url(database_url), connect_timeout=5) as connection:
            connection.read_only = True
            return _looked(lambda query: connection.execute(query.replace("?", "%s").encode(), (flow,)).fetchall())
    except psycopg.Error as error:
        said = str(error).strip().splitlines()[0]
        raise migrations.MigrationRefused("migrations.unreachable", database="PostgreSQL", error=said) from error


def _looked(ask: Ask) -> Running | None:
    found = list(ask(_STATE))
    if not found:
        return None
    state, version = found[0]
    states: dict[str, list[str]] = {}
    for its, encoded in ask(_RUNNING):
        states.setdefault(its, []).append(encoded)
    held = {its: tuple(encoded) for its, encoded in states.items()}
    return Running(state, version, held, dict(map(tuple, ask(_ENDED))), dict(map(tuple, ask(_CONTENT))))
