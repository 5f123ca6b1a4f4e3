"""The cards of the coding list: an answer with what is suggested, what this person said of it, and what others did.

Two who code the same answer do not see each other's themes before both have coded it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from multidict import MultiMapping

from bot.reports.themes.codebook import NONE, Codebook
from bot.reports.themes.suggest import suggester
from bot.web.desk.theme_view import View, address_of
from bot.web.desk.themes import Opened
from bot.web.desk.visit import Visit
from storage import staff, theme_lists
from storage.statements import Transaction
from storage.theme_lists import Listed
from storage.themes import QuoteRow, Word

SIZE = 20
"""Answers on a page."""

KEYS = "1234567890abdefghilmnopqrtvwxyz"
"""The keys of the themes, in the order of the book; c, j, k, s and u are the list's own (see static/themes.js)."""


@dataclass(frozen=True, slots=True)
class Card:
    """An answer as it is shown: what this person said of it, what others did where they may be seen, what is suggested."""

    listed: Listed
    suggested: tuple[str, ...]
    own: tuple[str, ...] | None
    others: tuple[tuple[str, str], ...] = ()
    settled: tuple[str, str] | None = None
    differ: bool = False
    quote: QuoteRow | None = None
    ticked: frozenset[str] = frozenset()
    problem: str = ""
    saved: str = ""

    @property
    def key(self) -> str:
        """Returns how forms and addresses name the answer."""
        return "-".join(map(str, self.listed.answer))

    @property
    def text(self) -> str:
        """Returns what was written, or said beside an attachment."""
        value = self.listed.value
        return value if isinstance(value, str) else str(value.get("caption") or "") if isinstance(value, dict) else ""

    @property
    def media(self) -> str:
        """Returns what kind of attachment it is; "" for none."""
        value = self.listed.value
        return str(value.get("kind") or "file") if isinstance(value, dict) and "reference" in value else ""


@dataclass(slots=True)
class Sent:
    """A form of the list: which cards were on it, and what is ticked on each."""

    keys: list[str]
    ticked: dict[str, tuple[str, ...]]
    none: frozenset[str]
    only: str = ""
    confirm: str = ""
    settle: str = ""
    undo: bool = False
    notes: dict[str, str] = field(default_factory=dict)


def around(visit: Visit, of: Opened, step: str, book: Codebook | None, view: View) -> dict[str, Any]:
    """Returns what a card needs beside itself."""
    keys = iter(KEYS)
    return {
        "flow": of.flow,
        "address": address_of(of, step),
        "action": f"{address_of(of, step)}?{view.query()}",
        "themes": [
            {
                "code": theme.code,
                "key": next(keys, ""),
                "label": theme.told(visit.language.code),
                "meaning": theme.meaning(visit.language.code),
                "include": theme.include,
                "exclude": theme.exclude,
            }
            for theme in (book.themes if book is not None else ())
        ],
        "alone": view.one,
        "settles": visit.may("release_results"),
        "quotable": step in of.quotable,
    }


def cards_of(tx: Transaction, visit: Visit, book: Codebook, rows: Sequence[Listed], form: Sent | None) -> list[Card]:
    """Returns the cards of these answers; what a form says that could not be kept stays ticked."""
    answers = [one.answer for one in rows]
    words, quotes = theme_lists.words_on(tx, answers), theme_lists.quotes_on(tx, answers)
    names = {person.id: person.name for person in staff.listed(tx)} if any(words.values()) else {}
    return [_made(visit, book, one, words[one.answer], names, quotes.get(one.answer), form) for one in rows]


def _made(
    visit: Visit,
    book: Codebook,
    listed: Listed,
    words: Sequence[Word],
    names: Mapping[int, str],
    quote: QuoteRow | None,
    form: Sent | None,
) -> Card:
    coded = {word.coder: word.themes or () for word in words if not word.settled}
    decision = next((word for word in reversed(words) if word.settled), None)
    own = coded.get(visit.person.id)
    visible = len(coded) > 1 and (own is not None or visit.may("release_results"))
    key = "-".join(map(str, listed.answer))
    ticked = frozenset(own or ())
    note = "" if form is None else form.notes.get(key, "")
    saved = ""
    if form is not None and key in form.keys and (note or key not in form.notes):
        # what could not be kept is on the page still
        ticked = frozenset(form.ticked.get(key, ())) | (frozenset({NONE}) if key in form.none else frozenset())
    elif form is not None and key in form.notes:
        saved = _labels(visit, book, decision.themes or () if key == form.settle and decision is not None else own or ())
    if own == () and not ticked:
        ticked = frozenset({NONE})
    return Card(
        listed=listed,
        suggested=suggested_in(book, listed),
        own=own,
        others=tuple((names.get(coder, "?"), _labels(visit, book, codes)) for coder, codes in coded.items()) if visible else (),
        settled=None if decision is None else (names.get(decision.coder, "?"), _labels(visit, book, decision.themes or ())),
        differ=visible and decision is None and len({frozenset(codes) for codes in coded.values()}) > 1,
        quote=quote,
        ticked=ticked,
        problem=note,
        saved=saved,
    )


def suggested_in(book: Codebook, listed: Listed) -> tuple[str, ...]:
    """Returns the themes that the words of an answer suggest."""
    value = listed.value
    text = value if isinstance(value, str) else str(value.get("caption") or "") if isinstance(value, dict) else ""
    return suggester(book).suggest(text)


def _labels(visit: Visit, book: Codebook, codes: Sequence[str]) -> str:
    by_code = {theme.code: theme.told(visit.language.code) for theme in book.themes}
    return ", ".join(by_code.get(code, code) for code in codes) or visit.say("themes.none")


def sent_in(form: MultiMapping[Any], book: Codebook) -> Sent:
    """Returns what a form of the list says; codes that the book has not are left out."""
    keys = [str(key) for key in form.getall("key", [])][:SIZE]
    return Sent(
        keys,
        {key: book.ordered([str(code) for code in form.getall(f"t:{key}", [])]) for key in keys},
        frozenset(key for key in keys if form.get(f"n:{key}")),
        str(form.get("only", "")),
        str(form.get("confirm", "")),
        str(form.get("settle", "")),
        bool(form.get("undo")),
    )
