"""The only place that builds things: the database and its vault, the flows, the channels, the turns, the web.

`open_database` is for commands that only read, `open_house` for those that write, `assemble` for the server. Nothing here runs by
itself; whoever opens something closes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.clock import Clock, RealClock, milliseconds
from bot.codebooks import book_of
from bot.settings import Settings
from bot.translations import flow_texts, load_languages, load_places
from storage import flows, migrations
from storage.attachments import FOLDER, Attachments
from storage.database import Database
from storage.refusal import Refused
from storage.statements import Transaction
from storage.vault import Vault, open_vault

if TYPE_CHECKING:  # heavy, and needed by the server alone
    from aiohttp import web

    from bot.delivery import Deliveries
    from bot.duties import Duties
    from bot.engine.flow import Flow
    from bot.exporting.work import Exporting
    from bot.flow_files import FlowFiles
    from bot.housekeeping import Housekeeping
    from bot.mailing import Mailing
    from bot.prices import Prices
    from bot.providers import Inbound, Providers
    from bot.turn import Library

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "locales"
SHIPPED = ROOT / "flows"
"""The flows that ship; they lie beside the packages in a clone and in an installed wheel alike."""


class HouseRefused(Refused):
    """The house cannot be opened: no driver for the database, no folder for the data, nothing to read yet."""


@dataclass(frozen=True, slots=True)
class House:
    """What is kept, and what reads and seals it."""

    settings: Settings
    clock: Clock
    database: Database
    vault: Vault
    attachments: Attachments


@dataclass(frozen=True, slots=True)
class Engines:
    """What runs in a server, built and not yet started."""

    house: House
    files: FlowFiles
    library: Library
    deliveries: Deliveries
    duties: Duties
    keeping: Housekeeping
    providers: Providers
    inbound: Inbound
    mailing: Mailing
    exporting: Exporting
    app: web.Application


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Yields the database for reading, also where its secret key is lost; it must be there already.

    Raises HouseRefused "database.empty" or "database.no_driver", MigrationRefused.
    """
    _need_driver(settings)
    if migrations.revision(settings.database) is None:
        raise HouseRefused("database.empty", database=shown(settings))
    migrations.upgrade(settings.database)
    database = Database(settings.database, workers=1)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def open_house(settings: Settings, *, workers: int = 1) -> Iterator[House]:
    """Yields the house; the data folder, the tables and the keys are made where they are missing and nothing can be lost by it.

    Raises HouseRefused "database.folder" or "database.no_driver", MigrationRefused, KeyRefused.
    """
    _need_driver(settings)
    _make_folders(settings)
    migrations.upgrade(settings.database)
    clock = RealClock(settings.zone)
    database = Database(settings.database, workers=workers)
    try:
        key, now = settings.secret_key.get_secret_value(), milliseconds(clock.now())
        vault = database.transaction_now(lambda tx: open_vault(tx, secret_key=key, folder=settings.data, now_ms=now))
        yield House(settings, clock, database, vault, Attachments(settings.data / FOLDER))
    finally:
        database.close()


def flow_files(settings: Settings) -> FlowFiles:
    """Returns what the flow files say that ship and that are the municipality's own."""
    from bot.flow_files import find, read

    folders = [SHIPPED, settings.flows]
    files = list(find(folders).values())
    languages, translate = load_languages(LOCALES), flow_texts(LOCALES)
    return read(files, beside=folders, languages=languages, translate=translate, together=False, plained=settings.plained)


def open_shipped(house: House, files: FlowFiles) -> tuple[str, ...]:
    """Opens the flows that ship where nothing was ever opened, on SQLite; returns their names.

    So `make run` shows something to answer. A server's database belongs to somebody who decides that for themselves.
    """
    now = milliseconds(house.clock.now())
    shipped = [loaded for name, loaded in files.good.items() if files.files[name].parent == SHIPPED]

    def work(tx: Transaction) -> tuple[str, ...]:
        if tx.dialect != "sqlite" or any(row.state != "draft" for row in flows.listed(tx)):
            return ()
        opened = [(loaded.flow, loaded.content) for loaded in shipped if loaded.flow is not None]
        for flow, content in opened:
            flows.open_flow(tx, flow.flow, flow.version, content, now)
        return tuple(flow.flow for flow, _ in opened)

    return house.database.transaction_now(work)


