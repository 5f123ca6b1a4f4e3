"""Twilio's error codes, as the one question that matters: what may be done after it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.channels.channel import Never, OutsideWindow, PersonStopped, PersonUnreachable, RetryLater, SendError

_STOPPED = (
    21610,  # opted out with the carrier or with Twilio
    63033,  # blocked us on WhatsApp
)
_UNREACHABLE = (
    21211,  # no telephone number
    21214,
    21217,
    21265,
    21408,  # SMS to that country are not allowed to this account
    21614,  # cannot receive SMS
    30005,  # unknown number
    30006,  # a landline, or a carrier that cannot be reached
    63003,  # not on WhatsApp
    63024,  # not on WhatsApp
)
_LATER = (
    14107,  # too many requests
    20003,  # wrong token, or an account without money: ours to mend, so the message waits
    20005,  # account not active
    20429,  # too many requests, never processed
    20500,
    20503,
    21611,  # the sender's queue is full
    30001,  # waited too long in that queue
    30002,  # account suspended
    30003,  # the telephone is off or out of reach
    30017,  # the carrier's congestion
    30022,  # faster than the carrier allows
    63010,  # Twilio's own trouble
    63017,  # faster than WhatsApp allows
    63018,  # faster than WhatsApp allows
    63038,  # the account's messages of this day
)
_GONE = (
    20404,  # a content that is gone
    21655,  # no such content
    63027,  # no template in that language
    63036,
    63041,  # paused
)
_UNFIT = (
    21656,  # variables that it does not take
    21658,  # too long for its field
    63013,  # against the channel's rules
    63021,  # content that the channel does not take
    63028,  # another count of variables
)
_MEANINGS: Mapping[int, type[SendError]] = MappingProxyType(
    dict.fromkeys(_STOPPED, PersonStopped)
    | dict.fromkeys(_UNREACHABLE, PersonUnreachable)
    | dict.fromkeys(_LATER, RetryLater)
    | {63016: OutsideWindow}
)

GONE = frozenset(str(code) for code in _GONE)
"""Codes that accuse the template: another is made, later."""

UNFIT = frozenset(str(code) for code in _UNFIT)
"""Codes that accuse what this one question fills it with. After these and those above the question goes as numbered text."""


def meaning(code: int | str, status: int = 400) -> type[SendError]:
    """Returns what an error code means: an answer's (with the HTTP status it came with), or the one of a later status.

    Codes that nobody named count by the status: 429 and 401 mean later, anything else never.
    """
    number = int(code) if isinstance(code, int) or code.isdecimal() else 0
    if number in _MEANINGS:
        return _MEANINGS[number]
    return RetryLater if status in {401, 429} else Never
