"""What is agreed with Telegram once."""

import asyncio

import pytest
from telegram.error import TelegramError

from bot.channels.telegram import Me, delete_webhook, introduce, set_webhook, webhook
from bot.channels.telegram.setup import COMMANDS, commands
from bot.engine.answers.words import control
from bot.turn.requesting import is_list
from tests.peers.bot_api import Fail


async def test_the_bot_is_asked_who_it_is_until_it_says(api, channel, spoken):
    api.fail("getMe", Fail("half_open"), Fail(500), Fail("garbage"), Fail(429, retry_after=1))
    api.fail("setMyCommands", Fail("reset"))
    known = []

    async def know(me):
        known.append(me)

    async with asyncio.timeout(20):
        me = await introduce(channel.bot, spoken, know, first=0.01)
    assert known == [me] == [Me("4242", "minga_bot", "Minga", reads_groups=False)]
    assert set(api.commands) == {"", "es", "en"}  # a language that is known in part has no menu of two words
    assert api.commands[""] == api.commands["es"]
    assert "menu" in [command["command"] for command in api.commands["es"]]


async def test_a_refused_token_is_asked_about_seldom(api, channel, spoken, monkeypatch):
    api.fail("getMe", *[Fail(401, "Unauthorized")] * 50)

    async def know(me):
        raise AssertionError

    task = asyncio.create_task(introduce(channel.bot, spoken, know, first=0.01))
    await asyncio.sleep(0.3)
    assert not task.done()
    assert len(api._fails["getMe"]) == 49
    task.cancel()


def test_every_command_of_the_menu_is_its_control_word(spoken):
    for language in (spoken["es"], spoken["en"]):
        shown = commands(language)
        words = [command["command"].replace("_", " ") for command in shown]
        assert ["my_requests" if is_list((language,), word) else control((language,), word) for word in words] == list(COMMANDS)


async def test_webhooks(api, channel):
    assert (await webhook(channel.bot)).url == ""
    await api.writes(111, "espera")
    await set_webhook(channel.bot, "https://minga.example/telegram", channel.secret)
    told = await webhook(channel.bot)
    assert (told.url, told.waiting) == ("https://minga.example/telegram", 1)
    assert "callback_query" in told.wanted
    await delete_webhook(channel.bot)
    assert (await webhook(channel.bot)).waiting == 1  # nothing that waits is thrown away
    api.fail("setWebhook", Fail(400, "Bad Request: bad webhook"))
    with pytest.raises(TelegramError):
        await set_webhook(channel.bot, "https://minga.example/telegram", channel.secret)
