"""`minga requests list|show|report`: what is owed, one request, and the counts that the law asks for. Never who asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import FAILED, Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from datetime import date

    from bot.requests.annual import Record
    from bot.settings import Settings
    from storage.requests import Case, Event

FORMATS = ("text", "csv", "json")


class RequestsRefused(Refused):
    """There is no such request, view, year or month."""


def list_requests(
    context: typer.Context,
    view: Annotated[str, typer.Option("--view", metavar="view")] = "due",
    limit: Annotated[int, typer.Option("--limit", metavar="number", min=1, max=10_000)] = 50,
) -> None:
    """Lists requests, what is due first at the top."""
    from bot.assembly import open_database
    from bot.cli.tables import table
    from bot.clock import RealClock
    from bot.settings import read
    from storage import desk_queue
    from storage.desk_queue import VIEWS, Filter
    from storage.reading import Snapshot

    terminal = terminal_of(context)
    chosen = next((one for one in VIEWS if one == view), None)
    if chosen is None:
        raise RequestsRefused("requests.refused.view", view=view, known=", ".join(VIEWS))
    settings = read()
    today = RealClock(settings.zone).now().date()
    with open_database(settings) as database:
        rows = database.read_now(lambda connection: desk_queue.page(Snapshot(connection), Filter(chosen), today, limit=limit + 1))
    if not rows:
        terminal.tell(terminal.say("requests.none"))
        return
    head = [terminal.say(f"requests.column.{name}") for name in ("number", "due", "state", "unit", "subject")]
    told = [
        (row.number, row.due.isoformat(), _state(row.state, row.outcome, terminal), row.unit or "—", _shown(row.subject))
        for row in rows[:limit]
    ]
    for line in table(head, told, left=5):
        terminal.tell(line)
    if len(rows) > limit:
        terminal.note(terminal.say("requests.more", limit=limit))


def show(context: typer.Context, number: Annotated[str, typer.Argument(metavar="number")]) -> None:
    """Shows a request with its history: neither identity nor what looks like personal data."""
    from bot.assembly import open_database
    from bot.casework.filing import read_number
    from bot.requests.redaction import redact
    from bot.settings import read
    from storage import requests
    from storage.reading import Snapshot

    terminal = terminal_of(context)
    settings = read()
    with open_database(settings) as database:

        def work(tx: Snapshot) -> tuple[Case, list[Event]] | None:
            case = requests.by_number(tx, read_number(number) or number)
            return None if case is None else (case, requests.events(tx, case.id))

        found = database.read_now(lambda connection: work(Snapshot(connection)))
    if found is None:
        raise RequestsRefused("requests.refused.number", number=number)
    case, events = found
    terminal.tell(f"{case.number}  {_state(case.state, case.outcome, terminal)}")
    terminal.tell(terminal.say("requests.dates", due=case.due, working=case.working_due, calendar=case.calendar_due))
    terminal.tell(redact(case.text).text)
    for event in events:
        terminal.tell(f"  {_at(event.at, settings)}  {terminal.say(f'desk.event.{event.kind}')}")
        if event.text and event.kind != "note":
            terminal.tell("      " + " ".join(redact(event.text).text.split()))


def report(
    context: typer.Context,
    year: Annotated[int | None, typer.Option("--year", metavar="year", min=2017, max=2200)] = None,
    month: Annotated[str, typer.Option("--month", metavar="month")] = "",
    form: Annotated[str, typer.Option("--format", metavar="format")] = "text",
    out: Annotated[Path | None, typer.Option("--out", metavar="folder|file")] = None,
    with_test: Annotated[bool, typer.Option("--with-test")] = False,
) -> int:
    """Counts a year as the annual report asks, or writes a month's data, dictionary and metadata as CSV."""
    from bot.assembly import open_database
    from bot.casework import yearly
    from bot.cli import reporting
    from bot.clock import RealClock
    from bot.requests.annual import fact, mismatches
    from bot.settings import read
    from storage.reading import Snapshot

    terminal = terminal_of(context)
    if form not in FORMATS:
        raise RequestsRefused("requests.refused.format", format=form, known=", ".join(FORMATS))
    wanted = _month(month)
    if (year is None) == (wanted is None):
        raise RequestsRefused("requests.refused.when")
    settings = read()
    now = RealClock(settings.zone).now()
    chosen = year if year is not None else (wanted.year if wanted is not None else 0)
    with open_database(settings) as database:

        def work(tx: Snapshot) -> tuple[list[Record], int]:
            return yearly.records(tx, chosen, settings.zone), yearly.last_number(tx, chosen)

        records, last = database.read_now(lambda connection: work(Snapshot(connection)))
    wrong = mismatches(records, last=last)
    if wrong:
        for one in wrong:
            told = terminal.say(f"report.mismatch.{one.what}", row=one.row or "—", history=one.history or "—")
            terminal.note(f"{one.number}: {told}")
        terminal.note(terminal.say("report.mismatch", count=len(wrong)))
        return FAILED
    facts = [fact(record, now.date()) for record in records if with_test or not record.test]
    tests = 0 if with_test else sum(record.test for record in records)
    try:
        if wanted is not None:
            reporting.month(facts, wanted, settings, terminal, out=out or Path(), now=now)
        else:
            reporting.year(facts, chosen, tests, settings, terminal, form=form, out=out)
    except OSError as error:
        raise RequestsRefused("requests.refused.write", file=out or Path(), error=error.strerror or "") from error
    return 0


def _month(text: str) -> date | None:
    from datetime import date

    if not text:
        return None
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise RequestsRefused("requests.refused.month", month=text) from None
    if len(text) != 7 or found.year < 2017:
        raise RequestsRefused("requests.refused.month", month=text)
    return found


def _state(state: str, outcome: str | None, terminal: Terminal) -> str:
    told = terminal.say(f"desk.state.{state}")
    return f"{told} ({terminal.say(f'desk.outcome.{outcome}')})" if outcome else told


def _shown(subject: str) -> str:
    from bot.requests.redaction import redact

    return redact(subject).text


def _at(at: int, settings: Settings) -> str:
    from bot.clock import moment

    return f"{moment(at, settings.zone):%Y-%m-%d %H:%M}"
