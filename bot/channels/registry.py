"""Every channel that Minga has, by name. The contract test walks this: a channel without its table of requests fails it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.channels.channel import Channel
from bot.channels.console import ConsoleChannel
from bot.channels.simulator import SimulatorChannel
from bot.channels.telegram import TelegramChannel
from bot.channels.twilio import SmsChannel, WhatsAppChannel

CHANNELS: Mapping[str, type[Channel]] = MappingProxyType(
    {
        "console": ConsoleChannel,
        "simulator": SimulatorChannel,
        "telegram": TelegramChannel,
        "whatsapp": WhatsAppChannel,
        "sms": SmsChannel,
    }
)
