"""What `minga doctor` asks of the providers: are token, webhook, numbers and templates as they must be? Nothing is changed there.

A provider that cannot be reached is no fault of the installation: it is told as a warning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bot.cli.doctor import Finding
from bot.cli.terminal import Terminal

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.channels.telegram.client import MingaBot
    from bot.channels.twilio import TwilioApi
    from bot.settings import Settings

PATIENCE = 8.0
"""Seconds for which each provider is waited for."""

_REFUSED = frozenset({"20003", "http_401"})
"""Twilio's words for a token or an account that it does not know."""


async def look(settings: Settings, terminal: Terminal) -> list[Finding]:
    """Returns what was found, provider by provider; nothing where none is configured."""
    looks: list[Callable[[Settings, Terminal], Awaitable[list[Finding]]]] = []
    if settings.telegram_token.get_secret_value():
        looks.append(_telegram)
    if settings.twilio_auth_token.get_secret_value() and settings.twilio_account_sid:
        looks.append(_twilio)
    if looks and settings.public_url:
        looks.append(_public)
    found = await asyncio.gather(*(one(settings, terminal) for one in looks))
    return [finding for findings in found for finding in findings]


async def _public(settings: Settings, terminal: Terminal) -> list[Finding]:
    """Can the server be reached at its public address, by way of whatever stands before it?"""
    import aiohttp

    url = settings.public_url
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
            session.get(f"{url}/healthz", allow_redirects=False) as response,
        ):
            if response.status == 200:
                return [Finding("good", terminal.say("doctor.public_url", url=url))]
            error = str(response.status)
    except (aiohttp.ClientError, TimeoutError, OSError) as failed:
        error = type(failed).__name__
    return [Finding("weak", terminal.say("doctor.public_url_unreachable", url=url, error=error))]


# ── Telegram ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _telegram(settings: Settings, terminal: Terminal) -> list[Finding]:
    from telegram.error import InvalidToken, TelegramError

    from bot.channels.telegram.client import AiohttpRequest, make_bot
    from bot.channels.telegram.setup import get_me

    request = AiohttpRequest(settings.telegram_api_url, PATIENCE)
    bot = make_bot(settings.telegram_token.get_secret_value(), settings.telegram_api_url, request)
    try:
        async with asyncio.timeout(PATIENCE):
            me = await get_me(bot)
            found = [Finding("good", terminal.say("doctor.telegram", name=me.username))]
            return [*found, *await _webhook(bot, settings, terminal)]
    except InvalidToken:
        return [Finding("bad", terminal.say("telegram.token_refused"))]
    except (TelegramError, TimeoutError) as error:
        return [Finding("weak", terminal.say("doctor.telegram_unreachable", error=type(error).__name__))]
    finally:
        await request.shutdown()


async def _webhook(bot: MingaBot, settings: Settings, terminal: Terminal) -> list[Finding]:
    from bot.channels.telegram.setup import webhook
    from bot.inbound.doors import TELEGRAM

    told = await webhook(bot)
    if settings.polls:
        if not told.url:
            return [Finding("good", terminal.say("doctor.telegram_polling", waiting=told.waiting))]
        # whoever asked for polling by name has the bot taken over at the start; else the webhook may be somebody else's
        if settings.telegram_mode == "polling":
            return [Finding("good", terminal.say("doctor.telegram_webhook_good", url=told.url))]
        return [Finding("bad", terminal.say("doctor.telegram_webhook_bad", url=told.url))]
    if not settings.public_url.startswith("https://"):
        return [Finding("bad", terminal.say("telegram.no_public_url"))]
    wanted = settings.public_url + TELEGRAM
    if told.url != wanted:
        return [Finding("bad", terminal.say("doctor.telegram_no_webhook", url=told.url or "—", wanted=wanted))]
    found = [Finding("good", terminal.say("doctor.telegram_webhook", url=wanted, waiting=told.waiting))]
    if told.trouble and told.waiting:
        found.append(Finding("weak", terminal.say("doctor.telegram_trouble", trouble=told.trouble, waiting=told.waiting)))
    return found


# ── Twilio ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _twilio(settings: Settings, terminal: Terminal) -> list[Finding]:
    from bot.channels.channel import SendError
    from bot.channels.twilio import Account, TwilioApi

    token, service = settings.twilio_auth_token.get_secret_value(), settings.twilio_messaging_service_sid
    api = TwilioApi(Account(settings.twilio_account_sid, token, settings.twilio_api_url, messaging_service=service))
    try:
        async with asyncio.timeout(PATIENCE):
            return [*await _account(api, terminal), *await _senders(api, settings, terminal)]
    except SendError as error:
        if error.code in _REFUSED:
            return [Finding("bad", terminal.say("doctor.twilio_refused"))]
        return [Finding("weak", terminal.say("doctor.twilio_unreachable", error=error.code or type(error).__name__))]
    except TimeoutError as error:
        return [Finding("weak", terminal.say("doctor.twilio_unreachable", error=type(error).__name__))]
    finally:
        await api.close()


