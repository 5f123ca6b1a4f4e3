"""What a refusal does to its message and to its person: the same whether the sending says it or a status that comes later."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.channel import OutsideWindow, PersonStopped, PersonUnreachable, RetryAfter, RetryLater, SendError
from storage import contacts, outbox
from storage.statements import Transaction


@dataclass(frozen=True, slots=True)
class Row:
    """A message in hand. `attempts` counts the one that was refused."""

    id: int
    lane: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Terms:
    """`now` in milliseconds; `pause` in seconds, where the provider names none; after `tries` it is given up.

    Not `counted`: the provider is down, which is no fault of the message's.
    """

    now: int
    pause: float
    tries: int
    counted: bool = True


def gives_up(row: Row, error: SendError, terms: Terms) -> bool:
    """Tells whether after this refusal the message is not tried again, nor waits for anything."""
    match error:
        case RetryLater():
            return terms.counted and row.attempts >= terms.tries
        case OutsideWindow():
            return False
        case _:
            return True


def refused(tx: Transaction, row: Row, error: SendError, terms: Terms) -> None:
    """Writes down what follows from the refusal. Whoever calls this for a person who stopped should hold no other locks."""
    match error:
        case PersonStopped():
            _close(tx, row, terms.now, stopped=True)
        case PersonUnreachable():
            _close(tx, row, terms.now, stopped=False)
        case OutsideWindow():
            outbox.wait(tx, row.id)
        case RetryLater() if gives_up(row, error, terms):
            outbox.fail(tx, row.id, status="dead", error=code_of(error))
        case RetryLater():
            seconds = error.seconds if isinstance(error, RetryAfter) else terms.pause
            due = terms.now + round(seconds * 1000)
            outbox.again(tx, row.id, due_at=due, error=code_of(error), counted=terms.counted)
        case _:
            outbox.fail(tx, row.id, status="failed", error=code_of(error))


def code_of(error: SendError) -> str:
    """Returns what staff see as the reason."""
    if error.code:
        return error.code
    match error:
        case RetryAfter():
            return "retry_after"
        case RetryLater():
            return "retry_later"
        case _:
            return "never"


def _close(tx: Transaction, row: Row, now: int, *, stopped: bool) -> None:
    """Nothing more goes to that address; whoever stopped there has said stop."""
    contact = outbox.whose_lane(tx, row.lane)
    if contact is not None:
        tx.lock(contact)
    status, error = ("failed", "person_stopped") if stopped else ("dead", "person_unreachable")
    outbox.close_lane(tx, row.lane, row.id, status=status, error=error)
    if stopped and contact is not None:
        contacts.stop(tx, contact, now, address=row.lane)
