"""What expressions and texts of a flow see: the answers held, the clock handed in, the labels in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from bot.engine.expressions import BudgetError, Expression, evaluate, fill, truth
from bot.engine.flow import Choice, Enter, Flow, Step, Texts
from bot.engine.language import find_code
from bot.engine.state import receipt
from bot.vocabulary import Instance, Value

if TYPE_CHECKING:
    from bot.engine.draft import Draft

PRODUCT_WORDS = frozenset({"receipt", "flow_title", "closes"})
"""Names that texts may use without a step of that name."""

_TOGETHER = 4
"""So many digits of a number stand together, as Spanish spelling has it."""

_LONG = 1e15
"""From here on a number is shown in powers of ten: it is no count of anything."""


class FlowScope:
    """Reads a draft for the evaluator. `at` is the instance in which the expression stands, `choice` the one under test."""

    __slots__ = ("at", "choice", "current", "draft")

    def __init__(self, draft: Draft, at: Instance, current: Value = None, choice: Choice | None = None) -> None:
        self.draft = draft
        self.at = at
        self.current = current
        self.choice = choice

    @property
    def now(self) -> datetime:
        """The turn's moment, in the municipality's zone."""
        return self.draft.now

    @property
    def position(self) -> Instance:
        """The present pass of each enclosing repeat."""
        return self.at

    def value(self, name: str) -> Value:
        """Returns the latest value in this instance, None where there is none."""
        held = self.draft.held
        if not self.at:
            return held.get(name)
        flow = self.draft.flow
        depth = 0 if flow is None else _depth(flow, name)
        at = self.at[:depth]
        return held.get(name if not at else name + "/" + "/".join(map(str, at)))

    def all(self, name: str) -> Sequence[Value]:
        """Returns the latest values of every instance, in the order of their instances; of a repeat, nothing for each pass."""
        flow = self.draft.flow
        node = flow.index.get(name) if flow is not None else None
        if flow is not None and node is not None and isinstance(enter := flow.program[node], Enter):
            return [None] * self._passes(flow, node, enter)
        prefix = name + "/"
        found = [(_instance(key), value) for key, value in self.draft.held.items() if key == name or key.startswith(prefix)]
        return [value for _, value in sorted(found, key=lambda pair: pair[0])]

    def _passes(self, flow: Flow, node: int, enter: Enter) -> int:
        """Returns how many passes of a group or repeat hold an answer, the present one among them even while it has none."""
        depth = enter.depth + enter.repeat
        inside = {step.name for step in flow.program[node : enter.end] if isinstance(step, Step)}
        found = {_instance(key)[:depth] for key in self.draft.held if key.partition("/")[0] in inside}
        if node < self.draft.node < enter.end and len(self.at) >= depth:
            found.add(self.at[:depth])
        return len(found)

    @property
    def chance(self) -> str:
        """The conversation's seed, with the place and the moment: what is computed there and then draws anew."""
        draft = self.draft
        return f"{draft.origin.seed}/{draft.node}/{'.'.join(map(str, self.at))}/{draft.now.isoformat()}"

    def instance(self, name: str, passes: Instance) -> Value:
        """Returns the latest value in those passes, None where there is none."""
        return self.draft.held.get("/".join((name, *map(str, passes))))

    def column(self, name: str) -> str:
        """Returns a further column of the choice under test; `name` is its name."""
        if self.choice is None:
            return ""
        return self.choice.name if name == "name" else self.choice.columns.get(name, "")

    def label(self, name: str, value: str) -> str:
        """Returns the label of a choice in the person's language, the value itself where it is no choice."""
        step = _step(self.draft.flow, name)
        if step is None:
            return value
        for choice in step.choices:
            if choice.name == value:
                return filled(choice.label, self, self.draft.language)
        return self._other(step) if step.other and value == "other" else value

    def _other(self, step: Step) -> str:
        """Returns the person's own words for another choice, where they have said them."""
        own = self.value(f"{step.name}_other")
        return own if isinstance(own, str) and own else self.draft.speaks.say("engine.other")

    def show(self, name: str) -> str:
        """Returns an answer as a text shows it: labels, day-first dates, decimal commas; "" where there is none."""
        draft = self.draft
        if name in PRODUCT_WORDS and draft.flow is not None:
            match name:
                case "receipt":
                    return receipt(draft.origin.seed)
                case "flow_title":
                    return title(draft.flow, draft.language)
                case _:
                    return draft.flow.closes.strftime("%d/%m/%Y %H:%M") if draft.flow.closes else ""
        step = _step(draft.flow, name)
        return shown(self.value(name), step, self)

    def calendar(self, part: Literal["month", "weekday"], number: int) -> str:
        """Returns the short name of a month (1 January) or of a day of the week (1 Monday) in the person's language."""
        names = self.draft.speaks.say("engine.months_short" if part == "month" else "engine.weekdays_short").split()
        return names[number - 1]


