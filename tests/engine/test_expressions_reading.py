"""Expressions from source to tree: precedence, words, and what is wrong told with its place."""

from __future__ import annotations

import pytest

from bot.engine.expressions import ExpressionError, parse, walk
from bot.engine.expressions.tree import Call, Chain, Column, Current, Negation, Number, Parent, Reference, Text, Tree
from tests.engine.expressions_world import value


def written(tree: Tree) -> str:
    """Returns the tree as brackets, to compare by eye."""
    match tree:
        case Number(value=number):
            return f"{number:g}"
        case Text(value=text):
            return repr(text)
        case Reference(name=name):
            return "$" + name
        case Column(name=name):
            return name
        case Current():
            return "."
        case Parent(levels=levels):
            return "/".join([".."] * levels)
        case Negation(operand=operand):
            return f"(-{written(operand)})"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(written, arguments))})"
        case Chain(first=first, rest=rest):
            return "(" + written(first) + "".join(f" {sign} {written(node)}" for sign, node in rest) + ")"


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("(1 + 2) * 3", "((1 + 2) * 3)"),
        ("1 - 2 - 3", "(1 - 2 - 3)"),
        ("8 div 4 mod 3 * 2", "(8 div 4 mod 3 * 2)"),
        ("1 or 2 and 3", "(1 or (2 and 3))"),
        ("1 and 2 or 3 and 4", "((1 and 2) or (3 and 4))"),
        ("1 = 2 and 3 != 4", "((1 = 2) and (3 != 4))"),
        ("1 = 2 = 3", "(1 = 2 = 3)"),
        ("1 < 2 = 3 > 4", "((1 < 2) = (3 > 4))"),
        ("1 + 2 < 3 + 4", "((1 + 2) < (3 + 4))"),
        ("-1 + 2", "((-1) + 2)"),
        ("-${a} * 2", "((-$a) * 2)"),
        ("- - ${a}", "(-(-$a))"),
        ("---${a}", "(-$a)"),
        ("2 - -1", "(2 - (-1))"),
        ("not(${a}) or ${b}", "(not($a) or $b)"),
        ("if(${a}, 'x', \"y\")", "if($a, 'x', 'y')"),
        ("today()-365", "(today() - 365)"),
        ("a-b - c", "(a-b - c)"),
        (".5 + 1. + . ", "(0.5 + 1 + .)"),
        (".>=15 and .<=120", "((. >= 15) and (. <= 120))"),
        ("selected (., 'no')", "selected(., 'no')"),
        ("canton=${canton} and name != 'x'", "((canton = $canton) and (name != 'x'))"),
        ("div div mod", "(div div mod)"),
        ("${a} and and", "($a and and)"),
        ("../edad + ../../grupo.edad", "($edad + $grupo.edad)"),
        ("province = current()/../province", "(province = $province)"),
        ("position(..) + position(../..)", "(position(..) + position(../..))"),
        ("jr:choice-name(${a}, '${b}')", "jr:choice-name($a, $b)"),
        ("jr:choice-name(${a}, ${b})", "jr:choice-name($a, $b)"),
        ("${año} = ${ñandú-2.b_c}", "($año = $ñandú-2.b_c)"),
        ("\u00a0 ${a}\n=\t1\u200b", "($a = 1)"),
    ],
)
def test_the_tree_is_xpaths(source: str, tree: str) -> None:
    assert written(parse(source).tree) == tree


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("“si” = 'si'", True),
        ("‘si’ = ’si’", True),
        ('\'si’ = "si"', True),
        ("5 – 3", 2),
        ("5 — 3 − 1", 1),
        ("‑1 + 2", 1),
        # inside straight marks the typographic ones are what the author wants to find
        ("contains('dijo “hola”', '“')", True),
        ("'it’s' = \"it’s\"", True),
        ("'a–b'", "a–b"),
        ("string-length('\u00a0')", 1),
    ],
)
def test_typographic_marks_are_straight_outside_texts(source: str, expected: object) -> None:
    assert value(source) == expected


