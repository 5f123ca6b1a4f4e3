"""One person's talk with the bot, by the way that every channel goes: turn, outbox, delivery; only the clock is the player's."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from bot.casework.notices import RequestDuties
from bot.channels.abilities import MEGABYTE
from bot.channels.channel import Never, Raw
from bot.channels.console import ConsoleChannel
from bot.channels.stored import file_name
from bot.chat.events import Ended, Event, File, Said, Stored
from bot.chat.script import Act, Line, Restart, ScriptError, Wait
from bot.clock import Clock, MovableClock, milliseconds, moment
from bot.delivery import Deliveries
from bot.requests.ledger import MORNING
from bot.turn import Handled, Turns
from bot.vocabulary import Address, Incoming, Media, Outgoing
from storage import requests
from storage.attachments import Attachments
from storage.conversations import Due
from storage.database import Database
from storage.statements import Statement

PACE = timedelta(seconds=10)
"""How long after the bot's words a scripted person answers: longer than any `join` that a flow needs to be tested without."""

_SCROLLED = 20
"""How many prompts one can scroll back to."""

_OWN_DUE = Statement("""
    SELECT v.due_at, v.id, v.due_kind, v.due_token FROM conversation v
    WHERE v.due_at <= ? AND (v.contact_id = ? OR v.contact_id IN (SELECT p.contact_id FROM profile p WHERE p.address_id = ?))
    ORDER BY v.due_at, v.id LIMIT 1
""")

_SHARERS = Statement("SELECT contact_id FROM profile WHERE address_id = ?")
_LANE = Statement("SELECT id FROM address WHERE channel = ? AND account = ? AND find_key = ?")
_CURRENT = Statement("SELECT id FROM conversation WHERE contact_id = ? AND is_current")


class Shown:
    """What the console showed and nobody has taken yet, and the prompts that stand on its screen, the present one last."""

    def __init__(self, find: Callable[[str], Path | None] = lambda _: None) -> None:
        """`find` tells where a file lies that a message names."""
        self._find = find
        self._messages: list[Outgoing] = []
        self.prompts: list[Outgoing] = []
        self.loose: Outgoing | None = None
        """The last message whose options are no question's of a conversation: one about a request."""

    @property
    def prompt(self) -> Outgoing | None:
        """The present prompt."""
        return self.prompts[-1] if self.prompts else None

    def show(self, outgoing: Outgoing) -> None:
        """Shows a message (the console channel calls it)."""
        self._messages.append(outgoing)
        if outgoing.options and not outgoing.prompt:
            self.loose = outgoing
        if outgoing.prompt:
            self.prompts = [*self.prompts[1 - _SCROLLED :], outgoing]

    def take(self) -> list[Event]:
        """Returns what was shown since the last time."""
        taken: list[Event] = [Said(message, self._files(message)) for message in self._messages]
        self._messages.clear()
        return taken

    def _files(self, message: Outgoing) -> tuple[File, ...]:
        return tuple(File(kind, file_name(name), self._find(name)) for kind, name in message.media.items())


class ShiftedClock:
    """The real clock, moved: it runs on."""

    def __init__(self, real: Clock) -> None:
        self._real = real
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """See Clock.now."""
        return self._real.now() + self._ahead

    def set(self, now: datetime) -> None:
        """Runs on from that moment."""
        self._ahead = now - self._real.now()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a talk is held with. `person` is the console's identifier of who talks, None for a new one at each beginning."""

    flow: str
    database: Database
    turns: Turns
    deliveries: Deliveries
    clock: MovableClock | ShiftedClock
    shown: Shown
    attachments: Attachments
    console: Callable[[str], ConsoleChannel]
    find_key: Callable[[Address], bytes]
    person: str | None = None
    folder: Path = field(default_factory=Path)
    requests: RequestDuties | None = None


