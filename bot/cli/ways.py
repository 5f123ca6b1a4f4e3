"""What `minga campaign` and `minga links` look up alike: the flow as people can begin it, and how they reach us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.assembly import House
    from bot.engine.flow import Flow
    from bot.links import Ways


FlowName = Annotated[str, typer.Argument(metavar="flow")]


class OutreachRefused(Refused):
    """That cannot be done with this flow, or with these settings."""


def opened(house: House, name: str) -> Flow | None:
    """Returns the flow of that name as people can begin it now; None if they cannot."""
    from bot.engine.availability import availability
    from bot.engine.build import build
    from bot.engine.catalogue import Catalogue
    from storage import flows
    from storage.statements import Transaction

    def content(tx: Transaction) -> str | None:
        version = next((row.version for row in flows.listed(tx) if row.flow == name and row.state == "open"), None)
        return None if version is None else flows.content(tx, version)

    found = house.database.transaction_now(content)
    flow = None if found is None else build(found)
    if flow is None or availability(Catalogue({}, {}, {}), flow, house.clock.now()) != "open":
        return None
    return flow


def known_ways(house: House) -> Ways:
    """Returns how people can reach us, as far as settings and database tell."""
    from bot.flow_shelf import ways

    return house.database.transaction_now(lambda tx: ways(house.settings, tx))
