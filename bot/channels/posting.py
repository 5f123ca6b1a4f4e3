"""Posting: a pool of connections to one server, for the one call that is made for every message.

It speaks as little HTTP as that call needs, which is why it costs little. It always knows how far a request came: one that never
left may be sent again (NotConnectedError), one whose answer got lost may not (LostError). Nothing is ever sent twice, no redirect
is followed, and what it raises holds no address.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote, urlsplit

import httptools

from bot.deadlines import Deadlines

_LARGEST: Final = 1024 * 1024
"""Bytes of the largest answer: those to a message have some hundreds."""


class PostingError(Exception):
    """No answer came."""


class NotConnectedError(PostingError):
    """There was no connection: the request never left."""


class LostError(PostingError):
    """The request was handed over and no answer came that can be understood: it may have been done."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. The names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Posting:
    """Posts to one server. It is opened by its first use, in a running loop; `close` it at the end.

    `connect` is how long a connection is waited for, `read` how long an answer, in seconds. A connection without work is kept for
    `idle` seconds: shorter than servers do, or a request might meet one that is just being closed. `trust` is which certificates
    are believed (None: those that the machine believes).
    """

    def __init__(
        self,
        origin: str,
        *,
        connect: float,
        read: float,
        connections: int = 256,
        idle: float = 15.0,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`origin` is scheme, host and perhaps a port. What is none makes every request raise NotConnectedError."""
        self._place = _place(origin)
        self._connect, self._answers, self._keep = connect, Deadlines(read), idle
        self._trust = trust
        self._room = asyncio.Semaphore(connections)
        self._idle: list[_Line] = []
        self._lines: set[_Line] = set()
        self._sweeping: asyncio.TimerHandle | None = None

    async def post(self, target: str, headers: str, body: bytes) -> Answer:
        """Posts that body to `target`, a path with perhaps a query, and returns what was answered, whatever its status.

        `headers` are whole lines, each ended by CR LF. Raises NotConnectedError or LostError.
        """
        if self._room.locked():
            try:
                async with asyncio.timeout(self._connect):
                    await self._room.acquire()
            except TimeoutError:
                raise NotConnectedError("no_room") from None
        else:
            await self._room.acquire()
        try:
            line = self._waiting() or await self._opened()
            host = self._place[3] if self._place is not None else ""
            head = f"POST {target} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
            answer = await line.ask(head.encode("ascii") + body, self._answers)
            if line.open:
                self._put_back(line)
            return answer
        finally:
            self._room.release()

    async def close(self) -> None:
        """Closes every connection; whoever still waits for an answer gets LostError."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        self._answers.close()
        for line in list(self._lines):
            line.end()
        self._idle.clear()

    def _waiting(self) -> _Line | None:
        """Returns the connection that was used last, so that few are kept busy."""
        while self._idle:
            line = self._idle.pop()
            if line.open:
                return line
        return None

    async def _opened(self) -> _Line:
        if self._place is None:
            raise NotConnectedError("no_address")
        secure, host, port, _ = self._place
        if secure and self._trust is None:
            self._trust = await asyncio.to_thread(_certificates)
        try:
            async with asyncio.timeout(self._connect):
                _, line = await asyncio.get_running_loop().create_connection(
                    lambda: _Line(self._lines), host, port, ssl=self._trust if secure else None
                )
        except (OSError, ValueError) as error:  # UnicodeError, of a host that is none, is a ValueError
            raise NotConnectedError(type(error).__name__) from None
        return line

    def _put_back(self, line: _Line) -> None:
        line.since = asyncio.get_running_loop().time()
        self._idle.append(line)
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(self._keep, self._sweep)

    def _sweep(self) -> None:
        """Closes what had no work for long."""
        now = asyncio.get_running_loop().time()
        kept = [line for line in self._idle if line.open and now - line.since < self._keep]
        for line in self._idle:
            if line.open and now - line.since >= self._keep:
                line.end()
        self._idle = kept
        soonest = min((line.since for line in kept), default=None)
        self._sweeping = (
            None if soonest is None else asyncio.get_running_loop().call_later(max(soonest + self._keep - now, 0.01), self._sweep)
        )


class _Line(asyncio.Protocol):
    """One connection, on which one request is answered after the other."""

    __slots__ = ("_answer", "_body", "_headers", "_lines", "_parser", "_size", "_sized", "_transport", "open", "since")

    def __init__(self, lines: set[_Line]) -> None:
        self.open = False
        self.since = 0.0
        self._lines = lines
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._sized = False

    async def ask(self, request: bytes, answers: Deadlines) -> Answer:
        """Sends the request and returns the answer. Raises LostError, also when it takes longer than `answers` allows."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answer = answer
        self._headers, self._body, self._size, self._sized = {}, [], 0, False
        try:
            if self._transport is None or not self.open:
                raise LostError("closed")
            self._transport.write(request)
            with answers.wait():
                return await answer
        except TimeoutError:
            self.end()
            raise LostError("no_answer_in_time") from None
        except asyncio.CancelledError:
            self.end()
            raise
        finally:
            self._answer = None

    def end(self) -> None:
        """Closes the connection."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    def _lose(self, why: str) -> None:
        self.end()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LostError(why))

    # ── what the transport tells ─────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.open = True
        self._lines.add(self)

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.end()  # nobody asked
            return
        self._size += len(data)
        if self._size > _LARGEST:
            self._lose("too_large")
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._lose("garbage")

    def eof_received(self) -> None:
        self.open = False

    def connection_lost(self, exc: Exception | None) -> None:
        self._lines.discard(self)
        self.open = False
        if self._answer is None or self._answer.done():
            return
        if exc is None and self._headers and not self._sized:
            self._done()  # as old servers end a body
        else:
            self._lose("no_answer")

    # ── what the parser tells ────────────────────────────────────────────────────────────────────────────────────────

    def on_message_begin(self) -> None:
        if self._answer is None or self._answer.done():
            self.end()  # an answer too many: the next one might be taken for another request's

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._sized = "content-length" in self._headers or "transfer-encoding" in self._headers

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:  # "go on", and the answer comes yet
            self._headers, self._body = {}, []
            return
        if not self._parser.should_keep_alive():
            self.open = False
        self._done()
        if not self.open and self._transport is not None:
            self._transport.close()

    def _done(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Answer(self._parser.get_status_code(), self._headers, b"".join(self._body)))


def _place(origin: str) -> tuple[bool, str, int, str] | None:
    """Returns whether it is secure, the host, the port, and how the host is named in a request; None for what is no origin."""
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname, parts.port
        named = parts.netloc.rpartition("@")[2].encode("ascii").decode()
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    secure = parts.scheme == "https"
    return secure, host, port or (443 if secure else 80), named


def _certificates() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def parted(url: str) -> tuple[str, str]:
    """Returns the address without its path, and the path; what is no address stays whole, and nobody will be reached there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, ""
    return f"{parts.scheme}://{parts.netloc}", quote(parts.path.rstrip("/"), safe="/%")
