"""What the person had on the screen while writing: the present prompt, or still the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.channels import console, simulator
from bot.clock import milliseconds
from bot.vocabulary import Incoming, Text
from storage.contacts import Found

AIR = 3.0
"""Seconds after which a prompt of unknown fate is taken to be on the screen: in a second or two a provider either took it or not,
and what is longer in the air was left there by a process that died, or by an answer that got lost."""

AT_ONCE = frozenset({console.NAME, simulator.NAME})
"""Channels of our own: what the turn commits is on the screen."""


def seen_by(incoming: Incoming, text: Text, found: Found | None, accepted: Mapping[int, int]) -> Text:
    """Returns the text with what was on the screen when it was written.

    A prompt is on the screen from when the provider accepted it: by its row, or by `accepted` (outbox id → milliseconds since the
    epoch) if that is not written down yet. Many providers tell whole seconds: the doubt is in favour of the present prompt,
    since nobody answers what is not there, and everybody what is. So it is where nobody knows whether the provider took it.
    """
    if found is None or found.prompt_id is None:
        return text
    since = found.prompt_accepted_at
    if since is None:
        since = accepted.get(found.prompt_id)
    if since is None and incoming.address.channel in AT_ONCE:
        since = found.prompt_created_at
    written = milliseconds(incoming.written_at or incoming.received_at)
    if written % 1000 == 0:
        written += 999
    tried = found.prompt_tried_at
    if since is None and tried is not None and written - tried >= AIR * 1000:
        since = tried
    if since is None:
        return replace(text, on_screen="former")
    if written < since:
        return replace(text, on_screen="former")
    return replace(text, since=(written - since) / 1000)
