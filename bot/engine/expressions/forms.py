"""The functions that look at more than plain values: at only some of their arguments, at whole repeats, at the tree itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.engine.expressions.errors import ExpressionError
from bot.engine.expressions.parser import CHOICE_NAME
from bot.engine.expressions.patterns import compiled, matches, matches_computed
from bot.engine.expressions.run import Code, Run
from bot.engine.expressions.signature import Signature
from bot.engine.expressions.tree import Call, Parent, Reference, Text
from bot.engine.expressions.values import NAN, Plain, missing, number, plain, text, truth

Compile = Callable[..., Code]
_MOST_PASSES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Form:
    """A function that compiles its own call; `build` gets the call and the compiler for its arguments."""

    signature: Signature
    build: Callable[[Call, Compile], Code]


Instances = Callable[[Run], list[Plain]]


def _instances(call: Call, index: int, compile_: Compile) -> Instances:
    """Returns what reads every instance of a referenced answer, or the one value of any other argument."""
    node = call.arguments[index]
    if isinstance(node, Reference):
        name = node.name

        def every(run: Run) -> list[Plain]:
            values = run.scope.all(name)
            run.spend(len(values))
            return [plain(value) for value in values]

        return every
    code = compile_(node)
    return lambda run: [code(run)]


def _several(call: Call, first: int, compile_: Compile) -> Instances:
    """Returns what reads the arguments from `first` on: every instance of a single reference, else each one's value."""
    if len(call.arguments) == first + 1:
        return _instances(call, first, compile_)
    codes = [compile_(node) for node in call.arguments[first:]]
    return lambda run: [code(run) for code in codes]


def _if(call: Call, compile_: Compile) -> Code:
    condition, then, otherwise = (compile_(node) for node in call.arguments)
    return lambda run: then(run) if truth(condition(run)) else otherwise(run)


def _once(call: Call, compile_: Compile) -> Code:
    value = compile_(call.arguments[0])

    def once(run: Run) -> Plain:
        current = plain(run.scope.current)
        return value(run) if missing(current) else current

    return once


def _count(call: Call, compile_: Compile) -> Code:
    instances = _instances(call, 0, compile_)
    return lambda run: float(len(instances(run)))


def _count_non_empty(call: Call, compile_: Compile) -> Code:
    instances = _instances(call, 0, compile_)
    return lambda run: float(sum(1 for value in instances(run) if text(value)))


def _sum(call: Call, compile_: Compile) -> Code:
    numbers = _numbers(_instances(call, 0, compile_))
    return lambda run: float(sum(numbers(run)))


def _least(call: Call, compile_: Compile) -> Code:
    numbers = _numbers(_several(call, 0, compile_))
    return lambda run: min(numbers(run), default=NAN)


def _most(call: Call, compile_: Compile) -> Code:
    numbers = _numbers(_several(call, 0, compile_))
    return lambda run: max(numbers(run), default=NAN)


def _numbers(instances: Instances) -> Callable[[Run], list[float]]:
    """Leaves out what is no number, as ODK does: who skipped a question must not blank the sum of the others."""

    def numbers(run: Run) -> list[float]:
        found = (number(value, run) for value in instances(run))
        return [value for value in found if not math.isnan(value)]

    return numbers


def _join(call: Call, compile_: Compile) -> Code:
    separator, instances = compile_(call.arguments[0]), _several(call, 1, compile_)
    return lambda run: run.produced(text(separator(run)).join([text(value) for value in instances(run)]))


def _indexed(call: Call, compile_: Compile) -> Code:
    """The answer of one pass: a number for each repeat around it, outermost first; '' where there is no such pass."""
    answer, *pairs = call.arguments
    if len(pairs) % 2 or not all(isinstance(node, Reference) for node in (answer, *pairs[::2])):
        raise ExpressionError("arity", "indexed-repeat(${a}, ${repeat}, n)", call.at)
    assert isinstance(answer, Reference)  # because it was looked at above
    name = answer.name
    numbers = [compile_(node) for node in pairs[1::2]]

    def indexed(run: Run) -> Plain:
        passes = [number(one(run), run) for one in numbers]
        if not all(1 <= one <= _MOST_PASSES for one in passes):
            return ""
        return plain(run.scope.instance(name, tuple([int(one) for one in passes])))

    return indexed


def _position(call: Call, _: Compile) -> Code:
    """The pass of a repeat: `..` the innermost, each further `/..` one outwards, the outermost at most; 1 outside repeats."""
    node = call.arguments[0]
    if not isinstance(node, Parent):
        raise ExpressionError("syntax", "position(..)", node.at, "parent")
    levels = node.levels

    def position(run: Run) -> float:
        passes = run.scope.position
        return float(passes[max(-levels, -len(passes))]) if passes else 1.0

    return position


def _regex(call: Call, compile_: Compile) -> Code:
    value, pattern = compile_(call.arguments[0]), call.arguments[1]
    if isinstance(pattern, Text):
        ready = compiled(pattern.value, pattern.at)
        return lambda run: matches(run, ready, text(value(run)))
    computed = compile_(pattern)
    return lambda run: matches_computed(run, text(computed(run)), text(value(run)))


def _choice_name(call: Call, compile_: Compile) -> Code:
    value, question = compile_(call.arguments[0]), call.arguments[1]
    assert isinstance(question, Reference)  # because the parser takes nothing else
    name = question.name

    def choice_name(run: Run) -> str:
        names = text(value(run)).split()
        run.spend(len(names))
        return run.produced(", ".join([run.scope.label(name, chosen) for chosen in names]))

    return choice_name


def _forms(*functions: tuple[str, Callable[[Call, Compile], Code]]) -> Mapping[str, Form]:
    signatures = [(Signature.of(form), build) for form, build in functions]
    return MappingProxyType({signature.name: Form(signature, build) for signature, build in signatures})


FORMS: Final = _forms(
    ("if(a, b, c)", _if),
    ("once(a)", _once),
    ("count(a)", _count),
    ("count-non-empty(a)", _count_non_empty),
    ("sum(a)", _sum),
    ("min(a, …)", _least),
    ("max(a, …)", _most),
    ("join(a, b, …)", _join),
    ("indexed-repeat(a, b, n, …)", _indexed),
    ("position(..)", _position),
    ("regex(a, b)", _regex),
    (f"{CHOICE_NAME}(a, '${{b}}')", _choice_name),
)
