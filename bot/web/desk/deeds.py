"""What can be done with a case from its page: which of it is open now and to whom, and how a form becomes a step of casework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.casework import steps
from bot.casework.dates import state_of
from bot.casework.filing import read_number
from bot.casework.moving import is_overdue, opened
from bot.casework.office import MissingError
from bot.requests import states
from bot.requests.states import ImpossibleStepError, Outcome, Step
from bot.web.desk import uploads
from bot.web.desk.roles import Deed, may
from bot.web.desk.uploads import Uploads
from bot.web.desk.visit import Forbidden, Visit, number_of
from storage import requests, staff
from storage.requests import Case
from storage.statements import Transaction

ANSWERS: tuple[Outcome, ...] = ("full", "partial", "already_published", "not_held")
"""Outcomes of a plain answer; a refusal and a transfer have forms of their own."""

WORDS = ("explain", "insist", "escalate", "withdraw")
"""What a person can say at the counter that the history writes down."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent: the fields, the files, and the sequence of the case that was before the officer's eyes."""

    fields: Mapping[str, str]
    files: Uploads
    expected: int | None

    def text(self, name: str) -> str:
        """Returns that field, "" if it is not there. Lines end as the database keeps them."""
        return self.fields.get(name, "").replace("\r\n", "\n").strip()


