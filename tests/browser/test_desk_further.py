"""The rest of the desk in a real browser at phone width: talks, flows, counter, calendar, staff, notices; without barriers."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from storage import flows
from tests.browser import test_desk
from tests.browser.test_access import barriers
from tests.web.desk.resident import Resident

pytestmark = pytest.mark.browser

desk = test_desk.desk
sit = test_desk.sit


def chats(here: Any) -> None:
    """Somebody in the middle of a flow asks for a person, and somebody else outside any."""

    async def work() -> None:
        luz = Resident(here)
        await luz.does(start="barrio")
        await luz.says("1")
        await luz.says("hablar con una persona")
        await Resident(here, "otra-persona-en-su-casa").says("hablar con una persona")

    asyncio.run(work())


def walking(seat: Any, folder: Path) -> Any:
    """Signs in; returns the page, and how to look at it and to press a button."""
    page = seat.page

    def look(name):
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.removeAttribute('name'); one.open = true })")
        assert page.screenshot(path=str(folder / f"{name}.png"), full_page=True)
        assert barriers(page) == [], name
        assert seat.wide() <= 0, name

    def press(name, **how):
        with page.expect_navigation():
            page.get_by_role("button", name=name, **how).first.click()

    seat.sign_in()
    return page, look, press


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_talk_is_taken_and_given_back_at_phone_width(sit, desk, scheme, tmp_path):
    with ThreadPoolExecutor(1) as thread:
        thread.submit(chats, desk[1]._here).result()
    page, look, press = walking(sit(width=360, height=780, scheme=scheme), tmp_path)

    # a talk: read, taken, written in, given back
    page.goto(desk[0] + "/desk/conversations")
    look("talks")
    page.get_by_role("link", name="Tu barrio").first.click()
    page.get_by_role("heading", name="Lo que se escribió antes").wait_for()
    look("talk")
    press("Tomar la conversación")
    page.get_by_label("Mensaje").fill("Buenas tardes, ¿en qué le ayudo?")
    press("Enviar")
    page.locator("#since").get_by_text("Buenas tardes, ¿en qué le ayudo?").wait_for()
    page.locator("#since").get_by_text("enviado").wait_for()  # the page asks by itself how far it got
    look("talk-taken")
    press("Devolver al asistente")
    page.get_by_text("La conversación volvió al asistente").wait_for()


def answered_back(page, look, press, desk, *, first):
    """What is answered back to a flow: written once, and then in public."""
    if first:
        page.goto(desk[0] + "/desk/results/dos/answer")
        page.get_by_label("Encabezado del mensaje").fill("Gracias. Esto haremos.")
        press("Guardar")
        page.get_by_label("Lo que escuchamos").fill("Falta luz.")
        page.get_by_label("Lo que haremos").fill("Pondremos postes.")
        page.get_by_label("Hasta cuándo").fill("2099-03-31")
        page.get_by_label("Responsable").fill("Obras Públicas")
        page.locator("form:has(#e-about) button[type=submit]").click()
        page.get_by_text("Entrada guardada").wait_for()
        look("answer-draft")
        now = desk[1].now
        desk[1].database.transaction_now(lambda tx: flows.set_state(tx, "dos", "closed", now))
        page.goto(desk[0] + "/desk/results/dos/answer")
        look("answer")
        page.get_by_label("se pueden publicar").check()
        press("Publicar")
    for number, path in enumerate(
        ("/desk/commitments", "/desk/commitments/1", "/compromisos", "/compromisos/1", "/compromisos/dos")
    ):
        page.goto(desk[0] + path)
        page.get_by_text("Pondremos postes.").first.wait_for()
        look(f"commitment-{number}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_coordinators_and_administrators_do_at_phone_width(sit, desk, scheme, tmp_path):
    page, look, press = walking(sit(width=360, height=780, scheme=scheme), tmp_path)
    # flows
    page.goto(desk[0] + "/desk/flows")
    look("flows")
    page.get_by_role("link", name="Dos preguntas").click()
    page.get_by_role("heading", name="Dos preguntas").wait_for()
    look("flow")
    # the counter, and the receipt
    page.goto(desk[0] + "/desk/requests/new")
    look("counter")
    page.get_by_label("Lo que pide la persona").fill("Copia de las actas de octubre")
    page.get_by_label("Nombre").fill("Luz Tanguila")
    press("Registrar y dar comprobante")
    page.get_by_role("heading", name="Comprobante de tu solicitud").wait_for()
    look("receipt")
    page.emulate_media(media="print")
    assert not page.get_by_text("Imprima esta página").is_visible()
    assert page.get_by_text("Copia de las actas de octubre").is_visible()
    page.pdf(path=str(tmp_path / "receipt.pdf"), prefer_css_page_size=True)
    page.emulate_media(media="screen")
    # the calendar
    page.goto(desk[0] + "/desk/calendar?year=2027")
    look("calendar")
    page.get_by_label("Día", exact=True).fill("2027-05-12")
    page.get_by_label("Cómo se llama").fill("Fundación del Puyo")
    page.get_by_label("Decreto, ordenanza o acuerdo").fill("Ordenanza 3")
    press("Guardar y volver a contar")
    page.get_by_text("solicitudes cambiaron de fecha").wait_for()
    look("calendar-kept")
    press("Quitar")
    # staff, notices, account
    page.goto(desk[0] + "/desk/staff")
    look("staff")
    page.get_by_label("Correo").last.fill(f"nueva-{scheme}@puyo.ec")
    page.get_by_label("Rol").last.select_option("coordinator")
    press("Agregar y dar el enlace")
    page.get_by_role("heading", name="Enlace para").wait_for()
    look("staff-link")
    page.goto(desk[0] + "/desk/notices")
    look("notices")
    page.goto(desk[0] + "/desk/digest")
    look("digest")
    # a download: asked for, made beside the page, fetched; and the weights
    page.goto(desk[0] + "/desk/results/barrio/exports")
    look("exports")
    press("Preparar", exact=True)
    page.get_by_text("lista", exact=True).first.wait_for()  # the page asks by itself how far it is
    look("exports-made")
    with page.expect_download() as download:
        page.get_by_role("button", name="Descargar (").first.click()
    assert download.value.suggested_filename.startswith("barrio-")
    page.goto(desk[0] + "/desk/results/barrio/weights")
    look("weights")
    answered_back(page, look, press, desk, first=scheme == "light")
    page.goto(desk[0] + "/desk/account")
    press("Vincular un chat")
    look("account-code")
