"""What may happen to a request, and which notices are owed when."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.requests.ledger import ASKED_AFTER, Clock, asks_after, days, overdue, owed
from bot.requests.states import (
    DOERS,
    NEEDS_OVERDUE,
    PORTAL,
    PORTAL_OVERDUE,
    STATES,
    TRANSITIONS,
    ImpossibleStepError,
    after,
    awaits_answer,
    portal,
)

ZONE = ZoneInfo("America/Guayaquil")


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """Returns a moment of 2026, local time."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


CLOCK = Clock("received", 0, date(2026, 11, 9), date(2026, 11, 19), date(2026, 11, 23))


def test_each_way_that_is_drawn_leads_where_it_is_drawn_to() -> None:
    for (step, state), to in TRANSITIONS.items():
        doer = min(DOERS[step])
        assert after(step, state, doer, overdue=True) == to


def test_every_other_way_is_refused() -> None:
    for step in DOERS:
        for state in (None, *STATES):
            if (step, state) in TRANSITIONS:
                continue
            with pytest.raises(ImpossibleStepError) as caught:
                after(step, state, "staff", overdue=True)
            assert caught.value.reason == "transition"


def test_nobody_does_what_is_not_theirs() -> None:
    with pytest.raises(ImpossibleStepError, match="doer"):
        after("extend", "received", "resident", overdue=False)
    with pytest.raises(ImpossibleStepError, match="doer"):
        after("answer", "received", "clock", overdue=False)


@pytest.mark.parametrize(("step", "state"), sorted(NEEDS_OVERDUE))
def test_insistence_before_an_answer_needs_the_term_to_have_passed(step: str, state: str) -> None:
    with pytest.raises(ImpossibleStepError, match="not_overdue"):
        after(step, state, "resident", overdue=False)  # type: ignore[arg-type]  # because the parameters come as plain texts
    assert after(step, state, "resident", overdue=True)  # type: ignore[arg-type]  # because the parameters come as plain texts


def test_every_state_is_reached_and_leads_to_the_end() -> None:
    assert set(TRANSITIONS.values()) == set(STATES)
    ends = {"finished"}
    for _ in STATES:
        ends |= {state for (_, state), to in TRANSITIONS.items() if to in ends and state is not None}
    assert ends == set(STATES)


def test_the_portal_has_a_name_for_each() -> None:
    assert set(PORTAL) == set(STATES)
    assert {state for state in STATES if awaits_answer(state)} == set(PORTAL_OVERDUE)
    assert portal("received", None, overdue=True) == "NO_RESPONSED"
    assert portal("answered", "full", overdue=False) == "RESPONSED"
    assert portal("finished", None, overdue=False) == "FINISHED_WITHOUT_RESPONSE"
    assert portal("finished", "withdrawn", overdue=False) == "FINISHED"


def test_notices_are_owed_from_the_morning_of_their_day() -> None:
    assert days(CLOCK) == {
        "halfway": date(2026, 11, 14),
        "three_days": date(2026, 11, 16),
        "one_day": date(2026, 11, 18),
        "due": date(2026, 11, 19),
        "overdue": date(2026, 11, 24),
    }
    assert owed(CLOCK, at(11, 14, 7, 59)) == ()
    assert [(one.kind, one.who) for one in owed(CLOCK, at(11, 14, 8))] == [("halfway", "official")]


def test_after_an_outage_all_that_came_due_are_owed() -> None:
    kinds = [(one.kind, one.who) for one in owed(CLOCK, at(11, 24, 9))]
    assert kinds == [
        ("halfway", "official"),
        ("three_days", "official"),
        ("one_day", "official"),
        ("one_day", "superior"),
        ("due", "official"),
        ("due", "superior"),
        ("overdue", "official"),
        ("overdue", "superior"),
        ("overdue", "resident"),
    ]


@pytest.mark.parametrize("hour", [0, 5, 7, 19, 23])
def test_nobody_is_told_at_night(hour: int) -> None:
    assert owed(CLOCK, at(11, 24, hour)) == ()
    assert asks_after(date(2026, 10, 1), at(11, 24, hour)) == ()


def test_an_answer_ends_what_is_owed() -> None:
    answered = Clock("answered", 0, CLOCK.from_day, CLOCK.target, CLOCK.due)
    assert owed(answered, at(12, 24, 9)) == ()
    assert not overdue(answered, date(2026, 12, 24))


def test_a_request_is_late_only_after_the_printed_day() -> None:
    assert not overdue(CLOCK, CLOCK.due)
    assert overdue(CLOCK, CLOCK.due + timedelta(days=1))


def test_a_short_term_owes_no_notice_before_it_began() -> None:
    short = Clock("insisted", 2, date(2026, 11, 9), date(2026, 11, 11), date(2026, 11, 11))
    assert list(days(short)) == ["halfway", "one_day", "due", "overdue"]


def test_the_person_is_asked_after_each_wait() -> None:
    answered = date(2026, 11, 2)
    for number, wait in enumerate(ASKED_AFTER):
        morning = datetime.combine(answered + timedelta(days=wait), time(9), ZONE)
        assert asks_after(answered, morning) == tuple(range(number + 1))
