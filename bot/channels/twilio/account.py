"""One account of Twilio: its client over our transport, and what both channels ask of it.

Twilio takes no key that would make a repeated send harmless. So a send whose fate is unknown is looked for among the messages to
that person, at once and once more before the next try; only when Twilio says that there is none is it sent again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList

from bot.channels.channel import FateUnknown, Never, RetryLater, SendError
from bot.channels.twilio.codes import meaning
from bot.channels.twilio.contents import Filled
from bot.channels.twilio.transport import Transport

_RECENT = 5000
_LOOKS = (1.0, 2.0)
"""Seconds to wait before each look for a message whose fate is unknown: it may still be on its way into Twilio's list."""
_LOOK = 3.0
"""How many seconds one look may take."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account. `api_url` is set where the API is not at twilio.com, `callback_url` is where statuses are posted to."""

    sid: str
    token: str = field(repr=False)
    api_url: str = ""
    callback_url: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message for Twilio: to whom, from which sender of ours, and either a text, with attachments by address, or a template.

    `variables` are the template's, as JSON.
    """

    to: str
    sender: str
    body: str = ""
    media: tuple[str, ...] = ()
    content_sid: str = ""
    variables: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What Twilio made of it. `segments` is 0 while Twilio does not know."""

    sid: str
    segments: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What a message cost: `units` segments or messages, `price` in `currency` (None while Twilio does not know it)."""

    units: int
    price: float | None
    currency: str
    status: str
    error: str


class TwilioApi:
    """Talks to Twilio for both channels. Whoever builds it closes it."""

    def __init__(
        self,
        account: Account,
        now: Callable[[], datetime],
        transport: Transport | None = None,
        *,
        looks: tuple[float, ...] = _LOOKS,
    ) -> None:
        """`now` is the real time, aware: Twilio's own is compared with it."""
        self.account = account
        self._now = now
        self.transport = transport or Transport(account.api_url)
        self.client = Client(account.sid, account.token, http_client=self.transport)
        self._looks = looks
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._open: OrderedDict[Message, datetime] = OrderedDict()

    @property
    def secrets(self) -> frozenset[str]:
        """Returns what no log may show."""
        return frozenset({self.account.token} - {""})

    async def close(self) -> None:
        """Closes the connections."""
        await self.transport.close()

    async def send(self, message: Message) -> Accepted:
        """Sends it once. Raises SendError in one of its forms.

        Where it stayed open whether Twilio took it, the next call for the same message asks before it sends.
        """
        began = self._now()
        since = self._open.get(message)
        if since is not None:
            found = await self._found(message, since)
            del self._open[message]
            if found is not None:
                return found
        try:
            return self._accepted(await self._create(message))
        except FateUnknown as unknown:
            return await self._look(message, began, unknown)

    async def find(self, message: Message, since: datetime) -> Accepted | None:
        """Returns a message like this one that Twilio took since then and that no `send` returned; None if there is none.

        Raises SendError where Twilio does not tell.
        """
        listing = self.client.messages
        sides = {"to": message.to, "from_": message.sender}
        day = since.astimezone(UTC).date().isoformat()
        for narrowed in (sides | {"date_sent_after": day}, sides):
            # one that waits in the queue was not sent yet and may be missing from the first list
            found = await _asked(listing.list_async(**narrowed, limit=50, page_size=50))
            for candidate in found:
                if self._same(candidate, message, since):
                    return self._accepted(candidate)
        return None

    async def make(self, filled: Filled) -> str:
        """Makes the content template and returns its identifier. Raises SendError."""
        wanted = ContentList.ContentCreateRequest(
            {
                "friendly_name": "minga " + filled.shape,
                "language": "es",
                "variables": dict.fromkeys(filled.variables, "…"),
                "types": dict(filled.types),
            }
        )
        made = await _asked(self.client.content.v1.contents.create_async(wanted))
        if not made.sid:
            raise FateUnknown("no_sid")
        return str(made.sid)

    async def bill(self, sid: str) -> Bill:
        """Returns what that message cost, as far as Twilio knows by now. Raises SendError."""
        got = await _asked(self.client.messages(sid).fetch_async())
        price = None if got.price is None else abs(float(got.price))
        return Bill(_count(got.num_segments), price, got.price_unit or "", got.status or "", str(got.error_code or ""))

    async def _create(self, message: Message) -> Any:
        wanted: dict[str, object] = {"to": message.to}
        wanted["messaging_service_sid" if message.sender.startswith("MG") else "from_"] = message.sender
        if message.content_sid:
            wanted["content_sid"] = message.content_sid
            if message.variables:
                wanted["content_variables"] = message.variables
        elif message.body:
            wanted["body"] = message.body
        if message.media:
            wanted["media_url"] = list(message.media)
        if self.account.callback_url:
            wanted["status_callback"] = self.account.callback_url
        return await _asked(self.client.messages.create_async(**wanted))

    async def _look(self, message: Message, began: datetime, unknown: FateUnknown) -> Accepted:
        code = "looked_up"
        for wait in self._looks:
            await asyncio.sleep(wait)
            try:
                found = await self._found(message, began)
            except SendError:
                code = "fate_unknown"
                break
            if found is not None:
                return found
        # also where it was not found: what Twilio was slow to take may stand in its list by the next try
        self._open[message] = began
        if len(self._open) > _RECENT:
            self._open.popitem(last=False)
        raise RetryLater(f"{code} {unknown.code}")

    async def _found(self, message: Message, since: datetime) -> Accepted | None:
        """Returns what `find` does. Raises RetryLater or another refusal: that a look failed says nothing of the message."""
        try:
            async with asyncio.timeout(_LOOK):
                return await self.find(message, since)
        except (FateUnknown, TimeoutError):
            raise RetryLater("fate_unknown") from None

    def _accepted(self, got: Any) -> Accepted:
        if not got.sid:
            raise FateUnknown("no_sid")
        sid = str(got.sid)
        self._recent[sid] = None
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)
        return Accepted(sid, _count(got.num_segments))

    def _same(self, candidate: Any, message: Message, since: datetime) -> bool:
        made = candidate.date_created
        return (
            not str(candidate.direction).startswith("inbound")
            and candidate.sid not in self._recent
            and candidate.to == message.to
            # Twilio's times are whole seconds, and its clock is not ours
            and (made is None or made.replace(tzinfo=made.tzinfo or UTC) >= since - timedelta(seconds=5))
            and (bool(message.content_sid) or (candidate.body or "").strip() == message.body.strip())
        )


async def _asked(call: Any) -> Any:
    """Returns what the SDK's call returns. Raises SendError; FateUnknown for an answer that makes no sense."""
    try:
        return await call
    except TwilioRestException as error:
        code = error.code if isinstance(error.code, int) else error.status
        raise _refused(code, error.status) from None  # the SDK's text may quote what was sent
    except TwilioServiceException as error:
        raise _refused(error.code, error.status) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FateUnknown(f"answer {type(error).__name__}") from None


def _refused(code: object, status: int) -> SendError:
    number = code if isinstance(code, int) else 0
    return meaning(number, status)(str(number or f"http_{status}")) if number or status else Never("refused")


def _count(number: object) -> int:
    text = str(number or "0")
    return int(text) if text.isdecimal() else 0
