"""What a release makes public: without what would tell who asked, and findable by whoever is about to ask the same."""

from __future__ import annotations

from collections.abc import Mapping

from bot.casework import filing
from bot.casework.office import Office
from bot.requests.redaction import net
from storage import documents
from storage.documents import Document
from storage.register import SOURCE
from storage.requests import Case
from storage.statements import Transaction
from storage.vault import SealBroken

PATH = "/solicitudes"
"""Where the public register is."""

_TITLE = 120


def netted(office: Office, case: Case, text: str) -> str:
    """Returns the text as it may be public at most: an officer who overlooked the person's own data did not mean them."""
    known: Mapping[str, str] = {}
    try:
        known = filing.identity(office, case)
    except SealBroken:
        known = {}  # whose it was cannot be read any more; what has a form is caught all the same
    return net(text, known).text


def publish(tx: Transaction, office: Office, case: Case, now: int) -> None:
    """Lets the released request be found among what is published."""
    link = f"{office.public_url.rstrip('/')}{PATH}/{case.number}" if office.public_url else ""
    text = "\n\n".join(filter(None, (case.public_text, case.public_answer)))
    day = office.day(case.answered_at or case.filed_at).isoformat()
    documents.put(tx, case.id, Document(_key(case), _title(case.public_text), text, link, day, SOURCE), now=now)


def unpublish(tx: Transaction, case: Case) -> None:
    """Takes it out of what is published."""
    documents.drop(tx, _key(case))


def _key(case: Case) -> str:
    return f"{SOURCE}/{case.id}"


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TITLE else line[:_TITLE].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
