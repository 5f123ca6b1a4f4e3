"""Fetching what links lead to, because an official asked for it: within bounds of time and size, and never by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

import aiohttp

from bot.documents.found import LARGEST, LONGEST, Found
from bot.documents.texts import READERS

SECONDS = 30
"""How long one document may take."""

AT_ONCE = 4

_ENDINGS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}


@dataclass(frozen=True, slots=True)
class Missed:
    """A document whose text could not be fetched. `why` is a key of `documents.missed.…`, `detail` what it was."""

    document: Found
    why: str
    detail: str = ""


async def fetch(documents: Iterable[Found]) -> tuple[list[Found], list[Missed]]:
    """Returns the documents, those that had a link and no text with the text that lies there; and those that could not be had."""
    missed: list[Missed] = []
    gate = asyncio.Semaphore(AT_ONCE)
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": "minga"}) as session:

        async def one(document: Found) -> Found:
            if not document.link or document.text:
                return document
            async with gate:
                try:
                    return await _fetched(session, document)
                except _Refused as refused:
                    missed.append(Missed(document, refused.why, refused.detail))
                except TimeoutError:
                    missed.append(Missed(document, "slow", str(SECONDS)))
                except (aiohttp.ClientError, OSError, ValueError) as error:
                    missed.append(Missed(document, "unreachable", type(error).__name__))
            return document

        return list(await asyncio.gather(*map(one, documents))), missed


class _Refused(Exception):  # noqa: N818 because nothing is broken: that is not taken
    def __init__(self, why: str, detail: str) -> None:
        super().__init__(why)
        self.why = why
        self.detail = detail


async def _fetched(session: aiohttp.ClientSession, document: Found) -> Found:
    async with session.get(document.link, max_redirects=5) as answer:
        if answer.status != 200:
            raise _Refused("status", str(answer.status))
        ending = _ENDINGS.get(answer.content_type)
        if ending is None:
            raise _Refused("kind", answer.content_type)
        content = bytearray()
        async for piece in answer.content.iter_chunked(65_536):
            content += piece
            if len(content) > LARGEST:
                raise _Refused("large", str(LARGEST // 1024 // 1024))
    told = await asyncio.to_thread(READERS[ending], bytes(content))
    if not told.text.strip():
        raise _Refused("empty", answer.content_type)
    text = told.text.replace("\x00", "")[:LONGEST]
    return replace(document, title=document.title or told.title, text=text)
