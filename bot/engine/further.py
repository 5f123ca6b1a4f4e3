"""Messages sent in one breath: what was written before the present question could be read belongs to the one before it."""

from __future__ import annotations

from bot.engine.answering import accept, read
from bot.engine.answers import Sure
from bot.engine.asking import options_of
from bot.engine.draft import Draft, key_of
from bot.engine.state import Prompt
from bot.vocabulary import Instance, Text


def belongs_to_former(draft: Draft, prompt: Prompt, inbound: Text, text: str) -> bool:
    """Takes a message as a part or a correction of the former answer. Returns False where it answers the present question.

    A further message to a text is appended to it as a journal row, without a reply. Written before the present question was
    on the screen, a clear other answer to a closed question corrects it; so it does where the present question was perhaps on
    the screen, unless it is a clear answer to that one, too.
    """
    if draft.former is None:
        return False
    node, at = draft.former
    step = draft.step_at(node)
    held = draft.held.get(key_of(step.name, at))
    early = inbound.on_screen == "former"
    within = inbound.since is not None and inbound.since < step.join
    if step.type == "text" and isinstance(held, str) and (early or within):
        if not early and _answers_present(draft, prompt, text):
            return False
        draft.record(step.name, step.type, at, text, f"{held}\n{text.strip()}", reason="joined")
        return True
    if step.type == "text":
        return False
    if inbound.on_screen == "perhaps":
        return not _answers_present(draft, prompt, text) and _corrects(draft, node, at, text, twice=False)
    return early and _corrects(draft, node, at, text, twice=True)


def _answers_present(draft: Draft, prompt: Prompt, text: str) -> bool:
    """Tells whether the text is a clear answer to the question on the screen, if that is a closed one."""
    if prompt.asking != "question" or draft.step_at(prompt.node).type == "text":
        return False
    return isinstance(read(draft, prompt, text), Sure)


def _corrects(draft: Draft, node: int, at: Instance, text: str, *, twice: bool) -> bool:
    """A second answer to a closed question, sent before the next could be read, is the one that counts.

    `twice`: the same answer once more is heard as that, and changes nothing; else it is none of this question's.
    """
    step = draft.step_at(node)
    past = as_asked(draft, node, at)
    match read(draft, past, text):
        case Sure(value=value, comment=comment):
            if value == draft.held.get(key_of(step.name, at)):
                return twice
            accept(draft, node, at, text, value, comment=comment)
            return True
        case _:
            return False


def as_asked(draft: Draft, node: int, at: Instance) -> Prompt:
    """Returns the prompt that first put this question."""
    options = options_of(draft, draft.step_at(node), at)
    return Prompt(0, "question", node, at, tuple([option.name for option in options]), {}, draft.language)
