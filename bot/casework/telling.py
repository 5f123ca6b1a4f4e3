"""Telling the person what became of their request: on the channel where they can be reached, by e-mail, or not at all.

News of a request a person filed themselves reach them also after "stop", as far as the carrier lets them. What cannot be told (no
contact any more, none ever) is an event of the history all the same, which the desk shows and prints.
"""

from __future__ import annotations

from typing import Any

from bot.calling import herald
from bot.casework import filing, letters
from bot.casework.office import Office
from bot.channels import payload
from bot.channels.rendering import parts, render
from bot.requests.terms import read_term
from bot.requests.words import both, day
from bot.vocabulary import Address, Option, Say
from storage import mail, outbox, requests
from storage.requests import Case, Event, Reach
from storage.statements import Transaction
from storage.vault import SealBroken

VERDICTS = ("yes", "partly", "no")
"""The words on an answer that a person can say with one tap."""

STEP = "request"
"""What these messages are about, as a `Say` names it; the choices of such a message are `request/<id>/<what>`."""


def tell(tx: Transaction, office: Office, case: Case, key: str, event: Event, *, files: Any = ()) -> bool:
    """Tells the person, in their language, the text `request.told.<key>`; returns whether there was a way to.

    `files` are references of stored attachments with their names, which go along.
    """
    language = office.language(case.language)
    text = language.say(f"request.told.{key}", **letters.places(office, case, event, language))
    choices = verdicts(office, case) if key in ("answered", "asked_after") else ()
    return say(tx, office, case, text, now=event.at, choices=choices, files=files)


def say(
    tx: Transaction,
    office: Office,
    case: Case,
    text: str,
    *,
    now: int,
    choices: tuple[Option, ...] = (),
    files: Any = (),
) -> bool:
    """Queues that text for the person; True if there was a way to reach them."""
    if case.notify == "email" and (mailed := _mail(tx, office, case, text, now)):
        return mailed
    if case.contact_id is None:
        return False
    reach = best(requests.reach(tx, case.contact_id), case.channel, office)
    if reach is None:
        return _mail(tx, office, case, text, now)
    place = {"address": reach.address_id, "contact": case.contact_id}
    announcer = herald(tx, office.vault, office.languages, **place, language=case.language)
    if announcer is not None:
        text = announcer.text(text)
    _queue(tx, office, case, reach, text, now, choices, files)
    return True


def best(reached: list[Reach], channel: str, office: Office) -> Reach | None:
    """Returns where a person is written to: where they filed it, else where they last wrote from; None where no channel is."""
    usable = [one for one in reached if one.channel in office.channels]
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


def _queue(
    tx: Transaction, office: Office, case: Case, reach: Reach, text: str, now: int, choices: tuple[Option, ...], files: Any
) -> None:
    address = Address(reach.channel, office.vault.open_identity(reach.identity), reach.account)
    abilities = office.channels[reach.channel].abilities(address)
    said = [Say(text, "note", STEP, choices=choices, language=case.language)]
    said += [Say("", "note", STEP, media={letters.kind(content): f"{letters.STORED}{reference}/{name}"}, language=case.language)
             for reference, name, content in letters.typed(tx, files)]  # fmt: skip
    rows = []
    for one in said:
        for part in parts(render(one, address, abilities), abilities):
            sealed = office.vault.seal(payload.pack(part), outbox.PAYLOAD)
            row = (office.identifiers.next(), reach.address_id, case.contact_id, None, reach.channel, outbox.NOTICE, 0, sealed)
            rows.append((*row, now, now, reach.account, ""))
    outbox.queue(tx, rows)


def _mail(tx: Transaction, office: Office, case: Case, text: str, now: int) -> bool:
    try:
        to = filing.identity(office, case).get("email", "")
    except SealBroken:
        return False
    if not to:
        return False
    subject = office.language(case.language).say("request.mail.subject", number=case.number)
    mail.queue(tx, office.vault, office.identifiers.next(), to=to, subject=subject, text=text, now=now)
    return True
