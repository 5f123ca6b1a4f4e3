"""What is on people's screens: the messages that bear buttons, as they were sent and as they were changed since."""

from __future__ import annotations

from typing import NamedTuple

from storage.statements import Statement, Transaction


class Screen(NamedTuple):
    """A message of the outbox: its sealed payload, and the provider's identifier of it (None: not known yet, or none)."""

    payload: bytes
    provider_id: str | None


_SHOWN = Statement("SELECT payload, provider_id FROM outbox WHERE id = ? AND payload IS NOT NULL")
_OF_PROMPT = Statement("""
    SELECT payload, provider_id FROM outbox WHERE contact_id = ? AND prompt = ? AND payload IS NOT NULL ORDER BY id DESC LIMIT 1
""")
_OF_PROVIDER = Statement("""
    SELECT payload, provider_id FROM outbox
    WHERE channel = ? AND provider_id = ? AND contact_id = ? AND payload IS NOT NULL ORDER BY id DESC LIMIT 1
""")
_REDRAW = Statement("UPDATE outbox SET payload = ? WHERE id = ? AND payload IS NOT NULL")


def shown(tx: Transaction, outbox: int) -> Screen | None:
    """Returns that message; None where its text was emptied since."""
    row = tx.one(_SHOWN, (outbox,))
    return None if row is None else Screen._make(row)


def of_prompt(tx: Transaction, contact: int, prompt: int) -> Screen | None:
    """Returns the message that put the prompt of that number to this contact; None where it is gone."""
    row = tx.one(_OF_PROMPT, (contact, prompt))
    return None if row is None else Screen._make(row)


def of_provider(tx: Transaction, contact: int, channel: str, provider_id: str) -> Screen | None:
    """Returns the message to this contact that its provider calls so; None where it is gone."""
    row = tx.one(_OF_PROVIDER, (channel, provider_id, contact))
    return None if row is None else Screen._make(row)


def redraw(tx: Transaction, outbox: int, payload: bytes) -> None:
    """Keeps how that message looks from now on."""
    tx.write(_REDRAW, (payload, outbox))
