"""The calendar that terms are counted by: the year's days off by the rule, the table that the municipality keeps, and the law."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from aiohttp import web

from bot.casework.notices import RequestDuties
from bot.requests.calendar import TableDay
from bot.requests.holidays import FIRST_YEAR, national
from bot.requests.law import Article
from bot.web.desk import words
from bot.web.desk.visit import Page, Visit
from storage import calendar_days
from storage.calendar_days import Line
from storage.statements import Transaction

PATH = "/desk/calendar"
_AHEAD = 5
"""Years after the present one that may be shown or entered."""

_LONGEST = 300


async def page(visit: Visit) -> web.Response:
    """Shows the days off of a year, the table, and the law's articles."""
    return await _page(visit)


async def sent(visit: Visit) -> web.StreamResponse:
    """Enters a day, or takes one out; then every request whose answer is owed is counted anew."""
    visit.needs("keep_calendar")
    form = await visit.request.post()
    given = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    match given.get("deed", ""):
        case "put":
            return await _put(visit, given)
        case "drop":
            return await _drop(visit, given)
        case _:
            raise web.HTTPNotFound


async def _page(
    visit: Visit, *, status: int = 200, problems: tuple[str, ...] = (), given: Mapping[str, str] | None = None
) -> web.Response:
    year = _year(visit)
    table = await visit.read(calendar_days.lines)
    own = {(line.day, line.place) for line in table}
    shipped = [day for day in visit.office.decrees if (day.day, day.place) not in own]
    moved = visit.request.query.get("moved", "")
    return visit.page(
        "calendar.html",
        here="calendar",
        status=status,
        year=year,
        before=year - 1 if year > FIRST_YEAR else None,
        after=year + 1 if year < visit.today.year + _AHEAD else None,
        holidays=_holidays(visit, year),
        own=[_line(visit, line) for line in table if line.day.year == year],
        shipped=[_line(visit, line) for line in shipped if line.day.year == year],
        others=sorted(({line.day.year for line in table} | {day.day.year for day in shipped}) - {year}),
        cantons=cantons(visit),
        seat=_place(visit, visit.office.seat) if visit.office.seat else "",
        law=visit.office.law,
        articles=[_article(visit, one) for one in visit.office.law.articles.values()],
        moved=int(moved) if moved.isascii() and moved.isdecimal() and len(moved) < 9 else None,
        problems=problems,
        given=given or {},
        least=date(FIRST_YEAR, 1, 1).isoformat(),
        most=date(visit.today.year + _AHEAD, 12, 31).isoformat(),
    )


def _year(visit: Visit) -> int:
    told = visit.request.query.get("year", "")
    wanted = int(told) if told.isascii() and told.isdecimal() and len(told) == 4 else visit.today.year
    return min(max(wanted, FIRST_YEAR), visit.today.year + _AHEAD)


def _holidays(visit: Visit, year: int) -> list[Mapping[str, Any]]:
    """Returns the days of rest by the rule that lie in that year, with the feast where the rest moved."""
    found = [one for of in (year, year + 1) for one in national(of) if one.day.year == year]
    return [
        {
            "day": words.long(one.day, visit.language),
            "name": visit.say(f"request.feast.{one.name}"),
            "moved": words.long(one.feast, visit.language) if one.feast != one.day else "",
            "doubtful": one.doubtful,
        }
        for one in sorted(found, key=lambda holiday: (holiday.day, holiday.feast))
    ]


def _line(visit: Visit, line: Line | TableDay) -> Mapping[str, Any]:
    return {
        "line": line,
        "day": words.long(line.day, visit.language),
        "place": _place(visit, line.place) if line.place else visit.say("desk.calendar.country"),
    }


def _article(visit: Visit, one: Article) -> Mapping[str, Any]:
    return {"cited": one.cited, "text": one.told(visit.language.code), "source": one.source, "verified": one.verified}


def cantons(visit: Visit) -> list[tuple[str, str]]:
    """Returns the cantons that are known, (key, "Puyo, Pastaza"), by name."""
    places = visit.world.catalogue().places.places
    return sorted(
        ((code, _place(visit, code)) for code, place in places.items() if place.kind == "canton"), key=lambda one: one[1]
    )


def _place(visit: Visit, code: str) -> str:
    places = visit.world.catalogue().places.places
    found = places.get(code)
    if found is None:
        return code
    within = places.get(found.within)
    return found.name if within is None else f"{found.name}, {within.name}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


async def _put(visit: Visit, given: Mapping[str, str]) -> web.StreamResponse:
    day, place = _day(given.get("day", "")), given.get("place", "")
    name, reference = given.get("name", ""), given.get("reference", "")
    problems = []
    if day is None or not FIRST_YEAR <= day.year <= visit.today.year + _AHEAD:
        problems.append(visit.say("desk.calendar.bad_day", first=FIRST_YEAR, last=visit.today.year + _AHEAD))
    if place and place not in dict(cantons(visit)):
        problems.append(visit.say("desk.calendar.bad_place"))
    if not name or len(name) > _LONGEST:
        problems.append(visit.say("desk.calendar.no_name"))
    if not reference or len(reference) > _LONGEST:
        problems.append(visit.say("desk.calendar.no_reference"))
    if given.get("works") == "yes" and place:
        problems.append(visit.say("desk.calendar.works_locally"))
    if problems or day is None:
        return await _page(visit, status=422, problems=tuple(problems), given=given)
    line = Line(day, place, given.get("works") == "yes", name, reference)

    def work(tx: Transaction) -> None:
        before = _there(tx, day, place)
        calendar_days.put(tx, line, staff=visit.person.id, now=visit.now)
        visit.note(tx, "calendar_put", _subject(day, place), before=_told(before), after=_told(line))

    await visit.write(work)
    return await _counted(visit, day.year, "calendar_put")


async def _drop(visit: Visit, given: Mapping[str, str]) -> web.StreamResponse:
    day, place = _day(given.get("day", "")), given.get("place", "")
    if day is None:
        raise web.HTTPNotFound

    def work(tx: Transaction) -> bool:
        before = _there(tx, day, place)
        if not calendar_days.drop(tx, day, place):
            return False
        visit.note(tx, "calendar_drop", _subject(day, place), before=_told(before))
        return True

    if not await visit.write(work):
        return visit.go(f"{PATH}?year={day.year}")
    return await _counted(visit, day.year, "calendar_drop")


async def _counted(visit: Visit, year: int, done: str) -> web.StreamResponse:
    moved = await RequestDuties(visit.world.database, visit.office).recount(visit.world.clock.now())
    return visit.go(f"{PATH}?year={year}&moved={moved}", done)


def _there(tx: Transaction, day: date, place: str) -> Line | None:
    return next((line for line in calendar_days.lines(tx) if (line.day, line.place) == (day, place)), None)


def _told(line: Line | None) -> Mapping[str, object] | None:
    return None if line is None else {"name": line.name, "reference": line.reference, "works": line.works}


def _subject(day: date, place: str) -> str:
    return f"day:{day.isoformat()}" + (f":{place}" if place else "")


PAGES = (Page("GET", PATH, "look", page), Page("POST", PATH, "keep_calendar", sent))
