"""What fills the texts that a person is told: names, dates in words, the law's sentences, and the files that go along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.casework.office import Office
from bot.channels import console, simulator
from bot.channels.abilities import Abilities, Kind
from bot.channels.stored import stored
from bot.engine.language import Language
from bot.requests.terms import read_term
from bot.requests.words import both, day
from storage import media
from storage.requests import Case, Event
from storage.statements import Transaction

OWN = frozenset({console.NAME, simulator.NAME})
"""Channels of our own, which show a file where it lies."""

_KINDS: Mapping[str, Kind] = {"image": "image", "audio": "audio", "video": "video"}


def places(office: Office, case: Case, event: Event, language: Language) -> Mapping[str, str]:
    """Returns every place that a text `request.told.*` may have.

    What the law says is only what somebody read in the gazette; the reason of a refusal is told with its article only then.
    """
    code = language.code
    law = office.law
    reason = law.refusals.get(str(event.data.get("reason", "")))
    basis = "" if reason is None else reason.told(code)
    if reason is not None and reason.verified and reason.article:
        basis = f"{basis} ({reason.cited})"
    informal = law.public("informal_management", code)
    return {
        "number": case.number,
        "text": event.text,
        "due": day(case.due, code),
        "term": both(read_term(case.term), language),
        "silence": law.public("silence", code),
        "appeal": law.public("where_to_complain", code),
        "escalation": informal,
        "reason": basis,
        "why": language.say("request.told.why", reason=basis) if basis else "",
        "subject": case.subject,
        "filed": day(office.day(case.filed_at), code),
        "to": str(event.data.get("to", "")),
        "into": str(event.data.get("into", "")),
        "contact": office.contact,
        "who": office.municipality or language.say("request.told.town"),
        "plea": _plea(office, case),
    }


def _plea(office: Office, case: Case) -> str:
    """Returns what a person may bring to the Defensoría, in the country's language."""
    language = office.language("es")
    return language.say(
        "request.told.plea",
        number=case.number,
        subject=case.subject,
        who=office.municipality or language.say("request.told.town"),
        filed=day(office.day(case.filed_at), language.code),
        due=day(case.due, language.code),
    )


def kind(content_type: str) -> Kind:
    """Returns as what a channel sends a file of that type."""
    return _KINDS.get(content_type.partition("/")[0], "file")


Hindrance = Literal["kind", "size", "address"]
"""Why a channel does not take a file: none of that kind, none so large, or it would have to fetch it and we have no address."""


def way(office: Office, content_type: str, size: int, *, channel: str, abilities: Abilities) -> tuple[Kind, Hindrance | None]:
    """Returns as what a file of that type and size (bytes) goes on that channel, and what hinders it."""
    sort = kind(content_type)
    if abilities.media_out.get(sort, 0) < size <= abilities.media_out.get("file", 0):
        sort = "file"  # a picture that is too large for one is still a document
    if sort not in abilities.media_out:
        return sort, "kind"
    if size > abilities.media_out[sort]:
        return sort, "size"
    reached = bool(office.public_url) or channel in OWN or not abilities.fetches
    return sort, None if reached else "address"


@dataclass(frozen=True, slots=True)
class Carried:
    """What of some files a channel takes along, as `Say.media` names each, and whether others must be fetched elsewhere."""

    media: tuple[Mapping[str, str], ...] = ()
    left: bool = False


def carried(tx: Transaction, office: Office, files: Iterable[tuple[str, str]], channel: str, abilities: Abilities) -> Carried:
    """Returns which files go to the person on that channel: those of a kind and size that it takes, and that are still there."""
    found: list[Mapping[str, str]] = []
    left = False
    for reference, name in files:
        about = media.find(tx, reference)
        if about is None:
            left = True
            continue
        content_type, size = about
        sort, hindrance = way(office, content_type, size, channel=channel, abilities=abilities)
        if hindrance is None:
            found.append({sort: stored(reference, name)})
        else:
            left = True
    return Carried(tuple(found), left)


def tidy(text: str) -> str:
    """Returns a text without what an empty place leaves behind: blanks at the end of lines, double blanks, empty paragraphs."""
    lines = [re.sub(r"(?<=\S)[ \t]{2,}", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
