"""The queue: what is due first, whose cases, filters, counts and pages; on both databases."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.casework.office import CLOCK, Doer
from bot.web.desk import queue
from tests.web.desk.people import enter, filed, now_of, stepped, unit, words

DAY = 86_400_000


def numbers(page):
    return re.findall(r'<a href="/desk/requests/([A-Z]+-\d+-\d+)"><strong>', page)


def counts(page):
    return {name: int(count) for name, count in re.findall(r"view=(\w+)\"[^>]*>[^<]*<span class=\"count\">(\d+)", page)}


async def test_what_is_due_first_stands_first_and_views_and_counts_agree(here, browsers):
    ana = await enter(here, "ana@puyo.ec", "administrator")
    me = Doer("staff", ana)
    now = now_of(here)
    fresh = await filed(here, "Lo más nuevo")
    late = await filed(here, "Lo vencido", filed_at=now - 60 * DAY)
    older = await filed(here, "Lo de hace una semana", filed_at=now - 7 * DAY)
    asked = await filed(here, "Lo que no se entiende", filed_at=now - 5 * DAY)
    await stepped(here, "ask", asked, me, "¿Cuál?")
    answered = await filed(here, "Lo respondido")
    await stepped(here, "answer", answered, me, "full", "Aquí está")
    closed = await filed(here, "Lo cerrado")
    await stepped(here, "answer", closed, me, "full", "Aquí está")
    await stepped(here, "finish", closed, CLOCK, quiet=True)
    complaint = await filed(here, "Una queja", kind="complaint", identity={})
    browser = await browsers()
    page = await browser.sign_in("ana@puyo.ec")
    order = numbers(page)
    assert order[0] == late.number
    assert set(order) == {case.number for case in (late, older, asked, fresh, complaint)}
    assert order.index(older.number) < order.index(fresh.number)
    assert counts(page) == {"due": 5, "overdue": 1, "waiting": 1, "answered": 1, "finished": 1, "all": 7}
    for view, cases in {"overdue": [late], "waiting": [asked], "answered": [answered], "finished": [closed]}.items():
        assert numbers(await browser.get(f"/desk?view={view}")) == [case.number for case in cases], view
    assert len(numbers(await browser.get("/desk?view=all"))) == 7
    assert numbers(await browser.get("/desk?kind=complaint")) == [complaint.number]
    told = words(page)
    assert re.search(r"Vencida hace \d+ días", told)  # the colour is never the only sign
    assert "se pidió aclaración" in told
    assert "No hay" in words(await browser.get("/desk?view=answered&kind=complaint"))


async def test_everybody_sees_their_own_units_cases_and_coordinators_all(here, browsers):
    works, water = unit(here, "Obras"), unit(here, "Agua")
    eva = await enter(here, "eva@puyo.ec", "officer", of=works)
    await enter(here, "leo@puyo.ec", "reader", of=water)
    await enter(here, "carlos@puyo.ec", "coordinator", of=water)
    await enter(here, "nadie@puyo.ec", "officer")
    mine = await filed(here, "De obras, mía", unit_id=works)
    await stepped(here, "assign", mine, Doer("staff", eva), unit=works, officer=eva)
    ours = await filed(here, "De obras", unit_id=works)
    theirs = await filed(here, "De agua", unit_id=water)
    nobodys = await filed(here, "De nadie todavía")
    seen = {
        "eva": ({mine.number, ours.number}, 2),
        "leo": ({theirs.number}, 1),
        "carlos": ({mine.number, ours.number, theirs.number, nobodys.number}, 4),
        "nadie": (set(), 0),
    }
    for name, (expected, count) in seen.items():
        browser = await browsers()
        page = await browser.sign_in(f"{name}@puyo.ec")
        assert set(numbers(page)) == expected, name
        assert counts(page)["all"] == count
        for case in (mine, ours, theirs, nobodys):
            await browser.get(f"/desk/requests/{case.number}", 200 if case.number in expected else 403)
        if name == "eva":
            assert numbers(await browser.get("/desk?mine=1")) == [mine.number]
            assert counts(await browser.get("/desk?mine=1"))["due"] == 1
            # a filter never widens what one may see
            assert set(numbers(await browser.get(f"/desk?unit={water}"))) == expected
            assert 'name="unit"' not in page
        if name == "carlos":
            assert numbers(await browser.get(f"/desk?unit={water}")) == [theirs.number]
            assert numbers(await browser.get("/desk?unit=0")) == [nobodys.number]


async def test_what_is_done_with_is_counted_up_to_a_thousand_only(here, browsers, monkeypatch):
    from storage import desk_queue

    monkeypatch.setattr(desk_queue, "MOST", 1)
    ana = await enter(here, "ana@puyo.ec", "administrator")
    for _ in range(2):
        await stepped(here, "answer", await filed(here), Doer("staff", ana), "full", "Va")
    for _ in range(3):
        await filed(here)
    browser = await browsers()
    page = words(await browser.sign_in("ana@puyo.ec"))
    assert "Por responder 3 " in page
    assert "Respondidas 1+ Cerradas 0 Todas 1+" in page


@pytest.mark.parametrize("view", ["due", "all"])
async def test_pages_follow_one_another_and_lose_nobody(here, browsers, monkeypatch, view):
    monkeypatch.setattr(queue, "SIZE", 3)
    await enter(here, "ana@puyo.ec", "administrator")
    now = now_of(here)
    # several on one day: the place of a page is more than its day
    cases = [await filed(here, f"Pedido {n}", filed_at=now - (n // 4) * DAY) for n in range(8)]
    browser = await browsers()
    await browser.sign_in("ana@puyo.ec")
    path, found = f"/desk?view={view}", []
    for _ in range(5):
        page = await browser.get(path)
        found += numbers(page)
        following = re.search(r'<a href="([^"]+)" rel="next"', page)
        if following is None:
            break
        path = following[1].replace("&amp;", "&")
    assert len(found) == len(set(found)) == 8
    assert set(found) == {case.number for case in cases}


async def test_a_number_is_gone_to_however_it_is_written(small, small_browsers):
    await enter(small, "ana@puyo.ec", "administrator")
    case = await filed(small)
    browser = await small_browsers()
    await browser.sign_in("ana@puyo.ec")
    for written in (case.number, case.number.lower(), f" {case.number.replace('-', ' ')} "):
        assert "Lo que pide" in await browser.get("/desk", params={"q": written})
    assert "no es un número" in words(await browser.get("/desk", params={"q": "el puente <b>"}))
    await browser.get("/desk", 404, params={"q": "SAIP-2026-999"})


@pytest.mark.parametrize(
    "query",
    [
        "view=nothing",
        "after=x",
        "after=2026-13-45_1",
        "unit=-5",
        "unit=abc",
        "kind=x",
        "unit=9999999999999999999",
        "after=2026-01-01_" + "9" * 40,
    ],
)
async def test_what_nobody_typed_shows_the_queue(small, small_browsers, query):
    await enter(small, "ana@puyo.ec", "administrator")
    browser = await small_browsers()
    await browser.sign_in("ana@puyo.ec")
    assert "Solicitudes" in await browser.get(f"/desk?{query}")


def test_days_left_in_words():
    from datetime import date

    from bot.web.desk.words import left
    from tests.web.town import LANGUAGES

    today, day = date(2026, 11, 26), timedelta(days=1)
    for target, due, urgency, said in (
        (today + 10 * day, today + 12 * day, "calm", "Quedan 10 días"),
        (today + 3 * day, today + 5 * day, "soon", "Quedan 3 días"),
        (today + day, today + 5 * day, "soon", "Quedan 1 día"),
        (today, today + 2 * day, "today", "Vence hoy"),
        (today - day, today + day, "today", "Meta pasada; vence el 27 nov 2026"),
        (today - 2 * day, today, "today", "Meta pasada; vence el 26 nov 2026"),
        (today - 3 * day, today - day, "late", "Vencida hace 1 día"),
    ):
        found = left("received", target, due, today, LANGUAGES["es"])
        assert (found.urgency, found.text) == (urgency, said)
    assert left("answered", today - day, today - day, today, LANGUAGES["es"]).urgency == "done"
