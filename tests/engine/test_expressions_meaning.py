"""What expressions mean: XPath 1.0, with ODK's functions and ODK's way with missing answers."""

from __future__ import annotations

import math

import pytest

from bot.engine.expressions import evaluate, parse, truth
from bot.vocabulary import Value
from tests.engine.expressions_world import World, value

ANSWERS: dict[str, Value] = {
    "edad": 34,
    "peso": 61.5,
    "cero": 0,
    "si": "si",
    "numero": "42",
    "nombre": "María José Ñauta",
    "temas": ["agua", "luz"],
    "ninguno": [],
    "acepta": True,
    "no_es": False,
    "vacio": "",
    "nada": None,
    "opcion": "2",
    "lugar": {"lat": -1.6635, "lon": -78.6546, "accuracy": 12.0, "place": "Riobamba"},
    "parque": {"place": "La Madre"},
    "foto": {"reference": "f/1", "sha256": "00"},
    "papel": {"reference": "f/2", "name": "plano.pdf"},
    "hecho": {"n": 1},
    "sin": {},
    "largo": 123_456_789_012,
    "enorme": 10**400,
    "minimo": 1e-7,
}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # ── arithmetic ──
        ("1 + 1", 2), ("7 div 2", 3.5), ("7 mod 3", 1), ("-7 mod 3", -1), ("7 mod -3", 1), ("5 mod 0", ""), ("1.5 mod 0.5", 0),
        ("2 * 3 - 1", 5), ("1 div 0", "Infinity"), ("-1 div 0", "-Infinity"), ("1 div -0", "-Infinity"), ("0 div 0", ""),
        ("'3' + '4'", 7), ("'a' + 1", ""), ("${nada} + 1", ""), ("true() + true()", 2), ("-'3'", -3), ("--'3'", 3),
        ("${edad} * 2", 68), ("${peso} + ${numero}", 103.5), ("1 div 0 - 1 div 0", ""), ("10 mod (1 div 0)", 10),
        ("(1 div 0) mod 2", ""), ("${nada} div 0", ""), ("1000000000000000000000 + 0", 1e21), ("0.1 + 0.2 = 0.3", True),
        # ── comparison ──
        ("${edad} = 34", True), ("${edad} = '34'", True), ("${edad} = '034'", True), ("${numero} = 42", True),
        ("${si} = 'si'", True), ("${si} != 'no'", True), ("${si} = 'Si'", False), ("'a' < 'b'", False), ("'2' < '10'", True),
        ("${edad} >= 15 and . <= 120", True), ("1 < 2 = true()", True), ("3 > 2 > 1", False), ("1 = 1 = 1", True),
        ("1 div 0 = 1 div 0", True), ("1 div 0 > 1000000", True), ("'a' = 'a '", False), ("${opcion} = 2", True),
        ("${largo} = 123456789012", True), ("${enorme} > 1", True),
        # ── missing answers ──
        ("${nada} = ''", True), ("'' = ${nada}", True), ("${vacio} = ''", True), ("${ninguno} = ''", True),
        ("${nunca} = ''", True), ("${edad} = ''", False), ("${edad} != ''", True), ("${cero} = ''", False),
        ("${cero} != ''", True), ("${nada} != ''", False), ("${nada} = 0", False), ("${nada} != 0", True),
        ("${nada} < 30", False), ("${nada} >= 0", False), ("${nada} = ${vacio}", True), ("${nada} = 'si'", False),
        ("${nada} != 'si'", True), ("${nada} or ${vacio}", False), ("not(${nada})", True), ("number('')", ""),
        ("number('') = number('')", False), ("number('') != number('')", True), ("string(number(''))", "NaN"),
        ("${temas} != ''", True), ("${foto} != ''", True), ("${lugar} != ''", True), ("${sin} = ''", True),
        # ── truths ──
        ("true()", True), ("false()", False), ("not(true())", False), ("boolean('0')", True), ("boolean('')", False),
        ("boolean(0)", False), ("boolean(-1)", True), ("boolean(number('x'))", False), ("boolean-from-string('1')", True),
        ("boolean-from-string('TRUE')", True), ("boolean-from-string('0')", False), ("boolean-from-string('no')", False),
        ("boolean-from-string(true())", True), ("true() = 1", True), ("true() = 5", True), ("true() = 'x'", True),
        ("1 = true()", True), ("'x' = true()", True), ("false() = 0", True), ("true() > false()", True),
        ("'false' = false()", True), ("${acepta}", True), ("${acepta} = 'OK'", True), ("${acepta} = ''", False),
        ("${no_es} = ''", False), ("${no_es} = 'false'", True), ("${no_es} != 'true'", True), ("not(${no_es})", True),
        ("${no_es} = ${nada}", False), ("string(${acepta})", "true"), ("${no_es} = 'no'", False), ("0 or ''", False),
        ("1 and 'a'", True), ("2 or 0", True),
        # ── choices ──
        ("selected(${temas}, 'luz')", True), ("selected(${temas}, ' luz ')", True), ("selected(${temas}, 'lu')", False),
        ("selected(${si}, 'si')", True), ("selected(${nada}, 'si')", False), ("selected(${nada}, '')", True),
        ("selected(${temas}, '')", False), ("selected(${opcion}, 2)", True), ("count-selected(${temas})", 2),
        ("count-selected(${si})", 1), ("count-selected(${nada})", 0), ("selected-at(${temas}, 0)", "agua"),
        ("selected-at(${temas}, 1)", "luz"), ("selected-at(${temas}, 2)", ""), ("selected-at(${temas}, -1)", ""),
        ("selected-at(${temas}, 'x')", ""), ("${temas}", "agua luz"), ("${temas} = 'agua luz'", True), ("${ninguno}", ""),
        # ── texts ──
        ("string-length(${nombre})", 16), ("string-length('')", 0), ("string-length(${edad})", 2),
        ("contains(${nombre}, 'José')", True), ("contains(${nombre}, 'josé')", False), ("contains('', '')", True),
        ("starts-with(${nombre}, 'María')", True), ("ends-with(${nombre}, 'Ñauta')", True), ("substr('hello', 2, 3)", "l"),
        ("substr('hello', 0, 2)", "he"), ("substr('hello', 3)", "lo"), ("substr('hello', -2)", "lo"),
        ("substr('hello', -4, -1)", "ell"), ("substr('hello', 3, 1)", ""), ("substr('hello', 9)", ""),
        ("substr('hello', -9, 9)", "hello"), ("substr('hello', 'x', 1)", "h"), ("substr('hello', 1.9, 2.9)", "e"),
        ("substr('hello', 1, 1 div 0)", "ello"), ("substring-before('a-b-c', '-')", "a"),
        ("substring-after('a-b-c', '-')", "b-c"), ("substring-before('abc', 'x')", ""), ("substring-after('abc', 'x')", ""),
        ("substring-before('abc', '')", ""), ("substring-after('abc', '')", "abc"), ("translate('bar', 'abc', 'ABC')", "BAr"),
        ("translate('--aaa--', 'abc-', 'ABC')", "AAA"), ("translate('aa', 'aa', 'xy')", "xx"),
        ("translate('ñu', 'ñ', 'n')", "nu"), ("normalize-space('  a \n b  ')", "a b"),
        ("concat('a', 1, true(), ${nada})", "a1true"), ("concat(${temas}, '!')", "agua luz!"), ("string(1.50)", "1.5"),
        ("join(', ', 'a', 'b', ${edad})", "a, b, 34"), ("join('-', 'a')", "a"),
        # ── numbers as texts, texts as numbers ──
        ("concat(1.0)", "1"), ("concat(-0.5)", "-0.5"), ("concat(-0)", "0"), ("concat(${largo})", "123456789012"),
        ("concat(${minimo})", "0.0000001"), ("concat(1 div 3)", "0.3333333333333333"), ("concat(1 div 0)", "Infinity"),
        ("concat(-1 div 0)", "-Infinity"), ("concat(10000000000000000000000)", "10000000000000000000000"),
        ("number(' 42 ')", 42), ("number('-.5')", -0.5), ("number('4.')", 4), ("number('1e3')", ""), ("number('+1')", ""),
        ("number('1,5')", ""), ("number('abc')", ""), ("number('- 1')", ""), ("number(true())", 1), ("number('Infinity')", ""),
        ("number('٣')", ""), ("number(${temas})", ""),
        # ── numbers ──
        ("int(1.9)", 1), ("int(-1.9)", -1), ("int('x')", ""), ("int(1 div 0)", "Infinity"), ("floor(1.9)", 1),
        ("floor(-1.1)", -2), ("ceiling(1.1)", 2), ("ceiling(-1.9)", -1), ("floor('')", ""), ("round(1.5)", 2),
        ("round(2.5)", 3), ("round(-1.5)", -1), ("round(-2.5)", -2), ("round(1.2345, 2)", 1.23), ("round(2.675, 2)", 2.68),
        ("round(1235.5, -2)", 1200), ("round(1250, -2)", 1300), ("round('x')", ""), ("round(1 div 0, 2)", "Infinity"),
        ("round(1.5, 31)", ""), ("round(1.5, 'x')", ""), ("abs(-3)", 3), ("abs('x')", ""), ("pow(2, 10)", 1024),
        ("pow(2, -1)", 0.5), ("pow(-8, 0.5)", ""), ("pow(0, -1)", "Infinity"), ("pow(10, 400)", "Infinity"),
        ("pow(-10, 401)", "-Infinity"), ("sqrt(16)", 4), ("sqrt(-1)", ""), ("exp(0)", 1), ("exp(1000)", "Infinity"),
        ("exp10(3)", 1000), ("exp10(400)", "Infinity"), ("log10(1000)", 3), ("log(0)", "-Infinity"), ("log(-1)", ""),
        ("log(exp(2))", 2), ("min(3, 1, 2)", 1), ("max(3, 1, 2)", 3), ("max(-5, -2)", -2), ("min('x', 2)", 2), ("max('x')", ""),
        # ── choosing ──
        ("if(${edad} > 18, 'adulto', 'menor')", "adulto"), ("if(${nada} > 18, 'adulto', 'menor')", "menor"),
        ("if('', 1, 2)", 2), ("if(${nada} != '', 1 div 0, -1)", -1), ("coalesce(${nada}, 'b')", "b"),
        ("coalesce(${edad}, 'b')", 34), ("coalesce('', number(''), 0)", 0), ("coalesce('', '')", ""),
        # ── places and files ──
        ("${lugar}", "-1.6635 -78.6546 0 12"), ("${parque}", "La Madre"), ("${foto}", "f/1"), ("${papel}", "plano.pdf"),
        ("${hecho}", '{"n": 1}'), ("selected-at(${lugar}, 1)", "-78.6546"),
    ],
)  # fmt: skip
def test_values(source: str, expected: object) -> None:
    result = value(source, ANSWERS, current=34)
    assert result == expected
    assert type(result) is type(expected)


