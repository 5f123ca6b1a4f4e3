"""What to do about it: plain advice from what a rehearsal showed, the weightiest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.engine.flow import Flow
from bot.rehearsal.findings import CONSENT, REVIEW, Findings, Question

_FEW = 10
"""Below so many people a share says nothing."""
_LEAVING, _LOST, _UNCLEAR, _BACK, _SKIPPED, _DECLINED = 0.05, 0.30, 0.08, 0.10, 0.50, 0.30
_WAIT = timedelta(minutes=1)
_LONG = timedelta(minutes=15)

Advice = tuple[str, dict[str, object]]
"""The key of a text, and what fills its places."""


def advise(found: Findings, flow: Flow, *, opens: bool) -> list[Advice]:
    """Returns the advice. `opens`: an approved template opens a talk on WhatsApp."""
    given = [*_faults(found), *_questions(found), *_way(found, flow), *_channels(found, opens=opens)]
    return given or [("rehearse.advice.fine", {})]


def _faults(found: Findings) -> Iterator[Advice]:
    for error, count in found.quarantined.items():
        yield "rehearse.advice.fault", {"error": error, "count": count}


def share(part: int, whole: int) -> float:
    """Returns a share between 0 and 1; 0 of nothing is 0."""
    return part / whole if whole else 0.0


def percent(part: int, whole: int) -> int:
    """Returns a share in whole percent."""
    return round(100 * share(part, whole))


def _questions(found: Findings) -> Iterator[Advice]:
    known = [one for one in found.questions if one.met >= _FEW]
    worst = max(known, key=lambda one: share(one.left, one.met), default=None)
    if worst is not None and share(worst.left, worst.met) >= _LEAVING:
        key = "consent_leaves" if worst.step == CONSENT else "review_leaves" if worst.step == REVIEW else "leaves"
        yield f"rehearse.advice.{key}", _said(worst, worst.left)
    for one in sorted(known, key=lambda one: -share(one.not_understood, one.met)):
        if share(one.not_understood, one.met) >= _UNCLEAR and one.step not in (CONSENT, REVIEW):
            yield "rehearse.advice.unclear", _said(one, one.not_understood)
    for one in sorted(known, key=lambda one: -share(one.asked_back, one.met)):
        if share(one.asked_back, one.met) >= _BACK and one.step not in (CONSENT, REVIEW):
            yield "rehearse.advice.asked_back", _said(one, one.asked_back)
    for one in known:
        if one.type != CONSENT and share(one.skipped + one.refused, one.met) >= _SKIPPED:
            yield "rehearse.advice.skipped", _said(one, one.skipped + one.refused)
    if found.consent_asked >= _FEW and share(found.consent_asked - found.consent_given, found.consent_asked) >= _DECLINED:
        declined = found.consent_asked - found.consent_given
        yield "rehearse.advice.declined", {"count": declined, "percent": percent(declined, found.consent_asked)}
    if found.unseen:
        yield "rehearse.advice.unseen", {"steps": ", ".join(found.unseen), "people": found.people}


def _said(one: Question, count: int) -> dict[str, object]:
    return {"step": one.step, "count": count, "met": one.met, "percent": percent(count, one.met)}


def _way(found: Findings, flow: Flow) -> Iterator[Advice]:
    lost = found.conversations - found.completed
    asked = sum(one.type not in (CONSENT, REVIEW) for one in found.questions)
    if found.conversations >= _FEW and share(lost, found.conversations) >= _LOST:
        told: dict[str, object] = {"count": lost, "percent": percent(lost, found.conversations), "questions": asked}
        yield "rehearse.advice.lost", told
    if lost and not flow.reminders:
        yield "rehearse.advice.no_reminders", {"count": lost}
    if found.outcomes.get("open", 0) and flow.expires is None:
        yield "rehearse.advice.no_expiry", {"count": found.outcomes["open"]}
    if found.typical is not None and found.typical > _LONG and asked:
        yield "rehearse.advice.long", {"minutes": round(found.typical.total_seconds() / 60)}
    if found.handed_over:
        yield "rehearse.advice.handed_over", {"count": found.handed_over}


def _channels(found: Findings, *, opens: bool) -> Iterator[Advice]:
    for one in found.traffic:
        if one.channel == "whatsapp" and one.waiting and not opens:
            yield "rehearse.advice.template", {"count": one.waiting}
        elif one.waiting:
            yield "rehearse.advice.waiting", {"count": one.waiting, "channel": one.channel}
        if one.slowest > _WAIT:
            yield "rehearse.advice.slow", {"channel": one.channel, "minutes": round(one.slowest.total_seconds() / 60)}
