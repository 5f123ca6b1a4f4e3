"""One account of Twilio: its client over our transport, and what both channels ask of it.

Twilio takes no key that would make a repeated send harmless. So a send whose fate is unknown says so, and whoever sends again
looks first for it among the messages to that person.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import orjson
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList

from bot.channels.channel import Bill, FateUnknown, Never, SendError
from bot.channels.twilio.codes import meaning
from bot.channels.twilio.contents import Filled
from bot.channels.twilio.transport import Transport

_FORM = (
    "Authorization: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nAccept: application/json\r\nUser-Agent: minga\r\n"
)
_REFUSED = 400
"""From this HTTP status on an answer is a refusal."""
_RECENT = 5000
"""How many of our messages are remembered, so that they are not taken for one that is looked for."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account. `api_url` is set where the API is not at twilio.com, `callback_url` is where statuses are posted to.

    `messaging_service` (MG…) is the Messaging Service that SMS go through, with our number as the sender wished for.
    """

    sid: str
    token: str = field(repr=False)
    api_url: str = ""
    callback_url: str = ""
    messaging_service: str = ""


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
class Standing:
    """How an account stands: its name, whether it is in service, and whether it is on trial (it reaches known numbers only)."""

    name: str
    active: bool
    trial: bool


class TwilioApi:
    """Talks to Twilio for both channels. Whoever builds it closes it."""

    def __init__(self, account: Account, transport: Transport | None = None) -> None:
        self.account = account
        self.transport = transport or Transport(account.api_url)
        self.client = Client(account.sid, account.token, http_client=self.transport)
        self._messages = f"/2010-04-01/Accounts/{quote(account.sid)}/Messages.json"
        self._headers = _FORM.format(aiohttp.encode_basic_auth(account.sid, account.token))
        self._recent: OrderedDict[str, None] = OrderedDict()

    @property
    def secrets(self) -> frozenset[str]:
        """Returns what no log may show."""
        return frozenset({self.account.token} - {""})

    async def close(self) -> None:
        """Closes the connections."""
        await self.transport.close()

    async def send(self, message: Message) -> Accepted:
        """Sends it once. Raises SendError; FateUnknown where Twilio may have taken it all the same."""
        told = await self._create(message)
        return self._accepted(told.get("sid"), told.get("num_segments"))

    async def find(self, to: str, sender: str, bodies: Container[str] | None, since: datetime) -> Accepted | None:
        """Returns a message between these two that Twilio took since then and that no `send` returned; None if there is none.

        `bodies` are the texts it may have; None for any, since a template's may be told otherwise than it was filled.
        Raises SendError where Twilio does not tell.
        """
        sides = {"to": to} if sender.startswith("MG") else {"to": to, "from_": sender}
        day = since.astimezone(UTC).date().isoformat()
        for narrowed in (sides | {"date_sent_after": day}, sides):
            # one that waits in the queue was not sent yet and may be missing from the first list
            for candidate in await asked(self.client.messages.list_async(**narrowed, limit=50, page_size=50)):
                known = str(candidate.direction).startswith("inbound") or candidate.sid in self._recent
                if known or candidate.to != to or not _since(candidate.date_created, since):
                    continue
                if bodies is None or (candidate.body or "").strip() in bodies:
                    return self._accepted(candidate.sid, candidate.num_segments)
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
        made = await asked(self.client.content.v1.contents.create_async(wanted))
        if not made.sid:
            raise FateUnknown("no_sid")
        return str(made.sid)

    async def bill(self, sid: str) -> Bill:
        """Returns what that message cost, as far as Twilio knows by now. Raises SendError."""
        got = await asked(self.client.messages(sid).fetch_async())
        try:
            price = None if got.price is None else abs(float(got.price))
        except ValueError:
            price = None
        return Bill(price, got.price_unit or "", _count(got.num_segments))

    async def standing(self) -> Standing:
        """Returns how the account stands. Raises SendError."""
        got = await asked(self.client.api.v2010.accounts(self.account.sid).fetch_async())
        return Standing(str(got.friendly_name or ""), got.status == "active", got.type == "Trial")

    async def approval(self, content: str) -> str:
        """Returns what WhatsApp says of that template: "approved", "pending", "rejected" …; "" if it is not there.

        Raises SendError.
        """
        try:
            got = await asked(self.client.content.v1.contents(content).approval_fetch().fetch_async())
        except SendError as error:
            if error.code in {"20404", "http_404"}:
                return ""
            raise
        return str((got.whatsapp or {}).get("status", "unsubmitted"))

    async def _create(self, message: Message) -> Mapping[str, Any]:
        """Returns what Twilio says of the message that it took. Built here: the SDK's way costs more than all the rest."""
        wanted: list[tuple[str, str]] = [("To", message.to)]
        service = message.sender.startswith("MG")
        if not service:
            wanted.append(("From", message.sender))
        if self.account.messaging_service and not message.to.startswith("whatsapp:"):
            wanted.append(("MessagingServiceSid", self.account.messaging_service))
        elif service:
            wanted.append(("MessagingServiceSid", message.sender))
        if message.content_sid:
            wanted.append(("ContentSid", message.content_sid))
            if message.variables:
                wanted.append(("ContentVariables", message.variables))
        elif message.body:
            wanted.append(("Body", message.body))
        wanted += [("MediaUrl", url) for url in message.media]
        if self.account.callback_url:
            wanted.append(("StatusCallback", self.account.callback_url))
        answer = await self.transport.post(self._messages, self._headers, urlencode(wanted).encode("ascii"))
        try:
            told = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            told = None
        if answer.status >= _REFUSED:
            code = told.get("code") if isinstance(told, dict) else None
            raise _refused(code if isinstance(code, int) else answer.status, answer.status)
        if not isinstance(told, dict):
            raise FateUnknown("answer garbage")
        return told

    def _accepted(self, sid: object, segments: object) -> Accepted:
        if not sid or not isinstance(sid, str):
            raise FateUnknown("no_sid")
        self._recent[sid] = None
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)
        return Accepted(sid, _count(segments))


def _since(made: datetime | None, since: datetime) -> bool:
    # Twilio's times are whole seconds, and its clock is not ours
    return made is None or made.replace(tzinfo=made.tzinfo or UTC) >= since - timedelta(seconds=5)


async def asked(call: Any) -> Any:
    """Returns what the SDK's call returns. Raises SendError; FateUnknown for an answer that makes no sense."""
    try:
        return await call
    except TwilioRestException as error:
        code = error.code if isinstance(error.code, int) else error.status
        raise _refused(code, error.status) from None  # the SDK's text may quote what was sent
    except TwilioServiceException as error:
        raise _refused(error.code, error.status) from None
    except TwilioException as error:  # of lists the SDK tells a refusal in this way, with the answer beside it
        answer = error.args[1] if len(error.args) > 1 else None
        status = getattr(answer, "status_code", 0)
        raise _refused(_code(getattr(answer, "text", "")), status if isinstance(status, int) else 0) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FateUnknown(f"answer {type(error).__name__}") from None


def _code(text: object) -> object:
    try:
        return orjson.loads(text).get("code") if isinstance(text, str) else 0
    except (orjson.JSONDecodeError, AttributeError):
        return 0


def _refused(code: object, status: int) -> SendError:
    number = code if isinstance(code, int) else 0
    return meaning(number, status)(str(number or f"http_{status}")) if number or status else Never("refused")


def _count(number: object) -> int:
    text = str(number or "0")
    return int(text) if text.isdecimal() else 0
