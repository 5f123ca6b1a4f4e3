"""Claiming: which messages may go now, given what each sender and each person may get, and whose talk is still open.

Every sender of ours is looked at by itself, so that one that is slow, at its limit or down holds up no other. Urgent messages go
first: what a sender may send is given to replies, then to notices, then to campaigns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from storage import pace
from storage.pace import Bucket
from storage.statements import Statement, Transaction

REPLY, NOTICE, CAMPAIGN = 0, 1, 2
"""The priorities: what answers a person goes first."""

BY_LANE = "console"
"""The channel whose messages only their own process can show: they are claimed by lane, and by nobody who claims all."""

LAPSED = "lapsed"
"""What stands in a row whose lease ran out: whoever had it died, and the message is perhaps on the screen."""

UNKNOWN = "fate_unknown"
"""What the reason begins with where the provider perhaps took a message."""

_CLAIMING = 7203_541_198_300_01
"""PostgreSQL's advisory lock under which one process at a time claims: two could otherwise part the messages of one lane."""

_OPENING_EVERY = 7 * 86_400_000
"""Milliseconds after which a person who did not answer a template may be sent another."""


_HANDFUL, _LEAST = 32, 16
"""How many messages of campaigns one claim takes at most, and how many must have become allowed for it to be worth one: claiming
and sending them holds up whoever is answered meanwhile."""

_PASSES = 8
"""How often one claim looks again in the place of rows that had to be put off."""


class Claimed(NamedTuple):
    """A row that is ours to send until its lease ends. `attempts` counts this one.

    `tried_at` is when it was first handed over and nobody knows what became of that (`unsure`), else now. `outside`: free text
    may not go, a template shall ask the person to write.
    """

    id: int
    lane: int
    priority: int
    payload: bytes
    attempts: int
    due_at: int
    created_at: int = 0
    tried_at: int = 0
    error: str | None = None
    sender: str = ""
    lane_full_us: int | None = None
    heard_at: int | None = None
    opened_at: int | None = None
    outside: bool = False

    @property
    def unsure(self) -> bool:
        """Tells whether an earlier try perhaps arrived."""
        return self.error is not None and (self.error == LAPSED or self.error.startswith(UNKNOWN))


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one sender may send now: `room` messages, of them `campaign` of campaigns.

    `bucket` is the sender's, `person` that of each person, None where nothing limits. `window` is for how many milliseconds after
    a person's word free text may go (None: always); `opens`: a template can ask them to write.
    """

    room: int
    campaign: int
    bucket: Bucket | None = None
    person: Bucket | None = None
    window: int | None = None
    opens: bool = False


class Claims(NamedTuple):
    """What was claimed, and when (milliseconds since the epoch) it is worth looking again; None: when something happens."""

    rows: list[Claimed]
    again_at: int | None


Allow = Callable[[str], Allowance | None]
"""Tells what a sender may send now; None for nothing."""

_COLUMNS = "id, lane, priority, payload, attempts, due_at, created_at, tried_at, error, sender"
_CLAIM = """
    UPDATE outbox SET status = 'sending', lease_until = ?, attempts = attempts + 1,
        tried_at = CASE WHEN tried_at IS NOT NULL AND (error = 'lapsed' OR error LIKE 'fate_unknown%') THEN tried_at ELSE ? END
    WHERE id IN (
        SELECT o.id FROM outbox o WHERE o.status = 'queued' AND o.priority = ? AND o.due_at <= ? AND {which} AND NOT EXISTS (
            SELECT 1 FROM outbox e WHERE e.lane = o.lane AND e.id < o.id AND e.status IN ('queued', 'sending')
            AND (e.status = 'sending' OR (e.priority <= o.priority AND e.due_at > o.due_at)))
        ORDER BY o.due_at, o.id LIMIT ? {locking}
    ) RETURNING {columns}
"""
_HELD = """, (SELECT p.full_us FROM lane_pace p WHERE p.lane = outbox.lane),
    (SELECT coalesce(a.heard_at, 0) FROM address a WHERE a.id = outbox.lane),
    (SELECT a.opened_at FROM address a WHERE a.id = outbox.lane)"""
_LOCKING = "FOR UPDATE OF o SKIP LOCKED"


def _claiming(which: str, columns: str) -> Statement:
    return Statement(_CLAIM.replace("{which}", which).replace("{columns}", columns), locking=_LOCKING)


_CLAIM_SENDER, _CLAIM_LANE = _claiming("o.sender = ?", _COLUMNS + _HELD), _claiming("o.lane = ?", _COLUMNS)
_LAPSE = "UPDATE outbox SET status = 'queued', lease_until = NULL, error = 'lapsed' WHERE status = 'sending' AND lease_until <= ?"
_LAPSE_ALL, _LAPSE_LANE = Statement(_LAPSE), Statement(_LAPSE + " AND lane = ?")
_LAPSE_EVERY = Statement("""
    UPDATE outbox SET status = 'queued', lease_until = NULL, error = 'lapsed' WHERE status = 'sending' AND channel <> ?