@pytest.mark.parametrize(
    ("source", "code", "reason", "position", "detail"),
    [
        ("", "syntax", "end", 0, ""),
        ("  ", "syntax", "end", 2, ""),
        ("1 +", "syntax", "end", 3, ""),
        ("(1 + 2", "syntax", "end", 6, ""),
        ("concat('a', ", "syntax", "end", 12, ""),
        ("1 2", "syntax", "unexpected", 2, "2"),
        ("1 + * 2", "syntax", "unexpected", 4, "* 2"),
        ("${a} == 1", "syntax", "unexpected", 6, "= 1"),
        ("${a} = 1 AND ${b} = 2", "syntax", "unexpected", 9, "AND ${b} = 2"),
        ("concat('a',)", "syntax", "unexpected", 11, ")"),
        ("(1, 2)", "syntax", "unexpected", 2, ", 2)"),
        ("()", "syntax", "unexpected", 1, ")"),
        ("1)", "syntax", "unexpected", 1, ")"),
        ("5x", "syntax", "unexpected", 1, "x"),
        ("${a} & ${b}", "syntax", "unexpected", 5, "& ${b}"),
        ("not ${a}", "syntax", "unexpected", 4, "${a}"),
        ("1 = 'abc", "syntax", "text", 4, "'abc"),
        ("1 = ”", "syntax", "text", 4, "”"),
        ("${a b} = 1", "syntax", "reference", 0, "${a b} = 1"),
        ("1 + ${a", "syntax", "reference", 4, "${a"),
        ("${} = 1", "syntax", "reference", 0, "${} = 1"),
        ("$a = 1", "syntax", "reference", 0, "$a = 1"),
        ("${1a}", "syntax", "reference", 0, "${1a}"),
        ("${last-saved#a}", "syntax", "reference", 0, "${last-saved#a}"),
        ("/data/a = 1", "syntax", "path", 0, "/data/a = 1"),
        ("${a}/b", "syntax", "path", 4, "/b"),
        ("../a/b", "syntax", "path", 4, "/b"),
        ("./a", "syntax", "path", 1, "/a"),
        ("a/b", "syntax", "path", 1, "/b"),
        ("../1", "syntax", "path", 0, "../1"),
        ("current()/a", "syntax", "path", 0, "current()/a"),
        ("current()/..", "syntax", "parent", 0, ".."),
        ("today()/a", "syntax", "path", 7, "/a"),
        ("instance('x')/root/item[name = 1]", "syntax", "path", 23, "[name = 1]"),
        ("${a} | ${b}", "syntax", "path", 5, "| ${b}"),
        ("@id", "syntax", "path", 0, "@id"),
        ("..", "syntax", "parent", 0, ".."),
        ("1 + count(..)", "syntax", "parent", 10, ".."),
        ("position(${a})", "syntax", "parent", 9, "position(..)"),
        ("jr:choice-name(${a}, 'b')", "syntax", "choice_name", 21, "'b')"),
        ("jr:choice-name(${a}, ${b} = 1)", "syntax", "choice_name", 26, "= 1)"),
        ("1 + slected(${a}, 'x')", "unknown_function", "", 4, "slected → selected"),
        ("IF(1, 2, 3)", "unknown_function", "", 0, "IF → if"),
        ("string_length('a')", "unknown_function", "", 0, "string_length → string-length"),
        ("len('a')", "unknown_function", "", 0, "len → string-length"),
        ("choice-name(${a}, '${a}')", "unknown_function", "", 0, "choice-name → jr:choice-name"),
        ("pulldata('a', 'b', 'c', 'd')", "unknown_function", "", 0, "pulldata"),
        ("area()", "unknown_function", "", 0, "area"),
        ("property()", "unknown_function", "", 0, "property"),
        ("current()", "unknown_function", "", 0, "current"),
        ("if(1, 2)", "arity", "", 0, "if(a, b, c)"),
        ("1 + round()", "arity", "", 4, "round(a[, n])"),
        ("round(1, 2, 3)", "arity", "", 0, "round(a[, n])"),
        ("concat()", "arity", "", 0, "concat(a, …)"),
        ("coalesce('a')", "arity", "", 0, "coalesce(a, b, …)"),
        ("join(',')", "arity", "", 0, "join(a, b, …)"),
        ("today(1)", "arity", "", 0, "today()"),
        ("substr('a')", "arity", "", 0, "substr(a, n[, m])"),
        ("position()", "arity", "", 0, "position(..)"),
        ("sum(${a}, ${b})", "arity", "", 0, "sum(a)"),
        ("jr:choice-name(${a})", "arity", "", 0, "jr:choice-name(a, '${b}')"),
        ("regex(., '^(?=.*[0-9]).+$')", "regex", "look_around", 9, "(?="),
        ("regex(., '(?!a)b')", "regex", "look_around", 9, "(?!"),
        ("regex(., '(?<=a)b')", "regex", "look_around", 9, "(?<="),
        ("regex(., '(?<!a)b')", "regex", "look_around", 9, "(?<!"),
        (r"regex(., '(a)\1')", "regex", "back_reference", 9, r"\1"),
        ("regex(., '[0-9')", "regex", "pattern", 9, "[0-9"),
        ("regex(., 'a{2000}')", "regex", "pattern", 9, "{2000}"),
        ("regex(., '(?>a)')", "regex", "pattern", 9, "(?>"),
        ("regex(., 'a\ud83c')", "regex", "pattern", 9, "a?"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(source: str, code: str, reason: str, position: int, detail: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    error = caught.value
    assert (error.code, error.reason, error.position, error.detail) == (code, reason, position, detail)


def test_an_error_reads_well_in_a_log() -> None:
    with pytest.raises(ExpressionError, match=r"^syntax/unexpected at 2: 2$"):
        parse("1 2")
    with pytest.raises(ExpressionError, match=r"^arity at 0: int\(a\)$"):
        parse("int()")


def test_length_is_bounded() -> None:
    assert value("1" + " " * 3_999) == 1
    with pytest.raises(ExpressionError) as caught:
        parse("1" + " " * 4_000)
    assert (caught.value.code, caught.value.position, caught.value.detail) == ("too_long", 4_000, "4001 > 4000")


def test_depth_is_bounded() -> None:
    assert value("(" * 50 + "1" + ")" * 50) == 1
    assert value("not(" * 49 + "1" + ")" * 49) is False
    assert value("-" * 3_000 + "1") == 1
    for source in ("(" * 51 + "1" + ")" * 51, "not(" * 50 + "1" + ")" * 50, "not(" * 790 + "1" + ")" * 790):
        with pytest.raises(ExpressionError) as caught:
            parse(source)
        assert caught.value.code == "too_deep"
        assert source[caught.value.position] in "(1"


def test_a_long_list_of_alternatives_is_not_deep() -> None:
    source = " or ".join(f"${{a}} = {number}" for number in range(250))
    assert value(source, {"a": 249}) is True
    assert value(source, {"a": 250}) is False
    assert value("+".join(["1"] * 1_900)) == 1_900


def test_what_an_expression_uses_is_known() -> None:
    expression = parse("canton = ${canton} and jr:choice-name(${a}, '${b}') = . and sum(${c}) > current()/../d")
    assert expression.names == {"canton", "a", "b", "c", "d"}
    assert expression.columns == {"canton"}
    assert expression.current is True
    assert parse("1").current is False
    assert parse("1").names == frozenset()


def test_places_point_into_the_source() -> None:
    source = "${a} + concat('x', -b) * ."
    places = {type(node).__name__: source[node.at :] for node in walk(parse(source).tree)}
    assert places["Reference"].startswith("${a}")
    assert places["Call"].startswith("concat(")
    assert places["Text"].startswith("'x'")
    assert places["Negation"].startswith("-b")
    assert places["Column"].startswith("b)")
    assert places["Current"] == "."


def test_expressions_of_one_source_are_equal() -> None:
    one, two, other = parse("${a} = 1"), parse("${a} = 1"), parse("${a}=1")
    assert one == two
    assert hash(one) == hash(two)
    assert one != other
    assert len({one, two, other}) == 2
    assert repr(one) == "Expression(source='${a} = 1')"
