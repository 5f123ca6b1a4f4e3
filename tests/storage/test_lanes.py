"""A console's messages go by its own lane: the server takes none of them, and who plays a console takes nobody else's."""

import pytest

from bot.channels import console
from storage import outbox

NOW, UNTIL = 1_000, 61_000


@pytest.fixture
def queued(database):
    """Rows by identifier: 1 and 2 of the console's lane 7, 3 of another console, 4 of a real channel."""
    rows = [(1, 7, "console"), (2, 7, "console"), (3, 8, "console"), (4, 9, "simulator")]
    database.transaction_now(
        lambda tx: outbox.queue(tx, [(i, lane, None, None, channel, 0, 0, b"sealed", NOW, NOW) for i, lane, channel in rows])
    )
    return database


def claimed(database, *, now=NOW, lane=None):
    found = database.transaction_now(lambda tx: outbox.claim(tx, now=now, until=now + 60_000, limit=10, lane=lane))
    return [row.id for row in found]


def test_the_name_is_the_consoles():
    assert outbox.BY_LANE == console.NAME


def test_who_claims_all_leaves_the_consoles(queued):
    assert claimed(queued) == [4]
    assert claimed(queued, now=UNTIL + 1_000_000) == [4]


def test_who_claims_a_lane_takes_that_alone_in_order(queued):
    assert claimed(queued, lane=7) == [1, 2]
    assert claimed(queued, lane=7) == []
    assert claimed(queued, lane=8) == [3]


def test_a_clock_far_ahead_ends_no_other_lease(queued):
    assert claimed(queued) == [4]
    assert claimed(queued, lane=7) == [1, 2]
    assert claimed(queued, now=UNTIL + 1_000_000, lane=8) == [3]
    assert claimed(queued, now=NOW + 1) == []
    assert claimed(queued, now=UNTIL, lane=7) == [1, 2]