""")
_ALONE = Statement(f"SELECT pg_advisory_xact_lock({_CLAIMING})")
_WAITING = Statement("""
    WITH RECURSIVE s (sender) AS (
        SELECT min(o.sender) FROM outbox o WHERE o.status = 'queued'
        UNION ALL
        SELECT (SELECT min(o.sender) FROM outbox o WHERE o.status = 'queued' AND o.sender > s.sender) FROM s
        WHERE s.sender IS NOT NULL
    )
    SELECT s.sender,
        (SELECT min(o.due_at) FROM outbox o WHERE o.status = 'queued' AND o.sender = s.sender AND o.priority = 0),
        (SELECT min(o.due_at) FROM outbox o WHERE o.status = 'queued' AND o.sender = s.sender AND o.priority = 1),
        (SELECT min(o.due_at) FROM outbox o WHERE o.status = 'queued' AND o.sender = s.sender AND o.priority = 2)
    FROM s WHERE s.sender IS NOT NULL
""")
"""Every sender that has something queued, by one look into the index for each, however much is queued."""
_PUT_OFF = Statement("""
    UPDATE outbox SET status = 'queued', lease_until = NULL, attempts = attempts - 1, due_at = ? WHERE id = ?
""")
_PARK = Statement("""
    UPDATE outbox SET status = 'waiting', lease_until = NULL, attempts = attempts - 1, error = ? WHERE id = ?
