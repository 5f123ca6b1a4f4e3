"""A small town for the tests of turn, delivery and duties: the real engine and the real database, a clock that can be moved, and
a channel of the town's own whose provider can be told to fail."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import functools
import itertools
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.channels.abilities import LOOKS, Abilities
from bot.channels.channel import Raw, Request, Sent, Status
from bot.clock import Clock, MovableClock, milliseconds
from bot.delivery import Deliveries, Opening, Patience
from bot.duties import Duties
from bot.engine.build import build
from bot.engine.catalogue import Catalogue
from bot.engine.conversation import advance
from bot.engine.flow import ConsentText
from bot.engine.language import Language
from bot.engine.source import Loaded, load
from bot.translations import load_languages
from bot.turn import Handled, Library, Turns
from bot.turn.tools import Advance
from bot.vocabulary import Address, Incoming, Media, Outgoing, Press, Start, Text
from storage import flows
from storage.database import Bounds, Database
from storage.groups import Job
from storage.keys import make_ring
from storage.statements import Row, Statement
from storage.vault import Vault

ECUADOR = ZoneInfo("America/Guayaquil")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ECUADOR)
VAULT = Vault(make_ring(["a secret that is used in tests only"]), b"l" * 32, b"d" * 32)

SURVEY = """
flow: encuesta
kind: survey
title: Encuesta
languages: [es]
start: {words: [encuesta]}
reminders: [24h, 72h]
quiet: 20:00-08:00
expires: 14d
edit: until_close
survey:
  - {type: integer, name: edad, label: ¿Cuántos años tienes?}
  - {type: text, name: idea, label: ¿Qué cambiarías?}
  - type: select_one
    name: obra
    label: ¿Qué obra prefieres?
    choices: {agua: Agua potable para todos los barrios del cantón, luz: Alumbrado}
  - {type: note, label: Gracias.}
"""

CONSENTED = """
flow: contacto
kind: survey
title: Contacto
languages: [es]
start: {words: [contacto]}
consent: seguimiento
survey:
  - {type: text, name: nombre, label: ¿Cómo te llamas?, personal: true}
  - {type: note, label: Gracias.}
"""

ANONYMOUS = """
flow: queja
kind: survey
title: Queja
languages: [es]
start: {words: [queja]}
anonymous: true
edit: "no"
survey:
  - {type: text, name: que, label: ¿Qué pasó?}
  - {type: note, label: Gracias.}
"""

OFFICER = Statement("""
    INSERT INTO staff (id, email, name, role, is_superior, password, active, language, created_at)
    VALUES (1, 'ana@puyo.ec', 'Ana', 'officer', FALSE, '', TRUE, 'es', 0)
""")
"""Somebody of the staff, with the id 1."""

_EVENTS = itertools.count(1)
"""Events are numbered across all towns: two of them may stand for two processes on one database."""

CONSENTS = {"seguimiento": ConsentText("seguimiento", "1", "Para responderte", 90, {"es": "¿Podemos guardar tu nombre?"})}


@functools.cache
def languages() -> Mapping[str, Language]:
    """The product's own languages, read once."""
    return load_languages(Path(__file__).parent.parent / "locales")


@functools.cache
def loaded(text: str) -> Loaded:
    """A flow of this text, which must be without mistakes."""
    read = load(text, "prueba.yaml")
    assert read.flow is not None, read.problems
    return read


async def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds that nobody tells of. Raises TimeoutError after ten seconds."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  # because there is no event to wait for
            await asyncio.sleep(0.01)


@dataclass
class Provider:
    """A channel whose provider does what `answers` says, in turn, then accepts everything.

    An answer is an exception to raise or a text to give as the provider's id. `sent` is what was accepted, in order.
    """

    name: str = "telegram"
    look: str = "telegram"
    answers: list[Exception | str] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    edited: list[Outgoing] = field(default_factory=list)
    tried: list[Outgoing] = field(default_factory=list)
    secrets: frozenset[str] = frozenset()
    before: Callable[[Outgoing], Any] | None = None
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def abilities(self, address: Address) -> Abilities:
        return LOOKS[self.look]

    def verify(self, request: Request) -> bool:
        return False

    def split(self, request: Request) -> list[Raw]:
        return []

    def parse(self, raw: Raw) -> list[Incoming | Status]:
        return []

    async def fetch(self, media: Media, limit: int) -> bytes:
        return b""

    async def send(self, outgoing: Outgoing) -> Sent:
        self.tried.append(outgoing)
        if self.before is not None:
            await self.before(outgoing)
        answer = self.answers.pop(0) if self.answers else f"p{next(self.numbers)}"
        if isinstance(answer, Exception):
            raise answer
        if outgoing.edits:  # a change of a message is no message
            self.edited.append(outgoing)
            return Sent("")
        self.sent.append(outgoing)
        return Sent(answer)