def test_a_result_can_always_be_stored() -> None:
    assert value("pi()") == math.pi
    assert value("${minimo}", {"minimo": math.nan}) == ""
    assert value("${enorme}", {"enorme": -(10**400)}) == "-Infinity"
    assert value("9007199254740992") == 2.0**53
    assert isinstance(value("9007199254740992"), float)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("regex(., '[0-9]{10}')", True),
        ("regex(., '^[0-9]{10}$')", True),
        ("regex(., '[0-9]{9}')", False),
        ("regex(., '[0-9]')", False),
        ("regex(., '')", False),
        ("regex('', '')", True),
        ("regex(${nada}, '.+')", False),
        ("regex('a@b.ec', '[^@\\s]+@[^@\\s]+\\.[^@\\s]+')", True),
        ("regex('Ñandú', '\\p{L}+')", True),
        ("regex('a|b', 'a|b')", False),
        ("regex('b', 'a|b')", True),
        # patterns that are known only when they are tried
        ("regex(., concat('[0-9]', '{10}'))", True),
        ("regex('x', ${patron})", True),
        ("regex('a', ${malo})", False),
        ("regex('a', ${mirada})", False),
        ("regex('a', ${larguisimo})", False),
        # half of a surrogate pair is no character that a pattern could match or hold
        ("regex(${medio}, '.')", False),
        ("regex('a', ${medio})", False),
    ],
)
def test_a_pattern_must_match_the_whole_value(source: str, expected: bool) -> None:
    answers: dict[str, Value] = {"patron": "x+", "malo": "(a", "mirada": "(?=a)a", "larguisimo": "a?" * 101, "medio": "\ud83c"}
    assert value(source, answers, current="0991234567") is expected


