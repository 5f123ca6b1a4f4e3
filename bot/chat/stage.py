"""What a chat is played on: a database in memory with that one flow open, or the configured one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.assembly import open_house
from bot.casework.files import StoredFiles
from bot.casework.notices import RequestDuties
from bot.channels.console import NAME, ConsoleChannel
from bot.chat.talk import Parts, ShiftedClock, Shown
from bot.clock import MovableClock, RealClock, milliseconds
from bot.delivery import Deliveries
from bot.engine.answers import Gazetteer
from bot.engine.build import build
from bot.engine.catalogue import Catalogue
from bot.engine.conversation import advance
from bot.engine.flow import ConsentText
from bot.engine.language import Language
from bot.engine.source import Loaded
from bot.settings import Settings
from bot.town_hall import build_office
from bot.turn import Library, Turns
from bot.turn.tools import Advance
from storage import flows
from storage.attachments import Attachments
from storage.database import Database
from storage.erasure_log import finish
from storage.vault import Vault, open_vault


@dataclass(frozen=True, slots=True)
class Scene:
    """How the chat is to be: the flow, who reads what, what the channel looks as, and the time it begins.

    `now` None lets the real clock run. `language` is the person's, None where the channel would not tell. `dated` says that the
    flows' own dates hold.
    """

    languages: Mapping[str, Language]
    zone: tzinfo
    look: str = NAME
    language: str | None = None
    now: datetime | None = None
    municipality: str = ""
    contact: str = ""
    dated: bool = False
    consents: Mapping[str, ConsentText] = field(default_factory=dict)
    places: Gazetteer = field(default_factory=Gazetteer)
    step: Advance = advance


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a chat is kept. `data` is MINGA_DATA, None for what is gone afterwards."""

    database: Database
    vault: Vault
    library: Library
    clock: MovableClock | ShiftedClock
    attachments: Attachments
    data: Path | None = None


def clock_of(scene: Scene) -> MovableClock | ShiftedClock:
    """Returns the scene's clock: standing still but for the player, or the real one, which the player may move ahead."""
    return ShiftedClock(RealClock(scene.zone)) if scene.now is None else MovableClock(scene.now)


@contextmanager
def in_memory(scene: Scene, loaded: Loaded, *beside: Loaded) -> Iterator[Parts]:
    """Yields what a chat of that flow needs, in a database and a folder that are gone afterwards: there it is open, and those
    beside it, alone.
    """
    flow = loaded.flow
    assert flow is not None
    clock = clock_of(scene)
    now = milliseconds(clock.now())
    database = Database("sqlite://")
    try:
        vault = database.transaction_now(lambda tx: open_vault(tx, secret_key="", folder=None, now_ms=now))
        for one in (loaded, *beside):
            assert one.flow is not None
            opening = partial(flows.open_flow, flow=one.flow.flow, version=one.flow.version, content=one.content, now=now)
            database.transaction_now(opening)
        library = Library(_catalogue(scene), build)
        database.transaction_now(library.renew)
        with TemporaryDirectory(prefix="minga-chat-") as folder:
            yield joined(scene, flow.flow, Kept(database, vault, library, clock, Attachments(Path(folder))))
    finally:
        database.close()


@contextmanager
def in_database(scene: Scene, loaded: Loaded, settings: Settings, person: str) -> Iterator[Parts]:
    """Yields what that person's chat needs, in the configured database.

    Where the flow is open there, the version that residents answer is played; else the file's, open in this process alone.
    Raises what `open_house` refuses.
    """
    flow = loaded.flow
    assert flow is not None
    with open_house(settings) as house:
        clock = clock_of(scene)
        now = milliseconds(house.clock.now())
        house.database.transaction_now(lambda tx: flows.register(tx, flow.flow, flow.version, loaded.content, now))
        base = replace(_catalogue(scene), flows={flow.version: flow}, open={flow.flow: flow.version})
        library = Library(base, build)
        house.database.transaction_now(library.renew)
        yield joined(
            scene, flow.flow, Kept(house.database, house.vault, library, clock, house.attachments, settings.data), person
        )


def _catalogue(scene: Scene) -> Catalogue:
    """Returns a catalogue without flows. Their dates do not count unless the scene says so: who plays them wants to see them."""
    return Catalogue(
        flows={}, open={}, languages=scene.languages, consents=scene.consents, municipality=scene.municipality,
        contact=scene.contact, dated=scene.dated, places=scene.places,
    )  # fmt: skip


def joined(scene: Scene, flow: str, house: Kept, person: str | None = None) -> Parts:
    """Returns the parts of a chat over what is kept, with the console as its only channel."""
    stored = StoredFiles(house.attachments, house.vault, house.clock.now)
    shown = Shown(stored.find)

    def console(identifier: str) -> ConsoleChannel:
        return ConsoleChannel(identifier, shown.show, look=scene.look, language=scene.language)

    # whoever talks, messages are shown here: the one channel of this process serves every person that it plays
    channels = {NAME: console(person or "")}
    zone = house.clock.now().tzinfo
    assert zone is not None, "a clock tells a town's time"
    office = build_office(
        house.vault, house.database.identifiers, channels, scene.languages, zone,
        folder=house.data, municipality=scene.municipality, contact=scene.contact,
    )  # fmt: skip
    deliveries = Deliveries(house.database, house.vault, channels, house.clock)
    turns = Turns(
        house.database,
        house.vault,
        house.library,
        channels,
        house.clock,
        erased=partial(finish, folder=house.data, attachments=house.attachments),
        accepted=deliveries.accepted,
        step=scene.step,
        office=office,
    )
    return Parts(
        flow, house.database, turns, deliveries, house.clock, shown, house.attachments, console, house.vault.find_key, person,
        requests=RequestDuties(house.database, office),
    )  # fmt: skip
