"""The public register, and answers behind links: who sees what, and who does not."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.casework import filing, links, steps
from bot.casework.filing import Filed, Filing
from bot.casework.office import RESIDENT, Doer
from bot.clock import milliseconds
from bot.vocabulary import Media
from bot.web.app import build_app
from storage import documents, media, requests, staff
from storage.requests import Case
from tests.web.town import Town

WHO = {"name": "Luz Tanguila Grefa", "document": "1710034065", "email": "luz@example.org", "phone": "+593 99 111 2233"}
PDF = b"%PDF-1.4 the contract"


class House:
    """Files, answers and releases in the town that is served."""

    def __init__(self, here: Town) -> None:
        self.world = here.world
        assert here.world.office is not None
        self.office = replace(here.world.office, public_url="https://puyo.example")
        self.database = here.world.database
        self.now = milliseconds(here.world.clock.now())
        officer = self.database.identifiers.next()
        self.database.transaction_now(
            lambda tx: staff.add(tx, officer, email="eva@puyo.ec", name="Eva", role="administrator", now=0)
        )
        self.eva = Doer("staff", officer)

    def file(self, text: str, **more: Any) -> Filed:
        said = Filing(text, self.now, identity=WHO, **more)
        return self.database.transaction_now(lambda tx: filing.file(tx, self.office, said, RESIDENT))

    def answer(self, case: Case, text: str = "Aquí está.", content: bytes = PDF, outcome: Any = "full") -> Case:
        kept = self.world.attachments.keep(content, Media("file", "", "application/pdf", "", 0, name="contrato.pdf"))

        def work(tx: Any) -> Case:
            media.keep(tx, kept, contact=None, conversation=None, now=self.now)
            files = [(kept.reference, kept.name)]
            return steps.answer(tx, self.office, case.id, self.eva, outcome, text, files=files, now=self.now)

        return self.database.transaction_now(work)

    def release(self, case: Case, text: str, answer: str = "Se entregó.", *, files: bool = True) -> Case:
        def work(tx: Any) -> Case:
            ids = [one.id for one in requests.files(tx, case.id)] if files else []
            return steps.release(
                tx, self.office, case.id, self.eva, text=text, answer_text=answer, files=ids, now=self.now + len(text)
            )

        return self.database.transaction_now(work)

    def published(self, text: str, **more: Any) -> Case:
        return self.release(self.answer(self.file(text).case, **more), text)


@pytest.fixture
async def client(here: Town) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(build_app(here.world))) as opened:
        yield opened


@pytest.fixture
def house(here: Town) -> House:
    return House(here)


async def text_of(client: TestClient, path: str, status: int = 200, **headers: str) -> str:
    answer = await client.get(path, headers=headers)
    assert answer.status == status
    return await answer.text()


async def test_what_is_not_released_shows_nothing_and_is_counted(client, house):
    hidden = house.file("El expediente secreto de la obra").case
    shown = house.published("Contrato de obra del Parque Central")
    page = await text_of(client, "/solicitudes")
    assert shown.number in page and "Parque Central" in page
    assert hidden.number not in page and "secreto" not in page
    assert "<dd>2</dd>" in page and "<dd>1</dd>" in page and "1 (100\u00a0%)" in page
    missing = await text_of(client, f"/solicitudes/{hidden.number}", 404)
    assert missing == await text_of(client, "/solicitudes/SAIP-2026-999999", 404)  # nobody can tell which of them there is
    for path in ("feed.xml", "datos.csv"):
        told = await text_of(client, f"/solicitudes/{path}")
        assert shown.number in told and hidden.number not in told


async def test_a_request_that_is_withheld_again_is_gone_with_its_files(client, house):
    case = house.published("Contrato del puente")
    page = await text_of(client, f"/solicitudes/{case.number}")
    address = page.partition(f'href="/solicitudes/{case.number}/')[2].partition('"')[0]
    file = await client.get(f"/solicitudes/{case.number}/{address}")
    assert await file.read() == PDF
    assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''contrato.pdf"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.content_type == "application/octet-stream"
    assert house.database.transaction_now(lambda tx: documents.search(tx, "contratos del puente", limit=3)) != []
    house.database.transaction_now(lambda tx: steps.withhold(tx, house.office, case.id, house.eva, now=house.now))
    await text_of(client, f"/solicitudes/{case.number}", 404)
    await text_of(client, f"/solicitudes/{case.number}/{address}", 404)
    assert case.number not in await text_of(client, "/solicitudes")
    assert house.database.transaction_now(lambda tx: documents.search(tx, "contratos del puente", limit=3)) == []


async def test_a_file_that_was_not_released_is_not_there(client, house):
    case = house.release(house.answer(house.file("Actas de 2025").case), "Actas de 2025", files=False)
    files = house.database.transaction_now(lambda tx: requests.files(tx, case.id))
    await text_of(client, f"/solicitudes/{case.number}/{files[0].id}", 404)
    assert "contrato.pdf" not in await text_of(client, f"/solicitudes/{case.number}")


async def test_what_was_overlooked_at_the_release_is_netted(client, house):
    case = house.file("Contrato de la vía").case
    house.release(house.answer(case), "Luz Tanguila Grefa, C.I. 171003406-5, pide el contrato", "Se escribió a luz@example.org")
    for path in (f"/solicitudes/{case.number}", "/solicitudes", "/solicitudes/feed.xml", "/solicitudes/datos.csv"):
        page = await text_of(client, path)
        assert "Tanguila" not in page and "171003406" not in page and "luz@" not in page, path
        assert "[dato personal]" in page


async def test_it_is_searched_without_accents_by_year_and_outcome(client, house):
    bridge = house.published("Planillas del puente sobre el río Pastaza")
    water = house.published("Tarifas de agua potable", outcome="partial")

    async def numbers(query: str) -> set[str]:
        page = await text_of(client, f"/solicitudes?{query}")
        return {case.number for case in (bridge, water) if f"/solicitudes/{case.number}" in page}

    assert await numbers("q=PLANILLA+RIO") == {bridge.number}
    assert await numbers("q=tarifa") == {water.number}
    assert await numbers("q=xil%C3%B3fono") == set()
    assert await numbers("q=de+la") == set()  # words that say nothing find nothing, and not everything
    assert await numbers("outcome=partial") == {water.number}
    assert await numbers(f"year={bridge.year}&q=puente") == {bridge.number}
    assert await numbers("year=2019") == set()
    assert await numbers("year=abcd&outcome=nada&after=x_y") == {bridge.number, water.number}
    rows = list(csv.DictReader(io.StringIO(await text_of(client, "/solicitudes/datos.csv?outcome=partial"))))
    assert [row["numero"] for row in rows] == [water.number]
    assert rows[0]["estado_portal"] == "RESPONSED" and rows[0]["archivos"] == "1"
    meant = list(csv.DictReader(io.StringIO(await text_of(client, "/solicitudes/diccionario.csv"))))
    assert [row["campo"] for row in meant] == list(rows[0]) and all(row["descripcion_en"] for row in meant)


async def test_pages_are_turned_without_losing_or_repeating_any(client, house):
    cases = {house.release(house.answer(house.file(f"Pedido {n}").case), f"Pedido {n:03}" + "x" * n).number for n in range(45)}
    seen: list[str] = []
    path = "/solicitudes"
    for _ in range(5):
        page = await text_of(client, path)
        seen += [part.partition('"')[0] for part in page.split('<h2><a href="/solicitudes/')[1:]]
        follow = page.partition('href="/solicitudes?after=')[2].partition('"')[0]
        if not follow:
            break
        path = f"/solicitudes?after={follow}"
    assert len(seen) == 45 and set(seen) == cases


async def test_the_feed_is_whole_xml_whatever_was_written(client, house):
    house.published('¿Qué dice <b>la ley</b> & "por qué"?')
    feed = ET.fromstring(await text_of(client, "/solicitudes/feed.xml"))
    space = "{http://www.w3.org/2005/Atom}"
    entries = feed.findall(f"{space}entry")
    assert len(entries) == 1
    assert "<b>la ley</b> &" in (entries[0].findtext(f"{space}content") or "")
    page = await text_of(client, "/solicitudes")
    assert "<b>la ley" not in page and "&lt;b&gt;la ley" in page


async def test_copies_are_kept_and_asked_for_again_cheaply(client, house):
    house.published("Plan de obras")
    for path in ("/solicitudes", "/solicitudes/feed.xml", "/solicitudes/datos.csv"):
        first = await client.get(path)
        assert first.headers["Cache-Control"] == "public, max-age=300"
        again = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status == 304 and await again.read() == b""
    english = await client.get("/solicitudes?lang=en")
    assert "Information requests and answers" in await english.text()
    assert "public" not in english.headers["Cache-Control"]  # it sets a cookie, which is nobody else's


async def test_requests_that_were_tried_out_are_shown_where_one_tries_only_and_never_counted(client, house, here):
    case = house.release(house.answer(house.file("Una prueba", test=True).case), "Una prueba")
    page = await text_of(client, "/solicitudes")
    assert case.number in page and "de prueba" in page and "<dd>0</dd>" in page
    await text_of(client, f"/solicitudes/{case.number}")
    assert case.number not in await text_of(client, "/solicitudes/feed.xml") + await text_of(client, "/solicitudes/datos.csv")
    async with TestClient(TestServer(build_app(replace(here.world, simulated=False)))) as served:
        assert case.number not in await text_of(served, "/solicitudes")
        await text_of(served, f"/solicitudes/{case.number}", 404)


# ── answers behind links ─────────────────────────────────────────────────────────────────────────────────────────────


def address(house: House, case: Case, sequence: int | None = None, now: int | None = None) -> str:
    event = house.database.transaction_now(lambda tx: requests.events(tx, case.id))[
        case.sequence if sequence is None else sequence
    ]
    url = links.link(house.office, case, event, now=house.now if now is None else now)
    assert url.startswith("https://puyo.example/respuestas/")
    return url.removeprefix("https://puyo.example")


async def send(client: TestClient, path: str, code: str) -> Any:
    return await client.post(path, data={"code": code}, headers={"Sec-Fetch-Site": "same-origin"})


async def test_whoever_has_the_code_reads_the_answer_and_fetches_its_file(client, house):
    filed = house.file("El contrato")
    path = address(house, house.answer(filed.case, "El contrato largo, entero."))
    assert "El contrato largo" not in await text_of(client, path)
    opened = await send(client, path, filed.code.lower().replace("-", " "))
    page = await opened.text()
    assert opened.status == 200 and "El contrato largo, entero." in page and opened.headers["Cache-Control"] == "no-store"
    link = next(part.partition('"')[0] for part in page.split('href="') if part.startswith("/respuestas/archivo/"))
    file = await client.get(link)
    assert await file.read() == PDF and "attachment" in file.headers["Content-Disposition"]
    forged = link.replace("/respuestas/archivo/", "/respuestas/archivo/A")
    assert (await client.get(forged)).status == 404


async def test_a_wrong_code_an_old_link_and_an_invented_one_look_alike(client, house):
    filed = house.file("El contrato")
    case = house.answer(filed.case)
    other = house.file("Otra cosa")
    old = address(house, case, now=house.now - 31 * 24 * 3_600_000)
    wrong = await send(client, address(house, case), other.code)
    told = await wrong.text()
    assert wrong.status == 403 and "Aquí está" not in told
    for path, code in ((old, filed.code), ("/respuestas/bm8", filed.code), ("/respuestas/%C3%B1%00", "x")):
        answer = await send(client, path, code)
        assert answer.status == 403
        assert (await answer.text()).replace(path, "").count("No se pudo abrir") == 1
    assert await text_of(client, "/respuestas/bm8") != ""


async def test_a_note_of_colleagues_is_opened_by_no_link(client, house):
    filed = house.file("El contrato")
    noted = house.database.transaction_now(
        lambda tx: steps.note(tx, house.office, filed.case.id, house.eva, "Ojo con este", now=house.now)
    )
    answer = await send(client, address(house, noted), filed.code)
    assert answer.status == 403 and "Ojo" not in await answer.text()


async def test_codes_are_tried_a_few_times_only(client, house):
    filed = house.file("El contrato")
    path = address(house, house.answer(filed.case))
    for _ in range(8):
        assert (await send(client, path, "7K3M-9QXT-4HVB2")).status == 403
    held = await send(client, path, filed.code)
    assert held.status == 429 and "Demasiados intentos" in await held.text()


async def test_another_site_cannot_send_the_form(client, house):
    path = address(house, house.answer(house.file("El contrato").case))
    answer = await client.post(path, data={"code": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403 and "No se pudo abrir" not in await answer.text()


def test_without_a_public_address_it_is_said_where_to_get_it(house):
    case = house.answer(house.file("El contrato").case)
    event = house.database.transaction_now(lambda tx: requests.events(tx, case.id))[-1]
    assert links.PATH in links.instead(house.office, case, event, now=house.now)
    private = replace(house.office, public_url="")
    assert links.link(private, case, event, now=house.now) == ""
    told = links.instead(private, case, event, now=house.now)
    assert case.number in told and private.contact in told
    assert case.number in links.instead(replace(private, contact=""), case, event, now=house.now)
