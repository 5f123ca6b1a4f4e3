"""An expression compiled to nested closures: made once when the flow is loaded, run for every turn."""

from __future__ import annotations

import difflib
import math
import operator
from collections.abc import Callable
from typing import Final

from bot.engine.expressions.errors import BudgetError, ExpressionError
from bot.engine.expressions.expression import Expression
from bot.engine.expressions.forms import FORMS
from bot.engine.expressions.functions import PLAIN_FUNCTIONS, Function
from bot.engine.expressions.parser import read
from bot.engine.expressions.run import Code, Run
from bot.engine.expressions.scope import Scope
from bot.engine.expressions.tree import (
    Call,
    Chain,
    Column,
    Current,
    Negation,
    Number,
    Operator,
    Parent,
    Reference,
    Text,
    Tree,
    walk,
)
from bot.engine.expressions.values import NAN, Plain, equal, number, plain, text, truth

BUDGET: Final = 10_000
"""Steps that an evaluation may cost where nobody says otherwise."""

_EXACT: Final = 2.0**53
_ALIASES: Final = {
    "len": "string-length",
    "length": "string-length",
    "substring": "substr",
    "trim": "normalize-space",
    "ceil": "ceiling",
    "is-selected": "selected",
    "choice-name": "jr:choice-name",
}


def parse(source: str) -> Expression:
    """Returns the expression that `source` writes, checked and ready to evaluate.

    Raises ExpressionError: syntax, unknown_function, arity, regex, too_long, too_deep.
    """
    tree = read(source)
    code = _compiled(tree)
    nodes = list(walk(tree))
    return Expression(
        source=source,
        tree=tree,
        names=frozenset(node.name for node in nodes if isinstance(node, Reference)),
        columns=frozenset(node.name for node in nodes if isinstance(node, Column)),
        current=any(isinstance(node, Current) for node in nodes),
        code=code,
        size=len(nodes),
    )


def evaluate(expression: Expression, scope: Scope, budget: int = BUDGET) -> str | int | float | bool:
    """Returns the value of an expression: a text, a number (int where it is whole), or a truth.

    A number that is none is '' (no answer), one without bounds the text 'Infinity' or '-Infinity': every result can be stored.
    Raises BudgetError where it costs more steps than `budget`, and nothing else: all nodes are paid at the start, whether or
    not an `if` takes them, then what texts, instances and patterns cost.
    """
    run = Run(scope, budget)
    run.spend(expression.size)
    value = expression.code(run)
    if not isinstance(value, float):
        return value
    if value.is_integer():
        return int(value) if abs(value) < _EXACT else value
    if math.isnan(value):
        return ""
    return value if math.isfinite(value) else text(value)


def _compiled(tree: Tree) -> Code:
    match tree:
        case Number(value=value):
            return lambda _: value
        case Text(value=written):
            return lambda _: written
        case Reference(name=name):
            return lambda run: plain(run.scope.value(name))
        case Column(name=name):
            return lambda run: run.scope.column(name)
        case Current():
            return lambda run: plain(run.scope.current)
        case Parent(at=at):
            raise ExpressionError("syntax", "..", at, "parent")
        case Call():
            return _call(tree)
        case Negation(operand=operand):
            inner = _compiled(operand)
            return lambda run: -number(inner(run), run)
        case Chain(first=first, rest=rest):
            return _chain(first, rest)


def _call(call: Call) -> Code:
    form = FORMS.get(call.function)
    function = PLAIN_FUNCTIONS.get(call.function)
    known = form or function
    if known is None:
        raise ExpressionError("unknown_function", _suggestion(call.function), call.at)
    if not known.signature.takes(len(call.arguments)):
        raise ExpressionError("arity", known.signature.form, call.at)
    if form is not None:
        return form.build(call, _compiled)
    assert function is not None  # because `known` is one of the two
    return _applied(function, [_compiled(node) for node in call.arguments])


def _applied(function: Function, arguments: list[Code]) -> Code:
    apply = function.apply
    match arguments, function.asks:
        case [], True:
            return apply
        case [one], True:
            return lambda run: apply(run, one(run))
        case [one], False:
            return lambda run: apply(one(run))
        case [one, two], False:
            return lambda run: apply(one(run), two(run))
        case _, True:
            return lambda run: apply(run, *[argument(run) for argument in arguments])
        case _:
            return lambda run: apply(*[argument(run) for argument in arguments])


def _suggestion(name: str) -> str:
    """Returns the unknown name and, where one is near, the function that may have been meant."""
    folded = name.lower().replace("_", "-")
    known = [*FORMS, *PLAIN_FUNCTIONS]
    near = [_ALIASES[folded]] if folded in _ALIASES else difflib.get_close_matches(folded, known, n=1, cutoff=0.7)
    return f"{name} → {near[0]}" if near else name


# ── operators ────────────────────────────────────────────────────────────────────────────────────────────────────────

Apply = Callable[[Plain, Plain, Run], Plain]


def _chain(first: Tree, rest: tuple[tuple[Operator, Tree], ...]) -> Code:
    start = _compiled(first)
    sign = rest[0][0]
    if sign in ("or", "and"):
        return _connected(sign == "or", [start, *(_compiled(node) for _, node in rest)])
    if len(rest) == 1:
        apply, right = _OPERATORS[sign], _compiled(rest[0][1])
        return lambda run: apply(start(run), right(run), run)
    links = [(_OPERATORS[sign], _compiled(node)) for sign, node in rest]

    def chain(run: Run) -> Plain:
        value = start(run)
        for apply, code in links:
            value = apply(value, code(run), run)
        return value

    return chain


def _connected(wanted: bool, codes: list[Code]) -> Code:
    """`or` looks for the first operand that holds, `and` for the first that does not; what comes after is not evaluated."""

    def connected(run: Run) -> bool:
        for code in codes:
            if truth(code(run)) is wanted:
                return wanted
        return not wanted

    return connected


def _compared(compare: Callable[[float, float], bool]) -> Apply:
    def apply(left: Plain, right: Plain, run: Run) -> bool:
        return compare(number(left, run), number(right, run))

    return apply


def _calculated(calculate: Callable[[float, float], float]) -> Apply:
    def apply(left: Plain, right: Plain, run: Run) -> float:
        return calculate(number(left, run), number(right, run))

    return apply


def _divided(left: float, right: float) -> float:
    """IEEE 754's division: by zero it has no bounds, or is no number."""
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return NAN
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _remainder(left: float, right: float) -> float:
    """XPath's mod: the remainder has the sign of the left side."""
    if right == 0 or not math.isfinite(left) or math.isnan(right):
        return NAN
    return math.fmod(left, right)


_OPERATORS: Final[dict[str, Apply]] = {
    "=": equal,
    "!=": lambda left, right, run: not equal(left, right, run),
    "<": _compared(operator.lt),
    "<=": _compared(operator.le),
    ">": _compared(operator.gt),
    ">=": _compared(operator.ge),
    "+": _calculated(operator.add),
    "-": _calculated(operator.sub),
    "*": _calculated(operator.mul),
    "div": _calculated(_divided),
    "mod": _calculated(_remainder),
}

__all__ = ["BUDGET", "BudgetError", "evaluate", "parse"]