class Talk:
    """The talk. Each method returns what was told and stored, in order: answers, then words, then the end."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._channel = parts.console(parts.person or secrets.token_hex(8))
        self._contact: int | None = None
        self._just_waited = True
        self._written_after = timedelta(0)
        self._conversation: int | None = None
        self._lane: int | None = None

    async def begin(self) -> list[Event]:
        """Begins the flow, or takes it up where this person left it."""
        self._pace()
        await self._deliver()
        return [*self._parts.shown.take(), *await self._do({"start": self._parts.flow})]

    async def play(self, said: Line) -> list[Event]:
        """Does what the line says. Raises ScriptError for what cannot be done, and then nothing was."""
        match said:
            case Act(event):
                self._pace()
                return await self._do(self._meant(event))
            case Wait(duration):
                self._just_waited = True
                return await self._wait(duration)
            case Restart():
                self._pace()
                return await self._restart()

    def _pace(self) -> None:
        """Says when the person writes: some seconds after the bot's words, or at the very moment that a wait led to.

        On the real clock, the line that they type answers what they see, however fast they type.
        """
        self._written_after = timedelta(0)
        if not self._just_waited:
            if isinstance(self._parts.clock, MovableClock):
                self._parts.clock.move(PACE)
            else:
                self._written_after = PACE
        self._just_waited = False

    def _meant(self, event: Any) -> dict[str, Any]:
        """Returns the event as the screen makes it: a choice that is on it is pressed there, any other is typed.

        With "back" a button is pressed of a prompt that has been scrolled up, so many prompts before the present one.
        """
        if "choice" not in event:
            return dict(event)
        if "back" in event:
            prompts, back = self._parts.shown.prompts, int(event["back"])
            if not 0 <= back < len(prompts):
                raise ScriptError("no_such_prompt", count=str(len(prompts)))
            return {"choice": event["choice"], "prompt": prompts[-1 - back].prompt}
        names = event["choice"] if isinstance(event["choice"], list) else [event["choice"]]
        prompt = self._parts.shown.prompt
        if prompt is not None and {option.name for option in prompt.options}.issuperset(names):
            return {"choice": " ".join(names), "prompt": prompt.prompt}
        loose = self._parts.shown.loose
        for option in loose.options if loose is not None else ():
            if names in ([option.name], [option.label]):
                return {"choice": option.name}
        return {"text": ", ".join(names)}

    async def _do(self, event: dict[str, Any]) -> list[Event]:
        body = orjson.dumps(event)
        now = self._parts.clock.now()
        events: list[Event] = []
        for parsed in self._channel.parse(Raw(secrets.token_hex(16), body, now)):
            assert isinstance(parsed, Incoming)
            written_at = parsed.received_at + self._written_after
            incoming = replace(parsed, written_at=written_at, test=self._parts.person is None)
            if isinstance(parsed.content, Media):
                incoming = replace(incoming, content=await self._fetched(parsed.content))
            events += await self._told(await self._parts.turns.handle(incoming))
        return events

    async def _fetched(self, media: Media) -> Media:
        """Returns the attachment, kept. Raises ScriptError if it cannot be read, or the channel does not take it."""
        limit = self._channel.abilities(self._channel.address).media_in.get(media.kind, 0)
        if not limit:
            raise ScriptError("file_not_taken", file=media.reference)
        path = self._parts.folder / media.reference
        try:
            content = await self._channel.fetch(replace(media, reference=str(path)), limit)
        except Never as error:
            raise ScriptError(error.code, file=media.reference, megabytes=str(limit // MEGABYTE)) from error
        return await asyncio.to_thread(self._parts.attachments.keep, content, media)

    async def _restart(self) -> list[Event]:
        if self._conversation is not None:
            return await self._do({"action": "restart"})
        if self._parts.person is None:
            self._channel, self._lane = self._parts.console(secrets.token_hex(8)), None
        return await self._do({"start": self._parts.flow})

    async def _wait(self, duration: timedelta) -> list[Event]:
        """Lets time pass, stopping at each moment at which something is due."""
        clock, events = self._parts.clock, list[Event]()
        target = clock.now() + duration
        while True:
            due, morning = await self._next_due(target), await self._next_morning(target)
            if due is not None and (morning is None or moment(due[0], target.tzinfo) <= morning):
                clock.set(max(moment(due[0], target.tzinfo), clock.now()))
                events += await self._told(await self._parts.turns.wake(due[1]))
            elif morning is not None:
                clock.set(morning)
                assert self._parts.requests is not None
                await self._parts.requests.look_for(await self._own_contacts(), morning)
                await self._deliver()
                events += self._parts.shown.take()
            else:
                clock.set(target)
                return events

    async def _next_morning(self, target: datetime) -> datetime | None:
        """Returns the next time at which the clock may owe something about this person's requests, None before the target."""
        if self._parts.requests is None:
            return None
        now, contacts = self._parts.clock.now(), await self._own_contacts()
        filed = await self._parts.database.transaction(
            lambda tx: any(case.finished_at is None for contact in contacts for case in requests.of_contact(tx, contact))
        )
        today = now.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
        morning = today if now < today else today + timedelta(days=1)
        return morning if filed and morning <= target else None

    async def _own_contacts(self) -> list[int]:
        lane, contact = self._lane, self._contact
        rows = await self._parts.database.transaction(lambda tx: tx.all(_SHARERS, (lane,)))
        return sorted({*(row[0] for row in rows), *([contact] if contact is not None else [])})

    async def _next_due(self, target: datetime) -> tuple[int, Due] | None:
        at, contact, lane = milliseconds(target), self._contact, self._lane
        row = await self._parts.database.transaction(lambda tx: tx.one(_OWN_DUE, (at, contact, lane)))
        return None if row is None else (row[0], Due(*row[1:]))

    async def _deliver(self) -> None:
        """Lets the channel show what is queued for this person, and for nobody else."""
        address = self._channel.address
        key = (address.channel, address.account, self._parts.find_key(address))
        row = await self._parts.database.transaction(lambda tx: tx.one(_LANE, key))
        # who was erased has no address any more, but their last words are still under way
        self._lane = row[0] if row else self._lane
        if self._lane is not None:
            await self._parts.deliveries.run_due(self._lane)

    async def _told(self, handled: Handled) -> list[Event]:
        """Returns what came of a turn, once the channel has shown its messages."""
        await self._deliver()
        self._contact = handled.contact or self._contact
        contact, before = self._contact, self._conversation
        row = await self._parts.database.transaction(lambda tx: tx.one(_CURRENT, (contact,)))
        self._conversation = row[0] if row else None
        answers: list[Event] = [Stored(a.step, a.value, a.raw, a.empty, a.at) for a in handled.answers]
        words = self._parts.shown.take()
        if handled.end is None:
            return [*answers, *words]
        # where the flow began anew in the same turn, the end belongs before its first words
        anew = before is not None and self._conversation not in (None, before)
        return [*answers, Ended(handled.end), *words] if anew else [*answers, *words, Ended(handled.end)]
