"""A request through the whole server: filed on Telegram, answered with a PDF, received there, judged by a tap."""

from __future__ import annotations

import asyncio
import re
import signal

import aiohttp

from bot.assembly import LOCALES, open_house
from bot.casework import steps
from bot.casework.files import StoredFiles
from bot.casework.office import Doer
from bot.clock import milliseconds
from bot.providers import build_channels
from bot.settings import Settings
from bot.town_hall import build_office
from bot.translations import load_languages
from bot.vocabulary import Media
from storage import media, requests
from tests.peers import bot_api
from tests.whole.server import Server
from tests.world import OFFICER

ROSA = 111
PDF = b"%PDF-1.4 the contract"


async def until(told, words):
    """Waits until the last message says that, and returns it."""
    for _ in range(1500):
        texts = told.texts
        if texts and words in texts[-1]:
            return texts[-1]
        await asyncio.sleep(0.02)
    raise AssertionError(f"{words!r} never came, but {told.texts[-2:]}")


async def files(telegram):
    """Files a request on Telegram and returns its number."""
    rosa = telegram.chat(ROSA)
    await telegram.writes(ROSA, "/start solicitud_informacion")
    await until(rosa, "¿Qué información pides?")
    await telegram.writes(ROSA, "El contrato de la obra del parque")
    await until(rosa, "¿De qué fechas?")
    await telegram.writes(ROSA, "saltar")
    await until(rosa, "¿Cómo la quieres?")
    await telegram.presses(ROSA, "Digital")
    await until(rosa, "¿Cómo te avisamos?")
    await telegram.presses(ROSA, "Por este chat")
    await until(rosa, "¿Algo que adjuntar?")
    await telegram.writes(ROSA, "saltar")
    await until(rosa, "¿Estás de acuerdo?")
    await telegram.presses(ROSA, "No")
    await until(rosa, "Estas son tus respuestas")
    await telegram.presses(ROSA, "Enviar")
    await until(rosa, "mis solicitudes")
    found = re.search(r"SAIP-\d+-\d+", " ".join(rosa.texts))
    assert found
    return found[0]


def answer(values, number):
    """Answers that request with a PDF, as the desk does, and returns the public path of the file."""
    settings = Settings(**values, _env_file=None)
    with open_house(settings) as house:
        languages = load_languages(LOCALES)
        channels = build_channels(settings, languages, house.database, house.clock).channels
        office = build_office(house.vault, house.database.identifiers, channels, languages, settings.zone, folder=settings.data)
        kept = house.attachments.keep(PDF, Media("file", "", "application/pdf", "", 0, name="contrato.pdf"))
        now = milliseconds(house.clock.now())

        def work(tx):
            tx.run(OFFICER)
            media.keep(tx, kept, contact=None, conversation=None, now=now)
            case = requests.by_number(tx, number)
            given = (tx, office, case.id, Doer("staff", 1), "full", "Aquí está el contrato.")
            return steps.answer(*given, now=now, files=[(kept.reference, "contrato.pdf")])

        house.database.transaction_now(work)
        path = StoredFiles(house.attachments, house.vault, house.clock.now).path(f"stored:{kept.reference}/contrato.pdf")
        assert path is not None
        return path, kept.reference


async def test_from_the_question_to_the_pdf_in_the_chat(tmp_path):
    async with bot_api.BotApi() as telegram:
        server = Server(
            tmp_path, telegram_token=bot_api.TOKEN, telegram_mode="polling", telegram_api_url=telegram.url, person_pace=0
        )
        await server.start()
        try:
            rosa = telegram.chat(ROSA)
            number = await files(telegram)
            path, reference = await asyncio.to_thread(answer, server.values, number)
            await until(rosa, "¿Recibiste lo que pediste?")
            [sent] = telegram.of("sendDocument")
            assert sent["document"] == PDF
            assert any("Aquí está el contrato." in text for text in rosa.texts)
            await telegram.presses(ROSA, "Sí, lo que pedí")
            await until(rosa, f"La {number} queda cerrada")
            async with aiohttp.ClientSession(server.url) as session:
                async with session.get(path) as found:
                    assert (found.status, await found.read()) == (200, PDF)
                    assert found.headers["Cache-Control"] == "private, no-store"
                    assert found.headers["Content-Disposition"] == "attachment"
                for other in (path.replace("/s.", "/s.A"), f"/media/{reference}/contrato.pdf", "/media/", "/media/s."):
                    async with session.get(other) as missing:
                        assert missing.status == 404, other
            for _ in range(200):
                asked = next(one for one in rosa.messages.values() if "¿Recibiste" in one.get("text", ""))
                if "✅" in asked["text"]:
                    break
                await asyncio.sleep(0.02)
            assert "reply_markup" not in asked and asked["text"].endswith("✅ Sí, lo que pedí")
        finally:
            await server.kill(signal.SIGTERM)
