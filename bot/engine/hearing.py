"""What a message means to a flow that is running: an option, a control word, a start word, a further message, an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.engine.albums import of_album
from bot.engine.answering import answer_choice, answer_text
from bot.engine.answers import fold
from bot.engine.asking import CHOOSING, question_of
from bot.engine.attachments import answer_location, answer_media
from bot.engine.controls import obey
from bot.engine.dialogs import answer_own, ask_leave, choose_own, resume
from bot.engine.doubt import answers_former, tell_taken
from bot.engine.draft import Draft, key_of
from bot.engine.further import as_asked, belongs_to_former
from bot.engine.lobby import started_by
from bot.engine.own_words import answer_other
from bot.engine.persons import ASKING, choose, hear
from bot.engine.state import Prompt
from bot.engine.text import clean
from bot.vocabulary import Location, Media, Press, Text


def hear_press(draft: Draft, prompt: Prompt, press: Press) -> None:
    """Judges a button by the prompt that it was shown with, never by when it comes."""
    if press.prompt == prompt.number:
        _chosen(draft, prompt, press.choice)
        return
    if press.prompt in _shown_before(prompt) and press.choice in prompt.options:
        _chosen(draft, prompt, press.choice)  # consent, say, asked again meanwhile: the same question, whichever message bore it
        return
    for number, node, at in draft.asked:
        if number == press.prompt:
            _late_press(draft, prompt, node, at, press.choice)
            return
    draft.reply("engine.old_button")
    resume(draft, draft.under())


def _shown_before(prompt: Prompt) -> Sequence[int]:
    """Returns under which numbers this question of the product's own was shown before."""
    shown = prompt.detail.get("shown", {}) if prompt.node < 0 and isinstance(prompt.detail, dict) else {}
    numbers: Sequence[int] = shown.get(prompt.asking, ())
    return numbers


def _chosen(draft: Draft, prompt: Prompt, choice: str) -> None:
    if prompt.asking in ASKING:
        choose(draft, prompt, choice)
        return
    if prompt.asking != "question":
        choose_own(draft, prompt, choice)
        return
    names = choice.split()
    answer_choice(draft, prompt.node, prompt.at, names if len(names) > 1 else [choice])


def _late_press(draft: Draft, prompt: Prompt, node: int, at: tuple[int, ...], choice: str) -> None:
    """A button of an earlier prompt: of the question still open it answers; of one answered it corrects; twice it is nothing."""
    step = draft.step_at(node)
    if (node, at) == (prompt.node, prompt.at) and step.type in (*CHOOSING, "acknowledge", "range"):
        answer_choice(draft, node, at, [choice])
        return
    held = draft.held.get(key_of(step.name, at))
    same = held in (choice, [choice]) or (held is True and choice == "yes") or str(held) == choice
    if held is None and key_of(step.name, at) not in draft.held:
        draft.reply("engine.old_button")
        resume(draft, draft.under())
    elif not same:
        draft.node, draft.frames = node, at
        answer_choice(draft, node, at, [choice])


def hear_text(draft: Draft, prompt: Prompt, inbound: Text) -> None:
    """Judges a typed message, in the order that the flow format gives."""
    text = clean(inbound.text)
    if len(text) > draft.catalogue.limits.text:
        draft.reply("engine.too_long", limit=draft.catalogue.limits.text)
        resume(draft, draft.under())
        return
    if inbound.edited and not draft.tries:
        draft.reply("engine.edited")
        resume(draft, draft.under())
        return
    if prompt.asking in ASKING and inbound.on_screen != "former":
        # a name is told at once, and is no further message to the answer before
        if not obey(draft, text):
            hear(draft, prompt, text)
        return
    if inbound.on_screen == "perhaps" and answers_former(draft, prompt, text):
        before = len(draft.effects)
        _judge(draft, prompt, inbound, text)
        tell_taken(draft, before, text)
    else:
        _judge(draft, prompt, inbound, text)


def _judge(draft: Draft, prompt: Prompt, inbound: Text, text: str) -> None:
    former = inbound.on_screen == "former"
    if former and _asked_again(draft, prompt):
        # a second try after a slip, sent before "I did not understand" could be read: it answers the question as it stood
        former, inbound = False, replace(inbound, on_screen="current", since=None)
        prompt = prompt if prompt.asking == "question" else as_asked(draft, prompt.node, prompt.at)
    if not former and is_option(draft, prompt, text):
        _answer(draft, prompt, text)
        return
    if obey(draft, text):
        return
    if belongs_to_former(draft, prompt, inbound, text):
        return
    other = started_by(draft, text) if not _open_text(draft, prompt) else None
    if other is not None and draft.flow is not None and other.flow != draft.flow.flow:
        ask_leave(draft, other)
        return
    _answer(draft, prompt, text)


def _asked_again(draft: Draft, prompt: Prompt) -> bool:
    """Tells whether the prompt before this one asked the same question of the flow."""
    same = [place for _, *place in draft.asked[-2:]] == [[prompt.node, prompt.at]] * 2
    return same and prompt.asking in {"question", "candidates"}


def _answer(draft: Draft, prompt: Prompt, text: str) -> None:
    match prompt.asking:
        case "question":
            answer_text(draft, prompt, text)
        case "other":
            answer_other(draft, prompt, text)
        case "persons" | "nickname":
            hear(draft, prompt, text)
        case _:
            answer_own(draft, prompt, text)


def _open_text(draft: Draft, prompt: Prompt) -> bool:
    """Tells whether the open question takes any words at all: then a start word is an answer."""
    return prompt.asking == "other" or (prompt.asking == "question" and draft.step_at(prompt.node).type == "text")


def is_option(draft: Draft, prompt: Prompt, text: str) -> bool:
    """Tells whether the whole message is an option on the screen: its number, label, name, or one of its words."""
    if not prompt.options:
        return False
    said = fold(text)
    if said.isdecimal() and len(said) < 4 and 1 <= int(said) <= len(prompt.options):
        return True
    if said in {fold(name) for name in prompt.options} or said in {fold(label) for label in prompt.cut}:
        return True
    if isinstance(prompt.detail, dict) and "labels" in prompt.detail:
        return said in {fold(label) for label in prompt.detail["labels"]}
    if prompt.asking != "question":
        return False
    options = question_of(draft, prompt, draft.step_at(prompt.node)).options
    return any(said == fold(word) for option in options for word in (option.label, *option.words))


def hear_attachment(draft: Draft, prompt: Prompt, inbound: Location | Media) -> None:
    """Judges a shared position or an attachment."""
    if isinstance(inbound, Media) and of_album(draft, prompt, inbound):
        return
    if prompt.asking not in ("question", "candidates", "confirm_other"):
        if isinstance(inbound, Media) and inbound.caption.strip():
            _answer(draft, prompt, clean(inbound.caption))
        else:
            draft.reply("engine.not_understood")
            resume(draft, draft.under())
        return
    match inbound:
        case Location():
            answer_location(draft, prompt, inbound)
        case Media():
            answer_media(draft, prompt, inbound)
