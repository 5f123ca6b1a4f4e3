"""What a channel is: a record of abilities, its secrets, and the way in and out. Every channel has this one shape.

The way in: `verify` says whether a request is the provider's, `split` cuts it into events without understanding them, `parse`
understands one event by itself, so that one strange event never costs the others. The way out: `send`, which either tells what
was accepted or raises one of the errors below; whatever else it raises is a fault of ours.

    SendError
    ├── RetryLater            not accepted now; the same message may be sent again
    │   └── RetryAfter        … but not before so many seconds
    ├── FateUnknown           perhaps accepted: look before sending again
    ├── Never                 this message will never be accepted
    │   └── OutsideWindow     … as it is: the person wrote too long ago, only an approved template opens the talk
    └── (the person)
        ├── PersonStopped     they, or their carrier for them, want nothing from us here
        └── PersonUnreachable nobody can be reached at this address
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bot.channels.abilities import Abilities
from bot.vocabulary import Address, Incoming, Media, Outgoing

Stage = Literal["queued", "sent", "delivered", "failed", "read"]


class ChannelError(Exception):
    """Something about a channel went wrong in a way its caller can act on."""


class UnparsableError(ChannelError):
    """This event cannot be understood; it belongs in quarantine. The text says what was expected, never what was written."""


class SendError(ChannelError):
    """A message was not sent. `code` is the provider's own, or a word of ours; it holds no personal data."""

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code


class RetryLater(SendError):  # noqa: N818 because the contracts between the parts call it so
    """Not accepted now; the same message may be sent again after a while of our own choosing."""


class RetryAfter(RetryLater):
    """Not accepted now; the provider says how long to wait before any further try."""

    def __init__(self, seconds: float, code: str = "") -> None:
        super().__init__(code)
        self.seconds = seconds


class FateUnknown(SendError):  # noqa: N818 because the contracts between the parts call it so
    """The provider may have accepted it (the answer never came): it must not be sent again blindly."""


class Never(SendError):  # noqa: N818 because the contracts between the parts call it so
    """This message will never be accepted as it is."""


class OutsideWindow(Never):
    """The person wrote too long ago for free text: an approved template opens the talk, or the message waits for their word."""


class PersonStopped(SendError):  # noqa: N818 because the contracts between the parts call it so
    """The person blocked us or opted out with their carrier: nothing more goes to this address."""


class PersonUnreachable(SendError):  # noqa: N818 because the contracts between the parts call it so
    """There is nobody at this address: number unknown, account deleted, a landline."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a provider as it came in. `url` is the public one, which signatures are computed over."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


def header(headers: Mapping[str, str], name: str) -> str | None:
    """Returns that header; `name` is in small letters, theirs in whatever letters they came."""
    value = headers.get(name)  # the server's own mapping finds it at once
    if value is None:
        value = next((value for key, value in headers.items() if key.lower() == name), None)
    return value


@dataclass(frozen=True, slots=True)
class Raw:
    """One event, not yet understood. `event` is the provider's identifier of it (unique with channel and account).

    `headers` are those that `parse` needs besides the body, if any.
    """

    event: str
    body: bytes
    received_at: datetime
    account: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """What the provider says later about a message of ours: `provider_id` is what `Sent` carried. `at` is its time or ours."""

    channel: str
    account: str
    provider_id: str
    stage: Stage
    at: datetime
    error: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the provider accepted. `units` is what it counts for the bill (messages, or segments of SMS)."""

    provider_id: str
    units: int = 1


class Channel(Protocol):
    """One way to reach people."""

    @property
    def name(self) -> str:
        """Returns the name that addresses of this channel carry."""
        ...

    @property
    def secrets(self) -> frozenset[str]:
        """Returns the texts that no log, page or traceback may ever show."""
        ...

    def abilities(self, address: Address) -> Abilities:
        """Returns what can be sent to that address. (The simulator looks as another channel by address.)"""
        ...

    def verify(self, request: Request) -> bool:
        """Tells whether the request is the provider's own. Never raises, whatever was sent."""
        ...

    def split(self, request: Request) -> list[Raw]:
        """Returns the events of a request, each by itself. Raises UnparsableError only when there are no events to be found."""
        ...

    def parse(self, raw: Raw) -> list[Incoming | Status]:
        """Returns what this event says: nothing for events that do not concern us. Raises UnparsableError.

        An attachment comes as Media whose `reference` is the provider's and whose `sha256` is empty: `fetch` brings it.
        """
        ...

    async def fetch(self, media: Media, limit: int) -> bytes:
        """Returns the content of an attachment that `parse` named, of at most `limit` bytes.

        Raises RetryLater, or Never when it is gone, larger, or of a kind that this channel does not take.
        """
        ...

    async def send(self, outgoing: Outgoing) -> Sent:
        """Sends one message. Raises SendError in one of its forms."""
        ...


# ── what some channels can besides ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Bill:
    """What a message cost: `price` in `currency`, None while the provider does not know it."""

    price: float | None
    currency: str = ""
    units: int = 0


class LookUp(Protocol):
    """Looks for a message among those that the provider took: `channel.lookup`."""

    async def __call__(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        """Returns the message like this one that the provider took since then; None if there is none. Raises SendError."""
        ...


class Explain(Protocol):
    """Tells what an error code of a later status means: `channel.explain`."""

    def __call__(self, code: str) -> SendError:
        """Returns the error that the sending would have raised."""
        ...


class OpenTalk(Protocol):
    """Sends an approved template, which may also go outside the window: `channel.open_talk`."""

    async def __call__(self, address: Address, content_sid: str, variables: Mapping[str, str]) -> Sent:
        """Sends the template of that identifier, filled so. Raises SendError."""
        ...


class AskBill(Protocol):
    """Asks what a message cost: `channel.bill`."""

    async def __call__(self, provider_id: str) -> Bill:
        """Returns what is known by now. Raises SendError."""
        ...


def looking_up(channel: Channel) -> LookUp | None:
    """Returns how that channel looks for a message whose fate is unknown; None if it cannot."""
    return getattr(channel, "lookup", None)


def explaining(channel: Channel) -> Explain | None:
    """Returns how that channel explains the codes of later statuses; None if it has none."""
    return getattr(channel, "explain", None)


def opening(channel: Channel) -> OpenTalk | None:
    """Returns how that channel opens a talk outside the window; None if it cannot."""
    return getattr(channel, "open_talk", None)


def billing(channel: Channel) -> AskBill | None:
    """Returns how that channel tells what a message cost; None if it does not."""
    return getattr(channel, "bill", None)


__all__ = [
    "Abilities",
    "AskBill",
    "Bill",
    "Channel",
    "ChannelError",
    "Explain",
    "FateUnknown",
    "LookUp",
    "Never",
    "OpenTalk",
    "OutsideWindow",
    "PersonStopped",
    "PersonUnreachable",
    "Raw",
    "Request",
    "RetryAfter",
    "RetryLater",
    "SendError",
    "Sent",
    "Stage",
    "Status",
    "UnparsableError",
    "billing",
    "explaining",
    "looking_up",
    "opening",
]
