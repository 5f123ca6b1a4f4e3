"""What a whole run of a flow takes, by language and channel: the table and the JSON of `minga check --costs`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.tables import table
from bot.cli.terminal import LOCALES, SHIPPED, Terminal

if TYPE_CHECKING:  # only mypy needs them here
    from bot.engine.problem import Problem
    from bot.flow_files import FlowFiles
    from bot.prices import Prices
    from bot.rehearsal.loads import Load
    from bot.rehearsal.ways import Name
    from bot.settings import Settings

NAMES = {"telegram": "Telegram", "whatsapp": "WhatsApp", "sms": "SMS"}
"""The channels as they are called."""

THOUSAND = 1_000


@dataclass(frozen=True, slots=True)
class Cost:
    """One language of a flow on one channel: the three ways, shortest first, and what each costs (None: no price)."""

    flow: str
    language: str
    channel: str
    loads: Mapping[Name, Load]
    costs: Mapping[Name, Decimal | None]
    freed: tuple[str, ...]


def prices_of(settings: Settings, beside: Sequence[Path] = ()) -> tuple[Prices, tuple[Problem, ...]]:
    """Returns the prices that hold: the municipality's own, else those that ship; and what is wrong with their file."""
    from bot.flow_files import PRICES
    from bot.prices import load_prices

    folders = [*beside, settings.flows, SHIPPED]
    file = next(folder / PRICES for folder in folders if (folder / PRICES).is_file())
    return load_prices(file.read_bytes(), str(file))


def costs_of(found: FlowFiles, prices: Prices, settings: Settings) -> list[Cost]:
    """Returns the costs of each flow that has no error."""
    from bot.clock import RealClock
    from bot.engine.catalogue import Catalogue
    from bot.prices import CHANNELS
    from bot.rehearsal.loads import load, weight
    from bot.rehearsal.ways import ways
    from bot.translations import load_languages

    languages, now = load_languages(LOCALES), RealClock(settings.zone).now()
    costs: list[Cost] = []
    for loaded in found.good.values():
        flow = loaded.flow
        assert flow is not None
        catalogue = Catalogue(
            {flow.version: flow},
            {flow.flow: flow.version},
            languages,
            found.consents,
            settings.municipality,
            settings.contact,
            dated=False,
        )
        found_ways = ways(flow, catalogue, now, weight)
        for language, runs in found_ways.by_language.items():
            for channel in CHANNELS:
                loads = {name: load(way, channel, settings.plained) for name, way in runs.items()}
                priced = {name: prices.cost(channel, one.sent_units, one.received_units) for name, one in loads.items()}
                costs.append(Cost(flow.flow, language, channel, loads, priced, found_ways.freed))
    return costs


def rows(costs: Sequence[Cost], prices: Prices) -> list[dict[str, Any]]:
    """Returns the costs as JSON holds them; a cost that is not known is null."""
    return [
        {
            "flow": cost.flow,
            "language": cost.language,
            "channel": cost.channel,
            "way": name,
            "questions": one.questions,
            "sent": one.sent,
            "sent_units": one.sent_units,
            "received": one.received,
            "received_units": one.received_units,
            "cost": None if (price := cost.costs[name]) is None else float(price),
            "currency": prices.currency,
        }
        for cost in costs
        for name, one in cost.loads.items()
    ]


def tell(costs: Sequence[Cost], prices: Prices, terminal: Terminal) -> None:
    """Writes a table for each flow, and where its prices are from."""
    from bot.rehearsal.ways import DRAWN

    say = terminal.say
    head = [say(f"cli.costs.{name}") for name in ("language", "channel", "questions", "sent", "units", "received")]
    head += [say("cli.costs.cost", currency=prices.currency), say("cli.costs.thousand")]
    for flow in dict.fromkeys(cost.flow for cost in costs):
        theirs = [cost for cost in costs if cost.flow == flow]
        terminal.tell()
        terminal.tell(say("cli.costs.title", flow=flow))
        for line in table(head, [_cells(cost, terminal) for cost in theirs], left=2, indent="  "):
            terminal.tell(line)
        for step in dict.fromkeys(step for cost in theirs for step in cost.freed):
            terminal.note(say("cli.costs.stuck", step=step))
    if costs:
        for line in sources({cost.channel for cost in costs}, prices, terminal):
            terminal.note(line)
        terminal.note(say("cli.costs.assumed", drawn=DRAWN))


def sources(channels: set[str], prices: Prices, terminal: Terminal) -> Iterator[str]:
    """Yields where each price is from, and for which channels there is none."""
    known = [channel for channel in NAMES if channel in channels and channel in prices.by_channel]
    for channel in known:
        price = prices.by_channel[channel]
        yield terminal.say("cli.costs.source", channel=NAMES[channel], source=price.source, since=price.since)
    missing = [NAMES[channel] for channel in NAMES if channel in channels and channel not in known]
    if missing:
        yield terminal.say("cli.costs.no_price", channels=", ".join(missing))


def money(amount: Decimal | None, terminal: Terminal) -> str:
    """Returns an amount to read, without zeros at its end."""
    if amount is None:
        return terminal.say("cli.costs.unknown")
    shown = f"{amount:.4f}".rstrip("0").rstrip(".")
    whole, _, part = shown.partition(".")
    return f"{whole}.{part:0<2}" if part else whole


def _cells(cost: Cost, terminal: Terminal) -> list[str]:
    loads = list(cost.loads.values())
    prices = list(cost.costs.values())
    typical = cost.costs["typical"]
    by_part = cost.channel == "sms"
    return [
        cost.language,
        NAMES[cost.channel],
        _three([str(one.questions) for one in loads]),
        _three([str(one.sent) for one in loads]),
        _three([str(one.sent_units) for one in loads]) if by_part else "",
        _three([str(one.received_units if by_part else one.received) for one in loads]),
        _three([money(price, terminal) for price in prices]),
        "" if typical is None else money(typical * THOUSAND, terminal),
    ]


def _three(cells: Sequence[str]) -> str:
    return cells[0] if len(set(cells)) == 1 else " · ".join(cells)
