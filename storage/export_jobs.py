"""Exports that the desk asked for, as rows: asked for, taken up by one worker at a time, ended, and their files' time over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import orjson

from storage.statements import Statement, Transaction

FOLDER = "exports"
"""The folder in MINGA_DATA where the files lie."""

DAY = 24 * 3_600_000

LIFE: Mapping[str, int] = {"answers": 7 * DAY, "identity": DAY}
"""Milliseconds after which a file is deleted, by kind: one with names is nothing to leave lying about."""

TRIES = 3
"""So often a job is taken up; what ended that many workers will end the next one too."""

Kind = Literal["answers", "identity"]
State = Literal["queued", "running", "done", "failed", "cancelled"]

_COLUMNS = (
    "j.id, j.flow, j.kind, j.wanted, j.reason, j.staff_id, s.name, s.language, j.state, j.token, j.tries, j.written, j.total, "
    "j.file, j.size, j.sha256, j.told, j.error, j.places, j.created_at, j.ended_at, j.gone_at, j.gone_why"
)
_FROM = "FROM export_job j JOIN staff s ON s.id = j.staff_id"


class Job(NamedTuple):
    """A row of `export_job`, with the name and the language of who asked for it. Its JSON is read."""

    id: int
    flow: str
    kind: Kind
    wanted: Mapping[str, Any]
    reason: str
    staff_id: int
    staff: str
    language: str
    state: State
    token: int | None
    tries: int
    written: int
    total: int | None
    file: str | None
    size: int | None
    sha256: str | None
    told: Mapping[str, Any]
    error: str
    places: Mapping[str, Any]
    created_at: int
    ended_at: int | None
    gone_at: int | None
    gone_why: str | None

    @property
    def there(self) -> bool:
        """Tells whether its file is there to be fetched."""
        return self.state == "done" and self.gone_at is None

    @property
    def until(self) -> int:
        """Returns when its file's time is over."""
        return (self.ended_at or self.created_at) + LIFE[self.kind]


class Finished(NamedTuple):
    """A file that was made: its random name, its size in bytes, its sha256 (hex), and what it holds."""

    file: str
    size: int
    sha256: str
    told: Mapping[str, Any]


_ASK = Statement("""
    INSERT INTO export_job (id, flow, kind, wanted, reason, staff_id, state, tries, written, told, error, places, created_at)
    VALUES (?, ?, ?, ?, ?, ?, 'queued', 0, 0, '{}', '', '{}', ?)
""")
_BY_ID = Statement(f"SELECT {_COLUMNS} {_FROM} WHERE j.id = ?")
_OF_FLOW = Statement(f"SELECT {_COLUMNS} {_FROM} WHERE j.flow = ? ORDER BY j.id DESC LIMIT ?")
_TAKE = Statement("""
    UPDATE export_job SET state = 'running', token = ?, lease_until = ?, tries = tries + 1, written = 0, total = NULL
    WHERE id IN (
        SELECT id FROM export_job WHERE (state = 'queued' OR (state = 'running' AND lease_until <= ?)) AND tries < ?
        ORDER BY id LIMIT 1 {locking})
    RETURNING id
""", locking="FOR UPDATE SKIP LOCKED")  # fmt: skip
_GIVE_UP = Statement("""
    UPDATE export_job SET state = 'failed', token = NULL, lease_until = NULL, error = ?, ended_at = ?
    WHERE tries >= ? AND (state = 'queued' OR (state = 'running' AND lease_until <= ?))
""")
_BEAT = Statement("""
    UPDATE export_job SET lease_until = ?, written = ?, total = ? WHERE id = ? AND token = ? AND state = 'running'
""")
_LET_GO = Statement("""
    UPDATE export_job SET state = 'queued', token = NULL, lease_until = NULL, tries = tries - 1, written = 0
    WHERE id = ? AND token = ? AND state = 'running'
""")
_DONE = Statement("""
    UPDATE export_job SET state = 'done', token = NULL, lease_until = NULL, file = ?, size = ?, sha256 = ?, told = ?, written = ?,
        total = ?, ended_at = ?
    WHERE id = ? AND token = ? AND state = 'running'
""")
_FAILED = Statement("""
    UPDATE export_job SET state = 'failed', token = NULL, lease_until = NULL, error = ?, places = ?, ended_at = ?
    WHERE id = ? AND token = ? AND state = 'running'
""")
_CANCEL = Statement("""
    UPDATE export_job SET state = 'cancelled', token = NULL, lease_until = NULL, ended_at = ?
    WHERE id = ? AND state IN ('queued', 'running')
""")
_GONE = Statement("UPDATE export_job SET gone_at = ?, gone_why = ? WHERE id = ? AND state = 'done' AND gone_at IS NULL")
_OVER = Statement("""
    UPDATE export_job SET gone_at = ?, gone_why = 'time' WHERE state = 'done' AND gone_at IS NULL AND kind = ? AND ended_at <= ?
""")
_NAMED = Statement("SELECT file FROM export_job WHERE state = 'done' AND gone_at IS NULL")
_RUNNING = Statement("SELECT token FROM export_job WHERE state = 'running'")
_NEXT = Statement("SELECT count(*) FROM export_job WHERE state IN ('queued', 'running') AND id < ?")
_ERASED = (
    Statement("""
        UPDATE export_job SET gone_at = ?, gone_why = 'erased' WHERE state = 'done' AND gone_at IS NULL
            AND flow IN (SELECT flow FROM conversation WHERE contact_id = ?)
    """),
    Statement("""
        UPDATE export_job SET state = 'queued', token = NULL, lease_until = NULL, written = 0, tries = 0
        WHERE state = 'running' AND flow IN (SELECT flow FROM conversation WHERE contact_id = ?)
    """),
)


