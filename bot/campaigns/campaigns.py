"""Makes campaigns, holds them, lets them go on, and tells of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import TypeVar

from bot.campaigns.invitation import Invitation, Inviting, Reason
from bot.campaigns.tally import Tally, tally
from bot.channels import payload
from bot.channels.channel import Channel
from bot.clock import Clock, milliseconds
from bot.engine.flow import Flow
from bot.engine.timing import after_quiet
from bot.vocabulary import Address
from storage import campaigns, outbox
from storage.campaigns import PAGE, Campaign, Known, Touched
from storage.database import Database
from storage.refusal import Refused
from storage.statements import Transaction
from storage.vault import Vault

T = TypeVar("T")


AHEAD = timedelta(seconds=10)
"""So long before quiet hours begin messages are put off: what was handed over before is at its reader in time."""

FOR_GOOD = 1 << 62
"""The end of quiet hours that do not end: nothing of that campaign is looked after any more, until it is resumed."""

AGAIN_AFTER = timedelta(days=3)
"""Nobody is invited twice to one flow within so long: a command given twice by mistake invites nobody anew."""


class CampaignRefused(Refused):
    """That campaign cannot be made, or not be moved on."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom a campaign would reach: people by channel, those left out by reason, what the messages cost in the provider's units,
    and one message for each channel and language as it would read.
    """

    people: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[Reason, int] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)
    samples: Mapping[tuple[str, str], str] = field(default_factory=dict)
    starts: datetime | None = None

    @property
    def total(self) -> int:
        """Returns how many people would get a message."""
        return sum(self.people.values())


class Campaigns:
    """Makes, holds and tells of the campaigns of one house. `channels` are those that are configured, by name."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._inviting = Inviting(vault, channels)

    # ── whom ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def plan(self, invitation: Invitation, *, only: Collection[int] | None = None) -> Plan:
        """Returns whom the invitation would reach, of everybody or `only` of these contacts; nothing is written."""
        people: Counter[str] = Counter()
        left_out: Counter[Reason] = Counter()
        units: Counter[str] = Counter()
        samples: dict[tuple[str, str], str] = {}
        after = 0
        while page := await self._page(invitation.flow.flow, after):
            after = page[-1].contact
            for person in _people(page, only):
                chosen = self._inviting.choose(invitation, person)
                if not isinstance(chosen, Known):
                    left_out[chosen] += 1
                    continue
                text, cost = self._inviting.sample(invitation, chosen)
                people[chosen.channel] += 1
                units[chosen.channel] += cost
                samples.setdefault((chosen.channel, invitation.language(chosen.language)), text)
        return Plan(people, left_out, units, samples, self._due(invitation.flow))

    async def at(self, addresses: Sequence[tuple[str, str]]) -> list[int | None]:
        """Returns the contact at each of these (channel, identifier), on any of our accounts; None where nobody is known."""
        known = await self._database.transaction(campaigns.accounts, apart=True)
        keys: list[tuple[str, str, bytes]] = []
        whose: list[int] = []
        for place, (channel, identifier) in enumerate(addresses):
            for name, account in known:
                if name == channel:
                    keys.append((name, account, self._vault.find_key(Address(name, identifier, account))))
                    whose.append(place)
        found: list[int | None] = [None] * len(addresses)
        for first in range(0, len(keys), PAGE):
            work = partial(campaigns.whose, keys=keys[first : first + PAGE])
            for place, contact in zip(
                whose[first : first + PAGE], await self._database.transaction(work, apart=True), strict=True
            ):
                found[place] = found[place] if contact is None else contact
        return found

    # ── beginning ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def begin(self, invitation: Invitation, *, only: Collection[int] | None = None) -> int:
        """Invites everybody, or `only` these contacts, and returns the campaign's id when all messages are queued.

        Whoever is paused meanwhile stays so.
        """
        identifier = self._database.identifiers.next()
        audience = "all" if only is None else "file"
        flow = invitation.flow.flow
        await self._write(lambda tx: campaigns.add(tx, identifier, flow, audience, self._now()))
        after = 0
        while page := await self._page(flow, after):
            after = page[-1].contact
            chosen = (self._inviting.choose(invitation, person) for person in _people(page, only))
            contacts = [one.contact for one in chosen if isinstance(one, Known)]
            rows = [(self._database.identifiers.next(), contact) for contact in contacts]
            await self._write(partial(campaigns.choose, campaign=identifier, rows=rows))
        await self._write(lambda tx: campaigns.set_state(tx, identifier, "choosing", "queueing", self._now()))
        await self._queue_all(invitation, identifier)
        return identifier

    async def _queue_all(self, invitation: Invitation, identifier: int) -> None:
        while await self._write(lambda tx: self._queue(tx, invitation, identifier)):
            pass

    def _queue(self, tx: Transaction, invitation: Invitation, identifier: int) -> bool:
        """Queues the next page of messages; returns whether there may be more."""
        campaign = campaigns.find(tx, identifier)
        if campaign is None or campaign.state != "queueing":
            return False
        now, due = self._now(), milliseconds(self._due(invitation.flow))
        page = campaigns.unsent(tx, campaign, since=self._since())
        if not page:
            campaigns.spare_rest(tx, identifier)
            campaigns.set_state(tx, identifier, "queueing", "running", now)
            return False
        rows: list[Sequence[object]] = []
        given: list[tuple[int, int]] = []
        spared: list[int] = []
        for person in _people(page, None):
            chosen = self._inviting.choose(invitation, person)
            if not isinstance(chosen, Known):  # they said stop since, or answered
                spared.append(person[0].contact)
                continue
            message = self._database.identifiers.next()
            sealed = self._vault.seal(payload.pack(self._inviting.message(invitation, chosen)), outbox.PAYLOAD)
            rows.append(
                (message, chosen.address_id, chosen.contact, None, chosen.channel, outbox.CAMPAIGN, 0, sealed, due, now,
                 chosen.account, invitation.flow.flow)
            )  # fmt: skip
            given.append((message, chosen.contact))
        if rows:
            outbox.queue(tx, rows)
        campaigns.given(tx, identifier, given)
        campaigns.spare(tx, identifier, spared)
        return True

    # ── holding and going on ─────────────────────────────────────────────────────────────────────────────────────────

    async def pause(self, identifier: int) -> int:
        """Holds everything back that was not sent yet, and returns how many messages these are.

        It returns when nothing of the campaign is on its way any more. Raises CampaignRefused "campaign.unknown" or
        "campaign.not_running".
        """
        await self._write(lambda tx: self._stand(tx, identifier, "paused", ("queueing", "running", "paused")))
        held = 0
        while True:
            held += await self._pages(partial(campaigns.hold, campaign=identifier))
            if not await self._write(partial(campaigns.flying, campaign=identifier)):
                # what was on its way may have come back to the queue between the two looks
                return held + await self._pages(partial(campaigns.hold, campaign=identifier))
            await asyncio.sleep(0.2)

    async def resume(self, identifier: int, invitation: Callable[[str], Invitation]) -> int:
        """Goes on where it was paused, or where the process died that queued it; returns how many messages were let go.

        `invitation` gives the words for a flow's id. Raises CampaignRefused "campaign.unknown" or, where it died while people
        were still being chosen, "campaign.unfinished": nothing of it was sent, it can be made anew.
        """
        found = await self._write(partial(campaigns.find, identifier=identifier))
        if found is None:
            raise CampaignRefused("campaign.unknown", campaign=identifier)
        if found.state == "choosing":
            raise CampaignRefused("campaign.unfinished", flow=found.flow)
        words = invitation(found.flow)
        due = milliseconds(self._due(words.flow))
        await self._write(lambda tx: self._stand(tx, identifier, "queueing", ("queueing", "running", "paused")))
        let_go = await self._pages(partial(campaigns.let_go, campaign=identifier, due_at=due))
        await self._queue_all(words, identifier)
        return let_go

    def _stand(self, tx: Transaction, identifier: int, state: campaigns.State, before: Collection[campaigns.State]) -> None:
        found = campaigns.find(tx, identifier)
        if found is None:
            raise CampaignRefused("campaign.unknown", campaign=identifier)
        if found.state not in before:
            raise CampaignRefused("campaign.not_running", campaign=identifier)
        campaigns.set_state(tx, identifier, found.state, state, self._now())
        campaigns.quiet(tx, identifier, 0)

    async def keep_quiet(self, flows: Callable[[str], Flow | None]) -> None:
        """Puts off what would be sent in quiet hours that have begun or are about to; a duty of every few seconds.

        `flows` returns a flow by its id if people can begin it now: nobody is invited to one that they cannot, so its campaign
        is paused.
        """
        for campaign in await self._write(campaigns.listed):
            if campaign.state == "choosing" or campaign.quiet_until == FOR_GOOD:
                continue
            flow = flows(campaign.flow)
            if flow is None:
                await self._close(campaign)
                continue
            now = self._clock.now()
            until = max(after_quiet(now, flow.quiet), after_quiet(now + AHEAD, flow.quiet))
            ends = milliseconds(until)
            if until <= now + AHEAD or campaign.quiet_until == ends:
                continue
            await self._pages(partial(campaigns.put_off, campaign=campaign.id, until=ends))
            await self._write(partial(campaigns.quiet, campaign=campaign.id, until=ends))

    async def _close(self, campaign: Campaign) -> None:
        held = await self._pages(partial(campaigns.hold, campaign=campaign.id))
        if held or campaign.state == "queueing":
            await self._write(lambda tx: campaigns.set_state(tx, campaign.id, campaign.state, "paused", self._now()))
        await self._write(partial(campaigns.quiet, campaign=campaign.id, until=FOR_GOOD))

    # ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def tallies(self) -> list[Tally]:
        """Returns what became of every campaign so far, the oldest first."""
        return [await self._write(partial(tally, campaign=one)) for one in await self._write(campaigns.listed)]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _due(self, flow: Flow) -> datetime:
        return after_quiet(self._clock.now(), flow.quiet)

    def _since(self) -> int:
        return milliseconds(self._clock.now() - AGAIN_AFTER)

    def _now(self) -> int:
        return milliseconds(self._clock.now())

    async def _page(self, flow: str, after: int) -> list[Known]:
        return await self._write(partial(campaigns.everybody, flow=flow, after=after, since=self._since()))

    async def _pages(self, work: Callable[..., Touched]) -> int:
        """Does it page by page; returns how many messages were touched."""
        after, touched = 0, 0
        while (done := await self._write(partial(work, after=after))) is not None:
            after, count = done
            touched += count
        return touched

    async def _write(self, work: Callable[[Transaction], T]) -> T:
        return await self._database.transaction(work, apart=True)


def _people(page: Sequence[Known], only: Collection[int] | None) -> Iterator[list[Known]]:
    """Yields each person of a page with all their addresses."""
    for contact, addresses in groupby(page, key=lambda known: known.contact):
        if only is None or contact in only:
            yield list(addresses)
