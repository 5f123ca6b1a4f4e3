"""What messages cost, by channel: the file prices.yaml, which says for each price where it is from and since when it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from pydantic import PlainValidator

from bot.engine.loading.document import read
from bot.engine.loading.fields import Mapped
from bot.engine.loading.fitting import fit
from bot.engine.loading.written import expects, matching, scalar
from bot.engine.model import Form
from bot.engine.problem import Problem, Problems, ordered

CHANNELS = ("telegram", "whatsapp", "sms")
"""The channels that may have prices, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one channel's messages cost. `sent` and `received` are for each message, for each part of an SMS; None: not known."""

    sent: Decimal | None
    received: Decimal | None
    source: str
    since: str


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices by channel, in one currency. A channel that is not told has none."""

    currency: str = ""
    by_channel: Mapping[str, Price] = field(default_factory=lambda: MappingProxyType({}))

    def cost(self, channel: str, sent: int, received: int) -> Decimal | None:
        """Returns what so many units cost, None where a price that it takes is not known."""
        price = self.by_channel.get(channel)
        if price is None or (price.sent is None and sent) or (price.received is None and received):
            return None
        return sent * (price.sent or Decimal(0)) + received * (price.received or Decimal(0))


def _amount(value: Any) -> Decimal:
    text = scalar(value)
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) < 7 and (not part or (part.isascii() and part.isdigit()))):
        raise expects("0, 0.005, 0.1", value)
    return Decimal(text)


_SINCE = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")


def _currency(value: Any) -> str:
    text = scalar(value)
    if not (len(text) == 3 and text.isascii() and text.isupper()):
        raise expects("USD, EUR, COP, PEN", value)
    return text


class _Channel(Form):
    """The prices of one channel."""

    needs: ClassVar[tuple[str, ...]] = ("source", "since")
    sent: Annotated[Decimal | None, PlainValidator(_amount)] = None
    received: Annotated[Decimal | None, PlainValidator(_amount)] = None
    source: Annotated[str | None, PlainValidator(scalar)] = None
    since: Annotated[str | None, PlainValidator(matching(_SINCE, "price_since"))] = None


class _File(Form):
    """The whole file."""

    needs: ClassVar[tuple[str, ...]] = ("currency",)
    currency: Annotated[str | None, PlainValidator(_currency)] = None
    telegram: Mapped | None = None
    whatsapp: Mapped | None = None
    sms: Mapped | None = None


def load_prices(text: str | bytes, file: str) -> tuple[Prices, tuple[Problem, ...]]:
    """Reads prices.yaml. A channel with a mistake is left out, and told. Never raises for what the file holds."""
    problems = Problems(file)
    document = read(text, problems)
    if document is None:
        return Prices(), ordered(problems)
    given = fit(_File, document.data, (), document)
    found: dict[str, Price] = {}
    for channel in CHANNELS:
        if channel not in given:
            continue
        before = len(problems.found)
        told = fit(_Channel, given[channel], (channel,), document, channel)
        if len(problems.found) == before:
            found[channel] = Price(told.get("sent"), told.get("received"), told["source"], told["since"])
    return Prices(given.get("currency", ""), found), ordered(problems)
