"""Who speaks of a request."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.channels.abilities import CONSOLE, Abilities
from bot.engine.answers import Gazetteer
from bot.engine.language import Language


@dataclass(frozen=True, slots=True)
class Asker:
    """Who speaks: the contact, and what is known of the talk.

    `now` is milliseconds since the epoch, on the contact's own clock: a test contact's may be ahead, and so is what it files.
    """

    contact_id: int
    language: Language
    channel: str
    now: int
    conversation_id: int | None = None
    test: bool = False
    abilities: Abilities = CONSOLE
    places: Gazetteer = field(default_factory=Gazetteer)
