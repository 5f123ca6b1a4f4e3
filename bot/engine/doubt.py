"""A message that was written while the present question was on its way: perhaps it was seen, perhaps not.

What the message says decides. Where it would answer either question, it counts for the present one if it clearly answers that,
and the person is told how it was taken: an answer must never go to another question in silence.
"""

from __future__ import annotations

from dataclasses import replace

from bot.engine.answering import read
from bot.engine.answers import Sure
from bot.engine.draft import Draft
from bot.engine.further import as_asked
from bot.engine.scope import FlowScope, filled
from bot.engine.state import Prompt
from bot.vocabulary import RecordAnswer, Say

_SHOWN = 60
"""Characters of what was written, and of the question, that are repeated to the person."""


def answers_former(draft: Draft, prompt: Prompt, text: str) -> bool:
    """Tells whether the text could also be meant for the question before this one."""
    if draft.former is None:
        return False
    node, at = draft.former
    if (node, at) == (prompt.node, prompt.at):
        return False  # the same question asked again: there is nothing to mix up
    return isinstance(read(draft, as_asked(draft, node, at), text), Sure)


def tell_taken(draft: Draft, since: int, text: str) -> None:
    """Says, in the last message of this turn, as an answer to which question the text was taken.

    `since` is how many effects there were before it was. Nothing is said where nothing was recorded, nor where nothing is said at
    all: a further message to a text is appended to it in silence.
    """
    new = draft.effects[since:]
    taken = next((effect for effect in new if isinstance(effect, RecordAnswer)), None)
    last = next((place for place in reversed(range(since, len(draft.effects))) if isinstance(draft.effects[place], Say)), None)
    if taken is None or last is None or draft.flow is None:
        return
    name = taken.step if taken.step in draft.flow.index else taken.step.removesuffix("_other")
    if name not in draft.flow.index:
        return
    step = draft.flow.step(name)
    question = filled(step.label, FlowScope(draft, taken.at), draft.language)
    told = draft.speaks.say("engine.taken_as", text=_short(text), question=_short(question))
    say = draft.effects[last]
    assert isinstance(say, Say)
    draft.effects[last] = replace(say, text=f"{say.text}\n\n{told}")


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= _SHOWN else one[: _SHOWN - 1].rstrip() + "…"
