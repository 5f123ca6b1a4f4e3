"""A whole small town hall for the tests of the pages: real database, turns, delivery and duties, with flows of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from bot.casework.office import Office
from bot.channels.simulator import SimulatorChannel
from bot.clock import MovableClock, RealClock, milliseconds
from bot.delivery import Deliveries
from bot.duties import Duties
from bot.engine.build import build
from bot.engine.catalogue import Catalogue
from bot.engine.source import load
from bot.exporting.work import Exporting, in_a_process
from bot.flow_shelf import FlowShelf
from bot.requests.law import read_law
from bot.settings import Settings
from bot.translations import load_languages
from bot.turn import Library, Turns
from bot.web.audience import Audience
from bot.web.metrics import CountedChannel, CountedTurns, Metrics
from bot.web.world import World
from storage import flows, migrations
from storage.attachments import Attachments
from storage.database import Database
from storage.erasure import Erased
from storage.vault import open_vault

ROOT = Path(__file__).parents[2]
FLOWS = Path(__file__).parent / "flows"
SECRET = "a secret for tests, of more than thirty-two characters"
ZONE = ZoneInfo("America/Guayaquil")
LANGUAGES = load_languages(ROOT / "locales", only=("es", "en"))


@dataclass(frozen=True, slots=True)
class Town:
    """The world that the pages get, and what runs behind it."""

    world: World
    library: Library
    deliveries: Deliveries

    def but(self, **changes: Any) -> Town:
        """Returns the same town with something of its world changed."""
        return replace(self, world=replace(self.world, **changes))


@contextmanager
def town(
    url: str, folder: Path, *, now: datetime | None = None, simulated: bool = True, municipality: str = "Municipio de Pastaza"
) -> Iterator[Town]:
    """Yields a town over that database. `now` makes its clock stand still there."""
    database = Database(url)
    try:
        clock = RealClock(ZONE) if now is None else MovableClock(now)
        at = milliseconds(clock.now())
        vault = database.transaction_now(lambda tx: open_vault(tx, secret_key=SECRET, folder=None, now_ms=at))
        for file in sorted(FLOWS.glob("*.yaml")):
            loaded = load(file.read_text(encoding="utf-8"), str(file))
            flow = loaded.flow
            assert flow is not None, loaded.problems
            opened = (flow.flow, flow.version, loaded.content, at)
            database.transaction_now(lambda tx, opened=opened: flows.open_flow(tx, *opened))
        catalogue = Catalogue({}, {}, LANGUAGES, municipality=municipality, contact="Ventanilla 4, de lunes a viernes")
        library = Library(catalogue, build)
        database.transaction_now(library.renew)
        metrics, audience = Metrics(CollectorRegistry()), Audience()
        simulator = SimulatorChannel(audience.show)
        channels = {"simulator": CountedChannel(simulator, metrics)}
        deliveries = Deliveries(database, vault, channels, clock)
        attachments = Attachments(folder / "attachments")

        async def erased(gone: Erased) -> None:
            for reference in gone.references:
                await asyncio.to_thread(attachments.drop, reference)

        law, problems = read_law((ROOT / "law" / "law.yaml").read_text(encoding="utf-8"), "law.yaml")
        assert problems == ()
        office = Office(
            vault=vault,
            identifiers=database.identifiers,
            channels=channels,
            languages=LANGUAGES,
            law=law,
            zone=ZONE,
            municipality=municipality,
            contact=catalogue.contact,
        )
        turns = Turns(
            database, vault, library, channels, clock, queued=deliveries.wake, erased=erased, accepted=deliveries.accepted,
            office=office,
        )  # fmt: skip
        duties = Duties(database, turns, clock, daily={})
        world = World(
            database=database,
            vault=vault,
            turns=CountedTurns(turns, metrics),
            catalogue=lambda: library.catalogue,
            clock=clock,
            run_duties=duties.run_due,
            migrated=lambda: migrations.revision(url) == migrations.HEAD,
            metrics=metrics,
            audience=audience,
            simulator=simulator,
            attachments=attachments,
            office=office,
            exporting=Exporting(database, clock, in_a_process(url, SECRET), data=folder, zone=ZONE.key),
            shelf=FlowShelf([FLOWS], LANGUAGES, None, Settings(secret_key=SECRET, database_url=url)),
            simulated=simulated,
        )
        yield Town(world, library, deliveries)
    finally:
        database.close()
