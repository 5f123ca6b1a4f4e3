"""What is known about a person, in their own words and days, as the engine tells it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from bot.clock import moment
from bot.engine.catalogue import Catalogue
from storage.conversations import Told
from storage.requests import Case


def own_data(
    addresses: int,
    told: Told,
    catalogue: Catalogue,
    language: str,
    zone: tzinfo | None,
    name: str = "",
    requests: Sequence[Case] = (),
) -> dict[str, Any]:
    """Returns the value of the result that TellMyData wants. Flows that are no longer known are told by their names.

    `name` is what the person is called on a phone that others share, "" where none does.
    """

    def day(at: int) -> str:
        return moment(at, zone).strftime("%d/%m/%Y")

    titles, speaks = titles_in(catalogue, language), catalogue.language(language)
    return {
        "addresses": addresses,
        "name": name,
        "conversations": [
            {"title": titles.get(flow, flow), "started": day(started), "answers": answers}
            for flow, started, answers in told.conversations
        ],
        "requests": [
            {"number": case.number, "filed": day(case.filed_at), "state": speaks.say(f"request.state.{case.state}")}
            for case in requests
        ],
        "consents": [{"name": name, "given": day(given), "until": day(until)} for name, given, until in told.consents],
    }


def titles_in(catalogue: Catalogue, language: str) -> dict[str, str]:
    """Returns the titles of the flows that are known, by their identifiers."""
    flows = catalogue.flows.values()
    return {flow.flow: flow.title.get(language) or next(iter(flow.title.values()), flow.flow) for flow in flows}