def test_only_what_is_needed_is_evaluated() -> None:
    world = World(answers={"a": "si", "b": 1, "c": 2})
    assert evaluate(parse("if(${a} = 'si', ${b}, ${c})"), world) == 1
    assert evaluate(parse("${a} = 'si' or ${c} = 2"), world) is True
    assert evaluate(parse("${a} = 'no' and ${c} = 2"), world) is False
    assert "c" not in world.asked


def test_repeats_are_seen_whole_by_what_gathers() -> None:
    world = World(
        answers={"edad": 7},
        instances={"edad": [34, None, 7, "19", ""], "nombre": ["Ana", "Bía", "Caio"], "hogar": [None] * 3, "pobre": ["", None]},
        position=(2, 3),
    )
    table: dict[str, object] = {
        "sum(${edad})": 60,
        "count(${edad})": 5,
        "count-non-empty(${edad})": 3,
        "min(${edad})": 7,
        "max(${edad})": 34,
        "join(', ', ${nombre})": "Ana, Bía, Caio",
        "count(${hogar})": 3,
        "count(${nunca})": 0,
        "sum(${nunca})": 0,
        "max(${nunca})": "",
        "sum(${pobre})": 0,
        "min(${pobre})": "",
        "join('-', ${nunca})": "",
        "sum(2 + 3)": 5,
        "count('x')": 1,
        "count-non-empty('')": 0,
        # several arguments, and everything else, mean this instance
        "max(${edad}, 5)": 7,
        "join('-', ${edad}, 'x')": "7-x",
        "${edad}": 7,
        "position(..)": 3,
        "position(../..)": 2,
        "position(../../..)": 2,
    }
    assert {source: evaluate(parse(source), world) for source in table} == table
    assert evaluate(parse("position(..)"), World()) == 1


