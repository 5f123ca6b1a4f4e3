"""Functions that forms use beyond the common ones: passes of a repeat by number, chance, checklists, distances, digests."""

from __future__ import annotations

import re

import pytest

from bot.engine.expressions import ExpressionError, evaluate, parse
from bot.engine.source import load

from .expressions_world import World, value


def test_indexed_repeat_finds_the_answer_of_a_pass() -> None:
    world = World(instances={"edad": [34, 8, 61]}, answers={"cual": 3})
    assert evaluate(parse("indexed-repeat(${edad}, ${persona}, 2)"), world) == 8
    assert evaluate(parse("indexed-repeat(${edad}, ${persona}, ${cual})"), world) == 61
    assert evaluate(parse("indexed-repeat(${edad}, ${persona}, 4)"), world) == ""
    assert evaluate(parse("indexed-repeat(${edad}, ${persona}, 0)"), world) == ""
    assert evaluate(parse("indexed-repeat(${edad}, ${persona}, '')"), world) == ""


@pytest.mark.parametrize(
    "source", ["indexed-repeat(1, ${b}, 2)", "indexed-repeat(${a}, 'b', 2)", "indexed-repeat(${a}, ${b}, 1, 2)"]
)
def test_indexed_repeat_takes_an_answer_and_pairs(source: str) -> None:
    with pytest.raises(ExpressionError, match="arity"):
        parse(source)


REPEAT = """
flow: casa
title: Casa
survey:
  - {type: integer, name: cuantos, label: ¿Cuántos?}
  - type: group
    name: persona
    repeat_count: ${cuantos}
    survey:
      - {type: text, name: nombre, label: ¿Nombre?}
  - type: calculate
    name: primera
    calculation: "EXPRESSION"
"""


def test_a_flow_may_ask_for_a_pass_from_outside_the_repeat() -> None:
    assert not load(REPEAT.replace("EXPRESSION", "indexed-repeat(${nombre}, ${persona}, 1)"), "f.yaml").problems
    wrong = load(REPEAT.replace("EXPRESSION", "concat(${nombre}, 'x')"), "f.yaml").problems
    assert [p.code for p in wrong] == ["reference_repeat"]


def test_chance_is_the_conversations_own() -> None:
    first = evaluate(parse("random()"), World())
    assert isinstance(first, float)
    assert 0 <= first < 1
    assert evaluate(parse("random()"), World()) == first, "played again it draws the same"
    assert evaluate(parse("random()"), World(chance="another")) != first
    assert evaluate(parse("random() = random()"), World()) is False, "each call draws anew"


def test_a_uuid_is_one() -> None:
    made = value("uuid()")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", str(made))
    assert re.fullmatch(r"[A-Za-z0-9]{10}", str(value("uuid(10)")))
    assert value("uuid(0)") == value("uuid(100)") == value("uuid('x')") == ""
    assert value("once(uuid())", current="kept") == "kept"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("checklist(1, 2, true(), false(), 'yes')", True),
        ("checklist(3, -1, true(), false(), 'yes')", False),
        ("checklist(-1, 1, true(), 'no', 'yes')", False),
        ("checklist(0, 0, 'no', '')", True),
        ("weighted-checklist(5, -1, 'yes', 3, 'yes', 2)", True),
        ("weighted-checklist(5, -1, 'yes', 3, 'no', 2)", False),
        ("weighted-checklist(-1, 2, 'yes', 3)", False),
        ("round(sin(pi() div 2), 3)", 1),
        ("round(cos(0), 3)", 1),
        ("round(tan(0), 3)", 0),
        ("asin(2)", ""),
        ("round(acos(1), 3)", 0),
        ("round(atan(1) * 4, 3)", 3.142),
        ("round(atan2(1, 1) * 4, 3)", 3.142),
        ("digest('minga', 'SHA-256', 'hex')", "3df3a8c4a4a0d9b4c4d5"),
        ("digest('', 'MD5')", "1B2M2Y8AsgTpgAmY7PhCfg=="),
        ("digest('a', 'crc')", ""),
    ],
)
def test_further_functions(source: str, expected: str | float | bool) -> None:
    found = value(source)
    if source.startswith("digest('minga'"):
        assert len(str(found)) == 64
    else:
        assert found == expected


def test_distance_is_metres_along_the_points() -> None:
    quito, guayaquil = "-0.2201641 -78.5123274 0 0", "-2.1900572 -79.8868741 0 0"
    metres = value(f"distance('{quito}', '{guayaquil}')")
    assert isinstance(metres, float | int)
    assert 265_000 < metres < 270_000
    assert value(f"distance('{quito}; {guayaquil}')") == metres
    assert value(f"distance('{quito}')") == value("distance('', '')") == value(f"distance('{quito}', 'aquí')") == ""


def test_the_current_places_parent_is_a_pass_too() -> None:
    assert evaluate(parse("position(current()/..)"), World(position=(3,))) == 3
