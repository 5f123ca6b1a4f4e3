"""The browser's chat as a channel: it looks as Telegram, WhatsApp or SMS, as the address's account says.

The page sends one JSON object for each thing a person does:
{"id": unique, "person": identifier, "look": …, "language": code, "began": milliseconds, "does": {…}}; `does` is an event of
`bot.channels.local`, `began` (optional) is how long before this request the person began to write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson

from bot.channels.abilities import LOOKS, TELEGRAM, Abilities
from bot.channels.channel import Never, Raw, Request, Sent, Status, UnparsableError
from bot.channels.local import read
from bot.vocabulary import Address, Incoming, Media, Outgoing

NAME = "simulator"
SHOWN = ("telegram", "whatsapp", "sms")

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SimulatorChannel:
    """Accepts every message at once; `show` (if given) is called with it, so that open pages hear of it without waiting."""

    name = NAME
    secrets: frozenset[str] = frozenset()

    def __init__(self, show: Callable[[Outgoing], None] | None = None) -> None:
        self._show = show

    def abilities(self, address: Address) -> Abilities:
        """Returns the abilities of the channel that this address looks as; Telegram's for a look that does not exist."""
        return LOOKS.get(address.account, TELEGRAM)

    def verify(self, request: Request) -> bool:
        """Tells whether the request comes from our own page: same origin, and JSON, which no form of another site can send."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return False
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        origin = headers.get("origin")
        try:
            return origin is None or urlsplit(origin).netloc == urlsplit(request.url).netloc
        except ValueError:
            return False

    def split(self, request: Request) -> list[Raw]:
        """Returns the one event of the request. Raises UnparsableError if it names none."""
        event = _object(request.body)
        return [Raw(_identifier(event, "id"), request.body, request.received_at, account=_look(event))]

    def parse(self, raw: Raw) -> list[Incoming | Status]:
        """Returns what the person did. Raises UnparsableError."""
        event = _object(raw.body)
        began, language = event.get("began", 0), event.get("language")
        if not isinstance(began, int | float) or not 0 <= began <= 86_400_000:
            raise UnparsableError("began: expected milliseconds of at most a day")
        if language is not None and not (isinstance(language, str) and _IDENTIFIER.fullmatch(language)):
            raise UnparsableError("language: expected a code")
        return [
            Incoming(
                Address(NAME, _identifier(event, "person"), _look(event)),
                raw.event,
                read(event.get("does")),
                raw.received_at,
                written_at=raw.received_at - timedelta(milliseconds=began),
                raw=raw.body,
                language=language,
                test=True,
            )
        ]

    async def fetch(self, media: Media, limit: int) -> bytes:  # noqa: ARG002 because the protocol hands it in
        """Refuses: the page's attachments are stored when they are uploaded. Raises Never."""
        raise Never("file_missing")

    async def send(self, outgoing: Outgoing) -> Sent:
        """Accepts the message; the page reads it from the outbox."""
        if self._show is not None:
            self._show(outgoing)
        return Sent(provider_id="")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnparsableError("not JSON") from error
    if not isinstance(event, dict):
        raise UnparsableError("expected an object")
    return event


def _identifier(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key)
    if isinstance(value, str) and _IDENTIFIER.fullmatch(value):
        return value
    raise UnparsableError(f"{key}: expected letters, digits, _ and -, at most 64")


def _look(event: Mapping[str, Any]) -> str:
    look = event.get("look")
    if isinstance(look, str) and look in SHOWN:
        return look
    raise UnparsableError("look: expected one of " + ", ".join(SHOWN))
