"""The calendar's page: the rule with what is doubtful, the municipality's own days, what they move, and the law."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.engine.answers.places import gazetteer
from storage import audit, calendar_days, requests
from storage.calendar_days import Line
from tests.web.desk.people import enter, filed, unit, words

PATH = "/desk/calendar"


def lines(town):
    return town.world.database.transaction_now(calendar_days.lines)


def put(on, **changes):
    told = {"deed": "put", "day": on.isoformat(), "place": "", "works": "no", "name": "Feria", "reference": "Decreto 12"}
    return {**told, **changes}


async def test_the_year_by_the_rule_and_the_law_are_shown_to_whoever_is_signed_in(here, browsers):
    await enter(here, "rita@puyo.ec", "reader", of=unit(here, "Obras"))
    browser = await browsers()
    await browser.sign_in("rita@puyo.ec")
    page = words(await browser.get(f"{PATH}?year=2027"))
    assert "Calendario y ley 2027" in page
    assert "Viernes Santo" in page
    assert "dudoso" in page  # the Christmas of a Saturday, and the New Year after it
    assert "Traslado: se celebra el" in page
    assert "LOTAIP, art. 7" in page
    assert "sin verificar" in page or "verificado" in page
    assert "Agregar o cambiar un día" not in page
    await browser.post(PATH, put(here.world.clock.now().date()), 403)
    assert lines(here) == []


async def test_a_day_entered_and_taken_out_moves_what_is_owed_and_says_how_many(here, browsers):
    await enter(here, "carlos@puyo.ec", "coordinator")
    case = await filed(here, "El contrato del puente")
    other = await filed(here, "Las actas")
    browser = await browsers()
    await browser.sign_in("carlos@puyo.ec")
    day = case.working_due
    page = words(await browser.post(PATH, put(day, reference="Decreto 12 de 2026 <b>")))
    assert "El día quedó guardado" in page
    assert "2 solicitudes cambiaron de fecha" in page
    assert [line.name for line in lines(here)] == ["Feria"]
    moved = here.world.database.transaction_now(lambda tx: requests.load(tx, case.id))
    assert moved.working_due > day
    # the same day again changes it, and moves nothing
    page = words(await browser.post(PATH, put(day, name="Feria del pueblo")))
    assert "0 solicitudes" in page
    assert "Feria del pueblo" in page
    page = words(await browser.post(PATH, {"deed": "drop", "day": day.isoformat(), "place": ""}))
    assert "2 solicitudes" in page
    assert lines(here) == []
    back = here.world.database.transaction_now(lambda tx: requests.load(tx, other.id))
    assert back.working_due == other.working_due
    told = here.world.database.transaction_now(audit.page)
    assert [line.action for line in told[:3]] == ["calendar_drop", "calendar_put", "calendar_put"]
    assert told[1].before["name"] == "Feria"
    assert told[1].after["name"] == "Feria del pueblo"
    # whoever drops what a colleague dropped is shown the calendar
    await browser.post(PATH, {"deed": "drop", "day": day.isoformat(), "place": ""})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"day": "2026-02-30"}, "Escriba un día entre"),
        ({"day": "1999-01-01"}, "Escriba un día entre"),
        ({"day": "9999-01-01"}, "Escriba un día entre"),
        ({"name": " "}, "cómo se llama el día"),
        ({"reference": ""}, "qué decreto"),
        ({"reference": "x" * 301}, "qué decreto"),
        ({"place": "atlantis"}, "Elija un cantón"),
        ({"place": "puyo", "works": "yes"}, "vale para todo el país"),
    ],
)
async def test_what_is_not_right_is_told_beside_what_was_typed(small, small_browsers, changes, told):
    await enter(small, "carlos@puyo.ec", "coordinator")
    browser = await small_browsers()
    await browser.sign_in("carlos@puyo.ec")
    given = put(small.world.clock.now().date(), **changes)
    page = await browser.post(PATH, given, 422)
    assert told in words(page)
    assert given["name"].strip() in page
    assert lines(small) == []


async def test_a_canton_is_chosen_by_name_and_other_deeds_are_none(small, small_browsers):
    catalogue = replace(
        small.library.catalogue,
        places=gazetteer({"province": {"pastaza": "Pastaza"}, "canton": {"puyo": {"name": "Puyo", "within": "pastaza"}}}),
    )
    small.library._catalogue = catalogue
    await enter(small, "carlos@puyo.ec", "coordinator")
    browser = await small_browsers()
    await browser.sign_in("carlos@puyo.ec")
    today = small.world.clock.now().date()
    page = words(await browser.post(PATH, put(today, place="puyo", name="Fundación")))
    assert "Puyo, Pastaza" in page
    assert lines(small) == [Line(today, "puyo", False, "Fundación", "Decreto 12")]
    await browser.post(PATH, {"deed": "burn"}, 404)
    await browser.post(PATH, {"deed": "drop", "day": "x"}, 404)
    browser.headers["Sec-Fetch-Site"] = "cross-site"
    await browser.post(PATH, put(today + timedelta(days=1)), 403)
    assert len(lines(small)) == 1


@pytest.mark.parametrize("year", ["2016", "0", "x", "99999", "2200"])
async def test_other_years_show_one_that_is_known(small, small_browsers, year):
    await enter(small, "carlos@puyo.ec", "coordinator")
    browser = await small_browsers()
    await browser.sign_in("carlos@puyo.ec")
    assert "Calendario y ley 20" in words(await browser.get(f"{PATH}?year={year}&moved=x"))