class World:
    """Everything built, over a database that has its tables. `close` it, or use `opened`."""

    def __init__(
        self,
        url: str,
        *texts: str,
        step: Advance = advance,
        bounds: Bounds | None = None,
        patience: Patience | None = None,
        clock: Clock | None = None,
        daily: Mapping[str, Any] | None = None,
        only: Mapping[str, Language] | None = None,
        workers: int = 3,
        held: Collection[str] = (),
        openings: Mapping[str, Opening] | None = None,
        chance: Callable[[], float] = lambda: 0.0,
        alone: bool = False,
    ) -> None:
        """`held` are the channels that keep to their pace and window: in most tests nobody waits."""
        self.database = Database(url, bounds=bounds, workers=workers)
        self.clock = MovableClock(NOON)
        self.provider = Provider()
        self.library = Library(Catalogue({}, {}, only or languages(), CONSENTS, "Puyo", "Llámanos"), build)
        for text in texts or (SURVEY,):
            self.open(text)
        self.sms, self.whatsapp = Provider("sms", "sms"), Provider("whatsapp", "whatsapp")
        channels = {
            "telegram": self.provider, "simulator": Provider("simulator"), "sms": self.sms, "whatsapp": self.whatsapp,
        }  # fmt: skip
        self.deliveries = Deliveries(
            self.database, VAULT, channels, clock or self.clock, patience=patience or Patience(), chance=chance,
            held=held, openings=openings, alone=alone,
        )  # fmt: skip
        self.erased: list[Any] = []
        self.turns = Turns(
            self.database, VAULT, self.library, channels, clock or self.clock,
            queued=self.deliveries.wake, erased=self._erased, accepted=self.deliveries.accepted, step=step,
        )  # fmt: skip
        self.duties = Duties(self.database, self.turns, clock or self.clock, daily=daily or {})

    async def _erased(self, erased: Any) -> None:
        self.erased.append(erased)

    def open(self, text: str) -> None:
        """Opens a flow of this text."""
        read = loaded(text)
        assert read.flow is not None
        flow = read.flow
        now = milliseconds(self.clock.now())
        self.database.transaction_now(lambda tx: flows.open_flow(tx, flow.flow, flow.version, read.content, now))
        self.database.transaction_now(self.library.renew)

    def incoming(
        self, person: str, content: Any, *, event: str = "", at: datetime | None = None, channel: str = "telegram", **more: Any
    ) -> Incoming:
        """An event of that person; a str is what they write."""
        content = Text(content) if isinstance(content, str) else content
        now = at or self.clock.now()
        return Incoming(
            Address(channel, person, "bot"),
            event or f"e{next(_EVENTS)}",
            content,
            now,
            written_at=now,
            raw=more.pop("raw", repr(content).encode()),
            **more,
        )

    async def says(self, person: str, content: Any, **more: Any) -> Handled:
        """Handles what that person does, a second after the last, and delivers the answer."""
        self.clock.move(timedelta(seconds=1))
        handled = await self.turns.handle(self.incoming(person, content, **more))
        await self.deliveries.run_due()
        return handled

    async def presses(self, person: str, choice: str) -> Handled:
        """Handles that person's press of a button on the last prompt they were sent."""
        prompt = next(o.prompt for o in reversed(self.provider.sent) if o.address.identifier == person and o.prompt)
        return await self.says(person, Press(prompt, choice))

    async def starts(self, person: str, flow: str = "encuesta", **presets: str) -> Handled:
        return await self.says(person, Start(flow, presets))

    def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows of a query."""
        return self.database.transaction_now(lambda tx: tx.all(Statement(sql), values))

    def one(self, sql: str, *values: object) -> Any:
        """The first column of the only row."""
        ((value,),) = self.rows(sql, *values)
        return value

    def heard(self, person: str) -> list[str]:
        """What reached that person, in order."""
        return [outgoing.text for outgoing in self.provider.sent if outgoing.address.identifier == person]

    def hold(self) -> threading.Event:
        """Keeps the database busy until the event is set: what is begun meanwhile then goes into as few commits as may be."""
        gate = threading.Event()
        for worker in self.database._workers:
            worker.put(Job(lambda _: gate.wait(10), concurrent.futures.Future(), None))
        return gate

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What is begun inside waits for the end of the block, and then goes into as few commits as may be."""
        gate = self.hold()
        try:
            yield
        finally:
            gate.set()

    def close(self) -> None:
        self.database.close()
