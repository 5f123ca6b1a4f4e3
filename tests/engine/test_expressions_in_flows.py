"""What only a whole flow shows of its expressions: repeats seen whole, and the reader's language."""

from __future__ import annotations

import pytest

from tests.engine.playing import Play

HOUSEHOLD = """
flow: hogar
title: Hogar
languages: [es]
start: {words: [hogar]}
survey:
  - {type: text, name: cuantas, label: ¿Cuántas personas?}
  - type: group
    name: persona
    repeat_count: "${cuantas}"
    survey:
      - {type: text, name: nombre, label: ¿Quién?}
      - {type: text, name: edad, label: ¿Edad?}
      - {type: calculate, name: orden, calculation: "concat(position(..), ' de ', count(${persona}))"}
  - {type: calculate, name: total, calculation: "count(${persona})"}
  - {type: calculate, name: suma, calculation: "sum(${edad})"}
  - {type: calculate, name: nombres, calculation: "join(', ', ${nombre})"}
  - {type: note, label: Son las que son.}
"""


def household() -> Play:
    return Play(HOUSEHOLD).start()


def test_what_gathers_sees_every_pass() -> None:
    play = household().say("2", "Ana", "34", "Luis", "no me acuerdo")
    assert play.outcome == "completed"
    assert (play.answers["total"], play.answers["suma"], play.answers["nombres"]) == (2, 34, "Ana, Luis")


def test_a_pass_counts_while_it_goes_on() -> None:
    play = household().say("2", "Ana", "34", "Luis", "7")
    assert [row.value for row in play.journal if row.step == "orden"] == ["1 de 1", "2 de 2"]


def test_a_repeat_without_a_pass_counts_nothing() -> None:
    play = household().say("0")
    assert (play.answers["total"], play.answers["suma"], play.answers["nombres"]) == (0, 0, "")


@pytest.mark.parametrize(("language", "written"), [("es", "22 de nov, dom"), ("en", "22 de Nov, Sun")])
def test_short_names_of_the_calendar_are_the_readers(language: str, written: str) -> None:
    play = Play(
        """
        flow: fecha
        title: {es: Fecha, en: Date}
        languages: [es, en]
        start: {words: [fecha]}
        survey:
          - {type: calculate, name: hoy, calculation: "format-date(today(), '%e de %b, %a')"}
          - {type: note, label: {es: Fin., en: End.}}
        """,
        lang=language,
    )
    assert play.start().answers["hoy"] == written
