"""A document as it was found, and what it must have to be kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlsplit

from bot.engine.problem import Problem, Problems

LONGEST = 200_000
"""Letters of a text that are searched: some hundred pages. What comes after is told and left out."""

LARGEST = 25 * 1024 * 1024
"""Bytes of the largest file that is opened."""

_NAMES = {
    "title": ("title", "titulo", "nombre", "name", "asunto"),
    "text": ("text", "texto", "descripcion", "description", "resumen", "summary"),
    "file": ("file", "archivo", "fichero"),
    "link": ("link", "enlace", "url", "vinculo"),
    "date": ("date", "fecha", "published", "publicado"),
}
FIELDS: Mapping[str, str] = {name: field for field, names in _NAMES.items() for name in names}
"""What a column or key may be called, without accents → what it is."""

_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True)
class Found:
    """A document. `place` is its file inside the source or its link, `date` ISO, a year or "".

    `file` and `line` say where it stands.
    """

    title: str
    text: str
    link: str
    date: str
    place: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Read:
    """What a source holds, and what is wrong with it. With an error nothing of it is kept."""

    found: tuple[Found, ...]
    problems: tuple[Problem, ...]
    skipped: int = 0

    @property
    def fatal(self) -> bool:
        """Whether anything is an error."""
        return any(problem.severity == "error" for problem in self.problems)


@dataclass(slots=True)
class Gathering:
    """Takes documents as they are found, each once."""

    problems: Problems
    found: list[Found] = field(default_factory=list)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    told: list[Problem] = field(default_factory=list)
    skipped: int = 0

    def at(self, file: str) -> Problems:
        """Makes what is wrong from now on belong to that file, and returns where it is told."""
        self.told += self.problems.found
        self.problems = Problems(file)
        return self.problems

    def take(self, one: Found) -> None:
        """Takes a document, unless it lacks something or stands here already: then that is told."""
        problems = self.problems
        title, text = _clean(one.title), _clean(one.text)
        if not title:
            problems.error(one.line, "document_title")
            return
        if not text and not one.link:
            problems.error(one.line, "document_nothing", title=title)
            return
        if one.link and not is_link(one.link):
            problems.error(one.line, "document_link", link=one.link[:80], title=title)
            return
        if len(text) > LONGEST:
            problems.warn(one.line, "document_long", title=title, letters=LONGEST)
            text = text[:LONGEST]
        day = read_date(one.date)
        if day is None:
            problems.error(one.line, "document_date", date=one.date[:40], title=title)
            return
        if one.place in self.places:
            file, line = self.places[one.place]
            problems.error(one.line, "document_twice", place=one.place, first=f"{file}:{line}")
            return
        self.places[one.place] = one.file, one.line
        self.found.append(replace(one, title=title, text=text, date=day))

    def read(self) -> Read:
        """Returns what was found."""
        told = [*self.told, *self.problems.found]
        return Read(tuple(self.found), tuple(sorted(told, key=lambda one: (one.file, one.line))), self.skipped)


def named(key: str) -> str:
    """Returns what a column or key of that name is, "" for none that is known."""
    plain = unicodedata.normalize("NFD", key.strip().lower())
    return FIELDS.get("".join(letter for letter in plain if not unicodedata.combining(letter)), "")


def is_link(text: str) -> bool:
    """Tells whether that is an address that a browser opens."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(letter.isspace() for letter in text)


def read_date(text: str) -> str | None:
    """Returns a day as ISO has it, a year as it is, "" for nothing; None for what is neither."""
    text = text.strip()
    if not text or re.fullmatch(r"(19|20)\d\d(-\d\d)?", text):
        return text
    if told := _DAY.fullmatch(text):
        text = f"{told[3]}-{told[2]:0>2}-{told[1]:0>2}"
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return None


def _clean(text: str) -> str:
    # the databases keep no NUL, and nobody searches for what a program left behind
    kept = "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", kept).strip()
