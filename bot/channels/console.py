"""The terminal as a channel: one person, whose messages are handed to whoever shows them. It may look as another channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import orjson

from bot.channels.abilities import LOOKS, Abilities
from bot.channels.channel import Never, Raw, Request, Sent, Status, UnparsableError
from bot.channels.local import read
from bot.vocabulary import Address, Incoming, Media, Outgoing

NAME = "console"


class ConsoleChannel:
    """Shows each message by calling `show`; accepts it at once. Events are JSON lines of `bot.channels.local`."""

    name = NAME
    secrets: frozenset[str] = frozenset()

    def __init__(self, person: str, show: Callable[[Outgoing], None], *, look: str = NAME, language: str | None = None) -> None:
        """`person` is the identifier of the one who types, `look` one of LOOKS. Raises KeyError for another look."""
        self._address = Address(NAME, person)
        self._show = show
        self._abilities = LOOKS[look]
        self._language = language

    @property
    def address(self) -> Address:
        """Returns the address of the one who types."""
        return self._address

    def abilities(self, address: Address) -> Abilities:  # noqa: ARG002 because the protocol asks by address
        """Returns the abilities of what it looks as."""
        return self._abilities

    def verify(self, request: Request) -> bool:  # noqa: ARG002 because the protocol hands it in
        """Refuses every request: nobody reaches a terminal by the web."""
        return False

    def split(self, request: Request) -> list[Raw]:  # noqa: ARG002 because the protocol hands it in
        """Refuses: a terminal has lines, no requests. Raises UnparsableError."""
        raise UnparsableError("a console has no requests")

    def parse(self, raw: Raw) -> list[Incoming | Status]:
        """Returns the one thing that the person did. Raises UnparsableError."""
        try:
            event = orjson.loads(raw.body)
        except orjson.JSONDecodeError as error:
            raise UnparsableError("not JSON") from error
        content = read(event)
        return [
            Incoming(
                self._address,
                raw.event,
                content,
                raw.received_at,
                written_at=raw.received_at,
                raw=raw.body,
                language=self._language,
                test=True,
            )
        ]

    async def fetch(self, media: Media, limit: int) -> bytes:
        """Returns the content of the file that was named. Raises Never if it is missing, unreadable or larger than `limit`."""
        return await asyncio.to_thread(_content, Path(media.reference), limit)

    async def send(self, outgoing: Outgoing) -> Sent:
        """Shows the message."""
        self._show(outgoing)
        return Sent(provider_id="")


def _content(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise Never("file_missing") from error
    if len(content) > limit:
        raise Never("file_too_large")
    return content
