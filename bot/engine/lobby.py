"""Where a person is who is in no flow: beginning one by word, link or menu, and everything else one may ask for."""

from __future__ import annotations

from collections.abc import Iterable

from bot.engine.answers import fold
from bot.engine.availability import availability, open_flows
from bot.engine.controls import obey
from bot.engine.dialogs import answer_own, choose_own, menu, resume
from bot.engine.draft import Draft
from bot.engine.ending import reopen
from bot.engine.flow import Flow
from bot.engine.persons import ASKING, choose, hear
from bot.engine.picking import picked
from bot.engine.scope import title
from bot.engine.state import LEFT, ended, receipt
from bot.engine.text import clean
from bot.engine.walk import go_on
from bot.vocabulary import Begin, Location, Media, Press, Start, Text


def begin_by(draft: Draft, start: Start) -> None:
    """Takes a start word, link or command: begins its flow, takes it up again, or offers to correct a finished one."""
    flow = draft.flow
    if flow is None or flow.flow != start.flow:
        _begin_other(draft, start)
    elif draft.origin.status == "completed" and flow.kind == "request":
        draft.effects.append(Begin(start.flow, start.presets, anew=True))  # who has filed one may have another to file
    elif draft.origin.status == "completed":
        if availability(draft.catalogue, flow, draft.now) == "closed":
            draft.reply("engine.closed", title=title(flow, draft.language))
        elif flow.edit == "until_close":
            reopen(draft)
        else:
            draft.reply("engine.already", title=title(flow, draft.language), receipt=receipt(draft.origin.seed))
    elif ended(draft.origin):
        draft.effects.append(Begin(start.flow, start.presets, anew=True))
    elif draft.prompt is None:
        go_on(draft)
    else:
        draft.reply("engine.resume", title=title(flow, draft.language))
        resume(draft, draft.under())


def _begin_other(draft: Draft, start: Start) -> None:
    other = draft.catalogue.current(start.flow)
    state = availability(draft.catalogue, other, draft.now) if other is not None else "closed"
    if other is not None and state == "open":
        draft.effects.append(Begin(start.flow, start.presets))
        return
    known = other or _known(draft, start.flow)
    name = title(known, draft.language) if known is not None else start.flow
    if other is not None and state == "not_yet" and other.opens is not None:
        draft.reply("engine.not_yet", title=name, opens=other.opens.strftime("%d/%m/%Y %H:%M"))
    else:
        draft.reply("engine.closed", title=name)
    if draft.flow is None:
        menu(draft)
    else:
        resume(draft, draft.under())


def _known(draft: Draft, flow: str) -> Flow | None:
    """Returns a version of that flow, the one that is open first; None where it was never open."""
    return draft.catalogue.current(flow) or next((one for one in draft.catalogue.flows.values() if one.flow == flow), None)


def hear_in_lobby(draft: Draft, inbound: Press | Text | Location | Media) -> None:
    """Takes whatever a person writes who is in no flow."""
    prompt = draft.prompt
    match inbound:
        case Press() if prompt is not None and inbound.prompt == prompt.number:
            if prompt.asking in ASKING:
                choose(draft, prompt, inbound.choice)
            else:
                choose_own(draft, prompt, inbound.choice)
            return
        case Press():
            draft.reply("engine.old_button")
            menu(draft)
            return
        case Text(edited=True):
            return
        case Text(text=text):
            text = clean(text)
            if obey(draft, text):
                return
            if prompt is not None and prompt.asking in ASKING:
                hear(draft, prompt, text)
                return
            start = started_by(draft, text)
            if start is not None:
                draft.prompt = None
                draft.effects.append(Begin(start.flow, start.presets))
                return
            if prompt is not None and picked(draft, prompt, text) is not None:
                answer_own(draft, prompt, text)
                return
            former = named_by(text, draft.catalogue.flows.values())
            if former is not None:  # the word of a flow that is not open: it is said so
                _begin_other(draft, former)
                return
        case Location() | Media():
            pass
    left, draft.presets = draft.presets.get(LEFT), {}
    if draft.stopped:
        draft.prompt = None
        draft.reply("engine.stopped.hint", municipality=draft.catalogue.municipality)
        return
    over = _known(draft, left) if left else None
    if over is not None and availability(draft.catalogue, over, draft.now) == "closed":
        draft.reply("engine.closed", title=title(over, draft.language))
    flows = open_flows(draft.catalogue, draft.now)
    if len(flows) == 1 and prompt is None and draft.turns == 1:
        draft.effects.append(Begin(flows[0].flow))
    else:
        menu(draft)


def started_by(draft: Draft, text: str) -> Start | None:
    """Returns the open flow that the whole message is a start word of, or a start word and the name of one of its links.

    A link's name alone ("puyo") begins nothing: it may be an answer as well.
    """
    return named_by(text, open_flows(draft.catalogue, draft.now))


def named_by(text: str, flows: Iterable[Flow]) -> Start | None:
    """Returns which of these flows the whole message begins, as `started_by` says."""
    said = fold(text)
    if not said:
        return None
    for flow in flows:
        for word in map(fold, flow.words):
            if said == word:
                return Start(flow.flow)
            if not said.startswith(f"{word} "):
                continue
            for link, presets in flow.links.items():
                if said == f"{word} {fold(spoken(link))}":
                    return Start(flow.flow, presets)
    return None


def spoken(link: str) -> str:
    """Returns the name of a link as people write it."""
    return link.replace("_", " ").replace("-", " ")
