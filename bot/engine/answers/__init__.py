"""Understanding: from what a person wrote to what a question stores.

Pure: word lists come with the languages, the clock is handed in. Three outcomes and no fourth: `Sure`, `AskBack` with what
may have been meant, `NotUnderstood`. A wrong silent reading is worse than a question back. One file for each kind.
"""

from __future__ import annotations

from bot.engine.answers.folding import fold
from bot.engine.answers.places import Gazetteer, gazetteer
from bot.engine.answers.reading import AskBack, Candidate, Choosable, NotUnderstood, Question, Reading, Sure
from bot.engine.answers.understanding import understand
from bot.engine.answers.words import control, is_word, language_named

__all__ = [
    "AskBack",
    "Candidate",
    "Choosable",
    "Gazetteer",
    "NotUnderstood",
    "Question",
    "Reading",
    "Sure",
    "control",
    "fold",
    "gazetteer",
    "is_word",
    "language_named",
    "understand",
]
