"""The history of a case as people read it: who did what, when, and whether the person who asked sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.clock import moment
from bot.web.desk import words
from bot.web.desk.visit import Visit
from storage.requests import Event, File
from storage.staff import Person, Unit


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called."""

    people: Mapping[int, str]
    units: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """An event in words. `facts` are lines of (what, value)."""

    sequence: int
    kind: str
    title: str
    who: str
    at: str
    stamp: str
    visible: bool
    text: str
    facts: tuple[tuple[str, str], ...]
    files: tuple[File, ...]


def names(people: Sequence[Person], units: Sequence[Unit]) -> Names:
    """Returns the names of these people and units."""
    return Names({one.id: one.name for one in people}, {one.id: one.name for one in units})


def timeline(visit: Visit, events: Sequence[Event], files: Sequence[File], known: Names) -> list[Shown]:
    """Returns the history, the latest first."""
    return [_shown(visit, event, files, known) for event in reversed(events)]


def doer(visit: Visit, event: Event, known: Names) -> str:
    """Returns who did that."""
    if event.doer == "staff":
        return known.people.get(event.staff_id or 0, "—")
    return visit.say(f"desk.doer.{event.doer}")


def _shown(visit: Visit, event: Event, files: Sequence[File], known: Names) -> Shown:
    at = moment(event.at, visit.office.zone)
    return Shown(
        event.sequence,
        event.kind,
        visit.say(f"desk.event.{event.kind}"),
        doer(visit, event, known),
        words.at(at, visit.language),
        at.isoformat(timespec="minutes"),
        event.visible,
        event.text,
        tuple(_facts(visit, event, known)),
        tuple(file for file in files if file.sequence == event.sequence),
    )


def _facts(visit: Visit, event: Event, known: Names) -> list[tuple[str, str]]:
    data = event.data
    found: list[tuple[str, str]] = []
    if outcome := data.get("outcome"):
        found.append((visit.say("desk.fact.outcome"), visit.say(f"desk.outcome.{outcome}")))
    if reason := data.get("reason"):
        article = visit.office.law.refusals.get(str(reason))
        found.append((visit.say("desk.fact.reason"), article.told(visit.language.code) if article else str(reason)))
    if to := data.get("to"):
        found.append((visit.say("desk.fact.to"), str(to)))
    if into := data.get("into"):
        found.append((visit.say("desk.fact.into"), str(into)))
    if verdict := data.get("verdict"):
        found.append((visit.say("desk.fact.verdict"), visit.say(f"desk.verdict.{verdict}")))
    if source := data.get("source"):
        found.append((visit.say("desk.fact.source"), visit.say(f"desk.source.{source}")))
    if event.kind == "assign":
        found.append((visit.say("desk.fact.assigned"), _whose(visit, data, known)))
    dates = [(name, str(data[name])) for name in ("working_due", "calendar_due") if data.get(name)]
    found += [(visit.say(f"desk.fact.{name}"), words.long(date.fromisoformat(day), visit.language)) for name, day in dates]
    return found


def _whose(visit: Visit, data: Mapping[str, object], known: Names) -> str:
    unit, officer = data.get("unit"), data.get("officer")
    parts = [
        known.units.get(unit, "") if isinstance(unit, int) else "",
        known.people.get(officer, "") if isinstance(officer, int) else "",
    ]
    return " · ".join(filter(None, parts)) or visit.say("desk.nobody_yet")
