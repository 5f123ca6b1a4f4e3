"""Dates and how they were counted, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from babel.dates import format_date

from bot.engine.language import Language
from bot.requests.calendar import DayOff
from bot.requests.terms import Count, Term

_FORMS = {"es": ("es_EC", "EEEE d 'de' MMMM 'de' y"), "en": ("en", "EEEE, d MMMM y")}
"""Language → locale and form. Every other language gets Spanish: the unicode consortium's Quechua is not Ecuador's."""


def day(when: date, language: str) -> str:
    """Returns the day in words: "martes 10 de noviembre de 2026"."""
    locale, form = _FORMS.get(language, _FORMS["es"])
    return str(format_date(when, form, locale=locale))


def days(listed: Sequence[DayOff], language: Language) -> str:
    """Returns the holidays among days of rest with their names, "lunes 2 de noviembre de 2026 (Difuntos); …"; weekends left out.

    "" where there is none.
    """
    named = [one for one in listed if one.name != "weekend"]
    return "; ".join(f"{day(one.day, language.code)} ({_name(one, language)})" for one in named)


def arithmetic(count: Count, language: Language) -> str:
    """Returns how a term was counted: from which day, how many days, what was passed over, what is doubtful."""
    code = language.code
    told = [
        language.say(f"request.count.{count.unit}", days=count.days, first=day(count.first, code), last=day(count.last, code))
    ]
    if holidays := days(count.skipped, language):
        told.append(language.say("request.count.holidays", holidays=holidays))
    if count.paused:
        told.append(language.say("request.count.paused", days=count.paused))
    if count.due != count.last:
        told.append(language.say("request.count.moved", due=day(count.due, code)))
    if count.latest != count.due:
        doubtful = days(count.doubtful, language)
        told.append(
            language.say("request.count.doubtful", days=doubtful, due=day(count.due, code), latest=day(count.latest, code))
        )
    return " ".join(told)


def both(term: Term, language: Language) -> str:
    """Returns the term with both dates: the printed one first, then how each was counted."""
    other = term.calendar if term.printed == "working" else term.working
    return "\n".join(
        [
            language.say("request.term.printed", due=day(term.due, language.code)),
            arithmetic(term.of(term.printed), language),
            language.say("request.term.other", due=day(other.due, language.code)),
            arithmetic(other, language),
        ]
    )


def _name(rest: DayOff, language: Language) -> str:
    key = f"request.feast.{rest.name}"
    return language.say(key) if key in language.texts else rest.name
