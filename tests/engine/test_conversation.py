"""A conversation from its first word to its last: asking, answering, skipping, correcting, ending."""

from __future__ import annotations

import pytest

from tests.engine.playing import Play, flow_of

SHORT = """
flow: corta
kind: survey
title: Corta
languages: [es]
survey:
  - {type: note, label: "Hola."}
  - {type: select_one, name: zona, label: "¿Dónde?", choices: {norte: Norte, sur: Sur}}
  - type: integer
    name: edad
    label: ¿Edad?
    required: false
    constraint: ". >= 15 and . <= 120"
    constraint_message: De 15 a 120.
  - {type: text, name: idea, label: "En ${zona}, ¿qué cambiarías?"}
"""


def test_a_flow_is_asked_in_its_order_and_ends_completed() -> None:
    play = Play(SHORT).start()
    assert [said.text for said in play.says] == ["Hola.", "¿Dónde?"]
    assert play.choices == ["norte", "sur"]
    play.say("norte", "34", "Más árboles")
    assert play.answers == {"zona": "norte", "edad": 34, "idea": "Más árboles"}
    assert play.outcome == "completed"


def test_a_text_shows_the_label_of_the_choice() -> None:
    play = Play(SHORT).start().say("sur", "saltar")
    assert play.last == "En Sur, ¿qué cambiarías?"


def test_without_last_words_of_its_own_the_product_thanks_with_the_receipt() -> None:
    play = Play(SHORT).start().say("1", "20", "nada")
    assert "Tu comprobante es" in play.last


@pytest.mark.parametrize(("said", "empty"), [("paso", "skipped"), ("saltar", "skipped"), ("prefiero no decir", "refused")])
def test_an_optional_question_can_be_skipped_or_refused(said: str, empty: str) -> None:
    play = Play(SHORT).start().say("norte", said)
    assert (play.journal[-1].step, play.journal[-1].value, play.journal[-1].empty) == ("edad", None, empty)
    assert play.asked == "idea"


@pytest.mark.parametrize("said", ["saltar", "prefiero no decir"])
def test_a_required_question_tells_why_and_how_to_stop(said: str) -> None:
    play = Play(SHORT).start().say(said)
    assert play.journal == []
    assert "hace falta" in play.last
    assert "alto" in play.last
    assert play.asked == "zona"


def test_a_constraint_is_told_in_its_own_words() -> None:
    play = Play(SHORT).start().say("norte", "3")
    assert play.last == "De 15 a 120."
    assert [row.step for row in play.journal] == ["zona"]


def test_failed_tries_are_counted_with_the_answer() -> None:
    play = Play(SHORT).start().say("norte", "3", "4", "34")
    assert play.journal[-1].tries == 2


def test_what_was_not_understood_shows_the_options_again() -> None:
    play = Play(SHORT).start().say("xyzzy")
    assert play.choices == ["norte", "sur"]
    assert play.journal == []


# ── ways out ─────────────────────────────────────────────────────────────────────────────────────────────────────────

STUBBORN = """
flow: terca
kind: survey
title: Terca
languages: [es]
survey:
  - {{type: integer, name: edad, label: "¿Edad?", required: {required}, retries: {{times: 1, then: {then}}}}}
  - {{type: text, name: idea, label: "¿Idea?"}}
"""


def test_after_enough_tries_a_question_is_skipped_for_that_reason() -> None:
    play = Play(STUBBORN.format(required="false", then="skip")).start().say("zzz", "yyy")
    assert (play.journal[0].empty, play.journal[0].reason, play.asked) == ("skipped", "not_understood", "idea")


def test_after_enough_tries_a_flow_may_end() -> None:
    assert Play(STUBBORN.format(required="true", then="end")).start().say("zzz", "yyy").outcome == "partial"


def test_after_enough_tries_staff_is_called_once_and_the_person_can_go_on() -> None:
    play = Play(STUBBORN.format(required="true", then="staff")).start().say("zzz", "yyy")
    assert "Ventanilla 3." in play.last
    play.say("zzz", "yyy", "34")
    assert [type(effect).__name__ for effect in play.effects].count("HandOver") == 1
    assert play.answers["edad"] == 34


# ── other ────────────────────────────────────────────────────────────────────────────────────────────────────────────

OTHER = """
flow: otra
kind: survey
title: Otra
languages: [es]
survey:
  - type: {type}
    name: canton
    label: ¿Dónde?
    choices: {{puyo: Puyo, ibarra: Ibarra}}
    other: true
  - {{type: text, name: fin, label: "${{canton_other}}, ¿algo más?"}}
"""