def number(value: float) -> str:
    """Returns a number as Ecuador writes it, in any language: 12.345,5. Up to four digits stand together: it may be a year."""
    if not abs(value) < _LONG:  # which what is no number at all is not either
        return f"{value:.10g}".replace(".", ",")
    whole, _, decimals = f"{value:.10f}".rstrip("0").rstrip(".").partition(".")
    digits = whole.removeprefix("-")
    if len(digits) > _TOGETHER:
        whole = f"{int(whole):,}".replace(",", ".")
    return f"{whole},{decimals}" if decimals else "0" if digits == "0" else whole


def shown(value: Value, step: Step | None, scope: FlowScope) -> str:
    """Returns a value as people read it in the person's language."""
    speaks = scope.draft.speaks
    kind = step.type if step is not None else "text"
    match value:
        case None:
            return ""
        case bool():
            return speaks.say("engine.yes" if value else "engine.no")
        case int() | float():
            return number(value)
        case []:
            return speaks.say("engine.none")
        case list():
            return ", ".join(scope.label(step.name, name) if step else name for name in value)
        case dict():
            for part in ("place", "name"):
                if value.get(part):
                    return str(value[part])
            if "lat" in value and "lon" in value:
                return f"{value['lat']}, {value['lon']}"
            return speaks.say("engine.file")
        case str() if kind in ("select_one", "select_multiple", "rank") and step is not None:
            return scope.label(step.name, value)
        case str() if kind in ("date", "datetime"):
            return _day_first(value)
        case _:
            return value


def filled(texts: Texts, scope: FlowScope, language: str) -> str:
    """Returns a text of the flow in that language, else in the one it has, with its places filled."""
    template = texts.get(language) or next(iter(texts.values()), None)
    if template is None:
        return ""
    if template.constant:
        return template.source
    return fill(template, scope)


def title(flow: Flow, language: str) -> str:
    """Returns the flow's title in that language, else in its first."""
    code = find_code(language, flow.title)
    return flow.title[code] if code is not None else next(iter(flow.title.values()), flow.flow)


def holds(expression: Expression, scope: FlowScope) -> bool:
    """Tells whether a condition holds; one that costs more than its budget does not."""
    try:
        return truth(evaluate(expression, scope, scope.draft.catalogue.limits.cost))
    except BudgetError:
        return False


def computed(expression: Expression, scope: FlowScope) -> str | int | float | bool:
    """Returns an expression's value, "" where it costs more than its budget."""
    try:
        return evaluate(expression, scope, scope.draft.catalogue.limits.cost)
    except BudgetError:
        return ""


def _step(flow: Flow | None, name: str) -> Step | None:
    if flow is None:
        return None
    node = flow.index.get(name)
    if node is None:
        return None
    step = flow.program[node]
    return step if isinstance(step, Step) else None


def _depth(flow: Flow, name: str) -> int:
    step = _step(flow, name) or _step(flow, name.removesuffix("_other"))
    return step.depth if step is not None else 0


def _instance(key: str) -> Instance:
    return tuple(int(part) for part in key.split("/")[1:])


def _day_first(value: str) -> str:
    try:
        if "T" in value:
            return datetime.fromisoformat(value).strftime("%d/%m/%Y %H:%M")
        return date.fromisoformat(value).strftime("%d/%m/%Y")
    except ValueError:
        return value
