"""The Bot API's client: python-telegram-bot's Bot over connections of our own, at whatever address the settings name.

What is called for every message goes by `bot.channels.posting`, files and long polls by aiohttp. The requests are our own so that
it is always known how far one came: a message that was never handed over may be sent again, one whose answer got lost may not.
Nothing raised here holds an address, since every address of the Bot API holds the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import orjson
from telegram import Bot, InputFile
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, RequestData

from bot.channels import posting
from bot.channels.posting import Posting, parted

API_URL = "https://api.telegram.org"

_CONNECT = 5.0
"""Seconds to wait for a connection."""
_READ = 15.0
"""Seconds to wait for an answer; the delivery gives up after twenty."""
_CONNECTIONS = 256
_KEPT_ALIVE = 15.0
"""Seconds an idle connection is kept: shorter than servers do, or a request might meet one that is just being closed."""
_FLOOD = 5.0
"""Seconds to wait after "too many requests" that does not say how long."""
_JSON: Final = "Content-Type: application/json\r\nUser-Agent: minga\r\n"
_ANSWER: Final = 64 * 1024 * 1024
_REFUSAL: Final = 1024 * 1024
_REFUSALS: Final[Mapping[int, type[TelegramError]]] = MappingProxyType(
    {401: InvalidToken, 403: Forbidden, 404: InvalidToken, 409: Conflict}
)


class NotSentError(NetworkError):
    """There was no connection: the request never left."""


class FailedError(NetworkError):
    """The Bot API, or a gateway in front of it, says that it could not do it (5xx but 504)."""


class LostError(TimedOut):
    """The request was handed over and no answer came that can be understood: it may have been done."""


class ForeignError(NetworkError):
    """Something refused that is not the Bot API: a proxy, a login page."""


class FloodError(TelegramError):
    """Too many requests: nothing before `seconds` are over. (The library's own class warns whenever it is made.)"""

    def __init__(self, seconds: float) -> None:
        super().__init__("429")
        self.seconds = seconds


class TooLargeError(TelegramError):
    """The content is larger than was allowed."""


class AiohttpRequest(BaseRequest):
    """The network under the Bot. `initialize` in a running loop, `shutdown` at the end."""

    __slots__ = ("_path", "_posting", "_read", "_session")

    def __init__(self, api_url: str, read_timeout: float = _READ) -> None:
        """`api_url` is scheme and host, perhaps with a path in front, of the calls that `call` makes."""
        self._read = read_timeout
        self._session: aiohttp.ClientSession | None = None
        origin, self._path = parted(api_url)
        self._posting = Posting(origin, connect=_CONNECT, read=read_timeout, connections=_CONNECTIONS, idle=_KEPT_ALIVE)

    @property
    def read_timeout(self) -> float:
        """Returns how long an answer is waited for, in seconds."""
        return self._read

    async def initialize(self) -> None:
        """Opens what is needed; does nothing if it is open."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEPT_ALIVE, ttl_dns_cache=60)
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True, json_serialize=_text
            )

    async def shutdown(self) -> None:
        """Closes every connection."""
        await self._posting.close()
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 because aiohttp has one limit for both ways
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 because waiting for the pool is part of connecting
    ) -> tuple[int, bytes]:
        """Returns 200 and the answer. Raises TelegramError as `exchange` does."""
        read = _seconds(read_timeout, self._read)
        connect = _seconds(connect_timeout, _CONNECT)
        return HTTPStatus.OK, await self.exchange(method, url, request_data, read=read, connect=connect, limit=_ANSWER)

    async def exchange(
        self, method: str, url: str, data: RequestData | None, *, read: float, limit: int, connect: float = _CONNECT
    ) -> bytes:
        """Returns what was answered, of at most `limit` bytes.

        Raises NotSentError, LostError, TooLargeError, and for a refusal what `refusal` returns.
        """
        await self.initialize()
        assert self._session is not None
        body, headers = _body(data)
        timeout = aiohttp.ClientTimeout(total=connect + read, connect=connect, sock_connect=connect, sock_read=read)
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                content = await _content(response, limit if response.ok else _REFUSAL)
                if not response.ok or response.status >= HTTPStatus.MULTIPLE_CHOICES:
                    raise refusal(response.status, content)
                return content
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NotSentError(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise LostError(type(error).__name__) from None

    async def call(self, token: str, method: str, fields: Mapping[str, Any]) -> Any:
        """Returns the result of a call that bears no file. Raises TelegramError as `exchange` does."""
        try:
            answer = await self._posting.post(f"{self._path}/bot{quote(token, safe=':')}/{method}", _JSON, orjson.dumps(fields))
        except posting.NotConnectedError as error:
            raise NotSentError(str(error)) from None
        except posting.LostError as error:
            raise LostError(str(error)) from None
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise refusal(answer.status, answer.body)
        return self.parse_json_payload(answer.body)["result"]

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Returns the answer. Raises LostError for what is none: what it was about may have been done all the same."""
        answer = _object(payload)
        if answer is None or (answer.get("ok") and "result" not in answer):
            raise LostError("garbage")
        return answer


class MingaBot(Bot):
    """A Bot whose answers are handed back as they come.

    A message that was accepted counts as sent even where a newer Bot API describes it in a way that this library cannot read.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "MingaBot"  # the library's own shows the token

    async def call(self, method: str, data: dict[str, Any], *, read_timeout: float | None = None) -> Any:
        """Calls that method of the Bot API and returns its result. Raises TelegramError."""
        network = self.request
        if isinstance(network, AiohttpRequest) and not any(isinstance(value, InputFile) for value in data.values()):
            return await network.call(self.token, method, data)
        limit = BaseRequest.DEFAULT_NONE if read_timeout is None else read_timeout
        return await self._post(method, data, read_timeout=limit)


def make_bot(token: str, api_url: str, request: AiohttpRequest) -> MingaBot:
    """Returns the bot of that token at that address (scheme and host, perhaps a path in front)."""
    base = api_url.rstrip("/")
    return MingaBot(token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot", request=request, get_updates_request=request)


def refusal(code: int, payload: bytes) -> TelegramError:
    """Returns what an answer means that is no success. It holds the Bot API's own description, nothing of a gateway's."""
    answer = _object(payload) or {}
    ours = answer.get("ok") is False
    parameters = answer.get("parameters")
    told = parameters if isinstance(parameters, dict) else {}
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = told.get("retry_after")
        return FloodError(float(seconds) if isinstance(seconds, int | float) and seconds > 0 else _FLOOD)
    if code == HTTPStatus.GATEWAY_TIMEOUT:
        return LostError("504")
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return FailedError(str(code))
    if not ours:
        return ForeignError(str(code))
    if isinstance(told.get("migrate_to_chat_id"), int):
        return ChatMigrated(told["migrate_to_chat_id"])
    kind = _REFUSALS.get(code, BadRequest)
    return kind(str(answer.get("description", code)))


def _object(payload: bytes) -> dict[str, Any] | None:
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


def _body(data: RequestData | None) -> tuple[Any, dict[str, str]]:
    if data is None:
        return None, {}
    if not data.contains_files:
        return orjson.dumps(data.parameters), {"Content-Type": "application/json"}
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (file, content, content_type) in data.multipart_data.items():
        form.add_field(name, content, filename=file, content_type=content_type)
    return form, {}


async def _content(response: aiohttp.ClientResponse, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > limit:
            raise TooLargeError(str(limit))
        parts.append(part)
    return b"".join(parts)


def _seconds(value: Any, otherwise: float) -> float:
    return value if isinstance(value, int | float) else otherwise


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
