"""Plays a consultation: simulated residents, a clock that jumps to what comes next, and the real turn, duties and delivery."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.channels.abilities import LOOKS
from bot.clock import MovableClock, milliseconds, moment
from bot.delivery import Deliveries, Opening
from bot.duties import Duties
from bot.engine.build import build
from bot.engine.catalogue import Catalogue
from bot.engine.flow import ConsentText, Flow, Step
from bot.engine.language import Language
from bot.engine.source import Loaded
from bot.rehearsal.guesses import guesses
from bot.rehearsal.mix import CHANNELS, Mix
from bot.rehearsal.person import Kind, Person, Town
from bot.rehearsal.silence import silent
from bot.town_hall import build_office
from bot.turn import Library, Turns
from bot.vocabulary import Address, Incoming, Location, Media, Outgoing, Press, Start, Text
from storage import flows
from storage.attachments import Attachments
from storage.database import Database
from storage.vault import Vault, open_vault

LONGEST = timedelta(days=400)
"""How long a rehearsal lasts at most, by its own clock."""
_LOOK = timedelta(seconds=1)
"""When to look again for messages that are held back, if the delivery does not say."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be played. `begins` is aware, in the municipality's zone. `paces` are messages a second by channel."""

    loaded: Loaded
    people: int
    seed: int
    mix: Mix
    begins: datetime
    languages: Mapping[str, Language]
    consents: Mapping[str, ConsentText]
    municipality: str = ""
    contact: str = ""
    plained: frozenset[str] = frozenset()
    openings: Mapping[str, str] = field(default_factory=dict)
    paces: Mapping[str, float] = field(default_factory=dict)
    person_pace: float = 1.0

    @property
    def flow(self) -> Flow:
        """Returns the flow."""
        assert self.loaded.flow is not None
        return self.loaded.flow


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it is played: a database in memory, which is gone afterwards, and the parts of a server at work."""

    plan: Plan
    clock: MovableClock
    database: Database
    vault: Vault
    turns: Turns
    deliveries: Deliveries
    duties: Duties
    crowd: Crowd


@contextmanager
def staged(plan: Plan) -> Iterator[Stage]:
    """Yields the stage for that plan. Nothing of it is left afterwards, and nothing outside it is touched."""
    clock = MovableClock(plan.begins)
    now = milliseconds(plan.begins)
    flow = plan.flow
    database = Database("sqlite://")
    try:
        vault = database.transaction_now(lambda tx: open_vault(tx, secret_key="", folder=None, now_ms=now))
        database.transaction_now(lambda tx: flows.open_flow(tx, flow.flow, flow.version, plan.loaded.content, now))
        base = Catalogue(
            {}, {}, languages=plan.languages, consents=plan.consents, municipality=plan.municipality, contact=plan.contact,
            dated=False,
        )  # fmt: skip
        library = Library(base, build)
        database.transaction_now(library.renew)
        with TemporaryDirectory(prefix="minga-rehearsal-") as folder:
            crowd = Crowd(plan, clock, Attachments(Path(folder)))
            channels = {
                name: silent(
                    name, LOOKS[name], crowd.hear, plained=plan.plained, opens=name == "whatsapp" and bool(plan.openings)
                )
                for name in CHANNELS
            }
            deliveries = Deliveries(
                database,
                vault,
                channels,
                clock,
                openings={"whatsapp": Opening(plan.openings)} if plan.openings else {},
                paces=plan.paces,
                person_pace=plan.person_pace,
            )
            zone = clock.now().tzinfo
            assert zone is not None, "a clock tells a town's time"
            office = build_office(
                vault,
                database.identifiers,
                channels,
                plan.languages,
                zone,
                municipality=plan.municipality,
                contact=plan.contact,
            )
            turns = Turns(
                database, vault, library, channels, clock, queued=deliveries.wake, accepted=deliveries.accepted, office=office
            )
            duties = Duties(database, turns, clock, daily={})
            yield Stage(plan, clock, database, vault, turns, deliveries, duties, crowd)
    finally:
        database.close()


async def play(stage: Stage) -> None:
    """Plays until nobody has anything more to do, nothing waits to be sent and no timer is set; at most LONGEST."""
    clock, crowd = stage.clock, stage.crowd
    end = clock.now() + LONGEST
    crowd.gather()
    while True:
        due, again = await stage.duties.next_due(), stage.deliveries.again_at
        times = [time for time in (crowd.next_at(), due, again) if time is not None]
        if not times or (now := max(min(times), clock.now())) > end:
            return
        if again is not None and again <= clock.now():
            now = min([time for time in times if time > clock.now()], default=clock.now() + _LOOK)
        clock.set(now)
        for incoming in crowd.take(now):
            await stage.turns.handle(incoming)
        if due is not None and due <= now:
            await stage.duties.run_due()
        await stage.deliveries.run_due()


class Crowd:
    """The residents, and what each is about to do."""

    def __init__(self, plan: Plan, clock: MovableClock, attachments: Attachments) -> None:
        self._plan = plan
        self._clock = clock
        self._attachments = attachments
        now = plan.begins
        known = {node.name: guesses(node, plan.flow, now) for node in plan.flow.program if isinstance(node, Step)}
        self._town = Town(plan.flow, plan.mix, plan.languages, known, self._attach)
        self._people: list[Person] = []
        self._waiting: list[tuple[int, int, int, Start | Text | Press | Location | Media]] = []
        self._count = 0
        self._zone = plan.begins.tzinfo

    def gather(self) -> None:
        """Draws everybody, and when they begin: in waves, each of which ebbs away."""
        plan, mix = self._plan, self._plan.mix
        spoken = {code: share for code, share in mix.languages.items() if share} or {plan.flow.languages[0]: 1.0}
        for number in range(plan.people):
            chance = random.Random(f"{plan.seed}/{number}")  # noqa: S311 because it plays people
            channel = _drawn(mix.channels, chance)
            person = Person(self._town, channel, _drawn(spoken, chance), chance)
            self._people.append(person)
            wave = mix.within / mix.bursts
            after = wave * chance.randrange(mix.bursts) + min(wave * chance.expovariate(5), wave)
            words = plan.flow.words
            first = Text(words[0]) if words and channel != "telegram" else Start(plan.flow.flow)
            self._do(number, after, first)

    def hear(self, message: Outgoing) -> None:
        """Lets the person at that address react to a message that they have just got."""
        number = int(message.address.identifier)
        person = self._people[number]
        if message.step == "opening":  # a template asks for their word
            if person.gone and person.chance.random() * 100 < self._plan.mix.chances.come_back:
                self._do(number, self._plan.mix.pause, Text("ok"))
            return
        for delay, content in person.hear(message):
            self._do(number, delay, content)

    def next_at(self) -> datetime | None:
        """Returns when the next of them does something."""
        return moment(self._waiting[0][0], self._zone) if self._waiting else None

    def take(self, now: datetime) -> list[Incoming]:
        """Returns what is done by then, in its order."""
        taken: list[Incoming] = []
        until = milliseconds(now)
        while self._waiting and self._waiting[0][0] <= until:
            _, count, number, content = heapq.heappop(self._waiting)
            person = self._people[number]
            raw = content.text.encode() if isinstance(content, Text) else b" "
            address = Address(person.channel, str(number), "rehearsal")
            taken.append(Incoming(address, str(count), content, now, written_at=now, raw=raw, language=person.language))
        return taken

    def _do(self, number: int, after: timedelta, content: Start | Text | Press | Location | Media) -> None:
        self._count += 1
        heapq.heappush(self._waiting, (milliseconds(self._clock.now() + after), self._count, number, content))

    def _attach(self, kind: Kind) -> Media:
        """Returns an attachment of that kind, kept as a resident's would be."""
        types = {"image": "image/jpeg", "audio": "audio/ogg", "video": "video/mp4", "file": "application/pdf"}
        return self._attachments.keep(b"rehearsal", Media(kind, "", types[kind], "", 0, kind))


def _drawn(shares: Mapping[str, float], chance: random.Random) -> str:
    names: Sequence[str] = list(shares)
    return chance.choices(names, list(shares.values()))[0]
