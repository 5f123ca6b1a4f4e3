"""Out of whom the people of a campaign are chosen, and what speaks for and against writing to each of them, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from storage.statements import Statement, Transaction

PAGE = 1_000
"""The most rows that one transaction touches."""

PURPOSE = "follow_up"
"""The purpose of the consents without which nobody is invited."""

Audience = Literal["all", "file", "answered", "told"]

INVITED: tuple[Audience, ...] = ("all", "file")
"""The audiences of invitations."""

TOLD: tuple[Audience, ...] = ("answered", "told")
"""The audiences of what is answered back."""


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