async def _account(api: TwilioApi, terminal: Terminal) -> list[Finding]:
    standing = await api.standing()
    if not standing.active:
        return [Finding("bad", terminal.say("doctor.twilio_closed", name=standing.name))]
    found = [Finding("good", terminal.say("doctor.twilio", name=standing.name))]
    if standing.trial:
        found.append(Finding("weak", terminal.say("doctor.twilio_trial")))
    return found


async def _senders(api: TwilioApi, settings: Settings, terminal: Terminal) -> list[Finding]:
    found: list[Finding] = []
    number = settings.twilio_sms_from
    if not number and not settings.twilio_whatsapp_from:
        found.append(Finding("weak", terminal.say("doctor.twilio_no_sender")))
    if number.startswith("+"):  # short codes, names and services are no telephone numbers of the account
        found += await _number(api, number, settings, terminal)
    if settings.twilio_whatsapp_from.startswith("+"):
        found += await _whatsapp(api, settings.twilio_whatsapp_from, settings, terminal)
    if (
        not settings.sms_two_way
        and number
        and not settings.twilio_whatsapp_from
        and not settings.telegram_token.get_secret_value()
    ):
        found.append(Finding("weak", terminal.say("doctor.one_way_alone")))
    if settings.twilio_whatsapp_from and not settings.openings:
        found.append(Finding("weak", terminal.say("doctor.no_template")))
    for content in dict.fromkeys(settings.openings.values()):
        status = await api.approval(content)
        if status == "approved":
            found.append(Finding("good", terminal.say("doctor.template", template=content)))
        elif status:
            found.append(Finding("weak", terminal.say("doctor.template_waits", template=content, status=status)))
        else:
            found.append(Finding("bad", terminal.say("doctor.template_missing", template=content)))
    return found


async def _number(api: TwilioApi, number: str, settings: Settings, terminal: Terminal) -> list[Finding]:
    """A number for SMS: is it ours, can it do it, and does what comes to it come to Minga?"""
    from bot.channels.twilio import numbers

    owned = await numbers.number(api, number)
    if owned is None:
        return [Finding("bad", terminal.say("doctor.twilio_no_number", number=number))]
    if not owned.sms:
        return [Finding("bad", terminal.say("doctor.twilio_no_sms", number=number))]
    found = [Finding("good", terminal.say("doctor.twilio_number", number=number))]
    if settings.sms_two_way and settings.public_url and owned.url is not None:
        found.append(_comes_in(settings, terminal, "doctor.twilio_sms_webhook", number, owned.url))
    return found


async def _whatsapp(api: TwilioApi, number: str, settings: Settings, terminal: Terminal) -> list[Finding]:
    """A WhatsApp sender: is it ours, on line, and does what comes to it come to Minga?"""
    from bot.channels.channel import SendError
    from bot.channels.twilio import numbers

    if number == numbers.SANDBOX:
        return [Finding("weak", terminal.say("doctor.whatsapp_sandbox", number=number))]
    try:
        sender = await numbers.sender(api, number)
    except SendError as error:  # what tells of senders is younger than the rest: without it there is less to be said
        return [Finding("weak", terminal.say("doctor.whatsapp_unknown", number=number, error=error.code or type(error).__name__))]
    if sender is None:
        return [Finding("bad", terminal.say("doctor.whatsapp_no_sender", number=number))]
    if not sender.online:
        status = f"{sender.status}: {sender.why}" if sender.why else sender.status
        return [Finding("bad", terminal.say("doctor.whatsapp_offline", number=number, status=status))]
    found = [Finding("good", terminal.say("doctor.whatsapp_online", number=number))]
    if settings.public_url:
        found.append(_comes_in(settings, terminal, "doctor.whatsapp_webhook", number, sender.url))
    return found


def _comes_in(settings: Settings, terminal: Terminal, key: str, number: str, url: str) -> Finding:
    from bot.inbound.doors import OVERRIDES, TWILIO

    wanted = settings.public_url + TWILIO
    if url.partition("#")[0] == wanted:
        return Finding("good", terminal.say(f"{key}_good", number=number))
    return Finding("bad", terminal.say(key, number=number, url=url or "—", wanted=wanted + OVERRIDES))
