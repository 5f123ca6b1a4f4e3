"""Where a request stands, told to the person: in words, with its dates and what they can do now."""

from __future__ import annotations

from collections.abc import Sequence

from bot.casework.dates import clock, state_of
from bot.casework.office import Office
from bot.casework.telling import term_in_words
from bot.engine.language import Language
from bot.requests import ledger
from bot.requests.states import TRANSITIONS, awaits_answer
from bot.requests.words import day
from storage import requests
from storage.requests import Case
from storage.statements import Transaction

_SHOWN = ("ask", "answer", "extend", "write", "recount")
_LISTED = 10


def status(tx: Transaction, office: Office, case: Case, language: Language, *, by_code: bool = False) -> str:
    """Returns where that request stands: its state, both dates while an answer is owed, the last thing said, what one can do.

    `by_code`: for somebody who came by its code, and must say the code with whatever they want done.
    """
    history = requests.events(tx, case.id)
    late = ledger.overdue(clock(case), office.day(max(case.updated_at, history[-1].at)))
    told = [language.say("request.status.head", number=case.number, subject=case.subject, filed=_day(office, case, language))]
    told.append(language.say(f"request.status.{_key(case, late)}", due=day(case.due, language.code)))
    if awaits_answer(state_of(case)) and case.kind == "information":
        told.append(term_in_words(office, case, language.code))
    said = next((event for event in reversed(history) if event.visible and event.text and event.kind in _SHOWN), None)
    if said is not None:
        when = day(office.day(said.at), language.code)
        told.append(language.say("request.status.said", when=when, text=said.text))
    code = ".code" if by_code else ""
    insistable = ("insist", state_of(case)) in TRANSITIONS and (late or case.answered_at is not None)
    if case.asked_at is not None:
        told.append(language.say(f"request.status.explain{code}", number=case.number))
    elif insistable and case.finished_at is None:
        told.append(language.say(f"request.status.insist{code}", number=case.number))
    elif by_code and case.finished_at is None:
        told.append(language.say("request.status.more"))
    return "\n\n".join(told)


def listed(cases: Sequence[Case], language: Language) -> str:
    """Returns the person's requests, newest first, one line each; how to see one of them."""
    if not cases:
        return language.say("request.list.none")
    lines = [
        language.say(
            "request.list.line",
            number=case.number,
            subject=case.subject,
            state=language.say(f"request.state.{state_of(case)}"),
        )
        for case in cases[:_LISTED]
    ]
    more = [language.say("request.list.more", count=len(cases) - _LISTED)] if len(cases) > _LISTED else []
    how = language.say("request.list.how", number=cases[0].number)
    return "\n".join([language.say("request.list.head"), *lines, *more, "", how])


def _key(case: Case, late: bool) -> str:
    if late or (case.overdue_at is not None and awaits_answer(state_of(case))):
        return "late"
    if case.asked_at is not None:
        return "asked"
    if case.state == "finished" and case.outcome is not None:
        return f"finished.{case.outcome}"
    if not awaits_answer(state_of(case)) and case.outcome is not None:
        return f"answered.{case.outcome}"
    return case.state


def _day(office: Office, case: Case, language: Language) -> str:
    return day(office.day(case.filed_at), language.code)
