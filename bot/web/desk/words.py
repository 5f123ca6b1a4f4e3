"""Dates, days left and sizes as staff read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from babel.dates import format_date, format_datetime

from bot.engine.language import Language
from bot.requests.states import awaits_answer
from bot.requests.words import day
from storage.requests import Case

_LOCALES = {"es": "es_EC", "en": "en"}
_FORMS = {"es": ("d MMM y", "d MMM y, H:mm"), "en": ("d MMM y", "d MMM y, H:mm")}

Urgency = Literal["late", "today", "soon", "calm", "done"]
"""late: the printed term has passed; today: the last day; soon: three days or less; calm; done: no answer is owed."""

SOON = 3


@dataclass(frozen=True, slots=True)
class Left:
    """How much time is left, in words, and how urgent that is; the word never stands without the other."""

    urgency: Urgency
    text: str


def short(when: date, language: Language) -> str:
    """Returns the day as a table shows it: "10 nov 2026"."""
    return str(format_date(when, _FORMS[_code(language)][0], locale=_LOCALES[_code(language)]))


def at(when: datetime, language: Language) -> str:
    """Returns the minute: "10 nov 2026, 14:05"."""
    return str(format_datetime(when, _FORMS[_code(language)][1], locale=_LOCALES[_code(language)]))


def long(when: date, language: Language) -> str:
    """Returns the day in words: "martes 10 de noviembre de 2026"."""
    return day(when, language.code)


def left(state: str, target: date, due: date, today: date, language: Language) -> Left:
    """Returns how much time is left until the target. Late is only what has passed the printed term."""
    if not awaits_answer(state):  # type: ignore[arg-type]  # because a constraint of the database says that it is a state
        return Left("done", language.say("desk.left.done"))
    if today > due:
        return Left("late", language.say("desk.left.late", days=(today - due).days))
    days = (target - today).days
    if days < 0:
        return Left("today", language.say("desk.left.target_passed", due=short(due, language)))
    if days == 0:
        return Left("today", language.say("desk.left.today"))
    return Left("soon" if days <= SOON else "calm", language.say("desk.left.days", days=days))


def left_of(case: Case, today: date, language: Language) -> Left:
    """Returns the same for a case."""
    return left(case.state, case.target, case.due, today, language)


def size(of: int) -> str:
    """Returns how large a file is."""
    return f"{of / 1_048_576:.1f} MB" if of >= 1_048_576 else f"{max(1, round(of / 1024))} KB"


def _code(language: Language) -> str:
    return language.code if language.code in _LOCALES else "es"
