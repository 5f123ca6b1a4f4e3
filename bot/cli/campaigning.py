"""`minga campaign`: people are invited to a flow."""

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
from bot.cli.ways import FlowName, OutreachRefused, known_ways, opened

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from collections.abc import Iterator

    from bot.assembly import House
    from bot.campaigns.campaigns import Campaigns, Plan
    from bot.campaigns.invitation import Invitation
    from bot.campaigns.tally import Tally
    from bot.engine.flow import Flow
    from bot.engine.language import Language
    from bot.providers import Providers
    from bot.settings import Settings


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
