"""What Twilio posts to us, understood: messages of people and the fate of ours. One post is one event, mostly.

Fields that we do not know are left alone: new ones appear without notice. The event of a message is its sid; that of a status is
the sid with the status, so that a repetition is known as one and another status is not taken for it.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from bot.channels.channel import Raw, Request, Stage, Status, UnparsableError
from bot.channels.local import kind
from bot.channels.twilio.presses import read_press
from bot.channels.twilio.signature import fields
from bot.vocabulary import Address, Incoming, Location, Media, Press, Text

Name = Literal["whatsapp", "sms"]
Content = Text | Press | Location | Media

PREFIX = "whatsapp:"
ATTACHMENTS = 10

_SID = re.compile(r"(?:SM|MM)[0-9a-zA-Z]{1,62}")
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_SCOPED = re.compile(r"[A-Z]{2}\.[0-9A-Za-z._-]{1,128}")
_SENDER = re.compile(r"(?:\+?[0-9]{3,15}|[0-9A-Za-z .&_+-]{1,30}|MG[0-9a-fA-F]{32})")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4}){15,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_STAGES: Mapping[str, Stage] = {
    "accepted": "queued",
    "queued": "queued",
    "scheduled": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
_CARRIER_STOPS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
"""After one of these as the whole SMS Twilio sends nothing more to that number, so it must mean the same to us."""

_OPT_OUT: Mapping[str, str] = {"STOP": "stop", "START": "start", "HELP": "help"}
"""What the Messaging Service made of a keyword of its own, as the word that means it here in every language."""


def channel_of(body: bytes) -> Name:
    """Returns which of the two channels a form of Twilio belongs to. Raises UnparsableError for what is no such form."""
    form = _form(body)
    sides = (form.get("From", ""), form.get("To", ""))
    return "whatsapp" if any(side.startswith(PREFIX) for side in sides) or "WaId" in form else "sms"


def split(request: Request) -> list[Raw]:
    """Returns the one event of a form. Raises UnparsableError if it names none."""
    form = _form(request.body)
    sid, state = _sid(form), _state(form)
    ours = form.get("From", "") if state else form.get("To", "")
    return [Raw(f"{sid}:{state}" if state else sid, request.body, request.received_at, _ours(ours))]


def parse(raw: Raw, name: Name) -> list[Incoming | Status]:
    """Returns what the form says on that channel. Raises UnparsableError."""
    form = _form(raw.body)
    state = _state(form)
    if state:
        return _status(form, state, raw, name)
    sid, ours = _sid(form), _ours(form.get("To", ""))
    addresses = _addresses(form, name, ours)
    if not addresses:
        return []
    contents = _contents(form, name)
    return [
        Incoming(
            addresses[0],
            sid if place == 0 else f"{sid}:{place}",
            content,
            raw.received_at,
            raw=raw.body if place == 0 else b"",
            aliases=addresses[1:],
        )
        for place, content in enumerate(contents)
    ]


def _form(body: bytes) -> Mapping[str, str]:
    try:
        return dict(fields(body)[::-1])  # of a repeated field the first counts
    except ValueError as error:
        raise UnparsableError("expected a form") from error


def _sid(form: Mapping[str, str]) -> str:
    for key in ("MessageSid", "SmsMessageSid", "SmsSid"):
        if _SID.fullmatch(form.get(key, "")):
            return form[key]
    raise UnparsableError("MessageSid: expected a sid of a message")


def _state(form: Mapping[str, str]) -> str:
    """Returns the status that a callback tells; empty for a message of a person."""
    state = form.get("MessageStatus") or form.get("SmsStatus", "")
    return "" if state in {"", "received", "receiving"} or "Body" in form else state


def _status(form: Mapping[str, str], state: str, raw: Raw, name: Name) -> list[Incoming | Status]:
    stage = _STAGES.get(state)
    if stage is None:
        raise UnparsableError("MessageStatus: expected one of " + ", ".join(_STAGES))
    error = form.get("ErrorCode", "")
    if not (error == "" or (error.isdecimal() and len(error) <= 6)):
        raise UnparsableError("ErrorCode: expected a number")
    return [Status(name, _ours(form.get("From", "")), _sid(form), stage, raw.received_at, error if error != "0" else "")]


def _ours(side: str) -> str:
    """Returns our own side of it, as it stands in an address's account."""
    ours = side.removeprefix(PREFIX)
    if _SENDER.fullmatch(ours):
        return ours
    raise UnparsableError("our side: expected a number or a sender's name")


