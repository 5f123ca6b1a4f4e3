"""Campaigns: whom a message to many goes to, its messages in the outbox, and what became of them.

Everything is done in pages of at most PAGE rows, so that a campaign of many thousands holds up nobody's answer. A transaction of
campaigns locks no contact and is to be run `apart`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from storage.statements import Statement, Transaction

PAGE = 1_000
"""The most rows that one transaction touches."""

PURPOSE = "follow_up"
"""The purpose of the consents without which nobody is invited."""

PAUSED = "paused"
"""Why a message of a paused campaign waits."""

State = Literal["choosing", "queueing", "running", "paused", "cancelled"]

Audience = Literal["all", "file", "answered", "told"]

INVITED: tuple[Audience, ...] = ("all", "file")
"""The audiences of invitations."""

TOLD: tuple[Audience, ...] = ("answered", "told")
"""The audiences of what is answered back."""


class Campaign(NamedTuple):
    """A campaign as it stands. Times are milliseconds since the epoch."""

    id: int
    flow: str
    audience: Audience
    state: State
    quiet_until: int
    created_at: int


class Known(NamedTuple):
    """A person, at one of their addresses (None: there is none left), and what speaks for and against inviting them.

    `consented` is their latest word on a consent of that purpose, None if they never gave one; `answered`: they completed the
    flow. `invited`: they were, to this flow, not long ago. `used_at` is when they last had a conversation at that address.
    `marked`: somebody said stop there. `number` is which of several who share the address they are, 0 where they have it alone;
    `name` is their sealed nickname, None where they gave none. `test`: they exist in the simulator alone.
    """

    contact: int
    language: str
    stopped: bool
    consented: bool | None
    answered: bool
    invited: bool
    address_id: int | None
    channel: str
    account: str
    identity: bytes
    marked: bool
    used_at: int
    number: int
    name: bytes | None
    test: bool = False


@dataclass(frozen=True, slots=True)
class Circle:
    """Out of whom a campaign's people are chosen.

    "answered": those who gave an answer to the flow (`consents`: the names of the consent texts of which one must have been
    agreed to); "told": those who got the messages of the campaign `source`; else everybody but test contacts.
    """

    audience: Audience
    flow: str
    consents: tuple[str, ...] = ()
    source: int = 0

    @property
    def names(self) -> str:
        """Returns the names of the consent texts as SQL looks for one in them."""
        return "".join(f"|{name}|" for name in self.consents)


class Count(NamedTuple):
    """How many messages of a campaign are alike, what the providers counted, and their price in millionths of `currency`."""

    status: str
    error: str
    stage: str
    currency: str
    messages: int
    units: int
    price: int


_ABOUT = """
    SELECT c.id, c.language, c.stopped_at IS NOT NULL,
        (SELECT k.given FROM consent k WHERE k.contact_id = c.id AND k.purpose = ? {named}
            ORDER BY k.at DESC, k.id DESC LIMIT 1),
        EXISTS (SELECT 1 FROM conversation v WHERE v.contact_id = c.id AND v.flow = ? AND v.status = 'completed'),
        EXISTS (SELECT 1 FROM campaign_message m JOIN campaign g ON g.id = m.campaign_id
            WHERE m.contact_id = c.id AND m.outbox_id IS NOT NULL AND g.flow = ? AND g.created_at > ?
                AND g.audience IN ('all', 'file')),
        a.id, coalesce(a.channel, ''), coalesce(a.account, ''), a.identity,
        EXISTS (SELECT 1 FROM stop_mark s WHERE s.channel = a.channel AND s.account = a.account AND s.find_key = a.find_key),
        coalesce((SELECT max(v.updated_at) FROM conversation v WHERE v.address_id = a.id AND v.contact_id = c.id), 0),
        coalesce((SELECT p.number FROM profile p WHERE p.address_id = a.id AND p.contact_id = c.id AND EXISTS (
            SELECT 1 FROM profile o WHERE o.address_id = a.id AND o.contact_id <> c.id)), 0), c.name, c.test
    FROM ({whom}) c
