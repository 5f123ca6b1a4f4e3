"""The whole of `ciudades_abiertas` on Telegram, by buttons and by typing, with a restart in the middle."""

from dataclasses import replace

import pytest

from bot.channels.telegram import TelegramChannel
from bot.engine.source import load_consents
from tests.channels.telegram.conftest import ROOT
from tests.channels.telegram.test_whole import Town, labels
from tests.peers.bot_api import TOKEN

ANA = 111
FLOW = (ROOT / "flows" / "ciudades_abiertas.yaml").read_text("utf-8")
MARKS = "✅▫️ "

TYPED = {
    "integer": "34",
    "text": "Más árboles y menos trámites",
    "date": "3 de mayo de 1990",
    "phone": "0991234567",
    "email": "a@b.ec",
}


def opened(database_url, channel):
    town = Town(database_url, FLOW).behind(channel)
    consents, problems = load_consents((ROOT / "flows" / "consents.yaml").read_text("utf-8"), "consents.yaml")
    assert problems == ()
    town.library._base = replace(town.library._base, consents=consents)
    town.database.transaction_now(town.library.renew)
    return town


async def step(town, api, by_buttons, say):
    """Answers the question on the screen."""
    shown = [label.lstrip(MARKS) for label in labels(api.chat(ANA).last)]
    if not shown:
        await api.writes(ANA, TYPED[say.wants])
    elif say.several and by_buttons:
        for label in shown[:2]:
            await api.presses(ANA, label)
        await town.fetch()
        await api.presses(ANA, labels(api.chat(ANA).last)[-1])
    elif by_buttons:
        await api.presses(ANA, shown[0])
    else:
        await api.writes(ANA, "1, 2" if say.several else "1")
    [handled] = await town.fetch()
    assert not handled.trouble
    return handled


@pytest.mark.parametrize("by_buttons", [True, False], ids=["buttons", "typing"])
async def test_the_whole_of_it(database_url, api, channel, spoken, by_buttons):
    town = opened(database_url, channel)
    await api.writes(ANA, "/start puyo")
    [handled] = await town.fetch()
    asked = 0
    while handled.end is None:
        asked += 1
        assert asked < 40
        handled = await step(town, api, by_buttons, handled.says[-1])
        if asked == 4:  # the process ends, and another begins with what is in the database
            offset = town.offset
            town.close()
            await channel.close()
            channel = TelegramChannel(TOKEN, spoken, api_url=api.url)
            town = opened(database_url, channel)
            town.offset = offset
    assert handled.end == "completed"
    rows = town.rows("SELECT step, value, empty FROM answer ORDER BY sequence")
    assert ("canton", '"puyo"', None) in rows
    assert len(rows) >= 8
    assert handled.receipt in "\n".join(api.chat(ANA).texts)
    assert not any(labels(message) for message in api.chat(ANA).messages.values())
    assert town.rows("SELECT count(*) FROM outbox WHERE status <> 'sent'") == [(0,)]
    await channel.close()
    town.close()
