"""The work of one turn inside its transaction: rounds of the engine, their effects, and what is written at the end."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.calling import called, own_name
from bot.clock import milliseconds
from bot.engine.conversation import begin
from bot.engine.state import Conversation, decode
from bot.turn import linking
from bot.turn.asker import Asker
from bot.turn.own_data import own_data
from bot.turn.performing import perform
from bot.turn.seat import Seat
from bot.turn.speech import Speech
from bot.turn.tools import Person, Tools
from bot.vocabulary import (
    AddPerson,
    Begin,
    ChangePerson,
    Effect,
    EndConversation,
    EraseMyData,
    HandOver,
    Inbound,
    NamePerson,
    OfferLink,
    Perform,
    RecordAnswer,
    RecordConsent,
    Result,
    ResumeContact,
    Say,
    SetLanguage,
    SetTimer,
    Staff,
    Start,
    StopContact,
    TellMyData,
    TellPersons,
    Value,
)
from storage import contacts, conversations, outbox, profiles, requests, windows
from storage.erasure import Erased
from storage.statements import Transaction

ROUNDS = 5
"""How often one turn asks the engine: what it heard, and what its effects brought back."""


class EndlessTurnError(Exception):
    """The effects of this turn went round in a circle."""


class Work:
    """One turn. `now` is real time; the engine hears the contact's own."""

    def __init__(self, tx: Transaction, tools: Tools, person: Person, now: datetime, *, priority: int = outbox.REPLY) -> None:
        self.tx = tx
        self.tools = tools
        self.person = person
        self.now = now
        self.speech = Speech(tools, person.address, priority)
        self.current: Seat | None = None
        self.left: Seat | None = None
        self.seats: list[Seat] = []
        self.answers: list[RecordAnswer] = []
        self.end: EndConversation | None = None
        self.real = milliseconds(now)
        self.theirs = now + timedelta(milliseconds=person.clock_offset) if person.clock_offset else now
        self.erased: Erased | None = None
        self.erasing = False
        self.erasing_phone = False
        self.forgotten = False
        self.traceless = False
        self.erased_too: list[Erased] = []
        self.becoming: AddPerson | ChangePerson | None = None
        self.stopping: bool | None = None
        self.language: str | None = None

    def heard(self, at: datetime) -> None:
        """The person wrote at that time: where free text may go only for a while after it, what waited for that may go."""
        if self.speech.abilities().window is not None:
            address = self.person.address
            windows.heard(self.tx, self.person.contact_id, address.channel, address.account, at=milliseconds(at), now=self.real)

    # ── rounds ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def lobby(self) -> Seat:
        """Returns the seat outside any flow."""
        for seat in self.seats:
            if seat.lobby:
                return seat
        return self.sit(Seat(0, decode(self.person.lobby), prompt_id=self.person.lobby_prompt_id))

    def sit(self, seat: Seat) -> Seat:
        """Takes a seat into this turn: it is written at the end."""
        self.seats.append(seat)
        return seat

    def run(self, seat: Seat, inbound: Inbound) -> None:
        """Lets the engine hear `inbound`, then what its effects bring. Raises EndlessTurnError, and what the engine raises."""
        waiting: list[tuple[Seat, Inbound]] = [(seat, inbound)]
        for _ in range(ROUNDS):
            if not waiting:
                return
            seat, inbound = waiting.pop(0)
            catalogue = self.tools.library.holding(self.tx, seat.state.version)
            if not self.speech.abilities().media_in:
                catalogue = replace(catalogue, attachments=False)
            seat.state, effects = self.tools.advance(catalogue, seat.state, inbound, self.theirs)
            for effect in effects:
                self._do(seat, effect, waiting)
        if waiting:
            raise EndlessTurnError

    def _do(self, seat: Seat, effect: Effect, waiting: list[tuple[Seat, Inbound]]) -> None:
        match effect:
            case Say():
                self.speech.say(seat, effect)
            case RecordAnswer():
                seat.answers.append(effect)
            case SetTimer(kind=kind, due=due, token=token):
                seat.timed = True
                seat.due = None if kind is None or due is None else (milliseconds(due) - self.person.clock_offset, kind, token)
            case RecordConsent():
                seat.consents.append(effect)
            case EndConversation():
                seat.end = effect
                seat.timed, seat.due = True, None
                if self.current is seat:
                    self.current = None
            case Begin():
                waiting.append(self._begin(effect))
            case TellMyData() | OfferLink() | Perform():
                waiting.append((seat, self._brought(seat, effect)))
            case SetLanguage(language=language):
                self.language = language
            case StopContact():
                self.stopping = True
                waiting.append((seat, Result("persons:stopped", self.persons(""))))
            case ResumeContact():
                self.stopping = False
            case TellPersons() | AddPerson() | ChangePerson() | NamePerson():
                self._do_person(seat, effect, waiting)
            case EraseMyData(phone=phone):
                self.erasing, self.erasing_phone = True, phone
                self._say_what_stays(seat)
            case HandOver(reason=reason):
                seat.handed_over = reason
            case _:
                assert_never(effect)

    def _brought(self, seat: Seat, effect: TellMyData | OfferLink | Perform) -> Result:
        """Returns what our own database answers to an effect."""
        match effect:
            case TellMyData(effect=name):
                return Result(name, self._my_data())
            case OfferLink(effect=name):
                return Result(name, linking.make(self.tx, self.tools.vault, self.person.contact_id, self.real))
            case Perform(result=name):
                office = self.tools.office
                return Result(
                    name, {"problem": "not_now"} if office is None else perform(self.tx, office, effect, self.asker(seat))
                )

    def _do_person(
        self, seat: Seat, effect: TellPersons | AddPerson | ChangePerson | NamePerson, waiting: list[tuple[Seat, Inbound]]
    ) -> None:
        match effect:
            case TellPersons(effect=name, said=said):
                waiting.append((seat, Result(name, self.persons(said))))
            case NamePerson(name=name):
                profiles.set_name(self.tx, self.person.contact_id, self.tools.vault.seal_identity(name))
            case ChangePerson(number=number) if not self._is_other(number):
                waiting.append((seat, Result("persons:other", self.persons(""))))
            case _:
                self.becoming = effect

    def tell(self, seat: Seat, key: str) -> None:
        """Says the product's text of that key, before whatever the engine says next."""
        language = self.tools.library.catalogue.language(seat.state.language)
        self.speech.say(seat, Say(language.say(key), "note", "attended", language=language.code))

    def _say_what_stays(self, seat: Seat) -> None:
        """Tells whoever is erased that what they asked the town hall for is still to be answered, and kept."""
        filed = requests.of_contact(self.tx, self.person.contact_id)
        if filed:
            language = self.tools.library.catalogue.language(self.language or seat.state.language)
            numbers = ", ".join(case.number for case in filed)
            text = language.say("engine.erased.requests", count=len(filed), numbers=numbers)
            self.speech.say(seat, Say(text, step="erased.requests", language=language.code))

    def _begin(self, effect: Begin) -> tuple[Seat, Inbound]:
        """Returns the seat of the flow that begins, or is taken up again, and what it shall hear."""
        if self.current is not None:
            self.left = self.current
        open_seat = self._open(effect.flow)
        if open_seat is not None and effect.anew:
            catalogue = self.tools.library.holding(self.tx, open_seat.state.version)
            open_seat.state, effects = self.tools.advance(catalogue, open_seat.state, Staff("close"), self.theirs)
            for closing in effects:
                if not isinstance(closing, Say):
                    self._do(open_seat, closing, [])
        elif open_seat is not None:
            self.current = open_seat
            return open_seat, Staff("resume")
        elif not effect.anew:
            kept = conversations.find_completed(self.tx, self.person.contact_id, effect.flow)
            if kept is not None:
                self.current = self.sit(Seat(kept.id, decode(kept.state), address_id=kept.address_id))
                return self.current, Start(effect.flow, effect.presets)
        self.current = self.sit(Seat(self.tools.identifiers.next(), self._fresh(effect), fresh=True))
        return self.current, Start(effect.flow, effect.presets)

    def _fresh(self, effect: Begin) -> Conversation:
        flow = self.tools.library.catalogue.current(effect.flow)
        if flow is None:
            raise LookupError(effect.flow)
        language = self.language or self.person.language
        consented = conversations.consented(self.tx, self.person.contact_id)
        given = tuple(f"{consent.name}@{consent.version}" for seat in self.seats for consent in seat.consents if consent.given)
        return begin(
            flow,
            language=language,
            seed=secrets.token_hex(16),
            now=self.theirs,
            presets=effect.presets,
            consented=(*consented, *given),
        )

    def _open(self, flow: str) -> Seat | None:
        for seat in self.seats:
            if seat.state.flow == flow and seat.state.status == "open":
                return seat
        kept = conversations.find_open(self.tx, self.person.contact_id, flow)
        if kept is None or any(seat.id == kept.id for seat in self.seats):
            return None
        return self.sit(Seat(kept.id, decode(kept.state), address_id=kept.address_id))

    def asker(self, seat: Seat) -> Asker:
        """Returns who speaks, as what is done about requests needs it."""
        language = self.tools.library.catalogue.language(self.language or seat.state.language)
        person = self.person
        place = None if seat.lobby else seat.id
        return Asker(
            person.contact_id, language, person.address.channel, milliseconds(self.theirs), place, person.test,
            abilities=self.speech.abilities(), places=self.tools.library.catalogue.places,
        )  # fmt: skip

    def _my_data(self) -> Value:
        told = conversations.told(self.tx, self.person.contact_id)
        return own_data(
            contacts.addresses(self.tx, self.person.contact_id),
            told,
            self.tools.library.catalogue,
            self.language or self.person.language,
            self.now.tzinfo,
            self._own_name(),
            requests.of_contact(self.tx, self.person.contact_id),
        )

    def persons(self, said: str) -> Value:
        """Returns the result of TellPersons: who shares this phone, with names that go no further than this turn's messages."""
        persons: list[object] = [
            {"number": one.number, "name": own_name(self.tools.vault, one), "current": one.current}
            for one in profiles.there(self.tx, self.person.address_id)
        ]
        return {"persons": persons, "most": profiles.MOST, "said": said}

    def _own_name(self) -> str:
        """Returns what the person is called on a phone that others share, "" where nobody else does."""
        there = profiles.there(self.tx, self.person.address_id)
        own = next((one for one in there if one.current), None)
        if own is None or len(there) < 2:
            return ""
        language = self.tools.library.catalogue.language(self.language or self.person.language)
        return called(self.tools.vault, own, language)

    def _is_other(self, number: int) -> bool:
        there = profiles.there(self.tx, self.person.address_id)
        return any(one.number == number and not one.current for one in there)

    def place(self) -> int | None:
        """Returns the conversation that this turn was about: the one the person is in, or was in last; None in the lobby."""
        if self.current is not None:
            return self.current.id
        return next((seat.id for seat in reversed(self.seats) if not seat.lobby), None)
