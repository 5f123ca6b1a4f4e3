"""What became of a campaign so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from storage import campaigns
from storage.campaigns import Campaign
from storage.statements import Transaction


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a campaign so far. `left` said stop since it began; `price` is in millionths, by currency."""

    campaign: Campaign
    messages: Mapping[str, int]
    left: int
    units: int
    price: Mapping[str, int]

    @property
    def total(self) -> int:
        """Returns how many messages there are."""
        return sum(self.messages.values())


def tally(tx: Transaction, campaign: Campaign) -> Tally:
    """Returns what became of it."""
    messages: Counter[str] = Counter()
    price: Counter[str] = Counter()
    units = 0
    for count in campaigns.counts(tx, campaign.id):
        messages[_became(count)] += count.messages
        units += count.units
        if count.currency:
            price[count.currency] += count.price
    return Tally(campaign, messages, campaigns.left(tx, campaign), units, price)


def _became(count: campaigns.Count) -> str:
    """Returns what became of these messages, as staff are told."""
    match count.status, count.error:
        case "queued" | "sending", _:
            return "queued"
        case "waiting", campaigns.PAUSED:
            return "paused"
        case "waiting", _:
            return "waiting"
        case "sent", _:
            return "sent"
        case _, "person_stopped" | "erased":
            return "stopped"
        case _:
            return "failed"
