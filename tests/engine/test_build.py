"""The frozen flow: the program with its brackets, parts put in, and that the database's JSON gives the same flow."""

from __future__ import annotations

import dataclasses
from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.engine.build import build
from bot.engine.flow import Enter, Flow, Leave, Node, Step
from bot.engine.loading.calls import renamed
from bot.engine.source import library, load

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "data" / "flows"
FILES = sorted([*FOLDER.glob("*.yaml"), *(ROOT / "flows").glob("*.yaml")])
LIBRARY = library({str(file): file.read_text(encoding="utf-8") for file in FILES})


def loaded_flow(text: str) -> Flow:
    loaded = load(text, "f.yaml", library=LIBRARY)
    assert loaded.problems == ()
    assert loaded.flow is not None
    return loaded.flow


def without_lines(flow: Flow) -> Flow:
    def bare(node: Node) -> Node:
        return node if isinstance(node, Leave) else dataclasses.replace(node, line=0)

    return dataclasses.replace(flow, program=tuple(bare(node) for node in flow.program))


def step(flow: Flow, name: str) -> Step:
    node = flow.program[flow.index[name]]
    assert isinstance(node, Step)
    return node


def test_the_databases_json_gives_the_flow_that_was_loaded() -> None:
    compared = 0
    for file in FILES:
        loaded = load(file.read_text(encoding="utf-8"), file.name, library=LIBRARY)
        if loaded.flow is not None:
            assert build(loaded.content) == without_lines(loaded.flow)
            compared += 1
    assert compared > 5


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 99}', "null", '{"format": 1}'])
def test_json_of_another_kind_is_refused(content: str) -> None:
    with pytest.raises(ValueError):
        build(content)


def test_groups_and_repeats_are_brackets() -> None:
    flow = loaded_flow("""\
flow: a
title: A
survey:
  - {type: integer, name: n, label: N}
  - type: group
    name: g
    label: Hogar de ${n}
    relevant: "${n} > 0"
    x-xlsform: {appearance: field-list}
    survey:
      - type: group
        name: r
        repeat_count: "${n}"
        survey:
          - {type: text, name: q, label: Q}
          - type: group
            name: w
            repeat_while: "${mas} = 'si'"
            survey:
              - {type: select_one, name: mas, label: ¿Más?, choices: {si: Sí, no: No}}
      - type: group
        name: v
        repeat_while: "${n} > 3"
        survey:
          - {type: text, name: z, label: Z}
  - {type: note, label: Fin}
""")
    shape = [
        (node.name, node.depth, node.end, node.repeat, node.after) if isinstance(node, Enter)
        else ("leave", node.begin) if isinstance(node, Leave)
        else (node.name, node.depth)
        for node in flow.program
    ]  # fmt: skip
    assert shape == [
        ("n", 0),
        ("g", 0, 11, False, False),
        ("r", 0, 7, True, False),
        ("q", 1),
        ("w", 1, 6, True, True),
        ("mas", 2),
        ("leave", 4),
        ("leave", 2),
        ("v", 0, 10, True, False),
        ("z", 1),
        ("leave", 8),
        ("leave", 1),
        ("note_1", 0),
    ]
    group = flow.program[1]
    assert isinstance(group, Enter)
    assert group.extra == {"appearance": "field-list"}
    assert group.label["es"].names == {"n"}
    assert flow.index["w"] == 4


def test_the_head_of_a_flow_has_its_types() -> None:
    flow = loaded_flow((FOLDER / "ejemplo_completo.yaml").read_text(encoding="utf-8"))
    assert str(flow.opens) == "2026-12-01 08:00:00"  # local time: no zone
    assert str(flow.closes) == "2026-12-31 20:00:00"
    assert flow.reminders == (timedelta(hours=24), timedelta(hours=72))
    assert flow.quiet == (time(20), time(8))
    assert flow.expires == timedelta(days=14)
    assert flow.links == {"puyo": {"canton": "puyo"}}
    edad = step(flow, "edad")
    assert (edad.retries.times, edad.retries.then, edad.required, edad.personal) == (2, "skip", False, True)
    assert edad.quasi == {"band": "10"}
    assert step(flow, "conoce").retries.then == "staff"
    assert step(flow, "conoce").list_name == "si_no"
    assert step(flow, "conoce").choices[0].words == {"es": ("claro", "por supuesto")}
    assert step(flow, "canton").other
    assert step(flow, "idea").accept == {"text", "audio"}
    assert step(flow, "herramientas").order == "random"


def test_an_optional_question_is_skipped_after_its_retries() -> None:
    flow = loaded_flow("flow: a\ntitle: A\nsurvey:\n  - {type: text, name: q, label: Q, required: no, retries: {times: 1}}\n")
    assert (step(flow, "q").retries.times, step(flow, "q").retries.then) == (1, "skip")


def test_a_part_is_put_in_with_its_references() -> None:
    flow = loaded_flow("""\
flow: a
title: A
survey:
  - {type: select_one, name: quien, label: Q, choices: {yo: Yo, otra: Otra}}
  - {type: call, name: casa, flow: part_address, relevant: "${quien} = 'yo'"}
  - {type: call, name: otra, flow: part_address}
  - {type: note, label: "${casa.numero} ${otra.calle} ${otra.tipo_other}"}
""")
    enter = flow.program[flow.index["casa"]]
    assert isinstance(enter, Enter)
    assert enter.relevant is not None
    inner = flow.program[flow.index["casa.mas"]]
    assert isinstance(inner, Enter)
    assert inner.relevant is not None
    assert inner.relevant.source == "${casa.calle} != 'calle' and ../casa.calle != \"${calle}\""
    assert inner.relevant.names == {"casa.calle"}
    numero = step(flow, "casa.numero")
    assert numero.label["es"].source == "¿Qué número de ${casa.calle}? ${receipt}"
    assert numero.default is not None
    assert numero.default.source == "${casa.calle}"
    assert step(flow, "otra.tipo").choices[1].label["es"].source == "Otra en ${otra.calle}"
    calculation = step(flow, "otra.todo").calculation
    assert calculation is not None
    assert calculation.names == {"otra.calle", "otra.numero", "otra.tipo"}
    assert [node.named for node in flow.program if isinstance(node, Step) and node.type == "note"] == [False, False, False]


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("${a} = 'a'", "${p.a} = 'a'"),
        ("${ab} + ${a}", "${ab} + ${p.a}"),
        ("../a = number(${b})", "../p.a = number(${p.b})"),
        ("concat('${a} x', ${a})", "concat('${a} x', ${p.a})"),
        ("current()/../r + . + ../../r", "current()/../p.r + . + ../../p.r"),
        ("jr:choice-name(${a}, '${a}')", "jr:choice-name(${p.a}, '${p.a}')"),
        ("“${a}”", "“${a}”"),
        ("'sin cerrar ${a}", "'sin cerrar ${a}"),
    ],
)
def test_references_are_renamed_where_they_are_references(source: str, after: str) -> None:
    assert renamed(source, {"a": "p.a", "b": "p.b", "r": "p.r"}) == after


def test_a_part_alone_is_written_with_the_parts_words_in_the_callers_languages() -> None:
    part = "flow: p\ntitle: {es: P, en: P}\nlanguages: [es, en]\nsurvey:\n  - {type: note, label: {es: Hola, en: Hello}}\n"
    loaded = load("flow: a\ntitle: A\nsurvey:\n  - {type: call, name: c, flow: p}\n", "a.yaml", library={"p": part})
    assert loaded.flow is not None
    assert step(loaded.flow, "c.note_1").label.keys() == {"es"}
    assert step(loaded.flow, "c.note_1").line == 4
