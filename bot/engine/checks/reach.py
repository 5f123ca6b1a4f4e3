"""What can never be reached: a condition that can't hold, a repeat without end, a constraint that no answer passes.

Conditions are folded as far as their text alone tells: what the groups around a step already ask for is known inside them, and
the answers of steps that are never reached are empty. What depends on people stays unknown, and unknown is never reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from bot.engine.build import Parsed
from bot.engine.expressions import BudgetError, Expression, ExpressionError, evaluate, truth, walk
from bot.engine.expressions.tree import Call, Chain, Number, Reference, Text, Tree
from bot.engine.loading.outline import Entry, Outline
from bot.vocabulary import Value

_CHANGING = frozenset({"now", "today", "position", "once", "random", "uuid"})

Plain = str | float | bool
Facts = Mapping[str, str]
"""What is certain here: answer → its value."""


class _AnswerNeededError(Exception):
    """The expression looks at an answer or at the clock, so it is not constant."""


class _Nowhere:
    """The scope of a constant expression, which asks nothing of it."""

    current: Value = ""
    position: tuple[int, ...] = ()

    @property
    def now(self) -> datetime:
        raise _AnswerNeededError

    def value(self, name: str) -> Value:
        raise _AnswerNeededError(name)

    def all(self, name: str) -> Sequence[Value]:
        raise _AnswerNeededError(name)

    @property
    def chance(self) -> str:
        raise _AnswerNeededError

    def instance(self, name: str, passes: tuple[int, ...]) -> Value:
        raise _AnswerNeededError(name, passes)

    def column(self, name: str) -> str:
        raise _AnswerNeededError(name)

    def label(self, name: str, value: str) -> str:
        raise _AnswerNeededError(name, value)

    def show(self, name: str) -> str:
        raise _AnswerNeededError(name)

    def calendar(self, part: Literal["month", "weekday"], number: int) -> str:
        raise _AnswerNeededError(part, number)


def constant(expression: Expression) -> Plain | None:
    """Returns the value of an expression that is always the same, None for any other."""
    if expression.names or expression.columns or expression.current:
        return None
    if any(isinstance(node, Call) and node.function in _CHANGING for node in walk(expression.tree)):
        return None
    try:
        return evaluate(expression, _Nowhere())
    except (_AnswerNeededError, BudgetError):
        return None


def check_reach(outline: Outline, parsed: Parsed) -> None:
    """Reports what can never be reached or passed."""
    single = {entry.name for entry in outline.walk() if entry.type == "select_one"}
    _Walk(outline, parsed, single).steps(outline.entries, {})


class _Walk:
    """Goes through the steps in order. `dead` are names whose answer is always empty."""

    def __init__(self, outline: Outline, parsed: Parsed, single: set[str]) -> None:
        self.document = outline.document
        self.parsed = parsed
        self.single = single
        self.dead: dict[str, str] = {}

    def steps(self, entries: list[Entry], facts: Facts) -> None:
        for entry in entries:
            inside = self.entered(entry, facts)
            if inside is None:
                self.dead.update({inner.name: "" for inner in entry.walk()})
                continue
            self.constraint(entry)
            if self.repeated(entry):
                self.steps(entry.children, inside)
            else:
                self.dead.update({inner.name: "" for inner in entry.walk()})

    def entered(self, entry: Entry, facts: Facts) -> Facts | None:
        """Returns what is certain inside the entry, None where it can never be entered."""
        expression = self.expression(entry, "relevant")
        if expression is None:
            return facts
        known = constant(expression)
        held = _truth(known) if known is not None else _truth(_fold(expression.tree, {**self.dead, **facts}))
        asked = _asked(expression.tree, self.single)
        if held is False or asked is None or any(facts.get(name, value) != value for name, value in asked.items()):
            self.report(entry, "relevant", "unreachable")
            return None
        return {**facts, **asked}

    def constraint(self, entry: Entry) -> None:
        expression = self.expression(entry, "constraint")
        if expression is not None and _truth(constant(expression)) is False:
            self.report(entry, "constraint", "constraint_never")

    def repeated(self, entry: Entry) -> bool:
        """Reports a repeat without end or without a pass. Returns False where there is none."""
        count, condition = self.expression(entry, "count"), self.expression(entry, "while")
        number = constant(count) if count is not None else None
        if number is not None and not _number(number) >= 1:
            self.report(entry, "count", "never_repeats")
            return False
        held = _truth(constant(condition)) if condition is not None else None
        if held is True:
            self.report(entry, "while", "endless_repeat")
        if held is False:
            self.report(entry, "while", "never_repeats")
        return held is not False

    def expression(self, entry: Entry, key: str) -> Expression | None:
        source = entry.data.get(key)
        if source is None:
            return None
        try:
            return self.parsed.expression(source)
        except ExpressionError:
            return None  # it was reported with the references

    def report(self, entry: Entry, key: str, code: str) -> None:
        if entry.inlined and key != "relevant":
            return  # told where that flow is checked
        written = {"count": "repeat_count", "while": "repeat_while"}.get(key, key)
        self.document.problems.error(self.document.line((*entry.path, written)), code, name=entry.name, key=written)


def _truth(value: Plain | None) -> bool | None:
    return None if value is None else truth(value)


def _number(value: Plain) -> float:
    try:
        return float(value)
    except ValueError:
        return float("nan")


def _fold(tree: Tree, facts: Facts) -> Plain | None:
    """Returns the value of a tree as far as the facts tell, None for unknown."""
    match tree:
        case Text(value=text):
            return text
        case Number(value=number):
            return number
        case Reference(name=name):
            return facts.get(name)
        case Call(function="true"):
            return True
        case Call(function="false"):
            return False
        case Call(function="not", arguments=(argument,)):
            held = _truth(_fold(argument, facts))
            return None if held is None else not held
        case Call(function="selected", arguments=(answer, Text(value=text))):
            value = _fold(answer, facts)
            return None if value is None else text in str(value).split()
        case Chain(first=first, rest=rest):
            operators = {operator for operator, _ in rest}
            operands = [first, *(operand for _, operand in rest)]
            if operators == {"and"}:
                return _joined([_truth(_fold(operand, facts)) for operand in operands], decides=False)
            if operators == {"or"}:
                return _joined([_truth(_fold(operand, facts)) for operand in operands], decides=True)
            if len(rest) == 1 and operators <= {"=", "!="}:
                return _equal(_fold(first, facts), _fold(rest[0][1], facts), wanted=rest[0][0] == "=")
            return None
        case _:
            return None


def _joined(values: list[bool | None], *, decides: bool) -> bool | None:
    """Returns `and` (decided by False) or `or` (decided by True) of values that may be unknown."""
    if decides in values:
        return decides
    return None if None in values else not decides


def _equal(left: Plain | None, right: Plain | None, *, wanted: bool) -> bool | None:
    """Compares two texts or two numbers. Texts that XPath may compare as numbers or dates are unknown unless they are alike."""
    if isinstance(left, float) and isinstance(right, float):
        return (left == right) is wanted
    if not isinstance(left, str) or not isinstance(right, str):
        return None
    if left == right:
        return wanted
    plain = all(text == "" or (not text[0].isdigit() and text[0] not in "+-.") for text in (left, right))
    return not wanted if plain else None


def _asked(tree: Tree, single: set[str]) -> dict[str, str] | None:
    """Returns the answers to select_one questions that a condition asks for, None where it asks for two at once."""
    match tree:
        case Chain(first=Reference(name=name), rest=(("=", Text(value=text)),)) if name in single:
            return {name: text}
        case Chain(first=Text(value=text), rest=(("=", Reference(name=name)),)) if name in single:
            return {name: text}
        case Chain(first=first, rest=rest) if {operator for operator, _ in rest} == {"and"}:
            asked: dict[str, str] = {}
            for operand in (first, *(operand for _, operand in rest)):
                more = _asked(operand, single)
                if more is None or any(asked.get(name, value) != value for name, value in more.items()):
                    return None
                asked |= more
            return asked
        case _:
            return {}
