"""The notices of a request: to whom, once each; and a whole year of them, with an outage and a clock that is set."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from bot.casework import filing, steps
from bot.casework.filing import Filing
from bot.casework.notices import RequestDuties
from bot.casework.office import RESIDENT, Doer
from bot.clock import milliseconds
from bot.requests.states import ImpossibleStepError
from storage.calendar_days import Line, put
from storage.database import Database
from storage.statements import Statement, Transaction
from tests.casework.town import Town, at, local, town
from tests.requests.test_terms import BY_HAND
from tests.world import ECUADOR

_LEDGER = Statement("SELECT subject, kind, epoch FROM notice WHERE subject LIKE 'request/%'")


@pytest.fixture
def puyo(database: Database) -> Town:
    return town(database)


def look(puyo: Town, when: str) -> int:
    """Looks at what is owed at that local time."""
    return asyncio.run(RequestDuties(puyo.database, puyo.office).look(local(when)))


def test_staff_are_told_before_the_date_and_superiors_near_it(puyo: Town) -> None:
    works, unit = puyo.unit("Obras"), puyo.unit("Archivo")
    ana = puyo.staff("ana", unit=works)
    puyo.staff("jefa", unit=works, superior=True)
    puyo.staff("otro", unit=unit)
    filed = puyo.file(unit_id=works)
    assert look(puyo, "2026-11-13 09:00") == 0
    assert look(puyo, "2026-11-14 07:59") == 0
    assert look(puyo, "2026-11-14 08:00") == 1
    assert look(puyo, "2026-11-14 08:05") == 0
    assert [to for to, *_ in puyo.mails()] == ["ana@municipio.ec"]
    assert "SAIP-2026-1 vence el jueves 19 de noviembre de 2026; quedan 5 días" in puyo.mails()[0][2]
    look(puyo, "2026-11-16 08:00")
    look(puyo, "2026-11-18 08:00")
    assert [to for to, *_ in puyo.mails()][2:] == ["ana@municipio.ec", "jefa@municipio.ec"]
    puyo.do(steps.answer, filed.case.id, ana, "full", "Ya.", now=at("2026-11-18 09:00"))
    assert look(puyo, "2026-11-19 09:00") == 0


def test_after_an_outage_all_come_as_one_message(puyo: Town) -> None:
    contact = puyo.resident("rosa")
    puyo.staff("ana", role="coordinator")
    puyo.file(contact_id=contact)
    puyo.file("Otro contrato", contact_id=contact)
    assert look(puyo, "2026-11-19 10:00") == 12  # halfway, three days, one day, due: each to official, two to superiors
    [(to, subject, text)] = puyo.mails()
    assert to == "ana@municipio.ec"
    assert "12 avisos" in subject
    assert text.count("SAIP-2026-2") == 6


def test_the_passing_of_the_term_is_told_and_written_down_once(puyo: Town) -> None:
    contact = puyo.resident("rosa")
    puyo.staff("ana", role="coordinator")
    filed = puyo.file(contact_id=contact)
    look(puyo, "2026-11-23 10:00")
    assert puyo.case(filed.case.id).overdue_at is None
    look(puyo, "2026-11-24 10:00")
    look(puyo, "2026-11-25 10:00")
    assert puyo.case(filed.case.id).overdue_at == at("2026-11-24 10:00")
    [message] = puyo.told(contact)
    assert "insistir SAIP-2026-1" in message.text
    assert [event.kind for event in puyo.history(filed.case.id)] == ["file", "overdue"]


def test_notices_reach_somebody(puyo: Town) -> None:
    admin = puyo.staff("admin", role="administrator")
    filed = puyo.file()
    look(puyo, "2026-11-14 08:00")
    assert [to for to, *_ in puyo.mails()] == ["admin@municipio.ec"]
    luis = puyo.staff("luis")
    puyo.do(steps.assign, filed.case.id, admin, unit=None, officer=luis.staff_id, now=at("2026-11-15 09:00"))
    look(puyo, "2026-11-16 08:00")
    assert [to for to, *_ in puyo.mails()][1:] == ["luis@municipio.ec"]


def test_who_linked_a_chat_is_told_there_too(puyo: Town) -> None:
    ana = puyo.staff("ana", role="coordinator")
    contact = puyo.resident("ana-chat")
    puyo.run(
        lambda tx: tx.run(
            Statement("UPDATE staff SET address_id = (SELECT id FROM address WHERE contact_id = ?) WHERE id = ?"),
            (contact, ana.staff_id),
        )
    )
    puyo.file()
    look(puyo, "2026-11-14 08:00")
    assert "SAIP-2026-1" in puyo.told(contact)[0].text
    assert len(puyo.mails()) == 1


def test_the_person_is_asked_three_times_and_not_after_their_word(puyo: Town) -> None:
    rosa, luis = puyo.resident("rosa"), puyo.resident("luis")
    ana = puyo.staff("ana")
    first, second = puyo.file(contact_id=rosa), puyo.file(contact_id=luis)
    for filed in (first, second):
        puyo.do(steps.answer, filed.case.id, ana, "full", "Ya.", now=at("2026-11-10 09:00"))
    look(puyo, "2026-11-12 10:00")
    assert len(puyo.told(rosa)) == 1
    look(puyo, "2026-11-13 10:00")
    puyo.do(steps.verdict, second.case.id, RESIDENT, "no", now=at("2026-11-13 11:00"))
    look(puyo, "2026-11-20 10:00")
    look(puyo, "2026-12-04 10:00")
    assert [len(puyo.told(one)) for one in (rosa, luis)] == [4, 2]
    assert puyo.told(rosa)[-1].options
    look(puyo, "2026-12-10 09:30")
    assert puyo.case(first.case.id).state == "finished"
    assert puyo.case(second.case.id).state == "answered"  # they said no: nobody closes that by waiting


def test_after_an_outage_the_person_is_asked_once(puyo: Town) -> None:
    rosa, ana = puyo.resident("rosa"), puyo.staff("ana")
    filed = puyo.file(contact_id=rosa)
    puyo.do(steps.answer, filed.case.id, ana, "full", "Ya.", now=at("2026-11-10 09:00"))
    look(puyo, "2026-12-08 10:00")
    assert len(puyo.told(rosa)) == 2


def test_all_dates_are_counted_anew_when_the_table_changes(puyo: Town) -> None:
    ids = [puyo.file().case.id for _ in range(120)]
    puyo.run(lambda tx: put(tx, Line(date(2026, 11, 20), "", False, "Puente", "Decreto 300"), staff=None, now=0))
    duties = RequestDuties(puyo.database, puyo.office)
    assert asyncio.run(duties.recount(local("2026-11-16 09:00"))) == 120
    assert asyncio.run(duties.recount(local("2026-11-16 09:00"))) == 0
    assert {puyo.case(one).due for one in ids} == {date(2026, 11, 24)}


# ── a year ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_OFF = {date(year, int(m), int(d)) for year in (2026, 2027) for d, m in (part.split("-") for part in BY_HAND[year].split())}
_DECREED = {date(2026, 1, 2), date(2027, 3, 12)}
_LOCAL = {date(2026, 5, 12)}


def counted_apart(filed: date, days: int) -> tuple[date, date]:
    """Returns both dates by another way of counting: a list of all working days, and a walk from the calendar's end."""
    working = [
        day
        for day in (filed + timedelta(days=n) for n in range(1, 60))
        if day.weekday() < 5 and day not in _OFF | _DECREED | _LOCAL
    ]
    end = filed + timedelta(days=days)
    return working[days - 1], end if end in working else next(day for day in working if day > end)


