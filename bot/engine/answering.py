"""What becomes of an answer: read, judged against the constraint, recorded; or asked back; or the way out after enough tries."""

from __future__ import annotations

from bot.engine.answers import AskBack, NotUnderstood, Reading, Sure, understand
from bot.engine.asking import ask_step, options_of, put, question_of, suggestion, typed
from bot.engine.asking_back import ask_back
from bot.engine.draft import Draft, key_of
from bot.engine.ending import close
from bot.engine.flow import MEDIA, Step
from bot.engine.own_words import ask_other, confirm_other, settle, take_other
from bot.engine.scope import FlowScope, filled, holds
from bot.engine.state import Prompt
from bot.engine.walk import go_on
from bot.vocabulary import Empty, HandOver, Instance, Value


def answer_text(draft: Draft, prompt: Prompt, text: str) -> None:
    """Takes a typed answer to the question of that prompt."""
    step = draft.step_at(prompt.node)
    suggested = suggestion(draft, step, prompt.at)
    unanswered = key_of(step.name, prompt.at) not in draft.held
    if suggested is not None and unanswered and text.strip(" .!").casefold() in ("ok", "okay"):
        accept(draft, prompt.node, prompt.at, text, suggested)
        return
    if step.type == "text" and step.accept and "text" not in step.accept:
        failed(draft, prompt.node, prompt.at, expected(draft, step, ""))
        return
    if step.type in MEDIA and "text" in step.accept:
        accept(draft, prompt.node, prompt.at, text, text.strip())
        return
    if step.type == "acknowledge" and text.strip(" .)") == "2":
        answer_choice(draft, prompt.node, prompt.at, ["no"])  # the second of the two options shown
        return
    react(draft, prompt, text, read(draft, prompt, text))


def read(draft: Draft, prompt: Prompt, text: str) -> Reading:
    """Returns how that text reads as an answer to the question of that prompt."""
    step = draft.step_at(prompt.node)
    return understand(question_of(draft, prompt, step), text, draft.listens(), draft.now, draft.catalogue.places)


def react(draft: Draft, prompt: Prompt, text: str, reading: Reading) -> None:
    """Does what a reading asks for: take it, ask back, or say what is expected."""
    step = draft.step_at(prompt.node)
    match reading:
        case Sure(value="other", comment=words) if step.other and words:
            take_other(draft, prompt, text, words)
        case Sure(value=value, comment=comment):
            accept(draft, prompt.node, prompt.at, text, value, comment=comment)
        case AskBack(reason="other", candidates=(candidate,)):
            confirm_other(draft, prompt, text, candidate.label)
        case AskBack():
            ask_back(draft, prompt, text, reading)
        case NotUnderstood(reason="declined"):
            accept(draft, prompt.node, prompt.at, text, False)
        case NotUnderstood(reason=reason):
            failed(draft, prompt.node, prompt.at, expected(draft, step, reason))


def accept(draft: Draft, node: int, at: Instance, raw: str, value: Value, *, comment: str = "", reason: str = "") -> None:
    """Judges a value that was understood, records it and goes on."""
    step = draft.step_at(node)
    if step.type == "acknowledge" and value is False:
        _not_acknowledged(draft, step, at, raw)
        return
    value = _in_order(step, value)
    if step.constraint is not None and not holds(step.constraint, FlowScope(draft, at, current=value)):
        scope = FlowScope(draft, at, current=value)
        message = filled(step.constraint_message, scope, draft.language) or draft.speaks.say("engine.constraint")
        failed(draft, node, at, message)
        return
    draft.record(step.name, step.type, at, raw, value, comment=comment, reason=reason)
    chose_other = step.other and (value == "other" or (isinstance(value, list) and "other" in value))
    settle(draft, node, at)
    if chose_other:
        ask_other(draft, node, at)
        return
    if step.other and key_of(f"{step.name}_other", at) in draft.held:
        draft.record(f"{step.name}_other", "text", at, "", None, empty="not_asked", reason="correction")
    draft.node = node + 1
    go_on(draft)


def _in_order(step: Step, value: Value) -> Value:
    """Several choices are kept in the order written, whatever order was shown or said."""
    if step.type != "select_multiple" or not isinstance(value, list):
        return value
    place = {choice.name: index for index, choice in enumerate(step.choices)}
    return sorted(dict.fromkeys(value), key=lambda name: place.get(name, len(place)))


