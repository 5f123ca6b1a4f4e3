"""Which language is spoken, what may be asked for, and how numbers and dates are written in each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine.language import find_code, tongue
from bot.engine.scope import number
from bot.vocabulary import SetLanguage
from tests.engine.playing import Play, flow_of

RIVER = """
flow: rio
kind: survey
title: {es: El río, qu: Mayu, en: The river}
languages: [es, qu, en]
survey:
  - {type: integer, name: veces, label: {es: ¿Cuántas veces?, qu: ¿Mashna kutin?, en: How often?}}
  - {type: date, name: dia, label: {es: "${veces} veces. ¿Qué día?", qu: "${veces}. ¿Ima puncha?", en: "${veces} times. When?"}}
  - {type: note, label: {es: "Fue el ${dia}.", qu: "${dia}.", en: "It was on ${dia}."}}
"""

SPANISH = """
flow: calle
kind: survey
title: La calle
languages: [es]
survey:
  - {type: integer, name: anos, label: ¿Cuántos años tienes?}
  - {type: note, label: Gracias.}
"""


@pytest.mark.parametrize(
    ("code", "among", "found"),
    [
        ("qu", ["es", "qu_EC"], "qu_EC"),
        ("qu_EC", ["es", "qu"], "qu"),
        ("qu-EC", ["qu_BO", "qu-EC"], "qu-EC"),
        ("en_US", ["es", "en"], "en"),
        ("quz", ["qu", "es"], None),
        ("", ["es"], None),
    ],
)
def test_a_language_is_found_with_or_without_its_country(code: str, among: list[str], found: str | None) -> None:
    assert find_code(code, among) == found
    assert found is None or tongue(found) == tongue(code)


@pytest.mark.parametrize("name", ["kichwa", "Kichwa", "quichua", "runa shimi", "en kichwa", "RUNASHIMI"])
def test_kichwa_is_spoken_by_its_names_where_the_flow_has_it(name: str) -> None:
    play = Play(RIVER).start().say(name)
    assert play.last == "¿Mashna kutin?"
    assert play.conversation.language == "qu"
    assert SetLanguage("qu") in play.effects
    assert [said.language for said in play.says[-2:]] == ["qu", "qu"]


def test_each_answer_bears_the_language_it_was_given_in() -> None:
    play = Play(RIVER).start().say("kichwa", "12345", "english", "15/03/2026")
    assert [(row.step, row.language) for row in play.journal] == [("veces", "qu"), ("dia", "en")]


def test_numbers_and_dates_are_written_as_in_ecuador_in_every_language() -> None:
    for lang, asked, said in (
        ("es", "12.345 veces. ¿Qué día?", "Fue el 15/03/2026."),
        ("qu", "12.345. ¿Ima puncha?", "15/03/2026."),
        ("en", "12.345 times. When?", "It was on 15/03/2026."),
    ):
        play = Play(RIVER, lang=lang).start().say("12345")
        assert play.last == asked
        assert play.say("15 de marzo de 2026").last == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1990, "1990"),
        (12345, "12.345"),
        (1234567.5, "1.234.567,5"),
        (-12345.25, "-12.345,25"),
        (3.0, "3"),
        (0.1 + 0.2, "0,3"),
        (12.5, "12,5"),
        (1e20, "1e+20"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_a_number_as_it_is_said(value: float, said: str) -> None:
    assert number(value) == said


def test_a_language_that_the_flow_has_not_is_told_warmly_with_those_it_has() -> None:
    play = Play(SPANISH).start()
    for name, own in (("kichwa", "Kichwa"), ("shuar", "Shuar"), ("english", "English")):
        play.say(name)
        assert play.says[-2].text == f"Todavía no tenemos esto en {own}, y nos gustaría. Por ahora puedes usar: Español."
        assert play.last == "¿Cuántos años tienes?"
    assert play.conversation.tries == 0, "asking for a language is no failed try"


def test_outside_flows_one_may_ask_for_what_is_whole_or_what_an_open_flow_speaks() -> None:
    for flow, known in ((SPANISH, ["es", "en"]), (RIVER, ["es", "en", "qu"])):
        play = Play(flow).say("idioma")
        assert play.choices == known
    play = Play(SPANISH, SPANISH.replace("calle", "casa")).say("kichwa")
    assert "Por ahora puedes usar: Español, English." in play.says[0].text


def test_one_who_spoke_kichwa_hears_a_kichwa_flow_in_it_however_the_flow_writes_the_code() -> None:
    play = Play(RIVER, RIVER.replace("flow: rio", "flow: lago").replace("qu", "qu_EC"))
    play.start("rio").say("kichwa").start("lago")
    assert play.conversation.flow == "lago"
    assert play.last == "¿Mashna kutin?"
    assert play.conversation.language == "qu_EC"


def test_a_language_that_the_product_does_not_know_goes_by_its_code() -> None:
    play = Play(RIVER.replace("qu:", "fr:").replace("qu,", "fr,")).start().say("idioma")
    assert [option.label for option in play.says[-1].choices] == ["Español", "fr", "English"]
    play.press("fr")
    assert play.last == "¿Mashna kutin?"
    assert play.says[-2].text == "Listo, seguimos en fr."


def test_a_language_may_be_asked_for_while_it_is_being_asked_what_language() -> None:
    play = Play(RIVER).start().say("idioma", "kichwa")
    assert play.last == "¿Mashna kutin?"
    play.say("volver", "english")
    assert play.last == "How often?"


def test_the_name_of_a_language_is_an_answer_where_it_is_an_option() -> None:
    flow = flow_of(
        """
        flow: lengua
        kind: survey
        title: {es: Lengua, en: Tongue}
        languages: [es, en]
        survey:
          - type: select_one
            name: habla
            label: {es: ¿Qué hablas?, en: What do you speak?}
            choices: {qu: {label: {es: Kichwa, en: Kichwa}}, en: {label: {es: Inglés, en: English}}}
          - {type: note, label: {es: Gracias., en: Thanks.}}
        """
    )
    assert Play(flow).start().say("inglés").answers == {"habla": "en"}
    assert Play(replace(flow)).start().say("kichwa").answers == {"habla": "qu"}
