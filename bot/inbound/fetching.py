"""Fetching: what a person attached is had from the provider and kept before the message that bore it is handled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot.channels.channel import Channel, Never, RetryLater, Status
from bot.vocabulary import Address, Incoming, Media
from storage.attachments import Attachments

_PAUSE = 0.5
"""Seconds before a provider that did not give the file is asked again."""


class Fetching:
    """Fetches attachments, each within so many seconds and in so many tries."""

    def __init__(self, attachments: Attachments, *, within: float, tries: int) -> None:
        self._attachments = attachments
        self._within = within
        self._tries = tries
        self._log = structlog.get_logger("minga.inbound")

    async def with_files(self, channel: Channel, said: Sequence[Incoming | Status]) -> list[Incoming | Status]:
        """Returns the same with every attachment fetched and kept; one that cannot be had stays without its sha256."""
        return [
            replace(one, content=await self._fetched(channel, one.address, one.content))
            if isinstance(one, Incoming) and isinstance(one.content, Media) and not one.content.sha256
            else one
            for one in said
        ]

    async def _fetched(self, channel: Channel, address: Address, media: Media) -> Media:
        limit = channel.abilities(address).media_in.get(media.kind, 0)
        if limit <= 0:
            return media
        try:
            async with asyncio.timeout(self._within):
                for left in reversed(range(self._tries)):
                    try:
                        content = await channel.fetch(media, limit)
                        return await asyncio.to_thread(self._attachments.keep, content, media)
                    except (RetryLater, OSError):
                        if left == 0:
                            raise
                        await asyncio.sleep(_PAUSE)
        except Exception as error:  # noqa: BLE001 because whatever is wrong with a file, the message that bore it is handled
            code = error.code if isinstance(error, Never | RetryLater) else type(error).__name__
            self._log.warning("file_not_fetched", channel=channel.name, kind=media.kind, error=code)
        return media
