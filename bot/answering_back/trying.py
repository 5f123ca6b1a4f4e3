"""Trying what is answered back: sent to whoever writes it, on their own chat, or to whoever wrote last in the simulator."""

from __future__ import annotations

from dataclasses import replace

from bot.answering_back.words import AnswerWords
from bot.casework.office import Office
from bot.casework.posting import Place, post
from bot.vocabulary import Say
from storage.statements import Statement, Transaction

_OWN = Statement("""
    SELECT a.id, a.channel, a.account, a.identity, a.contact_id FROM staff s JOIN address a ON a.id = s.address_id
    WHERE s.id = ? AND s.active
""")
_SIMULATOR = Statement("""
    SELECT a.id, a.channel, a.account, a.identity, a.contact_id FROM address a JOIN contact c ON c.id = a.contact_id
    WHERE a.channel = 'simulator' AND c.test ORDER BY coalesce(
        (SELECT max(v.updated_at) FROM conversation v WHERE v.contact_id = c.id), 0) DESC, a.id DESC LIMIT 1
""")


def own_chat(tx: Transaction, staff: int) -> Place | None:
    """Returns the chat that this person of the staff linked for their notices."""
    row = tx.one(_OWN, (staff,))
    return None if row is None else Place(*row)


def simulator(tx: Transaction) -> Place | None:
    """Returns where whoever conversed last in the simulator is."""
    row = tx.one(_SIMULATOR)
    return None if row is None else Place(*row)


def send(tx: Transaction, office: Office, words: AnswerWords, to: Place, *, code: str, place: str, now: int) -> None:
    """Queues the message there, as somebody of that language and place gets it on that channel. It counts for nobody."""
    text = words.text(code, to.abilities(office), place)
    said = Say(text, "note", "answer_back_try", language=code)
    post(tx, office, replace(to, flow=words.flow.flow), [said], now=now)
