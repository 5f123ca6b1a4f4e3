"""What a person does on the console or in the simulator, as JSON: the two channels of our own speak it.

One key says what: {"text": …}, {"choice": name, "prompt": number}, {"location": [latitude, longitude]}, {"file": reference},
{"start": flow, "presets": {…}} or {"action": "restart" | "close" | "resume"}.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from typing import Any, Literal, cast

from bot.channels.channel import UnparsableError
from bot.vocabulary import Location, Media, Press, Staff, Start, Text

Content = Start | Text | Press | Location | Media | Staff

KEYS = ("text", "choice", "location", "file", "start", "action")
_BESIDE: Mapping[str, tuple[str, ...]] = {"choice": ("prompt",), "file": ("caption", "name"), "start": ("presets",)}


class UnknownEventError(UnparsableError):
    """This JSON is none of our events. `code` says what is wrong: not_object, no_key, unknown_key, wrong_type."""

    def __init__(self, code: str, key: str = "") -> None:
        super().__init__(f"{code} {key}".strip())
        self.code = code
        self.key = key


def read(event: object) -> Content:
    """Returns what the person did. Raises UnknownEventError.

    A choice without `prompt` carries prompt 0, which no prompt has: whoever plays fills in the one on the screen.
    """
    if not isinstance(event, dict):
        raise UnknownEventError("not_object")
    found = [key for key in KEYS if key in event]
    if len(found) != 1:
        unknown = [str(key) for key in event if key not in KEYS]
        raise UnknownEventError("unknown_key" if unknown and not found else "no_key", ", ".join(unknown))
    key = found[0]
    for other in event:
        if other != key and other not in _BESIDE.get(key, ()):
            raise UnknownEventError("unknown_key", str(other))
    return _content(key, event)


def _content(key: str, event: Mapping[str, Any]) -> Content:
    match key, event[key]:
        case "text", str(text):
            return Text(text)
        case "choice", str(name):
            return Press(_whole(event.get("prompt", 0), "prompt"), name)
        case "location", [latitude, longitude] if _degrees(latitude, 90) and _degrees(longitude, 180):
            return Location(float(latitude), float(longitude))
        case "file", str(reference) if reference:
            return _media(reference, event)
        case "start", str(flow) if flow:
            return Start(flow, _texts(event.get("presets", {}), "presets"))
        case "action", ("restart" | "close" | "resume") as action:
            return Staff(cast("Literal['restart', 'close', 'resume']", action))
        case _:
            raise UnknownEventError("wrong_type", key)


def _media(reference: str, event: Mapping[str, Any]) -> Media:
    beside = {key: event.get(key, "") for key in ("caption", "name")}
    for key, text in beside.items():
        if not isinstance(text, str):
            raise UnknownEventError("wrong_type", key)
    name = beside["name"] or reference.rsplit("/", 1)[-1]
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Media(kind(content_type), reference, content_type, sha256="", size=0, name=name, caption=beside["caption"])


def kind(content_type: str) -> Literal["image", "audio", "video", "file"]:
    """Returns the kind of attachment that this content type is."""
    match content_type.partition("/")[0]:
        case "image" | "audio" | "video" as known:
            return known
        case _:
            return "file"


def _degrees(value: object, bound: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -bound <= value <= bound


def _whole(value: object, key: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise UnknownEventError("wrong_type", key)


def _texts(value: object, key: str) -> Mapping[str, str]:
    if isinstance(value, dict) and all(isinstance(name, str) and isinstance(text, str) for name, text in value.items()):
        return value
    raise UnknownEventError("wrong_type", key)