def ask(
    tx: Transaction,
    identifier: int,
    *,
    flow: str,
    wanted: Mapping[str, Any],
    staff: int,
    now: int,
    kind: Kind = "answers",
    reason: str = "",
) -> None:
    """Enters an export that somebody wants; the next free worker takes it up."""
    tx.run(_ASK, (identifier, flow, kind, orjson.dumps(wanted).decode(), reason, staff, now))


def load(tx: Transaction, identifier: int) -> Job | None:
    """Returns that job, None if there is none."""
    row = tx.one(_BY_ID, (identifier,))
    return None if row is None else _job(row)


def of_flow(tx: Transaction, flow: str, limit: int) -> list[Job]:
    """Returns the jobs of a flow, the newest first."""
    return [_job(row) for row in tx.all(_OF_FLOW, (flow, limit))]


def ahead(tx: Transaction, identifier: int) -> int:
    """Returns how many jobs are to be done before that one."""
    row = tx.one(_NEXT, (identifier,))
    return 0 if row is None else int(row[0])


def take(tx: Transaction, token: int, *, now: int, lease: int) -> Job | None:
    """Takes the oldest job that nobody is at, until `now + lease`, and returns it; None if there is none.

    A job whose worker fell silent is taken up again. What ended TRIES workers is given up.
    """
    tx.run(_GIVE_UP, ("exports.failed.killed", now, TRIES, now))
    row = tx.one(_TAKE, (token, now + lease, now, TRIES))
    return None if row is None else load(tx, int(row[0]))


def beat(tx: Transaction, identifier: int, token: int, *, until: int, written: int, total: int | None) -> bool:
    """Keeps the job until then and tells how far it is; False if it is this worker's no more."""
    return tx.run(_BEAT, (until, written, total, identifier, token)) == 1


def let_go(tx: Transaction, identifier: int, token: int) -> None:
    """Puts the job back for another worker; this try does not count."""
    tx.run(_LET_GO, (identifier, token))


def done(tx: Transaction, identifier: int, token: int, finished: Finished, *, written: int, now: int) -> bool:
    """The file is made; False if the job is this worker's no more, and then the file is nobody's."""
    told = orjson.dumps(finished.told).decode()
    values = (finished.file, finished.size, finished.sha256, told, written, written, now, identifier, token)
    return tx.run(_DONE, values) == 1


def failed(tx: Transaction, identifier: int, token: int, error: str, places: Mapping[str, Any], *, now: int) -> bool:
    """It cannot be done, and why; False if the job is this worker's no more."""
    return tx.run(_FAILED, (error, orjson.dumps(places, default=str).decode(), now, identifier, token)) == 1


def cancel(tx: Transaction, identifier: int, now: int) -> bool:
    """Has it not be made; False if it ended already. Its worker stops at its next beat."""
    return tx.run(_CANCEL, (now, identifier)) == 1


def delete(tx: Transaction, identifier: int, now: int) -> bool:
    """Says that its file is no longer there to be fetched, by somebody's hand; False if it was not."""
    return tx.run(_GONE, (now, "hand", identifier)) == 1


def over(tx: Transaction, now: int) -> int:
    """Says that the files whose time is over are gone; returns how many."""
    return sum(tx.run(_OVER, (now, kind, now - life)) for kind, life in LIFE.items())


def kept(tx: Transaction) -> set[str]:
    """Returns the names of the files that may be fetched; every other one is nobody's."""
    return {str(row[0]) for row in tx.all(_NAMED)}


def running(tx: Transaction) -> set[int]:
    """Returns the tokens of those who are at a job."""
    return {int(row[0]) for row in tx.all(_RUNNING)}


def erased(tx: Transaction, contact: int, now: int) -> None:
    """No file may tell of who is being erased: those of the flows they took part in are gone, unfinished ones begin anew."""
    finished, unfinished = _ERASED
    tx.run(finished, (now, contact))
    tx.run(unfinished, (contact,))


def _job(row: Sequence[Any]) -> Job:
    job = Job._make(row)
    read = {name: orjson.loads(getattr(job, name)) for name in ("wanted", "told", "places")}
    return job._replace(**read)
