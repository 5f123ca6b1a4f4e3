"""One person on several channels: a code that is told on one and said on another makes them one contact."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.engine.answers import fold
from bot.engine.answers.words import control
from bot.engine.effects import files_requests
from bot.engine.language import Language
from bot.turn.library import Library
from bot.vocabulary import Address
from storage import aliases, conflicts, conversations, inbox, link_codes, outbox, profiles, staff_codes, traceless
from storage.aliases import Closed
from storage.statements import Transaction
from storage.vault import Vault

ALPHABET = "34679CDFGHJKMNPQRTVWXY"
"""No vowels, so that no code is a word; nothing that is read or heard as something else."""

LENGTH = 10
"""So many of 22 signs are 44 bits: whoever guesses a thousand a second for a quarter of an hour hits one in 30 million times."""

VALID = 15 * 60_000
"""Milliseconds for which a code may be said."""

Linked = Literal["linked", "link_here", "link_unknown", "link_staff"]
"""What came of a code: two contacts are one now; it was said where it was told; it is none, or too old; it was one of the desk's,
and this chat is now where somebody of the staff gets their notices."""

_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def make(tx: Transaction, vault: Vault, contact: int, now: int) -> str:
    """Returns a new code of that contact, in the form in which people read it; any former one of theirs is void."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    link_codes.keep(tx, _key(vault, code), contact, until=now + VALID, now=now)
    return f"{code[:5]}-{code[5:]}"


def make_for_staff(tx: Transaction, vault: Vault, staff: int, now: int) -> str:
    """Returns a new code with which that person of the staff links a chat for their notices; any former one is void."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    staff_codes.keep(tx, _key(vault, code), staff, until=now + VALID, now=now)
    return f"{code[:5]}-{code[5:]}"


def said(text: str, languages: Iterable[Language]) -> tuple[str, bool] | None:
    """Returns the code that the whole message is, and whether the word for linking stands before it; None where it is none.

    A text without that word is only a code if somebody was told it: else it is whatever the person meant by it.
    """
    words = fold(text).split() if len(text) <= 100 else []
    for parted in (1, 2):
        code, before = "".join(words[-parted:]).upper(), " ".join(words[:-parted])
        if _CODE.fullmatch(code) and (not before or control(tuple(languages), before) == "link"):
            return code, bool(before)
    return None


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says a code: the contact, the address at which they say it, and whether they are a test contact."""

    contact: int
    address: int
    test: bool


def link(tx: Transaction, vault: Vault, library: Library, who: Speaker, code: str, now: int) -> tuple[Linked, list[str]]:
    """Makes the contact who says a code the one who was told it, who keeps language and place; the code is void after that.

    Returns what came of it, and the flows that had been answered on both channels. Test contacts and residents are never made
    one, nor are two who share the phone on which the code is said: they are two persons.
    """
    key = _key(vault, code)
    told = link_codes.whose(tx, key, test=who.test, now=now)
    if told is None:
        staff = staff_codes.link(tx, key, who.address, now)
        return "link_unknown" if staff is None else "link_staff", []
    if told == who.contact or profiles.shares(tx, who.address, told):
        return "link_here", []
    link_codes.drop(tx, key)
    often = library.often
    twice = conflicts.twice(tx, told, who.contact, often)
    cut_anonymous(tx, library, aliases.unite(tx, told, who.contact, now=now, often=often))
    return "linked", twice


def cut_anonymous(tx: Transaction, library: Library, closed: Iterable[Closed]) -> None:
    """Leaves no trace of whose the anonymous conversations among these were, which ended because channels were linked."""
    for one in closed:
        flow = library.holding(tx, one.version).flows[one.version]
        if not flow.anonymous:
            continue
        files = files_requests(flow)
        inbox.empty(tx, one.contact, one.conversation)
        outbox.cut_off(tx, one.contact, one.conversation, flow=not files)
        if files:
            traceless.remove(tx, one.conversation)
        else:
            conversations.make_anonymous(tx, one.conversation)


def _key(vault: Vault, code: str) -> bytes:
    return vault.find_key(Address("link", code))
