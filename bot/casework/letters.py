"""What fills the texts that a person is told: names, dates in words, the law's sentences, and the files that go along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.casework.office import Office
from bot.engine.language import Language
from bot.requests.terms import read_term
from bot.requests.words import both, day
from storage import requests
from storage.requests import Case, Event
from storage.statements import Transaction

STORED = "stored:"
"""How a message names a stored attachment that it shows: "stored:<reference>/<name>"."""

_KINDS = {"image": "image", "audio": "audio", "video": "video"}


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
    return {
        "number": case.number,
        "text": event.text,
        "due": day(case.due, code),
        "term": both(read_term(case.term), language),
        "silence": law.public("silence", code),
        "appeal": law.public("where_to_complain", code),
        "escalation": law.public("informal_management", code),
        "reason": basis,
        "to": str(event.data.get("to", "")),
        "into": str(event.data.get("into", "")),
        "contact": office.contact,
        "who": office.municipality or language.say("campaign.nameless"),
    }


def kind(content_type: str) -> str:
    """Returns as what a channel sends a file of that type."""
    return _KINDS.get(content_type.partition("/")[0], "file")


def typed(tx: Transaction, files: Iterable[tuple[str, str]]) -> Sequence[tuple[str, str, str]]:
    """Returns (reference, name, content type) of stored attachments; those that are gone are left out."""
    found = []
    for reference, name in files:
        content = requests.content_type(tx, reference)
        if content is not None:
            found.append((reference, name, content))
    return found
