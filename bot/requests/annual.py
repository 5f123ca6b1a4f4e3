"""What became of the requests of a year or month: the counts of the annual report, and whether they agree with the history.

Only the first answer counts for the term: what is late is told by the printed date as it stood then, extension and new counts
included (LOTAIP art. 34). Requests that were tried out (`test`) have a number of the series, and are in no count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from statistics import median

from bot.requests.states import Outcome, State, awaits_answer, portal
from bot.requests.terms import Unit

_MOVES_DUE = frozenset({"file", "extend", "recount"})
_OPEN = frozenset({None, "received", "extended"})


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a history. `data` holds both dates where it moved them, the outcome or the reason where it is an answer."""

    sequence: int
    kind: str
    from_state: str | None
    to_state: str
    day: date
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """A request as its row tells it, with its whole history. `due` is the printed date that runs now."""

    number: str
    serial: int
    state: State
    sequence: int
    outcome: Outcome | None
    source: str
    channel: str
    form: str
    printed: Unit
    due: date
    filed: date
    test: bool
    history: tuple[Happened, ...]
    public_text: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """What is counted about a request. `due` is the printed date that held for the first answer, `days` calendar days until it.

    `in_term` is None where no answer is owed any more and none was given (withdrawn, repeated), and while the term runs.
    `quality` counts insistences on an answer, `silence` those for want of one. `reason` is that of a refusal.
    """

    number: str
    received: date
    due: date
    answered: date | None
    days: int | None
    in_term: bool | None
    extended: bool
    outcome: Outcome | None
    reason: str
    state: str
    quality: int
    silence: int
    escalated: bool
    source: str
    channel: str
    form: str
    public_text: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A row that does not agree with its history: which request, what (a key of `report.mismatch.…`), the two values."""

    number: str
    what: str
    row: str
    history: str


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of the annual report. `months` are twelve; `sources` say by which way they came."""

    received: int
    months: tuple[int, ...]
    sources: Mapping[str, int]
    answered: int
    in_term: int
    late: int
    unanswered_in_term: int
    unanswered_late: int
    withdrawn: int
    duplicate: int
    extended: int
    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]
    states: Mapping[str, int]
    quality: int
    silence: int
    escalated: int
    median_days: float | None
    tests: int


def fact(record: Record, today: date) -> Fact:
    """Returns what is counted about that request."""
    answers = [event for event in record.history if event.kind == "answer"]
    first = answers[0] if answers else None
    due = record.due
    for event in record.history:
        if first is not None and event.sequence >= first.sequence:
            break
        if event.kind in _MOVES_DUE and event.from_state in _OPEN and (told := _due(event, record.printed)) is not None:
            due = told
    answered = None if first is None else first.day
    ended = record.outcome in ("withdrawn", "duplicate") and answered is None
    late = (answered or today) > due
    return Fact(
        number=record.number,
        received=record.filed,
        due=due,
        answered=answered,
        days=None if answered is None else (answered - record.filed).days,
        in_term=None if ended or (answered is None and not late) else not late,
        extended=any(event.kind == "extend" for event in record.history),
        outcome=record.outcome,
        reason=next((str(event.data.get("reason") or "") for event in reversed(answers)), ""),
        state=portal(record.state, record.outcome, overdue=awaits_answer(record.state) and today > record.due),
        quality=sum(event.kind == "insist" and event.from_state == "answered" for event in record.history),
        silence=sum(event.kind == "insist" and event.from_state != "answered" for event in record.history),
        escalated=any(event.kind == "escalate" for event in record.history),
        source=record.source,
        channel=record.channel,
        form=record.form,
        public_text=record.public_text,
    )


def counts(facts: Sequence[Fact], *, tests: int = 0) -> Counts:
    """Returns the counts of those requests."""
    months = Counter(one.received.month for one in facts)
    answered = [one for one in facts if one.answered is not None]
    waiting = [one for one in facts if one.answered is None and one.outcome not in ("withdrawn", "duplicate")]
    return Counts(
        received=len(facts),
        months=tuple(months[month] for month in range(1, 13)),
        sources=_counted(one.source for one in facts),
        answered=len(answered),
        in_term=sum(one.in_term is True for one in answered),
        late=sum(one.in_term is False for one in answered),
        unanswered_in_term=sum(one.in_term is not False for one in waiting),
        unanswered_late=sum(one.in_term is False for one in waiting),
        withdrawn=sum(one.outcome == "withdrawn" and one.answered is None for one in facts),
        duplicate=sum(one.outcome == "duplicate" and one.answered is None for one in facts),
        extended=sum(one.extended for one in facts),
        outcomes=_counted(one.outcome for one in facts if one.outcome is not None),
        reasons=_counted(one.reason for one in facts if one.reason and one.outcome == "refused"),
        states=_counted(one.state for one in facts),
        quality=sum(one.quality for one in facts),
        silence=sum(one.silence for one in facts),
        escalated=sum(one.escalated for one in facts),
        median_days=median(one.days for one in answered if one.days is not None) if answered else None,
        tests=tests,
    )


def mismatches(records: Iterable[Record], *, last: int | None = None) -> tuple[Mismatch, ...]:
    """Returns every row that does not agree with its history; with `last`, the numbers missing between 1 and it, too."""
    found: list[Mismatch] = []
    serials: set[int] = set()
    for record in records:
        serials.add(record.serial)
        history = record.history
        if not history:
            found.append(Mismatch(record.number, "no_history", str(record.sequence), "0"))
            continue
        end, filed = history[-1], history[0]
        answers = [event for event in history if event.kind == "answer"]
        told = {
            "sequence": (record.sequence, end.sequence),
            "events": (record.sequence + 1, len(history)),
            "state": (record.state, end.to_state),
            "filed": (record.filed, filed.day),
            "outcome": (record.outcome or "", _outcome(end, answers)),
        }
        found += [Mismatch(record.number, what, str(row), str(past)) for what, (row, past) in told.items() if row != past]
        found += [
            Mismatch(record.number, "chain", str(before.to_state), str(event.from_state))
            for before, event in pairwise(history)
            if event.from_state != before.to_state
        ]
    if last is not None:
        missing = sorted(set(range(1, last + 1)) - serials)
        found += [Mismatch(str(serial), "number", "", str(last)) for serial in missing]
        found += [Mismatch(str(serial), "beyond", str(serial), str(last)) for serial in sorted(serials) if serial > last]
    return tuple(found)


def _outcome(end: Happened, answers: Sequence[Happened]) -> str:
    if end.kind in ("withdraw", "merge"):
        return "withdrawn" if end.kind == "withdraw" else "duplicate"
    return str(answers[-1].data.get("outcome") or "") if answers else ""


def _due(event: Happened, printed: Unit) -> date | None:
    told = event.data.get(f"{printed}_due")
    return date.fromisoformat(told) if isinstance(told, str) else None


def _counted(words: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(words).items(), key=lambda one: (-one[1], one[0])))
