"""What is done once a day for the sake of those who answered: emptying what was kept long enough, finishing erasures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

import structlog
from sqlalchemy import Connection, text

from bot.clock import milliseconds
from bot.duties import Work
from bot.engine.build import build
from bot.engine.catalogue import Catalogue
from storage import staff, throttle
from storage.attachments import Attachments
from storage.database import Database
from storage.erasure_log import drop_files, tidy
from storage.retention import Terms, retain, terms_of

_VERSIONS = text("SELECT version, content FROM flow_version")


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """Keeps the promises of consent texts and of MINGA_RAW_DAYS (`raw_days`), in the data folder and its attachments."""

    database: Database
    folder: Path
    attachments: Attachments
    raw_days: int
    catalogue: Callable[[], Catalogue]

    @property
    def daily(self) -> Mapping[str, Work]:
        """Returns the duties by their names, which stand in the table of duties."""
        return {"retention": self.retain, "erasures": self.tidy}

    async def retain(self, now: datetime) -> None:
        """Empties what was kept long enough: see storage.retention."""
        terms = await self.database.read(lambda connection: _terms(connection, now.tzinfo))
        days = {name: consent.days for name, consent in self.catalogue().consents.items()}
        done = await retain(self.database, raw_days=self.raw_days, terms=terms.__getitem__, days=days, now_ms=milliseconds(now))
        await asyncio.to_thread(drop_files, self.attachments, done.references)
        structlog.get_logger("minga.housekeeping").info("retained", texts=done.texts, answers=done.answers)

    async def tidy(self, now: datetime) -> None:
        """Finishes what erasures left to be done (see storage.erasure_log), and empties the log of the database of them.

        Tries and links whose time is over are forgotten.
        """
        day_ago = milliseconds(now) - 24 * 3600 * 1000
        await self.database.transaction(lambda tx: (throttle.forget(tx, day_ago), staff.forget(tx, milliseconds(now))))
        await asyncio.to_thread(self.database.empty_log)
        done = await tidy(self.database, folder=self.folder, attachments=self.attachments, now=now)
        if done.logged or done.contacts or done.files:
            structlog.get_logger("minga.housekeeping").info(
                "tidied", logged=done.logged, contacts=done.contacts, files=done.files
            )


def _terms(connection: Connection, zone: tzinfo | None) -> dict[str, Terms]:
    assert zone is not None, "the clock tells the municipality's time"
    return {version: terms_of(build(content), zone) for version, content in connection.execute(_VERSIONS)}
