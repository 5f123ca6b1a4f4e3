"""A channel that sends nothing: what a real one would take goes to whoever plays the residents, counted as it is billed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.channels.abilities import Abilities
from bot.channels.channel import Never, Raw, Request, Sent, Status, UnparsableError
from bot.channels.economy import preview
from bot.vocabulary import Address, Incoming, Media, Outgoing

Hear = Callable[[Outgoing], None]


class SilentChannel:
    """Accepts every message at once, with the abilities of the channel whose name it bears."""

    secrets: frozenset[str] = frozenset()

    def __init__(self, name: str, abilities: Abilities, hear: Hear) -> None:
        self.name = name
        self._able = abilities
        self._hear = hear

    def abilities(self, address: Address) -> Abilities:  # noqa: ARG002 because the protocol asks by address
        """Returns the abilities of the channel that is played."""
        return self._able

    def verify(self, request: Request) -> bool:  # noqa: ARG002 because the protocol hands it in
        """Refuses every request: nobody reaches a rehearsal from outside."""
        return False

    def split(self, request: Request) -> list[Raw]:  # noqa: ARG002 because the protocol hands it in
        """Refuses. Raises UnparsableError."""
        raise UnparsableError("a rehearsal has no requests")

    def parse(self, raw: Raw) -> list[Incoming | Status]:  # noqa: ARG002 because the protocol hands it in
        """Refuses. Raises UnparsableError."""
        raise UnparsableError("a rehearsal has no requests")

    async def fetch(self, media: Media, limit: int) -> bytes:  # noqa: ARG002 because the protocol hands it in
        """Refuses: what residents send is kept already. Raises Never."""
        raise Never("file_missing")

    async def send(self, outgoing: Outgoing) -> Sent:
        """Hands the message to the resident."""
        self._hear(outgoing)
        by_part = self._able.charged == "segment"
        units = preview(outgoing.text, outgoing.language, self._able.plained).count if by_part else 1
        return Sent("", units)


class OpeningChannel(SilentChannel):
    """One that has an approved template to open a talk when the person wrote too long ago."""

    async def open_talk(self, address: Address, content_sid: str, variables: Mapping[str, str]) -> Sent:  # noqa: ARG002 because of the same
        """Hands the resident a message that asks for their word; it asks nothing that buttons answer."""
        self._hear(Outgoing(address, "", "opening", 0, "none"))
        return Sent("", 1)


def silent(name: str, abilities: Abilities, hear: Hear, *, plained: frozenset[str], opens: bool) -> SilentChannel:
    """Returns the channel of that name. `plained` are the languages whose SMS go in plain letters; `opens`: it has a template."""
    able = replace(abilities, plained=plained) if abilities.charged == "segment" else abilities
    return (OpeningChannel if opens else SilentChannel)(name, able, hear)
