"""The book of themes: which there are, what each means, and by which words one is suggested. Written in YAML, by people.

The words are found without their endings and accents (`bot/engine/answers/stemming.py`); `stems` are beginnings of words, for
families that a stemmer parts ("transparen": transparente, transparencia). `except` are words in which others mean something else
("guardia vieja"). All of it only suggests: what counts is what a person codes by the definition and its examples.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bot.engine.answers.folding import fold
from bot.engine.loading.document import Document, Path, read
from bot.engine.problem import Problem, Problems, ordered

NONE = "none"
"""Stands for "of no theme" in files; no theme may be called so."""

MOST = 60
"""Themes of one book: more than anybody can keep in mind while coding, and than a page can show."""

LABEL = 60
"""Letters of a label: it stands on a button, and in a chart."""

LANGUAGES = ("es", "en")
"""In which labels and definitions are asked for; words may be in any."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_BOOK = ("codebook", "title", "themes")
_THEME = ("label", "definition", "include", "exclude", "words", "stems", "except")
_SHORT = 3

Texts = Mapping[str, str]
"""Language → text."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme. `include` and `exclude` are examples for whoever codes; `words`, `stems`, `other` (the key `except`) suggest."""

    code: str
    label: Texts
    definition: Texts
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    def told(self, language: str) -> str:
        """Returns the label in that language, else in the first there is."""
        return self.label.get(language) or next(iter(self.label.values()), self.code)

    def meaning(self, language: str) -> str:
        """Returns the definition in that language, else in the first there is."""
        return self.definition.get(language) or next(iter(self.definition.values()), "")


@dataclass(frozen=True, slots=True)
class Codebook:
    """Themes in the order they are shown. `version` (hex) is the SHA-256 of `content`, the canonical JSON of all of it.

    Books of one version are the same book.
    """

    name: str = field(compare=False)
    title: Texts = field(compare=False)
    themes: tuple[Theme, ...] = field(compare=False)
    content: str = field(compare=False)
    version: str

    @property
    def codes(self) -> tuple[str, ...]:
        """Returns the codes in order."""
        return tuple(theme.code for theme in self.themes)

    def ordered(self, codes: Collection[str]) -> tuple[str, ...]:
        """Returns those of these codes that the book has, in its order, each once."""
        return tuple(code for code in self.codes if code in codes)


@lru_cache(maxsize=32)
def read_codebook(content: bytes, file: str) -> tuple[Codebook | None, tuple[Problem, ...]]:
    """Reads a book of themes. What is wrong is told with its line; without errors there is a book. Never raises."""
    problems = Problems(file)
    document = read(content, problems)
    if document is None:
        return None, ordered(problems)
    book = _Reader(document, problems).book()
    return None if problems.fatal else book, ordered(problems)


def kept_labels(content: str) -> dict[str, Texts]:
    """Returns the labels of the themes of a book by its canonical JSON, in its order."""
    return {theme["code"]: theme["label"] for theme in json.loads(content)["themes"]}


