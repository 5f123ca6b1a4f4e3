"""Sends what is answered back: prepares it, begins it, looks after it until everybody has it, and shows it beforehand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import Connection

from bot.answering_back.words import AnswerWords, EndedWords, Frame
from bot.campaigns.campaigns import FOR_GOOD, Campaigns, Plan
from bot.campaigns.writing import units
from bot.channels.abilities import LOOKS, Abilities
from bot.channels.channel import Channel
from bot.channels.economy import economical
from bot.channels.segments import segments
from bot.clock import Clock, milliseconds
from bot.engine.build import build
from bot.engine.catalogue import Catalogue
from bot.engine.flow import Flow
from bot.prices import Prices
from bot.reports.by_place import ByPlace, kept, read
from bot.vocabulary import Address
from storage import answer_backs, by_place, campaigns, commitments, flows, theme_streams
from storage.answer_backs import AnswerBack
from storage.campaigns import Campaign
from storage.circles import PURPOSE, TOLD
from storage.commitments import ENDED
from storage.database import Database
from storage.reading import Snapshot
from storage.refusal import Refused
from storage.statements import Transaction

PAGES = 5
"""How many pages of people one look goes on with: other duties wait for it."""

SHOWN = ("telegram", "whatsapp", "sms")
"""The channels that a message is shown for beforehand."""


class AnsweringRefused(Refused):
    """That cannot be answered back, or not yet."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as somebody gets it on one channel: what is sent, what it counts there, and whether it is costly letters."""

    channel: str
    text: str
    units: int
    costly: bool = False


