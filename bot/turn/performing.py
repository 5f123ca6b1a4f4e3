"""What a flow has done about requests: one filed, what is published searched, where one stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from bot.casework import filing, letters, telling
from bot.casework.filing import Filing, Form, Kind, Notify
from bot.casework.office import RESIDENT, MissingError, Office
from bot.casework.status import listed
from bot.casework.telling import term_in_words
from bot.turn import request_words
from bot.turn.asker import Asker
from bot.turn.requesting import shown
from bot.vocabulary import Perform, Value
from storage import documents, requests
from storage.statements import Transaction


def perform(tx: Transaction, office: Office, effect: Perform, asker: Asker) -> Value:
    """Returns what the effect of a `do` step brings: see bot/engine/deeds.py."""
    given = effect.given
    match effect.effect:
        case "search_documents":
            return {"hits": [dict(hit) for hit in search(tx, _text(given.get("text")))]}
        case "file_request":
            return _file(tx, office, effect, asker)
        case "my_requests":
            return listed(requests.of_contact(tx, asker.contact_id), asker.language)
        case _:
            return shown(tx, office, _text(given.get("text")), asker) or {"problem": "unknown"}


def search(tx: Transaction, text: str) -> list[Mapping[str, str]]:
    """Returns what is published and may be what that text asks for."""
    return [{"title": hit.title, "excerpt": hit.excerpt, "link": hit.link} for hit in documents.search(tx, text, limit=6)]


def _file(tx: Transaction, office: Office, effect: Perform, asker: Asker) -> Value:
    given = effect.given
    kind = _one_of(given.get("kind"), ("information", "suggestion", "complaint"))
    nobody = effect.anonymous
    identity = {name: _text(given.get(name)) for name in ("name", "document", "email", "phone", "address")}
    made = Filing(
        text=_text(given.get("text")),
        filed_at=asker.now,
        kind=cast("Kind", kind),
        period=_text(given.get("period")),
        form=cast("Form", _one_of(given.get("form"), ("digital", "paper"))),
        notify=cast("Notify", _one_of(given.get("notify"), ("chat", "email", "counter"))),
        identity={} if nobody else identity,
        place=request_words.canton(_text(given.get("place")), asker.places),
        language=asker.language.code,
        channel="" if nobody else asker.channel,
        contact_id=None if nobody else asker.contact_id,
        conversation_id=None if nobody else asker.conversation_id,
        files=_files(given.get("file")),
        test=asker.test,
        nobody=nobody,
    )
    try:
        filed = filing.file(tx, office, made, RESIDENT)
    except MissingError:
        return {"problem": "empty"}
    term = term_in_words(office, filed.case, asker.language.code) if kind == "information" else ""
    if made.notify == "email":
        event = requests.events(tx, filed.case.id)[0]
        text = asker.language.say("request.told.filed", number=filed.number, subject=filed.case.subject, term=term)
        telling.mail_to(tx, office, filed.case, letters.tidy(text), event=event)
    return {"number": filed.number, "code": filed.code, "term": term, "secret": nobody}


def _text(value: Value) -> str:
    match value:
        case str():
            return value.strip()
        case None:
            return ""
        case dict():
            return str(value.get("place") or value.get("name") or "").strip()
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _files(value: Value) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not value.get("reference"):
        return ()
    return ((str(value["reference"]), str(value.get("name") or value["reference"])),)


def _one_of(value: Value, known: tuple[str, ...]) -> str:
    text = _text(value)
    return text if text in known else known[0]
