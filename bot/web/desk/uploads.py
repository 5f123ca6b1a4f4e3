"""Files that staff send with a form: told by their content, kept once, and not lost when the form has to be sent again."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import orjson
from aiohttp import web
from multidict import MultiMapping

from bot.vocabulary import Media
from bot.web.desk import sniffing, words
from bot.web.desk.visit import Visit
from bot.web.pages import megabytes
from storage import media
from storage.statements import Transaction
from storage.vault import SealBroken

FIELD = "files"
KEPT = "kept_file"
MOST = 10
"""Files of one answer."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that lies in its place and waits to be referred to. `ticket` brings it back from a page, sealed for that subject."""

    media: Media
    ticket: str

    @property
    def size(self) -> str:
        """Returns how large it is, in words."""
        return words.size(self.media.size)


@dataclass(frozen=True, slots=True)
class Uploads:
    """What came with a form: the files that are taken, and why others are not, a line each."""

    files: tuple[Upload, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Returns (reference, name) of each."""
        return [(file.media.reference, file.media.name) for file in self.files]


NONE = Uploads()


async def read(visit: Visit, form: MultiMapping[str | bytes | bytearray | web.FileField], subject: str) -> Uploads:
    """Returns the files of a form about that subject: new ones, kept in their place now, and those that a page brings back."""
    files = [found for ticket in form.getall(KEPT, []) if (found := _brought(visit, str(ticket), subject)) is not None]
    problems: list[str] = []
    for field in form.getall(FIELD, []):
        if not isinstance(field, web.FileField) or not field.filename:
            continue
        content = await asyncio.to_thread(field.file.read, sniffing.LARGEST + 1)
        sort = sniffing.sort_of(content)
        if len(content) > sniffing.LARGEST:
            problems.append(visit.say("desk.file.too_large", name=field.filename, limit=megabytes(sniffing.LARGEST)))
        elif sort is None:
            problems.append(visit.say("desk.file.kind", name=field.filename))
        elif len(files) >= MOST:
            problems.append(visit.say("desk.file.too_many", name=field.filename, most=MOST))
        else:
            described = Media(sort.kind, "", sort.content_type, "", 0, name=sniffing.named(field.filename, sort))
            kept = await asyncio.to_thread(visit.world.attachments.keep, content, described)
            files.append(Upload(kept, _ticket(visit, kept, subject)))
    return Uploads(tuple(files), tuple(problems))


def note(tx: Transaction, files: Iterable[Upload], now: int) -> None:
    """Notes those files in the database: they are the town hall's, nobody's contact."""
    for file in files:
        media.keep(tx, file.media, contact=None, conversation=None, now=now)


def _ticket(visit: Visit, kept: Media, subject: str) -> str:
    sealed = visit.world.vault.seal(orjson.dumps(asdict(kept)), _context(subject))
    return base64.urlsafe_b64encode(sealed).decode()


def _brought(visit: Visit, ticket: str, subject: str) -> Upload | None:
    try:
        told = orjson.loads(visit.world.vault.open(base64.urlsafe_b64decode(ticket), _context(subject)))
    except (binascii.Error, ValueError, SealBroken):
        return None
    return Upload(Media(**told), ticket)


def _context(subject: str) -> str:
    return f"desk.file.{subject}"
