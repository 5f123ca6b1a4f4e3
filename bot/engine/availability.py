"""Which flows can be begun now: open by staff's word, and within their own dates."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.engine.catalogue import Catalogue
from bot.engine.flow import Flow

Availability = Literal["open", "not_yet", "closed"]


def availability(catalogue: Catalogue, flow: Flow, now: datetime) -> Availability:
    """Returns whether a flow takes answers at that moment, by its own dates (local time of the municipality)."""
    if not catalogue.dated:
        return "open"
    local = now.replace(tzinfo=None)
    if flow.opens is not None and local < flow.opens:
        return "not_yet"
    if flow.closes is not None and local >= flow.closes:
        return "closed"
    return "open"


def open_flows(catalogue: Catalogue, now: datetime) -> tuple[Flow, ...]:
    """Returns the flows that anybody may begin now, by identifier."""
    flows = [catalogue.flows[version] for _, version in sorted(catalogue.open.items()) if version in catalogue.flows]
    return tuple([flow for flow in flows if availability(catalogue, flow, now) == "open"])
