"""Which themes an answer may be of, by its words. A suggestion is shown to whoever codes and counts for nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.engine.answers.folding import fold
from bot.engine.answers.stemming import stem
from bot.reports.themes.codebook import Codebook, Theme

MOST = 4
"""Suggestions for one answer: more are no help."""

LETTERS = 5_000
"""Of a longer answer its beginning is looked at."""

_WORD = re.compile(r"[a-z0-9ñ]+")


class Suggester:
    """Suggests themes of one book. Making one costs as much as some hundred suggestions."""

    def __init__(self, book: Codebook) -> None:
        self._codes = book.codes
        self._words: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._stems: dict[str, list[tuple[str, str]]] = {}
        self._other: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for theme in book.themes:
            self._learn(theme)

    def suggest(self, text: str) -> tuple[str, ...]:
        """Returns the codes whose words the text has, those with most of them first, then in the order of the book."""
        folded = _WORD.findall(fold(text[:LETTERS]))
        stems = tuple(stem(word) for word in folded)
        hits: dict[str, set[str]] = {}
        silenced = set(self._found(self._other, stems))
        for place, code, what in self._hits(folded, stems):
            if (place, code) not in silenced:
                hits.setdefault(code, set()).add(what)
        return tuple(sorted(hits, key=lambda code: (-len(hits[code]), self._codes.index(code)))[:MOST])

    def _learn(self, theme: Theme) -> None:
        for words, into in ((theme.words, self._words), (theme.other, self._other)):
            for phrase in words:
                stems = tuple(stem(word) for word in _WORD.findall(fold(phrase)))
                if stems:
                    into.setdefault(stems[0], []).append((stems, theme.code))
        for beginning in theme.stems:
            plain = fold(beginning)
            self._stems.setdefault(plain[:3], []).append((plain, theme.code))

    def _hits(self, folded: list[str], stems: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
        """Yields the place of a word, the theme that it speaks for, and what it is there: the same word twice is one hint."""
        for place, word in enumerate(folded):
            for beginning, code in self._stems.get(word[:3], ()):
                if word.startswith(beginning):
                    yield place, code, beginning
            for phrase, code in self._words.get(stems[place], ()):
                if stems[place : place + len(phrase)] == phrase:
                    yield place, code, " ".join(phrase)

    def _found(self, rules: dict[str, list[tuple[tuple[str, ...], str]]], stems: tuple[str, ...]) -> Iterator[tuple[int, str]]:
        """Yields the places that lie in an exception, with the theme whose words do not count there."""
        for place, first in enumerate(stems):
            for phrase, code in rules.get(first, ()):
                if stems[place : place + len(phrase)] == phrase:
                    yield from ((place + offset, code) for offset in range(len(phrase)))


@lru_cache(maxsize=16)
def suggester(book: Codebook) -> Suggester:
    """Returns the suggester of a book, the same for the same book."""
    return Suggester(book)
