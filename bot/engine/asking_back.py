"""Questions back: which of several readings is meant."""

from __future__ import annotations

from bot.engine.answers import AskBack
from bot.engine.asking import options_of, put
from bot.engine.draft import Draft
from bot.engine.state import Prompt
from bot.vocabulary import Option


def ask_back(draft: Draft, prompt: Prompt, text: str, reading: AskBack) -> None:
    """Asks which of several readings is meant, instead of guessing."""
    step = draft.step_at(prompt.node)
    if not reading.candidates:
        put(draft, prompt.node, prompt.at, _asked(draft, reading, ""), options_of(draft, step, prompt.at))
        return
    labels = [candidate.label for candidate in reading.candidates]
    single = len(labels) == 1
    options = draft.yes_no() if single else tuple([Option(str(n), label) for n, label in enumerate(labels, 1)])
    detail = {
        "raw": text,
        "values": [candidate.value for candidate in reading.candidates],
        "labels": [option.label for option in options],
        "single": single,
        "options": list(prompt.options),
    }
    draft.ask(
        "candidates",
        _asked(draft, reading, labels[0] if single else ""),
        step=step.name,
        node=prompt.node,
        at=prompt.at,
        options=options,
        detail=detail,
    )


def _asked(draft: Draft, reading: AskBack, label: str) -> str:
    if label:
        return draft.speaks.say("engine.ask_back.one", label=label)
    key = f"answers.ask.{reading.reason}" if reading.candidates or reading.reason != "unsure" else "engine.ask_back.unsure"
    return draft.speaks.say(key if key in draft.speaks.texts else "engine.ask_back")
