"""The whole server under load, killed with -9 again and again, while both providers deliver twice, late and out of turn."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from bot.assembly import open_house
from bot.channels.telegram import secret_of
from bot.engine.source import load
from bot.settings import Settings
from storage import flows
from storage.statements import Statement
from tests.peers import bot_api, twilio_api
from tests.whole.server import Server

KILLS = 3
QUESTIONS = 6
PUBLIC = "https://minga.pueblo.example"
OURS = "whatsapp:+14155238886"

DIARY = """
flow: diario
kind: survey
title: Diario
languages: [es]
start: {words: [diario]}
survey:
""" + "".join(f"  - {{type: text, name: q{number}, label: Pregunta {number}}}\n" for number in range(QUESTIONS))


def installed(folder: Path, telegram: str, twilio: str) -> Server:
    return Server(
        folder, telegram_token=bot_api.TOKEN, telegram_mode="webhook", telegram_api_url=telegram,
        twilio_account_sid=twilio_api.SID, twilio_auth_token=twilio_api.TOKEN, twilio_api_url=twilio, public_url=PUBLIC,
    )  # fmt: skip


def settings(server: Server) -> Settings:
    secrets = {"telegram_token", "twilio_auth_token"}
    return Settings.model_validate({k: SecretStr(v) if k in secrets else v for k, v in server.values.items()})


class Resident:
    """Says what there is to say, each word when the former was acknowledged; its provider delivers each once or several times."""

    def __init__(self, number: int, server: Server, telegram: bot_api.BotApi, twilio: twilio_api.TwilioPeer) -> None:
        self.number, self.server, self.telegram, self.twilio = number, server, telegram, twilio
        self.on_telegram = number % 2 == 0
        self.words = ["diario", *(f"persona {number} dice {word}" for word in range(QUESTIONS))]
        self.acknowledged: list[str] = []
        self.delivered = 0

    def heard(self) -> int:
        if self.on_telegram:
            return len(self.telegram.chat(1000 + self.number).messages)
        return sum(message["to"] == f"whatsapp:+59399000{self.number:04d}" for message in self.twilio.messages)

    async def talk(self, session: aiohttp.ClientSession) -> None:
        sent: list[tuple[str, bytes | dict[str, str]]] = []
        for place, word in enumerate(self.words):
            before = self.heard()
            sent.append(self.event(place, word))
            async with asyncio.timeout(120):
                while not await self.deliver(session, sent):  # noqa: ASYNC110 because nothing tells when it is up again
                    await asyncio.sleep(0.05)
            self.acknowledged.append(word)
            await self.reply(before)

    def event(self, place: int, word: str):
        if self.on_telegram:
            person = 1000 + self.number
            return "telegram", {
                "update_id": self.number * 100 + place,
                "message": self.telegram.message(person, text=word),
            }
        return "twilio", self.twilio.inbound(f"whatsapp:+59399000{self.number:04d}", OURS, word)

    async def deliver(self, session: aiohttp.ClientSession, sent: list) -> bool:
        """Delivers the newest event, perhaps several times at once, and perhaps an old one again; True if it was acknowledged."""
        newest = [sent[-1]] * random.choice((1, 1, 2, 3))
        answers = await asyncio.gather(*(self.post(session, *event) for event in [*newest, random.choice(sent)]))
        return any(200 <= status < 300 for status in answers[: len(newest)])

    async def post(self, session: aiohttp.ClientSession, provider: str, event) -> int:
        self.delivered += 1
        path = f"/webhooks/{provider}"
        url = f"http://127.0.0.1:{self.server.port}{path}"
        try:
            if provider == "telegram":
                headers = {"X-Telegram-Bot-Api-Secret-Token": secret_of(bot_api.TOKEN)}
                async with session.post(url, json=event, headers=headers) as answer:
                    return answer.status
            mark = twilio_api.signature(twilio_api.TOKEN, PUBLIC + path, event.items())
            async with session.post(url, data=event, headers={"X-Twilio-Signature": mark}) as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def reply(self, before: int) -> None:
        """Waits for the answer, but not for one that was in flight when the server was killed: that one comes much later."""
        for _ in range(60):
            if self.heard() > before:
                return
            await asyncio.sleep(0.05)


async def test_killed_under_load_no_message_is_lost_and_none_stored_twice(tmp_path):
    async with bot_api.BotApi() as telegram:
        twilio = await twilio_api.TwilioPeer().start()
        twilio.public = (PUBLIC, "http://127.0.0.1:9")
        server = installed(tmp_path, telegram.url, twilio.url)
        loaded = load(DIARY, "diario.yaml")
        with open_house(settings(server)) as house:
            house.database.transaction_now(
                lambda tx: flows.open_flow(tx, "diario", loaded.flow.version, loaded.content, 1_790_000_000_000)
            )
        residents = [Resident(number, server, telegram, twilio) for number in range(16)]
        await server.start()
        try:
            async with aiohttp.ClientSession() as session:
                talking = asyncio.gather(*(resident.talk(session) for resident in residents))
                for _ in range(KILLS):
                    await asyncio.sleep(random.uniform(0.3, 1.0))
                    assert not talking.done(), "it was over before it could be killed"
                    await server.kill()
                    await server.start()
                await talking
        finally:
            await server.kill(signal.SIGTERM)
            await twilio.stop()
    assert sum(resident.delivered for resident in residents) > 16 * (QUESTIONS + 1) * 1.5
    with open_house(settings(server)) as house:

        def rows(sql):
            return house.database.transaction_now(lambda tx: tx.all(Statement(sql)))

        said = Counter(raw for (raw,) in rows("SELECT raw FROM answer"))
        assert said == Counter(word for resident in residents for word in resident.words[1:])
        assert rows("SELECT count(*) FROM inbox") == [(16 * (QUESTIONS + 1),)]
        assert rows("SELECT count(*) FROM conversation") == [(16,)]
        assert rows("SELECT count(*) FROM quarantine") == [(0,)]
        assert rows("SELECT count(*) FROM contact") == [(16,)]
    log = server.log.read_text()
    assert bot_api.TOKEN not in log
    assert twilio_api.TOKEN not in log
    assert "Traceback" not in log
