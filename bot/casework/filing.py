"""Filing: a number without gaps, a code that opens it, both dates, the first event; and finding a request again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Literal

import orjson

from bot.casework.dates import columns, first_term, told
from bot.casework.office import SERIES, Doer, MissingError, Office
from bot.requests.states import after
from bot.requests.terms import Term
from bot.vocabulary import Address
from storage import requests
from storage.identifiers import on_day
from storage.requests import Case, Event
from storage.statements import Transaction

Kind = Literal["information", "suggestion", "complaint"]
Form = Literal["digital", "paper"]
Notify = Literal["chat", "email", "counter"]
Source = Literal["chat", "counter", "phone", "paper", "email"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without the letters that are read as digits."""

_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_LETTERS = 13
"""Letters of a code: 65 bits, so that whoever has only a number cannot try them all."""

_GROUPS = (0, 4, 8, _LETTERS)
_NUMBER = re.compile(r"\b(SAIP|SUG|QJA)[\s\-./]*(\d{4})[\s\-./]*(\d{1,7})\b", re.IGNORECASE)
_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{4}[\s\-.]?[0-9A-Z]{4}[\s\-.]?[0-9A-Z]{5}(?![0-9A-Z])")
_SEPARATORS = re.compile(r"[\s\-.]")
_SUBJECT = 90


@dataclass(frozen=True, slots=True)
class Filing:
    """What a request says. `identity` has what the law asks for (name, document, email, phone, address), never public.

    `contact` and `conversation` are whose it is on the chat, None at the counter and where nobody is to be known. `filed_at` is
    in milliseconds since the epoch; `files` are references of stored attachments with their names. `nobody`: whose it is must not
    come out, so that not even the hour is kept at which it was filed.
    """

    text: str
    filed_at: int
    kind: Kind = "information"
    period: str = ""
    form: Form = "digital"
    notify: Notify = "chat"
    identity: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    language: str = "es"
    source: Source = "chat"
    channel: str = ""
    contact_id: int | None = None
    conversation_id: int | None = None
    files: tuple[tuple[str, str], ...] = ()
    unit_id: int | None = None
    test: bool = False
    nobody: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """What the person gets for it. The code is told once: only its keyed hash is kept."""

    case: Case
    code: str
    term: Term

    @property
    def number(self) -> str:
        """Returns the number, "SAIP-2026-14"."""
        return self.case.number

    @property
    def due(self) -> date:
        """Returns the printed day."""
        return self.case.due


def file(tx: Transaction, office: Office, filing: Filing, doer: Doer) -> Filed:
    """Files a request and returns it with its code. The clock begins on the local day of `filed_at`.

    Raises MissingError "text" where nothing is asked for.
    """
    text = filing.text.strip()
    if not text:
        raise MissingError("text")
    state = after("file", None, doer.kind, overdue=False)
    filed_at = office.day_begins(filing.filed_at) if filing.nobody else filing.filed_at
    day = office.day(filed_at)
    series = SERIES[filing.kind]
    serial = requests.number(tx, series, day.year)
    counted = first_term(tx, office, filing.kind, day, filing.place)
    code = make_code()
    identity = {key: value for key, value in filing.identity.items() if value}
    identifier = on_day(filed_at) if filing.nobody else office.identifiers.next()
    case = Case(
        id=identifier,
        number=f"{series}-{day.year}-{serial}",
        series=series,
        year=day.year,
        serial=serial,
        kind=filing.kind,
        state=state,
        sequence=0,
        outcome=None,
        source=filing.source,
        channel=filing.channel,
        language=filing.language,
        contact_id=filing.contact_id,
        conversation_id=filing.conversation_id,
        code=code_key(office, code),
        identity=office.vault.seal_identity(orjson.dumps(identity).decode()) if identity else None,
        subject=_subject(text),
        text=text,
        period=filing.period.strip(),
        form=filing.form,
        notify=filing.notify,
        place=filing.place,
        unit_id=filing.unit_id,
        officer_id=None,
        epoch=0,
        from_day=day,
        asked_at=None,
        overdue_at=None,
        answered_at=None,
        finished_at=None,
        verdict=None,
        merged_into_id=None,
        public_text="",
        public_answer="",
        released_at=None,
        test=filing.test,
        filed_at=filed_at,
        updated_at=filed_at,
        **columns(counted),
    )
    data = {"source": filing.source, **told(counted)}
    event = Event(identifier, 0, "file", None, state, filed_at, doer.kind, doer.staff_id, True, "", data)
    requests.add(tx, case, event)
    for reference, name in filing.files:
        mark = on_day(filed_at) if filing.nobody else office.identifiers.next()
        requests.attach(tx, mark, request=identifier, sequence=0, reference=reference, name=name, side="resident")
    return Filed(case, code, counted)


def find(tx: Transaction, office: Office, number: str, *, code: str = "", contact: int | None = None) -> Case | None:
    """Returns the request for its owner, or for who has its number and code; None for anybody else, and where there is none.

    Nobody can tell from the answer whether the number exists. An empty number finds by the code alone.
    """
    if number:
        wanted = requests.by_number(tx, number)
        if wanted is None:
            return None
        owner = contact is not None and wanted.contact_id == contact
        return wanted if owner or (code and secrets.compare_digest(wanted.code, code_key(office, code))) else None
    return requests.by_code(tx, code_key(office, code)) if code else None


def is_nobodys(case: Case) -> bool:
    """Tells whether a request was filed so that nobody knows by whom: only its code leads to it."""
    return case.source == "chat" and not case.channel


def identity(office: Office, case: Case) -> Mapping[str, str]:
    """Returns who asked. Whoever looks is written into the audit log by the caller. Raises SealBroken."""
    if case.identity is None:
        return {}
    found: dict[str, str] = orjson.loads(office.vault.open_identity(case.identity))
    return found


def read_number(text: str) -> str:
    """Returns the number of a request that a text names, "SAIP-2026-14", however it is written; "" if it names none."""
    found = _NUMBER.search(text)
    return f"{found[1].upper()}-{found[2]}-{int(found[3])}" if found else ""


def read_code(text: str) -> str:
    """Returns the code that a text bears, as `make_code` makes it, however it is spelt; "" if it bears none."""
    found = _code(without_number(text).upper())
    return "" if found is None else _spelt(_SEPARATORS.sub("", found[0]).translate(_MISREAD))


def without_number(text: str) -> str:
    """Returns a text without the numbers of requests that it names."""
    return _NUMBER.sub(" ", text)


def without_code(text: str) -> str:
    """Returns a text without the code that it bears."""
    found = _code(text.upper())
    return text if found is None else f"{text[: found.start()]} {text[found.end() :]}"


def make_code() -> str:
    """Returns a new code of 65 random bits, "7K3M-9QXT-4HVB2"."""
    return _spelt("".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)))


def _code(text: str) -> re.Match[str] | None:
    for found in _CODE.finditer(text):
        # a word of thirteen letters, such as "transparencia", is none
        if "-" in found[0] or any(letter.isdigit() for letter in found[0]):
            return found
    return None


def code_key(office: Office, code: str) -> bytes:
    """Returns the keyed hash by which a code is found."""
    letters = re.sub(r"[^0-9A-Z]", "", code.upper().translate(_MISREAD))
    return office.vault.find_key(Address("request", letters, "code"))


def _spelt(letters: str) -> str:
    return "-".join(letters[begin:end] for begin, end in pairwise(_GROUPS))


def _subject(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= _SUBJECT:
        return line
    return line[:_SUBJECT].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
