"""What two versions of a flow do not have in common in the results."""

from __future__ import annotations

import pytest

from bot.engine.differences import Difference, differences
from bot.engine.flow import Flow
from bot.engine.source import load

BASE = """\
flow: a
title: A
survey:
  - {type: note, name: hola, label: Hola}
  - {type: select_one, name: uso, label: "¿Cada cuánto?", choices: {diario: Diario, nunca: Nunca}}
  - {type: text, name: falta, label: "¿Qué falta?"}
  - {type: integer, name: edad, label: "¿Edad?"}
  - {type: calculate, name: joven, calculation: "${edad} < 30"}
"""


def flow(text: str) -> Flow:
    loaded = load(text, "a.yaml")
    assert loaded.flow is not None, loaded.problems
    return loaded.flow


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: falta", "name: carencia", [Difference("renamed", "carencia", "falta", "carencia")]),
        ("name: joven", "name: menor", [Difference("renamed", "menor", "joven", "menor")]),
        ("type: integer", "type: decimal", [Difference("retyped", "edad", "integer", "decimal")]),
        ("nunca: Nunca", "jamas: Nunca", [Difference("choice_renamed", "uso", "nunca", "jamas")]),
        (", nunca: Nunca", "", [Difference("choice_removed", "uso", "nunca")]),
        ('  - {type: text, name: falta, label: "¿Qué falta?"}\n', "", [Difference("removed", "falta", "falta")]),
        (
            'name: falta, label: "¿Qué falta?"',
            "name: x, label: Otra",
            [Difference("removed", "falta", "falta"), Difference("added", "x", "", "x")],
        ),
        ("Hola}", "Buenas}", []),
        ("¿Qué falta?", "¿Qué le falta?", []),
        ("name: hola", "name: saludo", []),
        ("Diario,", "Todos los días,", []),
    ],
)  # fmt: skip
def test_what_changed(old: str, new: str, expected: list[Difference]) -> None:
    assert old in BASE
    assert list(differences(flow(BASE), flow(BASE.replace(old, new)))) == expected


def test_a_version_differs_in_nothing_from_itself() -> None:
    assert differences(flow(BASE), flow(BASE)) == ()


def test_several_questions_of_the_same_words_are_each_renamed_once() -> None:
    twice = BASE + '  - {type: text, name: b, label: "¿Qué falta?"}\n'
    found = differences(flow(twice), flow(twice.replace("name: falta", "name: x").replace("name: b,", "name: y,")))
    assert [(one.kind, one.old, one.new) for one in found] == [("renamed", "falta", "x"), ("renamed", "b", "y")]
