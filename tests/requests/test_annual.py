"""What is counted about requests, and what does not agree with the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.requests.annual import Happened, Record, counts, fact, mismatches
from bot.requests.open_data import FIELDS, of_month, row

FILED, DUE, LATER = date(2026, 3, 2), date(2026, 3, 16), date(2026, 3, 23)
TODAY = date(2026, 6, 1)


def dates(working: date, calendar: date | None = None) -> dict[str, object]:
    return {"working_due": working.isoformat(), "calendar_due": (calendar or working).isoformat()}


def record(*events: Happened, **changes: object) -> Record:
    first = Happened(0, "file", None, "received", FILED, dates(DUE, date(2026, 3, 12)))
    history = (first, *(replace(event, sequence=place) for place, event in enumerate(events, 1)))
    made = Record(
        number="SAIP-2026-1", serial=1, state="received", sequence=len(events), outcome=None, source="chat", channel="telegram",
        form="digital", printed="working", due=DUE, filed=FILED, test=False, history=history,
    )  # fmt: skip
    return replace(made, state=history[-1].to_state, **changes)  # type: ignore[arg-type]  # because a test names what it changes


def event(kind: str, before: str, after: str, day: date, **data: object) -> Happened:
    return Happened(0, kind, before, after, day, data)


def answered(day: date, outcome: str = "full", **data: object) -> Happened:
    return event("answer", "received", "answered", day, outcome=outcome, **data)


def test_an_answer_on_the_last_day_is_in_term_and_the_day_after_is_late():
    assert fact(record(answered(DUE), outcome="full"), TODAY).in_term is True
    late = fact(record(answered(date(2026, 3, 17)), outcome="full"), TODAY)
    assert late.in_term is False and late.days == 15 and late.state == "RESPONSED"


def test_the_printed_counting_is_the_term():
    made = record(answered(date(2026, 3, 13)), outcome="full")
    assert fact(made, TODAY).in_term is True
    assert fact(replace(made, printed="calendar"), TODAY).in_term is False


def test_an_extension_counts_and_so_does_a_day_off_that_was_entered_later():
    longer = event("extend", "received", "extended", date(2026, 3, 10), **dates(LATER))
    made = record(longer, event("answer", "extended", "answered", LATER, outcome="full"), outcome="full")
    assert fact(made, TODAY).extended and fact(made, TODAY).in_term is True
    moved = event("recount", "received", "received", date(2026, 3, 10), **dates(date(2026, 3, 17)))
    assert fact(record(moved, answered(date(2026, 3, 17)), outcome="full"), TODAY).in_term is True


def test_an_insistence_begins_no_new_term_for_the_first_answer():
    insisted = event("insist", "received", "insisted", date(2026, 3, 20), **dates(date(2026, 4, 3)))
    made = record(insisted, event("answer", "insisted", "insistence_answered", date(2026, 3, 25), outcome="full"), outcome="full")
    found = fact(made, TODAY)
    assert (found.in_term, found.silence, found.quality) == (False, 1, 0)
    again = record(
        answered(DUE), event("insist", "answered", "insisted", date(2026, 3, 20)), outcome="full", due=date(2026, 4, 3)
    )
    assert (fact(again, TODAY).quality, fact(again, TODAY).state) == (1, "INSISTENCY_NO_RESPONSED")
    assert fact(again, date(2026, 4, 3)).state == "INSISTENCY_SEND"


def test_what_waits_is_late_once_its_day_has_passed_and_what_was_taken_back_never_is():
    assert fact(record(), DUE).in_term is None
    assert fact(record(), date(2026, 3, 17)).in_term is False
    assert fact(record(), date(2026, 3, 17)).state == "NO_RESPONSED"
    gone = record(event("withdraw", "received", "finished", date(2026, 4, 20)), outcome="withdrawn")
    assert fact(gone, TODAY).in_term is None


def test_the_counts_add_up_to_what_was_received():
    records = [
        record(answered(DUE), outcome="full"),
        record(answered(date(2026, 3, 20), "refused", reason="reserved"), outcome="refused", source="counter"),
        record(),
        record(event("withdraw", "received", "finished", DUE), outcome="withdrawn"),
        record(event("merge", "received", "finished", DUE), outcome="duplicate"),
        record(event("escalate", "received", "escalated", date(2026, 3, 20)), filed=date(2026, 12, 31)),
    ]
    found = counts([fact(one, TODAY) for one in records], tests=2)
    assert found.received == sum(found.months) == sum(found.sources.values()) == sum(found.states.values()) == 6
    assert found.received == (
        found.answered + found.unanswered_in_term + found.unanswered_late + found.withdrawn + found.duplicate
    )
    assert (found.answered, found.in_term, found.late) == (2, 1, 1)
    assert found.months[2] == 5 and found.months[11] == 1
    assert found.reasons == {"reserved": 1} and found.escalated == 1 and found.tests == 2
    assert found.median_days == 16
    assert counts([]).median_days is None and counts([]).months == (0,) * 12


def test_rows_that_disagree_with_their_history_are_named():
    good = record(answered(DUE), outcome="full")
    assert mismatches([good], last=1) == ()
    broken = {
        "state": replace(good, state="finished"),
        "outcome": replace(good, outcome="partial"),
        "sequence": replace(good, sequence=4),
        "filed": replace(good, filed=date(2026, 3, 1)),
        "no_history": replace(good, history=()),
        "chain": replace(good, history=(good.history[0], replace(good.history[1], from_state="extended"))),
    }
    for what, one in broken.items():
        assert what in {wrong.what for wrong in mismatches([one], last=1)}, what
        assert {wrong.number for wrong in mismatches([one], last=1)} == {"SAIP-2026-1"}
    assert [(wrong.number, wrong.what) for wrong in mismatches([good], last=3)] == [("2", "number"), ("3", "number")]
    assert [(wrong.number, wrong.what) for wrong in mismatches([replace(good, serial=5)], last=1)] == [
        ("1", "number"),
        ("5", "beyond"),
    ]


def test_a_row_of_the_open_data_has_every_column_and_nobody_in_it():
    one = fact(record(answered(DUE), outcome="full", public_text="El contrato"), TODAY)
    told = dict(zip(FIELDS, row(one), strict=True))
    assert told["fecha_respuesta"] == "2026-03-16" and told["en_termino"] == "si" and told["estado_portal"] == "RESPONSED"
    assert told["solicitud_publica"] == "El contrato"
    assert of_month([one], 3) == [one] and of_month([one], 4) == []
