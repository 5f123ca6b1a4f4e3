"""What stays: over a reload, in a second tab, over a moved clock, and when the server is killed in the middle."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser


def log_of(page):
    return [re.sub(r"\s+", " ", text) for text in page.locator("#log > :not(#empty)").all_inner_texts()]


def test_a_reload_shows_the_same_chat(visit):
    person = visit()
    person.start("barrio")
    person.hears("¿En qué cantón")
    person.presses("Puyo")
    person.hears("¿A qué sector")
    person.keeps(1)
    before, kept = log_of(person.page), person.kept()
    person.page.reload()
    person.hears("¿A qué sector")
    assert log_of(person.page) == before
    assert person.kept() == kept
    person.presses("Vecina o vecino")  # and it goes on
    person.hears("¿Qué información")


def test_a_second_tab_sees_it_live(visit):
    person = visit()
    other = person.new_page()
    other.goto(person.url)
    person.start("dos")
    other.locator("#log .words", has_text="primera idea").wait_for()
    person.writes("Más árboles")
    other.locator("#log .mine", has_text="Más árboles").wait_for()
    other.locator("#kept-rows li", has_text="Más árboles").wait_for()


def test_the_clock_brings_the_reminder(visit):
    person = visit()
    person.start("barrio")
    person.hears("¿En qué cantón")
    page = person.page
    before = page.locator("#clock-now").inner_text()
    page.locator("#clock-next", has_text="Próximo recordatorio").wait_for()
    page.get_by_role("button", name="+1 hora").click()
    page.locator("#clock-moved").wait_for()
    assert page.locator("#clock-now").inner_text() != before
    page.get_by_role("button", name="+1 día").click()
    person.hears("¿Seguimos?")
    page.get_by_role("button", name="Volver a la hora real").click()
    page.locator("#clock-moved").wait_for(state="hidden")
    person.hears("¿Seguimos?")


def test_the_clock_goes_to_a_chosen_moment_and_says_what_it_cannot_do(visit):
    person = visit()
    page = person.page
    person.expect_faults = True  # the browser itself notes the refusals
    page.get_by_role("button", name="+1 hora").click()
    page.locator("#clock-problem", has_text="empiece una conversación").wait_for()
    person.start("barrio")
    person.hears("¿En qué cantón")
    page.get_by_text("Elegir el momento").click()
    page.locator("#clock-to").fill("2020-01-01T09:00")
    page.get_by_role("button", name="Ir a ese momento").click()
    page.locator("#clock-problem", has_text="hacia adelante").wait_for()
    later = page.evaluate("new Date(Date.now() + 3 * 86400e3).toISOString().slice(0, 16)")
    page.locator("#clock-to").fill(later)
    page.get_by_role("button", name="Ir a ese momento").click()
    person.hears("¿Seguimos?", 2)  # after a day, and after three
    page.locator("#clock-problem").wait_for(state="hidden")


def test_killed_in_the_middle_nothing_is_lost_and_nothing_is_twice(visit, own_town):
    person = visit(url=own_town.url)
    person.expect_faults = True  # the browser notes that the server is gone
    person.start("dos")
    person.hears("¿Cuál es tu primera idea?")
    person.writes("Más árboles")
    person.hears("¿Y la segunda?")
    own_town.kill()
    person.page.locator("#connection", has_text="Sin conexión").wait_for()
    person.writes("Más bancas")
    person.page.locator(".unsent", has_text="No se envió").wait_for()
    own_town.start()
    person.hears("Gracias por tus dos ideas")
    assert person.page.locator(".unsent").count() == 0
    assert person.kept() == {"primera": "Más árboles", "segunda": "Más bancas"}
    before = [text for text in log_of(person.page) if "árboles" in text or "bancas" in text]
    assert len(before) == 2
    person.page.reload()
    person.hears("Gracias por tus dos ideas")
    assert [text for text in log_of(person.page) if "árboles" in text or "bancas" in text] == before


def test_what_could_not_be_sent_outlives_a_reload_of_the_tab(visit, own_town):
    person = visit(url=own_town.url)
    person.expect_faults = True
    person.start("dos")
    person.hears("¿Cuál es tu primera idea?")
    own_town.kill()
    person.writes("Más árboles")
    person.page.locator(".unsent").wait_for()
    own_town.start()
    person.page.reload()
    person.hears("¿Y la segunda?")
    assert person.kept() == {"primera": "Más árboles"}


def test_the_newest_message_is_in_view_unless_somebody_reads_above(visit):
    person = visit(width=360, height=640)
    person.start("barrio")
    person.hears("¿En qué cantón")
    person.presses("Puyo")
    person.hears("¿A qué sector")
    person.presses("Vecina o vecino")
    person.hears("¿Qué información")
    rest = "(log => log.scrollHeight - log.scrollTop - log.clientHeight)(document.getElementById('log'))"
    person.until(f"{rest} < 2")
    person.page.evaluate("document.getElementById('log').scrollTop = 0")
    person.page.wait_for_timeout(200)
    person.show("setup")
    person.page.get_by_role("button", name="+1 día").click()
    person.show("chat")
    person.hears("¿Seguimos?")
    assert person.page.evaluate("document.getElementById('log').scrollTop") == 0
    person.writes("2")  # whoever writes wants to see it
    person.hears("¿Cuántos años")
    person.until(f"{rest} < 2")


def test_what_waits_on_one_phone_is_not_lost_by_taking_up_another(visit, own_town):
    person = visit(url=own_town.url)
    person.expect_faults = True
    person.start("dos")
    person.hears("¿Cuál es tu primera idea?")
    own_town.kill()
    person.writes("Más árboles")
    person.page.locator(".unsent").wait_for()
    person.choose_look("sms")
    assert person.page.locator("#log .talk").count() == 0
    own_town.start()
    person.page.locator("#connection:empty").wait_for(state="attached")
    person.choose_look("telegram")
    person.hears("¿Y la segunda?")
    assert person.kept() == {"primera": "Más árboles"}


def test_a_tab_that_nobody_looks_at_gives_its_connection_back_and_comes_again(visit):
    person = visit()
    page = person.page
    page.clock.install()
    page.reload()
    page.locator("#empty").wait_for()
    hide = "Object.defineProperty(document, 'visibilityState', {value: '%s', configurable: true});"
    page.evaluate(hide % "hidden" + "document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.fast_forward(25_000)
    other = person.new_page()
    other.goto(person.url)
    other.locator("[data-flow=dos]").click()
    other.locator("#log .words", has_text="primera idea").wait_for()
    assert page.locator("#log .talk").count() == 0
    page.evaluate(hide % "visible" + "document.dispatchEvent(new Event('visibilitychange'))")
    person.hears("¿Cuál es tu primera idea?")