""")
_NEXT_LEASE = Statement("SELECT min(lease_until) FROM outbox WHERE status = 'sending'")


def claim(
    tx: Transaction, *, now: int, until: int, limit: int, lane: int | None = None, allow: Allow | None = None
) -> list[Claimed]:
    """Takes up to `limit` rows of every sender (or what `allow` says) that may go now, and returns them as each lane's must go.

    A row waits while an earlier one of its lane is in flight or put off. Rows whose lease ran out are taken again.
    Without `lane` those of every channel but BY_LANE; with it those of that lane alone, and no lease but its own is looked at:
    who plays a console may have a clock of their own.
    """
    if lane is None:
        return claim_due(tx, now=now, until=until, allow=allow or (lambda _: Allowance(limit, limit))).rows
    if tx.dialect == "postgresql":
        tx.all(_ALONE)
    tx.run(_LAPSE_LANE, (now, lane))
    claimed: list[Claimed] = []
    for priority in (REPLY, NOTICE, CAMPAIGN):
        if limit > len(claimed):
            asked = (until, now, priority, now, lane, limit - len(claimed))
            claimed += [Claimed(*row) for row in tx.all(_CLAIM_LANE, asked)]
    return sorted(claimed, key=lambda row: (row.priority, row.id))


def inherit(tx: Transaction) -> int:
    """Ends every lease but the consoles', whose processes are their own; returns how many there were.

    For whoever knows that no other process sends: what the former one had in the air need not wait for its lease to run out.
    """
    return tx.run(_LAPSE_EVERY, (BY_LANE,))


def claim_due(tx: Transaction, *, now: int, until: int, allow: Allow) -> Claims:
    """Takes what may go now of every sender, as `allow` says, until the lease ends at `until`. Times are milliseconds."""
    if tx.dialect == "postgresql":
        tx.all(_ALONE)
    tx.run(_LAPSE_ALL, (now,))
    rows: list[Claimed] = []
    again: list[int] = []
    for sender, *due in tx.all(_WAITING):
        if sender.startswith(BY_LANE + "/"):
            continue
        allowance = allow(sender)
        if allowance is not None and allowance.room > 0:
            rows += _of_sender(tx, sender, due, allowance, now, until, again)
    return Claims(sorted(rows, key=lambda row: (row.priority, row.id)), min(again, default=None))


def _of_sender(
    tx: Transaction, sender: str, due: Sequence[int | None], allowance: Allowance, now: int, until: int, again: list[int]
) -> list[Claimed]:
    room, bucket, full = allowance.room, allowance.bucket, None
    if bucket is not None:
        full = pace.sender_full(tx, sender)
        tokens = int(bucket.tokens(full, now * 1000))
        least = _worth(bucket, due, now)
        if tokens < least:
            again.append(_up(bucket.ready_us(full, least)))
            return []
        room = min(room, tokens)
    again += [first for first in due if first is not None and first > now]
    rows: list[Claimed] = []
    for _ in range(_PASSES):
        campaign = min(allowance.campaign, _HANDFUL) - sum(row.priority == CAMPAIGN for row in rows)
        taken = _taken(tx, sender, due, (room - len(rows), campaign), now, until)
        kept = _evenly(tx, _inside(tx, taken, allowance, now), allowance.person, now, again)
        rows += kept
        if len(kept) == len(taken) or len(rows) >= room:
            break  # else some gave up their place, to which others may have a right
    else:
        again.append(now)
    if bucket is not None and rows:
        full = bucket.after(full, now * 1000, len(rows))
        pace.move_sender(tx, sender, full)
        if len(rows) >= room:
            again.append(_up(bucket.ready_us(full)))
    return rows


def _taken(tx: Transaction, sender: str, due: Sequence[int | None], room: tuple[int, int], now: int, until: int) -> list[Claimed]:
    """Takes what is due, urgent ones first: in all, and of campaigns, so many at most."""
    rows: list[Claimed] = []
    for priority, first in enumerate(due):
        most = min(room[0] - len(rows), room[1] if priority == CAMPAIGN else room[0])
        if first is not None and first <= now and most > 0:
            rows += [Claimed(*row) for row in tx.all(_CLAIM_SENDER, (until, now, priority, now, sender, most))]
    return rows


def _worth(bucket: Bucket, due: Sequence[int | None], now: int) -> int:
    """Returns for how many tokens it is worth claiming: an answer goes with the first, campaigns go by handfuls."""
    urgent = any(first is not None and first <= now for first in due[:CAMPAIGN])
    return 1 if urgent else max(1, min(int(bucket.burst / 2), _LEAST))


def _inside(tx: Transaction, rows: list[Claimed], allowance: Allowance, now: int) -> list[Claimed]:
    """Returns what may be sent as it is, and of each lane that is outside the window one row for which a template shall ask."""
    if allowance.window is None:
        return rows
    kept: list[Claimed] = []
    asking: set[int] = set()
    for row in sorted(rows, key=lambda row: (row.priority, row.id)):
        if row.heard_at is None or row.heard_at > now - allowance.window:  # no address: somebody who wrote just now
            kept.append(row)
            continue
        opened = row.opened_at or 0
        asked = opened > max(row.heard_at, now - _OPENING_EVERY)
        if allowance.opens and not asked and row.lane not in asking:
            asking.add(row.lane)
            kept.append(row._replace(outside=True))
        else:
            tx.write(_PARK, ("opened" if asked else "outside_window", row.id))
    return kept


def _evenly(tx: Transaction, rows: list[Claimed], person: Bucket | None, now: int, again: list[int]) -> list[Claimed]:
    """Returns what each person may get now; the rest is put off until they may get more."""
    if person is None:
        return rows
    kept: list[Claimed] = []
    moved: dict[int, int] = {}
    for lane, group in groupby(sorted(rows, key=lambda row: (row.lane, row.priority, row.id)), key=lambda row: row.lane):
        theirs = list(group)
        full = theirs[0].lane_full_us
        most = max(0, int(person.tokens(full, now * 1000)))
        if theirs[:most]:
            full = moved[lane] = person.after(full, now * 1000, len(theirs[:most]))
        for row in theirs[most:]:
            ready = _up(person.ready_us(full))
            tx.write(_PUT_OFF, (max(ready, row.due_at), row.id))
            again.append(ready)
        kept += theirs[:most]
    pace.move_lanes(tx, moved)
    return kept


def _up(microseconds: int) -> int:
    """Returns the time in milliseconds, never earlier."""
    return -(-microseconds // 1000)


def next_due(tx: Transaction) -> int | None:
    """Returns when the next row may go or a lease ends, in milliseconds since the epoch; None if nothing waits."""
    times = [due for _, *dues in tx.all(_WAITING) for due in dues if due is not None]
    lease = tx.one(_NEXT_LEASE)
    if lease is not None and lease[0] is not None:
        times.append(lease[0])
    return min(times) if times else None
