"""What becomes of the rows of a form: every column has its place in the flow, and what has none is told."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from bot.engine.check import check
from bot.forms.importing import imported
from bot.forms.tongues import code_of, named

from .bringing import book, bring, codes, flow_of, form, languages, loaded, refusals, steps, table, written

HEAD = ("type", "name", "label")
YN = [("list_name", "name", "label"), ("yn", "si", "Sí"), ("yn", "no", "No")]


def test_a_flow_reads_as_a_person_would_write_it() -> None:
    made = bring(
        form(
            ("type", "name", "label", "required", "relevant", "constraint", "constraint_message", "hint"),
            ("select_one yn", "agua", "¿Tienes agua?", "yes", "", "", "", ""),
            (
                "integer",
                "dias",
                "¿Cuántos días: a la semana?",
                "",
                "${agua} = 'si'",
                ". >= 1 and . <= 7",
                "De 1 a 7.",
                "Solo el número",
            ),
            choices=YN,
            settings=[("form_title", "form_id", "sms_keyword"), ("Agua", "agua_2026", "agua")],
        )
    )
    assert made.whole
    assert (
        made.text
        == """\
# Traído del XLSForm parque.md; cada paso nombra la fila de donde viene.
flow: agua_2026
title: Agua
languages: [es]
start: {words: [agua]}

survey:
  - type: select_one  # fila 3
    name: agua
    label: ¿Tienes agua?
    choices:
      si: Sí
      no: No
  - type: integer  # fila 4
    name: dias
    label: "¿Cuántos días: a la semana?"
    hint: Solo el número
    required: false
    relevant: ${agua} = 'si'
    constraint: . >= 1 and . <= 7
    constraint_message: De 1 a 7.
