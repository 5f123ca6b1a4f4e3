"""`minga law check` and `minga holidays list|add|remove`: for the municipality's lawyer and whoever keeps its calendar."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import FAILED, LOCALES, Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from collections.abc import Callable

    from bot.assembly import House
    from bot.casework.office import Office
    from bot.settings import Settings
    from storage.calendar_days import Line
    from storage.statements import Transaction

Day = Annotated[str, typer.Argument(metavar="day")]
Place = Annotated[str, typer.Option("--place", metavar="canton")]


class LawUnreadable(Refused):
    """There is no such law's file, or it may not be read."""


class HolidayRefused(Refused):
    """That day cannot be entered or taken out as asked."""


def check(context: typer.Context, file: Annotated[Path | None, typer.Argument(metavar="file")] = None) -> int:
    """Judges the law's file: what is wrong with it, and what nobody has read in the gazette yet."""
    from bot.requests.law import read_law
    from bot.settings import read
    from bot.town_hall import law_file

    terminal = terminal_of(context)
    chosen = file or law_file(read().data)
    try:
        content = chosen.read_bytes()
    except OSError as error:
        raise LawUnreadable("law.refused.unreadable", file=chosen, error=error.strerror or "") from error
    law, problems = read_law(content, str(chosen))
    for problem in problems:
        terminal.tell(f"{problem.file}:{problem.line}: {problem.tell(terminal.language)}")
    wrong_seat = bool(law.seat) and law.seat not in _cantons()
    if wrong_seat:
        terminal.tell(f"{chosen}: {terminal.say('law.seat_unknown', seat=law.seat)}")
    elif not law.seat:
        terminal.tell(f"{chosen}: {terminal.say('law.no_seat')}")
    for article in (*law.articles.values(), *law.refusals.values()):
        if not article.verified:
            terminal.tell(terminal.say("law.unverified", name=article.key, cited=article.cited, source=article.source or "—"))
    unverified = sum(not article.verified for article in (*law.articles.values(), *law.refusals.values()))
    bad = len(problems) + wrong_seat
    terminal.tell(terminal.say("law.summary", file=chosen, bad=bad, unverified=unverified))
    return FAILED if bad else 0


def list_days(
    context: typer.Context,
    year: Annotated[int | None, typer.Argument(metavar="year", min=2017, max=2200)] = None,
) -> None:
    """Lists the days off of a year as they count here: by the rule, by decree, and as the municipality entered them."""
    from bot.assembly import open_house
    from bot.cli.tables import table
    from bot.settings import read
    from storage import calendar_days

    terminal = terminal_of(context)
    settings = read()
    with open_house(settings) as house:
        chosen = year or house.clock.now().year
        office = _office(settings, house)
        days = house.database.transaction_now(office.days)
        own = house.database.transaction_now(calendar_days.lines)
    head = [terminal.say(f"holidays.column.{name}") for name in ("day", "what", "where", "why")]
    rows: list[tuple[str, str, str, str]] = []
    day = date(chosen, 1, 1)
    while day.year == chosen:
        rest = days.off(day, (office.seat,))
        line = next((one for one in own if one.day == day and one.place in ("", office.seat)), None)
        if rest is not None and rest.name != "weekend":
            key = f"request.feast.{rest.name}"
            what = terminal.say(key) if key in terminal.language.texts else rest.name
            why = rest.reference or terminal.say("holidays.doubtful" if rest.doubtful else "holidays.rule")
            rows.append((_weekday(day, terminal), what, (line.place if line else "") or "—", why))
        day += timedelta(days=1)
    rows += [
        (_weekday(one.day, terminal), one.name, one.place or "—", terminal.say("holidays.works", reference=one.reference))
        for one in own
        if one.works and one.day.year == chosen
    ]
    rows += [
        (_weekday(one.day, terminal), one.name, one.place, one.reference)
        for one in own
        if not one.works and one.place not in ("", office.seat) and one.day.year == chosen
    ]
    for told in table(head, sorted(rows), left=4):
        terminal.tell(told)
    if chosen not in {line.day.year for line in own} | {line.day.year for line in office.decrees}:
        terminal.note(terminal.say("holidays.no_table", year=chosen))


