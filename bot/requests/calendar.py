"""Which days are worked: weekends, the rule of the holidays, and the table that each municipality edits.

The table knows what no rule can: local holidays, days off by decree, and days off that a decree takes away or has recovered on a
Saturday. A local day off counts for requests of that place alone. For one request the days off of the requester's place and of
the body's seat are both days off (Código Orgánico Administrativo art. 159).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.requests.holidays import FIRST_YEAR, Holiday, national

COUNTRY = ""
"""The place of a day that holds in the whole country."""


@dataclass(frozen=True, slots=True)
class TableDay:
    """A line of the table: that day is off (or, with `works`, worked against the rule) in `place`, a canton's key or COUNTRY.

    `reference` names the decree or ordinance, `name` what the day is called.
    """

    day: date
    place: str
    works: bool
    name: str
    reference: str


@dataclass(frozen=True, slots=True)
class DayOff:
    """Why a day is not worked. `name` is "weekend", the key of a feast, or the table's own name (then `reference` is given)."""

    day: date
    name: str
    doubtful: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The days of rest as far as they are known. Built by `working_days`."""

    table: Mapping[tuple[date, str], TableDay] = field(default_factory=dict)

    def off(self, day: date, places: Iterable[str]) -> DayOff | None:
        """Returns why that day is not worked in any of the places (the country is always one of them); None if it is worked.

        Raises ValueError for years before 2017.
        """
        for place in (*places, COUNTRY):
            line = self.table.get((day, place))
            if line is not None and not line.works:
                return DayOff(day, line.name, reference=line.reference)
        line = self.table.get((day, COUNTRY))
        if line is not None:
            return None
        rested = _by_rule(day)
        if day.weekday() >= 5:
            return DayOff(day, "weekend")
        return None if rested is None else DayOff(day, rested.name, doubtful=rested.doubtful)


def working_days(table: Iterable[TableDay]) -> WorkingDays:
    """Returns the days of rest with that table; of two lines about the same day and place the later one counts."""
    return WorkingDays({(line.day, line.place): line for line in table})


def _by_rule(day: date) -> Holiday | None:
    years = (day.year,) if day.month < 12 else (day.year, day.year + 1)  # the rest of New Year may lie in December
    for year in years:
        if day.year < FIRST_YEAR:
            raise ValueError(day.year)
        for holiday in national(year):
            if holiday.day == day:
                return holiday
    return None
