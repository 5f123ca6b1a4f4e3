"""What a link or a command begins: the flow's own name, one of its links ("puyo"), or one of its start words."""

from __future__ import annotations

from collections.abc import Iterable

from bot.engine.answers import fold
from bot.engine.catalogue import Catalogue
from bot.engine.flow import Flow
from bot.engine.state import Conversation
from bot.vocabulary import Staff, Start, Text


def started(start: Start, catalogue: Catalogue, conversation: Conversation) -> Start | Staff | Text:
    """Returns what the engine shall hear for a start by that name.

    A flow that is open wins over one that is not, and that over nothing: of a closed one the engine says so, by its title. Where
    the name says nothing, whoever is in a conversation goes on with it, and everybody else is shown what there is.
    """
    name = start.flow
    if not name or name in catalogue.open:
        return start if name else _anything(conversation)
    running = [flow for flow in map(catalogue.current, catalogue.open) if flow is not None]
    found = _named(name, running) or _named(name, catalogue.flows.values())
    if found is None:
        return _anything(conversation)
    flow, link = found
    return Start(flow.flow, {**flow.links.get(link, {}), **start.presets})


def _named(name: str, flows: Iterable[Flow]) -> tuple[Flow, str] | None:
    """Returns the flow of that name, and its link of that name ("" where it is named by itself or by a start word)."""
    said = fold(name.replace("_", " ").replace("-", " "))
    if not said:
        return None
    for flow in flows:
        for link in flow.links:
            if link == name or fold(link.replace("_", " ").replace("-", " ")) == said:
                return flow, link
        if flow.flow == name or any(fold(word) == said for word in flow.words):
            return flow, ""
    return None


def _anything(conversation: Conversation) -> Staff | Text:
    return Staff("resume") if conversation.flow and conversation.status == "open" else Text("")
