"""Choices as people type them: two that read alike, and numbers that are also places in the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.engine.answers import fold
from bot.engine.build import Parsed
from bot.engine.expressions import ExpressionError
from bot.engine.language import Language
from bot.engine.loading.document import Path
from bot.engine.loading.listing import Listing
from bot.engine.loading.outline import Entry, Outline


def lists_of(outline: Outline) -> Iterator[tuple[Entry, Listing, Path]]:
    """Yields each question with choices, its choices, and where they stand in the file. Parts are told where they are checked."""
    for entry in outline.walk():
        choices = entry.data.get("choices")
        if choices and not entry.inlined:
            shared = entry.data.get("list", "")
            yield entry, choices, ("choices", shared) if shared else (*entry.path, "choices")


def spoken(choice: Mapping[str, Any], language: str, path: Path) -> Iterator[tuple[str, Path]]:
    """Yields what a person may type for a choice in that language: its label and its words, with their places in the file."""
    label = choice["label"].get(language, "")
    if label and "${" not in label:
        yield label, (*path, choice["name"], "label", language)
    for code, words in choice.get("words", {}).items():
        for place, word in enumerate(words):
            yield word, (*path, choice["name"], "words", code, place)


def check_choices(outline: Outline, parsed: Parsed, languages: Mapping[str, Language]) -> None:
    """Reports choices of one question that read alike when typed, and labels that are the number of another choice."""
    for entry, choices, path in lists_of(outline):
        judge = _Judge(outline, entry, choices, _filter_columns(entry, parsed))
        for language in outline.languages:
            judge.begin(languages.get(language))
            for place, choice in enumerate(choices):
                for text, at in spoken(choice, language, path):
                    if typed := fold(text):
                        judge.alike(place, text, typed, at)
                        judge.number(place, typed, at)


class _Judge:
    """Looks at the choices of one question.

    `taken` is what may be typed so far: folded, and the columns by which a filter keeps choices apart → choice and text.
    """

    def __init__(self, outline: Outline, entry: Entry, choices: Listing, filtered: frozenset[str] | None) -> None:
        self.document = outline.document
        self.choices = choices
        # the product adds its own "other" below the choices, unless one of them is it
        self.adds_other = bool(entry.data.get("other")) and all(choice["name"] != "other" for choice in choices)
        self.columns = sorted(filtered or ())
        self.moving = filtered is not None or entry.data.get("order") == "random"
        self.count = len(choices) + self.adds_other
        self.taken: dict[tuple[str, tuple[str, ...]], tuple[str, str]] = {}
        self.others: dict[str, str] = {}

    def begin(self, language: Language | None) -> None:
        """Begins anew with the labels of another language."""
        self.taken = {}
        self.others = {fold(word): word for word in _other_words(language)} if language is not None and self.adds_other else {}

    def alike(self, place: int, text: str, typed: str, at: Path) -> None:
        """Reports a text that means another choice already, which may be shown at the same time."""
        choice = self.choices[place]
        columns = choice.get("columns", {})
        key = (typed, tuple([columns.get(column, "") for column in self.columns]))
        name: str = choice["name"]
        if typed in self.others:
            other, other_text = "other", self.others[typed]
        else:
            other, other_text = self.taken.setdefault(key, (name, text))
        if other != name:
            told = {"choice": name, "text": text, "other": other, "other_text": other_text}
            self.document.problems.error(self.document.line(at), "choices_alike", **told)

    def number(self, place: int, typed: str, at: Path) -> None:
        """Reports a label "2" in the first place: who types 2 may mean either."""
        if not (typed.isascii() and typed.isdigit() and len(typed) < 5 and 1 <= int(typed) <= self.count):
            return
        if self.moving or int(typed) != place + 1:
            told = {"choice": self.choices[place]["name"], "number": typed, "count": self.count}
            self.document.problems.error(self.document.line(at), "choice_number", **told)


def _other_words(language: Language) -> list[str]:
    """Returns how people say that they mean another choice: the product's own label for it, and its words."""
    words = language.words.get("other", [])
    return [language.texts.get("engine.other", "")] + [word for word in words if isinstance(word, str)]


def _filter_columns(entry: Entry, parsed: Parsed) -> frozenset[str] | None:
    source = entry.data.get("choice_filter")
    if source is None:
        return None
    try:
        return parsed.expression(source).columns - {"name"}
    except ExpressionError:
        return frozenset()