"""
    )


def test_what_comes_passes_check() -> None:
    made = bring(form(HEAD, ("text", "a", "A"), ("note", "n", "Gracias")))
    found = check([loaded(made)], consents={}, languages=languages())
    assert [problem for problem in found if problem.severity == "error"] == []


@pytest.mark.parametrize(
    ("written_type", "type_"),
    [
        ("text", "text"), ("string", "text"), ("int", "integer"), ("Integer", "integer"), ("decimal", "decimal"),
        ("date", "date"), ("dateTime", "datetime"), ("date time", "datetime"), ("time", "time"), ("gps", "geopoint"),
        ("photo", "image"), ("add image prompt", "image"), ("audio", "audio"), ("video", "video"), ("file", "file"),
        ("acknowledge", "acknowledge"), ("trigger", "acknowledge"), ("phone number", "phone"), ("percentage", "integer"),
        ("number of days in last month", "integer"), ("country", "text"), ("range", "range"), ("note", "note"),
    ],
)  # fmt: skip
def test_types_by_all_their_names(written_type: str, type_: str) -> None:
    assert steps(form(HEAD, (written_type, "a", "A")))["a"].type == type_


@pytest.mark.parametrize(
    ("written_type", "type_", "other"),
    [
        ("select_one yn", "select_one", False),
        ("select one from yn", "select_one", False),
        ("SELECT_ONE  yn  or_other", "select_one", True),
        ("select1 yn", "select_one", False),
        ("add select one prompt using yn", "select_one", False),
        ("select_multiple yn", "select_multiple", False),
        ("select all that apply from yn or specify other", "select_multiple", True),
        ("rank yn", "rank", False),
        ("select_one YN", "select_one", False),
    ],
)
def test_selects_by_all_their_names(written_type: str, type_: str, *, other: bool) -> None:
    step = steps(form(HEAD, (written_type, "a", "A"), choices=YN))["a"]
    assert (step.type, step.other, [choice.name for choice in step.choices]) == (type_, other, ["si", "no"])


def test_headers_by_their_old_names() -> None:
    made = steps(
        form(
            (
                "command",
                "tag",
                "caption:Spanish",
                "Relevance",
                "bind:constraint",
                "bind::jr:constraintMsg::Spanish",
                "calculation",
            ),
            ("int", "a", "A", "", "", "", ""),
            ("int", "b", "B", "${a} > 1", ". > 2", "Más", ""),
            ("calculate", "c", "", "", "", "", "${a} + ${b}"),
        )
    )
    b = made["b"]
    assert b.relevant is not None
    assert b.constraint is not None
    assert (b.relevant.source, b.constraint.source) == ("${a} > 1", ". > 2")
    assert b.constraint_message["es"].source == "Más"


def test_groups_and_repeats_and_how_often() -> None:
    made = bring(
        form(
            (*HEAD, "repeat_count", "relevant"),
            ("begin group", "g", "Datos", "", ""),
            ("integer", "cuantos", "¿Cuántos?", "", ""),
            ("begin_repeat", "persona", "Persona", "${cuantos}", "${cuantos} > 0"),
            ("text", "nombre", "¿Nombre?", "", ""),
            ("end_repeat", "", "", "", ""),
            ("begin repeat", "gato", "Gato", "", ""),
            ("text", "maullido", "¿Cómo maúlla?", "", ""),
            ("end repeat", "", "", "", ""),
            ("end group", "", "", "", ""),
        )
    )
    assert made.whole
    (group,) = written(made)["survey"]
    persona, gato = group["survey"][1:]
    assert (persona["repeat_count"], persona["relevant"]) == ("${cuantos}", "${cuantos} > 0")
    assert gato["repeat_while"] == "${gato_otra_vez} = 'si'"
    assert gato["survey"][-1]["label"] == "Gato: ¿quieres añadir uno más?"
    assert codes(made, "changed") == ["repeat_asks"]


def test_names_are_made_fit_and_expressions_follow() -> None:
    made = bring(
        form(
            (*HEAD, "relevant", "calculation"),
            ("text", "año nuevo", "A", "", ""),
            ("begin group", "casa", "", "", ""),
            ("text", "nombre", "B ${año nuevo}", "${ año nuevo } != ''", ""),
            ("end group", "", "", "", ""),
            ("begin group", "calle", "", "", ""),
            ("text", "nombre", "C", "", ""),
            ("note", "n", "Hola ${nombre}", "", ""),
            ("end group", "", "", "", ""),
            ("text", "receipt", "D", "", ""),
            ("text", "", "¿Y tú qué?", "", ""),
        )
    )
    assert made.whole
    first, house, street, receipt, unnamed = written(made)["survey"]
    assert (first["name"], house["survey"][0]["relevant"]) == ("ano_nuevo", "${ano_nuevo} != ''")
    assert house["survey"][0]["label"] == "B ${ano_nuevo}"
    assert [step["name"] for step in street["survey"]] == ["calle_nombre", "n"]
    assert street["survey"][1]["label"] == "Hola ${calle_nombre}", "the nearest is meant"
    assert receipt["name"] != "receipt"
    assert unnamed["name"] == "y_tu_que"


def test_paths_lookups_and_typographic_marks() -> None:
    made = bring(
        form(
            (*HEAD, "calculation", "relevant"),
            ("select_one yn", "agua", "A", "", ""),
            ("begin group", "g", "", "", ""),
            ("integer", "n", "N", "", "/data/agua = ‘si’"),
            ("calculate", "c", "", "../n + current()/../n + /parque/g/n", ""),
            ("calculate", "d", "", "instance('yn')/root/item[name = ${agua}]/label", ""),
            ("calculate", "e", "", "if(${n} &lt; 3, “poco”, 'mucho')", ""),
            ("calculate", "f", "", "if(${f} = '', ${n}, ${f})", ""),
            ("end group", "", "", "", ""),
            choices=YN,
        )
    )
    assert made.whole, made.findings
    n, c, d, e, f = written(made)["survey"][1]["survey"]
    assert n["relevant"] == "${agua} = 'si'"
    assert c["calculation"] == "${n} + ${n} + ${n}"
    assert d["calculation"] == "jr:choice-name(${agua}, '${agua}')"
    assert e["calculation"] == "if(${n} < 3, 'poco', 'mucho')"
    assert f["calculation"] == "if(. = '', ${n}, .)"


def test_required_means_what_xlsform_means() -> None:
    rows = [
        ("text", f"q{at}", "Q", said) for at, said in enumerate(["", "yes", "TRUE", "true()", "no", "FALSE()", "${q0} != ''"])
    ]
    made = steps(form((*HEAD, "required"), *rows))
    assert [made[f"q{at}"].required for at in range(6)] == [False, True, True, True, False, False]
    assert not isinstance(made["q6"].required, bool)


def test_defaults_and_what_is_seen_and_calculated() -> None:
    made = steps(
        form(
            (*HEAD, "default", "calculation", "read_only"),
            ("date", "d", "D", "today()", "", ""),
            ("integer", "n", "N", "5", "", ""),
            ("text", "t", "T", "it's me", "", ""),
            ("text", "shown", "Total", "", "${n} * 2", "yes"),
            ("text", "offered", "Total", "", "${n} * 2", ""),
            ("hidden", "h", "", "abc", "", ""),
        )
    )
    assert [made[name].default.source for name in ("d", "n", "t", "shown", "offered")] == [
        "today()", "5", '"it\'s me"', "${n} * 2", "${n} * 2",
    ]  # fmt: skip
    assert (made["shown"].read_only, made["offered"].read_only) == (True, False)
    assert made["h"].calculation.source == "'abc'"


def test_what_a_phone_knows_is_calculated_or_left_out() -> None:
    made = bring(
        form(
            (*HEAD, "relevant"),
            ("start", "start", "", ""),
            ("end", "end", "", ""),
            ("today", "hoy", "", ""),
            ("deviceid", "deviceid", "", ""),
            ("audit", "audit", "", ""),
            ("text", "a", "A ${hoy}", ""),
        )
    )
    assert made.whole
    found = written(made)
    assert [step["name"] for step in found["survey"]] == ["start", "hoy", "a", "end"], "the end is when all is answered"
    assert [step.get("calculation") for step in found["survey"]] == ["once(now())", "today()", None, "now()"]
    assert [row["name"] for row in found["x-xlsform"]["metadata"]] == ["deviceid", "audit"]
    assert codes(made, "left_out") == ["metadata", "metadata"]


def test_what_only_the_phone_knows_cannot_be_referred_to() -> None:
    made = bring(
        form((*HEAD, "relevant"), ("deviceid", "id", "", ""), ("text", "a", "A", "${id} != ''"), ("text", "b", "B ${id}", ""))
    )
    assert refusals(made) == [("survey", 4, "relevant", "depends"), ("survey", 5, "label", "depends")]


@pytest.mark.parametrize(
    ("type_", "code"),
    [
        ("geotrace", "unaskable_geotrace"), ("geoshape", "unaskable_geoshape"), ("barcode", "unaskable_barcode"),
        ("background-audio", "unaskable_background_audio"), ("osm", "unaskable_osm"), ("csv-external", "unaskable_file_list"),
        ("xml-external", "unaskable_file_list"), ("select_one_from_file x.csv", "unaskable_file_list"),
        ("select_multiple_from_file x.geojson", "unaskable_file_list"), ("select_one ${nombre}", "unaskable_from_repeat"),
        ("cascading_select x", "unaskable_cascading"), ("begin_kobomatrix", "unaskable_matrix"), ("textt", "type_unknown"),
        ("select_one", "list_unnamed"), ("select_one nada", "list_missing"),
    ],
)  # fmt: skip
def test_what_no_chat_can_ask_is_refused_with_row_column_and_remedy(type_: str, code: str) -> None:
    made = bring(form(HEAD, ("text", "a", "A"), (type_, "b", "B"), choices=YN))
    assert refusals(made) == [("survey", 4, "type", code)]
    for language in ("es", "en"):
        told = next(finding for finding in made.findings if finding.weight == "refused").tell(languages()[language])
        assert "4" in told
        assert len(told) > 60
    assert [step["name"] for step in written(made)["survey"]] == ["a"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("calculation", "pulldata('f', 'a', 'b', ${a})", "pulldata"),
        ("calculation", "sum(${a}/x)", "lookup"),
        ("calculation", "foo(1)", "expression_unknown_function"),
        ("calculation", "if(1, 2", "expression_end"),
        ("relevant", "${nada} = 1", "reference_unknown"),
        ("relevant", "${despues} = 1", "later"),
        ("constraint", "regex(., '(?=a)')", "expression_look_around"),
    ],
)
def test_expressions_that_cannot_be_are_refused_at_their_cell(field: str, value: str, code: str) -> None:
    type_ = "calculate" if field == "calculation" else "text"
    row = (type_, "b", "B", *(value if name == field else "" for name in ("calculation", "relevant", "constraint")))
    made = bring(form((*HEAD, "calculation", "relevant", "constraint"), ("text", "a", "A"), row, ("text", "despues", "D")))
    assert refusals(made) == [("survey", 4, field, code)]


def test_a_list_in_a_form_without_any_is_refused() -> None:
    assert refusals(bring(form(HEAD, ("text", "t", "T"), ("select_one yn", "a", "A")))) == [("survey", 4, "type", "list_none")]


def test_search_in_an_appearance_is_refused() -> None:
    made = bring(
        form((*HEAD, "appearance"), ("text", "t", "T", ""), ("select_one yn", "a", "A", "minimal search('x')"), choices=YN)
    )
    assert refusals(made) == [("survey", 4, "appearance", "search")]


def test_everything_wrong_is_told_at_once_and_what_depends_on_it() -> None:
    made = bring(
        form(
            (*HEAD, "relevant", "calculation", "constraint"),
            ("barcode", "codigo", "C", "", "", ""),
            ("calculate", "largo", "", "", "string-length(${codigo})", ""),
            ("text", "a", "A ${largo}", "${codigo} = ''", "", ""),
            ("text", "b", "B ${largo} x", "", "", ""),
            ("text", "c", "C", "", "", ". != ${largo}"),
            ("geotrace", "g", "G", "", "", ""),
        )
    )
    assert [(row, code) for _, row, _, code in refusals(made)] == [
        (3, "unaskable_barcode"), (4, "depends"), (5, "depends"), (5, "depends"), (6, "depends"), (7, "depends"),
        (8, "unaskable_geotrace"),
    ]  # fmt: skip
    kept = written(made)["survey"]
    assert [step["name"] for step in kept] == ["b", "c"]
    assert kept[0]["label"] == "B … x"
    assert "constraint" not in kept[1]


def test_the_last_saved_answer_is_refused_in_words() -> None:
    made = bring(form((*HEAD, "relevant"), ("text", "t", "T", ""), ("text", "a", "A", "${last-saved#t} = 'x'")))
    assert refusals(made) == [("survey", 4, "relevant", "last_saved_use")]


def test_a_condition_that_never_holds_leaves_its_question_out() -> None:
    made = bring(
        form(
            (*HEAD, "relevant"),
            ("text", "a", "A", "FALSE"),
            ("text", "b", "B", "${a} = ''"),
            ("text", "c", "C", "false()"),
            ("text", "d", "D", "TRUE"),
        )
    )
    assert made.whole
    assert [(step["name"], step["type"]) for step in written(made)["survey"]] == [
        ("a", "calculate"),
        ("b", "text"),
        ("d", "text"),
    ]
    assert codes(made, "left_out") == ["never_asked", "never_asked"]


def test_calculations_go_where_a_chat_needs_them() -> None:
    made = bring(
        form(
            (*HEAD, "calculation"),
            ("calculate", "total", "", "${a} + ${b}"),
            ("begin group", "g", "", ""),
            ("calculate", "doble", "", "${total} * 2"),
            ("end group", "", "", ""),
            ("integer", "a", "A", ""),
            ("integer", "b", "B", ""),
            ("note", "n", "${doble} ${nombre}", ""),
            ("calculate", "nombre", "", "concat('x', ${a})"),
        )
    )
    assert made.whole
    names = [step["name"] for step in written(made)["survey"]]
    assert names.index("b") < names.index("total") < names.index("doble") < names.index("n")
    assert names.index("nombre") < names.index("n")
    assert set(codes(made, "changed")) == {"moved"}


# ── choices ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def listing(*choices: tuple[str, ...], header: tuple[str, ...] = ("list_name", "name", "label"), **more: str) -> str:
    rows = [("l", *choice) for choice in choices]
    head = (*HEAD, *more)
    return form(head, ("select_one l", "q", "Q", *more.values()), choices=[header, *rows])


def test_choices_of_a_cascade_keep_their_columns() -> None:
    made = steps(
        form(
            (*HEAD, "choice_filter"),
            ("select_one p", "prov", "P", ""),
            ("select_one c", "canton", "C", "prov = ${prov}"),
            choices=[
                ("list name", "name", "label", "prov"),
                ("p", "chim", "Chimborazo", ""), ("p", "pas", "Pastaza", ""),
                ("c", "rio", "Riobamba", "chim"), ("c", "puyo", "Puyo", "pas"),
            ],
        )
    )  # fmt: skip
    assert [dict(choice.columns) for choice in made["canton"].choices] == [{"prov": "chim"}, {"prov": "pas"}]
    assert made["canton"].choice_filter.source == "prov = ${prov}"


def test_names_with_blanks_change_in_conditions_too() -> None:
    text = form(
        (*HEAD, "relevant"),
        ("select_one l", "q", "Q", ""),
        ("text", "t", "T", "${q} = 'muy bueno'"),
        choices=[("list_name", "name", "label"), ("l", "muy bueno", "Muy bueno"), ("l", "malo", "Malo")],
    )
    assert steps(text)["t"].relevant.source == "${q} = 'muy_bueno'"


def test_a_choice_twice_is_refused_unless_it_is_the_same_or_allowed() -> None:
    same = bring(listing(("a", "A"), ("a", "A"), ("b", "B")))
    assert same.whole
    assert codes(same, "left_out") == ["choice_repeated"]
    other = bring(listing(("a", "Agua"), ("a", "Aire"), ("b", "B")))
    assert [(row, code) for _, row, _, code in refusals(other)] == [(7, "choice_twice")]
    allowed = form(
        (*HEAD, "choice_filter"),
        ("select_one l", "q", "Q", "z = 1"),
        choices=[("list_name", "name", "label", "z"), ("l", "a", "Agua", "1"), ("l", "a", "Agua", "2")],
        settings=[("allow_choice_duplicates",), ("yes",)],
    )
    assert [choice.name for choice in steps(allowed)["q"].choices] == ["a", "a_2"]


def test_choices_that_read_alike_are_refused_and_told_apart_where_the_rest_is_brought() -> None:
    made = bring(listing(("a", "Sí"), ("b", "si"), ("c", "No")))
    assert refusals(made) == [("choices", 7, "label", "choices_alike")]
    assert list(written(made)["survey"][0]["choices"].values()) == ["Sí", "si (b)", "No"]


def test_numbers_as_choices_never_mean_two_things() -> None:
    scale = bring(listing(*((str(at), str(at)) for at in range(11))))
    (step,) = written(scale)["survey"]
    assert (step["type"], step["start"], step["end"], step["step"]) == ("range", "0", "10", "1")
    zero = bring(listing(("n0", "0"), ("n1", "1"), ("n2", "2 o más")))
    assert zero.whole
    assert list(written(zero)["survey"][0]["choices"]) == ["n1", "n2", "n0"]
    mixed = bring(listing(("x", "3"), ("y", "1"), ("z", "otra cosa")))
    assert [code for _, _, _, code in refusals(mixed)] == ["nothing_left", "choice_number", "choice_number"]
    assert mixed.text == ""
    in_place = bring(listing(("x", "1"), ("y", "2"), ("z", "3 o más")))
    assert in_place.whole
    assert written(in_place)["survey"][0]["type"] == "select_one"


def test_external_choices_are_in_the_same_book() -> None:
    text = form((*HEAD, "choice_filter"), ("text", "z", "Z", ""), ("select_one_external pueblos", "q", "Q", "zona = ${z}"))
    text += table(
        "external_choices",
        ("list_name", "name", "label", "zona"),
        ("pueblos", "a", "Alausí", "1"),
        ("pueblos", "b", "Baños", "2"),
    )
    assert [choice.name for choice in steps(text)["q"].choices] == ["a", "b"]


# ── languages and texts ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Español (es)", "es"), ("español", "es"), ("Spanish", "es"), ("English", "en"), ("inglés", "en"), ("Français", "fr"),
        ("Kichwa (qu)", "qu"), ("Quichua", "qu"), ("Shuar", "jiv"), ("Português (pt-BR)", "pt"), ("es", "es"), ("العربية", "ar"),
        ("Klingonish", "und-klingoni"),
    ],
)  # fmt: skip
def test_languages_by_any_name(name: str, code: str) -> None:
    assert code_of(name) == code
    assert code_of(named(code)) == code


def test_translations_and_what_is_missing_in_one() -> None:
    made = bring(
        form(
            ("type", "name", "label::English (en)", "label::Español (es)", "hint"),
            ("text", "a", "What?", "¿Qué?", "Help"),
            ("text", "b", "", "¿Cómo?", ""),
            settings=[("default_language",), ("Español (es)",)],
        )
    )
    found = written(made)
    assert found["languages"] == ["es", "en"]
    assert found["survey"][0]["label"] == {"es": "¿Qué?", "en": "What?"}
    assert found["survey"][0]["hint"] == {"es": "Help", "en": "Help"}
    assert found["survey"][1]["label"] == {"es": "¿Cómo?", "en": "¿Cómo?"}
    assert codes(made, "changed") == ["translation_missing"]


@pytest.mark.parametrize(
    ("labels", "code"),
    [(["¿Cuántos años tiene usted?", "Nombre"], "es"), (["How old are you?", "What is your name?"], "en"), (["x", "y"], "es")],
)
def test_a_language_that_nobody_names_is_told_by_its_words(labels: list[str], code: str) -> None:
    made = bring(form(HEAD, *(("text", f"q{at}", label) for at, label in enumerate(labels))))
    assert written(made)["languages"] == [code]


def test_markup_becomes_plain_text() -> None:
    made = steps(
        form(
            HEAD,
            ("note", "a", "¿Qué? **negrita** y *cursiva* <span style='color:red'>rojo</span><br>otra&nbsp;línea &amp; más"),
            ("note", "b", "[Ver](https://x.ec/a) 5*3*2 ____ a_b_c <5"),
        )
    )
    assert made["a"].label["es"].source.endswith("otra línea & más")
    assert "<" not in made["a"].label["es"].source
    assert "*" not in made["a"].label["es"].source
    assert made["b"].label["es"].source == "Ver (https://x.ec/a) 5*3*2 ____ a_b_c <5"


# ── everything else that a form may have ─────────────────────────────────────────────────────────────────────────────


def test_unknown_columns_are_kept() -> None:
    made = bring(form((*HEAD, "comentarios", "appearance", "guidance_hint"), ("text", "a", "A", "ojo", "multiline", "G")))
    assert written(made)["survey"][0]["x-xlsform"] == {"comentarios": "ojo", "appearance": "multiline", "guidance_hint": "G"}


def test_parameters_of_ranges_and_of_chance() -> None:
    made = steps(
        form(
            (*HEAD, "parameters"),
            ("range", "r", "R", "start=0; end = 100,step=5"),
            ("range", "u", "U", ""),
            ("select_one yn", "s", "S", "randomize=true, seed=7"),
            choices=YN,
        )
    )
    assert (made["r"].start, made["r"].end, made["r"].step) == (0, 100, 5)
    assert (made["u"].start, made["u"].end, made["u"].step) == (1, 10, 1)
    assert made["s"].order == "random"
    assert made["s"].extra == {"parameters": "randomize=true, seed=7"}


def test_files_that_are_shown_are_named_once() -> None:
    made = bring(
        form(
            (*HEAD, "media::image", "audio"),
            ("note", "a", "A", "jr://images/mapa.png", "voz.mp3"),
            ("note", "b", "B", "${x}", ""),
        )
    )
    assert written(made)["survey"][0]["media"] == {"image": "mapa.png", "audio": "voz.mp3"}
    assert codes(made, "changed") == ["media_files"]
    assert codes(made, "left_out") == ["media_name"]


def test_the_heading_of_a_matrix_is_said() -> None:
    made = steps(
        form(
            (*HEAD, "appearance"),
            ("select_one yn", "h", "Elige", "label"),
            ("select_one yn", "r", "Agua", "list-nolabel"),
            choices=YN,
        )
    )
    assert [made[name].type for name in ("h", "r")] == ["note", "select_one"]


def test_a_loop_is_a_group_for_each_choice() -> None:
    made = steps(
        form(HEAD, ("begin loop over yn", "l", ""), ("integer", "n", "¿Cuántos %(label)s?"), ("end loop", "", ""), choices=YN)
    )
    assert {step.label["es"].source for step in made.values()} == {"¿Cuántos Sí?", "¿Cuántos No?"}


def test_kobos_scores_and_rankings() -> None:
    made = steps(
        form(
            (*HEAD, "kobo--score-choices", "kobo--rank-items"),
            ("begin_score", "s", "Califica", "yn", ""),
            ("score__row", "agua", "Agua", "", ""),
            ("end_score", "", "", "", ""),
            ("begin_rank", "r", "Ordena", "", "yn"),
            ("rank__level", "p1", "Primero", "", ""),
            ("end_rank", "", "", "", ""),
            choices=YN,
        )
    )
    assert (made["agua"].type, made["r"].type, made["r"].top) == ("select_one", "rank", 1)


@pytest.mark.parametrize(
    ("rows", "code", "row"),
    [
        ([("begin group", "g", ""), ("text", "a", "A")], "never_closed", 3),
        ([("text", "a", "A"), ("end group", "", "")], "never_opened", 4),
        ([("begin group", "g", ""), ("text", "a", "A"), ("end repeat", "", "")], "wrong_end", 5),
        ([("text", "a", "A"), ("", "b", "B")], "type_missing", 4),
    ],
)
def test_brackets_and_rows_that_are_not_whole(rows: list[tuple[str, str, str]], code: str, row: int) -> None:
    assert refusals(bring(form(HEAD, *rows))) == [("survey", row, "type", code)]


def test_disabled_rows_and_comments_are_passed_over() -> None:
    made = bring(
        form((*HEAD, "disabled", "x"), ("text", "a", "A", "", ""), ("text", "b", "B", "yes", ""), ("", "", "", "", "nota"))
    )
    assert made.whole
    assert [step["name"] for step in written(made)["survey"]] == ["a"]


def test_without_a_survey_there_is_nothing() -> None:
    made = imported(book("| choices |\n| | list_name | name |\n| | a | b |\n"), languages(), languages()["es"])
    assert (made.text, [code for *_, code in refusals(made)]) == ("", ["no_survey"])
    assert [code for *_, code in refusals(bring(form(HEAD, ("geotrace", "a", "A"))))] == ["nothing_left", "unaskable_geotrace"]


def test_errors_of_formulas_are_told() -> None:
    made = bring(form(HEAD, ("text", "a", "#REF!")))
    assert refusals(made) == [("survey", 3, "", "cell_error")]


def test_a_form_of_a_thousand_rows_is_brought_in_seconds() -> None:
    rows = [
        ("select_one yn" if at % 3 else "integer", f"q{at}", f"Pregunta {at}", f"${{q{at - 1}}} != ''" if at else "")
        for at in range(1_200)
    ]
    before = time.process_time()
    made = bring(form((*HEAD, "relevant"), *rows, choices=YN))
    assert made.whole
    assert time.process_time() - before < 15, "it takes two on a slow machine"
    lines = [line for line in made.text.splitlines() if "# fila" in line]
    assert len(lines) == 1_200
    assert all(int(one.split()[-1]) < int(other.split()[-1]) for one, other in pairwise(lines))
    assert len(flow_of(form((*HEAD, "relevant"), *rows, choices=YN)).program) == 1_200


def test_a_comparison_with_an_option_that_there_is_not_comes_to_what_it_always_does() -> None:
    made = bring(
        form(
            (*HEAD, "relevant"),
            ("select_one l", "q", "¿Cuál?", ""),
            ("text", "nunca", "¿Qué otra?", "${q} = 'other'"),
            ("text", "siempre", "¿Por qué?", "${q} != 'other'"),
            ("text", "a_veces", "¿Desde cuándo?", "${q}='a' or selected(${q}, 'other')"),
            choices=[("list_name", "name", "label"), ("l", "a", "Agua"), ("l", "b", "Luz")],
        )
    )
    assert refusals(made) == []
    assert codes(made, "changed") == ["choice_never"] * 3
    assert codes(made, "left_out") == ["never_asked"]
    survey = {step["name"]: step for step in written(made)["survey"]}
    assert survey.keys() == {"q", "siempre", "a_veces"}
    assert survey["a_veces"]["relevant"] == "${q}='a' or false()"