def test_other_asks_for_its_words_and_keeps_both() -> None:
    play = Play(OTHER.format(type="select_one")).start().say("otra respuesta")
    assert play.asked == "canton_other"
    play.say("Ambato")
    assert play.answers == {"canton": "other", "canton_other": "Ambato"}
    assert play.last == "Ambato, ¿algo más?"


def test_words_outside_the_options_are_offered_as_other() -> None:
    play = Play(OTHER.format(type="select_one")).start().say("Tisaleo")
    assert "Tisaleo" in play.last
    assert play.journal == []
    play.say("sí")
    assert play.answers == {"canton": "other", "canton_other": "Tisaleo"}


def test_words_that_are_not_meant_as_other_ask_again() -> None:
    play = Play(OTHER.format(type="select_one")).start().say("Tisaleo", "no")
    assert (play.asked, play.choices) == ("canton", ["puyo", "ibarra", "other"])


def test_other_among_several_choices() -> None:
    play = Play(OTHER.format(type="select_multiple")).start().say("1, 3", "Mera")
    assert play.answers["canton"] == ["puyo", "other"]
    assert play.answers["canton_other"] == "Mera"


def test_leaving_other_behind_marks_its_words() -> None:
    play = Play(OTHER.format(type="select_one")).start().say("otra respuesta", "Ambato", "volver", "Puyo")
    assert play.journal[-1].step == "canton_other"
    assert (play.journal[-1].empty, play.journal[-1].reason) == ("not_asked", "correction")


# ── groups, calculations, filters, order ─────────────────────────────────────────────────────────────────────────────

BRANCHING = """
flow: ramas
kind: survey
title: Ramas
languages: [es]
survey:
  - {type: select_one, name: vive, label: "¿Vives aquí?", choices: {si: Sí, no: No}}
  - type: group
    name: casa
    relevant: "${vive} = 'si'"
    survey:
      - {type: note, label: "Sobre tu casa."}
      - {type: integer, name: personas, label: "¿Cuántas personas?"}
      - {type: calculate, name: grande, calculation: "if(${personas} > 4, 'si', 'no')"}
  - {type: text, name: idea, label: "¿Idea?"}
"""


def test_what_is_not_relevant_is_not_asked() -> None:
    play = Play(BRANCHING).start().say("no")
    assert play.asked == "idea"
    assert [row.step for row in play.journal] == ["vive"]


def test_a_calculation_is_stored() -> None:
    play = Play(BRANCHING).start().say("si", "6")
    assert play.answers == {"vive": "si", "personas": 6, "grande": "si"}


def test_a_correction_marks_what_is_no_longer_relevant_and_deletes_nothing() -> None:
    play = Play(BRANCHING).start().say("si", "6", "volver", "volver", "no")
    assert [(row.step, row.value, row.empty) for row in play.journal] == [
        ("vive", "si", None),
        ("personas", 6, None),
        ("grande", "si", None),
        ("vive", "no", None),
        ("personas", None, "not_asked"),
        ("grande", None, "not_asked"),
    ]
    assert play.asked == "idea"


def test_a_correction_asks_what_became_relevant_and_computes_anew() -> None:
    play = Play(BRANCHING).start().say("no", "volver", "si")
    assert play.asked == "personas"
    assert "Sobre tu casa." in [said.text for said in play.says]
    play.say("2", "volver", "7")
    assert play.answers["grande"] == "si"
    assert [said.text for said in play.says].count("Sobre tu casa.") == 1


CASCADE = """
flow: cascada
kind: survey
title: Cascada
languages: [es]
survey:
  - {type: select_one, name: provincia, label: "¿Provincia?", choices: {pastaza: Pastaza, guayas: Guayas}}
  - type: select_one
    name: canton
    label: ¿Cantón?
    choice_filter: "prov = ${provincia}"
    choices:
      puyo: {label: Puyo, prov: pastaza}
      mera: {label: Mera, prov: pastaza}
      daule: {label: Daule, prov: guayas}
  - {type: text, name: fin, label: "¿Algo más?"}
"""


def test_choices_are_filtered_by_former_answers_and_numbered_as_shown() -> None:
    play = Play(CASCADE).start().say("guayas")
    assert play.choices == ["daule"]
    assert play.say("1").answers["canton"] == "daule"


def test_a_corrected_filter_asks_the_lost_choice_again() -> None:
    play = Play(CASCADE).start().say("guayas", "daule", "volver", "volver", "pastaza")
    assert (play.asked, play.choices) == ("canton", ["puyo", "mera"])


