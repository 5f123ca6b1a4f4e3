"""The public register and the page of an answer in a real browser: without a program, narrow and wide, light, dark, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from bot.casework import links
from bot.casework.office import Doer
from storage import requests
from tests.browser.conftest import serving
from tests.browser.desk_town import Desk, beside
from tests.browser.test_access import barriers

pytestmark = pytest.mark.browser

LONG = "Contrato de la obra del Parque Central y sus anexos, con las planillas de pago " * 6


def _fill(desk: Desk) -> tuple[str, str]:
    ana = Doer("staff", desk.enter("ana@puyo.ec", "Ana", "administrator"))
    number = ""
    for count in range(22):
        case = desk.step("answer", desk.filed(f"Pedido {count}"), ana, "full" if count % 2 else "partial", "Se entrega.")
        desk.step("release", case, ana, text=f"{LONG}{count}", answer_text="Se entregó. " * 30)
        number = case.number
    desk.filed("Todavía sin responder")
    secret = desk.filed("Lo mío")
    secret = desk.step("answer", secret, ana, "full", "La respuesta larga.")
    with_address = replace(desk.office, public_url="http://x")
    event = desk.database.transaction_now(lambda tx: requests.events(tx, secret.id))[-1]
    return number, links.link(with_address, secret, event, now=desk.now).removeprefix("http://x")


@pytest.fixture(scope="module")
def register(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    folder = tmp_path_factory.mktemp("register")
    with serving(folder) as served, beside(folder) as here, ThreadPoolExecutor(1) as thread:
        yield served.url, *thread.submit(_fill, Desk(here)).result()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_no_barriers_no_sideways_scrolling(chromium, register, tmp_path, width, scheme):
    url, number, answer = register
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, locale="es-EC")
    page = context.new_page()
    faults, strangers = [], []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith((url, "data:")) else strangers.append(one.url))
    for name, path in (
        ("list", "/solicitudes"),
        ("none", "/solicitudes?q=marciano"),
        ("english", "/solicitudes?lang=en"),
        ("request", f"/solicitudes/{number}"),
        ("answer", answer),
    ):
        page.goto(url + path)
        assert barriers(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, name
        page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)
    page.get_by_label("Code").fill("7K3M-9QXT-4HVB2")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert barriers(page) == []
    assert (faults, strangers) == ([], [])
    context.close()


def test_all_of_it_works_without_a_program(chromium, register):
    url, number, _ = register
    context = chromium.new_context(java_script_enabled=False, locale="es-EC")
    page = context.new_page()
    page.goto(url + "/solicitudes")
    assert page.locator(".released > li").count() == 20
    page.locator("nav.turn a[rel=next]").click()
    assert page.locator(".released > li").count() == 2
    page.get_by_role("searchbox").fill("PARQUES central")
    page.get_by_role("button", name="Buscar").click()
    assert page.locator(".released > li").count() == 20
    page.get_by_role("link", name=number).click()
    assert page.get_by_role("heading", level=1).inner_text() == number
    assert page.locator("main a[href='/solicitudes']").count() == 1
    context.close()


def test_on_paper_the_controls_are_gone(chromium, register):
    url, number, _ = register
    context = chromium.new_context(locale="es-EC")
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto(url + "/solicitudes")
    assert not page.locator("form.filters").is_visible() and not page.locator("nav.turn").is_visible()
    assert page.get_by_role("heading", level=1).is_visible() and page.locator(".figures").is_visible()
    page.goto(f"{url}/solicitudes/{number}")
    assert page.get_by_text("Contrato de la obra").first.is_visible()
    context.close()
