"""Campaigns: a flow's invitation to everybody who said that they may be written to, at the pace of the channels.

Who is invited is chosen first, then messages are queued, in pages: a process that dies between loses nothing and doubles nothing,
since a person's message and the note that they have it are one transaction. Replies go first by the outbox's own priorities.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Literal, TypeVar

from bot.calling import herald_of
from bot.channels import payload
from bot.channels.channel import Channel
from bot.channels.economy import preview
from bot.channels.rendering import render
from bot.clock import Clock, milliseconds
from bot.engine.answers.words import first_word
from bot.engine.flow import Flow
from bot.engine.language import Language, find_code
from bot.engine.timing import after_quiet
from bot.vocabulary import Address, Outgoing, Say
from storage import campaigns, outbox
from storage.campaigns import PAGE, Campaign, Known, Touched
from storage.database import Database
from storage.profiles import Profile
from storage.refusal import Refused
from storage.statements import Transaction
from storage.vault import Vault

T = TypeVar("T")

AUDIENCE = frozenset({"telegram", "whatsapp", "sms"})
"""The channels that campaigns use: those that reach people."""

AHEAD = timedelta(seconds=10)
"""So long before quiet hours begin messages are put off: what was handed over before is at its reader in time."""

FOR_GOOD = 1 << 62
"""The end of quiet hours that do not end: nothing of that campaign is looked after any more, until it is resumed."""

AGAIN_AFTER = timedelta(days=3)
"""Nobody is invited twice to one flow within so long: a command given twice by mistake invites nobody anew."""

Reason = Literal["no_consent", "refused_consent", "stopped", "answered", "invited", "unreachable", "one_way"]
"""Why somebody is not invited."""


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


@dataclass(frozen=True, slots=True)
class Invitation:
    """The words of an invitation. `link` leads, on its channel, to where people can answer who cannot answer there."""

    flow: Flow
    languages: Mapping[str, Language]
    municipality: str
    link: Callable[[str], str] = lambda _: ""

    def language(self, code: str) -> str:
        """Returns the language in which a person of that language is invited: theirs, if flow and product have it."""
        spoken = [known for known in self.flow.languages if find_code(known, self.languages)] or list(self.languages)
        return find_code(code, spoken) or spoken[0]

    def text(self, code: str, *, answerable: bool) -> str:
        """Returns the invitation in that language; where nobody can answer, with the link."""
        language = self.languages[find_code(code, self.languages) or next(iter(self.languages))]
        title = self.flow.title.get(code) or next(iter(self.flow.title.values()))
        stop = first_word((language, *self.languages.values()), "stop")
        word = self.flow.words[0]
        who = self.municipality or language.say("campaign.nameless")
        if answerable:
            return language.say("campaign.invite", who=who, title=title, word=word, stop=stop)
        return language.say("campaign.invite.link", who=who, title=title, link=self.link(word))


class Campaigns:
    """Makes, holds and tells of the campaigns of one house. `channels` are those that are configured, by name."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._channels = {name: channel for name, channel in channels.items() if name in AUDIENCE}

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
                chosen = self._choose(invitation, person)
                if not isinstance(chosen, Known):
                    left_out[chosen] += 1
                    continue
                # what is shown to staff names nobody
                text = self._say(invitation, chosen._replace(number=0)).text
                people[chosen.channel] += 1
                units[chosen.channel] += self._units(chosen, text, invitation.language(chosen.language))
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
            contacts = [
                chosen.contact for person in _people(page, only) if isinstance(chosen := self._choose(invitation, person), Known)
            ]
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
            chosen = self._choose(invitation, person)
            if not isinstance(chosen, Known):  # they said stop since, or answered
                spared.append(person[0].contact)
                continue
            message = self._database.identifiers.next()
            sealed = self._vault.seal(payload.pack(self._message(invitation, chosen)), outbox.PAYLOAD)
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
        return [await self._write(partial(_tally, campaign=one)) for one in await self._write(campaigns.listed)]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _choose(self, invitation: Invitation, person: Sequence[Known]) -> Known | Reason:
        """Returns the person at the address where they are invited, or why they are not."""
        first = person[0]
        if not first.consented:
            return "no_consent" if first.consented is None else "refused_consent"
        if first.stopped or all(at.marked for at in person):
            return "stopped"
        if first.answered:
            return "answered"
        if first.invited:
            return "invited"
        # where somebody else who shares it said stop, nothing goes for anybody
        reachable = [at for at in person if at.address_id is not None and not at.marked and at.channel in self._channels]
        if not reachable:
            return "unreachable"
        answerable = [at for at in reachable if self._two_way(at)]
        if not answerable and not invitation.link(invitation.flow.words[0]):
            return "one_way"
        # where they last talked with us, else where we met them last
        return max(answerable or reachable, key=lambda at: (at.used_at, at.address_id))

    def _two_way(self, at: Known) -> bool:
        return self._channels[at.channel].abilities(Address(at.channel, "", at.account)).two_way

    def _say(self, invitation: Invitation, at: Known) -> Say:
        code = invitation.language(at.language)
        text = invitation.text(code, answerable=self._two_way(at))
        if at.number:  # who will have the phone when it is read is not known
            profile = Profile(at.contact, at.number, at.name, current=False)
            text = herald_of(self._vault, profile, code, invitation.languages).text(text)
        return Say(text, step="campaign", kind="note", language=code)

    def _message(self, invitation: Invitation, at: Known) -> Outgoing:
        address = Address(at.channel, self._vault.open_identity(at.identity), at.account)
        return render(self._say(invitation, at), address, self._channels[at.channel].abilities(address))

    def _units(self, at: Known, text: str, code: str) -> int:
        abilities = self._channels[at.channel].abilities(Address(at.channel, "", at.account))
        match abilities.charged:
            case "nothing":
                return 0
            case "message":
                return 1
            case "segment":
                return preview(text, code, abilities.plained).count

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


def _tally(tx: Transaction, campaign: Campaign) -> Tally:
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
