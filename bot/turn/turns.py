"""Turns: one inbound message, or one timer that ran out, is one transaction."""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

import structlog

from bot.casework.office import Office
from bot.channels.channel import Channel, Raw
from bot.clock import Clock, milliseconds
from bot.engine.conversation import advance
from bot.engine.state import encode, lobby
from bot.turn import trouble
from bot.turn.aliases import Names, person_of, read_anew
from bot.turn.attended import heard
from bot.turn.buttons import judge, settle
from bot.turn.handled import SEEN, Handled
from bot.turn.library import Library
from bot.turn.linking import Speaker, link, said
from bot.turn.links import started
from bot.turn.own_data import titles_in
from bot.turn.persons import meant, pressed, seat_of, take_over
from bot.turn.plain import lane_of, turn_away
from bot.turn.requests import about_request, explain, tapped
from bot.turn.screen import Accepted, seen_by
from bot.turn.tools import Advance, Person, Tools
from bot.turn.traceless import forget
from bot.turn.waking import give_back, wake
from bot.turn.work import Work
from bot.turn.writing import became, finish
from bot.vocabulary import Inbound, Incoming, Media, Press, Result, Start, Text, Unserved
from storage import contacts, inbox, media, traceless
from storage.contacts import Found
from storage.conversations import Due
from storage.database import AddressKey, Database, UnavailableError
from storage.erasure import Erased
from storage.statements import Transaction
from storage.vault import Vault

_NOTHING_ACCEPTED: Mapping[int, Accepted] = MappingProxyType({})


