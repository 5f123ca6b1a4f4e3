"""What is agreed with Telegram once: who the bot is, where updates go, which commands its menu shows."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from telegram.error import InvalidToken, TelegramError

from bot.channels.telegram.client import FloodError, MingaBot
from bot.channels.telegram.reading import WANTED
from bot.engine.answers import fold
from bot.engine.language import Language

COMMANDS = (
    "menu", "my_requests", "help", "back", "skip", "other_person", "link", "language", "my_data", "erase_my_data", "person",
    "stop",
)  # fmt: skip
"""The control words that the menu offers, in this order."""

_FIRST, _LONGEST, _REFUSED = 1.0, 300.0, 300.0
"""Seconds before getMe is tried again: at first, at most, and after the token was refused."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Me:
    """What getMe tells: the bot's number, its name in links (without @), and whether it reads everything in groups."""

    account: str
    username: str
    name: str
    reads_groups: bool


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram sends updates now ("" where they are fetched), how many wait, and its last trouble in reaching us.

    `trouble_at` is in seconds since the epoch, 0 for none.
    """

    url: str
    waiting: int
    trouble: str
    trouble_at: int
    wanted: tuple[str, ...]


def secret_of(token: str) -> str:
    """Returns the secret that Telegram's webhook requests bear: always the same for one token, so a restart loses nothing."""
    digest = hmac.digest(token.encode(), b"minga webhook", hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def get_me(bot: MingaBot) -> Me:
    """Returns who the bot is. Raises TelegramError."""
    told = await bot.call("getMe", {})
    match told:
        case {"id": int(number), "username": str(username)}:
            name, reads = told.get("first_name", ""), told.get("can_read_all_group_messages")
            return Me(str(number), username, str(name), reads is True)
        case _:
            raise TelegramError("getMe: expected id and username")


async def introduce(
    bot: MingaBot, languages: Mapping[str, Language], know: Callable[[Me], Awaitable[None]], *, first: float = _FIRST
) -> Me:
    """Asks who the bot is until it is known, hands that to `know`, and puts the commands into its menu. For a task of its own.

    Starting never waits for this. `know` may raise nothing.
    """
    log = structlog.get_logger("minga.telegram")
    me = await _until(lambda: get_me(bot), log, first)
    await know(me)
    await _until(lambda: set_commands(bot, languages), log, first)
    return me


async def _until(ask: Callable[[], Awaitable[T]], log: Any, first: float) -> T:
    pause = first
    while True:
        try:
            return await ask()
        except FloodError as error:
            wait = error.seconds
        except InvalidToken:
            log.error("token_refused", remedy="check MINGA_TELEGRAM_TOKEN")  # noqa: TRY400 because the traceback tells nothing more
            wait = _REFUSED
        except TelegramError as error:
            log.warning("telegram_unavailable", error=type(error).__name__)
            wait, pause = pause, min(pause * 2, _LONGEST)
        await asyncio.sleep(wait)


async def set_commands(bot: MingaBot, languages: Mapping[str, Language]) -> None:
    """Puts the control words into the bot's menu, in every language that has them all; the first one's everywhere else.

    Raises TelegramError.
    """
    for place, language in enumerate(languages.values()):
        shown = {"commands": commands(language)}
        if place == 0:
            await bot.call("setMyCommands", shown)
        code = language.code.partition("_")[0]
        if len(code) == 2 and len(shown["commands"]) == len(COMMANDS):
            await bot.call("setMyCommands", {**shown, "language_code": code})


def commands(language: Language) -> list[dict[str, str]]:
    """Returns the menu in that language: each command is the first way to say its control word."""
    words = {**language.words.get("control", {}), "my_requests": language.words.get("requests", {}).get("my_requests")}
    return [
        {"command": fold(words[name][0]).replace(" ", "_"), "description": language.say(f"telegram.command.{name}")}
        for name in COMMANDS
        if words.get(name)
    ]


async def set_webhook(bot: MingaBot, url: str, secret: str, *, connections: int = 40) -> None:
    """Has updates sent to that address; what waits is kept. Raises TelegramError."""
    await bot.call(
        "setWebhook",
        {"url": url, "secret_token": secret, "allowed_updates": list(WANTED), "max_connections": connections},
    )


async def delete_webhook(bot: MingaBot) -> None:
    """Has updates wait until they are fetched; what waits is kept. Raises TelegramError."""
    await bot.call("deleteWebhook", {"drop_pending_updates": False})


async def webhook(bot: MingaBot) -> Webhook:
    """Returns how updates reach us now. Raises TelegramError."""
    told = await bot.call("getWebhookInfo", {})
    if not isinstance(told, dict):
        raise TelegramError("getWebhookInfo: expected an object")
    return Webhook(
        str(told.get("url", "")),
        int(told.get("pending_update_count", 0)),
        str(told.get("last_error_message", "")),
        int(told.get("last_error_date", 0)),
        tuple(told.get("allowed_updates", ())),
    )
