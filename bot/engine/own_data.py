"""What is kept about a person, told to that person."""

from __future__ import annotations

from collections.abc import Mapping

from bot.engine.draft import Draft
from bot.vocabulary import Value


def my_data(draft: Draft, data: Mapping[str, object]) -> str:
    """Returns, line by line, what is kept about this person."""
    lines = [draft.speaks.say("engine.my_data.addresses", count=_count(data.get("addresses")))]
    if data.get("name"):
        lines.append(draft.speaks.say("engine.my_data.name", name=data["name"]))
    conversations = data.get("conversations")
    lines += [
        draft.speaks.say("engine.my_data.conversation", **_places(entry, "title", "started", "answers"))
        for entry in (conversations if isinstance(conversations, list) else [])
    ]
    requests = data.get("requests")
    lines += [
        draft.speaks.say("engine.my_data.request", **_places(entry, "number", "filed", "state"))
        for entry in (requests if isinstance(requests, list) else [])
    ]
    consents = data.get("consents")
    lines += [
        draft.speaks.say("engine.my_data.consent", **_places(entry, "name", "given", "until"))
        for entry in (consents if isinstance(consents, list) else [])
    ]
    return "\n".join(lines)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _places(entry: object, *names: str) -> dict[str, Value]:
    known = entry if isinstance(entry, dict) else {}
    return {name: known.get(name, "") for name in names}
