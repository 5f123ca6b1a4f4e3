"""Somebody of the staff answers on a chat: takes the talk, and writes. Giving it back is a turn (`bot/turn/turns.py`)."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from bot.casework.office import MissingError, Office
from bot.casework.posting import Place, post
from bot.engine.answers.words import first_word
from bot.vocabulary import Say
from storage import hand_overs, outbox
from storage.hand_overs import HandOver
from storage.statements import Transaction

STEP = "attended"
"""What these messages are about, as a `Say` names it."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who of the staff writes: their id and the name that the person is told."""

    id: int
    name: str


class TakenError(Exception):
    """Somebody else has the talk, or it is over: `of` is as it stands now, None where there is none any more."""

    def __init__(self, of: HandOver | None) -> None:
        super().__init__()
        self.of = of


def take(tx: Transaction, office: Office, of: HandOver, who: Writer, *, instead_of: int | None, now: int) -> None:
    """Takes the talk and tells the person who answers now, and with which word the bot does again.

    `instead_of` is who had it when it was looked at. Raises TakenError if that changed.
    """
    if not hand_overs.take(tx, of.id, staff=who.id, instead_of=instead_of, now=now):
        raise TakenError(hand_overs.load(tx, of.id))
    language = office.language(of.language)
    word = first_word((language,), "menu")
    text = language.say("attended.taken", name=who.name, municipality=office.municipality, word=word)
    _queue(tx, office, of, text, now)


def write(tx: Transaction, office: Office, of: HandOver, who: Writer, text: str, *, now: int) -> None:
    """Writes to the person, marked as from a person. Raises TakenError unless `who` has the talk, MissingError "text"."""
    text = text.strip()
    if not text:
        raise MissingError("text")
    stands = hand_overs.load(tx, of.id)
    if stands is None or stands.ended_at is not None or stands.staff_id != who.id:
        raise TakenError(stands)
    language = office.language(of.language)
    whole = language.say("attended.message", name=who.name, municipality=office.municipality, text=text)
    first = _queue(tx, office, stands, whole, now)
    sealed = office.vault.seal(orjson.dumps({"text": text}), hand_overs.CONTENT)
    hand_overs.say(tx, office.identifiers.next(), of.id, staff=who.id, content=sealed, now=now, outbox=first)


def closed_since(office: Office, of: HandOver, now: int) -> int | None:
    """Returns since when (milliseconds) the channel takes no free text to this person, None while it does.

    What is written then waits until the person writes again.
    """
    if of.channel not in office.channels:
        return None
    window = _place(of).abilities(office).window
    if window is None:
        return None
    ends = (of.heard_at or 0) + round(window.total_seconds() * 1000)
    return ends if ends <= now else None


def _place(of: HandOver) -> Place:
    return Place(of.address_id, of.channel, of.account, of.identity, of.contact_id, of.conversation_id, of.flow or "")


def _queue(tx: Transaction, office: Office, of: HandOver, text: str, now: int) -> int | None:
    """Queues it and returns the first row's id; None where the channel is no longer served."""
    if of.channel not in office.channels:
        return None
    return post(tx, office, _place(of), [Say(text, "note", STEP, language=of.language)], now=now, priority=outbox.REPLY)
