"""The whole of `ciudades_abiertas` through the whole server, over both providers: by buttons and by typing, killed in the middle.

Nothing of Minga is built here: the server is a process of its own, known by its settings alone, and what it kept is read by its
own export.
"""

from __future__ import annotations

import asyncio
import csv
import random
import signal
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from bot.engine.answers import fold
from tests.peers import bot_api, twilio_api
from tests.whole.phones import PUBLIC, SMS, WHATSAPP, Phone, Provider, Screen, TelegramPhone, TwilioPhone
from tests.whole.server import Server

QUESTIONS = {  # part of the question, as every channel may write it → step, what is typed, which button, the value
    "estas de acuerdo": ("consent", "sí", "Sí", ""),
    "1 de 6": ("que_es", "{who} opina de uno", None, "{who} opina de uno"),
    "2 de 6": ("a_quien_beneficia", "{who} opina de dos", None, "{who} opina de dos"),
    "3 de 6": ("municipio_abierto", "{who} opina de tres", None, "{who} opina de tres"),
    "4 de 6": ("herramientas", "{who} opina de cuatro", None, "{who} opina de cuatro"),
    "5 de 6": ("participacion", "{who} opina de cinco", None, "{who} opina de cinco"),
    "6 de 6": ("integridad", "{who} opina de seis", None, "{who} opina de seis"),
    "en que canton vives": ("canton", "vivo en el Puyo", "Puyo", "puyo"),
    "en que parroquia": ("lugar", "Barrio {who}", None, "Barrio {who}"),
    "cuantos años tienes": ("edad", "treinta y cuatro", None, "34"),
    "desde donde participas": ("sector", "3", "Organización social", "sociedad_civil"),
}
END = "tu comprobante es"
READING = 3.1
"""Seconds that a person reads before writing: whatever comes within three belongs to the text that was written before."""


def asked(screen: Screen) -> str:
    """Which question, or the end, a screen shows last; empty for none of them."""
    text = fold(screen.text)
    places = {part: text.rfind(part) for part in (*QUESTIONS, END)}
    last = max(places, key=lambda part: places[part])
    return last if places[last] >= 0 else ""


@dataclass
class Resident:
    """Answers what is on the screen, whatever it is, until the receipt comes."""

    who: str
    phone: Phone
    by_buttons: bool
    hello: str
    provider: Provider | None = None
    answered: list[str] = field(default_factory=list)
    pressed: int = 0

    def shown(self) -> tuple[str, Screen | None]:
        screens = [(asked(screen), screen) for screen in self.phone.screens()]
        return next(((part, screen) for part, screen in reversed(screens) if part), ("", None))

    async def see(self, before: str, answered: Screen | None) -> tuple[str, Screen]:
        """Waits for something else to answer than before: another question, or the same one with buttons of its own."""
        for _ in range(1500):
            part, screen = self.shown()
            if screen is not None and (part != before or (answered and screen.mark and screen.mark != answered.mark)):
                return part, screen
            await asyncio.sleep(0.02)
        texts = [each.text for each in self.phone.screens()[-3:]]
        raise AssertionError(f"{self.who} waits in vain after {before!r}, having read {texts}")

    async def talk(self, session: aiohttp.ClientSession, chance: random.Random) -> None:
        self.provider = Provider(self.phone, session, chance)
        await self.provider.deliver(self.phone.text(self.hello))
        part, screen = "", None
        while True:
            part, screen = await self.see(part, screen)
            if part == END:
                return
            await self.answer(*QUESTIONS[part][:3], screen)
            self.answered.append(part)

    async def answer(self, step: str, typed: str, button: str | None, screen: Screen) -> None:
        assert self.provider is not None
        if not (self.by_buttons and button):
            await asyncio.sleep(READING)
            await self.provider.deliver(self.phone.text(typed.format(who=self.who)))
            return
        self.pressed += 1
        event = self.phone.press(screen.buttons[button])
        # then a second thought, on buttons that are old by now: it corrects the answer
        late = self.phone.press(screen.buttons["Ibarra"]) if step == "canton" else None
        await self.provider.deliver(event)
        if late is not None:
            await self.provider.deliver(late)

    def repeats(self) -> int:
        """How many messages came again: what was in flight when the server was killed may."""
        return sum(count - 1 for count in Counter(screen.text for screen in self.phone.screens()).values())

    def receipt(self) -> str:
        _, screen = self.shown()
        assert screen is not None
        return screen.text.partition("comprobante es ")[2].partition(":")[0]


