"""Buttons on the screen: what a press means to the engine, and how a message looks when its question is answered.

Ticks and pages concern the screen alone. They are kept in the message's own row, in the turn's transaction, so that two quick
presses are two ticks, and a restart forgets none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.channels import payload
from bot.engine.state import Prompt, ended
from bot.turn.seat import Seat
from bot.turn.work import Work
from bot.vocabulary import Outgoing, Press
from storage import outbox, screens
from storage.screens import Screen
from storage.vault import SealBroken

OLD = Press(0, "")
"""A press that belongs to no prompt: the engine says that the button is old, and asks again."""

_CHOSEN = "✅ "


def judge(work: Work, seat: Seat, press: Press) -> Press | None:
    """Returns the press as the engine shall hear it; None where it only changed what is on the screen, which is queued by now."""
    prompt = seat.state.prompt
    if prompt is None or press.prompt != prompt.number or seat.prompt_id is None:
        return _late(work, seat, press)
    name = _name(press, prompt.options)
    if press.does == "choose":
        return Press(press.prompt, name)
    found = screens.shown(work.tx, seat.prompt_id)
    message = _open(work, found)
    if message is None or found is None:
        # its text is emptied: nothing can be drawn, so a tick is the whole answer
        return Press(press.prompt, name) if press.does == "tick" and name else OLD
    match press.does:
        case "done":
            return Press(press.prompt, " ".join(message.ticked))
        case "tick" if name:
            message = replace(message, ticked=_toggled(message, name))
        case "page" if press.index is not None:
            message = replace(message, page=press.index)
        case _:
            return OLD
    screens.redraw(work.tx, seat.prompt_id, work.tools.vault.seal(payload.pack(message), outbox.PAYLOAD))
    place = press.message or found.provider_id
    if place:
        work.speech.show(seat, replace(message, edits=place), outbox.REPLY)
    return None


def settle(work: Work, seat: Seat, before: Prompt | None, row: int | None, press: Press | None) -> None:
    """Takes the buttons off the message of a prompt that is over, and marks on it what was chosen.

    `before` is the prompt that was on the screen when the turn began, `row` its message; `press` is what answered, if one did.
    """
    if before is None or row is None or not before.options or not work.speech.can_edit():
        return
    after = None if ended(seat.state) else seat.state.prompt
    if after is not None and after.number == before.number:
        return
    found = screens.shown(work.tx, row)
    message = _open(work, found)
    place = (press.message if press is not None and press.prompt == before.number else "") or (found and found.provider_id)
    if message is None and press is not None and place == press.message and place:
        # no copy was kept of it, since it named others: its buttons go all the same
        work.speech.show(seat, _bare(Outgoing(work.person.address, "", "", 0, "none"), place), outbox.NOTICE)
        return
    if message is None or not place or message.layout not in ("buttons", "list"):
        return
    asked_again = after is not None and (after.asking, after.node, after.at) == (before.asking, before.node, before.at)
    bare = _bare(message, place)
    if press is not None and press.prompt == before.number and not asked_again and not message.media:
        marked = f"{message.text}\n\n{_CHOSEN}{_labels(message, press.choice)}"
        if work.speech.fits(marked):
            bare = replace(bare, text=marked)
    work.speech.show(seat, bare, outbox.NOTICE)


def mark(work: Work, seat: Seat, press: Press) -> None:
    """Takes the buttons off a message that was sent outside any conversation, and marks on it what was tapped."""
    if not press.message or not work.speech.can_edit():
        return
    message = _open(work, screens.of_provider(work.tx, work.person.contact_id, work.person.address.channel, press.message))
    bare = _bare(Outgoing(work.person.address, "", "", 0, "none"), press.message)
    if message is not None and not message.media:
        marked = f"{message.text}\n\n{_CHOSEN}{_labels(message, press.choice)}"
        if work.speech.fits(marked):
            bare = replace(_bare(message, press.message), text=marked)
    work.speech.show(seat, bare, outbox.NOTICE)


def _late(work: Work, seat: Seat, press: Press) -> Press:
    """A button of another message than the one on the screen: the engine judges a choice by its prompt; the rest is old."""
    choice = press.choice
    if press.index is not None and press.does == "choose":
        message = _open(work, screens.of_prompt(work.tx, work.person.contact_id, press.prompt))
        choice = _name(press, [option.name for option in message.options]) if message is not None else ""
    if press.message and work.speech.can_edit():
        work.speech.show(seat, _bare(Outgoing(work.person.address, "", "", 0, "none"), press.message), outbox.NOTICE)
    return Press(press.prompt, choice) if press.does == "choose" and choice else OLD


def _name(press: Press, names: Sequence[str]) -> str:
    if press.index is None:
        return press.choice
    return names[press.index] if press.index < len(names) else ""


def _toggled(message: Outgoing, name: str) -> tuple[str, ...]:
    """Returns the ticks, in the order of the options, with that one put in or taken out."""
    ticked = set(message.ticked) ^ {name}
    return tuple([option.name for option in message.options if option.name in ticked])


def _labels(message: Outgoing, choice: str) -> str:
    labels = {option.name: option.label for option in message.options}
    names = [choice] if choice in labels else choice.split()
    return ", ".join(labels.get(name, name) for name in names)


def _bare(message: Outgoing, place: str) -> Outgoing:
    """Returns the change that takes a message's buttons away and leaves its text."""
    return Outgoing(message.address, "", message.step, 0, "none", language=message.language, edits=place)


def _open(work: Work, found: Screen | None) -> Outgoing | None:
    if found is None:
        return None
    try:
        return payload.unpack(work.tools.vault.open(found.payload, outbox.PAYLOAD))
    except (SealBroken, ValueError):
        return None
