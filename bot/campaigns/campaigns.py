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

from bot.campaigns.tally import Tally, tally
from bot.campaigns.writing import Reason, Words, Writing
from bot.channels import payload
from bot.channels.channel import Channel
from bot.clock import Clock, milliseconds
from bot.engine.flow import Flow
from bot.engine.timing import after_quiet
from bot.vocabulary import Address
from storage import campaigns, circles, outbox
from storage.campaigns import Campaign, Touched
from storage.circles import PAGE, TOLD, Circle, Known
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


_UNDER_WAY: tuple[campaigns.State, ...] = ("queueing", "running", "paused")


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
        self._writing = Writing(vault, channels)

    # ── whom ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def plan(self, words: Words, *, only: Collection[int] | None = None) -> Plan:
        """Returns whom the message would reach, of everybody or `only` of these contacts; nothing is written."""
        people: Counter[str] = Counter()
        left_out: Counter[Reason] = Counter()
        costs: Counter[str] = Counter()
        samples: dict[tuple[str, str], str] = {}
        after = 0
        while page := await self._page(words.circle, after):
            after = page[-1].contact
            places = await self._write(partial(words.learn, contacts=[person[0].contact for person in _people(page, only)]))
            for person in _people(page, only):
                chosen = self._writing.choose(words, person)
                if not isinstance(chosen, Known):
                    left_out[chosen] += 1
                    continue
                text, cost = self._writing.sample(words, chosen, places.get(chosen.contact, ""))
                people[chosen.channel] += 1
                costs[chosen.channel] += cost
                samples.setdefault((chosen.channel, words.language(chosen.language)), text)
        return Plan(people, left_out, costs, samples, self._due(words.flow))

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

    async def begin(self, words: Words, *, only: Collection[int] | None = None) -> int:
        """Writes to everybody of the circle, or `only` these contacts, and returns the campaign's id when all is queued.

        Whoever is paused meanwhile stays so.
        """
        identifier = self._database.identifiers.next()
        audience = words.circle.audience if only is None else "file"
        flow = words.flow.flow
        await self._write(lambda tx: campaigns.add(tx, identifier, flow, audience, self._now()))
        after = 0
        while (last := await self._choose_page(words, identifier, after, only)) is not None:
            after = last
        await self._queue_all(words, identifier)
        return identifier

    async def go_on(self, identifier: int, words: Words, *, pages: int) -> bool:
        """Chooses people and queues messages from where that stands, at most so many pages; returns whether more is to do.

        Several may do so at once, and any of them may die: the row of the campaign is locked for each page.
        """
        for _ in range(pages):
            found = await self._write(partial(campaigns.find, identifier=identifier))
            match None if found is None else found.state:
                case "choosing":
                    after = await self._write(partial(campaigns.last_chosen, campaign=identifier))
                    await self._choose_page(words, identifier, after, None)
                case "queueing":
                    await self._write(lambda tx: self._queue(tx, words, identifier))
                case _:
                    return False
        return True

    async def _choose_page(self, words: Words, identifier: int, after: int, only: Collection[int] | None) -> int | None:
        """Chooses out of the next page that has anybody to choose; returns its last person's id.

        None where nobody is left: then messages follow.
        """
        while True:
            page = await self._page(words.circle, after)
            chosen = [self._writing.choose(words, person) for person in _people(page, only)]
            contacts = [one.contact for one in chosen if isinstance(one, Known)]
            if contacts or not page:
                await self._write(lambda tx: self._choose(tx, identifier, contacts, done=not page))  # noqa: B023 because it is awaited here
                return page[-1].contact if page else None
            after = page[-1].contact

    def _choose(self, tx: Transaction, identifier: int, contacts: Sequence[int], *, done: bool) -> None:
        campaign = campaigns.find(tx, identifier)
        if campaign is None or campaign.state != "choosing":
            return  # somebody else has chosen them all, or it was paused
        campaigns.choose(tx, identifier, [(self._database.identifiers.next(), contact) for contact in contacts])
        if done:
            campaigns.set_state(tx, identifier, "choosing", "queueing", self._now())

    async def _queue_all(self, words: Words, identifier: int) -> None:
        while await self._write(lambda tx: self._queue(tx, words, identifier)):
            pass

    def _queue(self, tx: Transaction, words: Words, identifier: int) -> bool:
        """Queues the next page of messages; returns whether there may be more."""
        campaign = campaigns.find(tx, identifier)
        if campaign is None or campaign.state != "queueing":
            return False
        now, due = self._now(), milliseconds(self._due(words.flow))
        page = circles.unsent(tx, identifier, words.circle, since=self._since())
        if not page:
            campaigns.spare_rest(tx, identifier)
            campaigns.set_state(tx, identifier, "queueing", "running", now)
            return False
        rows: list[Sequence[object]] = []
        given: list[tuple[int, int]] = []
        spared: list[int] = []
        places = words.learn(tx, [person[0].contact for person in _people(page, None)])
        for person in _people(page, None):
            chosen = self._writing.choose(words, person)
            if not isinstance(chosen, Known):  # they said stop since, or answered
                spared.append(person[0].contact)
                continue
            message = self._database.identifiers.next()
            outgoing = self._writing.message(words, chosen, places.get(chosen.contact, ""))
            sealed = self._vault.seal(payload.pack(outgoing), outbox.PAYLOAD)
            rows.append(
                (message, chosen.address_id, chosen.contact, None, chosen.channel, outbox.CAMPAIGN, 0, sealed,
                 now if chosen.test else due, now, chosen.account, words.flow.flow)
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
        await self._write(lambda tx: self.stand(tx, identifier, "paused"))
        held = 0
        while True:
            held += await self._pages(partial(campaigns.hold, campaign=identifier))
            if not await self._write(partial(campaigns.flying, campaign=identifier)):
                # what was on its way may have come back to the queue between the two looks
                return held + await self._pages(partial(campaigns.hold, campaign=identifier))
            await asyncio.sleep(0.2)

    async def settle(self, campaign: Campaign) -> None:
        """Does what a pause or a cancellation asks for: nothing of it is still queued. It may be let go on meanwhile."""
        if campaign.state == "paused":
            await self._pages(self._while(campaign, campaigns.hold))
        else:
            await self._pages(self._while(campaign, campaigns.break_off))
            await self._write(partial(campaigns.spare_rest, campaign=campaign.id))
        if not await self._write(partial(campaigns.flying, campaign=campaign.id)):
            # what was on its way may have come back to the queue between the two looks
            await self._pages(self._while(campaign, campaigns.hold if campaign.state == "paused" else campaigns.break_off))
            await self._write(partial(campaigns.rested, campaign=campaign.id, state=campaign.state, until=FOR_GOOD))

    async def release(self, campaign: Campaign, flow: Flow) -> None:
        """Queues again what a pause held back, for when the flow's quiet hours allow it. It may be paused again meanwhile."""
        due = milliseconds(self._due(flow))
        await self._pages(self._while(campaign, partial(campaigns.let_go, due_at=due)))

    def _while(self, campaign: Campaign, work: Callable[..., Touched]) -> Callable[..., Touched]:
        """Returns what does that to the next page as long as the campaign stands where it was seen to stand."""

        def page(tx: Transaction, *, after: int) -> Touched:
            found = campaigns.find(tx, campaign.id)
            same = found is not None and found.state == campaign.state
            return work(tx, campaign=campaign.id, after=after) if same else None

        return page

    async def resume(self, identifier: int, words: Callable[[str], Words]) -> int:
        """Goes on where it was paused, or where the process died that queued it; returns how many messages were let go.

        `words` gives what is said, for a flow's id. Raises CampaignRefused "campaign.unknown" or, where it died while people
        were still being chosen, "campaign.unfinished": nothing of it was sent, it can be made anew.
        """
        found = await self._write(partial(campaigns.find, identifier=identifier))
        if found is None:
            raise CampaignRefused("campaign.unknown", campaign=identifier)
        if found.state == "choosing":
            raise CampaignRefused("campaign.unfinished", flow=found.flow)
        said = words(found.flow)
        await self._write(lambda tx: self.stand(tx, identifier, "queueing"))
        due = milliseconds(self._due(said.flow))
        let_go = await self._pages(partial(campaigns.let_go, campaign=identifier, due_at=due))
        await self._queue_all(said, identifier)
        return let_go

    def stand(self, tx: Transaction, identifier: int, state: campaigns.State) -> Campaign:
        """Has it paused, broken off, or going on, and returns it as it stood. Raises CampaignRefused as `pause` does.

        An invitation goes on with queueing; what is answered back also chooses on, where it was paused before all were chosen.
        """
        found = campaigns.find(tx, identifier)
        if found is None:
            raise CampaignRefused("campaign.unknown", campaign=identifier)
        known = ("choosing", *_UNDER_WAY) if found.audience in TOLD else _UNDER_WAY
        if found.state not in known:
            raise CampaignRefused("campaign.not_running", campaign=identifier)
        campaigns.set_state(tx, identifier, found.state, state, self._now())
        campaigns.quiet(tx, identifier, 0)
        return found

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
            else:
                await self.put_off(campaign, flow)

    async def put_off(self, campaign: Campaign, flow: Flow) -> None:
        """Puts off what would be sent in quiet hours of the flow that have begun or are about to."""
        now = self._clock.now()
        until = max(after_quiet(now, flow.quiet), after_quiet(now + AHEAD, flow.quiet))
        ends = milliseconds(until)
        if until <= now + AHEAD or campaign.quiet_until == ends:
            return
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

    async def _page(self, circle: Circle, after: int) -> list[Known]:
        return await self._write(partial(circles.everybody, circle=circle, after=after, since=self._since()))

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
