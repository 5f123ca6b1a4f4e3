"""A conversation from its first word to its receipt, on every look, by pressing and by typing."""

from __future__ import annotations

import base64

import pytest

pytestmark = pytest.mark.browser

PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNg+M/wHwAEAQH/7yMK/gAAAABJRU5ErkJggg==")


def finish(person, *, pictures=True):
    """From the place on it goes the same way on every look, but for the picture, which is not asked for by SMS."""
    if pictures:
        person.hears("Mándanos una foto")
        person.writes("paso")
    person.hears("¿Qué cambiarías")
    person.writes("Que publiquen las obras con fotos y montos.")
    person.hears("Gracias. Tu comprobante es")
    person.page.locator(".kept .chip", has_text="Completa").wait_for(state="attached")
    kept = person.kept()
    assert kept["canton"] == "Puyo"
    assert kept["sector"] == "Sociedad civil organizada del cantón"
    assert kept["temas"] == "Presupuesto, gastos y deudas, Trámites"
    assert kept["edad"] == "34"
    assert kept.get("foto") == ("Saltada" if pictures else None)
    assert kept["idea"] == "Que publiquen las obras con fotos y montos."


@pytest.mark.parametrize("width", [360, 1360])
def test_by_pressing_on_telegram(visit, width):
    person = visit(width=width)
    person.start("barrio")
    person.hears("¿En qué cantón")
    person.presses("Puyo")
    person.hears("¿A qué sector")
    person.presses("Sociedad civil organizada del cantón")
    person.hears("¿Qué información")
    done = person.page.locator(".choices.latest .done")
    assert done.is_disabled()
    person.presses("Presupuesto, gastos y deudas")
    person.presses("Trámites")
    assert person.page.locator(".choices.latest [aria-pressed=true]").count() == 2
    done.click()
    person.hears("¿Cuántos años")
    person.writes("treinta y cuatro")
    person.hears("¿Dónde falta una luz?")
    person.presses("Compartir una ubicación")
    person.page.locator("#latitude").fill("-1.4924")
    person.page.locator("#place-form").get_by_role("button", name="Compartir", exact=True).click()
    finish(person)


def test_by_pressing_on_whatsapp(visit):
    person = visit(look="whatsapp")
    person.start("barrio")
    person.hears("¿En qué cantón")
    person.presses("Puyo")
    person.hears("¿A qué sector")
    person.picks("Sociedad civil organizada")
    person.hears("¿Qué información")
    person.writes("1 y 3")
    person.hears("¿Cuántos años")
    person.writes("34")
    person.hears("¿Dónde falta una luz?")
    person.page.get_by_role("button", name="Compartir una ubicación").last.click()
    person.page.locator("#place-form").get_by_role("button", name="Compartir", exact=True).click()
    finish(person)


@pytest.mark.parametrize("look", ["telegram", "whatsapp", "sms"])
def test_by_typing(visit, look):
    person = visit(look=look, width=360)
    person.start("barrio")
    person.hears("¿En qué cantón")
    person.writes("puyo")
    person.hears("¿A qué sector")
    person.writes("2")
    person.hears("¿Qué información")
    person.writes("1 y 3")
    person.hears("¿Cuántos años")
    person.writes("34")
    person.hears("¿Dónde falta una luz?")
    if look == "sms":  # a phone without maps: no button, but the words may be read as a place
        assert person.page.locator("#share").is_hidden()
        assert person.page.locator("#attach").is_hidden()
        person.writes("-1.4924, -78.0024")
    else:
        person.page.locator("#share").click()
        person.page.locator("#place-form").get_by_role("button", name="Compartir", exact=True).click()
    finish(person, pictures=look != "sms")
    if look == "sms":
        assert person.page.locator(".bill", has_text="SMS").count() >= 7
        assert person.page.locator(".bill", has_text="caben menos letras").count() >= 3


def test_a_picture_is_attached_and_shown(visit):
    person = visit()
    person.start("barrio")
    for asked, answer in (("cantón", "3"), ("sector", "1"), ("información", "2"), ("años", "paso"), ("luz", "-1.5, -78")):
        person.hears(asked)
        person.writes(answer)
    person.hears("Mándanos una foto")
    file = {"name": "luz.png", "mimeType": "image/png", "buffer": PICTURE}
    person.page.locator("#file").set_input_files(file)
    person.hears("¿Qué cambiarías")
    picture = person.page.locator("#log .attached img")
    picture.wait_for()
    assert picture.get_attribute("alt") == "Imagen: luz.png"
    person.until("document.querySelector('#log .attached img').naturalWidth === 1")
    assert person.kept()["foto"]


