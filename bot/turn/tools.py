"""What every turn works with, and whose turn it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.casework.office import Office
from bot.channels.channel import Channel
from bot.engine.catalogue import Catalogue
from bot.engine.state import Conversation
from bot.turn.library import Library
from bot.vocabulary import Address, Effect, Inbound
from storage.identifiers import Identifiers
from storage.vault import Vault

Advance = Callable[[Catalogue, Conversation, Inbound, datetime], tuple[Conversation, tuple[Effect, ...]]]
"""The engine."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What every turn works with. Without an `office` nothing is filed: flows that do so say that it cannot be done now."""

    vault: Vault
    library: Library
    channels: Mapping[str, Channel]
    identifiers: Identifiers
    advance: Advance
    office: Office | None = None


@dataclass(slots=True)
class Person:
    """Whose turn it is. `clock_offset` is in milliseconds; `lobby` is the lobby's state as JSON."""

    contact_id: int
    address_id: int
    address: Address
    language: str
    test: bool
    clock_offset: int
    stopped: bool
    lobby: str
    lobby_prompt_id: int | None = None
