"""What people say about a request by its number: where it stands, what to do about it, what they think of the answer.

Whose a request is is known by the contact; whoever else wants to see it needs its number and its code, and is slowed down after
some wrong ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.casework import filing, letters, links, steps
from bot.casework.dates import state_of
from bot.casework.office import RESIDENT, Office
from bot.casework.status import listed, status
from bot.casework.telling import STEP, VERDICTS
from bot.engine.answers import fold
from bot.engine.language import Language
from bot.requests.states import TRANSITIONS, ImpossibleStepError, awaits_answer
from bot.turn import request_words
from bot.turn.asker import Asker
from bot.vocabulary import Press, Result, Text, Value
from storage import requests, throttle
from storage.requests import Case
from storage.statements import Transaction

PREFIX = f"{STEP}/"
"""How the choices of a message about a request begin."""

RESULT = "request"
"""The name of the result that brings what is said about a request."""

WRONG_CODES = 10
"""Wrong codes of one person within an hour, after which the right one is not looked at either."""

_HOUR = 3_600_000
_LONGEST = 60
"""Letters of the longest message that can ask for one's requests by words alone."""

_SHORT = 4
"""A message that names a request and has no more further words than this is about that request, and no answer to a question."""


def is_list(languages: Iterable[Language], text: str) -> bool:
    """Tells whether somebody asks for their requests, in whichever language."""
    return len(text) <= _LONGEST and any(fold(text) in request_words.phrases(language, "my_requests") for language in languages)


def said(tx: Transaction, office: Office, content: Text, asker: Asker) -> Result | None:
    """Returns what is to be said about a request, where this message is about one; None where it is an answer that names one.

    A message is about a request if it names one and says little else, or says what to do about it, or asks for one's own. With
    its code whatever else is said is for it.
    """
    text = content.text
    if is_list(office.languages.values(), text):
        return Result(RESULT, listed(requests.of_contact(tx, asker.contact_id), asker.language))
    number, code, words = filing.read_number(text), filing.read_code(text), request_words.rest(text)
    if number or code:
        return _about(tx, office, number, code, words, text, asker)
    return None


def explained(tx: Transaction, office: Office, text: str, files: tuple[tuple[str, str], ...], asker: Asker) -> Result | None:
    """Takes what was written as the explanation that somebody awaits; None where nobody does."""
    case = _asked(tx, asker)
    if case is None or not (text.strip() or files):
        return None
    steps.explain(tx, office, case.id, RESIDENT, text, now=asker.now, files=files)
    return Result(RESULT, asker.language.say("engine.request.explained", number=case.number))


def judged(tx: Transaction, office: Office, text: str, asker: Asker) -> Result | None:
    """Takes a bare "sí", "una parte" or "no" as the word on the one answer that a person has not judged yet; else None."""
    said = fold(text)
    words = ((word, language) for language in office.languages.values() for word in VERDICTS)
    word = next((word for word, language in words if said in request_words.phrases(language, f"request_{word}")), None)
    if word is None:
        return None
    cases = [case for case in requests.of_contact(tx, asker.contact_id) if _is_unjudged(case)]
    if len(cases) != 1:
        return None
    case = requests.load(tx, cases[0].id)
    return None if case is None else Result(RESULT, _verdict(tx, office, case, word, asker, asker.now))


def _is_unjudged(case: Case) -> bool:
    return (
        case.kind == "information"
        and case.answered_at is not None
        and case.finished_at is None
        and case.verdict is None
        and not awaits_answer(state_of(case))
    )


def pressed(tx: Transaction, office: Office, press: Press, asker: Asker) -> Result | None:
    """Returns what is said to a tap on a message about a request; None where the button is not of one."""
    parts = press.choice.split("/")
    if len(parts) != 3 or parts[0] != STEP or not parts[1].isdecimal() or parts[2] not in VERDICTS:
        return None
    case = requests.load(tx, int(parts[1]))
    if case is None or case.contact_id != asker.contact_id:
        return Result(RESULT, asker.language.say("engine.request.unknown"))
    return Result(RESULT, _verdict(tx, office, case, parts[2], asker, asker.now))


def look(tx: Transaction, office: Office, text: str, asker: Asker) -> str:
    """Returns where the request stands that the text names, for its owner or whoever has its code; "" for anybody else."""
    found = shown(tx, office, text, asker)
    return "" if found is None else str(found["told"])


def shown(tx: Transaction, office: Office, text: str, asker: Asker) -> dict[str, object] | None:
    """Returns the same as the engine tells it, with its files for who came by the code; None for anybody else."""
    case = _find(tx, office, filing.read_number(text), filing.read_code(text), asker)
    return None if case is None else _standing(tx, office, case, asker)


