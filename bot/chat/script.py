"""The lines that `minga chat --json` reads: what the person does, and what only a player can do (wait, begin again)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from bot.channels.local import UnknownEventError, read

LONGEST = timedelta(days=3660)
_DURATION = re.compile(r"(\d{1,9})\s*([smhd])")
_UNITS: Mapping[str, str] = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

EXPECTED: Mapping[str, str] = {
    "text": '{"text": "sí"}',
    "choice": '{"choice": "si"}',
    "location": '{"location": [-1.67, -78.65]}',
    "file": '{"file": "foto.jpg"}',
    "wait": '{"wait": "24h"}',
    "restart": '{"restart": true}',
}
"""Each key of a line, with an example."""


class ScriptError(Exception):
    """This line cannot be played. `code` is a suffix of the texts' key chat.error, `places` fill that text."""

    def __init__(self, code: str, **places: str) -> None:
        super().__init__(code)
        self.code = code
        self.places = places


@dataclass(frozen=True, slots=True)
class Act:
    """The person does something: an event of `bot.channels.local`. Of several choices there is a list under "choice"."""

    event: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes."""

    duration: timedelta


@dataclass(frozen=True, slots=True)
class Restart:
    """The conversation is closed as partial and the flow begins anew."""


Line = Act | Wait | Restart


def duration(text: str) -> timedelta:
    """Returns the duration that "30s", "90m", "24h" or "3d" says. Raises ScriptError for any other, and beyond ten years."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ScriptError("wait", value=text)
    found = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if found > LONGEST:
        raise ScriptError("wait", value=text)
    return found


def line(text: str) -> Line:
    """Returns what a line of the script says. Raises ScriptError."""
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ScriptError("not_json", example=EXPECTED["text"]) from error
    if not isinstance(said, dict):
        raise ScriptError("not_object", example=EXPECTED["text"])
    unknown = [key for key in said if key not in EXPECTED]
    if unknown:
        raise ScriptError("unknown_key", key=unknown[0], keys=", ".join(EXPECTED))
    if len(said) != 1:
        raise ScriptError("one_key", keys=", ".join(EXPECTED))
    match said:
        case {"wait": str(text)}:
            return Wait(duration(text))
        case {"restart": True}:
            return Restart()
        case {"choice": [_, *_] as names} if all(isinstance(name, str) for name in names):
            return Act({"choice": names})
        case {"wait": _} | {"restart": _}:
            raise _wrong(said)
        case _:
            try:
                read(said)
            except UnknownEventError as error:
                raise _wrong(said) from error
            return Act(said)


def _wrong(said: Mapping[str, Any]) -> ScriptError:
    key = next(iter(said))
    return ScriptError("wrong_type", key=key, example=EXPECTED[key])
