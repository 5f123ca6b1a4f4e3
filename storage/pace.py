"""Token buckets in the database: how much may go now, to one person and from one sender of ours, whoever sends it.

A bucket is one number, the time at which it is full again: all workers read and move the same one, and a bucket that is full
needs no row at all. Times are microseconds since the epoch, because a pace may be finer than a millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from storage.statements import Statement, Transaction

SECOND = 1_000_000

SHARE = 0.2
"""How many seconds' worth of a sender's pace may go at once. Little enough to be an even flow to the provider, and enough for
whoever claims ten times a second to lose nothing."""


class Bucket(NamedTuple):
    """How a bucket fills: `pace` tokens a second, up to `burst`. A pace of 0 is no limit."""

    pace: float
    burst: float

    def tokens(self, full_us: int | None, now_us: int) -> float:
        """Returns how many tokens are in it; below 0 where more was taken than it held."""
        missing = max(0, (full_us or 0) - now_us)
        return self.burst - missing * self.pace / SECOND

    def after(self, full_us: int | None, now_us: int, taken: int) -> int:
        """Returns when it is full again after so many were taken."""
        return max(full_us or 0, now_us) + round(taken * SECOND / self.pace)

    def ready_us(self, full_us: int | None, tokens: int = 1) -> int:
        """Returns when it holds so many tokens (again)."""
        return (full_us or 0) - round((self.burst - tokens) * SECOND / self.pace)


def sender_bucket(pace: float, burst: float = 1.0) -> Bucket:
    """Returns the bucket of a sender that may send `pace` messages a second, and `burst` to one person at once."""
    return Bucket(pace, max(burst, pace * SHARE))


_SENDER = Statement("SELECT full_us FROM sender_pace WHERE sender = ?")
_MOVE_SENDER = Statement("""
    INSERT INTO sender_pace (sender, full_us) VALUES (?, ?) ON CONFLICT (sender) DO UPDATE SET full_us = excluded.full_us
""")
_MOVE_LANE = Statement("""
    INSERT INTO lane_pace (lane, full_us) VALUES (?, ?) ON CONFLICT (lane) DO UPDATE SET full_us = excluded.full_us
""")
_CHARGE = Statement("UPDATE sender_pace SET full_us = full_us + ? WHERE sender = ?")
_HOLD = Statement("""
    INSERT INTO sender_pace (sender, full_us) VALUES (?, ?) ON CONFLICT (sender) DO UPDATE
    SET full_us = CASE WHEN excluded.full_us > sender_pace.full_us THEN excluded.full_us ELSE sender_pace.full_us END
""")
_FORGET = Statement("DELETE FROM lane_pace WHERE full_us < ?")


def sender_full(tx: Transaction, sender: str) -> int | None:
    """Returns when the sender's bucket is full again; None where nothing was ever taken from it."""
    row = tx.one(_SENDER, (sender,))
    return None if row is None else row[0]


def move_sender(tx: Transaction, sender: str, full_us: int) -> None:
    """Keeps when the sender's bucket is full again. Only whoever claims may, one at a time."""
    tx.write(_MOVE_SENDER, (sender, full_us))


def move_lanes(tx: Transaction, full: Mapping[int, int]) -> None:
    """Keeps when the buckets of these lanes are full again."""
    if full:
        tx.write_many(_MOVE_LANE, list(full.items()))


def charge(tx: Transaction, sender: str, bucket: Bucket, tokens: int) -> None:
    """Takes more out of a bucket than was known when it was claimed: a text of three segments is three messages to a carrier."""
    if tokens > 0 and bucket.pace:
        tx.write(_CHARGE, (round(tokens * SECOND / bucket.pace), sender))


def hold(tx: Transaction, sender: str, bucket: Bucket, until_us: int) -> None:
    """Lets nothing more go from that sender before then: its provider said so."""
    if bucket.pace:
        tx.write(_HOLD, (sender, until_us + round((bucket.burst - 1) * SECOND / bucket.pace)))


def forget(tx: Transaction, now_us: int) -> None:
    """Drops the buckets of lanes that are full: they need no row."""
    tx.write(_FORGET, (now_us,))
