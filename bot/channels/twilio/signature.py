"""Whether a request is Twilio's own: its signature over the public address and, sorted, everything that was posted.

Twilio sometimes signs the address with the port and sometimes without, so both count. JSON bodies are bound by their SHA-256 in
the query. Written by ourselves because the SDK's validator raises on hostile input and parts IPv6 hosts at their first colon.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import SplitResult, parse_qs, unquote_plus, urlsplit

HEADER = "x-twilio-signature"
FORM = "application/x-www-form-urlencoded"
FIELDS = 1000
"""How many fields a form may have: Twilio sends some dozens."""


def genuine(token: str, url: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Tells whether a request to that public address was signed with that token. Never raises, whatever was sent."""
    found = {name.lower(): value for name, value in headers.items()}
    try:
        return _signed(token, url, found, body)
    except (ValueError, UnicodeError):
        return False


def sign(token: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Returns the signature of a post of those fields to that address: of a repeated field each value counts once."""
    posted = "".join(name + value for name, value in sorted(set(parameters)))
    return b64encode(hmac.digest(token.encode(), (url + posted).encode(), "sha1")).decode()


def fields(body: bytes) -> list[tuple[str, str]]:
    """Returns the fields of a form as it was posted, empty ones too. Raises ValueError for what is no form."""
    # in half the time of parse_qsl: each form is read for its signature, and again for its meaning
    pairs = [pair.partition("=") for pair in body.decode("ascii").split("&") if pair]
    if len(pairs) > FIELDS:
        raise ValueError("too many fields")
    return [(_plain(name), _plain(value)) for name, _, value in pairs]


def _plain(text: str) -> str:
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


def _signed(token: str, url: str, headers: Mapping[str, str], body: bytes) -> bool:
    signature = headers.get(HEADER, "")
    if not token or not signature:
        return False
    address = urlsplit(url)
    parameters: Sequence[tuple[str, str]] = ()
    if headers.get("content-type", "").partition(";")[0].strip().lower() in {FORM, ""}:
        parameters = fields(body)
    elif body and not _bound(address, body):
        return False
    claimed = signature.encode()
    return any(hmac.compare_digest(sign(token, form, parameters).encode(), claimed) for form in _forms(address))


def _bound(address: SplitResult, body: bytes) -> bool:
    claimed = parse_qs(address.query, max_num_fields=FIELDS).get("bodySHA256", [""])[0]
    return hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), claimed.lower().encode())


def _forms(address: SplitResult) -> tuple[str, str]:
    """Returns the address without and with its port."""
    credentials, at, place = address.netloc.rpartition("@")
    port = address.port  # raises ValueError for what is no port
    host = place.removesuffix(f":{port}") if port is not None else place.removesuffix(":")
    shown = port or (443 if address.scheme == "https" else 80)
    without = address._replace(netloc=credentials + at + host).geturl()
    return without, address._replace(netloc=f"{credentials}{at}{host}:{shown}").geturl()