class Turns:
    """Handles what comes in. One object serves a whole process.

    `queued` is called after a commit that queued messages, in the event loop. `accepted` tells what the delivery knows to be
    accepted before the row says so. `erased` does what remains after the commit of an erasure. `step` is the engine.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        library: Library,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        queued: Callable[[], None] = lambda: None,
        erased: Callable[[Erased], Awaitable[None]] | None = None,
        accepted: Mapping[int, Accepted] = _NOTHING_ACCEPTED,
        step: Advance = advance,
        office: Office | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._library = library
        self._clock = clock
        self._queued = queued
        self._erased = erased
        self._accepted = accepted
        self._tools = Tools(vault, library, channels, database.identifiers, step, office)
        self._log = structlog.get_logger("minga.turn")

    async def handle(self, incoming: Incoming) -> Handled:
        """Handles one event, and returns after the commit. An event that was seen before changes nothing.

        If the turn raises, nothing of it stays: the event goes to quarantine and the person is told. Raises UnavailableError if
        the database took neither: then the event may and must be handed in again.
        """
        address = incoming.address
        if isinstance(incoming.content, Unserved):
            return await self._turn_away(incoming, incoming.content)
        key: AddressKey = (address.channel, address.account, self._vault.find_key(address))
        sealed = self._vault.seal(incoming.raw, inbox.RAW) if incoming.raw else None
        now = self._clock.now()
        lane = int.from_bytes(key[2][:4])
        try:
            handled = await self._database.transaction(
                lambda tx: self._handle(tx, incoming, key, sealed, now), key=lane, address=key, ahead=contacts.FIND
            )
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  # because whatever is wrong with a turn, its event must be kept
            self._tell_log("turn_failed", error)
            name = type(error).__name__
            handled = await self._database.transaction(
                lambda tx: trouble.quarantine(tx, self._tools, incoming, key, now, name), key=lane, address=key
            )
        await self._after(handled)
        return handled

    async def _after(self, handled: Handled) -> None:
        if handled.outbox:
            self._queued()
        if self._erased is None:
            return
        for erased in handled.erased:
            try:
                await self._erased(erased)
            except OSError as error:  # the person is erased all the same, and the next start makes the log whole
                self._tell_log("erasure_not_logged", error)

    async def set_aside(self, channel: str, account: str, raw: Raw, error: str) -> bool:
        """Keeps an event that could not even be parsed for staff, counts it as seen, and returns whether it is new.

        `error` is the class of what was wrong. Nobody can be told: it is not known whose it is. Raises UnavailableError.
        """
        now = self._clock.now()
        return await self._database.transaction(
            lambda tx: trouble.set_aside(tx, self._tools, (channel, account), raw, now, error)
        )

    async def wake(self, due: Due) -> Handled:
        """Handles a timer that ran out. If it is no longer the conversation's, nothing happens. Raises UnavailableError."""
        now = self._clock.now()
        try:
            handled = await self._database.transaction(lambda tx: wake(tx, self._tools, due, now), key=due.id >> 22)
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  # because a timer that fails must not run out for ever
            self._tell_log("timer_failed", error)
            name = type(error).__name__
            handled = await self._database.transaction(lambda tx: trouble.drop(tx, self._tools, due, now, name), key=due.id >> 22)
        await self._after(handled)
        return handled

    async def give_back(self, hand_over: int, note: Callable[[Transaction], None]) -> bool:
        """Ends a talk with staff: the bot answers again, and asks what it had asked. False where it was over already.

        `note` is called in the same transaction. Raises UnavailableError.
        """
        now = self._clock.now()
        handled = await self._database.transaction(lambda tx: give_back(tx, self._tools, hand_over, note, now))
        if handled is None:
            return False
        await self._after(handled)
        return True

    # ── a message ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _handle(self, tx: Transaction, incoming: Incoming, key: AddressKey, sealed: bytes | None, now: datetime) -> Handled:
        names = Names(incoming, key, self._vault) if incoming.aliases else None
        found = contacts.find(tx, key) if names is None else names.find(tx)
        contact = found.contact_id if found is not None else self._database.identifiers.next()
        event = self._database.identifiers.next()
        conversation = found.conversation_id if found is not None else None
        if not trouble.admit(tx, event, incoming, contact, conversation, sealed):
            return SEEN
        if found is None:
            person, found = self._meet(tx, incoming, key, contact, now, names)
        else:
            person = person_of(found, incoming.address)
        if names is not None and (anew := names.settle(tx, self._library, person, self._database.identifiers)) is not None:
            person, found = person_of(anew, incoming.address), anew
        linked = self._link(tx, incoming, person, milliseconds(now))
        if linked is not None and linked.effect == "linked" and (anew := read_anew(tx, key)) is not None:
            person, found = person_of(anew, incoming.address), anew
        work = Work(tx, self._tools, person, now)
        work.heard(incoming.written_at or incoming.received_at)
        seat = seat_of(work, found)
        content: Inbound | None = linked or (incoming.content if not isinstance(incoming.content, Unserved) else None)
        before, row, press = seat.state.prompt, seat.prompt_id, None
        belonging = incoming.content
        attended = found.attended_id if found is not None and linked is None else None
        if attended is not None and heard(work, seat, attended, incoming):
            content = None
        match content:
            case Text():
                content = (
                    meant(work, content)
                    or about_request(work, seat, content)
                    or seen_by(incoming, content, found, self._accepted)
                )
            case Media() if seat.lobby and (explained := explain(work, seat, content)) is not None:
                content = explained
            case Start():
                content = started(content, self._library.catalogue, seat.state)
            case Press():
                press = content
                content = tapped(work, seat, content) or pressed(work, seat, content) or judge(work, seat, content)
        if content is not None:
            work.run(seat, content)
            settle(work, seat, before, row, _bearing(content, press))

        def belongs(place: int | None) -> None:
            if place != conversation or person.contact_id != contact:
                inbox.belongs(tx, event, person.contact_id, place)
            if isinstance(belonging, Media) and belonging.sha256:
                media.keep(tx, belonging, contact=person.contact_id, conversation=place, now=milliseconds(now))

        place = work.place()
        queued = finish(work, belongs)
        if work.traceless:
            traceless.forget_event(tx, event)
            forget(work)
        after = take_over(work, key, names)
        if after is None:
            return became(work, queued, place)
        place = after.place()
        queued += finish(after, lambda _: inbox.belongs(tx, event, after.person.contact_id, place))
        return became(work, queued, place, after)

    def _link(self, tx: Transaction, incoming: Incoming, person: Person, now: int) -> Result | None:
        """Makes two contacts one whose code is said, and returns what the engine shall hear; None where none is said."""
        content = incoming.content
        if not isinstance(content, Text) or content.edited:
            return None
        found = said(content.text, self._library.catalogue.languages.values())
        if found is None:
            return None
        code, named = found
        who = Speaker(person.contact_id, person.address_id, person.test)
        became, twice = link(tx, self._vault, self._library, who, code, now)
        titles = titles_in(self._library.catalogue, person.language)
        return Result(became, [titles.get(flow, flow) for flow in twice] or None) if named or became != "link_unknown" else None

    # ── nobody is served there ───────────────────────────────────────────────────────────────────────────────────────

    async def _turn_away(self, incoming: Incoming, unserved: Unserved) -> Handled:
        """Says, once a day, that nobody is served where this was written. Nobody becomes a contact by it."""
        address = incoming.address
        key: AddressKey = (address.channel, address.account, self._vault.find_key(address))
        now, language = self._clock.now(), self._library.spoken(incoming.language)

        def work(tx: Transaction) -> Handled:
            if not trouble.admit(tx, self._database.identifiers.next(), incoming, None, None, None):
                return SEEN
            told = turn_away(tx, self._tools, address, key[2], unserved.key, language, now)
            return Handled() if told is None else Handled(outbox=(told[0],), says=(told[1],))

        handled = await self._database.transaction(work, key=lane_of(key[2]), address=key)
        await self._after(handled)
        return handled

    def _meet(
        self, tx: Transaction, incoming: Incoming, key: AddressKey, contact: int, now: datetime, names: Names | None
    ) -> tuple[Person, Found | None]:
        """Adds a contact whom nobody knew; unless another process did so meanwhile, then that one is found."""
        language = self._library.spoken(incoming.language)
        stopped_at = contacts.stop_marked(tx, key) if names is None else names.stopped_at(tx)
        state = encode(lobby(language, secrets.token_hex(16), stopped=stopped_at is not None)).decode()
        address_id = self._database.identifiers.next()
        added = contacts.add(
            tx, contact=contact, address_id=address_id, address=key, language=language, test=incoming.test, lobby=state,
            identity=self._vault.seal_identity(incoming.address.identifier), stopped_at=stopped_at, now=milliseconds(now),
        )  # fmt: skip
        if added:
            person = Person(contact, address_id, incoming.address, language, incoming.test, 0, stopped_at is not None, state)
            return person, None
        found = contacts.find(tx, key)
        assert found is not None
        return person_of(found, incoming.address), found

    def _tell_log(self, event: str, error: Exception) -> None:
        """Logs where it failed, never with what: the error's own text may hold what a person wrote."""
        frames = traceback.extract_tb(error.__traceback__)
        self._log.error(event, error=type(error).__name__, where=[f"{f.filename}:{f.lineno} {f.name}" for f in frames[-6:]])


def _bearing(content: Inbound, press: Press | None) -> Press | None:
    """Returns the press as the engine heard it, with the message that bore it; None for anything else."""
    return replace(content, message=press.message) if press is not None and isinstance(content, Press) else None
