"""The engine: what a conversation becomes by one inbound, and what shall be done about it.

`advance` is a function: the same arguments give the same bytes. It has no clock, no database, no network and no randomness;
what must happen is returned as effects, and `turn` does it in one transaction. Any inbound in any state raises nothing.

The order in which a message is judged is that of the flow format, "Who gets a message": button by its prompt; option of the
open question; control word; start word of another flow; the answer as the question's type understands it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import assert_never

from bot.engine.answers.words import control, first_word
from bot.engine.availability import availability
from bot.engine.catalogue import Catalogue
from bot.engine.controls import obey, restart
from bot.engine.deeds import about_request, performed
from bot.engine.dialogs import menu, offer_others, resume
from bot.engine.draft import Draft
from bot.engine.ending import close
from bot.engine.flow import Flow
from bot.engine.hearing import hear_attachment, hear_press, hear_text
from bot.engine.language import find_code
from bot.engine.lobby import begin_by, hear_in_lobby
from bot.engine.own_data import my_data
from bot.engine.persons import greet, told
from bot.engine.scope import title
from bot.engine.state import Conversation, ended, first_number
from bot.engine.text import clean
from bot.engine.timing import milliseconds, schedule, upcoming
from bot.engine.walk import go_on
from bot.vocabulary import (
    Effect,
    Inbound,
    Location,
    Media,
    Press,
    Result,
    Staff,
    Start,
    Text,
    Timer,
)

LINKED: Mapping[str, str] = MappingProxyType(
    {
        "linked": "engine.link.done",
        "link_here": "engine.link.here",
        "link_unknown": "engine.link.unknown",
        "link_staff": "engine.link.staff",
    }
)
"""What is said when a code was said that links two channels, by the name of its result."""

GREETINGS: Mapping[str, str] = MappingProxyType(
    {"person_hello": "engine.person.hello", "person_back": "engine.person.back", "person_left": "engine.person.left"}
)
"""What is said to whoever has the phone now: who was never here, who was, and whoever is left after an erasure."""

LATE = 60_000
"""Milliseconds after which a question came late, so that its clock starts when it came and not when the person last wrote."""

NO_PRESETS: Mapping[str, str] = MappingProxyType({})


def begin(
    flow: Flow,
    *,
    language: str,
    seed: str,
    now: datetime,
    presets: Mapping[str, str] = NO_PRESETS,
    consented: tuple[str, ...] = (),
) -> Conversation:
    """Returns a conversation at the beginning of a flow; `advance` with Start says its first words.

    `language` is the person's; where the flow lacks it, its first one is spoken. `seed` is random text of the caller's.
    `consented` are the consent texts this person gave already, as `name@version`.
    """
    return Conversation(
        flow=flow.flow,
        version=flow.version,
        language=find_code(language, flow.languages) or flow.languages[0],
        seed=seed,
        prompts=first_number(seed),
        presets=dict(presets),
        consented=consented,
        active_at=milliseconds(now),
    )


def advance(
    catalogue: Catalogue, conversation: Conversation, inbound: Inbound, now: datetime
) -> tuple[Conversation, tuple[Effect, ...]]:
    """Returns the conversation after this inbound, and what shall be done, in order.

    `now` is aware, in the municipality's zone. `catalogue.flows` must hold the conversation's version.
    """
    if isinstance(inbound, Timer) and inbound.token != conversation.turns:
        return conversation, ()
    draft = Draft(catalogue, conversation, now)
    match inbound:
        case Timer():
            _timer(draft, inbound)
        case Result():
            _result(draft, inbound)
        case Staff():
            _staff(draft, inbound)
        case Start() | Press() | Text() | Location() | Media():
            draft.active_at = milliseconds(now)
            draft.reminded = 0
            _resident(draft, inbound)
        case _:
            assert_never(inbound)
    if draft.status == "open":
        schedule(draft)
    return draft.freeze(), tuple(draft.effects)


def _resident(draft: Draft, inbound: Start | Press | Text | Location | Media) -> None:
    if isinstance(inbound, Start):
        begin_by(draft, inbound)
        return
    if ended(draft.origin):
        menu(draft)
        return
    if draft.flow is None:
        hear_in_lobby(draft, inbound)
        return
    if availability(draft.catalogue, draft.flow, draft.now) == "closed" and not _still_heard(draft, inbound):
        draft.reply("engine.closed", title=title(draft.flow, draft.language))
        offer_others(draft)
        close(draft, "partial")
        return
    prompt = draft.prompt
    if prompt is None:
        go_on(draft)
        return
    match inbound:
        case Press():
            hear_press(draft, prompt, inbound)
        case Text():
            hear_text(draft, prompt, inbound)
        case Location() | Media():
            hear_attachment(draft, prompt, inbound)


def _still_heard(draft: Draft, inbound: Press | Text | Location | Media) -> bool:
    """A closed flow still honours the words that have nothing to do with its questions."""
    if not isinstance(inbound, Text):
        return False
    text = clean(inbound.text)
    return control(draft.listens(), text) in ("stop", "my_data", "erase_my_data", "person") and obey(draft, text)


# ── the clock, our own database, staff ───────────────────────────────────────────────────────────────────────────────


def _timer(draft: Draft, timer: Timer) -> None:
    flow = draft.flow
    if flow is None or draft.status != "open":
        return
    if availability(draft.catalogue, flow, draft.now) == "closed":
        close(draft, "partial")
        return
    if timer.shown is not None and draft.reminded == 0:  # what is asked again with a reminder starts no clock
        shown = milliseconds(timer.shown)
        draft.active_at = shown if shown - draft.active_at > LATE else draft.active_at
    found = upcoming(draft)
    if found is None or milliseconds(found[0]) > milliseconds(draft.now):
        return  # the question came late, or this is no hour to disturb anybody: the timer is set anew
    if found[1] == "expire":
        close(draft, "partial")
        return
    draft.reminded += 1
    draft.reply("engine.reminder", title=title(flow, draft.language))
    resume(draft, draft.under())


def _result(draft: Draft, result: Result) -> None:
    if result.effect.startswith("do:"):
        if performed(draft, result.effect, result.value):
            go_on(draft)
        return
    if result.effect == "request":
        about_request(draft, result.value)
        resume(draft, draft.under())
        return
    if result.effect.startswith("persons"):
        told(draft, result)
        return
    if result.effect in GREETINGS:
        greet(draft, GREETINGS[result.effect], result.value)
        return
    if result.effect.startswith("my_data") and isinstance(result.value, dict):
        draft.reply("engine.my_data", lines=my_data(draft, result.value))
    elif result.effect.startswith("link_code") and isinstance(result.value, str):
        draft.reply("engine.link.code", code=result.value, word=first_word(draft.listens(), "link"))
    elif result.effect in LINKED:
        draft.reply(LINKED[result.effect])
        if isinstance(result.value, list):
            draft.reply("engine.link.twice", titles=", ".join(f"«{name}»" for name in result.value))
    resume(draft, draft.under())


def _staff(draft: Draft, staff: Staff) -> None:
    running = draft.flow is not None and draft.status == "open"
    match staff.action:
        case "restart" if running:
            restart(draft)
        case "close" if running:
            close(draft, "partial")
        case "resume" if running and draft.flow is not None:
            draft.active_at = milliseconds(draft.now)  # what is asked anew has its time anew
            draft.reminded = 0
            draft.reply("engine.resume", title=title(draft.flow, draft.language))
            resume(draft, draft.under())
        case _:
            return
