"""Words that mean something else already: control words of the product, and what a carrier takes for a stop on SMS."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.engine.answers import fold
from bot.engine.answers.words import control
from bot.engine.checks.choices import lists_of, spoken
from bot.engine.language import Language
from bot.engine.loading.document import Document, Path
from bot.engine.loading.outline import Outline

STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
"""What carriers stop a sender for, in any country, when it is the whole SMS."""


def start_words(document: Document) -> list[tuple[str, Path]]:
    """Returns the words that begin the flow, each with its place in the file."""
    start: Any = document.data.get("start")
    written: Any = start.get("words", []) if isinstance(start, dict) else []
    if isinstance(written, str):
        return [(written, ("start", "words"))] if written else []
    if not isinstance(written, list):
        return []
    return [(word, ("start", "words", place)) for place, word in enumerate(written) if isinstance(word, str) and word]


def check_words(outline: Outline, languages: Mapping[str, Language], stop_words: Collection[str]) -> None:
    """Warns where an option or a start word is also a control word or a carrier's stop word."""
    known = [languages[code] for code in outline.languages if code in languages]
    for entry, choices, path in lists_of(outline):
        for language in outline.languages:
            for choice in choices:
                for text, at in spoken(choice, language, path):
                    _judge(outline, (text, at), entry.name, known, stop_words)
    document = outline.document
    for word, at in start_words(document):
        meaning = control(known, word) if known else None
        if meaning is not None:
            document.problems.warn(document.line(at), "start_word_control", word=word)
        if fold(word) in stop_words:
            document.problems.warn(document.line(at), "sms_stop_word", word=word, name="start")


def _judge(outline: Outline, said: tuple[str, Path], name: str, known: Sequence[Language], stop_words: Collection[str]) -> None:
    text, at = said
    document = outline.document
    if known and control(known, text) is not None:
        document.problems.warn(document.line(at), "control_word", word=text, name=name)
    if fold(text) in stop_words:
        document.problems.warn(document.line(at), "sms_stop_word", word=text, name=name)