@asynccontextmanager
async def installed(folder: Path, mode: str, **more: str):
    """Yields a server that is not started yet, and the two providers. `more` are further settings."""
    async with bot_api.BotApi() as telegram:
        twilio = await twilio_api.TwilioPeer().start()
        server = Server(
            folder, public_url=PUBLIC, telegram_token=bot_api.TOKEN, telegram_mode=mode, telegram_api_url=telegram.url,
            twilio_account_sid=twilio_api.SID, twilio_auth_token=twilio_api.TOKEN, twilio_api_url=twilio.url,
            twilio_whatsapp_from=WHATSAPP, twilio_sms_from=SMS, sms_pace=100, person_pace=0, municipality="Pueblo",
            **more,
        )  # fmt: skip
        twilio.numbers |= {SMS, f"whatsapp:{WHATSAPP}"}
        twilio.public = (PUBLIC, server.url)
        try:
            yield server, telegram, twilio
        finally:
            if server.process is not None:
                await server.kill(signal.SIGTERM)
            await twilio.stop()


def residents(server: Server, telegram: bot_api.BotApi, twilio: twilio_api.TwilioPeer, polled: bool) -> list[Resident]:
    def on_telegram(person: int) -> Phone:
        return TelegramPhone(server, telegram, person, polled=polled)

    def on_twilio(side: str, scoped: str = "") -> Phone:
        return TwilioPhone(server, twilio, side, scoped)

    return [
        Resident("Ana", on_telegram(111), True, "/start ciudades_abiertas"),
        Resident("Beto", on_telegram(222), False, "ciudades abiertas"),
        Resident("Carla", on_twilio("whatsapp:+593991111111"), True, "ciudades"),
        Resident("Dario", on_twilio("whatsapp:+593992222222"), False, "Ciudades Abiertas"),
        Resident("Elsa", on_twilio("whatsapp:EC.1349876543210"), True, "taller"),
        Resident("Hilda", on_twilio("whatsapp:+593995555555", "EC.2468013579"), True, "taller"),
        Resident("Fidel", on_twilio("+593993333333"), False, "CIUDADES"),
        Resident("Gina", on_twilio("+593994444444"), False, "ciudades abiertas"),
    ]


async def fates(twilio: twilio_api.TwilioPeer, chance: random.Random) -> None:
    """Twilio tells what became of each message, out of turn and twice."""
    for message in list(twilio.messages):
        names = ["sent", "delivered", "read" if message["to"].startswith("whatsapp:") else "delivered", "sent"]
        chance.shuffle(names)
        assert set(await twilio.statuses(message["sid"], names)) == {200}


async def exported(server: Server, folder: Path) -> list[dict[str, str]]:
    await server.command("export", "ciudades_abiertas", "--format", "csv", "--out", str(folder))
    return await asyncio.to_thread(_wide, folder)


def _wide(folder: Path) -> list[dict[str, str]]:
    [file] = folder.rglob("*wide*.csv")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of where everything is kept: by default in a file of MINGA_DATA, or in PostgreSQL."""
    if request.param == "sqlite":
        return {}
    return {"database_url": request.getfixturevalue("postgres_url"), "secret_key": "a key of the tests, long enough for one"}


WAYS = [("webhook", "sqlite"), ("polling", "sqlite"), ("webhook", "postgres")]


@pytest.mark.parametrize(("mode", "kept"), WAYS, indirect=["kept"])
async def test_the_whole_of_it_on_every_channel_killed_in_the_middle(tmp_path, mode, kept):
    chance = random.Random(20261125)
    async with installed(tmp_path, mode, **kept) as (server, telegram, twilio), aiohttp.ClientSession() as session:
        if kept:  # where several servers may share a database none of them opens flows by itself
            await server.command("flow", "open", "ciudades_abiertas")
        await server.start()
        people = residents(server, telegram, twilio, mode == "polling")
        talking = asyncio.gather(*(person.talk(session, chance) for person in people))
        while sum(len(person.answered) for person in people) < len(people) * 5:
            if talking.done():
                raise AssertionError("it was over before it could be killed") from talking.exception()
            await asyncio.sleep(0.01)
        await server.kill()
        await asyncio.sleep(0.3)
        await server.start()
        async with asyncio.timeout(120):
            await talking
        await fates(twilio, chance)
        assert (telegram.refused, twilio.refused) == ([], [])
        assert len({person.receipt() for person in people}) == len(people)
        assert sum(person.repeats() for person in people if not person.by_buttons) <= len(people)
        assert all(person.pressed >= 3 for person in people if person.by_buttons)
        rows = await exported(server, tmp_path / "out")
    assert len(rows) == len(people)
    for person in people:
        [row] = [row for row in rows if row["que_es"] == f"{person.who} opina de uno"]
        expected = {step: value.format(who=person.who) for step, _, _, value in QUESTIONS.values() if step != "consent"}
        if person.by_buttons:
            expected["canton"] = "ibarra"
        assert {step: row[step] for step in expected} == expected
    log = server.log.read_text()
    assert Counter(secret in log for secret in (bot_api.TOKEN, twilio_api.TOKEN, "Traceback", "+59399")) == {False: 4}