Work = Callable[[Transaction, Visit, Case, Form], Case]


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do: its form is called `name`, the role needs `deed`. `final`: it cannot be undone, so it is confirmed."""

    name: str
    deed: Deed
    open: Callable[[Visit, Case], bool]
    work: Work
    final: bool = False


def _options(visit: Visit, form: Form) -> dict[str, Any]:
    return {"now": visit.now, "expected": form.expected}


def _answer(tx: Transaction, visit: Visit, case: Case, form: Form) -> Case:
    outcome = next((one for one in ANSWERS if one == form.text("outcome")), None)
    if outcome is None:
        raise MissingError("outcome")
    files = form.files.pairs
    return steps.answer(tx, visit.office, case.id, visit.doer, outcome, form.text("text"), files=files, **_options(visit, form))


def _refuse(tx: Transaction, visit: Visit, case: Case, form: Form) -> Case:
    reason, files = form.text("reason"), form.files.pairs
    return steps.answer(
        tx, visit.office, case.id, visit.doer, "refused", form.text("text"), reason=reason, files=files, **_options(visit, form)
    )


def _transfer(tx: Transaction, visit: Visit, case: Case, form: Form) -> Case:
    to, files = form.text("to"), form.files.pairs
    return steps.answer(
        tx, visit.office, case.id, visit.doer, "transferred", form.text("text"), to=to, files=files, **_options(visit, form)
    )


def _ask(tx: Transaction, visit: Visit, case: Case, form: Form) -> Case:
    return steps.ask(tx, visit.office, case.id, visit.doer, form.text("text"), **_options(visit, form))


def _extend(tx: Transaction, visit: Visit, case: Case, form: Form) -> Case:
    return steps.extend(tx, visit.office, case.id, visit.doer, form.text("text"), **_options(visit, form))


def _write(tx: Transaction, visit: Visit, case: Case, form: Form) -> Case:
    files = form.files.pairs
    return steps.write(tx, visit.office, case.id, visit.doer, form.text("text"), files=files, **_options(visit, form))


def _note(tx: Transaction, visit: Visit, case: Case, form: Form) -> Case:
    return steps.note(tx, visit.office, case.id, visit.doer, form.text("text"), now=visit.now, files=form.files.pairs)


def _assign(tx: Transaction, visit: Visit, case: Case, form: Form) -> Case:
    """Coordinators give a case to any unit and to anybody who works there; officers to a colleague of their own unit."""
    opened(tx, case.id, form.expected)
    officer = number_of(form.text("officer"))
    unit = number_of(form.text("unit")) if visit.may("assign") else case.unit_id
    if unit is not None and unit not in {one.id for one in staff.units(tx)}:
        raise MissingError("unit")
    if officer is not None:
        person = staff.by_id(tx, officer)
        if person is None or not person.active or not may(person.role, "handle"):
            raise MissingError("officer")
        if not visit.may("assign") and person.unit_id != case.unit_id:
            raise Forbidden
        if unit is None and person.unit_id is not None:
            unit = person.unit_id  # whoever names a person means their unit too
        if person.role == "officer" and person.unit_id != unit:
            raise MissingError("officer_unit")
    return steps.assign(tx, visit.office, case.id, visit.doer, unit=unit, officer=officer, **_options(visit, form))


def _merge(tx: Transaction, visit: Visit, case: Case, form: Form) -> Case:
    into = read_number(form.text("into")) or read_number(form.text("alike"))
    other = requests.by_number(tx, into) if into else None
    if other is not None and not visit.sees(other.unit_id):
        raise MissingError("other")  # whoever may not see it is not told that it is there
    return steps.merge(tx, visit.office, case.id, visit.doer, into, **_options(visit, form))


def _finish(tx: Transaction, visit: Visit, case: Case, form: Form) -> Case:
    return steps.finish(tx, visit.office, case.id, visit.doer, **_options(visit, form))


def _hear(tx: Transaction, visit: Visit, case: Case, form: Form) -> Case:
    """Writes down what the person said at the counter or by telephone."""
    opened(tx, case.id, form.expected)
    what, text = form.text("what"), form.text("text")
    if what not in WORDS:
        raise MissingError("what")
    if not text:
        raise MissingError("text")
    given = (tx, visit.office, case.id, visit.doer, text)
    match what:
        case "explain":
            return steps.explain(*given, now=visit.now)
        case "insist":
            return steps.insist(*given, now=visit.now)
        case "escalate":
            return steps.escalate(*given, now=visit.now)
        case _:
            return steps.withdraw(*given, now=visit.now)


def _owed(_visit: Visit, case: Case) -> bool:
    return states.awaits_answer(state_of(case))


def _running(_visit: Visit, case: Case) -> bool:
    return states.is_open(state_of(case))


def mergeable(_visit: Visit, case: Case) -> bool:
    """Tells whether the case can still go on under another number."""
    return states.is_open(state_of(case))


def _extendable(visit: Visit, case: Case) -> bool:
    return case.state == "received" and case.kind == "information" and not is_overdue(visit.office, case, visit.now)


def _finishable(_visit: Visit, case: Case) -> bool:
    return ("finish", case.state) in states.TRANSITIONS


def _unfinished(_visit: Visit, case: Case) -> bool:
    return case.state != "finished"


def _always(_visit: Visit, _case: Case) -> bool:
    return True


ACTIONS: tuple[Action, ...] = (
    Action("answer", "handle", _owed, _answer, final=True),
    Action("ask", "handle", _running, _ask),
    Action("extend", "handle", _extendable, _extend, final=True),
    Action("transfer", "handle", _owed, _transfer, final=True),
    Action("refuse", "handle", _owed, _refuse, final=True),
    Action("write", "handle", _unfinished, _write),
    Action("note", "note", _always, _note),
    Action("assign", "take", _unfinished, _assign),
    Action("hear", "handle", _unfinished, _hear),
    Action("merge", "merge", mergeable, _merge, final=True),
    Action("finish", "handle", _finishable, _finish, final=True),
)
"""In the order of the page."""


def open_to(visit: Visit, case: Case) -> list[Action]:
    """Returns what that person can do with the case as it stands."""
    return [action for action in ACTIONS if visit.may(action.deed) and action.open(visit, case)]


def sayable(visit: Visit, case: Case) -> list[str]:
    """Returns which of `WORDS` the person can say about the case as it stands."""
    late = is_overdue(visit.office, case, visit.now)
    found = [] if case.state == "finished" else ["explain"]
    steps_said: tuple[Step, ...] = ("insist", "escalate", "withdraw")
    for step in steps_said:
        with suppress(ImpossibleStepError):
            states.after(step, state_of(case), "staff", overdue=late)
            found.append(step)
    return found


def do(tx: Transaction, visit: Visit, action: Action, case: Case, form: Form) -> Case:
    """Does it, and writes the audit log in the same breath. Raises what casework raises, and Forbidden."""
    uploads.note(tx, form.files.files, visit.now)
    before = opened(tx, case.id, None)
    if not visit.sees(before.unit_id):  # it may have been given to another unit while the form was written
        raise Forbidden
    after = action.work(tx, visit, case, form)
    visit.note(tx, action.name, after.number, before=_told(before, after), after=_told(after, before))
    return after


_AUDITED = (
    "state", "outcome", "unit_id", "officer_id", "epoch", "due", "target", "asked_at", "answered_at", "finished_at",
    "merged_into_id", "released_at", "public_text", "public_answer", "sequence",
)  # fmt: skip


def _told(case: Case, other: Case) -> dict[str, object]:
    return {name: getattr(case, name) for name in _AUDITED if getattr(case, name) != getattr(other, name)}


def told(before: Case, after: Case) -> tuple[dict[str, object], dict[str, object]]:
    """Returns what differs between the two, as the audit log keeps it: before, after."""
    return _told(before, after), _told(after, before)
