"""Days reckoned from today: "ayer", "hace tres días", "en dos semanas"."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from bot.engine.answers.day import Day
from bot.engine.answers.quantities import amount
from bot.engine.answers.words import Lexicon

Tokens = tuple[str, ...]


def relative(tokens: Tokens, at: int, words: Lexicon, today: date) -> Day | None:
    """Reads "ayer", "pasado mañana"."""
    found = words.find("days", tokens, at)
    return Day((today + timedelta(int(found[0])),), "", at, at + found[1]) if found is not None else None


def spanned(tokens: Tokens, at: int, words: Lexicon, today: date) -> Day | None:
    """Reads "hace tres días", "en dos semanas", "three days ago"; also "la próxima semana", which lacks its day."""
    for section, sign in (("ago", -1), ("ahead", 1), ("", -1)):
        size = words.length(section, tokens, at) if section else 0
        if section and not size:
            continue
        counted = amount(tokens, at + size, words)
        if counted is None and at + size < len(tokens) and words.has("one", tokens[at + size]):
            counted = (Decimal(1),), at + size + 1
        if counted is None or len(counted[0]) != 1 or counted[0][0] % 1 or counted[0][0] > 10_000:
            continue
        unit = words.find("spans", tokens, counted[1])
        if unit is None:
            continue
        end = counted[1] + unit[1]
        if not section:
            after = words.length("ago_after", tokens, end)
            if not after:
                continue
            end += after
        return Day(*_counted(today, unit[0], sign * int(counted[0][0])), at, end)
    for place in (at, at + 1):  # "la próxima semana", "el mes pasado"
        unit = words.find("spans", tokens, place)
        if unit is not None and place > at and any(words.length(s, tokens, at) == 1 for s in ("next", "past", "this")):
            return Day((), "date_day", at, place + unit[1])
        if unit is not None and place == at:
            after = next((n for s in ("next", "past") if (n := words.length(s, tokens, place + unit[1]))), 0)
            return Day((), "date_day", at, place + unit[1] + after) if after else None
    return None


def _counted(today: date, unit: str, many: int) -> tuple[tuple[date, ...], str]:
    try:
        match unit:
            case "day" if abs(many) == 8:  # a week, as days are counted in Spanish, or the days as said
                return tuple(sorted(today + timedelta(days) for days in (many, many - (1 if many > 0 else -1)))), "date"
            case "day":
                return (today + timedelta(many),), ""
            case "week":
                return (today + timedelta(weeks=many),), ""
            case "fortnight":
                return (today + timedelta(15 * many),), "date"
            case "month":
                return (today + relativedelta(months=many),), ""
            case _:
                return (today + relativedelta(years=many),), "" if abs(many) == 1 else "date"  # nobody counts years to the day
    except (OverflowError, ValueError):
        return (), "date_impossible"
