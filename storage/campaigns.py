"""Campaigns: whom a message to many goes to, its messages in the outbox, and what became of them.

Everything is done in pages of at most PAGE rows, so that a campaign of many thousands holds up nobody's answer. A transaction of
campaigns locks no contact and is to be run `apart`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from storage.circles import INVITED, PAGE, Audience
from storage.statements import Statement, Transaction

PAUSED = "paused"
"""Why a message of a paused campaign waits."""

State = Literal["choosing", "queueing", "running", "paused", "cancelled"]


class Campaign(NamedTuple):
    """A campaign as it stands. Times are milliseconds since the epoch."""

    id: int
    flow: str
    audience: Audience
    state: State
    quiet_until: int
    created_at: int


class Count(NamedTuple):
    """How many messages of a campaign are alike, what the providers counted, and their price in millionths of `currency`."""

    status: str
    error: str
    stage: str
    currency: str
    messages: int
    units: int
    price: int


_ACCOUNTS = Statement("SELECT DISTINCT channel, account FROM address ORDER BY channel, account")
_WHOSE = Statement("SELECT contact_id FROM address WHERE channel = ? AND account = ? AND find_key = ?")
_ADD = Statement("""
    INSERT INTO campaign (id, flow, audience, state, quiet_until, created_at, updated_at) VALUES (?, ?, ?, 'choosing', 0, ?, ?)
""")
_COLUMNS = "id, flow, audience, state, quiet_until, created_at"
_FIND = Statement("SELECT {columns} FROM campaign WHERE id = ? {locking}".replace("{columns}", _COLUMNS), locking="FOR UPDATE")
_LOOK = Statement("SELECT {columns} FROM campaign WHERE id = ?".replace("{columns}", _COLUMNS))
_LISTED = Statement("SELECT {columns} FROM campaign WHERE audience IN (?, ?) ORDER BY id".replace("{columns}", _COLUMNS))
_SET = Statement("UPDATE campaign SET state = ?, updated_at = ? WHERE id = ? AND state = ?")
_QUIET = Statement("UPDATE campaign SET quiet_until = ? WHERE id = ?")
_RESTED = Statement("UPDATE campaign SET quiet_until = ? WHERE id = ? AND state = ?")
_CHOOSE = Statement("""
    INSERT INTO campaign_message (id, campaign_id, contact_id) VALUES (?, ?, ?)
    ON CONFLICT (campaign_id, contact_id) WHERE contact_id IS NOT NULL DO NOTHING
""")
_LAST_CHOSEN = Statement("SELECT coalesce(max(contact_id), 0) FROM campaign_message WHERE campaign_id = ?")
_GIVEN = Statement("UPDATE campaign_message SET outbox_id = ? WHERE campaign_id = ? AND contact_id = ?")
_SPARE = Statement("DELETE FROM campaign_message WHERE campaign_id = ? AND contact_id = ? AND outbox_id IS NULL")
_SPARE_REST = Statement("DELETE FROM campaign_message WHERE campaign_id = ? AND outbox_id IS NULL")
_MESSAGES = """
    SELECT m.outbox_id FROM campaign_message m JOIN outbox o ON o.id = m.outbox_id
    WHERE m.campaign_id = ? AND m.outbox_id > ? AND {which} ORDER BY m.outbox_id LIMIT ?
"""
_HOLDABLE = Statement(_MESSAGES.replace("{which}", "(o.status = 'queued' OR (o.status = 'waiting' AND o.error <> 'paused'))"))
_HELD = Statement(_MESSAGES.replace("{which}", "o.status = 'waiting' AND o.error = 'paused'"))
_EARLIER = Statement(_MESSAGES.replace("{which}", "o.status = 'queued' AND o.due_at < ?"))
_HOLD = Statement("UPDATE outbox SET status = 'waiting', error = 'paused' WHERE id = ? AND status IN ('queued', 'waiting')")
_LET_GO = Statement("""
    UPDATE outbox SET status = 'queued', error = NULL, due_at = ? WHERE id = ? AND status = 'waiting' AND error = 'paused'
""")
_BREAK_OFF = Statement("""
    UPDATE outbox SET status = 'dead', error = 'cancelled' WHERE id = ? AND status IN ('queued', 'waiting')
""")
_UNSENT_ALL = Statement(_MESSAGES.replace("{which}", "o.status IN ('queued', 'waiting')"))
_PUT_OFF = Statement("UPDATE outbox SET due_at = ? WHERE id = ? AND status = 'queued'")
_FLYING = Statement("""
    SELECT count(*) FROM campaign_message m JOIN outbox o ON o.id = m.outbox_id WHERE m.campaign_id = ? AND o.status = 'sending'
""")
_COUNTS = Statement("""
    SELECT o.status, coalesce(o.error, ''), coalesce(o.stage, ''), coalesce(o.currency, ''),
        sum(CASE WHEN o.error = 'opening' THEN 0 ELSE 1 END), sum(o.units), sum(coalesce(o.price, 0))
    FROM campaign_message m JOIN outbox o ON o.id = m.outbox_id WHERE m.campaign_id = ? GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
""")
_UNQUEUED = Statement("""
    SELECT count(*) FROM campaign_message WHERE campaign_id = ? AND outbox_id IS NULL AND contact_id IS NOT NULL
""")
_LEFT = Statement("""
    SELECT count(*) FROM campaign_message m JOIN contact c ON c.id = m.contact_id WHERE m.campaign_id = ? AND c.stopped_at >= ?
