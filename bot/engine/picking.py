"""Which option of a question of the product's own a text means."""

from __future__ import annotations

from bot.engine.answers import Choosable, Question, Sure, understand
from bot.engine.draft import Draft
from bot.engine.state import Prompt


def picked(draft: Draft, prompt: Prompt, text: str) -> str | None:
    """Returns the option of a question of the product's own that this text means, None where it means none surely."""
    labels = prompt.detail["labels"]
    cut = {name: label for label, name in prompt.cut.items()}
    options = tuple([Choosable(name, label, (), cut.get(name, "")) for name, label in zip(prompt.options, labels, strict=True)])
    if not options:
        return None
    match understand(Question("select_one", options), text, draft.listens(), draft.now):
        case Sure(value=str() as name):
            return name
        case _:
            return None
