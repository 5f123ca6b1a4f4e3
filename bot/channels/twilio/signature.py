"""Whether a request is Twilio's own: its signature over the public address and, sorted, everything that was posted.

Twilio sometimes signs the address with the port and sometimes without, so both count. JSON bodies are bound by their SHA-256 in
the query. Written by ourselves because the SDK's validator raises on hostile input and parts IPv6 hosts at their first colon.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import SplitResult, parse_qs, unquote_plus, urlsplit

from bot.channels.channel import header

HEADER = "x-twilio-signature"
FORM = "application/x-www-form-urlencoded"
FIELDS = 1000
"""How many fields a form may have: Twilio sends some dozens."""


def genuine(token: str, url: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Tells whether a request to that public address was signed with that token. Never raises, whatever was sent."""
    try:
        return _signed(token, url, headers, body)
    except (ValueError, UnicodeError):
        return False


def sign(token: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Returns the signature of a post of those fields to that address: of a repeated field each value counts once."""
    return b64encode(_digest(token, url, _posted(parameters))).decode()


def _posted(parameters: Iterable[tuple[str, str]]) -> str:
    return "".join([name + value for name, value in sorted(set(parameters))])


def _digest(token: str, url: str, posted: str) -> bytes:
    return hmac.digest(token.encode(), (url + posted).encode(), "sha1")


@lru_cache(maxsize=2)  # a form is read for its signature, its event and its meaning, one after the other
def fields(body: bytes) -> tuple[tuple[str, str], ...]:
    """Returns the fields of a form as it was posted, empty ones too. Raises ValueError for what is no form."""
    # in half the time of parse_qsl
    pairs = [pair.partition("=") for pair in body.decode("ascii").split("&") if pair]
    if len(pairs) > FIELDS:
        raise ValueError("too many fields")
    return tuple([(_plain(name), _plain(value)) for name, _, value in pairs])


def _plain(text: str) -> str:
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


def _signed(token: str, url: str, headers: Mapping[str, str], body: bytes) -> bool:
    signature = header(headers, HEADER)
    if not token or not signature:
        return False
    posted = ""
    if (header(headers, "content-type") or "").partition(";")[0].strip().lower() in {FORM, ""}:
        posted = _posted(fields(body))
    elif body and not _bound(urlsplit(url), body):
        return False
    claimed = signature.encode()
    return any(hmac.compare_digest(b64encode(_digest(token, form, posted)), claimed) for form in _forms(url))


def _bound(address: SplitResult, body: bytes) -> bool:
    claimed = parse_qs(address.query, max_num_fields=FIELDS).get("bodySHA256", [""])[0]
    return hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), claimed.lower().encode())


@lru_cache(maxsize=16)  # there are two or three addresses, and what strangers ask for besides
def _forms(url: str) -> tuple[str, str]:
    """Returns the address without and with its port. Raises ValueError for what is none."""
    address = urlsplit(url)
    credentials, at, place = address.netloc.rpartition("@")
    port = address.port  # raises ValueError for what is no port
    host = place.removesuffix(f":{port}") if port is not None else place.removesuffix(":")
    shown = port or (443 if address.scheme == "https" else 80)
    without = address._replace(netloc=credentials + at + host).geturl()
    return without, address._replace(netloc=f"{credentials}{at}{host}:{shown}").geturl()