""")


def accounts(tx: Transaction) -> list[tuple[str, str]]:
    """Returns the (channel, account) at which anybody is known."""
    return [(channel, account) for channel, account in tx.all(_ACCOUNTS)]


def whose(tx: Transaction, keys: Iterable[tuple[str, str, bytes]]) -> list[int | None]:
    """Returns the contact at each of these (channel, account, find key), None where nobody is known."""
    rows = [tx.one(_WHOSE, key) for key in keys]
    return [None if row is None else row[0] for row in rows]


def add(tx: Transaction, identifier: int, flow: str, audience: str, now: int) -> None:
    """Adds a campaign for which nobody is chosen yet."""
    tx.write(_ADD, (identifier, flow, audience, now, now))


def find(tx: Transaction, identifier: int) -> Campaign | None:
    """Returns that campaign, locked until the commit; None if there is none."""
    row = tx.one(_FIND, (identifier,))
    return None if row is None else Campaign._make(row)


def look(tx: Transaction, identifier: int) -> Campaign | None:
    """Returns that campaign as it stands, without a lock."""
    row = tx.one(_LOOK, (identifier,))
    return None if row is None else Campaign._make(row)


def listed(tx: Transaction, audiences: tuple[Audience, ...] = INVITED) -> list[Campaign]:
    """Returns all campaigns of these two audiences, the oldest first."""
    return [Campaign._make(row) for row in tx.all(_LISTED, audiences)]


def set_state(tx: Transaction, identifier: int, before: State, after: State, now: int) -> bool:
    """Moves the campaign on, and returns whether it stood where it was thought to stand."""
    return tx.run(_SET, (after, now, identifier, before)) == 1


def choose(tx: Transaction, campaign: int, rows: Sequence[tuple[int, int]]) -> None:
    """These people shall get a message: rows of (id of the row, contact). Who is among them already is so once."""
    tx.write_many(_CHOOSE, [(identifier, campaign, contact) for identifier, contact in rows])


def last_chosen(tx: Transaction, campaign: int) -> int:
    """Returns the greatest id of the people chosen so far, 0 for none: whoever goes on choosing goes on behind it."""
    row = tx.one(_LAST_CHOSEN, (campaign,))
    return row[0] if row else 0


def given(tx: Transaction, campaign: int, rows: Sequence[tuple[int, int]]) -> None:
    """These messages are queued: rows of (id in the outbox, contact)."""
    tx.write_many(_GIVEN, [(message, campaign, contact) for message, contact in rows])


def spare(tx: Transaction, campaign: int, contacts: Iterable[int]) -> None:
    """These people are not to get a message after all."""
    tx.write_many(_SPARE, [(campaign, contact) for contact in contacts])


def spare_rest(tx: Transaction, campaign: int) -> None:
    """Nobody else is to get a message."""
    tx.write(_SPARE_REST, (campaign,))


Touched = tuple[int, int] | None
"""The id of the last message of a page, and how many they were; None if there was none."""


def hold(tx: Transaction, campaign: int, *, after: int) -> Touched:
    """Holds back the next messages, after that id, that were not sent yet."""
    return _page(tx, tx.all(_HOLDABLE, (campaign, after, PAGE)), _HOLD)


def let_go(tx: Transaction, campaign: int, *, after: int, due_at: int) -> Touched:
    """Queues again the next messages, after that id, that were held back."""
    return _page(tx, tx.all(_HELD, (campaign, after, PAGE)), _LET_GO, due_at)


def break_off(tx: Transaction, campaign: int, *, after: int) -> Touched:
    """Gives up the next messages, after that id, that were not sent yet."""
    return _page(tx, tx.all(_UNSENT_ALL, (campaign, after, PAGE)), _BREAK_OFF)


def put_off(tx: Transaction, campaign: int, *, after: int, until: int) -> Touched:
    """Puts off the next messages, after that id, that would go before then."""
    return _page(tx, tx.all(_EARLIER, (campaign, after, until, PAGE)), _PUT_OFF, until)


def quiet(tx: Transaction, campaign: int, until: int) -> None:
    """All that would have gone in the quiet hours that end then was put off."""
    tx.write(_QUIET, (until, campaign))


def rested(tx: Transaction, campaign: int, state: State, until: int) -> None:
    """Nothing of it is looked after until then, if it still stands so."""
    tx.write(_RESTED, (until, campaign, state))


def flying(tx: Transaction, campaign: int) -> int:
    """Returns how many messages are with a provider just now."""
    row = tx.one(_FLYING, (campaign,))
    return row[0] if row else 0


def counts(tx: Transaction, campaign: int) -> list[Count]:
    """Returns what became of the campaign's messages so far."""
    rows = map(Count._make, tx.all(_COUNTS, (campaign,)))
    # PostgreSQL sums up to decimals
    return [count._replace(messages=int(count.messages), units=int(count.units), price=int(count.price)) for count in rows]


def unqueued(tx: Transaction, campaign: int) -> int:
    """Returns how many people of it have no message yet."""
    row = tx.one(_UNQUEUED, (campaign,))
    return row[0] if row else 0


def left(tx: Transaction, campaign: Campaign) -> int:
    """Returns how many of its people have said stop since it began."""
    row = tx.one(_LEFT, (campaign.id, campaign.created_at))
    return row[0] if row else 0


def _page(tx: Transaction, rows: Sequence[tuple[Any, ...]], statement: Statement, *values: int) -> Touched:
    tx.write_many(statement, [(*values, identifier) for (identifier,) in rows])
    return (rows[-1][0], len(rows)) if rows else None
