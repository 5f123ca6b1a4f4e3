"""Where people begin a flow: its links on each channel, as one writes them on a poster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from bot.engine.flow import Flow
from bot.engine.lobby import spoken

RESULTS = "/resultados"
"""Where the public results are."""


def results(public_url: str, flow: str) -> str:
    """Returns the public address of a flow's results. `public_url` is that of this server, "" where it has none: then a path."""
    return f"{public_url.rstrip('/')}{RESULTS}/{quote(flow, safe='')}"


@dataclass(frozen=True, slots=True)
class Ways:
    """How residents reach us: the bot's name in links, our number on WhatsApp and the one for SMS; "" for what there is not.

    `sms` is what one sends to, a number or a short code; `answers` says whether SMS that people write reach us.
    """

    telegram: str = ""
    whatsapp: str = ""
    sms: str = ""
    answers: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """One way to begin: on which channel, the address, and for SMS the word and the number that it goes to.

    `place` is the name of the flow's link, empty for none.
    """

    channel: Literal["telegram", "whatsapp", "sms"]
    place: str
    url: str
    word: str = ""
    number: str = ""


def links(flow: Flow, ways: Ways) -> Iterator[Link]:
    """Yields the links of the flow itself, then those of each of its places, for every channel that people can reach us by."""
    word = flow.words[0] if flow.words else ""
    for place in ("", *flow.links):
        if ways.telegram:
            yield Link("telegram", place, telegram(ways.telegram, place or flow.flow))
        said = f"{word} {spoken(place)}".rstrip()
        if ways.whatsapp and word:
            yield Link("whatsapp", place, whatsapp(ways.whatsapp, said))
        if ways.sms and ways.answers and word:
            yield Link("sms", place, sms(ways.sms, said), said, ways.sms)


def telegram(bot: str, start: str) -> str:
    """Returns the link that begins a flow or link of that name with that bot."""
    return f"https://t.me/{bot}?start={quote(start, safe='')}"


def whatsapp(number: str, text: str) -> str:
    """Returns the link that opens a chat with that number (with its + and country), the text ready to be sent."""
    return f"https://wa.me/{number.removeprefix('+')}?text={quote(text, safe='')}"


def sms(number: str, text: str) -> str:
    """Returns the link that opens a message to that number, the text ready to be sent (RFC 5724)."""
    return f"sms:{number}?body={quote(text, safe='')}"


def number(sender: str) -> str:
    """Returns the sender if people can write to it: a number. A messaging service (MG…) or a name is none."""
    return sender if sender.removeprefix("+").isdecimal() else ""
