"""Where providers come in: which channels listen, and under which public address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.channels.channel import Channel
from bot.inbound.ingest import Ingest

TELEGRAM = "/webhooks/telegram"
TWILIO = "/webhooks/twilio"
TWILIO_STATUS = "/webhooks/twilio/status"

OVERRIDES = "#rc=3&rp=all"
"""What stands behind an address given to Twilio: by itself it does not repeat what was not answered with success."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The channels that listen, by name. `twilio` are those of one account of Twilio; `whose` tells of which of them a form is.

    `public_url` is where the providers see us, without a slash at its end; empty: as they ask.
    """

    ingest: Ingest
    telegram: Channel | None = None
    twilio: Mapping[str, Channel] = field(default_factory=dict)
    whose: Callable[[bytes], str] = lambda _: ""
    public_url: str = ""
