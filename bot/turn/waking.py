"""Turns that no message begins: a timer ran out, or staff gave a talk back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.calling import herald
from bot.clock import milliseconds, moment
from bot.engine.state import decode
from bot.turn.aliases import person_of
from bot.turn.handled import SEEN, Handled
from bot.turn.persons import seat_of
from bot.turn.seat import Seat
from bot.turn.tools import Person, Tools
from bot.turn.work import Work
from bot.turn.writing import became, finish
from bot.vocabulary import Address, Staff, Timer
from storage import contacts, conversations, hand_overs, notices, outbox
from storage.conversations import Due, Waking
from storage.statements import Transaction

WHILE_ATTENDED = 600_000
"""Milliseconds until a timer is looked at again that ran out while staff answered the person."""


def wake(tx: Transaction, tools: Tools, due: Due, now: datetime) -> Handled:
    """Lets the engine hear the timer; what is no longer the conversation's, or was given once, changes nothing."""
    at = milliseconds(now)
    waking = conversations.find_waking(tx, due.id)
    if waking is None:
        conversations.unset_timer(tx, due)
        return SEEN
    if (waking.due_kind, waking.due_token) != (due.kind, due.token) or waking.due_at is None or waking.due_at > at:
        return SEEN
    if waking.attended_id is not None:  # staff answer them: no clock runs meanwhile, and giving the talk back begins it anew
        conversations.put_off_timer(tx, due, at + WHILE_ATTENDED)
        return SEEN
    conversations.unset_timer(tx, due)
    if not notices.give(tx, f"conversation/{due.id}", due.kind, str(due.token), at):
        return SEEN
    work = Work(tx, tools, _person(tools, waking), now, priority=outbox.NOTICE)
    here = waking.current_id == waking.id
    seat = Seat(waking.id, decode(waking.state), was_current=here, prompt_id=waking.prompt_id, address_id=waking.address_id)
    work.sit(seat)
    # whoever opted out hears nothing; whoever is in another conversation is not disturbed in it
    elsewhere = waking.current_id is not None and not here
    work.speech.muted = waking.stopped_at is not None or waking.marked or elsewhere
    if waking.sharers > 1:
        languages, where = tools.library.catalogue.languages, {"address": waking.address_id, "contact": waking.contact_id}
        told = herald(tx, tools.vault, languages, **where, language=waking.language)
        work.speech.herald = told.words() if told is not None else None
    if not elsewhere:
        work.current = seat
    taken = outbox.taken(tx, waking.prompt_id, at) if waking.prompt_id is not None else None
    shown = moment(taken, now.tzinfo) if taken is not None else None
    work.run(seat, Timer("reminder" if due.kind == "reminder" else "expire", due.token, shown))
    return became(work, finish(work), waking.id)


def _person(tools: Tools, waking: Waking) -> Person:
    address = Address(waking.channel, tools.vault.open_identity(waking.identity), waking.account)
    return Person(
        waking.contact_id, waking.address_id, address, waking.language, waking.test, waking.clock_offset,
        waking.stopped_at is not None, waking.lobby,
    )  # fmt: skip


def give_back(
    tx: Transaction, tools: Tools, hand_over: int, note: Callable[[Transaction], None], now: datetime
) -> Handled | None:
    """Ends a talk with staff and lets the engine ask again what it had asked; None where it was over already."""
    of = hand_overs.load(tx, hand_over)
    if of is None:
        return None
    tx.lock(of.contact_id)
    if not hand_overs.end(tx, hand_over, by="staff", now=milliseconds(now)):
        return None
    note(tx)
    found = contacts.find(tx, (of.channel, of.account, of.find_key))
    if found is None or found.contact_id != of.contact_id:
        return Handled()  # somebody else has the phone now: they are told nothing of it
    address = Address(of.channel, tools.vault.open_identity(of.identity), of.account)
    work = Work(tx, tools, person_of(found, address), now)
    seat = seat_of(work, found)
    seat.state = replace(seat.state, handed_over=False)
    if of.taken_at is not None:
        work.tell(seat, "attended.given_back")
    work.run(seat, Staff("resume"))
    return became(work, finish(work), work.place())
