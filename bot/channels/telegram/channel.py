"""Telegram as a channel: the Bot API over python-telegram-bot's Bot.

Nothing of the library's own machinery for updates is used: what it holds in memory a crash loses, and one update that it cannot
read stops its polling. Updates come as JSON, each is read by itself, and is confirmed when it is in the database.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import structlog
from telegram import InputFile
from telegram.error import ChatMigrated, InvalidToken, TelegramError

from bot.channels.abilities import TELEGRAM, Abilities
from bot.channels.channel import FateUnknown, Never, Raw, Request, RetryLater, Sent, Status, UnparsableError, header
from bot.channels.telegram.client import API_URL, AiohttpRequest, MingaBot, make_bot
from bot.channels.telegram.errors import nothing_to_do, send_error
from bot.channels.telegram.reading import NAME, WANTED, read
from bot.channels.telegram.sending import Call, Find, call_for
from bot.channels.telegram.setup import secret_of
from bot.engine.language import Language, find_code
from bot.vocabulary import Address, Incoming, Media, Outgoing

HEADER = "x-telegram-bot-api-secret-token"
_SLACK = 10.0
"""Seconds that the answer to a long poll may be late."""
_BATCH = 64 * 1024 * 1024
_FILES_KEPT = 500


class TelegramChannel:
    """One bot. Open it in a running loop or let the first use do so; `close` it at the end.

    `languages` are the product's, for the few words on buttons of the channel's own. `secret` is what webhook requests bear, by
    default one that follows from the token. `find` tells where the files lie that flows show.
    """

    name = NAME

    def __init__(
        self,
        token: str,
        languages: Mapping[str, Language],
        *,
        api_url: str = API_URL,
        secret: str = "",
        find: Find = lambda _: None,
        patience: float = 15.0,
    ) -> None:
        """`patience` is how long an answer is waited for, in seconds. Raises ValueError for what cannot be a token."""
        account, colon, rest = token.partition(":")
        if not (account.isascii() and account.isdecimal() and colon and rest):
            raise ValueError("not a bot's token: expected number:letters")
        self.account = account
        self.username = ""
        self.secret = secret or secret_of(token)
        self.secrets = frozenset({token, rest, self.secret})
        self._languages = languages
        self._find = find
        self._request = AiohttpRequest(api_url, patience)
        self.bot: MingaBot = make_bot(token, api_url, self._request)
        self._api = f"{api_url.rstrip('/')}/bot{token}"
        self._file_api = f"{api_url.rstrip('/')}/file/bot{token}"
        self._uploaded: dict[tuple[str, int, int], str] = {}
        self._log = structlog.get_logger("minga.telegram")

    def __repr__(self) -> str:
        return f"TelegramChannel({self.account})"

    async def close(self) -> None:
        """Closes every connection."""
        await self._request.shutdown()

    def abilities(self, address: Address) -> Abilities:  # noqa: ARG002 because the protocol asks by address
        """Returns what the Bot API can."""
        return TELEGRAM

    # ── in ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def verify(self, request: Request) -> bool:
        """Tells whether the request bears the webhook's secret."""
        told = header(request.headers, HEADER) or ""
        return hmac.compare_digest(told.encode("utf-8", "surrogatepass"), self.secret.encode())

    def split(self, request: Request) -> list[Raw]:
        """Returns the updates of a webhook request, or of the answer to getUpdates. Raises UnparsableError."""
        try:
            content = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise UnparsableError("not JSON") from error
        match content:
            case {"update_id": int(number)}:
                return [Raw(str(number), request.body, request.received_at, self.account)]
            case {"ok": True, "result": [*updates]}:
                return [self._raw(update, request.received_at) for update in updates]
            case _:
                raise UnparsableError("expected an update or a list of them")

    def _raw(self, update: Any, received_at: datetime) -> Raw:
        body = orjson.dumps(update)
        match update:
            case {"update_id": int(number)}:
                event = str(number)
            case _:  # kept by what it holds, so that it is quarantined once
                event = f"sha256:{hashlib.sha256(body).hexdigest()}"
        return Raw(event, body, received_at, self.account)

    def parse(self, raw: Raw) -> list[Incoming | Status]:
        """Returns what the update says; nothing for what does not concern us. Raises UnparsableError."""
        try:
            update = orjson.loads(raw.body)
        except orjson.JSONDecodeError as error:
            raise UnparsableError("not JSON") from error
        return [*read(update, account=self.account, username=self.username, received_at=raw.received_at, raw=raw.body)]

    async def acknowledge(self, raw: Raw) -> None:
        """Tells the person's app that a press arrived, so that its button stops turning. Of other updates nothing is told.

        Nobody waits for it and nothing depends on it: raises nothing.
        """
        if b'"callback_query"' not in raw.body:
            return
        try:
            match orjson.loads(raw.body):
                case {"callback_query": {"id": str(query)}}:
                    await self.bot.call("answerCallbackQuery", {"callback_query_id": query})
        except orjson.JSONDecodeError:
            return
        except TelegramError as error:
            self._log.debug("press_not_acknowledged", error=type(error).__name__)

    async def updates(self, offset: int, *, wait: float = 25.0, limit: int = 100) -> bytes:
        """Returns the answer to getUpdates, for `split`: updates from `offset` on, whose asking confirms those before.

        Waits up to `wait` seconds (at most 50) for the first. Raises RetryLater.
        """
        asked = {"offset": offset, "timeout": round(wait), "limit": limit, "allowed_updates": orjson.dumps(WANTED).decode()}
        url = f"{self._api}/getUpdates?{urlencode(asked)}"
        try:
            return await self._request.exchange("GET", url, None, read=wait + _SLACK, limit=_BATCH)
        except TelegramError as error:
            problem = send_error(error)
            raise (problem if isinstance(problem, RetryLater) else RetryLater(problem.code)) from None

    async def fetch(self, media: Media, limit: int) -> bytes:
        """Returns the content of an attachment. Raises RetryLater, or Never when it is gone or larger than allowed."""
        limit = min(limit, TELEGRAM.media_in.get(media.kind, 0))
        if media.size > limit:
            raise Never("file_too_large")
        try:
            told = await self.bot.call("getFile", {"file_id": media.reference})
        except TelegramError as error:
            raise _fetching(error) from None
        match told:
            case {"file_path": str(path)}:
                pass
            case _:
                raise Never("file_missing")
        try:
            return await self._request.exchange("GET", f"{self._file_api}/{path}", None, read=60.0, limit=limit)
        except InvalidToken:
            raise Never("file_missing") from None  # the token was right just now: it is the file that is not found
        except TelegramError as error:
            raise _fetching(error) from None

    # ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def send(self, outgoing: Outgoing) -> Sent:
        """Sends one message, or changes one that was sent. Raises SendError."""
        call = call_for(outgoing, self._language(outgoing.language), self._find)
        if call is None:
            raise Never("file_missing")
        try:
            told = await self._call(call)
        except TelegramError as error:
            if outgoing.edits and nothing_to_do(error):
                return Sent("", units=0)
            problem = send_error(error)
            if outgoing.edits and isinstance(problem, FateUnknown):
                problem = RetryLater(problem.code)  # done twice a change is the same change
            raise problem from None
        if outgoing.edits:
            return Sent("", units=0)
        match told:
            case {"message_id": int(number)}:
                return Sent(str(number))
            case _:
                raise FateUnknown("garbage")

    async def _call(self, call: Call) -> Any:
        try:
            return await self._put(call)
        except ChatMigrated as error:
            # a group that became a supergroup: the message was not taken there, and goes where the group is now
            return await self._put(
                Call(call.method, {**call.fields, "chat_id": error.new_chat_id}, call.file, call.place, call.name)
            )

    async def _put(self, call: Call) -> Any:
        """Does the call. A file is uploaded once, later messages name it."""
        if call.file is None:
            return await self.bot.call(call.method, dict(call.fields))
        try:
            key = await asyncio.to_thread(_version, call.file)
            known = self._uploaded.get(key)
            content: str | InputFile = known if known is not None else await asyncio.to_thread(_upload, call.file, call.name)
        except OSError as error:
            raise Never("file_missing") from error
        told = await self.bot.call(call.method, {**call.fields, call.place: content}, read_timeout=60.0)
        if known is None and (identifier := _file_id(told, call.place)):
            if len(self._uploaded) >= _FILES_KEPT:
                self._uploaded.pop(next(iter(self._uploaded)))
            self._uploaded[key] = identifier
        return told

    def _language(self, code: str) -> Language:
        found = find_code(code, self._languages)
        return self._languages[found] if found is not None else next(iter(self._languages.values()))


def _fetching(error: TelegramError) -> RetryLater | Never:
    """Returns what this refusal means for an attachment that was to be fetched: asking again for it harms nobody."""
    problem = send_error(error)
    return problem if isinstance(problem, RetryLater | Never) else RetryLater(problem.code)


def _version(file: Path) -> tuple[str, int, int]:
    """Returns what tells this content of the file from a later one. Raises OSError."""
    about = file.stat()
    return str(file), about.st_mtime_ns, about.st_size


def _upload(file: Path, name: str) -> InputFile:
    return InputFile(file.read_bytes(), filename=name or file.name)


def _file_id(told: Any, place: str) -> str | None:
    """Returns the identifier under which Telegram keeps the file that was just sent."""
    found = told.get(place) if isinstance(told, dict) else None
    if isinstance(found, list):
        found = found[-1] if found else None
    identifier = found.get("file_id") if isinstance(found, dict) else None
    return identifier if isinstance(identifier, str) else None