def test_random_order_is_kept_by_its_seed_and_a_number_means_what_was_shown() -> None:
    flow = """
    flow: azar
    kind: survey
    title: Azar
    languages: [es]
    survey:
      - type: select_multiple
        name: temas
        label: ¿Temas?
        order: random
        choices: {a: Agua, b: Basura, c: Calles, d: Deporte, e: Empleo}
      - {type: text, name: fin, label: "¿Algo más?"}
    """
    play = Play(flow).start()
    shown = play.choices
    assert sorted(shown) == ["a", "b", "c", "d", "e"]
    assert shown != sorted(shown)
    play.say("ayuda")
    assert play.choices == shown
    play.say("1, 2")
    assert play.answers["temas"] == sorted(shown[:2])


def test_several_choices_are_kept_in_the_order_written() -> None:
    flow = """
    flow: varias
    kind: survey
    title: Varias
    languages: [es]
    survey:
      - type: select_multiple
        name: temas
        label: ¿Temas?
        constraint: "count-selected(.) <= 2"
        constraint_message: Hasta dos.
        choices: {agua: Agua, luz: Luz, vias: Vías}
      - {type: rank, name: orden, label: "¿Orden?", choices: {agua: Agua, luz: Luz, vias: Vías}}
    """
    play = Play(flow).start().say("todas")
    assert play.last == "Hasta dos."
    play.say("luz y agua", "2 3 1")
    assert play.answers == {"temas": ["agua", "luz"], "orden": ["luz", "vias", "agua"]}


# ── repeats ──────────────────────────────────────────────────────────────────────────────────────────────────────────

HOUSEHOLD = """
flow: hogar
kind: survey
title: Hogar
languages: [es]
survey:
  - {type: integer, name: cuantos, label: "¿Cuántas personas?"}
  - type: group
    name: persona
    repeat_count: "${cuantos}"
    survey:
      - {type: text, name: nombre, label: "¿Nombre?"}
      - {type: integer, name: edad, label: "¿Edad de ${nombre}?"}
  - {type: calculate, name: total, calculation: "sum(${edad})"}
  - {type: note, label: "Suman ${total} años."}
"""


def test_a_repeat_asks_each_pass_and_sums_over_all() -> None:
    play = Play(HOUSEHOLD).start().say("2", "Ana", "30", "Luis", "12")
    assert [(row.step, row.at, row.value) for row in play.journal] == [
        ("cuantos", (), 2),
        ("nombre", (1,), "Ana"),
        ("edad", (1,), 30),
        ("nombre", (2,), "Luis"),
        ("edad", (2,), 12),
        ("total", (), 42),
    ]
    assert "¿Edad de Luis?" in [said.text for said in play.says]
    assert play.last == "Suman 42 años."


def test_fewer_passes_after_a_correction_mark_the_rest() -> None:
    flow = HOUSEHOLD + "  - {type: text, name: fin, label: '¿Fin?'}\n"
    play = Play(flow).start().say("2", "Ana", "30", "Luis", "12", *["volver"] * 5, "1")
    marked = [(row.step, row.at) for row in play.journal if row.empty == "not_asked"]
    assert sorted(marked) == [("edad", (2,)), ("nombre", (2,))]
    assert play.answers["total"] == 30


def test_no_pass_at_all() -> None:
    assert Play(HOUSEHOLD).start().say("0").outcome == "completed"


def test_a_repeat_goes_on_while_the_person_wants_another() -> None:
    flow = """
    flow: ideas
    kind: survey
    title: Ideas
    languages: [es]
    survey:
      - type: group
        name: ideas
        repeat_while: "${otra} = 'si'"
        survey:
          - {type: text, name: idea, label: "¿Qué idea?"}
          - {type: select_one, name: otra, label: "¿Otra más?", choices: {si: Sí, no: No}}
      - {type: text, name: fin, label: "¿Algo más?"}
    """
    play = Play(flow).start().say("parque", "sí", "luz", "no")
    assert play.asked == "fin"
    assert play.answers["idea/2"] == "luz"


def test_a_called_flow_brings_its_answers_under_the_name_of_the_call() -> None:
    part = """
    flow: parte
    kind: survey
    title: Parte
    languages: [es]
    survey:
      - {type: select_one, name: sector, label: "¿Sector?", choices: {a: Academia, b: Barrio}}
      - {type: text, name: detalle, label: "¿Cuál ${sector}?"}
    """
    whole = """
    flow: todo
    kind: survey
    title: Todo
    languages: [es]
    survey:
      - {type: call, name: quien, flow: parte}
      - {type: text, name: fin, label: "${quien.sector}: ¿algo más?"}
    """
    play = Play(flow_of(whole, {"parte": part})).start().say("academia", "la nuestra")
    assert play.answers == {"quien.sector": "a", "quien.detalle": "la nuestra"}
    assert play.last == "Academia: ¿algo más?"
