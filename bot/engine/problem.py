"""What is wrong with a flow, and where: as data. The words for people live in the catalogues under `check.<code>`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from bot.engine.language import Language

Severity = Literal["error", "warning"]

_LISTED = 12
_GUESSES = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` counts from 1 and points at the very key or value; `places` fill the text `check.<code>`.

    A flow with an error does not open; a warning is for its author to judge. `accepted` is why the author accepts it, "" where
    that is not said.
    """

    file: str
    line: int
    severity: Severity
    code: str
    places: Mapping[str, str] = field(default_factory=dict, hash=False)
    accepted: str = ""

    def tell(self, language: Language) -> str:
        """Returns what is wrong and how to mend it, in that language, without the place."""
        return language.say(f"check.{self.code}", **self.places)


def ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Returns each problem once, by file, line, severity and code."""
    seen = {(p.file, p.line, p.severity, p.code, tuple(sorted(p.places.items())), p.accepted): p for p in problems}
    return tuple(seen[key] for key in sorted(seen))


class Problems:
    """Gathers what is wrong with one file, so that nothing stops at the first."""

    __slots__ = ("file", "found", "guesses")

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []
        self.guesses = 0

    def error(self, line: int, code: str, /, **places: object) -> None:
        """Adds an error."""
        self.found.append(Problem(self.file, line, "error", code, {key: str(value) for key, value in places.items()}))

    def warn(self, line: int, code: str, /, **places: object) -> None:
        """Adds a warning."""
        self.found.append(Problem(self.file, line, "warning", code, {key: str(value) for key, value in places.items()}))

    def near(self, word: str, known: Iterable[str]) -> str:
        """Returns the known word that was probably meant, else the known words themselves, for a remedy.

        Guessing costs time that grows with both lists; past some guesses in one file only the list is given.
        """
        words = list(known)
        self.guesses += 1
        if self.guesses <= _GUESSES and len(words) <= 2_000:
            close = nearest(word, words)
            if close:
                return close
        return listed(words)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.found)

    @property
    def fatal(self) -> bool:
        """Whether anything found is an error."""
        return any(problem.severity == "error" for problem in self.found)


def nearest(word: str, known: Iterable[str]) -> str:
    """Returns the known word that looks most like this one, "" where none does."""
    words = {candidate.lower(): candidate for candidate in known}
    close = get_close_matches(word.lower()[:80], words, n=1, cutoff=0.6)
    return words[close[0]] if close else ""


def listed(words: Iterable[str]) -> str:
    """Returns the first words of a list, as a message names them."""
    every = list(words)
    return ", ".join(every[:_LISTED]) + (", …" if len(every) > _LISTED else "") if every else "–"
