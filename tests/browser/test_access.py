"""For everybody: by keyboard alone, with a screen reader's words, on a small telephone, in the dark."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from tests.browser.conftest import missing

VENDOR = Path(__file__).parent / "vendor"

browser = pytest.mark.browser


def barriers(page):
    """Returns what axe finds, a line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate((VENDOR / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 10  # it looked
    return [f"{v['id']}: {node['html'][:120]} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]


def test_the_vendored_axe_is_the_one_that_was_read():
    told = re.search(r"SHA-256 of axe\.min\.js: (\w+)", (VENDOR / "README.md").read_text(encoding="utf-8"))
    assert told is not None
    assert hashlib.sha256((VENDOR / "axe.min.js").read_bytes()).hexdigest() == told[1]


def test_a_missing_browser_is_a_failure_where_it_is_required(monkeypatch):
    monkeypatch.setenv("REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="no chromium"):
        missing("no chromium")
    monkeypatch.delenv("REQUIRE_BROWSER")
    with pytest.raises(pytest.skip.Exception, match="NOT tried"):
        missing("no chromium")


@browser
@pytest.mark.parametrize("look", ["telegram", "whatsapp", "sms"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 900, 1360])
def test_no_barriers_no_sideways_scrolling(visit, tmp_path, width, scheme, look):
    person = visit(width=width, scheme=scheme, look=look)
    page = person.page

    def look_at(name):
        assert barriers(page) == [], name
        assert person.overflow() <= 0, name
        assert page.screenshot(path=str(tmp_path / f"{name}.png"))

    look_at("empty")
    person.start("barrio")
    person.hears("¿En qué cantón")
    person.writes("puyo")
    person.hears("¿A qué sector")
    if look == "whatsapp":
        person.presses("Ver opciones")
        look_at("list")
        page.locator("#options-close").click()
    person.writes("una palabra larguísima: " + "ñ" * 90)  # not understood, and wider than the telephone
    person.hears("No te entendí")
    person.writes("2")
    person.hears("¿Qué información")
    look_at("asked")
    person.show("kept")
    look_at("kept")
    person.show("setup")
    look_at("setup")
    person.show("chat")
    if look != "sms":
        page.locator("#share").click()
        look_at("place")
        page.get_by_role("button", name="Cancelar").click()


@browser
def test_the_whole_way_by_keyboard(visit):
    person = visit()
    page, keyboard = person.page, person.page.keyboard

    def focused():
        return page.evaluate("document.activeElement.id || document.activeElement.innerText")

    def tab_to(words, most=40):
        for _ in range(most):
            keyboard.press("Tab")
            if words in focused():
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", f"nobody sees that {words} has the focus"
                return
        raise AssertionError(f"{words} is not reached")

    keyboard.press("Tab")
    assert focused() == "Ir a la conversación"  # first: past the settings, for whoever knows them
    tab_to("Tu barrio")
    keyboard.press("Enter")
    person.hears("¿En qué cantón")
    tab_to("Puyo")
    keyboard.press("Enter")
    person.hears("¿A qué sector")
    person.until("document.activeElement.innerText === 'Academia y educación'")  # taken to the next question
    keyboard.press("Tab")
    keyboard.press("Space")
    person.hears("¿Qué información")
    person.until("document.activeElement.innerText.startsWith('Presupuesto')")
    keyboard.press("Space")
    tab_to("Listo", 5)
    keyboard.press("Enter")
    person.hears("¿Cuántos años")
    person.until("document.activeElement.id === 'message'")
    keyboard.type("34")
    keyboard.press("Enter")
    person.hears("¿Dónde falta una luz?")
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")  # the button beside the line: share a location
    page.locator("#place").wait_for()
    keyboard.press("Escape")
    page.locator("#place").wait_for(state="hidden")
    assert focused() == "share"
    keyboard.press("Enter")
    page.locator("#latitude").wait_for()
    assert focused() == "latitude"
    keyboard.press("Enter")
    person.hears("Mándanos una foto")


@browser
def test_a_screen_reader_is_told_what_is_new(visit):
    person = visit()
    page = person.page
    log = page.get_by_role("log", name="Mensajes")
    assert log.get_attribute("aria-live") == "polite"
    person.start("barrio")
    person.hears("¿En qué cantón")
    assert log.get_attribute("aria-busy") == "false"
    group = page.get_by_role("group", name="¿En qué cantón vives?")
    assert group.get_by_role("button").all_inner_texts() == ["Riobamba", "Ibarra", "Puyo"]
    first = page.locator("#log .talk").first.inner_text()
    assert first.startswith("Municipio:")
    for name in ("Escriba como la persona", "Habla", "Fecha y hora"):
        assert page.get_by_label(name).count() == 1
    for name in ("Enviar", "Adjuntar un archivo", "Empezar de nuevo"):
        assert page.get_by_role("button", name=name).count() == 1


@browser
def test_the_list_of_options_gives_the_focus_back(visit):
    person = visit(look="whatsapp")
    person.start("barrio")
    person.hears("¿En qué cantón")
    person.writes("puyo")
    person.hears("¿A qué sector")
    person.presses("Ver opciones")
    person.page.keyboard.press("Escape")
    assert person.page.evaluate("document.activeElement.innerText") == "Ver opciones"


@browser
def test_large_letters_still_fit(visit):
    """At twice the letters on a desktop screen (as with the browser's zoom at 200 %) nothing is cut off sideways."""
    person = visit(width=680, height=430)
    person.start("barrio")
    person.hears("¿En qué cantón")
    assert person.overflow() <= 0
    person.presses("Puyo")
    person.hears("¿A qué sector")


@browser
def test_without_its_program_the_page_says_what_else_there_is(chromium, town):
    context = chromium.new_context(java_script_enabled=False, locale="es-EC")
    page = context.new_page()
    page.goto(town.url)
    assert "minga chat" in page.locator("noscript").inner_text()
    context.close()


@browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_that_only_says_something_has_no_barriers_either(visit, tmp_path, scheme):
    person = visit(width=360, scheme=scheme)
    person.expect_faults = True  # the browser notes the 404
    person.page.goto(person.url + "/nada")
    assert barriers(person.page) == []
    assert person.overflow() <= 0
    person.page.screenshot(path=str(tmp_path / "plain.png"))
    person.page.get_by_role("link").click()
    person.page.locator("#log").wait_for()