def test_a_fast_script_is_not_taken_for_somebody_who_goes_on_writing(visit):
    """Within `join` (3 s) a message may belong to the answer before; not one begun with the next question on the screen."""
    person = visit()
    person.start("dos")
    person.hears("¿Cuál es tu primera idea?")
    person.writes("Más árboles")
    person.hears("¿Y la segunda?")
    person.writes("Más bancas")
    person.hears("Gracias por tus dos ideas")
    assert person.kept() == {"primera": "Más árboles", "segunda": "Más bancas"}


def test_what_was_begun_before_the_next_question_goes_to_the_answer_before(visit):
    person = visit()
    person.start("dos")
    person.hears("¿Cuál es tu primera idea?")
    message = person.page.locator("#message")
    # in one go of the page's script, so that no answer can come in between however fast or slow the machine is
    message.evaluate("""box => {
        const type = text => { box.value = text; box.dispatchEvent(new InputEvent("input", {bubbles: true})); };
        type("Más árboles");
        box.form.requestSubmit();
        type("y ");
    }""")
    person.hears("¿Y la segunda?")
    message.evaluate("""box => {
        box.value = "y más bancas";
        box.dispatchEvent(new InputEvent("input", {bubbles: true}));
        box.form.requestSubmit();
    }""")
    person.keeps(2)
    assert set(person.kept()) == {"primera"}


def test_several_flows_and_a_restart(visit):
    person = visit()
    person.start("dos")
    person.hears("¿Cuál es tu primera idea?")
    assert person.page.locator("[data-flow=dos]").get_attribute("aria-current") == "true"
    person.writes("Más árboles")
    person.hears("¿Y la segunda?")
    person.page.locator("#restart").click()
    person.hears("¿Cuál es tu primera idea?", 2)
    person.page.locator("#kept-none").wait_for()


def test_each_look_is_a_phone_of_its_own_and_the_last_one_is_remembered(visit):
    person = visit()
    person.start("dos")
    person.hears("¿Cuál es tu primera idea?")
    person.choose_look("sms")
    person.page.locator("#empty").wait_for()
    assert person.page.locator("#log .talk").count() == 0
    person.page.reload()
    assert person.page.locator(".phone").get_attribute("data-look") == "sms"
    person.choose_look("telegram")
    person.hears("¿Cuál es tu primera idea?")


def test_the_person_changes_language_by_saying_so_and_the_page_by_its_switch(visit):
    person = visit()
    person.start("barrio")
    person.hears("¿En qué cantón vives?")
    person.page.locator("#speaks").select_option("en")
    person.hears("Which canton do you live in?")
    assert person.page.locator("h1").inner_text() == "Prueba una conversación"
    person.page.locator(".languages a[lang=en]").click()
    assert person.page.locator("h1").inner_text() == "Try a conversation"
    assert person.page.locator("html").get_attribute("lang") == "en"
    person.hears("Which canton do you live in?")
    person.page.goto(person.url)  # the choice stays
    assert person.page.locator("h1").inner_text() == "Try a conversation"


def test_a_new_person_starts_afresh(visit):
    person = visit()
    person.start("dos")
    person.hears("¿Cuál es tu primera idea?")
    person.page.locator("#new-person").click()
    person.page.locator("#empty").wait_for()
    person.start("dos")
    person.hears("¿Cuál es tu primera idea?")


def test_what_the_server_refuses_is_told_where_it_was_done(visit):
    person = visit()
    person.page.evaluate("document.querySelector('[data-flow=dos]').dataset.flow = 'nada'")
    person.expect_faults = True  # the browser itself notes the refusal
    person.start("nada")
    person.page.locator(".unsent", has_text="no está abierta").wait_for()
    assert person.page.locator(".unsent button").count() == 0


def test_the_place_can_come_from_the_browser_or_is_written_by_hand(visit):
    person = visit()
    person.page.locator("#share").click()
    person.page.get_by_role("button", name="Usar mi ubicación").click()
    person.page.locator("#place-problem", has_text="a mano").wait_for()
    person.context.grant_permissions(["geolocation"])
    person.context.set_geolocation({"latitude": -1.67, "longitude": -78.65})
    person.page.get_by_role("button", name="Usar mi ubicación").click()
    person.until("document.getElementById('latitude').value === '-1.67000'")
    person.page.get_by_role("button", name="Cancelar").click()
    assert person.page.locator("#log .talk").count() == 0
