"""Ecuador's national days off by the rule of the moving holiday.

Source: Código del Trabajo art. 65 and LOSEP, third general disposition, as reformed in December 2016; followed from 2017 on. The
rest moves and the weekday of the feast itself is worked. What decrees add or take away year by year no rule can know: that is
the editable table (`calendar.py`). Only days of rest that fall from Monday to Friday matter for counting, but all are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR = 2017
"""The first year that the present rule was in force for."""

DOUBTED_FROM = 2026
"""From this year on the official calendars, as told by the press, leave out the moves of a New Year's Day or a Christmas that
falls on a weekend, which the text of the law commands: such days are doubtful."""

_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY, _FRIDAY, _SATURDAY, _SUNDAY = range(7)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day of rest. `feast` is the day that is celebrated, `name` its key ("independence"); equal unless the rest moved.

    `doubtful`: the text of the law and the official calendar do not agree on this day.
    """

    day: date
    name: str
    feast: date
    doubtful: bool = False


def national(year: int) -> tuple[Holiday, ...]:
    """Returns the national days of rest of the feasts of that year, in order; a rest may lie in the year before or after.

    Raises ValueError for years before 2017, when another rule was in force.
    """
    if year < FIRST_YEAR:
        raise ValueError(year)
    easter = easter_sunday(year)
    fixed = [
        ("new_year", date(year, 1, 1)),
        ("labour", date(year, 5, 1)),
        ("pichincha", date(year, 5, 24)),
        ("first_cry", date(year, 8, 10)),
        ("guayaquil", date(year, 10, 9)),
        ("christmas", date(year, 12, 25)),
    ]
    found = [
        Holiday(easter - timedelta(days=48), "carnival", easter - timedelta(days=48)),
        Holiday(easter - timedelta(days=47), "carnival", easter - timedelta(days=47)),
        Holiday(easter - timedelta(days=2), "good_friday", easter - timedelta(days=2)),
    ]
    found += [_alone(name, day) for name, day in fixed]
    found += _pair(date(year, 11, 2), date(year, 11, 3))
    return tuple(sorted(found, key=lambda holiday: (holiday.day, holiday.feast)))


def easter_sunday(year: int) -> date:
    """Returns Easter Sunday of a Gregorian year (the anonymous computus, as given by Butcher, 1876)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap, off = divmod(century, 4)
    epact = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * off + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _alone(name: str, feast: date) -> Holiday:
    """A feast by itself: Saturday to Friday, Sunday and Tuesday to Monday, Wednesday and Thursday to Friday.

    New Year and Christmas do not move from Tuesday, Wednesday or Thursday.
    """
    stays = name in ("new_year", "christmas")
    match feast.weekday():
        case 5:
            move = -1
        case 6:
            move = 1
        case 1 if not stays:
            move = -1
        case 2 if not stays:
            move = 2
        case 3 if not stays:
            move = 1
        case _:
            move = 0
    doubtful = stays and move != 0 and (feast + timedelta(days=move)).year >= DOUBTED_FROM
    return Holiday(feast + timedelta(days=move), name, feast, doubtful)


def _pair(first: date, second: date) -> list[Holiday]:
    """The two days of All Souls and of Cuenca: whichever cannot stay goes to the free day beside the other."""
    moves = {
        _TUESDAY: (0, -2),  # Tuesday stays, Wednesday's rest goes to the Monday before
        _WEDNESDAY: (2, 0),  # Thursday stays, Wednesday's rest goes to Friday
        _FRIDAY: (0, -2),  # Friday stays, Saturday's rest goes to Thursday
        _SATURDAY: (-1, 1),
        _SUNDAY: (2, 0),  # Monday stays, Sunday's rest goes to Tuesday
    }
    a, b = moves.get(first.weekday(), (0, 0))
    return [
        Holiday(first + timedelta(days=a), "souls", first),
        Holiday(second + timedelta(days=b), "cuenca", second),
    ]