def _standing(tx: Transaction, office: Office, case: Case, asker: Asker, before: str = "") -> dict[str, object]:
    """Returns where a request stands, as the engine tells it; who came by the code gets the files of the answer, too."""
    guest = case.contact_id != asker.contact_id
    told = [before, status(tx, office, case, asker.language, by_code=guest)]
    media: list[dict[str, str]] = []
    answer = next((event for event in reversed(requests.events(tx, case.id)) if event.kind == "answer"), None)
    if guest and answer is not None:
        files = [
            (file.reference, file.name)
            for file in requests.files(tx, case.id)
            if file.sequence == answer.sequence and file.side == "answer"
        ]
        taken = letters.carried(tx, office, files, asker.channel, asker.abilities)
        media = [dict(one) for one in taken.media]
        if taken.left:
            told.append(links.instead(office, case, answer, now=asker.now))
    return _brought(case, "\n\n".join(part for part in told if part), media)


def _brought(case: Case, told: str, media: Iterable[dict[str, str]] = ()) -> dict[str, object]:
    return {"told": told, "media": list(media), "secret": filing.is_nobodys(case)}


def _about(tx: Transaction, office: Office, number: str, code: str, words: list[str], text: str, asker: Asker) -> Result | None:
    language = asker.language
    spoken = (language, *(other for other in office.languages.values() if other is not language))
    deed = request_words.deed(spoken, words)
    if deed is None and len(words) > _SHORT and not code:
        waits = requests.by_number(tx, number)
        if waits is None or waits.contact_id != asker.contact_id or waits.asked_at is None:
            return None  # an answer that happens to name a request
        deed = ("explain", 0)
    case = _find(tx, office, number, code, asker)
    if case is None:
        if not number and len(words) > _SHORT:
            return None  # something that looks like a code
        return Result(RESULT, language.say("engine.request.unknown"))
    if deed is None and words and (code or case.asked_at is not None) and not request_words.only_asks(spoken, words):
        deed = ("explain", 0)
    if deed is None:
        return Result(RESULT, _standing(tx, office, case, asker))
    name, skipped = deed
    return Result(RESULT, _do(tx, office, case, name, request_words.without(text, skipped), asker))


def _do(tx: Transaction, office: Office, case: Case, deed: str, text: str, asker: Asker) -> Value:
    language = asker.language
    # of what is nobody's not even the hour is kept at which somebody wrote
    now = office.day_begins(asker.now) if filing.is_nobodys(case) else asker.now
    try:
        match deed:
            case "explain":
                asked = case.asked_at is not None
                steps.explain(tx, office, case.id, RESIDENT, text, now=now)
                return _brought(case, language.say(f"engine.request.{'explained' if asked else 'heard'}", number=case.number))
            case "insist":
                if not text:
                    return _brought(case, language.say("engine.request.say_why", number=case.number))
                case = steps.insist(tx, office, case.id, RESIDENT, text, now=now)
            case "withdraw":
                case = steps.withdraw(tx, office, case.id, RESIDENT, text, now=now)
            case "escalate":
                case = steps.escalate(tx, office, case.id, RESIDENT, text, now=now)
            case _:
                return _brought(case, _verdict(tx, office, case, deed, asker, now))
    except ImpossibleStepError as error:
        key = "too_early" if error.reason == "not_overdue" else "not_now"
        return _standing(tx, office, case, asker, language.say(f"engine.request.{key}"))
    if case.contact_id == asker.contact_id and case.notify != "email" and asker.channel == case.channel:
        return ""  # casework has told the person right here
    return _standing(tx, office, case, asker)


def _verdict(tx: Transaction, office: Office, case: Case, word: str, asker: Asker, now: int) -> str:
    language = asker.language
    if case.finished_at is not None and case.verdict is not None:
        return language.say("engine.request.verdict.over", number=case.number)
    try:
        case = steps.verdict(tx, office, case.id, RESIDENT, word, now=now)
    except ImpossibleStepError:
        return language.say("engine.request.not_now") + "\n\n" + status(tx, office, case, language)
    if word == "yes":
        return language.say("engine.request.verdict.yes", number=case.number)
    key = "no" if ("insist", state_of(case)) in TRANSITIONS else "no_more"
    appeal = office.law.public("where_to_complain", language.code)
    return language.say(f"engine.request.verdict.{key}", number=case.number, appeal=appeal).strip()


def _find(tx: Transaction, office: Office, number: str, code: str, asker: Asker) -> Case | None:
    owned = filing.find(tx, office, number, contact=asker.contact_id) if number else None
    if owned is not None or not code:
        return owned
    key = f"code/{asker.contact_id}"
    if throttle.wait(tx, key, asker.now, limit=WRONG_CODES, window=_HOUR):
        return None
    found = filing.find(tx, office, number, code=code)
    if found is None:
        throttle.tried(tx, key, asker.now, window=_HOUR)
    return found


def _asked(tx: Transaction, asker: Asker) -> Case | None:
    """Returns the request about which an explanation of this person is awaited, the one that was asked about last."""
    waiting = [case for case in requests.asked(tx, asker.contact_id) if case.asked_at is not None]
    return max(waiting, key=lambda case: case.asked_at or 0, default=None)
