"""What is known of a flow when somebody asks for its public results, and when these are due to be counted anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from bot.engine.build import build
from bot.engine.flow import Flow
from bot.reports.suppression import K
from storage import flows, releases
from storage.flows import FlowState
from storage.releases import Notice, Release
from storage.statements import Transaction

COUNTED = frozenset({"survey", "consultation", "vote", "course", "event"})
"""The kinds of flows that add up to something; what a request says is somebody's own matter."""

LAG = K
"""How many people lie at least between any two states of a public page: see `bot/web/results_counting.py`."""

EVERY = 10 * 60_000
"""Milliseconds between two looks whether the page of a flow that is not over is to be counted anew."""

AGAIN = 60_000
"""The same for a flow that is over and has not been counted for the last time: until a process has done it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A flow that opened once. `over`: nobody answers it any more. `release` is its last one, be it withdrawn."""

    row: FlowState
    flow: Flow
    over: bool
    release: Release | None
    notice: Notice | None

    @property
    def public(self) -> Release | None:
        """Returns what is public of it now."""
        return self.release if self.release is not None and self.release.is_public else None

    def title(self, language: str) -> str:
        """Returns what the flow is called in that language, else in its own first one."""
        return self.flow.title.get(language) or next(iter(self.flow.title.values()), self.flow.flow)

    def due(self, now: int) -> bool:
        """Tells whether somebody should look now whether what is public is to be counted anew; `now` in milliseconds."""
        one = self.public
        if one is None or (one.final and self.over):
            return False
        return now - one.looked_at >= (AGAIN if self.over else EVERY)


@dataclass(slots=True)
class Built:
    """The flows that this process has built, by version: their content never changes."""

    flows: dict[str, Flow] = field(default_factory=dict)

    def flow(self, tx: Transaction, version: str) -> Flow | None:
        """Returns the flow of that version, None if it is not kept."""
        if version not in self.flows:
            content = flows.content(tx, version)
            if content is None:
                return None
            if len(self.flows) > 200:
                self.flows.clear()
            self.flows[version] = build(content)
        return self.flows[version]


BUILT = web.AppKey("results_built", Built)


def is_over(flow: Flow, state: str, now: datetime) -> bool:
    """Tells whether a flow is closed, by staff or by its own date, which is local time of the municipality."""
    return state == "closed" or (flow.closes is not None and flow.closes <= now.replace(tzinfo=None))


def everything(tx: Transaction, built: Built, now: datetime) -> list[Held]:
    """Returns every flow that ever opened and adds up to something, by name. `now` is aware, in the municipality's zone."""
    latest, notices = releases.all_latest(tx), releases.notices(tx)
    found = []
    for row in flows.listed(tx):
        flow = None if row.state == "draft" else built.flow(tx, row.version)
        if flow is not None and flow.kind in COUNTED:
            found.append(Held(row, flow, is_over(flow, row.state, now), latest.get(row.flow), notices.get(row.flow)))
    return found


def held(tx: Transaction, built: Built, name: str, now: datetime) -> Held | None:
    """Returns that flow, None if it never opened or adds up to nothing."""
    row = next((one for one in flows.listed(tx) if one.flow == name and one.state != "draft"), None)
    flow = None if row is None else built.flow(tx, row.version)
    if row is None or flow is None or flow.kind not in COUNTED:
        return None
    return Held(row, flow, is_over(flow, row.state, now), releases.latest(tx, name), releases.notice(tx, name))
