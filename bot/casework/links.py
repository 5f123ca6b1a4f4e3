"""An answer behind a link: for a channel that cannot take its file or its length. It expires, and opens with the code only.

The link itself tells nothing: request, event and day are sealed in it. Nobody can make one, nor learn from a page whether there
is such a request; whoever finds one still needs the code, which was told to the person alone.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import struct
from typing import NamedTuple

from bot.casework.filing import code_key
from bot.casework.office import Office
from storage import requests
from storage.requests import Case, Event, File
from storage.statements import Transaction
from storage.vault import SealBroken

PATH = "/respuestas"

DAYS = 30
"""How long a link is good for."""

MINUTES = 15
"""How long the files can be fetched after the code was typed."""

_DAY = 86_400_000
_MINUTE = 60_000
_LINK, _TICKET = "answer.link", "answer.file"
_SHAPE = struct.Struct(">QIQ")


class Pointed(NamedTuple):
    """What a link leads to: the request, the event of its history, until when (milliseconds since the epoch)."""

    request: int
    sequence: int
    until: int


class Opened(NamedTuple):
    """An answer that was opened with the code."""

    case: Case
    event: Event
    files: list[File]


def link(office: Office, case: Case, event: Event, *, now: int, days: int = DAYS) -> str:
    """Returns the address where that event of the request is read with the code; "" where the town hall has no public one."""
    if not office.public_url:
        return ""
    return f"{office.public_url.rstrip('/')}{PATH}/{token(office, case.id, event.sequence, now + days * _DAY)}"


def instead(office: Office, case: Case, event: Event, *, now: int) -> str:
    """Returns the sentence that stands where a file or a long text cannot: its link, else where to get it; in their language."""
    language = office.language(case.language)
    if address := link(office, case, event, now=now):
        return language.say("answer.link", link=address, days=DAYS)
    if office.contact:
        return language.say("answer.at_counter", number=case.number, contact=office.contact)
    return language.say("answer.at_town_hall", number=case.number)


def token(office: Office, request: int, sequence: int, until: int) -> str:
    """Returns what a link bears."""
    return _written(office.vault.seal(_SHAPE.pack(request, sequence, until), _LINK))


def pointed(office: Office, text: str, *, now: int) -> Pointed | None:
    """Returns what that link leads to; None for one that nobody made here, or that has expired."""
    return _read(office, text, _LINK, now)


def open_with(tx: Transaction, office: Office, where: Pointed, code: str) -> Opened | None:
    """Returns the answer to who has the code of that request; None for anybody else, and where it is not there any more."""
    case = requests.load(tx, where.request)
    if case is None or not code or not secrets.compare_digest(case.code, code_key(office, code)):
        return None
    return _opened(tx, case, where.sequence)


def ticket(office: Office, where: Pointed, *, now: int) -> str:
    """Returns what lets a browser fetch the files of an answer that it has just opened, for some minutes."""
    return _written(office.vault.seal(_SHAPE.pack(where.request, where.sequence, now + MINUTES * _MINUTE), _TICKET))


def with_ticket(tx: Transaction, office: Office, text: str, *, now: int) -> Opened | None:
    """Returns the answer that a ticket still opens."""
    where = _read(office, text, _TICKET, now)
    case = None if where is None else requests.load(tx, where.request)
    return None if where is None or case is None else _opened(tx, case, where.sequence)


def _opened(tx: Transaction, case: Case, sequence: int) -> Opened | None:
    event = next((one for one in requests.events(tx, case.id) if one.sequence == sequence and one.visible), None)
    if event is None:
        return None
    return Opened(case, event, [one for one in requests.files(tx, case.id) if one.sequence == sequence and one.side != "note"])


def _read(office: Office, text: str, context: str, now: int) -> Pointed | None:
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        found = Pointed._make(_SHAPE.unpack(office.vault.open(sealed, context)))
    except (binascii.Error, ValueError, SealBroken, struct.error):
        return None
    return found if now < found.until else None


def _written(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")