def assemble(house: House) -> Engines:
    """Returns everything that a server runs, over that house. Raises FileRefused, LawRefused, ProviderRefused, SpoolRefused."""
    from prometheus_client import CollectorRegistry

    from bot.answering_back.answering import AnsweringBack
    from bot.answering_back.owing import OwedUpdates
    from bot.campaigns.campaigns import Campaigns
    from bot.casework.files import StoredFiles, is_stored
    from bot.casework.notices import RequestDuties
    from bot.casework.waiting import Waiting
    from bot.channels.simulator import SimulatorChannel
    from bot.delivery import Deliveries, Opening, Pricing
    from bot.digest.sending import Digests
    from bot.duties import Duties
    from bot.engine.build import build
    from bot.engine.catalogue import Catalogue
    from bot.exporting.work import Exporting, in_a_process
    from bot.flow_shelf import FlowShelf
    from bot.housekeeping import Housekeeping
    from bot.inbound import Ingest
    from bot.mail_server import read_server
    from bot.mailing import Mailing
    from bot.providers import TWILIOS, build_channels, open_doors, open_spool
    from bot.showing import Showing
    from bot.town_hall import build_office
    from bot.turn import Library, Turns
    from bot.web.app import build_app
    from bot.web.audience import Audience
    from bot.web.metrics import CountedChannel, CountedTurns, Metrics
    from bot.web.world import World
    from storage.erasure_log import finish

    settings, database, clock = house.settings, house.database, house.clock
    files = flow_files(settings)
    open_shipped(house, files)
    languages = load_languages(LOCALES)
    library = Library(
        Catalogue(
            flows={},
            open={},
            languages=languages,
            places=load_places(LOCALES),
            consents=files.consents,
            municipality=settings.municipality,
            contact=settings.contact,
        ),
        build,
    )
    database.transaction_now(library.renew)
    metrics, audience = Metrics(CollectorRegistry()), Audience()
    simulator = SimulatorChannel(audience.show)
    showing = Showing([SHIPPED, settings.flows], lambda: library.catalogue)
    stored = StoredFiles(house.attachments, house.vault, clock.now)
    providers = build_channels(settings, languages, database, clock, showing, stored)
    real = providers.channels
    channels = {channel.name: CountedChannel(channel, metrics) for channel in (simulator, *real.values())}
    deliveries = Deliveries(
        database,
        house.vault,
        channels,
        clock,
        openings={"whatsapp": Opening(settings.openings)} if settings.openings else {},
        paces={"telegram": settings.telegram_pace, "whatsapp": settings.whatsapp_pace, "sms": settings.sms_pace},
        person_pace=settings.person_pace,
        alone=not settings.server,
    )
    office = build_office(
        house.vault,
        database.identifiers,
        channels,
        languages,
        settings.zone,
        folder=settings.data,
        municipality=settings.municipality,
        contact=settings.contact,
        public_url=settings.public_url,
    )
    turns = Turns(
        database,
        house.vault,
        library,
        channels,
        clock,
        queued=deliveries.wake,
        erased=partial(finish, folder=settings.data, attachments=house.attachments),
        accepted=deliveries.accepted,
        office=office,
    )
    keeping = Housekeeping(database, settings.data, house.attachments, settings.raw_days, lambda: library.catalogue)
    reaching = Campaigns(database, house.vault, clock, channels)
    answering = AnsweringBack(
        database,
        reaching,
        channels,
        clock,
        lambda: library.catalogue,
        public_url=settings.public_url,
        prices=partial(_prices, settings),
        plained=settings.plained,
    )
    cases = RequestDuties(database, office)
    mailing = Mailing(database, house.vault, clock, read_server(settings.smtp_url.get_secret_value()), settings.mail_from)
    exporting = Exporting(
        database,
        clock,
        in_a_process(settings.database, settings.secret_key.get_secret_value()),
        data=settings.data,
        zone=str(settings.zone),
        publisher=settings.municipality,
        public_url=settings.public_url,
    )
    duties = Duties(
        database,
        turns,
        clock,
        daily={**keeping.daily, "prices": Pricing(database, channels).ask},
        often={
            "quiet_campaigns": lambda now: reaching.keep_quiet(partial(_begun, library, now)),
            "answers_back": answering.look,
            "requests": cases.look_now_and_then,
            "commitments": OwedUpdates(database, office).look_now_and_then,
            "talks": Waiting(database, office).look_now_and_then,
            "digests": Digests(database, office, mails=bool(settings.smtp_url.get_secret_value())).look_now_and_then,
        },
    )
    counted = CountedTurns(turns, metrics)
    spool = open_spool(settings, house.vault)
    ingest = Ingest(
        database,
        house.vault,
        counted,
        house.attachments,
        clock,
        statuses=deliveries.heard,
        spool=spool,
        spooled=TWILIOS,
        count=metrics.turned,
    )
    inbound = open_doors(settings, providers, ingest, spool, database, clock, languages)
    app = build_app(
        World(
            database=database,
            vault=house.vault,
            turns=counted,
            catalogue=lambda: library.catalogue,
            clock=clock,
            run_duties=duties.run_due,
            migrated=lambda: migrations.revision(settings.database) == migrations.HEAD,
            metrics=metrics,
            audience=audience,
            simulator=simulator,
            attachments=house.attachments,
            simulated=settings.simulated,
            metrics_token=settings.metrics_token.get_secret_value(),
            doors=inbound.doors,
            office=office,
            exporting=exporting,
            mails=bool(settings.smtp_url.get_secret_value()),
            shelf=FlowShelf([SHIPPED, settings.flows], languages, flow_texts(LOCALES), settings),
            answering=answering,
            shown=lambda version, name: stored.at(version) if is_stored(version) else showing.at(version, name),
            books=partial(book_of, settings.data),
        )
    )
    return Engines(house, files, library, deliveries, duties, keeping, providers, inbound, mailing, exporting, app)


def _begun(library: Library, now: datetime, flow: str) -> Flow | None:
    """Returns that flow if people can begin it now."""
    from bot.engine.availability import availability

    found = library.catalogue.current(flow)
    return found if found is not None and availability(library.catalogue, found, now) == "open" else None


def _prices(settings: Settings) -> Prices:
    """Returns the prices that hold: the municipality's own, else those that ship."""
    from bot.flow_files import PRICES
    from bot.prices import load_prices

    file = next(folder / PRICES for folder in (settings.flows, SHIPPED) if (folder / PRICES).is_file())
    return load_prices(file.read_bytes(), str(file))[0]


def shown(settings: Settings) -> str:
    """Returns the database's address as it may be shown: without the password."""
    scheme, _, rest = settings.database.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _need_driver(settings: Settings) -> None:
    if settings.database.startswith("sqlite"):
        return
    try:
        import psycopg  # noqa: F401 because only whether it is there matters
    except ImportError as error:
        raise HouseRefused("database.no_driver") from error


def _make_folders(settings: Settings) -> None:
    folders = [settings.data]
    if settings.database.startswith("sqlite") and not migrations.in_memory(settings.database):
        folders.append(migrations.sqlite_path(settings.database).parent)
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise HouseRefused("database.folder", folder=folder, error=error.strerror) from error
