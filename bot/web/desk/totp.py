"""The second factor: six digits that change every 30 seconds (RFC 6238 over RFC 4226, SHA-1, as every telephone's app has it)."""

from __future__ import annotations

import base64
import hmac
import re
from urllib.parse import quote, urlencode

STEP = 30
"""Seconds that a code lasts."""

DIGITS = 6

SLACK = 1
"""Steps before and after the present one whose codes count too: telephones' clocks differ."""

BYTES = 20
"""Bytes of a secret, as RFC 4226 recommends."""


def secret_of(random: bytes) -> str:
    """Returns those random bytes as a secret that people can copy (base 32)."""
    return base64.b32encode(random).decode().rstrip("=")


def code(secret: str, step: int) -> str:
    """Returns the code of that step (seconds since the epoch // 30)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matched(secret: str, given: str, seconds: int, *, after: int = -1) -> int | None:
    """Returns the step whose code was given, None if it is of none near that moment. Codes up to step `after` are used up."""
    digits = re.sub(r"\s", "", given)
    if not (digits.isascii() and digits.isdecimal() and len(digits) == DIGITS):
        return None
    now = seconds // STEP
    found = None
    for step in range(max(now - SLACK, 0), now + SLACK + 1):
        if hmac.compare_digest(code(secret, step), digits) and step > after:
            found = step
    return found


def address(secret: str, account: str, issuer: str) -> str:
    """Returns the otpauth address that an app reads from a QR code."""
    label = quote(f"{issuer}:{account}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"
