"""How a conversation ends: the summary to confirm, the last word, the outcome, and coming back to correct an answer."""

from __future__ import annotations

from bot.engine.draft import Draft
from bot.engine.flow import Flow, Leave, Step
from bot.engine.scope import FlowScope, filled, holds, shown
from bot.engine.state import receipt
from bot.vocabulary import EndConversation, Instance, Option, Outcome, SetTimer

_LABEL = 60
"""Characters of a question or an answer shown in a summary line."""


def complete(draft: Draft) -> None:
    """The program is walked to its end: asks for confirmation where the flow wants it, else completes."""
    flow = draft.flow
    assert flow is not None
    if flow.review and not draft.reviewed and answered(draft) and sends(draft, flow):
        ask_review(draft)
        return
    if draft.finished:
        draft.reply("engine.corrected", receipt=receipt(draft.origin.seed))
    elif not _has_said_goodbye(draft):
        draft.reply("engine.completed", receipt=receipt(draft.origin.seed))
    close(draft, "completed")


def close(draft: Draft, outcome: Outcome) -> None:
    """Ends the conversation. One that was completed before and reopened for a correction stays completed."""
    final: Outcome = "completed" if draft.finished else outcome
    draft.status = final
    draft.prompt = None
    draft.finished = final == "completed"
    draft.editing = False
    draft.effects.append(EndConversation(final, receipt(draft.origin.seed) if final == "completed" else ""))
    draft.effects.append(SetTimer(None, None, draft.turns))


def _has_said_goodbye(draft: Draft) -> bool:
    """Tells whether the flow's own last words were said: its program ends in a note that this person saw."""
    assert draft.flow is not None
    for node in reversed(draft.flow.program):
        match node:
            case Leave():
                continue
            case Step(type="calculate"):
                continue
            case Step(type="note", name=name):
                return any(said == name or said.startswith(f"{name}/") for said in draft.said)
            case _:
                return False
    return False


# ── the summary ──────────────────────────────────────────────────────────────────────────────────────────────────────


def answered(draft: Draft) -> list[tuple[str, Step, Instance]]:
    """Returns what this person was asked and answered, skips and refusals among it, in the order of first answering."""
    flow = draft.flow
    if flow is None:
        return []
    found: list[tuple[str, Step, Instance]] = []
    for key in draft.held:
        name, *instance = key.split("/")
        node = flow.index.get(name)
        step = flow.program[node] if node is not None else None
        if isinstance(step, Step) and step.type not in ("calculate", "note", "do") and not step.read_only:
            found.append((key, step, tuple(map(int, instance))))
    return found


def sends(draft: Draft, flow: Flow) -> bool:
    """Tells whether there is anything to send: not in a flow that files requests and has, by these answers, none to file."""
    files = [node for node in flow.program if isinstance(node, Step) and node.effect == "file_request"]
    return not files or any(step.relevant is None or holds(step.relevant, FlowScope(draft, ())) for step in files)


def summary_line(draft: Draft, key: str, step: Step, at: Instance) -> str:
    """Returns "question: answer" for a summary, each cut to a readable length."""
    scope = FlowScope(draft, at)
    question = filled(step.label, scope, draft.language) or step.name
    empty = draft.empties.get(key)
    answer = draft.speaks.say(f"engine.{empty}") if empty else shown(draft.held[key], step, scope)
    return f"{_cut(question)} {_cut(answer)}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LABEL else line[: _LABEL - 1].rstrip() + "…"


def ask_review(draft: Draft) -> None:
    """Shows the summary and asks whether to send it or to correct something."""
    # no numbers: where options are numbered in the text, "1" must mean one thing only
    lines = [f"- {summary_line(draft, *entry)}" for entry in answered(draft)]
    text = "\n".join([draft.speaks.say("engine.review"), *lines])
    options = (
        Option("send", draft.speaks.say("engine.review.send")),
        Option("correct", draft.speaks.say("engine.review.correct")),
    )
    draft.ask_own("review", text, options)


def ask_edit(draft: Draft) -> None:
    """Asks which answer to correct."""
    options = [Option(key, summary_line(draft, key, step, at)) for key, step, at in answered(draft)]
    options.append(Option("none", draft.speaks.say("engine.edit.none")))
    draft.ask_own("edit", draft.speaks.say("engine.edit"), tuple(options))


def reopen(draft: Draft) -> None:
    """A completed conversation is taken up again to correct an answer."""
    draft.status = "open"
    draft.finished = True
    draft.reviewed = False
    ask_edit(draft)
