"""What people write, in a flow: units against the question's words, corrections by number, free words, stories kept."""

from __future__ import annotations

import pytest

from tests.engine.playing import Play

LAND = """
flow: tierra
kind: survey
title: Tierra
languages: [es]
review: true
survey:
  - {type: decimal, name: area, label: "¿Cuántas hectáreas tienes?"}
  - {type: integer, name: tiempo, label: "¿Cuánto tiempo vives aquí?", hint: "En años."}
  - {type: select_one, name: agua, label: "¿Hay agua?", choices: {si: Sí, no: "No"}}
  - {type: text, name: idea, label: "¿Qué necesita tu barrio?"}
  - {type: note, label: Gracias.}
"""


def test_a_number_in_another_unit_is_asked_back() -> None:
    play = Play(LAND).start().say("500 metros cuadrados")
    assert play.journal == []
    assert play.choices == ["yes", "no"]
    play.say("2 hectáreas", "6 meses")
    assert play.answers == {"area": 2.0}
    assert play.choices == ["yes", "no"]
    play.say("sí")
    assert play.answers == {"area": 2.0, "tiempo": 6}


def test_the_unit_that_is_asked_for_or_none_at_all_is_taken() -> None:
    assert Play(LAND).start().say("2,5 ha", "8").answers == {"area": 2.5, "tiempo": 8}


def test_a_story_beside_a_closed_answer_is_kept_with_it() -> None:
    play = Play(LAND).start().say("2", "8 años", "sí pero llega amarilla")
    assert (play.journal[-1].value, play.journal[-1].comment) == ("si", "sí pero llega amarilla")


@pytest.mark.parametrize("said", ["contacto", "necesito ayuda con el agua", "atención al ciudadano", "quisiera ver el menú"])
def test_what_may_be_an_answer_is_one_where_any_words_are(said: str) -> None:
    play = Play(LAND).start().say("2", "8", "no", said)
    assert play.answers["idea"] == said


@pytest.mark.parametrize("said", ["ayuda", "atrás", "repite", "english"])
def test_what_always_works_works_there_too(said: str) -> None:
    assert "idea" not in Play(LAND).start().say("2", "8", "no", said).answers


@pytest.mark.parametrize("said", ["corregir 2", "corregir la 2", "quiero corregir la segunda", "cambiar la respuesta 2"])
def test_an_answer_is_corrected_by_its_number_on_the_summary_and_on_the_way(said: str) -> None:
    on_the_way = Play(LAND).start().say("2", "8", said)
    assert on_the_way.asked == "tiempo"
    assert on_the_way.say("9").answers["tiempo"] == 9
    summed_up = Play(LAND).start().say("2", "8", "no", "árboles", said)
    assert summed_up.asked == "tiempo"
    assert summed_up.say("9").answers["tiempo"] == 9


@pytest.mark.parametrize("said", ["sí", "ok", "👍", "1", "enviar"])
def test_a_yes_to_the_summary_sends_it(said: str) -> None:
    assert Play(LAND).start().say("2", "8", "no", "árboles", said).outcome == "completed"


def test_a_number_that_no_answer_has_corrects_nothing() -> None:
    assert Play(LAND).start().say("2", "corregir 7").asked == "tiempo"
