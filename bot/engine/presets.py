"""Answers that a link or poster brings along: `?start=puyo` answers the canton, so it is not asked again."""

from __future__ import annotations

from bot.engine.answers import Choosable, Question, Sure, understand
from bot.engine.asking import CHOOSING, available
from bot.engine.draft import Draft
from bot.engine.flow import Step
from bot.engine.scope import FlowScope, filled, holds
from bot.vocabulary import Instance, Value


def take_preset(draft: Draft, step: Step, at: Instance) -> bool:
    """Records the answer that the link brought for this step. Returns False where it brought none that is valid here."""
    raw = draft.presets.get(step.name)
    if raw is None or at:
        return False
    value = _read(draft, step, at, raw)
    if value is None:
        return False
    if step.constraint is not None and not holds(step.constraint, FlowScope(draft, at, current=value)):
        return False
    draft.record(step.name, step.type, at, raw, value, reason="preset")
    return True


def _read(draft: Draft, step: Step, at: Instance, raw: str) -> Value:
    choices = available(draft, step, at) if step.type in CHOOSING else ()
    names = {choice.name for choice in choices}
    if step.type == "select_one" and raw in names:
        return raw
    if step.type in ("select_multiple", "rank") and set(raw.split()) <= names:
        return raw.split()
    scope = FlowScope(draft, at)
    options = tuple([Choosable(choice.name, filled(choice.label, scope, draft.language), ()) for choice in choices])
    question = Question(step.type, options, step.top, step.start, step.end, step.step, step.accept)
    match understand(question, raw, draft.listens(), draft.now):
        case Sure(value=value):
            return value
        case _:
            return None
