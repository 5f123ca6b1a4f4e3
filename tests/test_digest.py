"""The week's digest: on the first working day, once each, whoever looks and however late; and each is told what they may see."""

from __future__ import annotations

import asyncio

import pytest

from bot.digest.sending import Digests
from bot.reports.rows import ResultRow
from storage import digests
from storage.database import Database
from storage.staff import Person, listed
from storage.statements import Statement
from tests.casework.town import Town, at, local, town
from tests.reports.survey import SECOND, flow, said, talk
from tests.storage.people import insert
from tests.storage.test_export import fill

MONDAY, WEDNESDAY = "2026-11-02", "2026-11-04"
"""All Souls' Day, the feast of Cuenca after it, and the first day of that week on which anybody works."""


@pytest.fixture
def puyo(sqlite_url: str):
    database = Database(sqlite_url)
    yield town(database, public_url="https://minga.puyo.gob.ec")
    database.close()


def look(here: Town, when: str, *, mails: bool = True) -> int:
    return asyncio.run(Digests(here.database, here.office, mails=mails).look(local(when)))


def answered(number: int, when: str, *, done: bool = True, channel: str = "telegram") -> ResultRow:
    """A conversation of that time: done, or left after the first question."""
    one = talk(flow(SECOND), said("canton", "select_one", "puyo"), number=number)
    started = at(when)
    return one._replace(
        conversation=number, started_at=started, ended_at=started + 60_000, channel=channel,
        status="completed" if done else "partial", receipt=f"RECEIPT{number:04}" if done else "",
    )  # fmt: skip


def surveyed(here: Town) -> None:
    week = [answered(n, f"2026-10-{26 + n % 6} 10:00", channel="sms" if n == 1 else "telegram") for n in range(1, 8)]
    left = [answered(10 + n, "2026-10-28 10:00", done=False) for n in range(4)]
    before = [answered(20 + n, "2026-10-20 10:00") for n in range(2)]
    after = [answered(30, "2026-11-02 00:10")]
    here.run(lambda tx: fill(tx, [*week, *left, *before, *after]))


def person(here: Town, name: str) -> Person:
    return next(one for one in here.run(listed) if one.name == name)


def test_everybody_gets_one_on_the_first_working_day_whoever_looks_and_after_an_outage(database: Database):
    puyo = town(database)
    surveyed(puyo)
    puyo.staff("ana", "coordinator")
    puyo.staff("leo", "administrator")
    for early in (f"{MONDAY} 09:00", "2026-11-03 09:00", f"{WEDNESDAY} 07:59"):
        assert look(puyo, early) == 0

    async def both() -> list[int]:
        workers = [Digests(puyo.database, puyo.office, mails=True) for _ in range(2)]
        return await asyncio.gather(*(one.look(local(f"{WEDNESDAY} 08:00")) for one in workers))

    assert sum(asyncio.run(both())) == 2
    assert look(puyo, "2026-11-05 10:00") == 0
    assert sorted(to for to, *_ in puyo.mails()) == ["ana@municipio.ec", "leo@municipio.ec"]
    # nobody looked from then on to the Friday of the next week: that one comes late, and none is made up for
    assert look(puyo, "2026-11-13 20:00") == 0, "not at night"
    assert look(puyo, "2026-11-13 18:00") == 2
    assert look(puyo, "2026-11-27 18:00") == 0, "nothing moved for two weeks, so there is nothing to tell"
    assert len(puyo.mails()) == 4


def test_it_tells_what_came_in_and_where_people_leave(puyo: Town):
    surveyed(puyo)
    puyo.staff("ana", "reader")
    assert look(puyo, f"{WEDNESDAY} 08:00") == 1
    ((_, subject, text),) = puyo.mails()
    assert subject == "Resumen de la semana del 26 oct 2026 al 1 nov 2026"
    assert "empezaron 11 y terminaron 7 (la semana anterior, 2 y 2)" in text
    assert "Por canal: sms 1, telegram 10." in text
    assert "de 11 que llegaron, 4 no siguieron" in text
    assert "https://minga.puyo.gob.ec/desk/results" in text


def test_each_is_told_of_the_requests_of_their_unit_alone(puyo: Town):
    works, archive = puyo.unit("Obras"), puyo.unit("Archivo")
    puyo.staff("ana", unit=works)
    puyo.staff("eva", "coordinator")
    puyo.staff("sin", unit=puyo.unit("Parques"))
    late = puyo.file("Uno", "2026-10-05 10:00", unit_id=works).case
    due = puyo.file("Dos", "2026-10-21 10:00", unit_id=works).case
    other = puyo.file("Tres", "2026-10-21 10:00", unit_id=archive).case
    assert (late.due.isoformat() < WEDNESDAY, WEDNESDAY <= due.due.isoformat() <= "2026-11-08") == (True, True), due.due
    assert look(puyo, f"{WEDNESDAY} 08:00") == 2, "who has nothing to be told gets none"
    told = {to.partition("@")[0]: text for to, _, text in puyo.mails()}
    assert "Obras: 1 vencida y 1 por vencer esta semana:" in told["ana"]
    assert late.number in told["ana"]
    assert other.number not in told["ana"]
    assert "Archivo: 0 vencidas y 1 por vencer" in told["eva"]
    assert "Lo que no llegó" not in told["ana"]


def test_nobody_gets_what_they_switched_off_and_nothing_is_lost_without_a_mail_server(puyo: Town):
    surveyed(puyo)
    for name in ("ana", "leo"):
        puyo.staff(name, "coordinator")
    ana = person(puyo, "ana").id
    puyo.run(lambda tx: digests.switch(tx, ana, off=True, now=0))
    assert look(puyo, f"{WEDNESDAY} 08:00", mails=False) == 0
    assert look(puyo, f"{WEDNESDAY} 09:00") == 1
    puyo.run(lambda tx: digests.switch(tx, ana, off=False, now=0))
    puyo.run(lambda tx: tx.run(Statement("UPDATE staff SET active = ? WHERE name = 'leo'"), (False,)))
    assert look(puyo, f"{WEDNESDAY} 10:00") == 1
    assert [to for to, *_ in puyo.mails()] == ["leo@municipio.ec", "ana@municipio.ec"]


def test_what_did_not_get_through_is_told_to_those_who_look_after_the_house(puyo: Town):
    rosa = puyo.resident("rosa")
    puyo.staff("leo", "administrator")
    puyo.staff("ana", unit=puyo.unit("Obras"))
    row = insert(
        "outbox", id=puyo.office.identifiers.next(), lane=0, contact_id=rosa, channel="sms", sender="", flow="", priority=0,
        prompt=0, status="failed", due_at=0, attempts=1, error="unreachable", created_at=0, units=1,
    )  # fmt: skip
    puyo.run(lambda tx: tx.run(*row))
    assert look(puyo, f"{WEDNESDAY} 08:00") == 1
    ((to, _, text),) = puyo.mails()
    assert (to, "sms: 1 mensaje no se entregó." in text) == ("leo@municipio.ec", True)
