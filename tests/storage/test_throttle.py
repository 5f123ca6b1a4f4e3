"""How often something guessable may be tried, and that a snapshot writes nothing."""

from __future__ import annotations

import pytest

from storage import staff, throttle
from storage.reading import ReadOnlyError, Snapshot
from storage.statements import Statement

WINDOW = 1000
LIMIT = 3


def test_tries_are_counted_in_a_window_that_begins_with_the_first(database):
    def tried(tx, now, key="a"):
        throttle.tried(tx, key, now, window=WINDOW)
        return throttle.wait(tx, key, now, limit=LIMIT, window=WINDOW)

    waits = [database.transaction_now(lambda tx, now=now: tried(tx, now)) for now in (5000, 5100, 5200, 5300)]
    assert waits == [0, 0, 800, 700]
    assert database.transaction_now(lambda tx: throttle.wait(tx, "b", 5300, limit=LIMIT, window=WINDOW)) == 0
    assert database.transaction_now(lambda tx: throttle.wait(tx, "a", 6000, limit=LIMIT, window=WINDOW)) == 0
    assert database.transaction_now(lambda tx: tried(tx, 6000)) == 0  # a new window, counted from one
    database.transaction_now(lambda tx: throttle.clear(tx, "a"))
    assert database.transaction_now(lambda tx: throttle.forget(tx, 10**6)) == 0
    database.transaction_now(lambda tx: tried(tx, 5000, "old"))
    database.transaction_now(lambda tx: tried(tx, 9000, "new"))
    assert database.transaction_now(lambda tx: throttle.forget(tx, 6000)) == 1


def test_links_are_forgotten_when_their_time_is_over(database):
    def work(tx):
        staff.add(tx, 1, email="a@x.ec", name="A", role="reader", now=1)
        staff.offer(tx, 1, b"old", expires_at=10)
        first = staff.offered(tx, b"old", 10)
        staff.offer(tx, 1, b"new", expires_at=50)
        return first, staff.offered(tx, b"old", 5), staff.offered(tx, b"new", 49), staff.forget(tx, 49), staff.forget(tx, 50)

    void, replaced, good, kept, gone = database.transaction_now(work)
    assert (void, replaced, kept, gone) == (None, None, 0, 1)
    assert good.email == "a@x.ec"


def test_a_snapshot_reads_what_transactions_read_and_writes_nothing(database):
    database.transaction_now(lambda tx: staff.add(tx, 1, email="100%@x.ec", name="A", role="reader", now=1))
    sql = Statement("SELECT email FROM staff WHERE email LIKE '100%' AND id = ? {locking}", locking="FOR UPDATE")
    assert database.read_now(lambda connection: Snapshot(connection).one(sql, (1,))) == ("100%@x.ec",)
    assert database.read_now(lambda connection: Snapshot(connection).one(sql, (2,))) is None
    write = Statement("DELETE FROM staff WHERE id = ?")
    for attempt in (
        lambda tx: tx.run(write, (1,)),
        lambda tx: tx.write(write, (1,)),
        lambda tx: tx.write_many(write, [(1,)]),
        lambda tx: tx.lock(1),
    ):
        with pytest.raises(ReadOnlyError):
            database.read_now(lambda connection, attempt=attempt: attempt(Snapshot(connection)))
