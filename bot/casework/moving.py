"""How a step of a request is written: its event, the columns it changes, its files, and what the person is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.casework import telling
from bot.casework.dates import clock, columns, running_term, state_of, told
from bot.casework.office import ConflictError, Doer, MissingError, NotThereError, Office
from bot.casework.telling import Files
from bot.requests import ledger
from bot.requests.states import Step, after
from storage import requests
from storage.requests import Case, Event
from storage.statements import Transaction


def opened(tx: Transaction, identifier: int, expected: int | None) -> Case:
    """Returns the request, locked. Raises NotThereError, and ConflictError if it is not as it was looked at."""
    case = requests.load(tx, identifier)
    if case is None:
        raise NotThereError(identifier)
    if expected is not None and case.sequence != expected:
        raise ConflictError(case)
    return case


def is_overdue(office: Office, case: Case, now: int) -> bool:
    """Tells whether the printed term has passed without an answer by then."""
    return ledger.overdue(clock(case), office.day(now))


def move(
    tx: Transaction,
    office: Office,
    case: Case,
    doer: Doer,
    step: Step,
    now: int,
    *,
    tell: str,
    text: str = "",
    files: Files = (),
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any],
    recounted: bool = False,
) -> Case:
    """Moves the request by that step and returns it as it stands then. Raises ImpossibleStepError.

    `tell` is the text `request.told.<tell>` for the person, "" for none; `recounted`: the dates are counted anew.
    """
    state = after(step, state_of(case), doer.kind, overdue=is_overdue(office, case, now))
    event = happened(case, doer, step, state, now, text=text, data=dict(data or {}), visible=True)
    all_changes = dict(changes)
    if recounted:
        history = [*requests.events(tx, case.id), event]
        asked = case._replace(state=state, **{key: value for key, value in changes.items() if key == "from_day"})
        counted = running_term(tx, office, asked, history, office.day(now))
        event = event._replace(data={**event.data, **told(counted)})
        all_changes |= columns(counted)
    case = requests.change(tx, case, event, **all_changes)
    attach(tx, office, event, files, "answer" if doer.kind == "staff" else "resident")
    if tell:
        telling.tell(tx, office, case, tell, event, files=files)
    return case


def still(
    tx: Transaction,
    office: Office,
    case: Case,
    doer: Doer,
    kind: str,
    now: int,
    *,
    text: str = "",
    files: Files = (),
    side: str = "answer",
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    tell: str = "",
    visible: bool | None = None,
) -> Case:
    """Writes down what leaves the state as it is, and returns the request as it stands then."""
    shown = (bool(tell) or doer.kind == "resident") if visible is None else visible
    event = happened(case, doer, kind, case.state, now, text=text, data=dict(data or {}), visible=shown)
    case = requests.change(tx, case, event, **(changes or {}))
    attach(tx, office, event, files, side)
    if tell:
        telling.tell(tx, office, case, tell, event, files=files)
    return case


def happened(
    case: Case, doer: Doer, kind: str, state: str, now: int, *, text: str = "", data: Mapping[str, Any], visible: bool
) -> Event:
    """Returns the next event of that request."""
    return Event(case.id, case.sequence + 1, kind, case.state, state, now, doer.kind, doer.staff_id, visible, text.strip(), data)


def attach(tx: Transaction, office: Office, event: Event, files: Files, side: str) -> None:
    """Notes the files of an event, as that side's."""
    for reference, name in files:
        identifier = office.identifiers.next()
        requests.attach(
            tx, identifier, request=event.request_id, sequence=event.sequence, reference=reference, name=name, side=side
        )


def needs(**said: str) -> None:
    """Raises MissingError with the name of what is empty."""
    for what, text in said.items():
        if not text.strip():
            raise MissingError(what)
