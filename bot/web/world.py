"""What the pages need of the rest, in one frozen record: the assembly builds it, tests build their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.answering_back.answering import AnsweringBack
from bot.casework.office import Office
from bot.channels.simulator import SimulatorChannel
from bot.clock import Clock
from bot.codebooks import FoundBook, book_of
from bot.engine.catalogue import Catalogue
from bot.exporting.work import Exporting
from bot.inbound import Doors
from bot.web.audience import Audience
from bot.web.metrics import Handles, Metrics
from bot.web.shelf import Shelf
from storage.attachments import Attachments
from storage.database import Database
from storage.vault import Vault


@dataclass(frozen=True, slots=True)
class World:
    """The parts behind the pages.

    `catalogue` returns the engine's world as it is now; its languages are those of the pages. `run_duties` does what is due, by
    every contact's own clock. `migrated` tells whether the database's tables are this program's; it may block, and may raise.
    `simulated` says whether the simulator is served. `attachments` keeps the files that people send.
    `metrics_token` opens /metrics to other machines; empty: only this one may read it. `doors` are where providers come in.
    `office` is what casework works with; without it there is no desk. `mails` says whether a mail server is set.
    `exporting` makes the exports that the desk asks for; without it none can be asked for.
    `shelf` are the flow files, for the desk to open; without it only those that opened once are shown there.
    `answering` sends what is answered back; without it nothing is sent, only published.
    `shown` tells where a file lies that an open flow shows, by its version and name; it may block.
    `books` returns the book of themes that a flow is coded by.
    """

    database: Database
    vault: Vault
    turns: Handles
    catalogue: Callable[[], Catalogue]
    clock: Clock
    run_duties: Callable[[], Awaitable[object]]
    migrated: Callable[[], bool]
    metrics: Metrics
    audience: Audience
    simulator: SimulatorChannel
    attachments: Attachments
    simulated: bool = False
    metrics_token: str = ""
    doors: Doors | None = None
    office: Office | None = None
    mails: bool = False
    exporting: Exporting | None = None
    shelf: Shelf | None = None
    answering: AnsweringBack | None = None
    shown: Callable[[str, str], Path | None] = lambda _, __: None
    books: Callable[[str], FoundBook] = lambda flow: book_of(None, flow)


WORLD = web.AppKey("world", World)
