"""Which flows can be begun now: open by staff's word, and within their own dates."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Literal

from bot.engine.catalogue import Catalogue
from bot.engine.flow import Flow

Availability = Literal["open", "not_yet", "closed"]


def availability(catalogue: Catalogue, flow: Flow, now: datetime) -> Availability:
    """Returns whether a flow takes answers at that moment: not if staff closed it, else by its dates (local time of the
    municipality).
    """
    if flow.flow in catalogue.closed:
        return "closed"
    if not catalogue.dated:
        return "open"
    local = now.replace(tzinfo=None)
    dates = _dates(catalogue, flow)
    if dates.opens is not None and local < dates.opens:
        return "not_yet"
    if dates.closes is not None and local >= dates.closes:
        return "closed"
    return "open"


def closing(catalogue: Catalogue, flow: Flow, zone: tzinfo | None) -> datetime | None:
    """Returns when a flow closes by its dates, None where it does not."""
    closes = _dates(catalogue, flow).closes
    return closes.replace(tzinfo=zone) if closes is not None and catalogue.dated else None


def _dates(catalogue: Catalogue, flow: Flow) -> Flow:
    """Returns the version whose dates hold: the one that is open, since a longer term is one for whoever began before, too."""
    return catalogue.current(flow.flow) or flow


def open_flows(catalogue: Catalogue, now: datetime) -> tuple[Flow, ...]:
    """Returns the flows that anybody may begin now, by identifier."""
    flows = [catalogue.flows[version] for _, version in sorted(catalogue.open.items()) if version in catalogue.flows]
    return tuple([flow for flow in flows if availability(catalogue, flow, now) == "open"])
