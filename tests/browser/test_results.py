"""Results at the desk and in public, in a real browser: narrow and wide, dark and light, without a program, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.browser.conftest import serving
from tests.browser.desk_town import PASSWORD, Desk, beside
from tests.browser.test_access import barriers
from tests.web.answers_of import OBRAS, Flow

pytestmark = pytest.mark.browser

DESK = "/desk/results/obras"


def _fill(desk: Desk, here: Any) -> None:
    desk.enter("carla@puyo.ec", "Carla Vargas", "coordinator")
    works, market = Flow(here), Flow(here, text=OBRAS.replace("flow: obras", "flow: mercado").replace("[obras]", "[mercado]"))
    for number in range(40):
        works.answer("agua" if number % 3 else "luz", canton="puyo" if number % 2 else "mera")
    works.answer("parque", 2, canton="arajuno")
    market.people = 5_000
    market.answer("agua")


@pytest.fixture(scope="module")
def url(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("results")
    with serving(folder) as served, beside(folder) as here, ThreadPoolExecutor(1) as thread:
        thread.submit(_fill, Desk(here), here).result()
        yield served.url


def _sign_in(page: Any, url: str) -> None:
    page.goto(f"{url}/desk/sign-in?next={DESK}")
    page.get_by_label("Correo").fill("carla@puyo.ec")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + DESK)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_released_and_read_by_everybody(chromium, url, tmp_path, width, scheme):
    """Whoever has no program in the browser releases results and reads them; axe, which is one, looks on."""
    strangers: list[str] = []
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, locale="es-EC")
    page = context.new_page()
    page.on("request", lambda one: None if one.url.startswith((url, "data:")) else strangers.append(one.url))

    def look_at(name: str) -> None:
        assert barriers(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, name
        page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)

    def press(name: str) -> None:
        with page.expect_navigation():
            page.get_by_role("button", name=name, exact=True).click()

    _sign_in(page, url)
    look_at("live")
    page.get_by_text("Filtrar y cruzar").click()
    page.get_by_label("Solo quienes respondieron").select_option("canton=puyo")
    page.get_by_label("Cruzar la pregunta").select_option("obra")
    page.get_by_label("según").select_option("canton")
    press("Contar")
    page.get_by_text("20 respuestas contadas").wait_for()
    look_at("crossed")
    with page.expect_navigation():
        page.get_by_role("link", name="Publicar").click()
    page.get_by_label("¿Cuántos años tienes?").uncheck()
    page.get_by_label("Entiendo que publicar").check()
    look_at("release")
    press("Ver cómo quedaría")
    look_at("preview")
    page.get_by_label("La leí completa").check()
    press("Publicar")
    page.get_by_role("status").wait_for()
    for name, path in (("list", ""), ("one", "/obras"), ("english", "/obras?lang=en"), ("held", "/mercado"), ("none", "/nada")):
        page.goto(f"{url}/resultados{path}")
        look_at(f"public-{name}")
    assert strangers == []
    context.close()


def test_it_is_read_without_a_program_checked_and_printed(chromium, url):
    context = chromium.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False, locale="es-EC")
    page = context.new_page()
    page.goto(url + "/resultados")
    page.locator(".released a").click()
    assert page.locator(".report figure svg.narrow").first.is_visible()
    assert "¿Cuántos años" not in page.content()
    page.get_by_label("Tu comprobante").fill("r000000001")
    page.get_by_role("button", name="Comprobar").click()
    assert "está contada" in page.get_by_role("status").inner_text()
    page.emulate_media(media="print")
    assert not page.get_by_label("Tu comprobante").is_visible() and not page.locator(".languages").is_visible()
    assert page.get_by_text("Agua potable y alcantarillado").first.is_visible()
    context.close()
