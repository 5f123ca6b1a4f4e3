"""What may be said of a commitment: the rules that the desk and the terminal share. Pure."""

from __future__ import annotations

from datetime import date

from storage.commitments import ENDED, STATES


def amiss(state: str, due_on: str, reason: str, today: date) -> list[str]:
    """Returns the keys of the texts that tell what is wrong with an update, none where it may be made.

    `reason` is what happened, in the language that may not be missing. What was not done, or is to be done otherwise, says why;
    what is still to be done has a day that is not over.
    """
    problems = []
    if state not in STATES:
        problems.append("back.problem.state")
    if state in ("not_done", "changed") and not reason:
        problems.append("back.problem.reason")
    try:
        due = date.fromisoformat(due_on)
    except ValueError:
        return [*problems, "back.problem.day"]
    if state not in ENDED and due < today:
        problems.append("back.problem.overdue")
    return problems
