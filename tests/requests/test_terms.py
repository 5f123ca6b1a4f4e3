"""Both countings of the term, against dates counted by hand."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from bot.requests.calendar import COUNTRY, TableDay, working_days
from bot.requests.holidays import easter_sunday, national
from bot.requests.terms import EndlessTermError, Pause, read_term, term, written

RULE = working_days(())


def rests(year: int) -> list[date]:
    """Returns the days from Monday to Friday of that year that are off by the rule."""
    found = {holiday.day for near in (year - 1, year, year + 1) if near >= 2017 for holiday in national(near)}
    return sorted(day for day in found if day.year == year and day.weekday() < 5)


# days off from Monday to Friday: as the press listed them (2018, 2019), else worked out by hand from the text of the rule
BY_HAND = {
    2018: "1-1 12-2 13-2 30-3 30-4 25-5 10-8 8-10 1-11 2-11 25-12",
    2019: "1-1 4-3 5-3 19-4 3-5 24-5 9-8 11-10 1-11 4-11 25-12",
    2020: "1-1 24-2 25-2 10-4 1-5 25-5 10-8 9-10 2-11 3-11 25-12",
    2021: "1-1 15-2 16-2 2-4 30-4 24-5 9-8 8-10 1-11 2-11 24-12 31-12",
    2022: "28-2 1-3 15-4 2-5 23-5 12-8 10-10 3-11 4-11 26-12",
    2023: "2-1 20-2 21-2 7-4 1-5 26-5 11-8 9-10 2-11 3-11 25-12",
    2024: "1-1 12-2 13-2 29-3 3-5 24-5 9-8 11-10 1-11 4-11 25-12",
    2025: "1-1 3-3 4-3 18-4 2-5 23-5 11-8 10-10 3-11 4-11 25-12",
    2026: "1-1 16-2 17-2 3-4 1-5 25-5 10-8 9-10 2-11 3-11 25-12",
    2027: "1-1 8-2 9-2 26-3 30-4 24-5 9-8 8-10 1-11 2-11 24-12 31-12",
    2028: "28-2 29-2 14-4 1-5 26-5 11-8 9-10 2-11 3-11 25-12",
    2029: "1-1 12-2 13-2 30-3 30-4 25-5 10-8 8-10 1-11 2-11 25-12",
    2030: "1-1 4-3 5-3 19-4 3-5 24-5 9-8 11-10 1-11 4-11 25-12",
    2031: "1-1 24-2 25-2 11-4 2-5 23-5 11-8 10-10 3-11 4-11 25-12",
    2032: "1-1 9-2 10-2 26-3 30-4 24-5 9-8 8-10 1-11 2-11 24-12 31-12",
    2033: "28-2 1-3 15-4 2-5 23-5 12-8 10-10 3-11 4-11 26-12",
    2034: "2-1 20-2 21-2 7-4 1-5 26-5 11-8 9-10 2-11 3-11 25-12",
    2035: "1-1 5-2 6-2 23-3 30-4 25-5 10-8 8-10 1-11 2-11 25-12",
}


@pytest.mark.parametrize("year", BY_HAND)
def test_the_rule_gives_the_days_off_of_each_year(year: int) -> None:
    expected = [date(year, int(month), int(day)) for day, month in (part.split("-") for part in BY_HAND[year].split())]
    assert rests(year) == expected


def test_only_the_moves_of_new_year_and_christmas_from_a_weekend_are_doubtful() -> None:
    doubtful = [holiday.day for year in range(2018, 2036) for holiday in national(year) if holiday.doubtful]
    assert [str(day) for day in doubtful] == [
        "2027-12-24",
        "2027-12-31",
        "2032-12-24",
        "2032-12-31",
        "2033-12-26",
        "2034-01-02",
    ]


def test_every_feast_gives_one_day_of_rest_and_never_two_on_one_day() -> None:
    for year in range(2017, 2100):
        days = [holiday.day for holiday in national(year)]
        assert len(days) == 11
        assert len(set(days)) == 11


def test_there_is_no_rule_before_2017() -> None:
    with pytest.raises(ValueError, match="2016"):
        national(2016)
    with pytest.raises(ValueError, match="2016"):
        RULE.off(date(2016, 5, 2), ())


@pytest.mark.parametrize(("year", "month", "day"), [(2018, 4, 1), (2024, 3, 31), (2026, 4, 5), (2035, 3, 25), (2038, 4, 25)])
def test_easter(year: int, month: int, day: int) -> None:
    assert easter_sunday(year) == date(year, month, day)


# ── terms ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("filed", "working", "calendar"),
    [
        ("2027-10-25", "2027-11-10", "2027-11-04"),  # Monday and Tuesday of All Souls are passed over
        ("2027-07-30", "2027-08-16", "2027-08-10"),  # the calendar's ninth of August would rest
        ("2026-11-26", "2026-12-10", "2026-12-07"),  # 6 December 2026 is a Sunday: the calendar's end moves to Monday
        ("2026-11-28", "2026-12-11", "2026-12-08"),  # filed on a Saturday: Monday is day one of the working days
        ("2026-12-18", "2027-01-05", "2026-12-28"),
    ],
)
def test_ten_days(filed: str, working: str, calendar: str) -> None:
    counted = term(date.fromisoformat(filed), 10, RULE, (), printed="working")
    assert (str(counted.working.due), str(counted.calendar.due)) == (working, calendar)
    assert counted.due == counted.working.due
    assert counted.target == min(counted.working.due, counted.calendar.due)


def test_the_arithmetic_is_told() -> None:
    counted = term(date(2027, 10, 25), 10, RULE, (), printed="calendar").working
    assert counted.first == date(2027, 10, 26)
    assert [(day.name, day.day.day) for day in counted.skipped if day.name != "weekend"] == [("cuenca", 1), ("souls", 2)]
    assert len([day for day in counted.skipped if day.name == "weekend"]) == 4


def test_the_printed_term_is_the_chosen_one() -> None:
    counted = term(date(2027, 10, 25), 10, RULE, (), printed="calendar")
    assert counted.due == counted.calendar.due == date(2027, 11, 4)


def test_doubtful_days_give_two_dates() -> None:
    counted = term(date(2027, 12, 14), 10, RULE, (), printed="working").working
    assert (counted.due, counted.latest) == (date(2027, 12, 28), date(2027, 12, 29))
    assert [day.day for day in counted.doubtful] == [date(2027, 12, 24)]
    sure = term(date(2027, 11, 10), 10, RULE, (), printed="working").working
    assert (sure.due, sure.doubtful) == (sure.latest, ())


def test_days_of_the_seat_and_of_the_requester_both_rest() -> None:
    table = working_days(
        [
            TableDay(date(2026, 12, 7), "quito", False, "Fundación de Quito (traslado)", "Ordenanza"),
            TableDay(date(2026, 12, 8), "loja", False, "Fundación de Loja", "Ordenanza"),
        ]
    )
    filed = date(2026, 12, 3)
    assert term(filed, 3, table, (), printed="working").due == date(2026, 12, 8)
    assert term(filed, 3, table, ("quito",), printed="working").due == date(2026, 12, 9)
    assert term(filed, 3, table, ("quito", "loja"), printed="working").due == date(2026, 12, 10)


def test_a_decree_adds_takes_away_and_has_a_saturday_worked() -> None:
    table = working_days(
        [
            TableDay(date(2026, 1, 2), COUNTRY, False, "Puente", "Decreto 249"),
            TableDay(date(2026, 1, 10), COUNTRY, True, "Recuperación", "Decreto 249"),
            TableDay(date(2026, 5, 25), COUNTRY, True, "Sin traslado", "Decreto"),
        ]
    )
    assert table.off(date(2026, 1, 2), ()) is not None
    assert table.off(date(2026, 1, 10), ()) is None
    assert table.off(date(2026, 5, 25), ()) is None
    assert term(date(2025, 12, 31), 6, table, (), printed="working").due == date(2026, 1, 10)


def test_a_pause_does_not_count() -> None:
    filed = date(2026, 11, 9)
    asked, answered = date(2026, 11, 11), date(2026, 11, 18)
    plain = term(filed, 10, RULE, (), printed="working")
    waited = term(filed, 10, RULE, (), printed="working", pauses=[Pause(asked, answered)])
    assert (plain.working.due, waited.working.due) == (date(2026, 11, 23), date(2026, 11, 30))
    assert waited.working.paused == 5
    assert (waited.calendar.last, waited.calendar.paused) == (date(2026, 11, 26), 7)


def test_a_term_without_an_end_is_an_error() -> None:
    with pytest.raises(EndlessTermError):
        term(date(2026, 1, 5), 10, RULE, (), printed="working", pauses=[Pause(date(2026, 1, 6), None)])


def test_no_term_ends_on_a_day_of_rest_nor_before_it_could() -> None:
    day = date(2018, 1, 1)
    while day < date(2035, 11, 1):
        counted = term(day, 10, RULE, (), printed="working")
        for one in (counted.working, counted.calendar):
            why = RULE.off(one.due, ())
            assert why is None or why.doubtful
            assert one.due <= one.latest
        assert counted.working.due >= counted.calendar.last
        assert counted.calendar.last == day + timedelta(days=10)
        day += timedelta(days=3)


def test_a_term_is_kept_as_json() -> None:
    table = working_days([TableDay(date(2027, 12, 20), COUNTRY, False, "Puente", "Decreto")])
    counted = term(date(2027, 12, 14), 10, table, (), printed="calendar", pauses=[Pause(date(2027, 12, 15), date(2027, 12, 16))])
    assert counted.working.doubtful
    assert read_term(json.loads(json.dumps(written(counted)))) == counted