"""
# where they write now, and where they share an address from which another writes now
_KNOWN = f"""
    {_ABOUT} LEFT JOIN address a ON a.contact_id = c.id
    UNION ALL
    {_ABOUT} JOIN profile r ON r.contact_id = c.id JOIN address a ON a.id = r.address_id AND a.contact_id <> c.id
    ORDER BY 1, 7
"""
_NAMED = "AND replace(?, '|' || k.name || '|', '') <> ?"
_WHO = "SELECT t.id, t.language, t.stopped_at, t.name, t.test FROM"
_CIRCLES: Mapping[Audience, str] = {
    "all": "{who} contact t WHERE t.id > ? AND NOT t.test ORDER BY t.id LIMIT ?",
    "answered": """{who} contact t WHERE t.id > ? AND EXISTS (
        SELECT 1 FROM conversation v JOIN answer w ON w.conversation_id = v.id WHERE v.contact_id = t.id AND v.flow = ?
            AND w.empty IS NULL AND w.type <> 'calculate' AND w.reason <> 'preset') ORDER BY t.id LIMIT ?""",
    "told": """{who} contact t WHERE t.id > ? AND EXISTS (
        SELECT 1 FROM campaign_message s JOIN outbox b ON b.id = s.outbox_id
        WHERE s.contact_id = t.id AND s.campaign_id = ? AND b.status = 'sent' AND coalesce(b.stage, '') <> 'failed')
        ORDER BY t.id LIMIT ?""",
}
_CHOSEN = """{who} campaign_message m JOIN contact t ON t.id = m.contact_id
    WHERE m.campaign_id = ? AND m.outbox_id IS NULL ORDER BY t.id LIMIT ?"""


def _known_of(whom: str, *, named: bool) -> Statement:
    return Statement(_KNOWN.replace("{whom}", whom.replace("{who}", _WHO)).replace("{named}", _NAMED if named else ""))


_EVERYBODY = {audience: _known_of(whom, named=audience in TOLD) for audience, whom in _CIRCLES.items()}
_UNSENT = {named: _known_of(_CHOSEN, named=named) for named in (False, True)}
# whoever unites two of these people, or erases one, waits until their messages are written, and finds them
_HOLD_UNSENT = Statement("""
    SELECT id FROM campaign_message WHERE campaign_id = ? AND outbox_id IS NULL AND contact_id IS NOT NULL
    ORDER BY contact_id LIMIT ? {locking}
""", locking="FOR UPDATE")  # fmt: skip
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


def everybody(tx: Transaction, circle: Circle, *, after: int, since: int, limit: int = PAGE) -> list[Known]:
    """Returns the next people of that circle by id, after that one, each once for every address.

    `invited` means since then, in milliseconds.
    """
    match circle.audience:
        case "answered":
            whom: tuple[object, ...] = (after, circle.flow, limit)
        case "told":
            whom = (after, circle.source, limit)
        case _:
            whom = (after, limit)
    statement = _EVERYBODY["all" if circle.audience == "file" else circle.audience]
    return [_known(row) for row in tx.all(statement, (*_asked(circle, since), *whom) * 2)]


def unsent(tx: Transaction, campaign: int, circle: Circle, *, since: int, limit: int = PAGE) -> list[Known]:
    """Returns the next people of that campaign who have no message yet, locked there, as `everybody` does."""
    tx.all(_HOLD_UNSENT, (campaign, limit))
    statement = _UNSENT[circle.audience in TOLD]
    return [_known(row) for row in tx.all(statement, (*_asked(circle, since), campaign, limit) * 2)]


def _asked(circle: Circle, since: int) -> tuple[object, ...]:
    names = (circle.names,) * 2 if circle.audience in TOLD else ()
    return (PURPOSE, *names, circle.flow, circle.flow, since)


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


def _known(row: Sequence[Any]) -> Known:
    known = Known._make(row)
    # SQLite tells truth by numbers
    return known._replace(
        stopped=bool(known.stopped),
        consented=None if known.consented is None else bool(known.consented),
        answered=bool(known.answered),
        invited=bool(known.invited),
        marked=bool(known.marked),
        test=bool(known.test),
    )
