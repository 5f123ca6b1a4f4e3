from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.web.app import build_app
from tests.web.page import Page
from tests.web.town import Town, town


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """A town hall on each database, with the real clock."""
    with town(database_url, tmp_path) as built:
        yield built


@pytest.fixture
def small(sqlite_url: str, tmp_path: Path) -> Iterator[Town]:
    """The same on SQLite only, for what has nothing to do with the database."""
    with town(sqlite_url, tmp_path) as built:
        yield built


@pytest.fixture
async def page(here: Town) -> AsyncIterator[Page]:
    """A browser's view of that town, with the delivery running."""
    delivering = asyncio.create_task(here.deliveries.run(idle=0.05))
    async with TestClient(TestServer(build_app(here.world))) as client:
        yield Page(client, here)
    await here.deliveries.end()
    delivering.cancel()
    with suppress(asyncio.CancelledError):
        await delivering


@pytest.fixture
async def plain(small: Town) -> AsyncIterator[TestClient]:
    """A client of the pages, nothing running behind them."""
    async with TestClient(TestServer(build_app(small.world))) as client:
        yield client
