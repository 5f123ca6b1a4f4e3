"""The desk in a real browser: every page without barriers, narrow and wide, light and dark; by keyboard; without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.casework.office import Doer
from tests.browser.conftest import serving
from tests.browser.desk_town import PASSWORD, WHO, Desk, beside, fill
from tests.browser.person import Person
from tests.browser.test_access import barriers

pytestmark = pytest.mark.browser


class Seat:
    """Somebody's browser at the desk. `faults` are errors of a page, `strangers` what it asked of other hosts."""

    def __init__(self, context: Any, url: str) -> None:
        self.url = url
        self.context = context
        self.faults: list[str] = []
        self.strangers: list[str] = []
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        self.page.on("request", lambda one: None if one.url.startswith((url, "data:")) else self.strangers.append(one.url))

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_in(self, email: str = "ana@puyo.ec") -> None:
        self.open("/desk/sign-in")
        self.page.get_by_label("Correo").fill(email)
        self.page.get_by_label("Contraseña").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.get_by_role("heading", name="Solicitudes", level=1).wait_for()

    def wide(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture(scope="module")
def desk(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A served town with people and cases: (url, the database's side of it, cases by a word)."""
    folder = tmp_path_factory.mktemp("desk")
    # hashing needs a loop of its own, which the thread of the browser may not have
    with serving(folder) as served, beside(folder) as here, ThreadPoolExecutor(1) as thread:
        filled = Desk(here)
        cases = thread.submit(fill, filled).result()
        yield served.url, filled, cases


@pytest.fixture
def sit(chromium: Any, desk: Any) -> Iterator[Callable[..., Seat]]:
    """Opens a browser at the desk: sit(width=…, scheme="dark", javascript=False)."""
    seats: list[Seat] = []

    def come(*, width: int = 1280, height: int = 900, scheme: str = "light", javascript: bool = True) -> Seat:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale="es-EC",
            reduced_motion="reduce",
            java_script_enabled=javascript,
        )
        context.set_default_timeout(15_000)
        seats.append(Seat(context, desk[0]))
        return seats[-1]

    yield come
    for seat in seats:
        seat.context.close()
    for seat in seats:
        assert seat.faults == []
        assert seat.strangers == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_barriers_and_no_sideways_scrolling(sit, desk, width, scheme, tmp_path):
    _, _, cases = desk
    seat = sit(width=width, scheme=scheme)
    page = seat.page

    def look(name):
        assert barriers(page) == [], name
        assert seat.wide() <= 0, name
        assert page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)

    seat.open("/desk")
    look("sign-in")
    page.get_by_label("Correo").fill("ana@puyo.ec")
    page.get_by_label("Contraseña").fill("no")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    seat.faults = [fault for fault in seat.faults if "403" not in fault]  # the browser tells the status on its console
    look("refused")
    seat.sign_in()
    for view in ("due", "overdue", "waiting", "answered", "finished", "all"):
        seat.open(f"/desk?view={view}")
        look(f"queue-{view}")
    seat.open("/desk?kind=suggestion")
    look("queue-empty")
    for word, case in cases.items():
        seat.open(f"/desk/requests/{case.number}")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.removeAttribute('name'); one.open = true })")
        look(f"case-{word}")
    seat.open(f"/desk/requests/{cases['bridge'].number}")
    page.get_by_role("button", name="Ver datos").click()
    page.locator("#identity").wait_for()
    look("identity")
    seat.open("/desk/account")
    look("account")
    page.get_by_role("button", name="Poner el segundo paso").click()
    page.get_by_label("Código de seis números").wait_for()
    look("factor")
    seat.open("/desk/audit")
    look("audit")
    for name in ("/desk/requests/SAIP-1999-1", "/desk/password?token=x"):
        seat.open(name)
        seat.faults = [fault for fault in seat.faults if "404" not in fault and "410" not in fault]
        look("message")


def test_the_whole_way_by_keyboard(sit, desk):
    _, filled, _ = desk
    case = filled.filed("Plano del mercado central de 2019")
    seat = sit()
    page, keyboard = seat.page, seat.page.keyboard

    def focused():
        return page.evaluate("document.activeElement.id || document.activeElement.innerText || document.activeElement.value")

    def tab_to(words, most=80):
        for _ in range(most):
            keyboard.press("Tab")
            if words in (focused() or ""):
                style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert style != "none", f"nobody sees that {words} has the focus"
                return
        raise AssertionError(f"{words} is not reached")

    seat.open("/desk")
    assert focused() == "email"  # where one begins
    keyboard.type("ana@puyo.ec")
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    page.get_by_role("heading", name="Solicitudes", level=1).wait_for()
    keyboard.press("Tab")
    assert focused() == "Ir al contenido"
    keyboard.press("Enter")
    tab_to("q")
    keyboard.type(case.number)
    keyboard.press("Enter")
    page.get_by_role("heading", name=case.number).wait_for()
    tab_to("Responder")
    page.evaluate("document.activeElement.focus()")
    keyboard.press("Tab")
    keyboard.press("Space")  # the first outcome
    assert page.locator("#form-answer [name=outcome][value=full]").is_checked()
    tab_to("text-answer")
    keyboard.type("El plano va adjunto.")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Space")
    assert page.locator("#form-answer [name=sure]").is_checked()
    keyboard.press("Tab")
    keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="La respuesta está enviada").wait_for()
    assert page.locator("#event-1").filter(has_text="El plano va adjunto").count() == 1


