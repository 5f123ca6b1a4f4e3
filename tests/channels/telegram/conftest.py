"""The channel against a Bot API of our own, over real sockets."""

from pathlib import Path

import pytest

from bot.channels.telegram import TelegramChannel
from bot.translations import load_languages
from tests.peers.bot_api import TOKEN, BotApi

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture(scope="session")
def spoken():
    return load_languages(ROOT / "locales")


@pytest.fixture
async def api():
    """The server; at the end nothing may have been asked of it that the real one refuses."""
    async with BotApi() as server:
        yield server
        assert server.refused == []


@pytest.fixture
async def channel(api, spoken, tmp_path):
    def find(name):
        file = tmp_path / name
        return file if file.is_file() else None

    made = TelegramChannel(TOKEN, spoken, api_url=api.url, find=find, patience=0.6)
    yield made
    await made.close()
