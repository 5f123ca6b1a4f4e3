"""How a step is put to the person: its words, its options in the order shown, and how to answer."""

from __future__ import annotations

import hashlib

from bot.engine.answers import Choosable, Question
from bot.engine.draft import Draft, key_of
from bot.engine.flow import Choice, Step
from bot.engine.scope import FlowScope, computed, filled, holds, number, shown
from bot.engine.state import Prompt
from bot.vocabulary import Instance, Option, Value

CHOOSING = frozenset({"select_one", "select_multiple", "rank"})
_MOST_POINTS = 11
"""A range of up to so many whole points is offered as options."""


def available(draft: Draft, step: Step, at: Instance) -> tuple[Choice, ...]:
    """Returns the choices that this person may take now: those that pass `choice_filter`, in the order written."""
    condition = step.choice_filter
    if condition is None:
        return step.choices
    return tuple([choice for choice in step.choices if holds(condition, FlowScope(draft, at, choice=choice))])


def options_of(draft: Draft, step: Step, at: Instance) -> tuple[Option, ...]:
    """Returns the options of a step in the order shown, empty where it has none."""
    speaks = draft.speaks
    if step.type in CHOOSING:
        choices = available(draft, step, at)
        if step.order == "random":
            seed = draft.origin.seed
            choices = tuple(
                sorted(choices, key=lambda choice: hashlib.sha256(f"{seed}{step.name}{choice.name}".encode()).digest())
            )
        scope = FlowScope(draft, at)
        options = [Option(choice.name, filled(choice.label, scope, draft.language)) for choice in choices]
        if step.other and options and all(option.name != "other" for option in options):
            options.append(Option("other", speaks.say("engine.other")))
        return tuple(options)
    if step.type == "acknowledge":
        return (Option("yes", speaks.say("engine.agree")), Option("no", speaks.say("engine.disagree")))
    if step.type == "range":
        return tuple([Option(point, point) for point in _points(step)])
    return ()


def _points(step: Step) -> list[str]:
    if step.start is None or step.end is None:
        return []
    width = step.step or 1
    count = int((step.end - step.start) / width + 1e-9) + 1
    points = [step.start + width * index for index in range(min(count, _MOST_POINTS + 1))]
    if not 1 < count <= _MOST_POINTS or any(point != int(point) for point in points):
        return []
    return [str(int(point)) for point in points]


def ask_step(draft: Draft, node: int, at: Instance, *, before: str = "") -> bool:
    """Puts the question at that node on the screen; `before` is said in front of it, in the same message.

    Returns False where it can't be asked because no choice is left for this person.
    """
    step = draft.step_at(node)
    options = options_of(draft, step, at)
    if step.type in CHOOSING and not options:
        return False
    draft.tries = 0
    lines = [before, *wording(draft, step, at)]
    if not options and step.type == "range" and step.start is not None and step.end is not None and not step.hint:
        lines.append(draft.speaks.say("engine.tip.range", start=number(step.start), end=number(step.end)))
    put(draft, node, at, "\n".join(filter(None, lines)), options)
    return True


def wording(draft: Draft, step: Step, at: Instance) -> list[str]:
    """Returns the question's own words: label, hint or else how to answer, and the answer that is suggested."""
    scope = FlowScope(draft, at)
    lines = [filled(step.label, scope, draft.language)]
    if step.hint:
        lines.append(filled(step.hint, scope, draft.language))
    elif step.type == "select_multiple":
        lines.append(draft.speaks.say("engine.tip.several"))
    elif step.type == "rank":
        lines.append(draft.speaks.say("engine.tip.rank"))
    suggested = suggestion(draft, step, at)
    if suggested is not None and key_of(step.name, at) not in draft.held:
        lines.append(draft.speaks.say("engine.tip.default", value=shown(suggested, step, scope)))
    return lines


def put(draft: Draft, node: int, at: Instance, text: str, options: tuple[Option, ...]) -> None:
    """Puts the question at that node on the screen with these words."""
    step = draft.step_at(node)
    draft.ask(
        "question",
        text,
        step=step.name,
        node=node,
        at=at,
        options=options,
        several=step.type in ("select_multiple", "rank"),
        wants=step.type,
        media=step.media,
    )


def suggestion(draft: Draft, step: Step, at: Instance) -> Value:
    """Returns the step's default, in the type of its answer; None where it has none."""
    if step.default is None:
        return None
    value = computed(step.default, FlowScope(draft, at))
    if value == "":
        return None
    return typed(value, step)


def typed(value: str | float | bool, step: Step) -> Value:
    """Returns a computed value as that step's answer is stored: numbers as numbers, several choices as a list."""
    match step.type:
        case "integer" if isinstance(value, (str, int, float)):
            number = _number(value)
            return int(number) if number is not None else None
        case "decimal" | "range" if isinstance(value, (str, int, float)):
            number = _number(value)
            return int(number) if number is not None and number == int(number) else number
        case "select_multiple" | "rank":
            return str(value).split()
        case "acknowledge":
            return True if value in (True, 1, "1", "true", "yes", "OK") else None
        case _:
            if isinstance(value, bool):
                return value
            return _plain(value) if isinstance(value, float) else str(value)


_TOLD = ("select_one", "select_multiple", "integer", "decimal", "range", "date", "time", "datetime", "geopoint")
"""The types of which the question's own words say how an answer is meant."""


def question_of(draft: Draft, prompt: Prompt, step: Step) -> Question:
    """Returns what `understand` needs to know of the question on the screen: its options as that person saw them.

    Labels in the flow's other languages are words too: who answers in another language is understood.
    """
    choices = {choice.name: choice for choice in step.choices}
    cut = {name: label for label, name in prompt.cut.items()}
    scope = FlowScope(draft, prompt.at)
    shown_in = prompt.language or draft.language
    options: list[Choosable] = []
    for name in prompt.options:
        choice = choices.get(name)
        if choice is None:
            options.append(_own_option(draft, step, name, cut.get(name, "")))
            continue
        words = [word for listed in choice.words.values() for word in listed]
        words += [filled({code: label}, scope, code) for code, label in choice.label.items() if code != shown_in]
        options.append(Choosable(name, filled(choice.label, scope, shown_in), tuple(words), cut.get(name, "")))
    told = step.type in _TOLD
    about = " ".join(filled(text, scope, shown_in) for text in (step.label, step.hint)) if told else ""
    return Question(
        step.type, tuple(options), step.top, step.start, step.end, step.step, step.accept, required=step.required is True,
        other=step.other, about=about,
    )  # fmt: skip


def _own_option(draft: Draft, step: Step, name: str, cut: str) -> Choosable:
    if step.type == "acknowledge":
        return Choosable(name, draft.speaks.say("engine.agree" if name == "yes" else "engine.disagree"), (), cut)
    if step.type == "range":
        return Choosable(name, name, (), cut)
    return Choosable(name, draft.speaks.say("engine.other"), (), cut)


def _number(value: str | float) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if number - number == 0 else None


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:.10g}"