class _Reader:
    def __init__(self, document: Document, problems: Problems) -> None:
        self.document = document
        self.problems = problems
        self.labels: dict[str, str] = {}
        self.claimed: dict[tuple[str, ...], tuple[str, str]] = {}

    def book(self) -> Codebook:
        data = self.mapping(self.document.data, (), _BOOK)
        name = data.get("codebook", "")
        if not isinstance(name, str) or not _CODE.fullmatch(name):
            self.problems.error(self.document.key(("codebook",)), "themes_name", name=name or "–")
        raw = self.mapping(data.get("themes") or {}, ("themes",))
        if not raw:
            self.problems.error(self.document.key(("themes",)), "themes_empty")
        if len(raw) > MOST:
            self.problems.error(self.document.key(("themes",)), "themes_many", count=len(raw), limit=MOST)
        title = self.texts(data.get("title") or str(name), ("title",))
        themes = tuple(self.theme(code, each) for code, each in raw.items())
        content = json.dumps(
            {"name": name, "title": title, "themes": [_data(theme) for theme in themes]},
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )
        return Codebook(str(name), title, themes, content, hashlib.sha256(content.encode()).hexdigest())

    def theme(self, code: str, raw: Any) -> Theme:
        path = ("themes", code)
        if not _CODE.fullmatch(code) or code == NONE:
            self.problems.error(self.document.key(path), "themes_code", code=code)
        given = self.mapping(raw, path, _THEME)
        for needed in ("label", "definition"):
            if not given.get(needed):
                self.problems.error(self.document.key(path), "missing_key", key=needed, where=code)
        label = self.texts(given.get("label", ""), (*path, "label"))
        for language, text in label.items():
            line = self.document.line((*path, "label"))
            if len(text) > LABEL:
                self.problems.error(line, "themes_label_long", code=code, count=len(text), limit=LABEL)
            first = self.labels.setdefault(f"{language} {fold(text)}", code)
            if first != code:
                self.problems.error(line, "themes_label_twice", label=text, code=code, first=first)
        theme = Theme(
            code,
            label,
            self.texts(given.get("definition", ""), (*path, "definition")),
            self.listed(given.get("include"), (*path, "include")),
            self.listed(given.get("exclude"), (*path, "exclude")),
            self.spoken(given.get("words"), (*path, "words")),
            self.spoken(given.get("stems"), (*path, "stems")),
            self.spoken(given.get("except"), (*path, "except")),
        )
        self.judge(theme, path)
        return theme

    def judge(self, theme: Theme, path: Path) -> None:
        """Warns of what suggests nothing, too much, or the same as another theme."""
        if not theme.words and not theme.stems:
            self.problems.warn(self.document.key(path), "themes_no_words", code=theme.code)
        for kind, listed in (("words", theme.words), ("stems", theme.stems)):
            line = self.document.key((*path, kind))
            for word in listed:
                folded = fold(word)
                if not folded:
                    self.problems.error(line, "themes_word_empty", code=theme.code, word=word)
                    continue
                if kind == "stems" and (" " in folded or len(folded) < _SHORT):
                    self.problems.error(line, "themes_stem", code=theme.code, word=word, least=_SHORT)
                first, told = self.claimed.setdefault((kind, folded), (theme.code, word))
                if first != theme.code:
                    self.problems.warn(line, "themes_word_twice", word=told, code=theme.code, first=first)

    def mapping(self, raw: Any, path: Path, known: tuple[str, ...] = ()) -> dict[str, Any]:
        where = str(path[-1]) if path else "codebook"
        if not isinstance(raw, dict):
            self.problems.error(self.document.line(path), "expected_mapping", key=where)
            return {}
        for key in raw:
            if known and key not in known:
                near = self.problems.near(key, known)
                self.problems.error(self.document.key((*path, key)), "unknown_key", key=key, where=where, near=near)
        return raw

    def texts(self, raw: Any, path: Path) -> dict[str, str]:
        """Returns a text in its languages; a plain text is Spanish, and there is no text without Spanish."""
        if isinstance(raw, str):
            return {"es": " ".join(raw.split())} if raw.strip() else {}
        given = self.mapping(raw, path, LANGUAGES)
        found = {str(key): " ".join(text.split()) for key, text in given.items() if isinstance(text, str) and text.strip()}
        if given and "es" not in found:
            self.problems.error(self.document.line(path), "themes_no_spanish", key=path[-1])
        for language in LANGUAGES:
            if found and language not in found and language != "es":
                self.problems.warn(self.document.line(path), "themes_no_language", key=path[-1], language=language)
        return found

    def spoken(self, raw: Any, path: Path) -> tuple[str, ...]:
        """Returns words: a list, or lists by language, which all count whatever language an answer is in."""
        if isinstance(raw, dict):
            return tuple(word for language in raw for word in self.listed(raw[language], (*path, language)))
        return self.listed(raw, path)

    def listed(self, raw: Any, path: Path) -> tuple[str, ...]:
        if raw is None or raw == "":
            return ()
        if isinstance(raw, str) or not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
            self.problems.error(self.document.key(path), "themes_list", key=path[-1])
            return ()
        return tuple(" ".join(each.split()) for each in raw)


def _data(theme: Theme) -> dict[str, object]:
    return {
        "code": theme.code,
        "label": dict(theme.label),
        "definition": dict(theme.definition),
        "include": list(theme.include),
        "exclude": list(theme.exclude),
        "words": list(theme.words),
        "stems": list(theme.stems),
        "except": list(theme.other),
    }
