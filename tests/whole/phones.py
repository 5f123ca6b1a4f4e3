"""Phones of residents, over the local servers of Telegram and Twilio: what is on the screen, and what the person does with it.

Whatever a person does is one event with its provider's identifier; the provider delivers it until it is answered with success,
sometimes several times at once, and repeats old ones late.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from bot.channels.telegram import secret_of
from tests.peers import bot_api, twilio_api
from tests.whole.server import Server

PUBLIC = "https://minga.pueblo.example"
WHATSAPP, SMS = "+14155238886", "+15005550006"
MARKS = "✅▫️ "

_UPDATES = itertools.count(900_000)


@dataclass(frozen=True)
class Screen:
    """A message of the bot: its text, its buttons or rows as label → what a press of it says, and what tells them from others."""

    text: str
    buttons: dict[str, Any] = field(default_factory=dict)
    mark: str = ""


class Phone(Protocol):
    """One person's phone."""

    def screens(self) -> list[Screen]:
        """Everything that the bot wrote, the newest last."""
        ...

    def text(self, words: str) -> Any:
        """The event that the person wrote this."""
        ...

    def press(self, button: Any) -> Any:
        """The event that the person pressed this button."""
        ...

    async def post(self, session: aiohttp.ClientSession, event: Any) -> int:
        """Delivers an event once; returns the status of the answer, 0 if there was none."""
        ...


@dataclass
class TelegramPhone:
    """Telegram. `polled`: what the person does waits at Telegram until it is fetched, once."""

    server: Server
    api: bot_api.BotApi
    person: int
    polled: bool = False

    def screens(self) -> list[Screen]:
        messages = self.api.chat(self.person).messages
        return [self._screen(messages[number]) for number in sorted(messages)]

    def _screen(self, message: dict[str, Any]) -> Screen:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = {button["text"].lstrip(MARKS): (message, button["callback_data"]) for row in rows for button in row}
        mark = " ".join(data for _, data in buttons.values())
        return Screen(message.get("text", message.get("caption", "")), buttons, mark)

    def text(self, words: str) -> Any:
        return {"update_id": next(_UPDATES), "message": self.api.message(self.person, text=words)}

    def press(self, button: Any) -> Any:
        message, data = button
        number = next(_UPDATES)
        query = f"query{number}"
        self.api._queries.add(query)
        return {
            "update_id": number,
            "callback_query": {
                "id": query, "from": self.api.user(self.person), "message": message, "chat_instance": "1", "data": data,
            },
        }  # fmt: skip

    async def post(self, session: aiohttp.ClientSession, event: Any) -> int:
        if self.polled:
            await self.api.happens(**event)
            return 200
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret_of(bot_api.TOKEN)}
        return await _posted(session.post(f"{self.server.url}/webhooks/telegram", json=event, headers=headers))


@dataclass
class TwilioPhone:
    """A phone with WhatsApp (`whatsapp:+…`, or an identifier without number) or one for SMS alone (`+…`).

    `scoped`: WhatsApp tells this identifier of the person as well, and from the fourth message on no number any more.
    """

    server: Server
    api: twilio_api.TwilioPeer
    side: str
    scoped: str = ""
    said: int = 0

    def screens(self) -> list[Screen]:
        sides = {self.side, f"whatsapp:{self.scoped}"}
        return [_twilio_screen(message["shown"]) for message in self.api.messages if message["to"] in sides]

    def text(self, words: str) -> Any:
        self.said += 1
        if not self.scoped:
            return self.api.inbound(self.side, self._ours(), words)
        side = self.side if self.said < 4 else f"whatsapp:{self.scoped}"
        return self.api.inbound(side, self._ours(), words, ExternalUserId=self.scoped)

    def press(self, button: Any) -> Any:
        return self.text(button["Body"]) | button

    def _ours(self) -> str:
        return f"whatsapp:{WHATSAPP}" if self.side.startswith("whatsapp:") else SMS

    async def post(self, session: aiohttp.ClientSession, event: Any) -> int:
        mark = twilio_api.signature(twilio_api.TOKEN, f"{PUBLIC}/webhooks/twilio", event.items())
        url = f"{self.server.url}/webhooks/twilio"
        return await _posted(session.post(url, data=event, headers={"X-Twilio-Signature": mark}))


def _twilio_screen(shown: dict[str, Any]) -> Screen:
    match shown.get("kind"):
        case "twilio/quick-reply":
            buttons = {
                row["title"]: {
                    "ButtonText": row["title"],
                    "ButtonPayload": row["id"],
                    "MessageType": "button",
                    "Body": row["title"],
                }
                for row in shown["actions"]
            }
        case "twilio/list-picker":
            buttons = {
                row["item"]: {"ListTitle": row["item"], "ListId": row["id"], "MessageType": "interactive", "Body": row["item"]}
                for row in shown["items"]
            }
        case _:
            buttons = {}
    mark = " ".join(button.get("ButtonPayload") or button["ListId"] for button in buttons.values())
    return Screen(shown["body"], buttons, mark)


async def _posted(request: Any) -> int:
    try:
        async with request as answer:
            await answer.read()
            return int(answer.status)
    except aiohttp.ClientError:
        return 0


class Provider:
    """Delivers the events of one phone: each until it is answered, perhaps several times at once, and now and then an old one."""

    def __init__(self, phone: Phone, session: aiohttp.ClientSession, chance: random.Random) -> None:
        self.phone = phone
        self.session = session
        self.chance = chance
        self.events: list[Any] = []
        self.deliveries = 0

    async def deliver(self, event: Any) -> None:
        """Returns when it was answered with success."""
        self.events.append(event)
        flooded = False
        async with asyncio.timeout(90):
            while True:
                if getattr(self.phone, "polled", False):
                    await self._once(event)
                    return
                together = [event] * self.chance.choice((1, 1, 2, 3))
                old = [self.chance.choice(self.events)]
                if flooded:  # as providers do: who is told to wait waits, and then sends what counts
                    await asyncio.sleep(1.5)
                    together, old = [event], []
                answers = await asyncio.gather(*(self._once(each) for each in [*together, *old]))
                assert not any(400 <= status < 500 and status != 429 for status in answers)
                if any(200 <= status < 300 for status in answers[: len(together)]):
                    return
                flooded = 429 in answers
                await asyncio.sleep(0.05)

    async def _once(self, event: Any) -> int:
        self.deliveries += 1
        return await self.phone.post(self.session, event)
