"""Dates in expressions: by the wall clock of the municipality, whatever the offset they were written with."""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest

from bot.vocabulary import Value
from tests.engine.expressions_world import ECUADOR, value

ANSWERS: dict[str, Value] = {
    "nacio": "2000-02-29",
    "cita": "2026-07-01T15:30:00.000-05:00",
    "lejos": "2026-07-01T20:30:00Z",
    "hora": "14:30",
    "imposible": "2026-02-30",
    "nada": None,
    "texto": "mañana",
}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("today()", "2026-07-01"), ("now()", "2026-07-01T12:00:00.000-05:00"),
        # a date is a whole number of days where a number is wanted
        ("today() - 365", 20270), ("date(today() - 365)", "2025-07-01"), ("today() + 1 - today()", 1),
        ("number('1970-01-02')", 1), ("now() - today()", 0.5), ("'1969-12-31' + 0", -1),
        ("int((today() - ${nacio}) div 365.25)", 26), ("number('1970-01-01T18:00')", 0.75), ("number(${imposible})", ""),
        ("number(${texto})", ""), ("${nada} - today()", ""),
        # comparing
        ("${nacio} < today()", True), ("${nacio} >= today()", False), ("${nacio} <= '2000-02-29'", True),
        (". <= today()", True), ("${nada} <= today()", False), ("${texto} <= today()", False), ("${nada} = today()", False),
        ("now() > today()", True), ("${cita} = ${lejos}", True), ("${cita} != ${lejos}", False), ("${cita} > now()", True),
        ("today() = '2026-07-01T00:00:00'", True), ("today() = '2026-07-01'", True), ("today() = '2026-07-02'", False),
        ("today() = '2026-7-1'", False), ("${nacio} > date('1999-12-31')", True), ("${nacio} > today() - 18 * 365.25", False),
        ("${hora} < '18:00'", True), ("${hora} = '14:30:00'", False), ("${imposible} < today()", False),
        ("'2026-07-01 10:00' < now()", True),
        # making dates
        ("date('2026-07-01T23:30:00Z')", "2026-07-01"), ("date('2026-07-01T02:00:00Z')", "2026-06-30"),
        ("date(0)", "1970-01-01"), ("date(-0.5)", "1969-12-31"), ("date(20635.9)", "2026-07-01"),
        ("date('20635')", "2026-07-01"), ("date('')", ""), ("date('x')", ""), ("date(${imposible})", ""), ("date(1 div 0)", ""),
        ("date(99999999999)", ""), ("date(true())", ""), ("date-time('2026-07-01')", "2026-07-01T00:00:00.000-05:00"),
        ("date-time(${lejos})", "2026-07-01T15:30:00.000-05:00"), ("date-time(20635.5)", "2026-07-01T12:00:00.000-05:00"),
        ("date-time('')", ""),
        # decimals
        ("decimal-date-time('1970-01-02')", 1), ("decimal-date-time(${cita}) - decimal-date-time(now())", 3.5 / 24),
        ("decimal-date-time(5.5)", 5.5), ("decimal-date-time('')", ""), ("decimal-date-time('7')", ""),
        ("int(decimal-date-time(today())) - int(decimal-date-time(${nacio}))", 9619), ("decimal-time('06:00')", 0.25),
        ("decimal-time('18:00:00.000-05:00')", 0.75), ("decimal-time('2026-07-01T12:00:00')", 0.5),
        ("decimal-time(1.25)", 0.25), ("decimal-time('')", ""), ("decimal-time('25:00')", ""),
        # texts
        ("format-date('2026-01-09', '%Y-%m-%d')", "2026-01-09"), ("format-date('2026-01-09', '%e/%n/%y')", "9/1/26"),
        ("format-date('2026-01-09', '%d de %b, %a')", "09 de ene, vie"), ("format-date(today(), '%a %b')", "mié jul"),
        ("format-date-time('2026-08-07T06:31:13.834-05:00', '%Y%m%d%H%M%S')", "20260807063113"),
        ("format-date-time('2026-08-07T06:31:13.834-05:00', '%h:%M:%S.%3')", "6:31:13.834"),
        ("format-date(${hora}, '%H h %M')", "14 h 30"), ("format-date(20635, '%d/%m/%Y')", "01/07/2026"),
        ("format-date('', '%Y')", ""), ("format-date('x', '%Y')", ""), ("format-date(today(), '100 %% %q %')", "100 % %q %"),
        ("format-date('0987-01-02', '%Y %y')", "0987 87"), ("format-date(today(), '')", ""),
    ],
)  # fmt: skip
def test_dates(source: str, expected: object) -> None:
    result = value(source, ANSWERS, current="2026-07-01")
    assert result == (pytest.approx(expected) if isinstance(expected, float) else expected)
    assert type(result) is type(expected)


@pytest.mark.parametrize("zone", [UTC, ECUADOR, ZoneInfo("Pacific/Galapagos"), ZoneInfo("Europe/Madrid")])
def test_the_zone_moves_moments_but_never_dates(zone: tzinfo) -> None:
    assert value("today() - '2026-06-30'", zone=zone) == 1
    assert value("decimal-date-time(today())", zone=zone) == 20635
    assert value("date-time(date-time(20635.5)) = '2026-07-01T12:00'", zone=zone) is True
    assert value("format-date(now(), '%Y-%m-%d %H:%M')", zone=zone) == "2026-07-01 12:00"
    assert value("now() = date-time(now())", zone=zone) is True


def test_where_a_calendar_ends_there_is_no_date() -> None:
    for source in ("date('0001-01-01T00:00:00+14:00')", "date('9999-12-31T23:59:59-14:00')", "date-time('0000-01-01')"):
        assert value(source, zone=UTC) == ""
    assert value("date('9999-12-31')") == "9999-12-31"
    assert value("date('0001-01-01')") == "0001-01-01"