def test_filters_change_the_list_without_loading_the_page(sit, desk):
    seat = sit()
    seat.sign_in()
    page = seat.page
    page.evaluate("window.stays = true")
    page.get_by_label("Tipo").select_option("complaint")
    page.locator("table.queue tbody tr").filter(has_text="QJA-").wait_for()
    page.wait_for_url("**kind=complaint**")
    assert page.locator("table.queue tbody tr").count() == 1
    assert page.evaluate("window.stays") is True
    page.get_by_label("Solo las mías").check()
    page.locator(".empty").wait_for()
    assert page.evaluate("window.stays") is True


def test_identity_is_shown_in_its_place(sit, desk):
    _, _, cases = desk
    seat = sit()
    seat.sign_in()
    seat.open(f"/desk/requests/{cases['bridge'].number}")
    page = seat.page
    page.locator("#text-answer").fill("A medio escribir")
    page.get_by_role("button", name="Ver datos").click()
    page.locator("#identity").filter(has_text=WHO["name"]).wait_for()
    assert page.locator("#text-answer").input_value() == "A medio escribir"
    assert WHO["name"] not in page.url


def test_a_session_that_ended_leaves_what_was_written(sit, desk):
    _, _, cases = desk
    seat = sit()
    seat.sign_in()
    seat.open(f"/desk/requests/{cases['bridge'].number}")
    page = seat.page
    page.locator("#text-answer").fill("A medio escribir")
    seat.context.clear_cookies()
    page.get_by_role("button", name="Ver datos").click()
    page.get_by_role("alert").filter(has_text="Su sesión terminó").wait_for()
    seat.faults = [fault for fault in seat.faults if "401" not in fault]
    assert page.locator("#text-answer").input_value() == "A medio escribir"
    assert page.locator("#who").count() == 1


def test_everything_works_without_javascript(sit, desk, tmp_path):
    _, filled, _ = desk
    case = filled.filed("Inventario de vehículos")
    seat = sit(javascript=False)
    seat.sign_in()
    page = seat.page
    page.get_by_label("Tipo").select_option("complaint")
    page.get_by_role("button", name="Filtrar").click()
    page.wait_for_url("**kind=complaint**")
    seat.open(f"/desk/requests/{case.number}")
    page.get_by_role("button", name="Ver datos").click()
    page.locator("#identity").filter(has_text=WHO["name"]).wait_for()
    seat.open(f"/desk/requests/{case.number}")
    page.locator("#form-answer").get_by_role("button", name="Poner este comienzo").click()
    assert case.number in page.locator("#text-answer").input_value()
    file = tmp_path / "inventario.pdf"
    file.write_bytes(b"%PDF-1.4 inventario")
    page.get_by_label("Entregada completa").check()
    page.locator("#files-answer").set_input_files(str(file))
    page.locator("#form-answer [name=sure]").check()
    page.get_by_role("button", name="Enviar la respuesta").click()
    page.get_by_role("status").filter(has_text="enviada").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="inventario.pdf").click()
    assert download.value.suggested_filename == "inventario.pdf"


def test_two_officers_see_each_other(sit, desk):
    _, filled, _ = desk
    case = filled.filed("Contratos de limpieza")
    seat = sit()
    seat.sign_in()
    seat.open(f"/desk/requests/{case.number}")
    page = seat.page
    filled.step("ask", case, Doer("staff", filled.people["Carlos Vargas"]), "¿De qué meses?")
    page.locator("#form-answer [name=outcome][value=full]").check()
    page.locator("#text-answer").fill("Ahí van")
    page.locator("#form-answer [name=sure]").check()
    page.get_by_role("button", name="Enviar la respuesta").click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    seat.faults = [fault for fault in seat.faults if "409" not in fault]
    told = alert.inner_text()
    assert "Carlos Vargas" in told
    assert "¿De qué meses?" in told
    assert page.locator("#text-answer").input_value() == "Ahí van"
    assert barriers(page) == []


def test_an_answer_of_the_desk_is_read_in_the_chat(sit, desk, chromium):
    url, filled, _ = desk
    context = chromium.new_context(viewport={"width": 1360, "height": 860}, locale="es-EC")
    context.set_default_timeout(15_000)
    resident = Person(context, url)
    resident.open()
    resident.start("barrio")
    resident.hears("¿En qué cantón")
    case = filled.filed("El plano del mercado", contact_id=filled.newest_contact(), channel="simulator", identity={})
    seat = sit()
    seat.sign_in()
    seat.open(f"/desk/requests/{case.number}")
    page = seat.page
    page.locator("#form-answer [name=outcome][value=full]").check()
    page.locator("#text-answer").fill("El plano está en la oficina 4, y aquí va una copia.")
    page.locator("#form-answer [name=sure]").check()
    page.get_by_role("button", name="Enviar la respuesta").click()
    page.get_by_role("status").filter(has_text="enviada").wait_for()
    resident.hears("El plano está en la oficina 4")
    assert resident.faults == []
    context.close()


def test_on_paper_stands_the_case_and_nothing_to_press(sit, desk):
    _, _, cases = desk
    seat = sit()
    seat.sign_in()
    seat.open(f"/desk/requests/{cases['bridge'].number}")
    page = seat.page
    page.emulate_media(media="print")
    assert page.get_by_role("heading", name=cases["bridge"].number).is_visible()
    assert page.locator(".timeline").is_visible()
    assert page.locator("button:visible").count() == 0
    assert page.locator("nav:visible").count() == 0
