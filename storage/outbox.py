"""Messages on their way out: queued in a turn's transaction, claimed with a lease (`claims.py`), settled. What is in flight is
in a row.
"""

from __future__ import annotations

from collections.abc import Sequence

from storage.claims import BY_LANE, CAMPAIGN, NOTICE, REPLY, Claimed, claim, next_due
from storage.statements import Statement, Transaction

__all__ = [
    "BY_LANE", "CAMPAIGN", "NOTICE", "PAYLOAD", "REPLY", "Claimed", "again", "claim", "close_lane", "cut_off", "fail",
    "next_due", "opened", "queue", "release", "sender", "sent", "taken", "wait", "whose_lane",
]  # fmt: skip

PAYLOAD = "outbox.payload"
"""The vault's context of a payload."""

OUTSIDE = "outside_window"
"""Why a message waits: the person wrote too long ago for free text."""

OPENED = "opened"
"""Why a message waits: a template asked the person to write, and they did not yet."""

_QUEUE = Statement("""
    INSERT INTO outbox (id, lane, contact_id, conversation_id, channel, priority, prompt, payload, status, due_at, attempts,
        created_at, sender, flow, units)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, 0, ?, ?, ?, 0)
""")
_EMPTIED = """payload = CASE WHEN contact_id IS NULL THEN NULL ELSE payload END,
        lane = CASE WHEN contact_id IS NULL THEN 0 ELSE lane END"""
# by its identifier a provider still knows whose a message was: of what is nobody's that is not kept either
_SENT = Statement(
    """
    UPDATE outbox SET status = 'sent', lease_until = NULL, accepted_at = ?,
        provider_id = CASE WHEN contact_id IS NULL THEN NULL ELSE ? END, error = NULL,
        units = units + ?, stage = NULL, stage_at = NULL, {emptied}
    WHERE id = ? AND status = 'sending'
""".replace("{emptied}", _EMPTIED)
)
_AGAIN = Statement("""
    UPDATE outbox SET status = 'queued', lease_until = NULL, due_at = ?, error = ?, attempts = attempts - ?
    WHERE id = ? AND status = 'sending'
""")
_RELEASE = Statement("""
    UPDATE outbox SET status = 'queued', lease_until = NULL, attempts = attempts - 1 WHERE id = ? AND status = 'sending'
""")
_WAIT = Statement("""
    UPDATE outbox SET status = 'waiting', lease_until = NULL, attempts = attempts - 1, error = ?
    WHERE id = ? AND status = 'sending'
""")
_OPENED = (
    Statement("""
        UPDATE outbox SET status = 'waiting', lease_until = NULL, attempts = attempts - 1, error = ?, provider_id = ?,
            units = units + ?, stage = NULL, stage_at = NULL
        WHERE id = ? AND status = 'sending'
    """),
    Statement("UPDATE outbox SET error = ? WHERE lane = ? AND status = 'waiting'"),
    Statement("UPDATE address SET opened_at = ? WHERE id = ?"),
)
_FAIL = Statement(
    """
    UPDATE outbox SET status = ?, lease_until = NULL, accepted_at = ?, error = ?, {emptied} WHERE id = ? AND status = 'sending'
""".replace("{emptied}", _EMPTIED)
)
_CLOSE_LANE = Statement("""
    UPDATE outbox SET status = ?, lease_until = NULL, error = ?
    WHERE (lane = ? OR id = ?) AND status IN ('queued', 'sending', 'waiting')
""")
_TAKEN = Statement("SELECT status, accepted_at FROM outbox WHERE id = ?")
_WHOSE = Statement("SELECT contact_id FROM address WHERE id = ?")
_UNNAME = Statement("UPDATE outbox SET flow = '' WHERE contact_id = ? AND conversation_id = ? AND payload IS NOT NULL")
_CUT = Statement("""
    UPDATE outbox SET contact_id = NULL, conversation_id = NULL, provider_id = NULL,
        payload = CASE WHEN status IN ('queued', 'sending', 'waiting') THEN payload ELSE NULL END,
        lane = CASE WHEN status IN ('queued', 'sending', 'waiting') THEN lane ELSE 0 END
    WHERE contact_id = ? AND conversation_id = ? AND payload IS NOT NULL
""")


