"""What a `do` step has the product do: search what is published, file a request, tell of one, hand over to a person.

The engine only says what is wanted, with the values of the answers that the step names in `with`; the turn does it in the same
transaction and comes back with a Result, from which the walk goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.engine.draft import Draft, key_of
from bot.engine.effects import REFERENCE
from bot.engine.flow import Step
from bot.engine.state import Prompt
from bot.vocabulary import HandOver, Instance, Option, Perform, Say, Value

NONE = "none"
"""The option that none of what was found is what the person looks for."""

_RESULT = "do:"
_HITS = 6


def perform(draft: Draft, step: Step, at: Instance) -> bool:
    """Has the step's effect done, unless it was before. Returns whether the walk ends here until it is."""
    key = key_of(step.name, at)
    if step.effect == "hand_over":
        if key not in draft.said:
            draft.said = (*draft.said, key)
            draft.handed_over = True
            draft.effects.append(HandOver(step.name))
            draft.reply("engine.handed_over")
        return False
    if key in draft.held:
        return False
    given = {name: _value(draft, raw, at) for name, raw in step.given.items()}
    flow = draft.flow
    assert flow is not None
    draft.effects.append(Perform(step.effect, f"{_RESULT}{key}", given, anonymous=flow.anonymous))
    return True


def _value(draft: Draft, raw: str, at: Instance) -> Value:
    found = REFERENCE.fullmatch(raw.strip())
    if found is None:
        return raw
    name = found[1].strip()
    for depth in range(len(at), -1, -1):  # the same pass of the repeats, else what lies outside
        key = key_of(name, at[:depth])
        if key in draft.held:
            return draft.held[key]
    return None


def performed(draft: Draft, effect: str, value: Value) -> bool:
    """Takes what the effect of the step at the draft's place brought. Returns whether the walk may go on.

    False also where the result is of no step that is waited for: then nothing is to be done.
    """
    flow = draft.flow
    if flow is None or draft.status != "open" or not effect.startswith(_RESULT) or draft.node >= len(flow.program):
        return False
    step = flow.program[draft.node]
    if not isinstance(step, Step) or step.type != "do":
        return False
    at = draft.frames[: step.depth]
    if effect != f"{_RESULT}{key_of(step.name, at)}":
        return False
    brought: Mapping[str, Any] = value if isinstance(value, dict) else {}
    match step.effect:
        case "search_documents":
            return _found(draft, step, at, brought)
        case "file_request":
            _filed(draft, step, at, brought)
        case _:
            _told(draft, step, at, brought)
    draft.node += 1
    return True


def _found(draft: Draft, step: Step, at: Instance, brought: Mapping[str, Any]) -> bool:
    """Shows what is published and may be it; where nothing was found the flow goes on without a word."""
    found = brought.get("hits")
    hits = [hit for hit in found if isinstance(hit, dict)][:_HITS] if isinstance(found, list) else []
    if not hits:
        draft.record(step.name, step.type, at, "", NONE)
        draft.node += 1
        return True
    options = [Option(f"hit:{number}", str(hit.get("title", ""))) for number, hit in enumerate(hits)]
    options.append(Option(NONE, draft.speaks.say("engine.documents.none")))
    draft.ask_own("documents", draft.speaks.say("engine.documents.is_it"), tuple(options), hits=hits)
    return False


def choose_document(draft: Draft, prompt: Prompt, name: str) -> None:
    """Takes the person's word on what was found: one of them is it, and is told with its link, or none is."""
    flow = draft.flow
    assert flow is not None
    step = flow.program[draft.node]
    assert isinstance(step, Step)
    at = draft.frames[: step.depth]
    hits: list[Mapping[str, Any]] = prompt.detail.get("hits", [])
    number = int(name.removeprefix("hit:")) if name.startswith("hit:") else -1
    if 0 <= number < len(hits):
        hit = hits[number]
        places = {key: str(hit.get(key, "")) for key in ("title", "excerpt", "link")}
        draft.reply("engine.documents.here", **places)
        draft.record(step.name, step.type, at, places["title"], "found")
    else:
        draft.record(step.name, step.type, at, "", NONE)
    draft.node += 1


def _filed(draft: Draft, step: Step, at: Instance, brought: Mapping[str, Any]) -> None:
    number = str(brought.get("number", ""))
    if not number:
        draft.reply("engine.request.not_filed")
        draft.record(step.name, step.type, at, "", None, empty="skipped", reason=str(brought.get("problem", "")))
        return
    # the code is told and kept nowhere: not in the journal, not in the conversation
    key = "engine.request.filed.secret" if brought.get("secret") else "engine.request.filed"
    draft.reply(key, number=number, code=brought.get("code", ""), term=brought.get("term", ""))
    draft.record(step.name, step.type, at, "", number)


def _told(draft: Draft, step: Step, at: Instance, brought: Mapping[str, Any]) -> None:
    if brought.get("told"):
        about_request(draft, dict(brought))
        draft.record(step.name, step.type, at, "", "found")
    else:
        draft.reply(f"engine.request.{brought.get('problem') or 'unknown'}")
        draft.record(step.name, step.type, at, "", NONE)


def about_request(draft: Draft, value: Value) -> None:
    """Says what is to be said about a request: a text, or {"told", "media": [{kind: file}], "secret"}; nothing where it is empty.

    `secret`: nobody is to know who asked, so that no copy is kept.
    """
    if isinstance(value, str) and value:
        draft.say(value, step="request")
    if not isinstance(value, dict) or not value.get("told"):
        return
    secret, shown = value.get("secret") is True, value.get("media")
    files = [one for one in shown if isinstance(one, dict)] if isinstance(shown, list) else []
    media = [{str(kind): str(name) for kind, name in one.items()} for one in files]
    draft.effects.append(Say(str(value["told"]), step="request", language=draft.language, passing=secret))
    draft.effects += [Say("", step="request", media=one, language=draft.language, passing=secret) for one in media]
