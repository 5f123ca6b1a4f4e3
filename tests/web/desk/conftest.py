from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.web.app import build_app
from bot.web.desk.passwords import Hasher
from bot.web.sign_in import HASHER
from tests.web.desk.people import CHEAP, Browser
from tests.web.town import Town


@pytest.fixture
async def browsers(here: Town) -> AsyncIterator[Callable[[], Any]]:
    """Opens browsers of different people on one server, on each database."""
    async with AsyncExitStack() as stack:
        yield await _server(stack, here)


@pytest.fixture
async def small_browsers(small: Town) -> AsyncIterator[Callable[[], Any]]:
    """The same on SQLite only, for what has nothing to do with the database."""
    async with AsyncExitStack() as stack:
        yield await _server(stack, small)


async def _server(stack: AsyncExitStack, town: Town) -> Callable[[], Any]:
    app = build_app(town.world)
    app[HASHER] = Hasher(**CHEAP)
    server = await stack.enter_async_context(TestServer(app))

    async def browser(**headers: str) -> Browser:
        client = await stack.enter_async_context(TestClient(server, cookie_jar=None))
        return Browser(client, headers)

    return browser