def test_once_keeps_what_there_is() -> None:
    assert value("once(1 + 1)") == 2
    assert value("once(1 + 1)", current="") == 2
    assert value("once(1 + 1)", current=[]) == 2
    assert value("once(1 + 1)", current=math.nan) == 2
    assert value("once(1 + 1)", current="antes") == "antes"
    assert value("once(1 + 1)", current=0) == 0
    assert value("once(1 + 1)", current=False) is False


def test_choices_are_shown_by_their_labels() -> None:
    labels = {("canton", "puyo"): "Puyo", ("temas", "agua"): "Agua potable", ("temas", "luz"): "Luz eléctrica"}
    world = World(answers={"canton": "puyo", "temas": ["agua", "luz"]}, labels=labels)
    assert evaluate(parse("jr:choice-name(${canton}, '${canton}')"), world) == "Puyo"
    assert evaluate(parse("jr:choice-name('otro', '${canton}')"), world) == "otro"
    assert evaluate(parse("jr:choice-name(${temas}, '${temas}')"), world) == "Agua potable, Luz eléctrica"
    assert evaluate(parse("jr:choice-name(selected-at(${temas}, 1), '${temas}')"), world) == "Luz eléctrica"
    assert evaluate(parse("jr:choice-name(${nada}, '${temas}')"), world) == ""


def test_a_filter_sees_the_columns_of_a_choice() -> None:
    columns = {"provincia": "chimborazo", "name": "riobamba", "habitantes": "264048"}
    world = World(answers={"provincia": "chimborazo"}, columns=columns)
    assert evaluate(parse("provincia = ${provincia} and habitantes > 1000"), world) is True
    assert evaluate(parse("name != 'riobamba' or nada != ''"), world) is False


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", False),
        ("0", True),
        (0, False),
        (0.0, False),
        (-1, True),
        (math.nan, False),
        (math.inf, True),
        (True, True),
        (False, False),
        (None, False),
        ([], False),
        (["a"], True),
    ],
)
def test_truth(given: object, expected: bool) -> None:
    assert truth(given) is expected
