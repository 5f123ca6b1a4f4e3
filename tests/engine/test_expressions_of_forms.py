"""The expressions of published XLSForms are read, and mean what their authors meant."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bot.engine.expressions
from bot.engine.expressions import evaluate, parse
from bot.vocabulary import Value
from tests.engine.expressions_world import World, value

FORMS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "xlsform_expressions.json").read_text(encoding="utf-8"),
)["forms"]


def cells() -> Iterator[Any]:
    for form in FORMS:
        for cell in form["expressions"]:
            yield pytest.param(cell, id=f"{Path(form['form']).stem}-{cell['row']}-{cell['column']}")


@pytest.mark.parametrize("cell", list(cells()))
def test_every_expression_is_read(cell: dict[str, Any]) -> None:
    expression = parse(cell["expression"])
    assert {f"${{{name}}}" in cell["expression"] for name in expression.names} <= {True}
    assert expression.current == (cell["column"] == "constraint")
    evaluate(expression, World())


def test_there_are_enough_of_them() -> None:
    assert sum(len(form["expressions"]) for form in FORMS) == 89


@pytest.mark.parametrize(
    ("column", "part", "answers", "current", "expected"),
    [
        ("relevant", "'schlecht' or", {"zusammenarbeit_stadt_einschaetzung": "eher_schlecht"}, None, True),
        ("relevant", "'schlecht' or", {}, None, False),
        ("constraint", "selected (., 'no')", {}, ["yes", "no"], False),
        ("constraint", "selected (., 'no')", {}, ["yes"], True),
        ("relevant", "skip_to_end", {"skip_to_end": []}, None, True),
        ("relevant", "_%+-", {"address": "ana@ejemplo.ec"}, None, True),
        ("relevant", "_%+-", {"address": "ana en ejemplo.ec"}, None, False),
        ("constraint", "5}(-", {}, "12345-6789", True),
        ("constraint", "5}(-", {}, "1234", False),
        ("constraint", ". <= today()", {}, "2026-07-01", True),
        ("constraint", ". <= today()", {}, "2026-07-02", False),
        ("calculation", "part_employees", {"part_employees": 3, "full_employees": 4}, None, 7),
        ("calculation", "part_employees", {"part_employees": 3}, None, ""),
        ("relevant", "not(${eligible})", {"eligible": False}, None, True),
        ("relevant", "not(${eligible})", {"eligible": True}, None, False),
        ("constraint", "'completed'", {"consent_obtained": True}, "completed", True),
        ("constraint", "'completed'", {"consent_obtained": False}, "completed", False),
        ("repeat_count", "2.0", {}, None, 2),
    ],
)
def test_they_mean_what_was_meant(column: str, part: str, answers: dict[str, Any], current: Any, expected: object) -> None:
    (source,) = {
        cell["expression"]
        for form in FORMS
        for cell in form["expressions"]
        if cell["column"] == column and part in cell["expression"]
    }
    assert value(source, answers, current=current) == expected


def test_a_calculation_over_a_household() -> None:
    household: dict[str, list[Value]] = {
        "firstname": ["Ana", "Luis"],
        "hh_rpt": [None, None],
        "head_check": [1, 0],
        "respondent_match": [False, True],
    }
    world = World(instances=household)
    sources = {cell["expression"] for form in FORMS for cell in form["expressions"]}
    table = {"(count(${hh_rpt}))": 2, "sum(${head_check})": 1, "join(', ',${firstname})": "Ana, Luis"}
    assert table.keys() <= sources
    assert {source: evaluate(parse(source), world) for source in table} == table
    (source,) = {source for source in sources if "respondent_match" in source and "sum" in source}
    assert evaluate(parse(source), world) is False


def test_nothing_here_looks_at_a_clock_or_at_chance() -> None:
    folder = Path(next(iter(bot.engine.expressions.__path__)))
    imported = set()
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    imported |= {name.name.partition(".")[0] for name in names}
                case ast.ImportFrom(module=str() as module):
                    imported.add(module.partition(".")[0])
                case _:
                    pass
    assert imported & {"time", "random", "secrets", "uuid", "asyncio", "os", "socket", "threading"} == set()
