"""What an expression may cost, and that nothing a flow or a resident writes makes it raise anything else."""

from __future__ import annotations

import math
import sys
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from bot.engine.expressions import BudgetError, Expression, ExpressionError, evaluate, parse, parse_template, truth
from bot.engine.expressions.forms import FORMS
from bot.engine.expressions.functions import PLAIN_FUNCTIONS
from bot.vocabulary import Value
from tests.engine.expressions_world import World
from tests.luck import examples


def cost(source: str, world: World) -> int:
    """Returns the least budget that is enough."""
    expression = parse(source)
    low, high = 0, 1_000_000
    while low < high:
        middle = (low + high) // 2
        try:
            evaluate(expression, world, middle)
            high = middle
        except BudgetError:
            low = middle + 1
    return low


@pytest.mark.parametrize(
    ("source", "steps"),
    [
        ("1", 1),
        ("1 + 2 * 3", 5),
        ("if(1, 2, 3)", 4),
        ("${texto}", 1),
        ("concat(${texto}, ${texto})", 3 + 12_800 // 64),
        ("join('', ${texto}, ${texto})", 4 + 12_800 // 64),
        ("translate(${texto}, 'x', 'y')", 4 + 6_400 // 64),
        ("sum(${muchos})", 2 + 500),
        ("count(${muchos})", 2 + 500),
        ("join('', ${muchos})", 3 + 500 + 500 // 64),
        ("regex(${texto}, 'x*')", 3 + 6_400 // 16),
        ("regex('x', ${patron})", 3 + 100 + 4),
        ("format-date('2026-01-01', ${texto})", 3 + 6_400 // 16 + 6_400 // 64),
        ("jr:choice-name('a b c', '${texto}')", 3 + 3),
    ],
)
def test_steps_are_counted(source: str, steps: int) -> None:
    world = World(answers={"texto": "x" * 6_400, "patron": "x{1}"}, instances={"muchos": [1] * 500})
    assert cost(source, world) == steps


def test_the_budget_is_kept() -> None:
    world = World(instances={"a": [1] * 20_000})
    with pytest.raises(BudgetError) as caught:
        evaluate(parse("sum(${a})"), world)
    assert (caught.value.code, caught.value.detail) == ("budget", "steps")
    assert evaluate(parse("sum(${a})"), world, 30_000) == 20_000


def test_a_text_that_is_made_is_bounded_but_an_answer_is_not() -> None:
    world = World(answers={"a": "x" * 20_000, "b": "x" * 20_001})
    assert evaluate(parse("concat(${a}, '')"), world) == "x" * 20_000
    assert evaluate(parse("${b}"), world) == "x" * 20_001
    for source in ("concat(${a}, 'y')", "concat(${b})", "translate(${b}, 'a', 'b')", "jr:choice-name(${b}, '${b}')"):
        with pytest.raises(BudgetError) as caught:
            evaluate(parse(source), world)
        assert caught.value.detail == "length"


def test_no_expression_that_fits_the_page_is_too_dear_for_the_default_budget() -> None:
    assert evaluate(parse("+".join(["1"] * 2_000)), World()) == 2_000


def test_a_hostile_pattern_is_bounded() -> None:
    hostile = "(x+x+)+y"
    world = World(answers={"a": "x" * 20_000, "b": hostile, "c": "((a{0,30}){0,30}){0,30}"})
    assert evaluate(parse(f"regex(${{a}}, '{hostile}')"), world) is False
    assert evaluate(parse("regex(${a}, ${b})"), world) is False
    assert evaluate(parse("regex(${a}, ${c})"), world) is False
    with pytest.raises(BudgetError):
        evaluate(parse(" or ".join(["regex(${a}, ${b})"] * 10)), world)


def test_the_deepest_expression_needs_little_of_the_stack() -> None:
    # each pair of brackets holds every rank of operators, so that parsing nests as deep as it ever may
    source = "(1 or 1 and 1 = 1 < 1 + 1 * -" * 7 + "1" + ")" * 7
    deep = parse(source)
    brackets = "(1 or 1 and 1 = 1 < 1 + 1 * " * 50 + "1" + ")" * 50
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(_frames() + 150)
        assert evaluate(deep, World()) is True
        sys.setrecursionlimit(_frames() + 300)
        with pytest.raises(ExpressionError, match="too_deep"):
            parse(brackets)
    finally:
        sys.setrecursionlimit(limit)


def _frames() -> int:
    frame, count = sys._getframe(), 0
    while frame.f_back is not None:
        frame, count = frame.f_back, count + 1
    return count


# ── whatever is written ──────────────────────────────────────────────────────────────────────────────────────────────

NAMES = ["a", "b", "c", "d"]

_pieces = st.sampled_from(
    [
        *FORMS,
        *PLAIN_FUNCTIONS,
        "(",
        ")",
        ",",
        "(",
        ")",
        ",",
        ".",
        "..",
        "/",
        "+",
        "-",
        "*",
        " div ",
        " mod ",
        " and ",
        " or ",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "${a}",
        "${b}",
        "${",
        "}",
        "'",
        '"',
        "“",
        "”",
        "’",
        "–",
        "1",
        "0.5",
        ".5",
        "'x'",
        "'2026-01-01'",
        "name",
        " ",
        "'%Y-%b-%3'",
        "'(a'",
        "\n",
        "@",
        "[",
        "|",
        "$",
        "\\",
        "\x00",
        "ñ",
        "🌱",
        "\ud800",
    ]
)

_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=40)
    | st.dates().map(lambda day: day.isoformat())
    | st.datetimes().map(lambda moment: moment.isoformat())
    | st.datetimes(timezones=st.just(timezone(timedelta(hours=14)))).map(lambda moment: moment.isoformat())
    | st.times().map(lambda time: time.isoformat())
    | st.sampled_from(["x" * 20_001, "(a+)+$", "1e999", "-0", "9" * 5_000, "%Y" * 9_000])
)
_values = (
    _scalars
    | st.lists(st.text(max_size=8), max_size=4)
    | st.dictionaries(st.sampled_from(["lat", "lon", "accuracy", "place", "name", "x"]), _scalars, max_size=4)
)
_worlds = st.builds(
    World,
    answers=st.dictionaries(st.sampled_from(NAMES), _values),
    instances=st.dictionaries(st.sampled_from(NAMES), st.lists(_values, max_size=4)),
    columns=st.dictionaries(st.sampled_from([*NAMES, "name"]), st.text(max_size=8)),
    current=_values,
    now=st.sampled_from(
        [
            datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=-5))),
            datetime.min.replace(tzinfo=timezone(timedelta(hours=-12))),
            datetime.max.replace(tzinfo=timezone(timedelta(hours=14))),
        ]
    ),
    position=st.lists(st.integers(1, 9), max_size=3).map(tuple),
)


def _read(source: str) -> Expression | ExpressionError:
    try:
        return parse(source)
    except ExpressionError as error:
        return error


@examples(400)
@given(st.text() | st.lists(_pieces, max_size=30).map("".join))
@example("'")
@example("${")
@example("regex('a', '\ud800')")
@example("jr:choice-name(")
@example("\x00")
@example("9" * 4_000)
def test_reading_anything_raises_nothing_but_what_is_told(source: str) -> None:
    found = _read(source)
    if isinstance(found, ExpressionError):
        assert 0 <= found.position <= len(source)
        assert found.code in {"syntax", "unknown_function", "arity", "regex", "too_long", "too_deep"}
    else:
        assert found.source == source


@examples(200)
@given(st.text() | st.lists(_pieces, max_size=30).map("".join))
def test_reading_any_text_with_places_raises_nothing_but_what_is_told(source: str) -> None:
    try:
        template = parse_template(source)
    except ExpressionError as error:
        position = error.position
    else:
        assert "".join(part if isinstance(part, str) else f"${{{part.name}}}" for part in template.parts) == source
        return
    assert source.startswith("${", position)


def _leaf() -> st.SearchStrategy[str]:
    return st.sampled_from(
        [
            *(f"${{{name}}}" for name in NAMES),
            ".",
            "name",
            "1",
            "0",
            "2.5",
            "99999999999999999999",
            "''",
            "'x'",
            "'a b'",
            "'2026-02-28'",
            "'14:30'",
            "'%d de %b, %a %3'",
            "'no es (un patrón'",
            "today()",
            "now()",
            "true()",
            "pi()",
        ]
    )


def _call(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def arguments(name: str) -> st.SearchStrategy[str]:
        known = FORMS[name].signature if name in FORMS else PLAIN_FUNCTIONS[name].signature
        most = known.least + 2 if known.most is None else known.most
        if name == "position":
            return st.sampled_from(["position(..)", "position(../..)"])
        if name == "indexed-repeat":
            return inner.map(lambda one: f"indexed-repeat(${{a}}, ${{b}}, {one})")
        if name == "jr:choice-name":
            return inner.map(lambda one: f"jr:choice-name({one}, '${{a}}')")
        return st.lists(inner, min_size=known.least, max_size=most).map(lambda found: f"{name}({', '.join(found)})")

    return st.sampled_from([*FORMS, *PLAIN_FUNCTIONS]).flatmap(arguments)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"])
    return st.tuples(inner, signs, inner).map(lambda three: f"({three[0]} {three[1]} -{three[2]})")


_sources = st.recursive(_leaf(), lambda inner: _call(inner) | _joined(inner), max_leaves=12)


@examples(600)
@given(_sources, _worlds)
@example("date-time('0001-01-01')", World(now=datetime.max.replace(tzinfo=timezone(timedelta(hours=14)))))
@example("round(${a}, 30) + round(${a}, -30)", World(answers={"a": sys.float_info.max}))
@example("concat(${a}, ${b})", World(answers={"a": 5e-324, "b": 10**5_000}))
@example("${a} = ${b}", World(answers={"a": "2026-99-99", "b": "2026-99-98"}))
def test_evaluating_anything_raises_nothing_but_its_cost(source: str, world: World) -> None:
    expression = _read(source)
    if isinstance(expression, ExpressionError):
        assert expression.code in {"regex", "too_deep"}
        reject()
    try:
        result = evaluate(expression, world)
    except BudgetError:
        return
    assert type(result) in {str, int, float, bool}
    assert not isinstance(result, float) or math.isfinite(result)
    assert isinstance(truth(result), bool)


@examples(100)
@given(_sources, _worlds)
def test_the_same_world_gives_the_same_value(source: str, world: World) -> None:
    expression = _read(source)
    if isinstance(expression, ExpressionError):
        reject()
    try:
        first: Value = evaluate(expression, world)
    except BudgetError:
        with pytest.raises(BudgetError):
            evaluate(parse(source), world)
    else:
        assert evaluate(parse(source), world) == first
