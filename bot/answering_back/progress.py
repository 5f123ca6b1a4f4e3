"""What became of the messages of a sending, as staff are told: by how they stand, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from storage import campaigns
from storage.campaigns import Campaign, Count
from storage.statements import Transaction

Standing = Literal["chosen", "queued", "window", "held", "sent", "delivered", "failed", "stopped", "erased", "cancelled"]
"""chosen: nothing is queued yet; queued: it goes as soon as pace and hours allow; window: it waits for the person's word, as the
channel asks; held: paused; sent: the channel took it; delivered: it arrived, as far as the channel tells; failed; stopped: they
said stop; erased; cancelled: it was broken off before."""

STANDINGS: tuple[Standing, ...] = (
    "chosen", "queued", "window", "held", "sent", "delivered", "failed", "stopped", "erased", "cancelled",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """How a sending goes. `why` counts failures by what the channel said; `price` is in millionths, by currency."""

    campaign: Campaign
    standings: Mapping[Standing, int]
    why: Mapping[str, int]
    units: int
    price: Mapping[str, int]

    @property
    def total(self) -> int:
        """Returns for how many people it is."""
        return sum(self.standings.values())

    @property
    def state(self) -> str:
        """Returns how it stands as a whole: as its campaign does, and "ended" where nothing more goes out by itself."""
        return "ended" if self.campaign.state == "running" and not self.going else self.campaign.state

    @property
    def going(self) -> bool:
        """Tells whether it can be paused or broken off: something may still go out."""
        open_ = self.standings.get("chosen", 0) + self.standings.get("queued", 0) + self.standings.get("window", 0)
        return self.campaign.state in ("choosing", "queueing") or (self.campaign.state == "running" and open_ > 0)


def progress(tx: Transaction, campaign: Campaign) -> Progress:
    """Returns how that sending goes."""
    standings: Counter[Standing] = Counter()
    why: Counter[str] = Counter()
    price: Counter[str] = Counter()
    units = 0
    for count in campaigns.counts(tx, campaign.id):
        standing = _standing(count)
        standings[standing] += count.messages
        units += count.units
        if standing == "failed" and count.messages:
            why[count.error or count.stage] += count.messages
        if count.currency:
            price[count.currency] += count.price
    standings["chosen"] = campaigns.unqueued(tx, campaign.id)
    found = {standing: standings[standing] for standing in STANDINGS if standings[standing]}
    return Progress(campaign, found, why, units, price)


def _standing(count: Count) -> Standing:
    match count.status, count.error, count.stage:
        case "queued" | "sending", _, _:
            return "queued"
        case "waiting", campaigns.PAUSED, _:
            return "held"
        case "waiting", _, _:
            return "window"
        case _, "person_stopped", _:
            return "stopped"
        case _, "erased", _:
            return "erased"
        case _, "cancelled", _:
            return "cancelled"
        case "sent", _, "failed":
            return "failed"
        case "sent", _, "delivered" | "read":
            return "delivered"
        case "sent", _, _:
            return "sent"
        case _:
            return "failed"