def sender(channel: str, account: str) -> str:
    """Returns our own side of a message, as it is counted by."""
    return f"{channel}/{account}"


def queue(tx: Transaction, rows: Sequence[Sequence[object]]) -> None:
    """Queues messages: rows of (id, lane, contact, conversation, channel, priority, prompt, sealed payload, due_at, now, account,
    flow). `account` is our own side of the address, `flow` the one that the message belongs to, if any.
    """
    whole = [(*row[:10], f"{row[4]}/{row[10] if len(row) > 10 else ''}", row[11] if len(row) > 11 else "") for row in rows]
    if len(whole) == 1:
        tx.write(_QUEUE, whole[0])
    else:
        tx.write_many(_QUEUE, whole)


def sent(tx: Transaction, identifier: int, *, at: int, provider_id: str, units: int = 0) -> None:
    """The provider took it, and counts `units`. Where it belongs to nobody any more (erased, anonymous) its text goes at once."""
    tx.write(_SENT, (at, provider_id or None, units, identifier))


def again(tx: Transaction, identifier: int, *, due_at: int, error: str, counted: bool = True) -> None:
    """It shall be tried again at that time. Not `counted`: the try says nothing about the message, its provider is down."""
    tx.write(_AGAIN, (due_at, error, 0 if counted else 1, identifier))


def release(tx: Transaction, identifier: int) -> None:
    """It was claimed but not tried: as before."""
    tx.write(_RELEASE, (identifier,))


def wait(tx: Transaction, identifier: int, *, error: str = OUTSIDE) -> None:
    """It waits until the person writes; `error` tells staff why."""
    tx.write(_WAIT, (error, identifier))


def opened(tx: Transaction, identifier: int, *, lane: int, at: int, provider_id: str, units: int) -> None:
    """A template asked the person to write, on behalf of this message, which waits for that. The template's costs are its own."""
    tx.write(_OPENED[0], (OPENED, provider_id or None, units, identifier))
    tx.write(_OPENED[1], (OPENED, lane))
    tx.write(_OPENED[2], (at, lane))


def taken(tx: Transaction, identifier: int, now: int) -> int | None:
    """Returns when the provider took that message: `now` while it is still being tried, None where nobody knows or will know."""
    row = tx.one(_TAKEN, (identifier,))
    if row is None:
        return None
    return now if row[0] in ("queued", "sending") else row[1]


def fail(tx: Transaction, identifier: int, *, status: str, error: str, accepted_at: int | None = None) -> None:
    """It will not be tried again: "failed" by the provider's word, "dead" by ours. `accepted_at` if it was perhaps delivered."""
    tx.write(_FAIL, (status, accepted_at, error, identifier))


def whose_lane(tx: Transaction, lane: int) -> int | None:
    """Returns the contact at the end of that lane, None where it has none (any more)."""
    row = tx.one(_WHOSE, (lane,))
    return None if row is None else row[0]


def close_lane(tx: Transaction, lane: int, identifier: int, *, status: str, error: str) -> None:
    """Nothing more goes to that address: neither this row nor what waits behind it."""
    tx.write(_CLOSE_LANE, (status, error, lane, identifier))


def cut_off(tx: Transaction, contact: int, conversation: int, *, flow: bool = True) -> None:
    """Cuts the tie from messages to person and conversation: what was sent is emptied now, what waits when it was sent.

    Without `flow` they do not tell either what they were about.
    """
    if not flow:
        tx.write(_UNNAME, (contact, conversation))
    tx.write(_CUT, (contact, conversation))
