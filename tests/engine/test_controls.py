"""The words that always work, the product's own questions, and coming back."""

from __future__ import annotations

import pytest

from bot.engine.flow import ConsentText
from bot.vocabulary import (
    Begin,
    EraseMyData,
    HandOver,
    OfferLink,
    RecordConsent,
    ResumeContact,
    SetLanguage,
    StopContact,
    TellMyData,
)
from tests.engine.playing import Play

TWO = """
flow: dos
kind: survey
title: {es: Dos preguntas, en: Two questions}
languages: [es, en]
start: {words: [dos]}
survey:
  - type: select_one
    name: zona
    label: {es: "¿Dónde vives?", en: "Where do you live?"}
    choices:
      norte: {label: {es: Norte, en: North}}
      sur: {label: {es: Sur, en: South}}
  - {type: text, name: idea, label: {es: "¿Qué cambiarías?", en: "What would you change?"}}
  - {type: note, label: {es: "Gracias.", en: "Thanks."}}
"""
OTHER_FLOW = """
flow: otro
kind: survey
title: Otro tema
languages: [es]
start: {words: [otro tema]}
survey:
  - {type: text, name: cosa, label: "¿Qué cosa?"}
"""


def test_help_tells_the_words_and_asks_again() -> None:
    play = Play(TWO).start().say("ayuda")
    assert "volver" in play.says[-2].text
    assert play.last == "¿Dónde vives?"


@pytest.mark.parametrize("word", ["repetir", "Repite", "REPETIR!"])
def test_repeat_asks_again(word: str) -> None:
    assert Play(TWO).start().say("norte", word).last == "¿Qué cambiarías?"


def test_back_asks_the_question_before_and_appends_to_the_journal() -> None:
    play = Play(TWO).start().say("norte", "volver")
    assert play.asked == "zona"
    play.say("sur", "Parques")
    assert [(row.step, row.value) for row in play.journal] == [("zona", "norte"), ("zona", "sur"), ("idea", "Parques")]


def test_back_at_the_first_question_says_so() -> None:
    play = Play(TWO).start().say("volver")
    assert "primera pregunta" in play.says[-2].text
    assert play.asked == "zona"


def test_help_in_the_middle_of_a_correction_comes_back_to_it() -> None:
    play = Play(TWO).start().say("norte", "volver", "ayuda")
    assert play.asked == "zona"
    assert play.say("sur").asked == "idea"


def test_skipping_a_correction_keeps_the_answer() -> None:
    play = Play(TWO).start().say("norte", "volver", "saltar")
    assert play.asked == "idea"
    assert play.answers == {"zona": "norte"}


def test_restart_closes_as_partial_and_begins_anew() -> None:
    play = Play(TWO).start().say("norte", "empezar de nuevo")
    assert play.outcome == "partial"
    assert any(isinstance(effect, Begin) and effect.anew for effect in play.effects)
    assert play.asked == "zona"


@pytest.mark.parametrize("word", ["english", "English.", "inglés"])
def test_a_language_is_changed_at_any_moment_and_the_question_asked_again_in_it(word: str) -> None:
    play = Play(TWO).start().say(word)
    assert SetLanguage("en") in play.effects
    assert play.last == "Where do you live?"
    play.say("north", "Trees")
    assert [row.language for row in play.journal] == ["en", "en"]


def test_answers_in_another_language_of_the_flow_are_understood() -> None:
    assert Play(TWO).start().say("north").answers == {"zona": "norte"}


def test_the_word_language_offers_those_of_the_flow() -> None:
    play = Play(TWO).start().say("idioma")
    assert play.choices == ["es", "en"]
    assert play.say("2").last == "Where do you live?"


def test_a_flow_in_one_language_says_so() -> None:
    play = Play(OTHER_FLOW).start().say("english")
    assert play.last == "¿Qué cosa?"
    assert not any(isinstance(effect, SetLanguage) for effect in play.effects)


