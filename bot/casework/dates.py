"""The dates of a request: counted when it is filed, and anew whenever something changes what they are counted from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.casework.office import Office
from bot.requests.ledger import Clock
from bot.requests.states import State
from bot.requests.terms import Pause, Term, term, written
from storage.requests import Case, Event
from storage.statements import Transaction


def first_term(tx: Transaction, office: Office, kind: str, filed: date, place: str) -> Term:
    """Returns the term of what is filed on that day. Suggestions and complaints have the municipality's own, in working days."""
    law = office.law
    if kind != "information":
        return term(filed, law.complaint_days, office.days(tx), places(office, place), printed="working")
    return term(filed, law.days, office.days(tx), places(office, place), printed=law.printed)


def running_term(tx: Transaction, office: Office, case: Case, history: list[Event], today: date) -> Term:
    """Returns the term that runs for a request as its history stands, with the table of days as it is now.

    The extension is counted together with the term it prolongs, from the same day. An explanation that is awaited stops the
    clock only where the law's file says by which article (`clarification_suspends`); one that is still awaited, up to today.
    """
    law = office.law
    match case.state, case.kind:
        case "insisted" | "insistence_answered" | "escalated" | "escalation_answered", _:
            days = law.insistence_days
        case _, "information":
            days = law.days + (law.extension if any(event.kind == "extend" for event in history) else 0)
        case _:
            days = law.complaint_days
    printed = law.printed if case.kind == "information" else "working"
    pauses = _pauses(office, case, history, today) if law.suspends is not None else ()
    return term(case.from_day, days, office.days(tx), places(office, case.place), printed=printed, pauses=pauses)


def columns(counted: Term) -> dict[str, Any]:
    """Returns the columns of a request that hold its term."""
    return {
        "working_due": counted.working.due,
        "calendar_due": counted.calendar.due,
        "due": counted.due,
        "target": counted.target,
        "term": written(counted),
    }


def told(counted: Term) -> Mapping[str, str]:
    """Returns both dates as an event of the history keeps them."""
    return {"working_due": counted.working.due.isoformat(), "calendar_due": counted.calendar.due.isoformat()}


def clock(case: Case) -> Clock:
    """Returns what the ledger of notices looks at."""
    return Clock(state_of(case), case.epoch, case.from_day, case.target, case.due)


def state_of(case: Case) -> State:
    """Returns the state, which the database holds to be one of them."""
    return case.state  # type: ignore[return-value]  # because a constraint of the database says so


def places(office: Office, place: str) -> tuple[str, ...]:
    """Returns the places whose holidays count for a request: the body's seat and the requester's (COA art. 159)."""
    return tuple(dict.fromkeys(one for one in (office.seat, place) if one))


def _pauses(office: Office, case: Case, history: list[Event], today: date) -> tuple[Pause, ...]:
    found: list[Pause] = []
    asked: date | None = None
    for event in history:
        day = office.day(event.at)
        if day < case.from_day:
            continue
        if event.kind == "ask" and asked is None:
            asked = day
        elif event.kind == "explain" and asked is not None:
            found.append(Pause(asked, day))
            asked = None
    if asked is not None:
        found.append(Pause(asked, max(asked, today)))
    return tuple(found)
