"""Staff and units: added, changed, reset, let in no more; links shown once; who may not; on both databases."""

from __future__ import annotations

import re

import pytest

from storage import audit, sessions, staff
from tests.web.desk.people import PASSWORD, enter, now_of, unit, words

PATH = "/desk/staff"


def person(town, email):
    return town.world.database.transaction_now(lambda tx: staff.by_email(tx, email))


def actions(town):
    return [line.action for line in town.world.database.transaction_now(audit.page)]


async def administrator(here, browsers):
    await enter(here, "ana@puyo.ec", "administrator")
    browser = await browsers()
    await browser.sign_in("ana@puyo.ec")
    return browser


def link(page):
    return "/desk/password" + re.search(r"<code>http[^<]*/desk/password(\?token=[^<]+)</code>", page)[1]


async def test_somebody_added_sets_a_password_by_the_link_and_comes_in(here, browsers):
    works = unit(here, "Obras")
    ana = await administrator(here, browsers)
    added = {
        "deed": "add",
        "email": " Eva@Puyo.ec ",
        "name": "Eva <Santi>",
        "role": "officer",
        "unit": str(works),
        "superior": "yes",
    }
    page = await ana.post(PATH, added)
    assert "Eva &lt;Santi&gt;" in page
    eva = person(here, "eva@puyo.ec")
    assert (eva.role, eva.unit_id, eva.is_superior, eva.password) == ("officer", works, True, "")
    path = link(page)
    assert path not in await ana.get(PATH)  # shown once
    browser = await browsers()
    await browser.post("/desk/password", {"token": path.partition("=")[2], "password": PASSWORD, "again": PASSWORD})
    await browser.sign_in("eva@puyo.ec")
    assert "staff_added" in actions(here)
    assert "ya es de alguien" in words(await ana.post(PATH, {**added, "name": "Otra"}, 422))


async def test_role_unit_and_superior_change_at_once(here, browsers):
    works, water = unit(here, "Obras"), unit(here, "Agua")
    ana = await administrator(here, browsers)
    eva = await enter(here, "eva@puyo.ec", "officer", of=works)
    browser = await browsers()
    await browser.sign_in("eva@puyo.ec")
    await browser.get("/desk/conversations")
    change = {"deed": "change", "id": str(eva), "name": "Eva Santi", "role": "reader", "unit": str(water)}
    assert "Los cambios quedaron guardados" in await ana.post(PATH, change)
    found = person(here, "eva@puyo.ec")
    assert (found.name, found.role, found.unit_id, found.is_superior) == ("Eva Santi", "reader", water, False)
    await browser.get("/desk/conversations", 403)  # the session goes on, with what they may now
    line = here.world.database.transaction_now(audit.page)[0]
    assert (line.action, line.before["role"], line.after["role"]) == ("staff_changed", "officer", "reader")


async def test_somebody_who_leaves_is_out_at_once_and_may_come_back_by_a_link(here, browsers):
    ana = await administrator(here, browsers)
    eva = await enter(here, "eva@puyo.ec", "coordinator")
    browser = await browsers()
    await browser.sign_in("eva@puyo.ec")
    assert "Ya no puede entrar" in await ana.post(PATH, {"deed": "deactivate", "id": str(eva)})
    assert here.world.database.transaction_now(lambda tx: sessions.of_staff(tx, eva, now_of(here))) == []
    assert "/desk/sign-in" in (await browser.client.get("/desk", allow_redirects=False)).headers["Location"]
    page = await ana.post(PATH, {"deed": "reset", "id": str(eva), "factor": "yes"})
    assert person(here, "eva@puyo.ec").active
    assert person(here, "eva@puyo.ec").password == ""
    await browser.post(
        "/desk/password", {"token": link(page).partition("=")[2], "password": PASSWORD + "2", "again": PASSWORD + "2"}
    )
    await browser.sign_in("eva@puyo.ec", PASSWORD + "2")


async def test_the_last_administrator_stays(here, browsers):
    ana = await administrator(here, browsers)
    me = person(here, "ana@puyo.ec")
    for wanted in ({"deed": "deactivate"}, {"deed": "change", "name": "Ana", "role": "coordinator"}):
        assert "nadie quedaría para administrar" in words(await ana.post(PATH, {**wanted, "id": str(me.id)}, 422))
    assert person(here, "ana@puyo.ec") == me
    await ana.get(PATH)  # and is still signed in
    assert "staff_deactivated" not in actions(here)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"email": "nadie"}, "correo"),
        ({"email": "a b@puyo.ec"}, "correo"),
        ({"email": "eva@puyo.ec", "role": "mayor"}, "Elija un rol"),
        ({"email": "eva@puyo.ec", "role": "officer"}, "necesita una unidad"),
        ({"email": "eva@puyo.ec", "role": "coordinator", "unit": "99"}, "ya no existe"),
        ({"email": "eva@puyo.ec", "role": "coordinator", "name": "x" * 201}, "Escriba el nombre"),
    ],
)
async def test_what_is_not_right_is_told_with_what_was_typed(small, small_browsers, given, told):
    ana = await administrator(small, small_browsers)
    page = await ana.post(PATH, {"deed": "add", "role": "coordinator", "name": "Eva", "unit": "", **given}, 422)
    assert told in words(page)
    assert f'value="{given["email"]}"' in page
    assert person(small, "eva@puyo.ec") is None


async def test_units_are_added_and_renamed_and_keep_their_people(here, browsers):
    ana = await administrator(here, browsers)
    assert "La unidad quedó agregada" in await ana.post(PATH, {"deed": "unit_add", "name": "  Obras   Públicas "})
    works = here.world.database.transaction_now(lambda tx: staff.unit_named(tx, "Obras Públicas"))
    await enter(here, "eva@puyo.ec", "officer", of=works)
    unit(here, "Agua")
    assert "Ya hay una unidad" in words(await ana.post(PATH, {"deed": "unit_add", "name": "Agua"}, 422))
    assert "Ya hay una unidad" in words(await ana.post(PATH, {"deed": "unit_rename", "id": str(works), "name": "Agua"}, 422))
    assert "Escriba el nombre" in words(await ana.post(PATH, {"deed": "unit_rename", "id": str(works), "name": " "}, 422))
    await ana.post(PATH, {"deed": "unit_rename", "id": str(works), "name": "Obras"})
    assert person(here, "eva@puyo.ec").unit == "Obras"
    line = here.world.database.transaction_now(audit.page)[0]
    assert (line.action, line.before, line.after) == ("unit_renamed", {"name": "Obras Públicas"}, {"name": "Obras"})


async def test_who_may_not_and_what_is_not_there(small, small_browsers):
    ana = await administrator(small, small_browsers)
    await enter(small, "carlos@puyo.ec", "coordinator")
    carlos = await small_browsers()
    page = await carlos.sign_in("carlos@puyo.ec")
    assert PATH not in page
    await carlos.get(PATH, 403)
    mine = person(small, "carlos@puyo.ec")
    await carlos.post(PATH, {"deed": "change", "id": str(mine.id), "name": "Carlos", "role": "administrator"}, 403)
    assert person(small, "carlos@puyo.ec").role == "coordinator"
    for deed in ("change", "reset", "deactivate", "unit_rename", "burn"):
        for which in ("", "1", "x", "9" * 40):
            await ana.post(PATH, {"deed": deed, "id": which, "name": "x", "role": "coordinator"}, 404)
    ana.headers["Sec-Fetch-Site"] = "cross-site"
    await ana.post(PATH, {"deed": "deactivate", "id": str(mine.id)}, 403)
    assert person(small, "carlos@puyo.ec").active
