"""Flows at the desk: opened, paused, closed, with what that means for whoever is in them; links and posters; both databases."""

from __future__ import annotations

import re
import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.flow_shelf import FlowShelf
from bot.settings import Settings
from storage import audit, flows
from storage.statements import Statement
from tests.web.desk.conftest import _server
from tests.web.desk.people import enter, unit, words
from tests.web.desk.resident import Resident
from tests.web.town import FLOWS, LANGUAGES, SECRET

PATH = "/desk/flows"
BROKEN = "flow: roto\ntitle: Roto\nlanguages: [es]\nsurvey:\n  - {type: entero, name: x, label: ¿Edad?}\n"
SAME_WORD = """
flow: tres
title: Tres
languages: [es]
start: {words: [ideas]}
survey:
  - {type: text, name: a, label: ¿Una idea?}
"""


class Folder:
    """The folder of flow files of a town, and its desk."""

    def __init__(self, path: Path, town, browsers) -> None:
        self.path, self.town, self.browsers = path, town, browsers

    def write(self, name: str, text: str) -> None:
        (self.path / f"{name}.yaml").write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.path / f"{name}.yaml").read_text(encoding="utf-8")

    def state(self, name: str) -> str:
        rows = self.town.world.database.transaction_now(flows.listed)
        return next((row.state for row in rows if row.flow == name), "")

    async def coordinator(self):
        await enter(self.town, "carlos@puyo.ec", "coordinator")
        browser = await self.browsers()
        await browser.sign_in("carlos@puyo.ec")
        return browser


async def _folder(stack, town, url, tmp_path, **settings) -> Folder:
    path = tmp_path / "flows"
    shutil.copytree(FLOWS, path)
    told = Settings(secret_key=SECRET, database_url=url, flows=path, **settings)
    shelved = town.but(shelf=FlowShelf([path], LANGUAGES, None, told))
    return Folder(path, town, await _server(stack, shelved))


@pytest.fixture
async def folder(here, database_url, tmp_path):
    async with AsyncExitStack() as stack:
        yield await _folder(stack, here, database_url, tmp_path)


def version(page):
    return re.search(r'name="version" value="([0-9a-f]+)"', page)[1]


async def test_a_list_of_all_with_their_state_people_and_problems(folder):
    luz = Resident(folder.town)
    await luz.does(start="dos")
    folder.write("roto", BROKEN)
    folder.write("tres", SAME_WORD)
    browser = await folder.coordinator()
    page = words(await browser.get(PATH))
    assert "Dos preguntas dos abierto" in page
    assert "Tres tres borrador" in page
    assert "1 error" in page
    for name in ("dos", "roto", "tres"):
        assert name in page
    (folder.path / "dos.yaml").unlink()
    page = words(await browser.get(f"{PATH}/dos"))
    assert "Ya no hay archivo de este flujo" in page
    assert "línea 5" in words(await browser.get(f"{PATH}/roto"))
    await browser.get(f"{PATH}/nothing", 404)


async def test_a_draft_opens_and_only_in_the_version_that_was_seen(folder):
    folder.write("tres", SAME_WORD)
    browser = await folder.coordinator()
    seen = version(await browser.get(f"{PATH}/tres"))
    folder.write("tres", SAME_WORD.replace("¿Una idea?", "¿Qué idea tienes?"))
    assert "cambió mientras usted lo miraba" in words(await browser.post(f"{PATH}/tres", {"deed": "open", "version": seen}, 409))
    assert folder.state("tres") == ""
    now = version(await browser.get(f"{PATH}/tres"))
    page = words(await browser.post(f"{PATH}/tres", {"deed": "open", "version": now}))
    assert "El flujo está abierto" in page
    assert "Todavía no hay canal conectado" in page
    assert folder.state("tres") == "open"
    line = folder.town.world.database.transaction_now(audit.page)[0]
    assert (line.action, line.subject, line.before["state"]) == ("flow_opened", "flow:tres", "draft")
    # another one with the same start word may not
    folder.write("cuatro", SAME_WORD.replace("flow: tres", "flow: cuatro"))
    other = version(await browser.get(f"{PATH}/cuatro"))
    page = words(await browser.post(f"{PATH}/cuatro", {"deed": "open", "version": other}, 422))
    assert "ideas" in page
    assert folder.state("cuatro") == ""


async def test_what_opening_strands_is_told_before_and_confirmed(folder):
    luz = Resident(folder.town)
    await luz.does(start="dos")
    await folder.town.world.database.transaction(lambda tx: tx.run(Statement("UPDATE conversation SET test = FALSE")))
    folder.write("dos", folder.read("dos").replace("name: segunda", "name: tercera"))
    browser = await folder.coordinator()
    assert "cambió desde que se abrió" in words(await browser.get(PATH))
    page = await browser.get(f"{PATH}/dos")
    assert "Antes de abrir esta versión" in words(page)
    assert "primera" in words(page)
    asked = {"deed": "open", "version": version(page)}
    assert "confirm" in words(await browser.post(f"{PATH}/dos", asked, 422)).lower()
    before = folder.town.world.database.transaction_now(flows.listed)
    await browser.post(f"{PATH}/dos", {**asked, "sure": "yes"})
    assert folder.town.world.database.transaction_now(flows.listed) != before
    page = words(await browser.get(f"{PATH}/dos"))
    assert page.count("1 en curso") == 1  # they go on in their version


