"""Another choice than those offered, in the person's own words."""

from __future__ import annotations

from bot.engine.draft import Draft
from bot.engine.state import Prompt
from bot.engine.walk import go_on
from bot.vocabulary import Instance


def settle(draft: Draft, node: int, at: Instance) -> None:
    """The question at that node has its answer."""
    draft.tries = 0
    draft.editing = False
    draft.former = (node, at)
    draft.node = node
    draft.frames = at


def ask_other(draft: Draft, node: int, at: Instance) -> None:
    """Asks what the other choice is."""
    step = draft.step_at(node)
    draft.ask("other", draft.speaks.say("engine.other.which"), step=f"{step.name}_other", node=node, at=at, wants="text")


def answer_other(draft: Draft, prompt: Prompt, text: str) -> None:
    """Keeps what the other choice is and goes on."""
    step = draft.step_at(prompt.node)
    draft.record(f"{step.name}_other", "text", prompt.at, text, text.strip())
    draft.former = None
    draft.node = prompt.node + 1
    go_on(draft)


def confirm_other(draft: Draft, prompt: Prompt, text: str, words: str) -> None:
    """What was written is none of the choices, but another is allowed: asks whether these words are meant as that."""
    said = " ".join(words.split())
    draft.ask(
        "confirm_other",
        draft.speaks.say("engine.other.confirm", text=said if len(said) <= 80 else said[:79] + "…"),
        step=draft.step_at(prompt.node).name,
        node=prompt.node,
        at=prompt.at,
        options=draft.yes_no(),
        detail={
            "raw": text,
            "words": words,
            "labels": [option.label for option in draft.yes_no()],
            "options": list(prompt.options),
        },
    )


def take_other(draft: Draft, prompt: Prompt, raw: str, words: str) -> None:
    """Records the other choice together with its words."""
    step = draft.step_at(prompt.node)
    draft.record(step.name, step.type, prompt.at, raw, "other")
    draft.record(f"{step.name}_other", "text", prompt.at, raw, words.strip())
    settle(draft, prompt.node, prompt.at)
    draft.former = None
    draft.node = prompt.node + 1
    go_on(draft)
