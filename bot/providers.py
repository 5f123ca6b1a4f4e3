"""The real channels, built where their tokens are set, and what runs beside them: who the bot is, fetching updates, the spool."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import socket
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.casework.files import StoredFiles
from bot.channels.abilities import SMS
from bot.channels.channel import Channel
from bot.clock import Clock, milliseconds
from bot.engine.language import Language
from bot.inbound import Doors, Draining, Ingest, Polling
from bot.inbound.doors import TWILIO_STATUS
from bot.settings import Settings
from bot.showing import Showing
from storage import facts
from storage.database import Database, UnavailableError
from storage.refusal import Refused
from storage.spool import Spool
from storage.vault import Vault

if TYPE_CHECKING:  # heavy, and needed only where their tokens are set
    from bot.channels.telegram import Me, TelegramChannel
    from bot.channels.twilio import TwilioApi

TWILIOS = frozenset({"whatsapp", "sms"})
"""Channels whose provider does not send again what was refused."""

ANSWER = 40.0
"""Seconds for which a provider may take its time to answer: what is given up on too early is lost, or is sent twice."""

LEASE = 60.0
"""Seconds for which a process is the one that fetches updates, unless it says so again."""

_WHATSAPP = re.compile(rb"(?:^|&)(?:(?:From|To)=whatsapp(?::|%3A)|WaId=)", re.IGNORECASE)

Loop = Callable[[], Coroutine[Any, Any, None]]


class ProviderRefused(Refused):
    """A real channel cannot be built of these settings."""


@dataclass(frozen=True, slots=True)
class Providers:
    """The real channels by name, and their clients. `close` them at the end, in the loop that ran them."""

    channels: Mapping[str, Channel]
    telegram: TelegramChannel | None = None
    twilio: TwilioApi | None = None

    @property
    def secrets(self) -> frozenset[str]:
        """Returns what no log may show."""
        return frozenset().union(*(channel.secrets for channel in self.channels.values()))

    async def close(self) -> None:
        """Closes every connection."""
        if self.telegram is not None:
            await self.telegram.close()
        if self.twilio is not None:
            await self.twilio.close()


def build_channels(
    settings: Settings,
    languages: Mapping[str, Language],
    database: Database,
    clock: Clock,
    showing: Showing | None = None,
    stored: StoredFiles | None = None,
) -> Providers:
    """Returns the channels whose tokens are set. Without `showing` they send no files of flows, without `stored`
    none of those that are kept.

    Nothing is asked of a provider. Raises ProviderRefused "settings.no_account_sid".
    """
    channels: dict[str, Channel] = {}
    sources: list[Showing | StoredFiles] = [source for source in (stored, showing) if source is not None]

    def find(name: str) -> Path | None:
        return next((file for source in sources if (file := source.find(name)) is not None), None)

    telegram: TelegramChannel | None = None
    twilio: TwilioApi | None = None
    token = settings.telegram_token.get_secret_value()
    if token:
        from bot.channels.telegram import TelegramChannel

        telegram = TelegramChannel(
            token,
            languages,
            api_url=settings.telegram_api_url,
            secret=settings.telegram_secret.get_secret_value(),
            find=find,
            patience=ANSWER,
        )
        channels[telegram.name] = telegram
    token = settings.twilio_auth_token.get_secret_value()
    if token:
        from bot.channels.twilio import Account, SmsChannel, TwilioApi, WhatsAppChannel
        from bot.channels.twilio.transport import Transport
        from storage.content_templates import ContentTemplates

        if not settings.twilio_account_sid:
            raise ProviderRefused("settings.no_account_sid")
        callback = settings.public_url + TWILIO_STATUS if settings.public_url else ""
        service = settings.twilio_messaging_service_sid
        account = Account(settings.twilio_account_sid, token, settings.twilio_api_url, callback, service)
        twilio = TwilioApi(account, Transport(account.api_url, total=ANSWER))
        contents = ContentTemplates(database, account.sid, lambda: milliseconds(clock.now()))

        def publish(name: str) -> str | None:
            found = (source.path(name) for source in sources)
            path = next((path for path in found if path is not None), None) if settings.public_url else None
            return None if path is None else settings.public_url + path

        def gone(code: str, name: str) -> str:
            return languages.get(code, next(iter(languages.values()))).say("request.file.gone", name=name)

        channels["whatsapp"] = WhatsAppChannel(twilio, contents, publish=publish, gone=gone)
        channels["sms"] = SmsChannel(
            twilio,
            able=replace(SMS, two_way=settings.sms_two_way),
            plained=settings.plained,
            invitation=_Invitation(settings, languages, telegram),
            publish=publish,
        )
    return Providers(channels, telegram, twilio)


@dataclass(frozen=True, slots=True)
class Inbound:
    """The way in, built and not yet started: where providers come in, and what runs beside by name."""

    ingest: Ingest
    doors: Doors
    spool: Spool | None
    loops: Mapping[str, Loop]


def open_spool(settings: Settings, vault: Vault) -> Spool | None:
    """Returns the spool; None where several processes may share the database: none would know what the others' spools hold.

    Raises SpoolRefused.
    """
    return None if settings.server else Spool(settings.data, vault)


def open_doors(
    settings: Settings,
    providers: Providers,
    ingest: Ingest,
    spool: Spool | None,
    database: Database,
    clock: Clock,
    languages: Mapping[str, Language],
) -> Inbound:
    """Returns the way in over these channels."""
    loops: dict[str, Loop] = {}
    telegram = providers.telegram
    if telegram is not None:
        loops["introduction"] = _Introduction(telegram, database, clock, languages).run
        if settings.polls:
            loops["polling"] = _polling(settings, telegram, ingest, database, clock).run
    if spool is not None:
        loops["spool"] = Draining(spool, ingest, providers.channels).run
    doors = Doors(
        ingest,
        telegram=telegram,
        twilio={name: channel for name, channel in providers.channels.items() if name in TWILIOS},
        whose=_whose,
        public_url=settings.public_url,
    )
    return Inbound(ingest, doors, spool, loops)


def _whose(form: bytes) -> str:
    """Tells of which channel a form of Twilio is, without reading all of it: what a person writes cannot hold a bare `&`."""
    return "whatsapp" if _WHATSAPP.search(form) else "sms"


# ── Telegram ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def me_of(account: str) -> str:
    """Returns the name of the fact that tells who the bot is: its name in links, without @."""
    return f"telegram/{account}/me"


class _Introduction:
    """Learns who the bot is, in the background: what it learnt last time is known at once."""

    def __init__(self, telegram: TelegramChannel, database: Database, clock: Clock, languages: Mapping[str, Language]) -> None:
        self._telegram = telegram
        self._database = database
        self._clock = clock
        self._languages = languages

    async def run(self) -> None:
        """Ends never: it waits when all is known."""
        from bot.channels.telegram import introduce

        name = me_of(self._telegram.account)
        known = await self._stubborn(lambda: self._database.transaction(lambda tx: facts.find(tx, name), apart=True))
        self._telegram.username = self._telegram.username or known or ""
        await introduce(self._telegram.bot, self._languages, self._know)
        await asyncio.Event().wait()

    async def _know(self, me: Me) -> None:
        self._telegram.username = me.username
        now = milliseconds(self._clock.now())
        name = me_of(me.account)
        await self._stubborn(lambda: self._database.transaction(lambda tx: facts.keep(tx, name, me.username, now), apart=True))

    async def _stubborn(self, ask: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        while True:
            try:
                return await ask()
            except UnavailableError:
                await asyncio.sleep(1.0)


def _polling(settings: Settings, telegram: TelegramChannel, ingest: Ingest, database: Database, clock: Clock) -> Polling:
    async def take_over() -> None:
        from telegram.error import TelegramError

        from bot.channels.telegram import delete_webhook

        try:
            await delete_webhook(telegram.bot)
        except TelegramError:
            return  # it is tried again with the next conflict

    # whoever asked for polling by name means it; else a webhook belongs to another installation that must not be cut off
    conflict = take_over if settings.telegram_mode == "polling" else None
    mine = _Lease(database, clock, f"telegram/{telegram.account}/poll").mine if settings.server else None
    return Polling(telegram, ingest, clock, mine=mine, conflict=conflict)


class _Lease:
    """One process of several fetches updates: whoever has the lease, which runs out by itself."""

    def __init__(self, database: Database, clock: Clock, name: str) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self._holder = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"

    async def mine(self) -> bool:
        """Tells whether this process has the lease, and prolongs it."""
        now = milliseconds(self._clock.now())
        until = now + round(LEASE * 1000)
        try:
            return await self._database.transaction(
                lambda tx: facts.lease(tx, self._name, self._holder, now=now, until=until), apart=True
            )
        except UnavailableError:
            return False


# ── Twilio ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Invitation:
    """The words and the link that a question becomes where nobody can answer an SMS."""

    def __init__(self, settings: Settings, languages: Mapping[str, Language], telegram: TelegramChannel | None) -> None:
        self._settings = settings
        self._languages = languages
        self._telegram = telegram

    def __call__(self, code: str) -> tuple[str, str]:
        """Returns words and link in that language. WhatsApp goes first, where it has a number: more people have it."""
        language = self._languages.get(code) or next(iter(self._languages.values()))
        number = self._settings.twilio_whatsapp_from
        if number.startswith("+"):
            return language.say("sms.one_way"), f"https://wa.me/{number[1:]}"
        if self._telegram is not None and self._telegram.username:
            return language.say("sms.one_way"), f"https://t.me/{self._telegram.username}"
        return language.say("sms.one_way.no_link", contact=self._settings.contact), ""
