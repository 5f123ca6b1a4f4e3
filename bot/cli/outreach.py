"""`minga campaign`, `minga links`, `minga telegram set-webhook`: how residents come to hear of a flow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.terminal import LOCALES, Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from collections.abc import Iterator

    from bot.assembly import House
    from bot.campaigns.campaigns import Campaigns, Plan
    from bot.campaigns.invitation import Invitation
    from bot.campaigns.tally import Tally
    from bot.engine.flow import Flow
    from bot.engine.language import Language
    from bot.links import Link, Ways
    from bot.providers import Providers
    from bot.settings import Settings

FlowName = Annotated[str, typer.Argument(metavar="flow")]

ASKING = 10.0
"""Seconds for which Telegram is waited for."""


class OutreachRefused(Refused):
    """That cannot be done with this flow, or with these settings."""


# ── campaigns ────────────────────────────────────────────────────────────────────────────────────────────────────────


def campaign(
    context: typer.Context,
    flow: FlowName,
    to: Annotated[str, typer.Option("--to", metavar="all|file")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    pause: Annotated[bool, typer.Option("--pause")] = False,
    resume: Annotated[bool, typer.Option("--resume")] = False,
) -> None:
    """Invites people to a flow, holds the invitations back, goes on, or tells what became of them."""
    from bot.settings import read

    terminal = terminal_of(context)
    if sum((bool(to), pause, resume)) > 1 or (dry_run and not to):
        raise OutreachRefused("campaign.options")
    with _desk(read()) as desk:
        if to:
            desk.run(partial(_begin, desk, terminal, flow, to, dry_run=dry_run))
        elif pause:
            desk.run(partial(_pause, desk, terminal, flow))
        elif resume:
            desk.run(partial(_resume, desk, terminal, flow))
        else:
            desk.run(partial(_status, desk, terminal, flow))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the commands work with."""

    house: House
    languages: Mapping[str, Language]
    providers: Providers
    campaigns: Campaigns

    def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Does the work in a loop of its own, and closes what it opened there."""

        async def closing() -> None:
            try:
                await work()
            finally:
                await self.providers.close()

        asyncio.run(closing())

    def flow(self, name: str) -> Flow:
        """Returns the flow that is open. Raises OutreachRefused "campaign.not_open" or "campaign.no_word"."""
        flow = opened(self.house, name)
        if flow is None:
            raise OutreachRefused("campaign.not_open", flow=name)
        if not flow.words:
            raise OutreachRefused("campaign.no_word", flow=name)
        return flow

    def invitation(self, flow: Flow) -> Invitation:
        """Returns the words for that flow."""
        from bot import links
        from bot.campaigns.invitation import Invitation

        settings = self.house.settings
        ways = known_ways(self.house)

        def link(word: str) -> str:
            if ways.whatsapp:
                return links.whatsapp(ways.whatsapp, word)
            return links.telegram(ways.telegram, flow.flow) if ways.telegram else ""

        return Invitation(flow, self.languages, settings.municipality, link)


@contextmanager
def _desk(settings: Settings) -> Iterator[_Desk]:
    from bot.assembly import open_house
    from bot.campaigns.campaigns import Campaigns
    from bot.providers import build_channels
    from bot.translations import load_languages

    languages = load_languages(LOCALES)
    with open_house(settings) as house:
        providers = build_channels(settings, languages, house.database, house.clock)
        yield _Desk(house, languages, providers, Campaigns(house.database, house.vault, house.clock, providers.channels))


def opened(house: House, name: str) -> Flow | None:
    """Returns the flow of that name as people can begin it now; None if they cannot."""
    from bot.engine.availability import availability
    from bot.engine.build import build
    from bot.engine.catalogue import Catalogue
    from storage import flows
    from storage.statements import Transaction

    def content(tx: Transaction) -> str | None:
        version = next((row.version for row in flows.listed(tx) if row.flow == name and row.state == "open"), None)
        return None if version is None else flows.content(tx, version)

    found = house.database.transaction_now(content)
    flow = None if found is None else build(found)
    if flow is None or availability(Catalogue({}, {}, {}), flow, house.clock.now()) != "open":
        return None
    return flow


def known_ways(house: House) -> Ways:
    """Returns how people can reach us, as far as settings and database tell."""
    from bot.flow_shelf import ways

    return house.database.transaction_now(lambda tx: ways(house.settings, tx))


async def _begin(desk: _Desk, terminal: Terminal, flow: str, to: str, *, dry_run: bool) -> None:
    invitation = desk.invitation(desk.flow(flow))
    only = None if to == "all" else await _listed(desk, terminal, to)
    if any(tally.campaign.flow == flow and tally.campaign.state == "paused" for tally in await desk.campaigns.tallies()):
        raise OutreachRefused("campaign.paused_one", flow=flow)
    plan = await desk.campaigns.plan(invitation, only=only)
    _tell_plan(terminal, plan, samples=dry_run)
    if dry_run:
        terminal.tell(terminal.say("campaign.dry_run"))
        return
    if not plan.total:
        raise OutreachRefused("campaign.nobody", flow=flow)
    if not desk.providers.channels:
        raise OutreachRefused("campaign.no_channel")
    await desk.campaigns.begin(invitation, only=only)
    terminal.tell(terminal.say("campaign.queued", flow=flow))


def _lines(name: str) -> list[str]:
    """Returns the lines of that file. Raises OutreachRefused "campaign.file"."""
    try:
        return Path(name).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise OutreachRefused("campaign.file", file=name, error=type(error).__name__) from error


async def _listed(desk: _Desk, terminal: Terminal, file: str) -> frozenset[int]:
    """Returns the contacts that a file lists. Raises OutreachRefused "campaign.file" or "campaign.line"."""
    lines = _lines(file)
    wanted: list[list[tuple[str, str]]] = []
    for number, line in enumerate(lines, 1):
        if not (written := line.partition("#")[0].strip()):
            continue
        addresses = _addresses(written)
        if not addresses:
            raise OutreachRefused("campaign.line", file=file, line=number)
        wanted.append(addresses)
    found = iter(await desk.campaigns.at([address for addresses in wanted for address in addresses]))
    people = [[contact for _ in addresses if (contact := next(found)) is not None] for addresses in wanted]
    if unknown := sum(not contacts for contacts in people):
        terminal.note(terminal.say("campaign.unknown_addresses", count=unknown))
    return frozenset(contact for contacts in people for contact in contacts)


def _addresses(written: str) -> list[tuple[str, str]]:
    """Returns the (channel, identifier) that a line may mean: "telegram:123", "sms:+593…", or a number on its own."""
    channel, colon, identifier = written.partition(":")
    if colon:
        identifier = identifier.strip() if channel == "telegram" else _number(identifier)
        return [(channel, identifier)] if channel in {"telegram", "whatsapp", "sms"} and identifier else []
    number = _number(written)
    return [("whatsapp", number), ("sms", number)] if number else []


def _number(written: str) -> str:
    """Returns a number as channels know it, without what people put between its digits; "" for none with a country."""
    bare = "".join(character for character in written if character not in " -.()\t")
    return bare if bare.startswith("+") and bare[1:].isdecimal() and len(bare) > 6 else ""


def _tell_plan(terminal: Terminal, plan: Plan, *, samples: bool) -> None:
    terminal.tell(terminal.say("campaign.people", count=plan.total))
    for channel, count in sorted(plan.people.items()):
        terminal.tell(terminal.say("campaign.by_channel", channel=channel, count=count, units=plan.units[channel]))
    for reason, count in sorted(plan.left_out.items()):
        terminal.tell(f"  {count}  {terminal.say(f'campaign.left_out.{reason}')}")
    if plan.starts is not None:
        terminal.tell(terminal.say("campaign.starts", at=f"{plan.starts:%d/%m/%Y %H:%M}"))
    if samples:
        for (channel, code), text in sorted(plan.samples.items()):
            terminal.tell(f"\n[{channel}, {code}]\n{text}")


async def _pause(desk: _Desk, terminal: Terminal, flow: str) -> None:
    running = [one.campaign for one in await _of(desk, flow) if one.campaign.state in {"queueing", "running"}]
    if not running:
        raise OutreachRefused("campaign.none_running", flow=flow)
    held = [await desk.campaigns.pause(one.id) for one in running]
    terminal.tell(terminal.say("campaign.held", flow=flow, count=sum(held)))


async def _resume(desk: _Desk, terminal: Terminal, flow: str) -> None:
    waiting = [one.campaign for one in await _of(desk, flow) if one.campaign.state in {"queueing", "paused"}]
    if not waiting:
        raise OutreachRefused("campaign.none_paused", flow=flow)
    let_go = [await desk.campaigns.resume(one.id, lambda name: desk.invitation(desk.flow(name))) for one in waiting]
    terminal.tell(terminal.say("campaign.resumed", flow=flow, count=sum(let_go)))


async def _status(desk: _Desk, terminal: Terminal, flow: str) -> None:
    from bot.clock import moment

    for tally in await _of(desk, flow):
        at = moment(tally.campaign.created_at, desk.house.clock.now().tzinfo)
        state = terminal.say(f"campaign.state.{tally.campaign.state}")
        terminal.tell(f"{at:%d/%m/%Y %H:%M}  {state}  {terminal.say('campaign.messages', count=tally.total)}")
        for became, count in sorted(tally.messages.items()):
            terminal.tell(f"  {count}  {terminal.say(f'campaign.became.{became}')}")
        if tally.left:
            terminal.tell(f"  {tally.left}  {terminal.say('campaign.left')}")
        prices = ", ".join(f"{price / 1e6:.2f} {currency}" for currency, price in sorted(tally.price.items()))
        terminal.tell(f"  {terminal.say('campaign.cost', units=tally.units, price=prices or '—')}")


async def _of(desk: _Desk, flow: str) -> list[Tally]:
    found = [tally for tally in await desk.campaigns.tallies() if tally.campaign.flow == flow]
    if not found:
        raise OutreachRefused("campaign.none", flow=flow)
    return found


# ── links ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def links(
    context: typer.Context,
    flow: FlowName,
    poster: Annotated[Path | None, typer.Option("--poster", metavar="file")] = None,
    place: Annotated[str, typer.Option("--place", metavar="place")] = "",
) -> None:
    """Shows the links that begin a flow, and draws posters with them."""
    from bot.assembly import open_house
    from bot.links import links as links_of
    from bot.settings import read

    terminal = terminal_of(context)
    settings = read()
    with open_house(settings) as house:
        found = opened(house, flow)
        if found is None:
            raise OutreachRefused("campaign.not_open", flow=flow)
        if place and place not in found.links:
            raise OutreachRefused("links.no_place", flow=flow, place=place, known=", ".join(found.links))
        ways = known_ways(house)
    if settings.telegram_token.get_secret_value() and not ways.telegram:
        terminal.note(terminal.say("links.bot_unknown"))
    shown = [link for link in links_of(found, ways) if not place or link.place == place]
    if not shown:
        raise OutreachRefused("links.no_way")
    for link in shown:
        told = terminal.say("links.sms", word=link.word, number=link.number) if link.channel == "sms" else link.url
        terminal.tell(f"{link.place or flow:<16}  {link.channel:<8}  {told}")
    if poster is not None:
        _draw(terminal, settings, found, shown, poster)


def _draw(terminal: Terminal, settings: Settings, flow: Flow, shown: list[Link], file: Path) -> None:
    from bot.poster import draw, pages

    drawn = pages(flow, shown, settings.municipality, terminal.language)
    try:
        file.write_bytes(draw(drawn))
    except OSError as error:
        raise OutreachRefused("links.unwritable", file=file, error=error.strerror) from error
    terminal.tell(terminal.say("links.poster", file=file, pages=len(drawn)))


# ── Telegram ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def set_webhook(context: typer.Context) -> None:
    """Has Telegram send updates to MINGA_PUBLIC_URL."""
    from telegram.error import InvalidToken, TelegramError

    from bot.channels.telegram import TelegramChannel
    from bot.channels.telegram import set_webhook as agree
    from bot.inbound.doors import TELEGRAM
    from bot.settings import read
    from bot.translations import load_languages

    terminal = terminal_of(context)
    settings = read()
    token = settings.telegram_token.get_secret_value()
    if not token:
        raise OutreachRefused("telegram.no_token")
    if not settings.public_url.startswith("https://"):
        raise OutreachRefused("telegram.no_public_url")
    if settings.polls:
        raise OutreachRefused("telegram.polls")
    url = settings.public_url + TELEGRAM
    secret = settings.telegram_secret.get_secret_value()

    async def work() -> None:
        channel = TelegramChannel(token, load_languages(LOCALES), api_url=settings.telegram_api_url, secret=secret)
        try:
            async with asyncio.timeout(ASKING):
                await agree(channel.bot, url, channel.secret)
        finally:
            await channel.close()

    try:
        asyncio.run(work())
    except InvalidToken:
        raise OutreachRefused("telegram.token_refused") from None
    except (TelegramError, TimeoutError) as error:
        raise OutreachRefused("telegram.unavailable", error=error if isinstance(error, TelegramError) else "") from None
    terminal.tell(terminal.say("telegram.webhook_set", url=url))
