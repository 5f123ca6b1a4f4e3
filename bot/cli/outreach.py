"""`minga links`, `minga telegram set-webhook`: the ways in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import LOCALES, Terminal, terminal_of
from bot.cli.ways import FlowName, OutreachRefused, known_ways, opened

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.engine.flow import Flow
    from bot.links import Link
    from bot.settings import Settings


ASKING = 10.0
"""Seconds for which Telegram is waited for."""


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
