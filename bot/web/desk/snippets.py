"""Beginnings of answers, ready to be changed: in the language of the person who asked."""

from __future__ import annotations

from bot.web.desk import words
from bot.web.desk.visit import Visit
from storage.requests import Case

_NAMES = ("full", "partial", "already_published", "not_held", "refused", "transferred", "ask", "extend")


def names() -> tuple[str, ...]:
    """Returns the name of each; its text is `desk.snippet.<name>`, what the choice is called `desk.snippet_name.<name>`."""
    return _NAMES


def filled(visit: Visit, case: Case, name: str) -> str:
    """Returns that text with the number, the day and the town hall filled in; "" for a name that is none.

    Of a language that is known in part only residents' own texts are there: then it is the officer's that is put.
    """
    if name not in _NAMES:
        return ""
    language = visit.office.language(case.language)
    if f"desk.snippet.{name}" not in language.texts:
        language = visit.language
    filed = words.long(visit.office.day(case.filed_at), language)
    who = visit.office.municipality or language.say("campaign.nameless")
    return language.say(f"desk.snippet.{name}", number=case.number, filed=filed, who=who)
