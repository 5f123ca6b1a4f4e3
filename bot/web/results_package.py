"""The open data of released results: made once, when staff prepare the release, and kept as a file."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bot.links import results as results_page
from bot.reports.rows import Selection
from bot.vocabulary import Media
from storage import media
from storage.export import Wanted
from storage.open_data import Publishing, write_package

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.web.desk.visit import Visit


async def make(visit: Visit, flow: str) -> str:
    """Returns the reference of the package of a flow, kept among the attachments.

    Raises ExportRefused where too few people are left in it for anybody to be hidden, as `minga export --format package` does.
    """
    office, now = visit.office, visit.world.clock.now()

    def work(connection: Connection) -> bytes:
        with tempfile.TemporaryDirectory(prefix="minga-package-") as folder:
            wanted = Wanted(flow, "csv", Path(folder), Selection(), now, office.language("es"), office.languages)
            page = results_page(office.public_url, flow) if office.public_url else ""
            publishing = Publishing(office.municipality, page=page, download=f"{page}/datos.zip" if page else "")
            made = write_package(connection, wanted, publishing)
            return made.exported.files[0].path.read_bytes()

    content = await visit.world.database.read(work)
    about = Media("file", "", "application/zip", "", 0, name=f"{flow}.zip")
    kept = await asyncio.to_thread(visit.world.attachments.keep, content, about)
    await visit.write(lambda tx: media.keep(tx, kept, contact=None, conversation=None, now=visit.now))
    return kept.reference
