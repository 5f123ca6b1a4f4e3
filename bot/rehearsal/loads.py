"""What a way through a flow sends and receives on a channel, as the turn would render, join and part it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.channels.abilities import SMS, TELEGRAM, WHATSAPP, Abilities
from bot.channels.economy import merge, preview
from bot.channels.rendering import parts, render
from bot.channels.segments import segments
from bot.rehearsal.ways import Way
from bot.vocabulary import Address

CHANNELS: dict[str, Abilities] = {"telegram": TELEGRAM, "whatsapp": WHATSAPP, "sms": SMS}
"""The channels that residents may use, each as its provider serves it."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of a flow needs on one channel. Units are what a provider bills: messages, parts for SMS."""

    questions: int
    sent: int
    sent_units: int
    received: int
    received_units: int


def load(way: Way, channel: str, plained: Collection[str]) -> Load:
    """Returns what that way needs. `plained` are the languages whose SMS go without the letters that cost double."""
    abilities = CHANNELS[channel]
    by_part = abilities.charged == "segment"
    sent = sent_units = received_units = 0
    for turn in way.turns:
        whole = [render(say, Address(channel, ""), abilities) for say in turn.said]
        if by_part:
            whole = merge(whole, plained)
        for message in (part for one in whole for part in parts(one, abilities)):
            sent += 1
            sent_units += preview(message.text, message.language, plained).count if by_part else 1
        received_units += segments(turn.heard).count if by_part else 1
    return Load(len(way.asked), sent, sent_units, len(way.turns), received_units)


def weight(way: Way) -> float:
    """Returns how long a way is: the messages there and back, and where these are as many the characters that are said."""
    messages = len(way.turns) + sum(len(turn.said) for turn in way.turns)
    return messages + min(sum(len(say.text) for turn in way.turns for say in turn.said) / 1e6, 0.999)
