"""An option that was chosen, or those that may have been."""

from __future__ import annotations

from bot.engine.answers.reading import AskBack, Sure
from bot.engine.answers.shown import Shown

MOST = 10
"""More candidates than this are no help: then the question is asked as it was."""


def sure(options: Shown, index: int, comment: str = "") -> Sure:
    """Returns the option as the answer."""
    return Sure(options.options[index].name, comment.strip())


def ask(reason: str, options: Shown, indices: object) -> AskBack:
    """Returns the question back with those options, each once; with none of them where they are too many."""
    candidates = options.candidates(indices)  # type: ignore[arg-type] # because every caller hands in indices
    return AskBack(reason, candidates if len(candidates) <= MOST else ())
