"""Several persons on one phone, as a turn meets them: who shares it, whose button was pressed, and who takes it over.

Whoever takes a phone over is another contact: the turn of the one who had it is written first, then theirs is begun, both in one
transaction. Their messages go out in the order of the phone, which is one lane.
"""

from __future__ import annotations

import secrets

from bot.calling import called, own_name
from bot.engine.answers import fold
from bot.engine.availability import open_flows
from bot.engine.persons import after_words
from bot.engine.state import decode, encode, lobby
from bot.turn.aliases import Names, person_of, read_anew
from bot.turn.seat import Seat
from bot.turn.work import Work
from bot.vocabulary import AddPerson, ChangePerson, Press, Result, Start, Text, Value
from storage import contacts, profiles
from storage.contacts import Found
from storage.erasure import erase
from storage.groups import AddressKey


def meant(work: Work, said: Text) -> Result | None:
    """Returns what the engine shall hear where the whole message is "soy Rosa" and Rosa is one of the others on this phone.

    Nothing is looked up for any other message.
    """
    text, languages = said.text, tuple(work.tools.library.catalogue.languages.values())
    if said.edited or len(text) > _LONGEST or not (before := after_words(languages, text, "i_am")):
        return None
    name = fold(" ".join(text.split()[before:]))
    for one in profiles.there(work.tx, work.person.address_id) if name else ():
        names = {fold(called(work.tools.vault, one, language)) for language in languages}
        if name in names:
            return None if one.current else Result("persons:called", work.persons(str(one.number)))
    return None


_LONGEST = 60
"""Characters of a message that may be a word before a name, and a name."""


def pressed(work: Work, seat: Seat, press: Press) -> Result | None:
    """Returns what the engine shall hear where a button of somebody else's question was pressed: it answers nothing."""
    prompt = seat.state.prompt
    if prompt is not None and press.prompt == prompt.number:
        return None
    person = work.person
    contact = profiles.of_prompt(work.tx, person.address_id, person.contact_id, press.prompt)
    number = next((one.number for one in profiles.there(work.tx, person.address_id) if one.contact == contact), None)
    return None if number is None else Result("persons:button", work.persons(str(number)))


def seat_of(work: Work, found: Found | None) -> Seat:
    """Returns where the person sits: in their present conversation, else in the lobby."""
    if found is None or found.conversation_id is None or found.state is None:
        return work.lobby()
    seat = Seat(
        found.conversation_id, decode(found.state), was_current=True, prompt_id=found.prompt_id,
        address_id=found.conversation_address_id,
    )  # fmt: skip
    work.current = work.sit(seat)
    return seat


# ── the phone changes hands ──────────────────────────────────────────────────────────────────────────────────────────


def erase_phone(work: Work) -> None:
    """Erases the others who share this phone; whoever is known elsewhere, too, only leaves it."""
    address = work.person.address_id
    for one in profiles.there(work.tx, address):
        if one.contact == work.person.contact_id:
            continue
        work.tx.lock(one.contact)
        if profiles.is_elsewhere(work.tx, address, one.contact):
            profiles.leave(work.tx, address, one.contact)
        else:
            erased = erase(work.tx, one.contact, now=work.now, identifiers=work.tools.identifiers)
            work.erased_too.append(erased)


def take_over(work: Work, key: AddressKey, names: Names | None) -> Work | None:
    """Begins the turn of whoever has the phone after this turn, which is written; None where nobody took it.

    What is said there is not written yet.
    """
    tx, tools, before = work.tx, work.tools, work.person
    match work.becoming:
        case AddPerson(name=name):
            flow = _same_flow(work)
            contact = _add(work, key, name)
            greeting = "person_hello"
        case ChangePerson(number=number):
            there = profiles.there(tx, before.address_id)
            contact = next(one.contact for one in there if one.number == number)
            flow, greeting = None, "person_back"
        case None if work.erasing and (left := contacts.find(tx, key)) is not None:
            contact, flow, greeting = left.contact_id, None, "person_left"
        case None:
            return None
    if greeting != "person_left":
        profiles.enter(tx, before.address_id, before.contact_id, contact)
        if names is not None:
            names.follow(tx, before.address_id)
    found = read_anew(tx, key)
    assert found is not None
    after = Work(tx, tools, person_of(found, before.address), work.now)
    seat = seat_of(after, found)
    after.run(seat, Result(greeting, _named(after, contact)))
    if flow is not None:
        after.run(seat, flow)
    elif seat.lobby and greeting != "person_left":
        after.run(seat, Text(""))
    return after


def _named(work: Work, contact: int) -> Value:
    there = profiles.there(work.tx, work.person.address_id)
    one = next(one for one in there if one.contact == contact)
    return {"name": own_name(work.tools.vault, one), "number": one.number}


def _add(work: Work, key: AddressKey, name: str) -> int:
    """Adds a contact who shares the phone with the one whose turn it is: their language, their clock, nothing else of theirs."""
    tx, tools, before = work.tx, work.tools, work.person
    there = profiles.there(tx, before.address_id)
    contact = tools.identifiers.next()
    language = work.language or before.language
    stopped_at = contacts.stop_marked(tx, key)
    state = encode(lobby(language, secrets.token_hex(16), stopped=stopped_at is not None)).decode()
    contacts.add_person(
        tx, contact, language=language, test=before.test, lobby=state, stopped_at=stopped_at, now=work.real
    )  # fmt: skip
    profiles.add(tx, before.address_id, contact, max(one.number for one in there) + 1, before=len(there))
    if name:
        profiles.set_name(tx, contact, tools.vault.seal_identity(name))
    if before.clock_offset:
        profiles.set_clock(tx, contact, before.clock_offset)
    return contact


def _same_flow(work: Work) -> Start | None:
    """Returns what somebody new begins with: the flow answered last on this phone, as its link had begun it, if it is open.

    At a workshop the phone goes round, and everybody answers the same. What was anonymous is nobody's, so it says nothing here;
    where only one flow is open it is that one.
    """
    if work.person.stopped or work.stopping:
        return None
    flows = {flow.flow for flow in open_flows(work.tools.library.catalogue, work.theirs)}
    kept = profiles.latest(work.tx, work.person.contact_id)
    if kept is not None and (state := decode(kept)).flow in flows:
        return Start(state.flow, dict(state.presets))
    return Start(next(iter(flows))) if len(flows) == 1 else None
