"""The steps of a request: each one an event of its history, the columns it changes, and what the person is told, in one breath.

Every function loads the request itself, locked, and takes `expected`: the sequence that the officer had before them. If somebody
was faster, ConflictError is raised and nothing is written. All of them raise NotThereError, ImpossibleStepError where the step
does not begin in that state (or is not the doer's), MissingError for what was not said. `now` is milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.casework import publishing, telling
from bot.casework.dates import columns, running_term, state_of, told
from bot.casework.moving import happened, is_overdue, move, needs, opened, still
from bot.casework.office import Doer, MissingError, Office
from bot.casework.telling import Files
from bot.requests.states import ImpossibleStepError, Outcome, awaits_answer, is_open
from storage import requests
from storage.requests import Case
from storage.statements import Transaction

# ── towards an answer ────────────────────────────────────────────────────────────────────────────────────────────────


def ask(
    tx: Transaction, office: Office, identifier: int, doer: Doer, text: str, *, now: int, expected: int | None = None
) -> Case:
    """Asks the person to explain. The printed term stays as it is unless the law's file says otherwise."""
    case = opened(tx, identifier, expected)
    needs(text=text)
    if not is_open(state_of(case)):
        raise ImpossibleStepError("ask", state_of(case), "transition")
    return still(tx, office, case, doer, "ask", now, text=text, tell="ask", changes={"asked_at": case.asked_at or now})


def explain(tx: Transaction, office: Office, identifier: int, doer: Doer, text: str, *, now: int, files: Files = ()) -> Case:
    """The person explains. What they write when nothing was asked is kept as well, as something heard."""
    case = opened(tx, identifier, None)
    needs(text=text or ("".join(name for _, name in files)))
    kind = "explain" if case.asked_at is not None else "hear"
    case = still(tx, office, case, doer, kind, now, text=text, files=files, side="resident", changes={"asked_at": None})
    return recount(tx, office, case, now) if kind == "explain" else case


def extend(
    tx: Transaction, office: Office, identifier: int, doer: Doer, reason: str, *, now: int, expected: int | None = None
) -> Case:
    """Takes the days more that the law allows with cause. It counts only with a reason that the person is told (LOTAIP art. 34).

    Only before the term has passed: what is late cannot be extended any more.
    """
    case = opened(tx, identifier, expected)
    needs(reason=reason)
    if case.kind != "information" or is_overdue(office, case, now):
        raise ImpossibleStepError("extend", state_of(case), "transition")
    return move(
        tx, office, case, doer, "extend", now, text=reason, tell="extended", changes={"epoch": case.epoch + 1}, recounted=True
    )


def answer(
    tx: Transaction,
    office: Office,
    identifier: int,
    doer: Doer,
    outcome: Outcome,
    text: str,
    *,
    now: int,
    files: Files = (),
    reason: str = "",
    to: str = "",
    expected: int | None = None,
) -> Case:
    """Answers, of whatever outcome. A refusal needs a `reason` of the law's file, a transfer says `to` which body."""
    case = opened(tx, identifier, expected)
    needs(text=text)
    if outcome in ("withdrawn", "duplicate"):
        raise MissingError("outcome")
    if outcome == "refused" and reason not in office.law.refusals:
        raise MissingError("reason")
    if outcome == "transferred" and not to.strip():
        raise MissingError("other")
    tells = {"refused": "refused", "transferred": "transferred"}
    data = {"outcome": outcome} | ({"reason": reason} if reason else {}) | ({"to": to.strip()} if to.strip() else {})
    changes = {"outcome": outcome, "answered_at": now, "asked_at": None, "verdict": None}
    return move(
        tx, office, case, doer, "answer", now, text=text, files=files, data=data, changes=changes,
        tell=tells.get(outcome, "answered"),
    )  # fmt: skip


# ── after it ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def insist(tx: Transaction, office: Office, identifier: int, doer: Doer, motive: str, *, now: int) -> Case:
    """The person insists: the answer is not what they asked for, or none came. A term of the municipality's own begins today."""
    case = opened(tx, identifier, None)
    needs(text=motive)
    changes = {"epoch": case.epoch + 1, "from_day": office.day(now), "overdue_at": None, "asked_at": None}
    return move(tx, office, case, doer, "insist", now, text=motive, tell="insisted", changes=changes, recounted=True)


def escalate(tx: Transaction, office: Office, identifier: int, doer: Doer, text: str, *, now: int) -> Case:
    """The person went to the Defensoría del Pueblo: gestión oficiosa. A term of the municipality's own begins today."""
    case = opened(tx, identifier, None)
    changes = {"epoch": case.epoch + 1, "from_day": office.day(now), "overdue_at": None, "asked_at": None}
    return move(tx, office, case, doer, "escalate", now, text=text, tell="escalated", changes=changes, recounted=True)


