"""The law's words and terms, as data: law.yaml, which a municipality's lawyer may change.

Every legal sentence that anybody is shown comes from here, and what nobody has read in the gazette is shown to staff alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.engine.loading.document import Document, read
from bot.engine.problem import Problem, Problems, ordered
from bot.requests.terms import Unit

Texts = Mapping[str, str]
"""Language → text."""


@dataclass(frozen=True, slots=True)
class Article:
    """What an article says in plain words. `source` is where it was read; `verified` that somebody read the gazette."""

    key: str
    law: str
    article: str
    text: Texts
    source: str
    verified: bool

    def told(self, language: str) -> str:
        """Returns the sentence in that language, else in Spanish, else in the first there is."""
        return self.text.get(language) or self.text.get("es") or next(iter(self.text.values()), "")

    @property
    def cited(self) -> str:
        """Returns the article as it is cited: "LOTAIP, art. 34"."""
        return f"{self.law}, art. {self.article}" if self.article else self.law


@dataclass(frozen=True, slots=True)
class Law:
    """The terms in days, how they are printed, the articles and the reasons to refuse.

    `seat` is the key of the canton where the body sits, for its local holidays. `closing_days` after an answer that nobody
    objected to the request is closed. `suspends` is the article that lets the clock stop while an explanation is awaited;
    None: the printed term does not move.
    """

    days: int = 10
    extension: int = 5
    printed: Unit = "working"
    suspends: Article | None = None
    insistence_days: int = 10
    complaint_days: int = 15
    closing_days: int = 30
    seat: str = ""
    articles: Mapping[str, Article] = field(default_factory=dict)
    refusals: Mapping[str, Article] = field(default_factory=dict)

    def public(self, key: str, language: str) -> str:
        """Returns the sentence of that article with its citation for residents; "" while it is not verified or not known."""
        article = self.articles.get(key)
        return f"{article.told(language)} ({article.cited})" if article is not None and article.verified else ""


_TERM = ("days", "extension", "printed", "clarification_suspends", "insistence_days", "complaint_days", "closing_days")
_ARTICLE = ("law", "article", "text", "source", "verified")
_REFUSAL = ("label", "article")
_YES = {"yes": True, "no": False, "si": True, "sí": True, "true": True, "false": False}


def read_law(text: str | bytes, file: str) -> tuple[Law, tuple[Problem, ...]]:
    """Reads law.yaml. What is wrong is left out and reported with its line; never raises for what a file holds."""
    problems = Problems(file)
    document = read(text, problems)
    if document is None:
        return Law(), ordered(problems)
    reader = _Reader(document, problems)
    return reader.law(), ordered(problems)


class _Reader:
    def __init__(self, document: Document, problems: Problems) -> None:
        self.document = document
        self.problems = problems

    def law(self) -> Law:
        data = self.mapping(self.document.data, (), ("seat", "term", "articles", "refusals"))
        term = self.mapping(data.get("term") or {}, ("term",), _TERM)
        articles = self.mapping(data.get("articles") or {}, ("articles",))
        refusals = self.mapping(data.get("refusals") or {}, ("refusals",))
        suspends = term.get("clarification_suspends") or None
        return Law(
            days=self.days(term, "days", 10),
            extension=self.days(term, "extension", 5),
            printed="calendar" if self.one_of(term, "printed", ("working", "calendar")) == "calendar" else "working",
            suspends=None if suspends is None else self.suspension(suspends),
            insistence_days=self.days(term, "insistence_days", 10),
            complaint_days=self.days(term, "complaint_days", 15),
            closing_days=self.days(term, "closing_days", 30),
            seat=str(data.get("seat") or ""),
            articles={key: self.article(key, raw) for key, raw in articles.items()},
            refusals={key: self.refusal(key, raw) for key, raw in refusals.items()},
        )

    def article(self, key: str, raw: Any) -> Article:
        path = ("articles", key)
        given = self.mapping(raw, path, _ARTICLE)
        for needed in ("law", "text", "source", "verified"):
            if not given.get(needed):
                self.problems.error(self.document.key(path), "missing_key", key=needed, where=key)
        return Article(
            key,
            str(given.get("law", "")),
            str(given.get("article", "")),
            self.texts(given.get("text", ""), (*path, "text")),
            str(given.get("source", "")),
            self.truth(given.get("verified", "no"), (*path, "verified")),
        )

    def refusal(self, key: str, raw: Any) -> Article:
        path = ("refusals", key)
        given = self.mapping(raw, path, _REFUSAL)
        basis = self.mapping(given.get("article") or {}, (*path, "article"), ("law", "article", "verified"))
        if not given.get("label"):
            self.problems.error(self.document.key(path), "missing_key", key="label", where=key)
        verified = self.truth(basis.get("verified", "no"), (*path, "article", "verified"))
        label = self.texts(given.get("label", ""), (*path, "label"))
        return Article(key, str(basis.get("law", "")), str(basis.get("article", "")), label, "", verified)

    def suspension(self, raw: Any) -> Article:
        path = ("term", "clarification_suspends")
        given = self.mapping(raw, path, ("article", "text"))
        for needed in ("article", "text"):
            if not given.get(needed):
                self.problems.error(self.document.key(path), "missing_key", key=needed, where=path[-1])
        text = self.texts(given.get("text", ""), (*path, "text"))
        return Article("clarification_suspends", "", str(given.get("article", "")), text, "", True)

    def mapping(self, raw: Any, path: tuple[str, ...], known: tuple[str, ...] = ()) -> dict[str, Any]:
        if not isinstance(raw, dict):
            self.problems.error(self.document.line(path), "expected_mapping", key=path[-1] if path else "law")
            return {}
        for key in raw:
            if known and key not in known:
                near = self.problems.near(key, known)
                where = path[-1] if path else "law"
                self.problems.error(self.document.key((*path, key)), "unknown_key", key=key, where=where, near=near)
        return raw

    def texts(self, raw: Any, path: tuple[str, ...]) -> dict[str, str]:
        if isinstance(raw, str):
            return {"es": raw} if raw else {}
        return {language: str(said) for language, said in self.mapping(raw, path).items()}

    def days(self, term: Mapping[str, Any], key: str, default: int) -> int:
        raw = str(term.get(key) or default)
        if raw.isascii() and raw.isdigit() and 1 <= int(raw) <= 365:
            return int(raw)
        self.problems.error(self.document.line(("term", key)), "law_days", key=key, value=raw)
        return default

    def one_of(self, term: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str:
        raw = str(term.get(key) or known[0])
        if raw not in known:
            self.problems.error(self.document.line(("term", key)), "law_one_of", key=key, value=raw, known=", ".join(known))
            return known[0]
        return raw

    def truth(self, raw: Any, path: tuple[str, ...]) -> bool:
        found = _YES.get(str(raw).lower())
        if found is None:
            self.problems.error(self.document.line(path), "law_one_of", key=path[-1], value=raw, known="yes, no")
        return bool(found)