REQUESTS = {"sqlite": 2_000, "postgresql": 300}
"""Of the year: on PostgreSQL, where each takes many times as long, as many as bring two workers into each other's way."""


@dataclass(slots=True)
class Year:
    """What is known about a year's requests apart from the program. `terms`: epoch, begun, target, due; `ends`: of each."""

    puyo: Town
    ana: Doer
    chance: random.Random
    open: dict[int, date] = field(default_factory=dict)
    terms: dict[int, list[tuple[int, date, date, date]]] = field(default_factory=dict)
    ends: dict[int, list[date]] = field(default_factory=dict)

    def morning(self, tx: Transaction, day: date, stamp: int, arriving: int, *, working: bool) -> None:
        """Files what comes that day, and lets staff work on some of what is there."""
        office = self.puyo.office
        for _ in range(arriving):
            filed = filing.file(tx, office, Filing("Un contrato", stamp), RESIDENT)
            dates = counted_apart(day, 10)
            assert (filed.case.working_due, filed.case.calendar_due) == dates, day
            self.open[filed.case.id] = day
            self.terms[filed.case.id] = [(0, day, min(dates), dates[0])]
            self.ends[filed.case.id] = []
        for identifier in [one for one in self.open if self.chance.random() < 0.07]:
            if working and day != self.open[identifier]:
                self.work(tx, identifier, day, stamp)

    def work(self, tx: Transaction, identifier: int, day: date, stamp: int) -> None:
        """Extends a request, if it still can be, or answers it."""
        office, begun = self.puyo.office, self.open[identifier]
        if len(self.terms[identifier]) == 1 and self.chance.random() < 0.3:
            try:
                case = steps.extend(tx, office, identifier, self.ana, "Archivo", now=stamp)
            except ImpossibleStepError:
                return
            dates = counted_apart(begun, 15)
            assert (case.working_due, case.calendar_due) == dates, day
            self.terms[identifier].append((1, begun, min(dates), dates[0]))
        else:
            steps.answer(tx, office, identifier, self.ana, "full", "Ya.", now=stamp)
            del self.open[identifier]
        self.ends[identifier].append(day)

    def expected(self, looks: list[date]) -> Counter[tuple[str, str, str]]:
        """Returns the notices that were owed on one of the days on which somebody looked."""
        found: Counter[tuple[str, str, str]] = Counter()
        for identifier, terms in self.terms.items():
            ends = self.ends[identifier]
            for place, (epoch, begun, target, due) in enumerate(terms):
                since = ends[place - 1] if place else begun
                until = ends[place] if place < len(ends) else date.max
                for kind, when in plan(begun, target, due).items():
                    seen = next((one for one in looks if one >= max(when, since)), None)
                    if seen is not None and seen < until and when > begun:
                        for who in _TOLD[kind]:
                            found[(f"request/{identifier}", f"{kind}.{who}", str(epoch))] += 1
        return found


