"""Written while the next question was on its way: what it says decides, and the person is told how it was taken."""

from __future__ import annotations

import pytest

from bot.vocabulary import Text
from tests.engine.playing import Play

QUESTIONS = """
flow: preguntas
kind: survey
title: Preguntas
languages: [es]
survey:
  - {type: select_one, name: agua, label: "¿Tienes agua?", choices: {si: Sí, no: No}}
  - {type: select_one, name: obra, label: "¿Qué obra?", choices: {luz: Luz, via: Vías, parque: Parque}}
  - {type: text, name: idea, label: "¿Por qué?"}
  - {type: text, name: otra, label: "¿Algo más?"}
  - {type: integer, name: edad, label: "¿Qué edad tienes?"}
"""


def doubtfully(play: Play, text: str, since: float = 0.2) -> Play:
    return play.turn(Text(text, "perhaps", since))


def test_what_only_answers_the_present_question_answers_it_and_nothing_is_told() -> None:
    play = doubtfully(Play(QUESTIONS).start().say("sí"), "vías")
    assert (play.answers["agua"], play.answers["obra"]) == ("si", "via")
    assert play.last == "¿Por qué?"


def test_what_only_answers_the_former_corrects_it_and_the_person_is_told() -> None:
    play = doubtfully(Play(QUESTIONS).start().say("sí"), "no")
    assert play.answers == {"agua": "no"}
    assert play.asked == "obra"
    assert "«no» como respuesta a «¿Tienes agua?»" in play.last


def test_what_answers_both_answers_the_present_one_and_the_person_is_told() -> None:
    play = doubtfully(Play(QUESTIONS).start().say("1"), "2")
    assert (play.answers["agua"], play.answers["obra"]) == ("si", "via")
    assert play.last.startswith("¿Por qué?\n\n(Tomé «2» como respuesta a «¿Qué obra?». Si no era eso, escribe «atrás».")


def test_the_way_back_that_is_told_is_one() -> None:
    play = doubtfully(Play(QUESTIONS).start().say("1"), "2").say("atrás")
    assert play.asked == "obra"


def test_an_option_of_the_former_is_no_answer_to_an_open_question_on_its_way() -> None:
    play = doubtfully(Play(QUESTIONS).start().say("sí", "1"), "2")
    assert play.answers == {"agua": "si", "obra": "via"}
    assert play.asked == "idea"
    assert "«¿Qué obra?»" in play.last


def test_the_same_once_more_is_not_swallowed() -> None:
    play = doubtfully(Play(QUESTIONS).start().say("sí", "luz"), "luz")
    assert play.answers["idea"] == "luz"
    assert "«luz» como respuesta a «¿Por qué?»" in play.last


def test_a_further_message_to_a_text_is_joined_in_silence() -> None:
    play = Play(QUESTIONS).start().say("sí", "luz", "Está oscuro")
    said = len(play.says)
    doubtfully(play, "y da miedo")
    assert play.answers["idea"] == "Está oscuro\ny da miedo"
    assert (len(play.says), play.asked) == (said, "otra")


def test_a_text_is_not_joined_by_what_clearly_answers_the_closed_question_on_its_way() -> None:
    play = doubtfully(Play(QUESTIONS).start().say("sí", "luz", "Oscuro", "nada"), "34")
    assert (play.answers["otra"], play.answers["edad"]) == ("nada", 34)


def test_words_to_a_text_are_joined_where_the_closed_question_on_its_way_cannot_take_them() -> None:
    play = doubtfully(Play(QUESTIONS).start().say("sí", "luz", "Oscuro", "nada"), "bueno, y perros")
    assert play.answers["otra"] == "nada\nbueno, y perros"
    assert play.asked == "edad"


@pytest.mark.parametrize("word", ["ayuda", "alto"])
def test_a_control_word_is_heard_all_the_same(word: str) -> None:
    play = Play(QUESTIONS).start().say("sí")
    before = dict(play.answers)
    doubtfully(play, word)
    assert play.answers == before
    assert "respuesta a" not in play.last


def test_a_long_answer_is_told_in_short() -> None:
    flow = QUESTIONS.replace("name: idea,", "name: idea, join: 0s,")
    play = doubtfully(Play(flow).start().say("sí", "luz", "Está oscuro"), "palabra " * 40)
    assert play.answers["otra"].startswith("palabra palabra")
    assert " pal…» como respuesta a «¿Algo más?»" in play.last