@pytest.mark.parametrize("word", ["alto", "stop", "baja", "ALTO."])
def test_stop_ends_at_once_and_is_said_once(word: str) -> None:
    play = Play(TWO).start().say("norte", word)
    assert play.outcome == "stopped"
    assert StopContact() in play.effects
    assert "no te enviaremos más" in play.last


def test_after_stop_nothing_begins_until_the_person_opts_in_by_words() -> None:
    play = Play(TWO).start().say("alto", "hola")
    assert "alta" in play.last
    play.say("alta")
    assert ResumeContact() in play.effects
    assert play.say("dos").asked == "zona"


def test_my_data_is_told_and_the_question_asked_again() -> None:
    play = Play(TWO).start().say("mis datos")
    assert any(isinstance(effect, TellMyData) for effect in play.effects)
    assert "Direcciones" in play.says[-2].text
    assert play.last == "¿Dónde vives?"


def test_a_code_is_told_and_the_question_asked_again() -> None:
    play = Play(TWO).start().say("vincular")
    assert any(isinstance(effect, OfferLink) for effect in play.effects)
    assert "«vincular CDFGH-JKMNP»" in play.says[-2].text
    assert play.last == "¿Dónde vives?"


def test_erasing_is_confirmed_first_and_ends_the_conversation() -> None:
    play = Play(TWO).start().say("norte", "borrar mis datos")
    assert EraseMyData() not in play.effects
    assert play.choices == ["yes", "no"]
    play.say("sí")
    assert EraseMyData() in play.effects
    assert play.outcome == "stopped"


def test_declining_to_erase_goes_on() -> None:
    play = Play(TWO).start().say("borrar mis datos", "no")
    assert play.asked == "zona"


def test_a_person_is_called_and_the_flow_goes_on() -> None:
    play = Play(TWO).start().say("persona")
    assert HandOver("asked") in play.effects
    assert play.last == "¿Dónde vives?"


def test_an_option_wins_over_a_control_word() -> None:
    flow = """
    flow: menu
    kind: survey
    title: Menú
    languages: [es]
    survey:
      - {type: select_one, name: que, label: "¿Qué prefieres?", choices: {menu: Menú, pan: Pan}}
      - {type: text, name: fin, label: "¿Fin?"}
    """
    assert Play(flow).start().say("menú").answers == {"que": "menu"}


def test_the_menu_over_a_flow_gives_way_to_it_again() -> None:
    play = Play(TWO, OTHER_FLOW).start("dos").say("menú")
    assert play.choices[:2] == ["flow:dos", "flow:otro"]
    assert play.say("1").last == "¿Dónde vives?"


# ── other flows ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_start_word_of_another_flow_is_asked_about_and_both_stay() -> None:
    play = Play(TWO, OTHER_FLOW).start("dos").say("otro tema")
    assert "Otro tema" in play.last
    assert play.say("no").asked == "zona"
    assert play.say("otro tema", "sí").asked == "cosa"
    play.start("dos")
    assert play.asked == "zona"


def test_a_start_word_is_an_answer_where_any_words_are() -> None:
    assert Play(TWO, OTHER_FLOW).start("dos").say("norte", "otro tema").answers["idea"] == "otro tema"


def test_a_link_always_wins() -> None:
    assert Play(TWO, OTHER_FLOW).start("dos").start("otro").asked == "cosa"


def test_any_first_message_begins_the_only_open_flow() -> None:
    assert Play(TWO).say("buenas tardes").asked == "zona"


def test_with_several_open_flows_the_first_message_shows_the_menu() -> None:
    play = Play(TWO, OTHER_FLOW).say("hola")
    assert play.choices == ["flow:dos", "flow:otro", "language", "person"]
    assert play.say("2").asked == "cosa"


def test_thanks_after_the_end_do_not_begin_again() -> None:
    play = Play(TWO).start().say("norte", "x", "gracias")
    assert play.asked == "menu"


