"""What a person might answer, by the type of the question: values that its constraint lets pass, likely ones first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal

from bot.engine.expressions import BudgetError, Expression, evaluate, truth, walk
from bot.engine.expressions.tree import Number, Text
from bot.engine.flow import Enter, Flow, Leave, Step
from bot.vocabulary import Value

NUMBERS = (34, 2, 5, 1, 12, 20, 40, 65, 0, 100, 1990, 3, 250, 1000)
TEXTS = (
    "Que arreglen la calle", "0991234567", "1712345675", "A1234567", "170150", "ABC-1234", "Puyo", "ana@example.com",
)  # fmt: skip
"""What is written where anything may be: a sentence, then what constraints usually ask for: telephone, identity card, plate …"""

_MOST_LISTS = 3
"""How many choices are taken together at most, but for all of them."""
_DAYS = (0, -1, 1, -30, 30, -365, -3_650, -10_950, 365)


@dataclass(frozen=True, slots=True)
class Alone:
    """The scope of a constraint before anything else is answered."""

    current: Value
    now: datetime
    position: tuple[int, ...] = ()
    chance: str = ""

    def value(self, name: str) -> Value:  # noqa: ARG002 because every scope is asked by name
        """Returns that nothing is answered."""
        return ""

    def all(self, name: str) -> Sequence[Value]:  # noqa: ARG002 because of the same
        """Returns that nothing is answered."""
        return ()

    def instance(self, name: str, passes: tuple[int, ...]) -> Value:  # noqa: ARG002 because of the same
        """Returns that nothing is answered."""
        return ""

    def column(self, name: str) -> str:  # noqa: ARG002 because of the same
        """Returns that no choice is under test."""
        return ""

    def label(self, name: str, value: str) -> str:  # noqa: ARG002 because of the same
        """Returns the choice's name: no constraint asks for more."""
        return value

    def show(self, name: str) -> str:  # noqa: ARG002 because of the same
        """Returns that nothing is answered."""
        return ""

    def calendar(self, part: Literal["month", "weekday"], number: int) -> str:  # noqa: ARG002 because of the same
        """Returns the number: no constraint asks for names of months."""
        return str(number)


def expressions(flow: Flow) -> Iterator[Expression]:
    """Yields every expression that decides the way through the flow."""
    for node in flow.program:
        match node:
            case Enter(relevant=relevant, count=count, while_=while_):
                yield from filter(None, (relevant, count, while_))
            case Step(relevant=relevant, calculation=calculation, choice_filter=choice_filter, required=required):
                yield from filter(None, (relevant, calculation, choice_filter))
                if isinstance(required, Expression):
                    yield required
            case Leave():
                pass


def literals(step: Step, flow: Flow) -> tuple[str | float, ...]:
    """Returns what the step's answer is compared with, in its own constraint and wherever the flow asks about it."""
    found: dict[str | float, None] = {}
    for expression in [step.constraint, *(one for one in expressions(flow) if step.name in one.names)]:
        for node in walk(expression.tree) if expression is not None else ():
            if isinstance(node, Number | Text):
                found[node.value] = None
    return tuple(found)


def passes(step: Step, value: Value, now: datetime) -> bool:
    """Tells whether the step's constraint lets this value pass, as far as it does not look at other answers."""
    if step.constraint is None:
        return True
    try:
        return truth(evaluate(step.constraint, Alone(value, now)))
    except BudgetError:
        return False


def guesses(step: Step, flow: Flow, now: datetime) -> tuple[Value, ...]:
    """Returns values for that step that its constraint lets pass; none where no guess does. Choices are lists of names.

    `now` is aware. A place, a file and an acknowledgement are not guessed: who answers makes them.
    """
    found: dict[str, Value] = {}
    for value in _any(step, flow, now):
        if passes(step, value, now):
            found.setdefault(repr(value), value)
    return tuple(found.values())


def _any(step: Step, flow: Flow, now: datetime) -> Iterator[Value]:
    known = literals(step, flow)
    match step.type:
        case "select_one":
            yield from (choice.name for choice in step.choices)
            if step.other:
                yield "other"
        case "select_multiple":
            names = [choice.name for choice in step.choices]
            for size in range(1, min(_MOST_LISTS, len(names)) + 1):
                yield from (list(chosen) for chosen in combinations(names[:8], size))
            yield names
        case "rank":
            names = [choice.name for choice in step.choices]
            yield names[: step.top]
            yield names[::-1][: step.top]
        case "integer" | "decimal":
            near = [number for value in known if isinstance(value, float) for number in (value, value + 1, value - 1)]
            yield from (int(number) for number in [*NUMBERS, *near] if number == int(number))
        case "range":
            start, end, width = step.start or 0, step.end or 0, step.step or 1
            count = min(int((end - start) / width + 1e-9), 10)
            yield from (_whole(start + width * place) for place in range(count, -1, -1))
        case "date":
            yield from (text for text in known if isinstance(text, str) and len(text) == 10 and text.count("-") == 2)
            yield from ((now + timedelta(days=days)).date().isoformat() for days in _DAYS)
        case "time":
            yield from ("10:30", "15:00", "08:00", "20:00")
        case "datetime":
            for days in _DAYS:
                yield (now + timedelta(days=days)).replace(hour=10, minute=30, second=0, microsecond=0).isoformat()
        case "phone":
            yield "+593991234567"
        case "email":
            yield "ana@example.com"
        case "text":
            yield from TEXTS
            yield from (text for text in known if isinstance(text, str) and text)
            yield from ("x" * int(size) for size in known if isinstance(size, float) and 0 < size <= 500 and size == int(size))
        case _:
            pass


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) else round(number, 6)
