"""Going on: from a place in the program to the next thing to ask, saying and computing what lies between.

The walk starts where the conversation stands and goes forward only, so a turn costs what lies between two questions, not
what the flow is long. After a correction it starts at the corrected question: what has its answer is passed over, what is
no longer relevant is marked in the journal, what became relevant is asked.
"""

from __future__ import annotations

from bot.engine.asking import CHOOSING, ask_step, available, typed
from bot.engine.deeds import perform
from bot.engine.draft import Draft, key_of
from bot.engine.ending import answered, ask_review, complete, sends
from bot.engine.expressions import Expression
from bot.engine.flow import MEDIA, Enter, Flow, Leave, Step
from bot.engine.presets import take_preset
from bot.engine.scope import FlowScope, computed, filled, holds
from bot.vocabulary import Instance, Say


def go_on(draft: Draft) -> None:
    """Walks from the draft's place until something is asked or the flow is over."""
    flow = draft.flow
    assert flow is not None
    program = flow.program
    limits = draft.catalogue.limits
    draft.prompt = None
    draft.editing = False
    last_words = _last_words(flow) if flow.review and not draft.reviewed else None
    while draft.node < len(program):
        if last_words is not None and draft.node >= last_words and answered(draft) and sends(draft, flow):
            ask_review(draft)
            return
        draft.steps += 1
        if draft.steps > limits.nodes or len(draft.effects) > limits.effects:
            # A flow that runs on without asking anything: the rest comes with the person's next message.
            draft.ask("pause", draft.speaks.say("engine.go_on"), step="pause")
            return
        match program[draft.node]:
            case Enter() as enter:
                _enter(draft, flow, enter)
            case Leave() as leave:
                _leave(draft, flow, leave)
            case step:
                if _stops(draft, flow, step):
                    return
    complete(draft)


def _last_words(flow: Flow) -> int:
    """Returns where the flow has nothing more to ask: the summary comes before its last words."""
    node = len(flow.program)
    while node > 0:
        last = flow.program[node - 1]
        if isinstance(last, Step) and last.type not in ("note", "calculate", "do"):
            break
        node -= 1
    return node


def _enter(draft: Draft, flow: Flow, enter: Enter) -> None:
    at = draft.frames
    if enter.relevant is not None and not holds(enter.relevant, FlowScope(draft, at)):
        _forget(draft, flow, draft.node + 1, enter.end, at)
        draft.node = enter.end + 1
        return
    if enter.repeat:
        if not _another(draft, enter, at, 1, first=True):
            _forget(draft, flow, draft.node + 1, enter.end, at)
            draft.node = enter.end + 1
            return
        draft.frames = (*at, 1)
    _say_label(draft, enter)
    draft.node += 1


def _leave(draft: Draft, flow: Flow, leave: Leave) -> None:
    enter = flow.program[leave.begin]
    assert isinstance(enter, Enter)
    if enter.repeat:
        outer, present = draft.frames[:-1], draft.frames[-1]
        if _another(draft, enter, outer, present + 1, first=False):
            draft.frames = (*outer, present + 1)
            draft.node = leave.begin + 1
            return
        _forget_passes(draft, flow, enter, leave.begin + 1, first=(*outer, present + 1))
        draft.frames = outer
    draft.node += 1


def _another(draft: Draft, enter: Enter, outer: Instance, number: int, *, first: bool) -> bool:
    """Tells whether the repeat has a pass of that number."""
    if number > draft.catalogue.limits.instances:
        return False
    if enter.count is not None:
        count = computed(enter.count, FlowScope(draft, outer))
        try:
            return number <= float(count)
        except ValueError:
            return False
    if enter.while_ is None:
        return first
    if enter.after:
        # The condition looks at what is answered inside: it is asked of the pass that has just ended.
        return first or holds(enter.while_, FlowScope(draft, (*outer, number - 1)))
    return holds(enter.while_, FlowScope(draft, (*outer, number)))


def _say_label(draft: Draft, enter: Enter) -> None:
    """Says a group's title, once in each pass."""
    if not enter.label:
        return
    key = key_of(enter.name, draft.frames)
    if key not in draft.said:
        draft.said = (*draft.said, key)
        text = filled(enter.label, FlowScope(draft, draft.frames), draft.language)
        draft.effects.append(Say(text, "note", enter.name, language=draft.language))


def _stops(draft: Draft, flow: Flow, step: Step) -> bool:
    """Handles one step; tells whether the walk ends there, because something waits for the person."""
    at = draft.frames[: step.depth]
    key = key_of(step.name, at)
    if step.relevant is not None and not holds(step.relevant, FlowScope(draft, at)):
        _forget_step(draft, step, at)
        draft.node += 1
        return False
    match step.type:
        case "note":
            _note(draft, step, at, key)
        case "calculate":
            _calculate(draft, step, at, key)
        case "do":
            if perform(draft, step, at):
                return True
        case _:
            return _question(draft, flow, step, at, key)
    draft.node += 1
    return False


