"""Which reading belongs to which type of question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.engine.answers.folding import fold
from bot.engine.answers.reading import NotUnderstood, Question, Reading, Sure
from bot.engine.language import Language


def understand(question: Question, text: str, languages: Sequence[Language], now: datetime) -> Reading:
    """Reads `text` as the answer to `question`. Never raises, whatever the text.

    `languages`: the person's first, then the flow's others; words of all of them are understood, the first wins where two
    differ. `now` is aware, in the municipality's zone.
    """
    if question.type == "text":
        return Sure(text.strip()) if text.strip() else NotUnderstood()
    folded = fold(text)
    for position, option in enumerate(question.options, 1):
        if folded and folded in (fold(option.label), str(position), *map(fold, option.words)):
            return Sure([option.name] if question.type in ("select_multiple", "rank") else option.name)
    return NotUnderstood()
