"""Telling the person what became of their request: on the channel where they can be reached, by e-mail, or not at all.

News of a request a person filed themselves reach them also after "stop", as far as the carrier lets them. What cannot be told (no
contact any more, none ever) is an event of the history all the same, which the desk shows and prints.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.calling import herald
from bot.casework import filing, letters, links
from bot.casework.dates import state_of
from bot.casework.office import Office
from bot.casework.posting import Place, post
from bot.channels.abilities import Abilities
from bot.channels.rendering import split
from bot.engine.language import Language
from bot.requests.states import TRANSITIONS
from bot.requests.terms import read_term
from bot.requests.words import both, day
from bot.vocabulary import Option, Say
from storage import mail
from storage.reach import Reach, clock_offset, is_busy, reached
from storage.requests import Case, Event
from storage.statements import Transaction
from storage.vault import SealBroken

Files = Sequence[tuple[str, str]]
"""References of stored attachments, with the names people see."""

VERDICTS = ("yes", "partly", "no")
"""The words on an answer that a person can say with one tap."""

STEP = "request"
"""What these messages are about, as a `Say` names it; the choices of such a message are `request/<id>/<what>`."""


_SMS_LONG = 600
"""Characters of the longest text that goes by SMS, where every part costs."""


def tell(tx: Transaction, office: Office, case: Case, key: str, event: Event, *, files: Files = ()) -> bool:
    """Tells the person, in their language, the text `request.told.<key>`; returns whether there was a way to.

    `files` are references of stored attachments with their names, which go along.
    """
    language = office.language(case.language)
    text = language.say(f"request.told.{_fitting(tx, case, key)}", **letters.places(office, case, event, language))
    asks = key == "asked_after" or (key == "answered" and case.kind == "information")
    return say(tx, office, case, letters.tidy(text), event=event, asks=asks, files=files)


def _fitting(tx: Transaction, case: Case, key: str) -> str:
    """Returns the text that fits: whoever is busy is told how to say what an answer is for; only requests have a legal term."""
    if key == "ask" and (case.notify == "email" or case.contact_id is None or is_busy(tx, case.contact_id)):
        return "ask.named"
    if key == "overdue" and case.kind == "information" and ("insist", state_of(case)) not in TRANSITIONS:
        return "overdue.again"
    if key in ("overdue", "answered") and case.kind != "information":
        return f"{key}.other"
    return key


def say(tx: Transaction, office: Office, case: Case, text: str, *, event: Event, asks: bool = False, files: Files = ()) -> bool:
    """Queues that text for the person; True if there was a way to reach them.

    `asks`: they are asked whether they got what they asked for. What their channel cannot carry they find behind a link.
    """
    if case.notify == "email" and mail_to(tx, office, case, text, event=event, asks=asks, files=files):
        return True
    if case.contact_id is None:
        return False
    reach = best(reached(tx, case.contact_id), case.channel, office)
    if reach is None:
        return mail_to(tx, office, case, text, event=event, asks=asks, files=files)
    place = {"address": reach.address_id, "contact": case.contact_id}
    announcer = herald(tx, office.vault, office.languages, **place, language=case.language)
    if announcer is not None:
        text = announcer.text(text)
    to = Place(reach.address_id, reach.channel, reach.account, reach.identity, case.contact_id)
    said = _messages(tx, office, case, text, event, asks, files, reach.channel, to.abilities(office))
    post(tx, office, to, said, now=_really(tx, case, event))
    return True


def best(addresses: list[Reach], channel: str, office: Office) -> Reach | None:
    """Returns where a person is written to: where they filed it, else where they last wrote from; None where no channel is."""
    usable = [one for one in addresses if one.channel in office.channels]
    return max(usable, key=lambda one: (one.channel == channel, one.heard_at, one.address_id), default=None)


def verdicts(office: Office, case: Case) -> tuple[Option, ...]:
    """Returns the choices with which a person says whether they got what they asked for."""
    language = office.language(case.language)
    return tuple(
        Option(f"{STEP}/{case.id}/{word}", language.say(f"request.verdict.{word}"), language.say(f"request.verdict.{word}"))
        for word in VERDICTS
    )


def term_in_words(office: Office, case: Case, language_code: str) -> str:
    """Returns both dates of a request and how they were counted."""
    return both(read_term(case.term), office.language(language_code))


def due_in_words(case: Case, language_code: str) -> str:
    """Returns the printed day in words."""
    return day(case.due, language_code)


def mail_to(
    tx: Transaction, office: Office, case: Case, text: str, *, event: Event, asks: bool = False, files: Files = ()
) -> bool:
    """Queues that text as an e-mail, where an address is known; returns whether one is. Files are behind a link."""
    try:
        to = filing.identity(office, case).get("email", "")
    except SealBroken:
        return False
    if not to:
        return False
    language = office.language(case.language)
    paragraphs = [text]
    if files:
        paragraphs.append(links.instead(office, case, event, now=event.at))
    if asks:
        paragraphs.append(_question(case, language, typed=True))
    subject = language.say("request.mail.subject", number=case.number)
    body = "\n\n".join(paragraphs)
    at = _really(tx, case, event)
    mail.queue(tx, office.vault, office.identifiers.next(), to=to, subject=subject, text=body, now=at)
    return True


def _messages(
    tx: Transaction,
    office: Office,
    case: Case,
    text: str,
    event: Event,
    asks: bool,
    files: Files,
    channel: str,
    abilities: Abilities,
) -> list[Say]:
    """Returns the messages: the text, its files, and the question at the end, in as few as the channel allows."""
    language = office.language(case.language)
    taken = letters.carried(tx, office, files, channel, abilities)
    typed = abilities.buttons < len(VERDICTS)
    long = event.kind in ("answer", "write") and abilities.length(text) > _longest(abilities)
    if taken.left or (long and office.public_url):
        kept = split(text, _longest(abilities), abilities.length)
        text = kept[0] + (" …" if len(kept) > 1 else "")
        text = f"{text}\n\n{links.instead(office, case, event, now=event.at)}"
    question = _question(case, language, typed=typed)
    choices = () if typed else verdicts(office, case)
    if not asks:
        said = [Say(text, "note", STEP, language=case.language)]
    elif taken.media or (not typed and abilities.length(f"{text}\n\n{question}") > abilities.body):
        said = [Say(text, "note", STEP, language=case.language), Say(question, "note", STEP, choices, language=case.language)]
    else:
        said = [Say(f"{text}\n\n{question}", "note", STEP, choices, language=case.language)]
    shown = [Say("", "note", STEP, media=media, language=case.language) for media in taken.media]
    return [said[0], *shown, *said[1:]]


def _question(case: Case, language: Language, *, typed: bool) -> str:
    """Returns the question whether that was it; `typed` says how it is answered by writing."""
    question = language.say("request.told.got_it")
    return f"{question} {language.say('request.told.got_it.typed', number=case.number)}" if typed else question


def _longest(abilities: Abilities) -> int:
    """Returns from which length on a text is better read behind a link."""
    return _SMS_LONG if abilities.charged == "segment" else 3 * abilities.text


def _really(tx: Transaction, case: Case, event: Event) -> int:
    """Returns when that happened in real time: a test contact's clock may be ahead, and their requests go by it."""
    if not case.test or case.contact_id is None or event.doer == "staff":
        return event.at
    return event.at - clock_offset(tx, case.contact_id)
