"""Trying what is answered back: sent to whoever writes it, on their own chat, or to whoever wrote last in the simulator."""

from __future__ import annotations

from typing import NamedTuple

from bot.answering_back.words import AnswerWords
from bot.casework.office import Office
from bot.channels import payload
from bot.channels.rendering import parts, render
from bot.vocabulary import Address, Say
from storage import outbox
from storage.statements import Statement, Transaction


class Target(NamedTuple):
    """An address that it may be tried at."""

    address_id: int
    channel: str
    account: str
    identity: bytes
    contact: int


_OWN = Statement("""
    SELECT a.id, a.channel, a.account, a.identity, a.contact_id FROM staff s JOIN address a ON a.id = s.address_id
    WHERE s.id = ? AND s.active
""")
_SIMULATOR = Statement("""
    SELECT a.id, a.channel, a.account, a.identity, a.contact_id FROM address a JOIN contact c ON c.id = a.contact_id
    WHERE a.channel = 'simulator' AND c.test ORDER BY coalesce(
        (SELECT max(v.updated_at) FROM conversation v WHERE v.contact_id = c.id), 0) DESC, a.id DESC LIMIT 1
""")


def own_chat(tx: Transaction, staff: int) -> Target | None:
    """Returns the chat that this person of the staff linked for their notices."""
    row = tx.one(_OWN, (staff,))
    return None if row is None else Target._make(row)


def simulator(tx: Transaction) -> Target | None:
    """Returns where whoever conversed last in the simulator is."""
    row = tx.one(_SIMULATOR)
    return None if row is None else Target._make(row)


def send(tx: Transaction, office: Office, words: AnswerWords, to: Target, *, code: str, place: str, now: int) -> None:
    """Queues the message there, as somebody of that language and place gets it on that channel. It counts for nobody."""
    address = Address(to.channel, office.vault.open_identity(to.identity), to.account)
    able = office.channels[to.channel].abilities(address)
    rows = []
    for part in parts(render(Say(words.text(code, able, place), "note", "answer_back_try", language=code), address, able), able):
        sealed = office.vault.seal(payload.pack(part), outbox.PAYLOAD)
        base = (office.identifiers.next(), to.address_id, to.contact, None, to.channel, outbox.NOTICE, 0, sealed, now, now)
        rows.append((*base, to.account, words.flow.flow))
    outbox.queue(tx, rows)