def _addresses(form: Mapping[str, str], name: Name, ours: str) -> tuple[Address, ...]:
    """Returns the person's addresses, the one to answer to first; none for a sender whom nobody can answer.

    On WhatsApp a person may come with a number, with an identifier that holds for our business alone, or with both.
    """
    side = form.get("From", "")
    whatsapp = side.startswith(PREFIX) or (not side and "ExternalUserId" in form)
    if whatsapp != (name == "whatsapp"):
        raise UnparsableError(f"From: expected an address of {name}")
    if not whatsapp:
        if _NUMBER.fullmatch(side):
            return (Address(name, side, ours),)
        if _SENDER.fullmatch(side):
            return ()  # an advertiser's name
        raise UnparsableError("From: expected a number")
    found = [side.removeprefix(PREFIX), form.get("ExternalUserId", "").removeprefix(PREFIX)]
    known = [text for text in dict.fromkeys(found) if _NUMBER.fullmatch(text) or _SCOPED.fullmatch(text)]
    if not known:
        raise UnparsableError("From, ExternalUserId: expected a number or a scoped identifier")
    return tuple(Address(name, text, ours) for text in known)


def _contents(form: Mapping[str, str], name: Name) -> list[Content]:
    body = form.get("Body", "")
    word = _OPT_OUT.get(form.get("OptOutType", "").upper())
    if word is None and name == "sms" and body.strip().lower() in _CARRIER_STOPS:
        word = "stop"
    if word is not None:
        return [Text(word)]
    for payload, title in (("ButtonPayload", "ButtonText"), ("ListId", "ListTitle")):
        if form.get(payload) or form.get(title):
            return [read_press(form.get(payload, "")) or Text(form.get(title) or body or form[payload])]
    if "Latitude" in form or "Longitude" in form:
        return [_location(form)]
    attached = _attached(form, body)
    if attached:
        return [*attached]
    return [Text(_joined(body) if name == "sms" else body)]


def _location(form: Mapping[str, str]) -> Location:
    try:
        latitude, longitude = float(form.get("Latitude", "")), float(form.get("Longitude", ""))
    except ValueError as error:
        raise UnparsableError("Latitude, Longitude: expected degrees") from error
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise UnparsableError("Latitude, Longitude: expected degrees")
    place = ", ".join(text for text in (form.get("Label", ""), form.get("Address", "")) if text)
    return Location(latitude, longitude, place=place or None)


def _attached(form: Mapping[str, str], body: str) -> list[Media]:
    count = form.get("NumMedia", "0")
    if not (count.isdecimal() and len(count) < 4):
        raise UnparsableError("NumMedia: expected a number")
    attached: list[Media] = []
    for place in range(min(int(count), ATTACHMENTS)):
        url = form.get(f"MediaUrl{place}", "")
        content_type = form.get(f"MediaContentType{place}", "") or "application/octet-stream"
        if not _address(url):
            raise UnparsableError(f"MediaUrl{place}: expected an address")
        caption = body if not attached else ""
        album = _sid(form) if int(count) > 1 else ""
        attached.append(Media(kind(content_type), url, content_type, sha256="", size=0, caption=caption, album=album))
    return attached


def _address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"https", "http"} and bool(parts.hostname)


def _joined(body: str) -> str:
    """Returns the text; one of several parts sometimes comes as base64, without a space, which no person writes."""
    if not _BASE64.fullmatch(body):
        return body
    try:
        text = b64decode(body, validate=True).decode("utf-8")
    except (NoBase64, UnicodeDecodeError):
        return body
    return text if " " in text and all(character.isprintable() or character in "\n\r\t" for character in text) else body