def _not_acknowledged(draft: Draft, step: Step, at: Instance, raw: str) -> None:
    """Who does not agree to go on does not go on; where agreeing is optional, it is a refusal."""
    if required(draft, step, at):
        draft.reply("engine.not_acknowledged")
        close(draft, "refused")
        return
    leave_empty(draft, draft.node, at, raw, "refused")


def required(draft: Draft, step: Step, at: Instance) -> bool:
    """Tells whether this question must be answered."""
    return step.required if isinstance(step.required, bool) else holds(step.required, FlowScope(draft, at))


def leave_empty(draft: Draft, node: int, at: Instance, raw: str, empty: Empty, *, reason: str = "") -> None:
    """Records why there is no answer and goes on."""
    step = draft.step_at(node)
    draft.record(step.name, step.type, at, raw, None, empty=empty, reason=reason)
    settle(draft, node, at)
    draft.node = node + 1
    go_on(draft)


def without_answer(draft: Draft, raw: str, empty: Empty) -> None:
    """The person wants to skip or refuses: taken where it may be, else told why the answer is needed and how to stop."""
    node, at = draft.node, draft.frames
    prompt = draft.prompt
    if prompt is not None and prompt.asking == "other":
        step = draft.step_at(prompt.node)
        draft.record(f"{step.name}_other", "text", prompt.at, raw, None, empty=empty)
        draft.node = prompt.node + 1
        go_on(draft)
        return
    step = draft.step_at(node)
    if draft.editing and empty == "skipped" and key_of(step.name, at) in draft.held:
        draft.editing = False
        draft.node = node + 1
        go_on(draft)
        return
    if not required(draft, step, at):
        leave_empty(draft, node, at, raw, empty)
        return
    message = filled(step.required_message, FlowScope(draft, at), draft.language) or draft.speaks.say("engine.required")
    put(draft, node, at, message, options_of(draft, step, at))


def failed(draft: Draft, node: int, at: Instance, message: str) -> None:
    """A try that could not be taken: says what is expected with the options again; after enough tries, the way out."""
    step = draft.step_at(node)
    draft.tries += 1
    if draft.tries <= step.retries.times:
        put(draft, node, at, message, options_of(draft, step, at))
        return
    match step.retries.then:
        case "skip":
            draft.reply("engine.way_out.skip")
            leave_empty(draft, node, at, "", "skipped", reason="not_understood")
        case "end":
            draft.reply("engine.way_out.end")
            close(draft, "partial")
        case "staff":
            draft.tries = 0
            if not draft.handed_over:
                draft.handed_over = True
                draft.effects.append(HandOver(step.name))
            text = draft.speaks.say("engine.way_out.staff", contact=draft.contact)
            put(draft, node, at, text, options_of(draft, step, at))


def expected(draft: Draft, step: Step, reason: str) -> str:
    """Returns, in words, what is expected."""
    if step.not_understood:
        return filled(step.not_understood, FlowScope(draft, draft.frames), draft.language)
    texts = draft.speaks.texts
    for key in (f"answers.not_understood.{reason}", f"answers.not_understood.{step.type}"):
        if key in texts:
            places = {"start": step.start, "end": step.end}
            return draft.speaks.say(key, **{name: _plain(number) for name, number in places.items()})
    return draft.speaks.say("engine.not_understood")


def _plain(number: float | None) -> str:
    if number is None:
        return ""
    return str(int(number)) if number == int(number) else str(number)


def answer_choice(draft: Draft, node: int, at: Instance, names: list[str]) -> None:
    """Takes pressed options of the question at that node."""
    step = draft.step_at(node)
    known = {option.name for option in options_of(draft, step, at)}
    if not names or not set(names) <= known:
        failed(draft, node, at, expected(draft, step, ""))
        return
    labels = {option.name: option.label for option in options_of(draft, step, at)}
    raw = ", ".join(labels[name] for name in names)
    match step.type:
        case "acknowledge":
            accept(draft, node, at, raw, names[0] == "yes")
        case "select_multiple" | "rank":
            accept(draft, node, at, raw, list(names))
        case "range":
            accept(draft, node, at, raw, typed(names[0], step))
        case _:
            accept(draft, node, at, raw, names[0])


def ask_again(draft: Draft, node: int, at: Instance, *, before: str = "") -> None:
    """Asks the question at that node once more, whether or not it has an answer."""
    draft.node, draft.frames = node, at
    draft.editing = key_of(draft.step_at(node).name, at) in draft.held
    if not ask_step(draft, node, at, before=before):
        draft.editing = False
        draft.node = node + 1
        go_on(draft)