# ── coming back ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_starting_again_in_the_middle_resumes() -> None:
    play = Play(TWO).start().say("norte").start()
    assert "donde te quedaste" in play.says[-2].text
    assert play.last == "¿Qué cambiarías?"


def test_a_finished_answer_can_be_corrected_until_the_flow_closes() -> None:
    play = Play(TWO).start().say("norte", "Parques").start()
    assert play.choices == ["zona", "idea", "none"]
    play.say("1", "sur")
    assert play.outcome == "completed"
    assert [(row.step, row.value) for row in play.journal[-1:]] == [("zona", "sur")]
    assert "comprobante" in play.last


def test_correcting_nothing_leaves_everything() -> None:
    play = Play(TWO).start().say("norte", "Parques").start().say("ninguna, está bien así")
    assert play.outcome == "completed"
    assert len(play.journal) == 2


def test_where_edit_is_no_a_second_time_is_refused_kindly() -> None:
    play = Play(TWO.replace("start:", "edit: 'no'\nstart:")).start().say("norte", "Parques").start()
    assert "Ya respondiste" in play.says[-1].text
    assert play.asked == ""


def test_the_summary_comes_before_the_last_words_and_lets_correct() -> None:
    play = Play(TWO.replace("start:", "review: true\nstart:")).start().say("norte", "Parques")
    assert (play.asked, play.choices) == ("review", ["send", "correct"])
    assert "- ¿Dónde vives? Norte" in play.last
    play.say("corregir 2", "Árboles")
    assert "Árboles" in play.last
    play.say("enviar")
    assert play.outcome == "completed"
    assert play.last == "Gracias."


# ── consent ──────────────────────────────────────────────────────────────────────────────────────────────────────────

PERSONAL = """
flow: personal
kind: survey
title: Personal
languages: [es]
consent: seguimiento
survey:
  - {type: select_one, name: zona, label: "¿Zona?", choices: {norte: Norte, sur: Sur}}
  - {type: integer, name: edad, label: "¿Edad?", personal: true}
  - {type: text, name: nombre, label: "¿Nombre?", personal: true}
  - {type: text, name: idea, label: "¿Idea?"}
"""
CONSENTS = {"seguimiento": ConsentText("seguimiento", "3", "follow_up", 365, {"es": "¿Podemos guardar tus datos?"})}


def test_consent_is_asked_once_before_the_first_personal_question() -> None:
    play = Play(PERSONAL, consents=CONSENTS).start().say("norte")
    assert (play.asked, play.last) == ("consent", "¿Podemos guardar tus datos?")
    play.say("sí")
    assert RecordConsent("seguimiento", "3", "es", "follow_up", 365, given=True) in play.effects
    assert play.asked == "edad"


def test_without_consent_personal_questions_are_not_asked_and_the_rest_is() -> None:
    play = Play(PERSONAL, consents=CONSENTS).start().say("norte", "no")
    assert [(row.step, row.empty, row.reason) for row in play.journal[1:]] == [
        ("edad", "refused", "consent"),
        ("nombre", "refused", "consent"),
    ]
    assert play.asked == "idea"


def test_an_unclear_word_on_consent_is_no_consent() -> None:
    play = Play(PERSONAL, consents=CONSENTS).start().say("norte", "tal vez")
    assert play.asked == "consent"
    assert not any(isinstance(effect, RecordConsent) for effect in play.effects)


def test_not_agreeing_to_go_on_is_a_refusal() -> None:
    flow = """
    flow: acuerdo
    kind: survey
    title: Acuerdo
    languages: [es]
    survey:
      - {type: acknowledge, name: acepta, label: "¿Seguimos?"}
      - {type: text, name: idea, label: "¿Idea?"}
    """
    for said in ("no", "2", "No estoy de acuerdo", "no, gracias"):
        assert Play(flow).start().say(said).outcome == "refused"
    assert Play(flow).start().say("sí").answers == {"acepta": True}
