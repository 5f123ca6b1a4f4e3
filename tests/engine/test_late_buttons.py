"""Buttons of a question of the product's own that was asked again meanwhile: consent above all."""

from __future__ import annotations

from bot.engine.flow import ConsentText
from tests.engine.playing import Play

FLOW = """
flow: contacto
kind: survey
title: {es: Contacto, en: Contact}
languages: [es, en]
consent: seguimiento
survey:
  - {type: text, name: nombre, label: {es: "¿Cómo te llamas?", en: "Your name?"}, personal: yes}
  - {type: text, name: idea, label: {es: "¿Qué idea?", en: "Which idea?"}}
"""
CONSENTS = {
    "seguimiento": ConsentText("seguimiento", "1", "follow_up", 90, {"es": "¿Guardamos tu nombre?", "en": "May we keep it?"})
}


def asked() -> tuple[Play, int]:
    """Somebody who is asked for consent, and the number of that prompt."""
    play = Play(FLOW, consents=CONSENTS).start()
    assert play.conversation.prompt is not None and play.conversation.prompt.asking == "consent"
    return play, play.conversation.prompt.number


def test_a_button_of_the_consent_as_it_was_first_asked_still_means_it() -> None:
    play, first = asked()
    play.say("no sé qué es eso").press("yes", first)
    assert play.asked == "nombre"
    assert not any("botón" in said.text for said in play.says)


def test_so_it_does_after_the_language_was_changed_in_between() -> None:
    play, first = asked()
    play.say("idioma").say("english").press("yes", first)
    assert play.asked == "nombre"
    assert play.last.startswith("Your name?")


def asking(play: Play) -> str:
    """Returns what is asked now."""
    return play.conversation.prompt.asking if play.conversation.prompt is not None else ""


def test_a_yes_to_another_question_in_between_is_no_consent() -> None:
    play, _ = asked()
    play.say("borrar mis datos")
    assert asking(play) == "erase"
    assert play.conversation.prompt is not None
    erase = play.conversation.prompt.number
    play.press("no").press("yes", erase)
    assert asking(play) == "consent"
    assert any("botón" in said.text for said in play.says)


def test_once_it_is_answered_its_buttons_are_old() -> None:
    play, first = asked()
    play.press("yes").press("no", first)
    assert play.asked == "nombre"
    assert any("botón" in said.text for said in play.says)


def test_it_is_known_after_any_number_of_tries() -> None:
    play, first = asked()
    for _ in range(3):
        play.say("quién sabe")
    play.press("no", first)
    assert play.answers["nombre"] is None
    assert play.asked == "idea"
