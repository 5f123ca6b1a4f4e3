"""PostgreSQL: one of several connections, each committing groups of its own.

A journey to the server is what costs here, so writes wait for the next read and travel with it, and no savepoints are set:
when a job of a group fails after it wrote, or the server reports any error, the group is undone and its jobs are done again,
each in a transaction of its own. Jobs are functions of the transaction they are handed, so doing them again is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from storage.groups import AddressKey, Bounds, Job, UnavailableError
from storage.statements import Dialect, Row, Statement
from storage.wire import Answer, Request, Wire

Connect = Callable[[], Wire]

_TRIES = 5
"""How often a job is done again after a deadlock or a lost connection."""

_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.LockNotAvailable)

_WHOSE = """
    SELECT contact.id, channel, account, find_key
    FROM unnest(?::text[], ?::text[], ?::bytea[]) AS wanted (channel, account, find_key)
    JOIN address USING (channel, account, find_key) JOIN contact ON contact.id = address.contact_id
    ORDER BY contact.id {locking}
"""
_LOCK = Statement(_WHOSE, locking="FOR UPDATE OF contact")
"""Locks the contacts of a whole group in ascending id, so that two groups never wait for each other."""

_LOCKED = Statement(_WHOSE)
"""The same once the locks are held: an address may have been linked to another contact while we waited."""

_LOCK_ONE = Statement("SELECT id FROM contact WHERE id = ? FOR UPDATE")


def connect(conninfo: str) -> Wire:
    """Opens a connection. Raises psycopg.OperationalError."""
    given = {key: str(value) for key, value in conninfo_to_dict(conninfo).items() if value is not None}
    options = "-c lock_timeout=15s -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
    # a server that vanished without a word is noticed in a minute, not in the kernel's two hours
    patience = {"connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
    return Wire(make_conninfo(**{**patience, **given, "options": f"{given.get('options', '')} {options}".strip()}))


class PostgresTransaction:
    """A transaction whose writes wait in `_waiting` until something is read, or the group ends."""

    __slots__ = ("_foreseen", "_locked", "_waiting", "_wire", "wrote")

    dialect: Dialect = "postgresql"

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._waiting: list[Request] = [("BEGIN", ())]
        self._locked: set[int] = set()
        self._foreseen: dict[tuple[str, Sequence[object]], list[Row]] = {}
        self.wrote = False

    def mark(self) -> int:
        """Returns a mark to which `forget` can go back; a job begins here."""
        self.wrote = False
        return len(self._waiting)

    def forget(self, mark: int) -> None:
        """Drops the writes since the mark, none of which has left."""
        del self._waiting[mark:]

    def lock(self, contact: int) -> bool:
        """See Transaction.lock."""
        if contact in self._locked:
            return False
        self.one(_LOCK_ONE, (contact,))
        self._locked.add(contact)
        return True

    def lock_all(self, addresses: set[AddressKey]) -> dict[AddressKey, int]:
        """Locks the contacts of these addresses, in ascending id, and returns whose each is (a stranger's is not among them)."""
        if not addresses:
            return {}
        rows = self.all(_LOCK, _arrays(addresses))
        self._locked.update(row[0] for row in rows)
        return _contacts(rows)

    def foresee(self, jobs: Sequence[Job], whose: dict[AddressKey, int]) -> None:
        """Asks in one journey what these jobs will begin with, each by its address; `whose` is what `lock_all` returned."""
        known = [job for job in jobs if job.ahead is not None and job.address in whose]
        asked = [(job.ahead.postgresql, job.address) for job in known if job.ahead is not None and job.address is not None]
        if not asked:
            return
        now, *answers = self._wire.run_all([(_LOCKED.postgresql, _arrays(whose)), *asked])
        if _contacts(now.rows()) == whose:
            self._foreseen = {query: answer.rows() for query, answer in zip(asked, answers, strict=True)}

    def unforesee(self, job: Job | None = None) -> None:
        """Forgets what was foreseen for that job, or for all, because something was written since."""
        if job is None:
            self._foreseen.clear()
        elif job.ahead is not None and job.address is not None:
            self._foreseen.pop((job.ahead.postgresql, job.address), None)

    def one(self, statement: Statement, values: Sequence[object] = ()) -> Row | None:
        """See Transaction.one."""
        rows = self._foreseen.pop((statement.postgresql, values), None) if self._foreseen else None
        if rows is None:
            rows = self._send(statement, values).rows()
        return rows[0] if rows else None

    def all(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        """See Transaction.all."""
        return self._send(statement, values).rows()

    def run(self, statement: Statement, values: Sequence[object] = ()) -> int:
        """See Transaction.run."""
        return self._send(statement, values).touched()

    def write(self, statement: Statement, values: Sequence[object]) -> None:
        """See Transaction.write."""
        self._waiting.append((statement.postgresql, values))

    def write_many(self, statement: Statement, rows: Iterable[Sequence[object]]) -> None:
        """See Transaction.write_many."""
        self._waiting.extend((statement.postgresql, row) for row in rows)

    def flush(self) -> None:
        """Sends the waiting writes."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._wire.run(waiting)

    def _send(self, statement: Statement, values: Sequence[object]) -> Answer:
        text = statement.postgresql
        # Only a plain SELECT leaves nothing behind that would have to be undone. Those that write and return say INSERT,
        # UPDATE, DELETE or WITH first.
        self.wrote = self.wrote or bool(self._waiting) or not text.startswith("SELECT")
        waiting, self._waiting = self._waiting, []
        waiting.append((text, values))
        return self._wire.run(waiting)


class PostgresDriver:
    """One connection to the server, opened again when it is lost."""

    def __init__(self, open_connection: Connect) -> None:
        self._open = open_connection
        self._connection: Wire | None = None

    def group(self, first: Job, more: Callable[[], Job | None], bounds: Bounds) -> list[Job]:
        """See Driver.group. The group is fixed before it begins, since its locks are taken in order at its beginning."""
        jobs = [first]
        while len(jobs) < bounds.jobs and (job := more()) is not None:
            jobs.append(job)
        if len(jobs) > 1 and self._together(jobs):
            return jobs
        for job in jobs:
            self._single(job)
        return jobs

    def _together(self, jobs: list[Job]) -> bool:
        """Does all of them in one transaction and returns True, or leaves nothing behind and returns False."""
        try:
            connection = self._usable()
            transaction = PostgresTransaction(connection)
            whose = transaction.lock_all({job.address for job in jobs if job.address is not None})
            transaction.foresee(jobs, whose)
            heard: set[int] = set()
            for job in jobs:
                contact = None if job.address is None else whose.get(job.address)
                if job.address is None:
                    transaction.unforesee()  # whoever it is about may be among them
                elif contact in heard:
                    transaction.unforesee(job)
                elif contact is not None:
                    heard.add(contact)
                mark = transaction.mark()
                try:
                    job.result, job.error = job.work(transaction), None
                except Exception as error:
                    if transaction.wrote or isinstance(error, psycopg.Error):
                        raise
                    transaction.forget(mark)
                    job.result, job.error = None, error
            transaction.flush()
        except Exception:  # noqa: BLE001  # because whose it was shows when each is done alone
            self._undo()
            return False
        return self._commit(connection, jobs)

    def _single(self, job: Job) -> None:
        for left in reversed(range(_TRIES)):
            job.result, job.error = None, None
            try:
                connection = self._usable()
                transaction = PostgresTransaction(connection)
                if job.address is not None:
                    transaction.lock_all({job.address})
                job.result = job.work(transaction)
                transaction.flush()
            except Exception as error:  # noqa: BLE001  # because it is handed to whoever waits
                self._undo()
                lost = self._connection is None and isinstance(error, psycopg.OperationalError)
                if left and (lost or isinstance(error, _AGAIN)):
                    continue
                job.error = _unavailable(error) if lost or isinstance(error, _AGAIN) else error
                return
            self._commit(connection, [job])
            return

    def _commit(self, connection: Wire, jobs: list[Job]) -> bool:
        """Commits. What becomes of a commit whose answer is lost nobody knows; the event's own uniqueness makes a repeat safe."""
        try:
            connection.run([("COMMIT", ())])
        except psycopg.Error as error:
            self._undo()
            for job in jobs:
                job.error = _unavailable(error)
        return True

    def _usable(self) -> Wire:
        if self._connection is None or self._connection.lost:
            self._connection = self._open()
        return self._connection

    def _undo(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            if connection.lost:
                raise psycopg.OperationalError("the connection is lost")
            connection.run([("ROLLBACK", ())])
        except psycopg.Error:
            connection.close()
            self._connection = None

    def close(self) -> None:
        """See Driver.close."""
        if self._connection is not None:
            self._connection.close()


def _arrays(addresses: Iterable[AddressKey]) -> tuple[list[str], list[str], list[bytes]]:
    channels, accounts, keys = zip(*addresses, strict=True)
    return list(channels), list(accounts), list(keys)


def _contacts(rows: list[Row]) -> dict[AddressKey, int]:
    return {(channel, account, key): contact for contact, channel, account, key in rows}


def _unavailable(error: BaseException) -> UnavailableError:
    unavailable = UnavailableError(f"the database did not commit: {error}")
    unavailable.__cause__ = error
    return unavailable


__all__: list[Any] = ["PostgresDriver", "PostgresTransaction", "connect"]