def add(
    context: typer.Context,
    day: Day,
    name: Annotated[str, typer.Option("--name", metavar="name")],
    reference: Annotated[str, typer.Option("--reference", metavar="decree")],
    place: Place = "",
    works: Annotated[bool, typer.Option("--works")] = False,
) -> None:
    """Enters a day off, or with --works a day worked against the rule; then counts the open requests' dates anew."""
    from bot.settings import read
    from storage import calendar_days
    from storage.calendar_days import Line

    terminal = terminal_of(context)
    when = _day(day)
    if not name.strip() or not reference.strip():
        raise HolidayRefused("holidays.refused.empty")
    line = Line(when, _canton(place), works, name.strip(), reference.strip())

    def work(tx: Transaction, house: House) -> None:
        calendar_days.put(tx, line, staff=None, now=_now(house))
        _note(tx, house, "holiday_added", line)

    moved = _change(read(), work)
    terminal.tell(terminal.say("holidays.works_added" if works else "holidays.added", day=when, name=line.name))
    terminal.tell(terminal.say("holidays.moved", count=moved))


def remove(context: typer.Context, day: Day, place: Place = "") -> None:
    """Takes a line out that the municipality entered; then counts the open requests' dates anew."""
    from bot.settings import read
    from storage import calendar_days

    terminal = terminal_of(context)
    when, where = _day(day), _canton(place)

    def work(tx: Transaction, house: House) -> None:
        line = next((one for one in calendar_days.lines(tx) if one.day == when and one.place == where), None)
        if line is None:
            raise HolidayRefused("holidays.refused.unknown", day=when, place=where or "—")
        calendar_days.drop(tx, when, where)
        _note(tx, house, "holiday_removed", line)

    moved = _change(read(), work)
    terminal.tell(terminal.say("holidays.removed", day=when))
    terminal.tell(terminal.say("holidays.moved", count=moved))


def _change(settings: Settings, work: Callable[[Transaction, House], None]) -> int:
    """Changes the table and returns how many requests' dates moved; whoever's printed date moved is told, on their channel."""
    from bot.assembly import open_house
    from bot.casework.notices import RequestDuties

    with open_house(settings) as house:
        house.database.transaction_now(lambda tx: work(tx, house))
        duties = RequestDuties(house.database, _office(settings, house))
        return asyncio.run(duties.recount(house.clock.now()))


def _office(settings: Settings, house: House) -> Office:
    from bot.channels.simulator import SimulatorChannel
    from bot.providers import build_channels
    from bot.town_hall import build_office
    from bot.translations import load_languages

    languages = load_languages(LOCALES)
    channels = {"simulator": SimulatorChannel(), **build_channels(settings, languages, house.database, house.clock).channels}
    return build_office(
        house.vault,
        house.database.identifiers,
        channels,
        languages,
        settings.zone,
        folder=settings.data,
        municipality=settings.municipality,
        contact=settings.contact,
        public_url=settings.public_url,
    )


def _cantons() -> dict[str, str]:
    """Returns every canton's name by its key."""
    from bot.translations import load_places

    return {key: place.name for key, place in load_places(LOCALES).places.items() if place.kind == "canton"}


def _canton(text: str) -> str:
    """Returns the key of the canton that is meant by its key or, where only one bears it, its name; "" for the whole country."""
    from bot.engine.answers import fold
    from bot.engine.problem import nearest

    cantons = _cantons()
    if not text or text in cantons:
        return text
    named = [key for key, name in cantons.items() if fold(name) == fold(text)]
    if len(named) == 1:
        return named[0]
    near = ", ".join(named) or nearest(text, cantons.values()) or nearest(text, cantons)
    raise HolidayRefused("holidays.refused.place", place=text, near=near or "pichincha.quito")


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise HolidayRefused("holidays.refused.day", day=text) from None
    if not 2017 <= found.year <= 2200:
        raise HolidayRefused("holidays.refused.day", day=text)
    return found


def _weekday(day: date, terminal: Terminal) -> str:
    return f"{day.isoformat()} {terminal.say('engine.weekdays_short').split()[day.weekday()]}"


def _now(house: House) -> int:
    from bot.clock import milliseconds

    return milliseconds(house.clock.now())


def _note(tx: Transaction, house: House, action: str, line: Line) -> None:
    from storage import audit

    told = {"name": line.name, "reference": line.reference, "works": line.works}
    subject = f"day:{line.day.isoformat()}:{line.place}"
    identifier = house.database.identifiers.next()
    audit.write(tx, identifier, at=_now(house), staff_id=None, action=action, subject=subject, after=told)
