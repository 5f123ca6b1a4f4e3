"""What the person had on the screen while writing: the present prompt, still the one before it, or nobody can tell which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from bot.channels import console, simulator
from bot.clock import milliseconds
from bot.vocabulary import Incoming, Text
from storage.contacts import Found

AIR = 3.0
"""Seconds after handing it over from which a prompt is taken to be on the screen, whatever its provider says or does not: in a
second or two a provider either took it or not, and what is longer in the air was left there by a process that died, by an answer
that got lost, or by a line that is slow on the way back only."""

AT_ONCE = frozenset({console.NAME, simulator.NAME})
"""Channels of our own: what the turn commits is on the screen."""


class Accepted(NamedTuple):
    """A prompt that the provider took: when we heard so, in milliseconds since the epoch, and the provider's identifier of it."""

    at: int
    provider_id: str = ""


def seen_by(incoming: Incoming, text: Text, found: Found | None, accepted: Mapping[int, Accepted]) -> Text:
    """Returns the text with what was on the screen when it was written.

    The rule is that a message belongs to the last prompt that the provider had accepted by then. When that was is not known: it
    lies somewhere between our handing the prompt over and our hearing that it was taken, and whoever is quick, or has the better
    line, answers before we hear it. So, in this order:

    1. Where the channel numbers the messages of a talk, both sides' alike, the numbers tell it, whatever the clocks say. (A
       prompt that was perhaps sent twice has two, of which we know the later: what came before may still answer the earlier.)
    2. Written after we heard that the prompt was taken (by its row, or by `accepted` if that is not written down yet), or AIR
       after it was handed over: the present prompt.
    3. Written before it was handed over: the former one.
    4. Between the two: "perhaps". What the message says decides then (`bot.engine.doubt`), and the person is told how it was
       taken where it would answer either.

    Time is the provider's, else that of arrival. Many providers tell whole seconds: the doubt is in favour of the present prompt,
    since nobody answers what is not there, and everybody what is.
    """
    if found is None or found.prompt_id is None:
        return text
    known = accepted.get(found.prompt_id)
    heard_at = found.prompt_accepted_at if found.prompt_accepted_at is not None else known and known.at
    if heard_at is None and incoming.address.channel in AT_ONCE:
        heard_at = found.prompt_created_at
    tried_at = found.prompt_tried_at
    written = milliseconds(incoming.written_at or incoming.received_at)
    if written % 1000 == 0:
        written += 999
    after = _numbered_after(incoming, found, known)
    sent_again = heard_at is not None and heard_at == tried_at  # then it counts since it was first handed over: see Claimed
    if after or (after is False and not sent_again):
        since = heard_at if heard_at is not None else tried_at
        return _current(text, written, since) if after else replace(text, on_screen="former")
    if heard_at is not None and written >= heard_at:
        return _current(text, written, heard_at)
    if tried_at is None or written < tried_at:
        return replace(text, on_screen="former")
    if written - tried_at >= AIR * 1000:
        return _current(text, written, tried_at)
    return replace(text, on_screen="perhaps", since=(written - tried_at) / 1000)


def _current(text: Text, written: int, since: int | None) -> Text:
    return text if since is None else replace(text, since=max(0, written - since) / 1000)


def _numbered_after(incoming: Incoming, found: Found, known: Accepted | None) -> bool | None:
    """Tells by the channel's own numbers whether the message came after the prompt; None where they do not say."""
    prompt = found.prompt_number or (known.provider_id if known is not None and found.prompt_here else "")
    if incoming.number is None or not prompt or not (prompt.isascii() and prompt.isdecimal()):
        return None
    return incoming.number > int(prompt)
