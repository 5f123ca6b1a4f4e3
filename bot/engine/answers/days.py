"""Days of the calendar inside a message: numeric, with the month's name, relative to today, or incomplete."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from bot.engine.answers.day import Day, day_of, made, years_of
from bot.engine.answers.quantities import amount
from bot.engine.answers.reckoned_days import relative, spanned
from bot.engine.answers.words import Lexicon

Tokens = tuple[str, ...]


def find_days(tokens: Tokens, words: Lexicon, today: date) -> tuple[Day, ...]:
    """Returns the dates in the message, left to right. A date that no calendar has is left out of `days`."""
    found: list[Day] = []
    at = 0
    halved = -1  # where a half of the day was named just before
    while at < len(tokens):
        part = words.find("day_parts", tokens, at)
        today_or_so = words.find("days", tokens, at)
        if part is not None:
            if part[1] == 2 and at == halved and words.find("days", tokens, at + 1) is not None:
                at, halved = at + 1, -1  # "a las 4 pm de mañana"
                continue
            halved = at + part[1]
            if part[1] > (today_or_so[1] if today_or_so else 1):  # the "mañana" of "en la mañana" is no day
                at = halved
                continue
        day = _day(tokens, at, words, today)
        if day is None:
            at += 1
        else:
            found.extend(_shared(tokens, day, words))
            at = day.end
    return tuple(found)


def _day(tokens: Tokens, at: int, words: Lexicon, today: date) -> Day | None:
    if "/" in tokens[at]:
        return _numeric(tokens[at], at, words, today)
    for reading in (relative, spanned, _feast, _written, _weekday):
        if (day := reading(tokens, at, words, today)) is not None:
            return day
    return None


def _numeric(token: str, at: int, words: Lexicon, today: date) -> Day:
    parts = token.split("/")
    if len(parts) == 2:
        return day_of(int(parts[0]), int(parts[1]), None, today, at, at + 1)
    if len(parts[0]) == 4:
        return day_of(int(parts[2]), int(parts[1]), (int(parts[0]),), today, at, at + 1)
    first, second = int(parts[0]), int(parts[1])
    years = years_of(parts[2], today)
    if second > 12 >= first:  # as in the United States; never taken unasked
        return Day(day_of(second, first, years, today, at, at + 1).days, "date_order", at, at + 1)
    day = day_of(first, second, years, today, at, at + 1)
    if words.form("date_order", "order") == "either" and first <= 12 and first != second:  # as speakers of English do
        other = day_of(second, first, years, today, at, at + 1)
        return Day((*day.days, *other.days), "date_order", at, at + 1)
    return day


def _feast(tokens: Tokens, at: int, words: Lexicon, today: date) -> Day | None:
    found = words.find("feasts", tokens, at)
    if found is None:
        return None
    month, day = (int(part) for part in found[0].split("-"))
    end = at + found[1]
    year = _year(tokens, end, words, today)
    return day_of(day, month, year[0] if year else None, today, at, year[1] if year else end)


def _weekday(tokens: Tokens, at: int, words: Lexicon, today: date) -> Day | None:
    """Reads "el lunes pasado"; a bare "lunes" is the last one or the next; before a date it belongs to that date."""
    lead = next(((section, size) for section in ("past", "next", "this") if (size := words.length(section, tokens, at))), ("", 0))
    found = words.find("weekdays", tokens, at + lead[1])
    if found is None:
        return None
    end = at + lead[1] + found[1]
    after = next(((section, size) for section in ("past", "next") if (size := words.length(section, tokens, end))), ("", 0))
    weekday = int(found[0])
    if not lead[0] and not after[0] and (week := _of_week(tokens, end, words)) is not None:
        monday = today - timedelta(today.weekday())
        return Day((monday + timedelta(7 * week[0] + weekday),), "", at, week[1])
    dated = _dated(tokens, end, words, today) if not after[0] and not lead[0] else None
    if dated is not None:
        right = tuple(day for day in dated.days if day.weekday() == weekday)
        if right and dated.reason in ("", "date_year"):
            return Day(right, dated.reason, at, dated.end)
        return Day(dated.days, dated.reason or "date_weekday", at, dated.end)
    if not lead[0] and not after[0] and (numbered := _weekday_numbered(tokens, at, end, weekday, words, today)) is not None:
        return numbered
    last = today - timedelta((today.weekday() - weekday - 1) % 7 + 1)
    coming = today + timedelta((weekday - today.weekday() - 1) % 7 + 1)
    if at and words.has("plural_articles", tokens[at - 1]):  # "los lunes" are many
        return Day((last, coming), "date", at, end)
    if lead[0] and (month := _in_month(tokens, end, words)) > end:  # "último viernes del mes"
        return Day((), "date_day", at, month)
    match lead[0] or after[0]:
        case "past":
            return Day((last,), "", at, end + after[1])
        case "next":
            return Day((coming,), "", at, end + after[1])
        case "this" if weekday > today.weekday():  # still to come in this week
            return Day((coming,), "", at, end)
        case _:
            same = (today,) if today.weekday() == weekday else ()
            return Day((last, *same, coming), "date_which", at, end)


def _dated(tokens: Tokens, at: int, words: Lexicon, today: date) -> Day | None:
    """The date that follows a weekday and is the same day; another weekday ("lunes a viernes") or a half of the day is none."""
    while at < len(tokens):
        part = words.find("day_parts", tokens, at)
        if part is not None and part[1] > 1:
            return None
        size = words.length("date_of", tokens, at)
        if not size and tokens[at] != "¦":
            break
        at += size or 1
    day = _day(tokens, at, words, today) if at < len(tokens) else None
    return day if day is not None and day.days and day.reason != "date_which" and at <= day.start else None


def _in_month(tokens: Tokens, at: int, words: Lexicon) -> int:
    """Where "del mes", "de diciembre" ends that stands there; the place itself if it does not."""
    for place in range(at + 1, _skip(tokens, at, words) + 1):
        unit = words.find("spans", tokens, place)
        month = words.find("months", tokens, place)
        if month is not None or (unit is not None and unit[0] in ("month", "year")):
            return place + (month or unit or ("", 0))[1]
    return at


def _of_week(tokens: Tokens, at: int, words: Lexicon) -> tuple[int, int] | None:
    """Reads the "de la próxima semana" after a weekday: how many weeks ahead, and where it ends."""
    place = at
    while size := words.length("date_of", tokens, place):
        place += size
    for section, weeks in (("this", 0), ("next", 1), ("past", -1)):
        lead = words.length(section, tokens, place)
        unit = words.find("spans", tokens, place + lead)
        if unit is not None and unit[0] == "week":
            end = place + lead + unit[1]
            tail = 0 if lead else words.length(section, tokens, end)
            if lead or tail:
                return weeks, end + tail
    return None


def _weekday_numbered(tokens: Tokens, at: int, end: int, weekday: int, words: Lexicon, today: date) -> Day | None:
    """Reads "el sábado 28": the one day of that number near today that falls on it; with no such day it is asked."""
    if (
        end < len(tokens)
        and words.has("date_of", tokens[end])
        and not any(words.has(s, tokens[end]) for s in ("through", "between"))
    ):
        end += 1  # "Friday the 20th"
    number = _day_number(tokens, end, words)
    if number is None or (number[1] < len(tokens) and words.length("units", tokens, number[1])):
        return None
    first = today.replace(day=1)
    months = (first + relativedelta(months=step) for step in (-1, 0, 1))
    near = tuple(day for month in months if (day := made(month.year, month.month, number[0])) is not None)
    right = tuple(day for day in near if day.weekday() == weekday)
    return Day(right or near, "" if len(right) == 1 else "date_weekday", at, number[1])


def _written(tokens: Tokens, at: int, words: Lexicon, today: date) -> Day | None:
    """Reads "15 de marzo de 2026", "marzo 15 del 24", "marzo 2026", "el 15", "15 3 2026"."""
    number = _day_number(tokens, at, words)
    if number is not None:
        day, end = number
        if end + 1 < len(tokens) and tokens[end].isdecimal() and tokens[end + 1].isdecimal() and len(tokens[end + 1]) == 4:
            return day_of(day, int(tokens[end]), (int(tokens[end + 1]),), today, at, end + 2)
        place = _skip(tokens, end, words)
        month = words.find("months", tokens, place)
        if month is not None:
            end = place + month[1]
            year = _year(tokens, end, words, today)
            return day_of(day, int(month[0]), year[0] if year else None, today, at, year[1] if year else end)
        return _this_month(tokens, at, number, words, today)
    month = words.find("months", tokens, at)
    if month is None:
        return None
    end = at + month[1]
    number = _day_number(tokens, _skip(tokens, end, words), words)
    if number is not None and not _is_year(tokens, end, words, number):
        year = _year(tokens, number[1], words, today)
        return day_of(number[0], int(month[0]), year[0] if year else None, today, at, year[1] if year else number[1])
    year = _year(tokens, end, words, today)
    return Day((), "date_day", at, year[1] if year else end)


def _is_year(tokens: Tokens, at: int, words: Lexicon, number: tuple[int, int]) -> bool:
    """Reads "marzo del 24", "marzo de dos mil": after a "de" stands a year; "marzo 15" is a day."""
    return _skip(tokens, at, words) > at and _year(tokens, number[1], words, date.min) is None


def _this_month(tokens: Tokens, at: int, number: tuple[int, int], words: Lexicon, today: date) -> Day | None:
    """Reads "el 15 de este mes", "15 del presente"; a lone "el 15" lacks its month."""
    day, end = number
    place = _skip(tokens, end, words)
    for section, months in (("this", 0), ("next", 1), ("past", -1)):
        size = words.length(section, tokens, place)
        if not size and (unit := words.find("spans", tokens, place)) is not None and unit[0] == "month":
            size = unit[1] + words.length(section, tokens, place + unit[1])
            size = size if size > unit[1] else 0
        if size:
            unit = words.find("spans", tokens, place + size)
            first = today.replace(day=1) + relativedelta(months=months)
            return day_of(day, first.month, (first.year,), today, at, place + size + (unit[1] if unit else 0))
    if at and words.has("date_of", tokens[at - 1]) and tokens[at].isdecimal():
        return Day((), "date_month", at, end)
    return None


def _day_number(tokens: Tokens, at: int, words: Lexicon) -> tuple[int, int] | None:
    """A number from 1 to 31 in digits, words or as an ordinal ("primero"), and where it ends."""
    if at >= len(tokens):
        return None
    if tokens[at].isdecimal():
        return (int(tokens[at]), at + 1) if len(tokens[at]) <= 2 and int(tokens[at]) else None
    ordinal = words.find("ordinals", tokens, at)
    if ordinal is not None and 1 <= int(ordinal[0]) <= 10:
        return int(ordinal[0]), at + ordinal[1]
    if tokens[at][0].isdigit() or words.has("half", tokens[at]) or "¦" in tokens[at]:
        return None
    counted = amount(tokens, at, words)
    if counted is None or len(counted[0]) != 1 or counted[0][0] % 1 or not 1 <= counted[0][0] <= 31:
        return None
    return int(counted[0][0]), counted[1]


def _year(tokens: Tokens, at: int, words: Lexicon, today: date) -> tuple[tuple[int, ...], int] | None:
    """A year of four digits, of two after "del" or a day, or in words, and where it ends."""
    place = _skip(tokens, at, words)
    named = next((year for start in range(at, place + 1) if (year := _named_year(tokens, start, words, today))), None)
    if named is not None:
        return named
    if place >= len(tokens):
        return None
    if tokens[place].isdecimal():
        if len(tokens[place]) not in (2, 4):
            return None
        return years_of(tokens[place], today), place + 1
    if words.key("numbers", tokens[place]) is None:
        return None
    counted = amount(tokens, place, words)
    if counted is None or len(counted[0]) != 1 or not 1000 <= counted[0][0] <= 2999 or counted[0][0] % 1:
        return None
    return (int(counted[0][0]),), counted[1]


def _named_year(tokens: Tokens, at: int, words: Lexicon, today: date) -> tuple[tuple[int, ...], int] | None:
    """Reads "este año", "año pasado", "last year", and where it ends."""
    for section, years in (("this", 0), ("next", 1), ("past", -1)):
        lead = words.length(section, tokens, at)
        unit = words.find("spans", tokens, at + lead) if at + lead < len(tokens) else None
        if unit is None or unit[0] != "year":
            continue
        tail = 0 if lead else words.length(section, tokens, at + unit[1])
        if lead or tail:
            return (today.year + years,), at + lead + unit[1] + tail
    return None


def _skip(tokens: Tokens, at: int, words: Lexicon) -> int:
    """Past the words and pauses that join the parts of a date."""
    while at < len(tokens):
        size = words.length("date_of", tokens, at)
        if not size and tokens[at] != "¦":
            break
        at += size or 1
    return at


def _shared(tokens: Tokens, day: Day, words: Lexicon) -> tuple[Day, ...]:
    """Reads "15 o 16 de marzo": the first number shares the month and the year of the second."""
    joins = day.start - 1
    if joins < 1 or not day.days or not any(words.has(s, tokens[joins]) for s in ("either", "through", "number_and")):
        return (day,)
    if not tokens[joins - 1].isdecimal() or len(tokens[joins - 1]) > 2:
        return (day,)
    other = tuple(one_day for one in day.days if (one_day := made(one.year, one.month, int(tokens[joins - 1]))) is not None)
    return (Day(other, day.reason, joins - 1, joins), day) if other else (day,)
