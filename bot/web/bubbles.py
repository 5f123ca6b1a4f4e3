"""What the page draws for each message of a chat. Plain data for JSON; texts in the reader's language where they are ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.abilities import LOOKS
from bot.channels.local import kind
from bot.channels.segments import segments
from bot.channels.stored import file_name, reference_of
from bot.engine.catalogue import Catalogue
from bot.engine.language import Language
from bot.web.kept import title
from bot.web.transcript import Did, Got

_WORTH_TELLING = 60_000
"""Milliseconds: a smaller move of the clock is the last step of a larger one."""


def bubbles(
    messages: Sequence[Did | Got], *, look: str, catalogue: Catalogue, reader: Language, above: int = 0
) -> list[dict[str, Any]]:
    """Returns what the page draws of the messages with an id above that, in order."""
    shown: dict[int, Mapping[str, str]] = {}
    drawn = []
    for message in messages:
        match message:
            case Got():
                bubble = _got(message, look)
                if bubble["prompt"]:
                    shown[bubble["prompt"]] = {option["name"]: option["label"] for option in bubble["options"]}
            case Did():
                bubble = _did(message, look, shown, catalogue, reader)
        if message.id > above and abs(bubble.get("clock", _WORTH_TELLING)) >= _WORTH_TELLING:
            drawn.append(bubble)
    return drawn


def _got(got: Got, look: str) -> dict[str, Any]:
    said = got.message
    cost = segments(said.text) if look == "sms" and said.text else None
    return {
        "id": f"got-{got.id}",
        "who": "bot",
        "at": got.at,
        "text": said.text,
        "layout": said.layout,
        "options": [{"name": option.name, "label": option.label, "cut": option.cut} for option in said.options],
        "several": said.several,
        "prompt": said.prompt,
        "asks_location": said.wants in {"geopoint", "location"} and LOOKS[look].location,
        "language": said.language or None,
        "media": [_file(kind, name, look) for kind, name in said.media.items()],
        "segments": None if cost is None else {"count": cost.count, "encoding": cost.encoding, "costly": list(cost.costly)},
    }


def _file(kind: str, name: str, look: str) -> dict[str, str]:
    reference = reference_of(name)
    url = f"/simulator/files/{reference}?look={look}" if reference else ""
    return {"kind": kind, "name": file_name(name), "url": url}


def _did(did: Did, look: str, shown: Mapping[int, Mapping[str, str]], catalogue: Catalogue, reader: Language) -> dict[str, Any]:
    bubble: dict[str, Any] = {"id": f"did-{did.id}", "event": did.event, "who": "person", "at": did.at, "text": "", "media": []}
    does = did.does or {}
    match does:
        case {"text": str(text)}:
            return bubble | {"text": text}
        case {"choice": str(name)}:
            labels = shown.get(does.get("prompt", 0), {})
            return bubble | {"text": labels.get(name) or ", ".join(labels.get(part, part) for part in name.split())}
        case {"location": [latitude, longitude]}:
            return bubble | {"text": reader.say("web.chat.position", latitude=latitude, longitude=longitude)}
        case {"file": str(reference)}:
            sort = kind(str(does.get("content_type", "")))
            url = f"/simulator/files/{reference}?look={look}" if sort == "image" else ""
            return bubble | {"media": [{"kind": sort, "name": does.get("name", ""), "url": url}]}
        case {"start": str(name)}:
            flow = catalogue.current(name)
            return bubble | {
                "who": "place",
                "text": reader.say("web.chat.started", flow=title(flow, reader.code) if flow is not None else name),
            }
        case {"clock": int(by)}:
            words = reader.say("web.chat.clock" if by > 0 else "web.chat.clock_back")
            return bubble | {"who": "place", "text": words, "clock": by}
        case {"action": _}:
            return bubble | {"who": "place", "text": reader.say("web.chat.restarted")}
        case _:
            return bubble | {"who": "place", "text": reader.say("web.chat.emptied")}
