"""Coding free answers in a real browser: by the keyboard alone, at phone width without JavaScript, without barriers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.engine.source import load
from storage import flows
from storage.statements import Statement, Transaction
from tests.browser import test_desk
from tests.browser.test_desk_further import walking
from tests.reports.survey import BEGAN
from tests.reports.test_themes_coded import SURVEY
from tests.storage.test_results import put, said, talk

pytestmark = pytest.mark.browser

desk = test_desk.desk
sit = test_desk.sit

LIST = "/desk/results/barrio_abierto/themes/idea"
ANSWERS = ("El agua llega turbia", "Falta luz en los postes", "no sé", "Arreglen el puente", "soy Luz Grefa, tapen los huecos")


@pytest.fixture
def answered(desk: Any) -> Any:
    """The town, in which five people wrote; nothing is coded."""
    loaded = load(SURVEY.replace("flow: barrio", "flow: barrio_abierto"), "barrio_abierto.yaml")
    flow = loaded.flow
    assert flow is not None

    def fill(tx: Transaction) -> None:
        tx.run(Statement("DELETE FROM coding"))
        if tx.one(Statement("SELECT 1 FROM flow WHERE id = ?"), (flow.flow,)) is None:
            flows.open_flow(tx, flow.flow, flow.version, loaded.content, 0)
            for number, text in enumerate(ANSWERS, 1):
                row = talk(number, said("idea", text), version=flow.version, began=BEGAN + number)
                put(tx, row, flow=flow.flow)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(desk[1].database.transaction_now, fill).result()
    return desk


def coded(desk: Any) -> list[Any]:
    query = Statement("SELECT conversation_id, themes FROM coding ORDER BY id")
    with ThreadPoolExecutor(1) as thread:
        return list(thread.submit(desk[1].database.transaction_now, lambda tx: tx.all(query)).result())


def test_five_answers_by_the_keyboard_alone(sit, answered):
    seat = sit()
    seat.sign_in("eva@puyo.ec")
    page = seat.page
    page.goto(answered[0] + LIST)

    def at(number):
        page.wait_for_function("id => document.activeElement.id === id", arg=f"a-{number}-1")

    at(1)
    page.keyboard.press("Enter")  # what is suggested
    at(2)
    page.keyboard.press("1")
    page.keyboard.press("6")
    page.keyboard.press("1")  # taken away again
    page.keyboard.press("Enter")
    at(3)
    page.keyboard.press("s")
    at(4)
    assert page.locator("#told").inner_text() == "Guardado: Sin tema. Siguiente respuesta."
    page.keyboard.press("ArrowDown")
    at(5)
    page.keyboard.press("u")
    page.locator(".done").get_by_text("Se deshizo lo último").wait_for()
    at(3)
    page.keyboard.press("c")
    page.get_by_label("La cita, como se leerá").wait_for()
    assert coded(answered) == [(1, "agua"), (2, "alumbrado"), (3, ""), (3, None)]


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_no_barriers_and_all_of_it_without_a_script(sit, answered, width, scheme, tmp_path):
    page, look, _ = walking(sit(width=width, scheme=scheme), tmp_path)
    for name, path in (("list", LIST), ("overview", LIST.removesuffix("/idea")), ("quote", f"{LIST}/quote/5-1")):
        page.goto(answered[0] + path)
        look(name)

    plain = sit(width=width, javascript=False)
    plain.sign_in("carlos@puyo.ec")
    page = plain.page
    page.goto(answered[0] + LIST)
    first = page.locator("article").first
    first.locator("summary").click()
    first.get_by_label("Agua potable").check()
    first.get_by_label("Salud").check()
    page.get_by_label("Sin tema").nth(2).check()
    page.get_by_role("button", name="Guardar todas las marcadas").click()
    assert page.locator("article").count() == 3
    assert coded(answered) == [(1, "agua salud"), (3, "")]
