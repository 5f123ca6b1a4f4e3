"""What the simulator's page does, done by a test: it sends, and follows the stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from typing import Any

from aiohttp import ClientResponse, StreamReader
from aiohttp.test_utils import TestClient

from tests.web.town import Town

_NUMBERS = count(1)


@dataclass
class Chat:
    """What the page has been told so far."""

    reader: StreamReader
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    last: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    async def until(self, holds: Callable[[Chat], object], seconds: float = 10) -> None:
        """Reads the stream until that is true. Raises TimeoutError with what was told instead."""
        try:
            async with asyncio.timeout(seconds):
                while not holds(self):
                    await self._event()
        except TimeoutError as error:
            raise TimeoutError(f"told until now: {self.texts} {self.data.get('kept')}") from error

    async def _event(self) -> None:
        lines: dict[str, str] = {}
        while line := (await self.reader.readline()).decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            lines[name] = value
        if not lines and self.reader.at_eof():
            raise EOFError("the stream ended")
        if lines.get("event") == "chat":
            self.last = lines["id"]
            self.data = json.loads(lines["data"])
            for item in self.data["items"]:
                self.items[item["id"]] = item

    @property
    def texts(self) -> list[str]:
        return [item["text"] for item in self.items.values()]

    @property
    def said(self) -> list[dict[str, Any]]:
        return [item for item in self.items.values() if item["who"] == "bot"]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self.data["kept"]["rows"] if self.data.get("kept") else []

    def heard(self, text: str) -> Callable[[Chat], bool]:
        return lambda chat: any(text in item["text"] for item in chat.said)


class Page:
    """One browser: its cookies are its person."""

    def __init__(self, client: TestClient, town: Town) -> None:
        self.client = client
        self.town = town

    async def open(self) -> str:
        answer = await self.client.get("/")
        assert answer.status == 200
        return await answer.text()

    async def post(self, path: str, body: object, **headers: str) -> ClientResponse:
        data = BytesIO(json.dumps(body).encode())  # large ones are streamed
        return await self.client.post(path, data=data, headers={"Content-Type": "application/json", **headers})

    async def does(self, does: Mapping[str, Any], look: str = "telegram", **more: Any) -> ClientResponse:
        body = {"id": f"event-{next(_NUMBERS)}", "look": look, "language": "es", "does": does, **more}
        return await self.post("/simulator/messages", body)

    @asynccontextmanager
    async def chat(self, look: str = "telegram", after: str = "", lang: str = "es") -> AsyncIterator[Chat]:
        headers = {"Last-Event-ID": after} if after else {}
        async with self.client.get(f"/simulator/stream?look={look}&lang={lang}", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            assert answer.content_type == "text/event-stream"
            yield Chat(answer.content)
