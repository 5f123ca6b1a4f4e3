"""The summary before the end, and corrections of what was answered."""

from __future__ import annotations

from bot.engine.answering import ask_again
from bot.engine.answers.words import correction
from bot.engine.draft import Draft
from bot.engine.ending import answered, ask_edit, close
from bot.engine.walk import go_on


def review(draft: Draft, name: str) -> None:
    """Does what was chosen below the summary: send, correct, or correct one answer."""
    if name.startswith("edit:"):
        edit(draft, name.removeprefix("edit:"))
    elif name == "correct":
        ask_edit(draft)
    else:
        draft.reviewed = True
        go_on(draft)


def correct_numbered(draft: Draft, text: str) -> bool:
    """Asks again what "corregir la 3" names, by the numbers of the summary. Returns False where the message is no such thing."""
    number = correction(draft.listens(), text)
    keys = [key for key, _, _ in answered(draft)]
    if number is None or not 1 <= number <= len(keys):
        return False
    edit(draft, keys[number - 1])
    return True


def edit(draft: Draft, key: str) -> None:
    """Asks again the answer of that key; "none" goes on without a correction."""
    flow = draft.flow
    assert flow is not None
    if key == "none":
        if draft.finished:
            draft.reply("engine.edit.nothing")
            close(draft, "completed")
        else:
            go_on(draft)
        return
    name, *instance = key.split("/")
    ask_again(draft, flow.index[name], tuple(map(int, instance)))