class AnsweringBack:
    """What is answered back in one house. Several processes may look after it side by side."""

    def __init__(
        self,
        database: Database,
        reaching: Campaigns,
        channels: Mapping[str, Channel],
        clock: Clock,
        catalogue: Callable[[], Catalogue],
        *,
        public_url: str,
        prices: Callable[[], Prices],
        plained: Collection[str] = (),
    ) -> None:
        """`prices` reads what messages cost and may block; `plained` are the languages whose SMS go without costly letters."""
        self._database = database
        self._reaching = reaching
        self._channels = channels
        self._clock = clock
        self._catalogue = catalogue
        self._public_url = public_url
        self._prices = prices
        self._plained = frozenset(plained)
        self._flows: dict[int, Flow] = {}

    # ── what it says ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def words(self, answer: AnswerBack, *, fresh: bool = False) -> AnswerWords:
        """Returns the words of that answer as they are now; results are those kept when sending began.

        `fresh`: they are counted now where none are kept, which takes as long as looking at all answers.
        """
        return await self._database.read(partial(self._words, answer=answer, fresh=fresh))

    def _words(self, connection: Connection, answer: AnswerBack, *, fresh: bool) -> AnswerWords:
        tx = Snapshot(connection)
        fresh = fresh and answer.results is None
        figures = self._found(connection, answer) if fresh else read(answer.results) if answer.results else ByPlace()
        entries = tuple(answer_backs.entries(tx, answer.id))
        return AnswerWords(self._frame(connection, answer.flow), answer, entries, figures)

    def _found(self, connection: Connection, answer: AnswerBack) -> ByPlace:
        language = next(iter(self._catalogue().languages.values()))
        return by_place.found(connection, answer.flow, answer.place, answer.told, language, self._clock.now())

    def _frame(self, connection: Connection, flow: str) -> Frame:
        from storage import results  # the tables' classes, which no server's start needs

        catalogue = self._catalogue()
        versions = [build(content) for content in results.versions(connection, flow).values()]
        row = next((row for row in flows.listed(Snapshot(connection)) if row.flow == flow), None)
        if not versions or row is None:
            raise AnsweringRefused("back.no_flow", flow=flow)
        current = next((one for one in versions if one.version == row.version), versions[-1])
        named = dict.fromkeys(one.consent for one in versions)
        covering = tuple(name for name in named if name in catalogue.consents and catalogue.consents[name].purpose == PURPOSE)
        labels = theme_streams.labels(connection, flow)
        return Frame(current, catalogue.languages, catalogue.municipality, self._public_url, covering, labels)

    async def ended(self, number: int) -> EndedWords | None:
        """Returns the words that tell that commitment's end; None while there is none to tell, or nobody who got the answer."""

        def work(connection: Connection) -> EndedWords | None:
            tx = Snapshot(connection)
            one = commitments.one(tx, number)
            answer = None if one is None else answer_backs.by_id(tx, one.answer_back_id)
            if one is None or answer is None or answer.campaign_id is None or one.state not in ENDED:
                return None
            last = commitments.events(tx, one.id)[-1]
            return EndedWords(self._frame(connection, one.flow), answer, one, last.text)

        return await self._database.read(work)

    async def plan(self, words: AnswerWords | EndedWords) -> Plan:
        """Returns whom it would reach, who is left out and why, and what it counts; nothing is written."""
        return await self._reaching.plan(words)

    def seen(self, words: AnswerWords | EndedWords, code: str, place: str) -> list[Seen]:
        """Returns exactly what somebody of that language and place gets on each channel."""
        shown = []
        for name in SHOWN:
            able = self._able(name)
            text = economical(words.text(code, able, place), code, able.plained)
            counted = units(text, code, able)
            shown.append(Seen(name, text, counted, able.charged == "segment" and bool(segments(text).costly)))
        return shown

    def _able(self, name: str) -> Abilities:
        channel = self._channels.get(name)
        if channel is not None:
            return channel.abilities(Address(name, "", ""))
        return replace(LOOKS[name], plained=self._plained) if name == "sms" else LOOKS[name]

    def price(self, plan: Plan) -> tuple[Decimal | None, str]:
        """Returns what that plan costs by the list of prices, and the currency; None where a price is not known. May block."""
        prices = self._prices()
        told = [prices.cost(channel, count, 0) for channel, count in plan.units.items() if count]
        return (None if None in told else sum((one for one in told if one is not None), Decimal(0))), prices.currency

    # ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def figures(self, answer: AnswerBack) -> str:
        """Returns the results that everybody gets, counted now, as they are kept when sending begins."""
        return kept((await self.words(answer, fresh=True)).results)

    def begin(self, tx: Transaction, answer: AnswerBack, figures: str) -> int:
        """Begins to send that answer, in this transaction; returns the campaign. Raises AnsweringRefused "back.sent_before"."""
        campaign = self._database.identifiers.next()
        campaigns.add(tx, campaign, answer.flow, "answered", milliseconds(self._clock.now()))
        if not answer_backs.send(tx, answer.id, campaign, figures):
            raise AnsweringRefused("back.sent_before")
        return campaign

    def begin_ended(self, tx: Transaction, number: int) -> int:
        """Begins to tell the end of that commitment. Raises AnsweringRefused "back.told_before" or "back.not_ended"."""
        one = commitments.one(tx, number)
        if one is None or one.state not in ENDED:
            raise AnsweringRefused("back.not_ended")
        campaign = self._database.identifiers.next()
        campaigns.add(tx, campaign, one.flow, "told", milliseconds(self._clock.now()))
        if not commitments.tell(tx, one.id, campaign):
            raise AnsweringRefused("back.told_before")
        return campaign

    def pause(self, tx: Transaction, campaign: int) -> None:
        """Holds back what was not sent yet; it is done within seconds. Raises CampaignRefused."""
        self._reaching.stand(tx, campaign, "paused")

    def cancel(self, tx: Transaction, campaign: int) -> None:
        """Gives up what was not sent yet, for good; it is done within seconds. Raises CampaignRefused."""
        self._reaching.stand(tx, campaign, "cancelled")

    def resume(self, tx: Transaction, campaign: int) -> None:
        """Lets it go on where it was paused. Raises CampaignRefused."""
        self._reaching.stand(tx, campaign, "choosing")

    async def look(self, now: datetime) -> None:  # noqa: ARG002 because duties hand it in, and the clock is at hand
        """Goes on with every sending from where its rows stand; a duty of every few seconds."""
        for campaign in await self._database.transaction(partial(campaigns.listed, audiences=TOLD), apart=True):
            if campaign.quiet_until == FOR_GOOD:
                continue
            if campaign.state in ("paused", "cancelled"):
                await self._reaching.settle(campaign)
                continue
            flow = self._flows.get(campaign.id)
            words = None if flow is not None and campaign.state == "running" else await self._of(campaign)
            if words is not None:
                flow = self._flows[campaign.id] = words.flow
            if flow is None:
                continue
            await self._reaching.put_off(campaign, flow)
            if words is not None and campaign.state in ("choosing", "queueing"):
                await self._reaching.release(campaign, flow)
                await self._reaching.go_on(campaign.id, words, pages=PAGES)

    async def _of(self, campaign: Campaign) -> AnswerWords | EndedWords | None:
        """Returns the words of that campaign; None where nothing is left that it could say."""

        def work(tx: Transaction) -> tuple[AnswerBack | None, int | None]:
            told = commitments.told_by(tx, campaign.id) if campaign.audience == "told" else None
            return answer_backs.of_campaign(tx, campaign.id), None if told is None else told.number

        answer, number = await self._database.read(lambda connection: work(Snapshot(connection)))
        if answer is not None:
            return await self.words(answer)
        return None if number is None else await self.ended(number)


def closed(state: str, flow: Flow, now: datetime) -> bool:
    """Tells whether a flow is over: by the word of staff, or by its own date."""
    return state == "closed" or (flow.closes is not None and flow.closes <= now.replace(tzinfo=None))