def verdict(tx: Transaction, office: Office, identifier: int, doer: Doer, word: str, *, now: int) -> Case:
    """The person says whether they got what they asked for: "yes" ends it, "partly" and "no" open the way to insist."""
    case = opened(tx, identifier, None)
    if word not in ("yes", "partly", "no"):
        raise MissingError("outcome")
    if case.answered_at is None or case.finished_at is not None:
        raise ImpossibleStepError("verdict", state_of(case), "transition")
    case = still(tx, office, case, doer, "verdict", now, data={"verdict": word}, visible=True, changes={"verdict": word})
    if word == "yes" and not awaits_answer(state_of(case)):
        return finish(tx, office, identifier, doer, now=now, quiet=True)
    return case


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def withdraw(tx: Transaction, office: Office, identifier: int, doer: Doer, text: str = "", *, now: int) -> Case:
    """The person takes the request back."""
    case = opened(tx, identifier, None)
    changes = {"outcome": "withdrawn", "finished_at": now, "asked_at": None}
    return move(tx, office, case, doer, "withdraw", now, text=text, tell="withdrawn", changes=changes)


def merge(
    tx: Transaction, office: Office, identifier: int, doer: Doer, into: str, *, now: int, expected: int | None = None
) -> Case:
    """Ends a request that the same was asked by under another number; the person is told which. Raises MissingError "other"."""
    case = opened(tx, identifier, expected)
    other = requests.by_number(tx, into)
    if other is None or other.id == case.id or other.merged_into_id is not None or other.kind != case.kind:
        raise MissingError("other")
    changes = {"outcome": "duplicate", "merged_into_id": other.id, "finished_at": now, "asked_at": None}
    return move(tx, office, case, doer, "merge", now, data={"into": other.number}, tell="merged", changes=changes)


def finish(
    tx: Transaction, office: Office, identifier: int, doer: Doer, *, now: int, quiet: bool = False, expected: int | None = None
) -> Case:
    """Ends a request that was answered. `quiet`: the person is not told, since they have just said so themselves."""
    case = opened(tx, identifier, expected)
    return move(tx, office, case, doer, "finish", now, tell="" if quiet else "finished", changes={"finished_at": now})


# ── what moves nothing ───────────────────────────────────────────────────────────────────────────────────────────────


def assign(
    tx: Transaction,
    office: Office,
    identifier: int,
    doer: Doer,
    *,
    unit: int | None,
    officer: int | None,
    now: int,
    expected: int | None = None,
) -> Case:
    """Gives the request to an office and, if one is named, to an officer."""
    case = opened(tx, identifier, expected)
    data = {"unit": unit, "officer": officer, "from": {"unit": case.unit_id, "officer": case.officer_id}}
    return still(tx, office, case, doer, "assign", now, data=data, changes={"unit_id": unit, "officer_id": officer})


def note(tx: Transaction, office: Office, identifier: int, doer: Doer, text: str, *, now: int, files: Files = ()) -> Case:
    """Leaves a note that colleagues alone see."""
    case = opened(tx, identifier, None)
    needs(text=text)
    return still(tx, office, case, doer, "note", now, text=text, files=files, side="note", visible=False)


def write(
    tx: Transaction,
    office: Office,
    identifier: int,
    doer: Doer,
    text: str,
    *,
    now: int,
    files: Files = (),
    expected: int | None = None,
) -> Case:
    """Writes to the person without answering yet."""
    case = opened(tx, identifier, expected)
    needs(text=text)
    return still(tx, office, case, doer, "write", now, text=text, files=files, tell="written")


def release(
    tx: Transaction,
    office: Office,
    identifier: int,
    doer: Doer,
    *,
    text: str,
    answer_text: str,
    files: Sequence[int] = (),
    now: int,
    expected: int | None = None,
) -> Case:
    """Puts the request into the public register with these texts, without personal data; `files` are ids of its files."""
    case = opened(tx, identifier, expected)
    needs(text=text)
    requests.release_files(tx, case.id, files)
    public_text, public_answer = (publishing.netted(office, case, one) for one in (text, answer_text))
    changes = {"public_text": public_text, "public_answer": public_answer, "released_at": case.released_at or now}
    released = still(tx, office, case, doer, "release", now, data={"files": list(files)}, changes=changes)
    if not released.test:
        publishing.publish(tx, office, released, now)
    return released


def withhold(tx: Transaction, office: Office, identifier: int, doer: Doer, *, now: int, expected: int | None = None) -> Case:
    """Takes the request out of the public register."""
    case = opened(tx, identifier, expected)
    requests.release_files(tx, case.id, ())
    publishing.unpublish(tx, case)
    changes = {"public_text": "", "public_answer": "", "released_at": None}
    return still(tx, office, case, doer, "withhold", now, changes=changes)


def recount(tx: Transaction, office: Office, case: Case, now: int) -> Case:
    """Counts the dates anew, after something changed what they are counted from; an event only where a date moves."""
    if not awaits_answer(state_of(case)):
        return case
    counted = running_term(tx, office, case, requests.events(tx, case.id), office.day(now))
    fresh = columns(counted)
    if all(getattr(case, name) == value for name, value in fresh.items() if name != "term"):
        return case
    before = {"working_due": case.working_due.isoformat(), "calendar_due": case.calendar_due.isoformat()}
    data = {**told(counted), "before": before}
    visible = case.due != counted.due
    event = happened(case, Doer("clock"), "recount", case.state, now, data=data, visible=visible)
    case = requests.change(tx, case, event, **fresh)
    if visible:
        telling.tell(tx, office, case, "recounted", event)
    return case