_TOLD = {
    "halfway": ("official",),
    "three_days": ("official",),
    "one_day": ("official", "superior"),
    "due": ("official", "superior"),
    "overdue": ("official", "superior", "resident"),
}


def test_a_year_of_two_thousand_requests(puyo: Town) -> None:
    """Every notice exactly once and no date wrong: two workers, three days of outage, and a clock that is set back an hour."""
    duties = [RequestDuties(puyo.database, puyo.office) for _ in range(2)]
    year = Year(puyo, puyo.staff("ana", role="coordinator"), random.Random(7))
    puyo.staff("jefe", role="coordinator", superior=True)
    table = [
        Line(date(2026, 1, 2), "", False, "Puente", "Decreto"),
        Line(date(2027, 3, 12), "", False, "Puente", "Decreto"),
        Line(date(2026, 5, 12), "pastaza", False, "Puyo", "Ordenanza"),
    ]
    for line in table:
        puyo.run(partial(put, line=line, staff=None, now=0))
    first = datetime(2026, 1, 5, 9, tzinfo=ECUADOR)
    arriving = Counter(year.chance.randrange(330) for _ in range(REQUESTS[puyo.database.dialect]))
    outage = range(150, 153)
    looks: list[date] = []

    async def both(now: datetime) -> None:
        await asyncio.gather(*(one.look(now) for one in duties))

    for number in range(400):
        now = first + timedelta(days=number)
        day, stamp = now.date(), milliseconds(now)
        working = number not in outage
        come = partial(year.morning, day=day, stamp=stamp, arriving=arriving[number], working=working)
        puyo.run(come)
        if not working:
            continue
        looks.append(day)
        asyncio.run(both(now + timedelta(minutes=30)))
        if number % 50 == 0:  # the clock is set back, and somebody looks again
            asyncio.run(both(now - timedelta(minutes=30)))

    expected = year.expected(looks)
    given = Counter(tuple(row) for row in puyo.run(lambda tx: tx.all(_LEDGER)) if not row[1].startswith("asked_after"))
    assert sum(given.values()) > REQUESTS[puyo.database.dialect]
    assert given == expected
    lines = sum(text.count("• ") for _, _, text in puyo.mails())
    to_staff = sum(count for key, count in expected.items() if not key[1].endswith("resident"))
    assert lines == 2 * to_staff  # two coordinators: each notice reached both of them, once


def plan(begun: date, target: date, due: date) -> dict[str, date]:
    """Returns the day of each notice, reckoned apart from the program."""
    return {
        "halfway": begun + timedelta(days=-(-(target - begun).days // 2)),
        "three_days": target - timedelta(days=3),
        "one_day": target - timedelta(days=1),
        "due": target,
        "overdue": max(target, due) + timedelta(days=1),
    }
