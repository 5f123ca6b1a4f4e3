"""What `minga doctor` looks at about requests: whether anybody answers, hears of what is due, and counts on this year's days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from bot.cli.doctor import Finding
from bot.cli.terminal import Terminal
from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.settings import Settings
    from storage.statements import Transaction

REMIND = (11, 1)
"""Month and day from which on next year's decrees are asked for."""

STUCK = 3_600_000
"""Milliseconds after which a mail that should have left is told of."""


class _State(NamedTuple):
    requests: int
    staff: int
    administrators: int
    linked: int
    dead: int
    late: int
    years: frozenset[int]


def look(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    """Yields what there is to be told about requests, staff, mail, law and calendar. Nothing is asked of a mail server."""
    from bot.clock import RealClock

    yield from _law(settings, terminal)
    now = RealClock(settings.zone).now()
    state = _state(settings, round(now.timestamp() * 1000))
    if state is None:
        return
    if not state.staff:
        yield Finding("weak", terminal.say("doctor.no_staff", count=state.requests))
    elif not state.administrators:
        yield Finding("weak", terminal.say("staff.no_administrator"))
    yield from _mail(settings, terminal, state)
    yield from _calendar(terminal, now.date(), state.years)


def _law(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    from bot.requests.law import read_law
    from bot.town_hall import law_file

    file = law_file(settings.data)
    try:
        law, problems = read_law(file.read_bytes(), str(file))
    except OSError as error:
        yield Finding("bad", terminal.say("law.refused.unreadable", file=file, error=error.strerror or ""))
        return
    for problem in problems:
        yield Finding("bad", f"{problem.file}:{problem.line}: {problem.tell(terminal.language)}")
    unverified = sum(not article.verified for article in (*law.articles.values(), *law.refusals.values()))
    if unverified and not problems:
        yield Finding("weak", terminal.say("doctor.law_unverified", count=unverified))
    if not law.seat:
        yield Finding("weak", f"{file}: {terminal.say('law.no_seat')}")


def _mail(settings: Settings, terminal: Terminal, state: _State) -> Iterator[Finding]:
    server = bool(settings.smtp_url.get_secret_value())
    if state.staff and not server and not state.linked:
        yield Finding("weak", terminal.say("doctor.nobody_told"))
    if server and not settings.mail_from:
        yield Finding("weak", terminal.say("doctor.no_mail_from"))
    if state.dead:
        yield Finding("weak", terminal.say("doctor.mail_dead", count=state.dead))
    if state.late:
        yield Finding("weak", terminal.say("doctor.mail_late" if server else "doctor.mail_no_server", count=state.late))


def _calendar(terminal: Terminal, today: date, years: frozenset[int]) -> Iterator[Finding]:
    wanted = [today.year, *([today.year + 1] if (today.month, today.day) >= REMIND else [])]
    for year in wanted:
        if year not in years:
            yield Finding("weak", terminal.say("doctor.holidays_old", year=year))


def _state(settings: Settings, now: int) -> _State | None:
    """Returns how it stands, None where there is no database of this version: that is told elsewhere."""
    from bot.assembly import open_database
    from storage import migrations
    from storage.reading import Snapshot

    try:
        if migrations.revision(settings.database) != migrations.HEAD:
            return None
        with open_database(settings) as database:
            return database.read_now(lambda connection: _read(Snapshot(connection), now))
    except (ModuleNotFoundError, Refused):
        return None


def _read(tx: Transaction, now: int) -> _State:
    from bot.town_hall import decrees
    from storage import calendar_days, mail, staff
    from storage.statements import Statement

    people = [one for one in staff.listed(tx) if one.active]
    filed = tx.one(Statement("SELECT count(*) FROM request"))
    linked = tx.one(Statement("SELECT count(*) FROM staff WHERE active AND address_id IS NOT NULL"))
    late = tx.one(Statement("SELECT count(*) FROM mail WHERE status IN ('queued', 'sending') AND due_at < ?"), (now - STUCK,))
    years = {line.day.year for line in calendar_days.lines(tx)} | {line.day.year for line in decrees()}
    return _State(
        requests=0 if filed is None else int(filed[0]),
        staff=len(people),
        administrators=staff.administrators(tx),
        linked=0 if linked is None else int(linked[0]),
        dead=mail.counts(tx).get("dead", 0),
        late=0 if late is None else int(late[0]),
        years=frozenset(years),
    )
