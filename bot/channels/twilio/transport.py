"""How requests reach Twilio: one pool of connections under the SDK's client, with timeouts, and nothing ever sent twice.

The SDK's own asynchronous transport ignores its timeout, sends JSON as a form, and repeats POSTs. Whatever this one cannot answer
for is raised as an error of `bot.channels.channel`: RetryLater where nothing can have been accepted, FateUnknown where it may.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import orjson
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

from bot.channels import posting
from bot.channels.channel import FateUnknown, RetryAfter, RetryLater
from bot.channels.posting import Answer, Posting, parted

OWN = ".twilio.com"
_MESSAGES = "https://api.twilio.com"
_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class Transport(AsyncHttpClient):  # type: ignore[misc] # because the SDK carries no types
    """Sends the SDK's requests. `api_url` takes the place of scheme and host of every address at twilio.com; paths are kept."""

    def __init__(self, api_url: str = "", *, connect: float = 4.0, total: float = 8.0, connections: int = 256) -> None:
        """`connect` is for how many seconds a connection is waited for, `total` for how long a whole request may take."""
        super().__init__(logging.getLogger("minga.twilio"), is_async=True)
        self._api_url = api_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=total, connect=connect)
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        origin, self._path = parted(self.place(_MESSAGES))
        self._posting = Posting(origin, connect=connect, read=total, connections=connections)

    def place(self, url: str) -> str:
        """Returns where a request for that address goes; what is no address stays as it is."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return url
        if not self._api_url or not _own(parts.hostname):
            return url
        return self._api_url + parts.path + (f"?{parts.query}" if parts.query else "")

    def trusted(self, url: str) -> bool:
        """Tells whether the account's token may be shown at that address: at Twilio's own only, and never in the clear."""
        if self._api_url and url.startswith(self._api_url + "/"):
            return True
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        return parts.scheme == "https" and _own(parts.hostname)

    def session(self) -> aiohttp.ClientSession:
        """Returns the pool of connections. It is made at the first need: a loop must run by then."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30)
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Closes all connections."""
        await self._posting.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(self, target: str, headers: str, form: bytes) -> Answer:
        """Posts a form to that path at api.twilio.com and returns the answer, whatever its status below 500 but 429.

        It is `request` for what is sent for every message. Raises what it raises.
        """
        try:
            answer = await self._posting.post(self._path + target, headers, form)
        except posting.NotConnectedError as error:
            raise RetryLater("not_connected") from error
        except posting.LostError as error:
            raise FateUnknown("no_answer") from error
        _judge(answer.status, answer.headers)
        return answer

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 because the SDK hands it in
        allow_redirects: bool = False,  # noqa: ARG002 because the SDK hands it in: an API does not redirect
    ) -> Response:
        """Returns Twilio's answer, whatever its status below 500 but 429.

        Raises RetryLater, RetryAfter or FateUnknown; the last where a 5xx, silence or a broken connection leaves it open.
        """
        sent = dict(headers or {})
        if auth is not None:
            sent["Authorization"] = aiohttp.encode_basic_auth(*auth)
        url = self.place(uri)
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params, doseq=True)
        limits = self._timeout if timeout is None else aiohttp.ClientTimeout(total=timeout, connect=self._timeout.connect)
        try:
            async with self.session().request(
                method,
                URL(url, encoded=True),
                data=_body(data, sent),
                headers=sent,
                timeout=limits,
                allow_redirects=False,
            ) as answer:
                content = await answer.read()
                _judge(answer.status, answer.headers)
                return Response(answer.status, content.decode("utf-8", "replace"), dict(answer.headers))
        except _UNSENT as error:
            raise RetryLater("not_connected") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FateUnknown("no_answer") from error


def _own(host: str | None) -> bool:
    return host is not None and (host.endswith(OWN) or host == OWN[1:])


def _body(data: Any, headers: Mapping[str, str]) -> bytes | None:
    if not data:
        return None
    if headers.get("Content-Type", "").startswith("application/json"):
        return orjson.dumps(data)
    return urlencode(data, doseq=True).encode()


def _judge(status: int, headers: Mapping[str, str]) -> None:
    if status >= 500:
        raise FateUnknown(f"http_{status}")
    if 300 <= status < 400:
        raise RetryLater(f"http_{status}")
    if status == 429:
        wait = headers.get("retry-after", "")
        if wait.isdecimal() and len(wait) < 6:
            raise RetryAfter(float(wait), "20429")
        raise RetryLater("20429")
