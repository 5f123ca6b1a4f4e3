"""What a played chat tells, one event at a time: what the bot said, what was stored, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.vocabulary import Empty, Instance, Outcome, Outgoing, Value


@dataclass(frozen=True, slots=True)
class File:
    """A file that a message shows: what it is called, and where it lies, if it is one that is kept."""

    kind: str
    name: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Said:
    """A message as the channel shows it."""

    message: Outgoing
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the journal."""

    name: str
    value: Value
    raw: str
    empty: Empty | None
    at: Instance


@dataclass(frozen=True, slots=True)
class Ended:
    """A conversation is over."""

    outcome: Outcome


Event = Said | Stored | Ended


def as_json(event: Event) -> dict[str, Any]:
    """Returns the event as the JSON player writes it."""
    match event:
        case Said(message, files):
            choices = [{"name": option.name, "label": option.label} for option in message.options]
            told: dict[str, Any] = {"say": message.text, "step": message.step, "choices": choices}
            shown = [{"kind": file.kind, "name": file.name, "path": str(file.path or "")} for file in files]
            return {**told, "files": shown} if shown else told
        case Stored(name, value, raw, empty, at):
            answer: dict[str, Any] = {"name": name, "value": value, "raw": raw, "empty": empty}
            return {"answer": {**answer, "at": list(at)} if at else answer}
        case Ended(outcome):
            return {"end": outcome}