def _question(draft: Draft, flow: Flow, step: Step, at: Instance, key: str) -> bool:
    if key in draft.held:
        if _still_there(draft, step, at, key):
            draft.node += 1
            return False
        _forget_step(draft, step, at)
    if step.read_only:
        _read_only(draft, step, at, key)
        draft.node += 1
        return False
    if step.type in MEDIA and not step.required and not draft.catalogue.attachments:
        draft.node += 1  # nothing can be sent where the person writes, and nothing has to be
        return False
    if step.personal and flow.consent and _withheld(draft, flow, step, at):
        return draft.prompt is not None
    if take_preset(draft, step, at):
        draft.node += 1
        return False
    if not ask_step(draft, draft.node, at):
        draft.node += 1
        return False
    return True


def _withheld(draft: Draft, flow: Flow, step: Step, at: Instance) -> bool:
    """Asks for consent before the first personal question; passes over it where consent was declined."""
    consent = draft.catalogue.consents.get(flow.consent)
    if consent is None or f"{consent.name}@{consent.version}" in draft.consented:
        return False
    if consent.name in draft.declined:
        draft.record(step.name, step.type, at, "", None, empty="refused", reason="consent")
        draft.node += 1
        return True
    text = consent.text.get(draft.language) or next(iter(consent.text.values()), "")
    draft.ask_own("consent", text, draft.yes_no())
    return True


def _still_there(draft: Draft, step: Step, at: Instance, key: str) -> bool:
    """Tells whether an answer given before is still one of the choices, after a correction further up."""
    if step.choice_filter is None or step.type not in CHOOSING:
        return True
    names = {choice.name for choice in available(draft, step, at)} | {"other"}
    match draft.held[key]:
        case str() as value:
            return value in names
        case list() as values:
            return all(value in names for value in values)
        case _:
            return True


def _note(draft: Draft, step: Step, at: Instance, key: str) -> None:
    if key in draft.said:
        return
    draft.said = (*draft.said, key)
    scope = FlowScope(draft, at)
    text = "\n".join(filter(None, (filled(step.label, scope, draft.language), filled(step.hint, scope, draft.language))))
    draft.effects.append(Say(text, "note", step.name, media=step.media, language=draft.language))


def _calculate(draft: Draft, step: Step, at: Instance, key: str) -> None:
    expression: Expression | None = step.calculation
    before = draft.held.get(key)
    value = computed(expression, FlowScope(draft, at, current=before)) if expression is not None else ""
    if key not in draft.held or before != value:
        draft.record(step.name, step.type, at, "", value)


def _read_only(draft: Draft, step: Step, at: Instance, key: str) -> None:
    """Shows what is already known; the person can't change it."""
    value = typed(computed(step.default, FlowScope(draft, at)), step) if step.default is not None else None
    if key not in draft.held or draft.held[key] != value:
        draft.record(step.name, step.type, at, "", value, empty=None if value is not None else "skipped")
        text = filled(step.label, FlowScope(draft, at), draft.language)
        known = FlowScope(draft, at).show(step.name)
        draft.effects.append(Say(f"{text} {known}".strip(), "note", step.name, language=draft.language))


# ── what is no longer relevant: marked, never deleted ────────────────────────────────────────────────────────────────


def _forget_step(draft: Draft, step: Step, at: Instance) -> None:
    for name, kind in ((step.name, step.type), (f"{step.name}_other", "text")):
        if key_of(name, at) in draft.held:
            draft.record(name, kind, at, "", None, empty="not_asked", reason="correction")


def _forget(draft: Draft, flow: Flow, begin: int, end: int, outer: Instance) -> None:
    """Marks every answer between two nodes, in all instances within `outer`."""
    if not draft.held:
        return
    names = {node.name: node for node in flow.program[begin:end] if isinstance(node, Step)}
    for key in list(draft.held):
        name, *instance = key.split("/")
        step = names.get(name)
        at = tuple(map(int, instance))
        if step is not None and at[: len(outer)] == outer:
            _forget_step(draft, step, at)


def _forget_passes(draft: Draft, flow: Flow, enter: Enter, begin: int, *, first: Instance) -> None:
    """Marks the answers of passes that a repeat no longer has."""
    steps = [node for node in flow.program[begin : enter.end] if isinstance(node, Step)]
    if not any(key_of(step.name, first) in draft.held for step in steps):
        return
    depth = enter.depth
    names = {step.name: step for step in steps}
    for key in list(draft.held):
        name, *instance = key.split("/")
        step = names.get(name)
        at = tuple(map(int, instance))
        if step is not None and at[:depth] == first[:depth] and len(at) > depth and at[depth] >= first[depth]:
            _forget_step(draft, step, at)
