"""What WhatsApp and SMS have in common: how requests are verified and read, how attachments come, how a text is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from bot.channels.abilities import Abilities
from bot.channels.channel import Bill, Never, Raw, Request, RetryLater, SendError, Sent, Status
from bot.channels.rendering import split as pieces
from bot.channels.twilio import wire
from bot.channels.twilio.account import Accepted, Message, TwilioApi
from bot.channels.twilio.codes import meaning
from bot.channels.twilio.signature import genuine
from bot.vocabulary import Address, Incoming, Media, Outgoing

_REDIRECTS = 4
_FETCH = 20.0
"""For how many seconds an attachment is fetched at most."""


class TwilioChannel:
    """One of the two channels of an account."""

    name: wire.Name

    def __init__(
        self,
        api: TwilioApi,
        able: Abilities,
        *,
        senders: Mapping[str, Abilities] = MappingProxyType({}),
        publish: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """`able` is what the channel can do, `senders` says otherwise for some of our senders.

        `publish` returns the public address of a file of the flows' folder, None where there is none.
        """
        self._api = api
        self._able = able
        self._senders = senders
        self._publish = publish

    @property
    def secrets(self) -> frozenset[str]:
        """Returns what no log may show."""
        return self._api.secrets

    def abilities(self, address: Address) -> Abilities:
        """Returns what can be sent to that address: our sender decides."""
        return self._senders.get(address.account, self._able)

    def verify(self, request: Request) -> bool:
        """Tells whether Twilio signed the request for its public address. Never raises."""
        return genuine(self._api.account.token, request.url, request.headers, request.body)

    def split(self, request: Request) -> list[Raw]:
        """Returns the one event of the request. Raises UnparsableError."""
        return wire.split(request)

    def parse(self, raw: Raw) -> list[Incoming | Status]:
        """Returns what the event says. Raises UnparsableError, also for an event of the other channel."""
        return wire.parse(raw, self.name)

    def explain(self, code: str) -> SendError:
        """Returns what the error code of a later status means: the error that the sending would have raised."""
        return meaning(code)(code)

    async def bill(self, provider_id: str) -> Bill:
        """Returns what that message cost, as far as Twilio knows by now. Raises SendError."""
        return await self._api.bill(provider_id)

    async def fetch(self, media: Media, limit: int) -> bytes:
        """Returns an attachment's content. Raises RetryLater, or Never if it is gone, larger, or nowhere Twilio keeps such.

        The account's token is shown to Twilio alone, not to where it sends us on.
        """
        transport = self._api.transport
        url = transport.place(media.reference)
        if not transport.trusted(url):
            raise Never("file_elsewhere")
        try:
            async with asyncio.timeout(_FETCH):
                return await self._fetched(url, limit)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RetryLater("file_unreachable") from error

    async def _fetched(self, url: str, limit: int) -> bytes:
        transport, account = self._api.transport, self._api.account
        for _ in range(_REDIRECTS):
            known = transport.trusted(url)
            auth = {"Authorization": aiohttp.encode_basic_auth(account.sid, account.token)} if known else {}
            async with transport.session().get(URL(url, encoded=True), headers=auth, allow_redirects=False) as answer:
                if answer.status in {301, 302, 303, 307, 308}:
                    url = _onward(url, answer.headers.get("Location", ""))
                    continue
                if answer.status in {401, 429} or answer.status >= 500:
                    raise RetryLater(f"file_{answer.status}")
                if answer.status != 200:
                    raise Never("file_missing")
                return await _bounded(answer, limit)
        raise Never("file_elsewhere")

    def _public(self, outgoing: Outgoing) -> list[str]:
        found = [self._publish(name) for name in outgoing.media.values()]
        return [url for url in found if url]

    async def _texts(self, to: str, sender: str, text: str, media: tuple[str, ...] = ()) -> list[Accepted]:
        """Sends a text, in as many messages as it needs; attachments go with the first."""
        return [
            await self._api.send(Message(to, sender, piece, media if place == 0 else ()))
            for place, piece in enumerate(self._pieces(text))
        ]

    def _pieces(self, text: str) -> tuple[str, ...]:
        limit = self._able.text
        return (text,) if self._able.length(text) <= limit else pieces(text, limit, self._able.length)


def sent(accepted: list[Accepted], units: int) -> Sent:
    """Returns what is kept of what was accepted: the last message's identifier."""
    return Sent(accepted[-1].sid, units)


def _onward(url: str, location: str) -> str:
    try:
        onward = urljoin(url, location)
        # where a local API stands in for Twilio's there is no https
        allowed = bool(location) and urlsplit(onward).scheme in {"https", urlsplit(url).scheme}
    except ValueError:
        allowed = False
    if not allowed:
        raise Never("file_elsewhere")
    return onward


async def _bounded(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > limit:
            raise Never("file_too_large")
    return bytes(content)