async def test_paused_and_closed_and_not_twice(folder):
    browser = await folder.coordinator()
    assert "en pausa" in words(await browser.post(f"{PATH}/dos", {"deed": "pause"}))
    assert folder.state("dos") == "paused"
    assert "Alguien cambió su estado" in words(await browser.post(f"{PATH}/dos", {"deed": "pause"}, 409))
    await browser.post(f"{PATH}/dos", {"deed": "close"}, 422)
    assert folder.state("dos") == "paused"
    await browser.post(f"{PATH}/dos", {"deed": "close", "sure": "yes"})
    assert folder.state("dos") == "closed"
    await browser.post(f"{PATH}/dos", {"deed": "close", "sure": "yes"}, 409)
    await browser.post(f"{PATH}/dos", {"deed": "burn"}, 404)
    told = [line.action for line in folder.town.world.database.transaction_now(audit.page)]
    assert told[:2] == ["flow_closed", "flow_paused"]
    # and open again
    page = await browser.get(f"{PATH}/dos")
    await browser.post(f"{PATH}/dos", {"deed": "open", "version": version(page)})
    assert folder.state("dos") == "open"


async def test_before_closing_it_is_asked_which_of_two_answers_counts(folder):
    one, two = Resident(folder.town), Resident(folder.town, "el-otro-telefono-de-luz")
    for person in (one, two):
        await person.does(start="dos")
        await person.says("Más árboles")
        await person.says("Más sombra")
    link = "".join(await one.says("vincular"))
    code = re.search(r"[34679A-Z]{5}-[34679A-Z]{5}", link)[0]
    await two.says(f"vincular {code}")
    browser = await folder.coordinator()
    page = words(await browser.get(f"{PATH}/dos"))
    assert "1 persona respondió dos veces" in page
    page = await browser.post(f"{PATH}/dos", {"deed": "close", "sure": "yes"}, 422)
    assert "Diga primero qué respuesta cuenta" in words(page)
    assert folder.state("dos") == "open"
    await browser.post(f"{PATH}/dos", {"deed": "close", "sure": "yes", "keep": "mine"}, 422)
    await browser.post(f"{PATH}/dos", {"deed": "close", "sure": "yes", "keep": "latest"})
    assert folder.state("dos") == "closed"
    told = folder.town.world.database.transaction_now(audit.page)
    assert [line.action for line in told[:2]] == ["flow_closed", "conflicts_decided"]
    assert told[1].after == {"keep": "latest", "people": 1}
    select = Statement("SELECT verdict FROM conflict ORDER BY verdict")
    assert folder.town.world.database.transaction_now(lambda tx: tx.all(select)) == [("aside",), ("stands",)]


async def test_links_and_the_poster_where_a_number_is_known(small, sqlite_url, tmp_path):
    async with AsyncExitStack() as stack:
        told = {
            "twilio_account_sid": "AC" + "0" * 32, "twilio_auth_token": "0" * 32, "twilio_whatsapp_from": "+593991112233",
        }  # fmt: skip
        folder = await _folder(stack, small, sqlite_url, tmp_path, **told)
        folder.write("tres", SAME_WORD)
        browser = await folder.coordinator()
        await browser.post(f"{PATH}/tres", {"deed": "open", "version": version(await browser.get(f"{PATH}/tres"))})
        page = await browser.get(f"{PATH}/tres")
        assert "https://wa.me/593991112233?text=" in page
        answer = await browser.client.get(f"{PATH}/tres/poster.pdf")
        assert answer.status == 200
        assert (await answer.read()).startswith(b"%PDF-")
        assert "tres.pdf" in answer.headers["Content-Disposition"]
        await browser.get(f"{PATH}/roto/poster.pdf", 404)
        await browser.post(f"{PATH}/tres", {"deed": "pause"})
        await browser.get(f"{PATH}/tres/poster.pdf", 404)


async def test_a_broken_file_does_not_open(folder):
    folder.write("roto", BROKEN)
    browser = await folder.coordinator()
    assert "tiene errores" in words(await browser.post(f"{PATH}/roto", {"deed": "open", "version": ""}, 422))
    assert folder.state("roto") == ""


async def test_who_may_not(folder):
    await enter(folder.town, "eva@puyo.ec", "officer", of=unit(folder.town, "Obras"))
    browser = await folder.browsers()
    assert PATH not in await browser.sign_in("eva@puyo.ec")
    for path in (PATH, f"{PATH}/dos", f"{PATH}/dos/poster.pdf"):
        await browser.get(path, 403)
    await browser.post(f"{PATH}/dos", {"deed": "pause"}, 403)
    carlos = await folder.coordinator()
    carlos.headers["Sec-Fetch-Site"] = "cross-site"
    await carlos.post(f"{PATH}/dos", {"deed": "pause"}, 403)
    assert folder.state("dos") == "open"
