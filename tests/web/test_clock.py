"""The clock of one simulated person: moved, read, put back; and nobody else's."""

from __future__ import annotations

from datetime import timedelta


async def test_moving_the_clock_brings_the_reminder_and_moves_nobody_else(page):
    await page.open()
    await page.does({"start": "barrio"}, look="sms")  # somebody else: another phone
    await page.does({"start": "barrio"})
    async with page.chat() as chat:
        await chat.until(chat.heard("¿En qué cantón"))
        assert chat.data["clock"]["next"]["kind"] == "reminder"
        asked_at = chat.said[-1]["at"]
        answer = await page.post("/simulator/clock", {"look": "telegram", "advance": 24 * 3600 + 60})
        assert answer.status == 200, await answer.text()
        await chat.until(chat.heard("¿Seguimos?"))
        await chat.until(lambda chat: chat.data["clock"]["offset"] == (24 * 3600 + 60) * 1000)
        reminder = next(item for item in chat.said if "¿Seguimos?" in item["text"])
        assert timedelta(hours=23, minutes=59).total_seconds() < (reminder["at"] - asked_at) / 1000 < 24 * 3600 + 60
    async with page.chat() as again:  # on reload the time of what came before is still what it was
        await again.until(again.heard("¿Seguimos?"))
        assert next(item for item in again.said if "cantón" in item["text"])["at"] == asked_at
        assert sum("¿Seguimos?" in item["text"] for item in again.said) == 1
    async with page.chat("sms") as other:
        await other.until(other.heard("¿En qué cantón"))
        assert other.data["clock"]["offset"] == 0
        assert not any("¿Seguimos?" in text for text in other.texts)


async def test_a_long_move_stops_at_everything_that_falls_due(page):
    await page.open()
    await page.does({"start": "barrio"})
    await page.post("/simulator/clock", {"look": "telegram", "advance": 30 * 24 * 3600})
    async with page.chat() as chat:
        await chat.until(lambda chat: chat.data and chat.data["kept"]["status"] == "partial")
        # two reminders, each on its day
        days = [item["at"] // 86_400_000 for item in chat.said if "eguimos" in item["text"] or "erminar" in item["text"]]
        assert len(days) >= 2
        assert len(set(days)) >= 2


async def test_the_clock_goes_to_the_next_due_moment_and_back_to_real_time(page):
    await page.open()
    await page.does({"start": "barrio"})
    assert (await page.post("/simulator/clock", {"look": "telegram", "next": True})).status == 200
    async with page.chat() as chat:
        await chat.until(chat.heard("¿Seguimos?"))
        assert (await page.post("/simulator/clock", {"look": "telegram", "real": True})).status == 200
        await chat.until(lambda chat: chat.data["clock"]["offset"] == 0)
        assert any("hora real" in text for text in chat.texts)


async def test_the_clock_refuses_what_it_cannot_do_in_words(page):
    await page.open()
    answer = await page.post("/simulator/clock", {"look": "telegram", "advance": 3600})
    assert answer.status == 409
    assert "empiece una conversación" in (await answer.json())["error"]
    await page.does({"start": "dos"})
    for body, status, words in (
        ({"to": "2020-01-01T09:00"}, 409, "hacia adelante"),
        ({"to": "mañana"}, 400, "2026-12-01T09:00"),
        ({"advance": -5}, 409, "hacia adelante"),
        ({"advance": 11 * 366 * 86400}, 409, "diez años"),
        ({"advance": True}, 400, "advance"),
        ({"advance": 1e300}, 409, "diez años"),
        ({}, 400, "advance"),
    ):
        answer = await page.post("/simulator/clock", {"look": "telegram", **body})
        assert answer.status == status, body
        assert words in (await answer.json())["error"], body
