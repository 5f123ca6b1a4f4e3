"""What the office is built of: the shipped files say something."""

from __future__ import annotations

from datetime import date

from bot.requests.calendar import working_days
from bot.town_hall import decrees


def test_the_decrees_that_ship_are_days_off():
    days = working_days(decrees())
    rest = days.off(date(2026, 1, 2), ())
    assert rest is not None and rest.reference == "Decreto Ejecutivo 249"
    assert days.off(date(2025, 10, 9), ()) is not None
    assert all(line.reference and line.name and not line.works for line in decrees())
