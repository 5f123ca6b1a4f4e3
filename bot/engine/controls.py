"""The words that always work: help, menu, back, repeat, skip, restart, a language, stop, my data, erase my data, linking a
channel, another person on this phone, a person of the town hall.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.engine.answering import ask_again, without_answer
from bot.engine.answers.words import control, is_word, language_named
from bot.engine.correcting import correct_numbered
from bot.engine.dialogs import ask_language, change_language, hand_over, menu, opt_in, resume, spoken
from bot.engine.draft import Draft, key_of
from bot.engine.ending import answered, close
from bot.engine.flow import Step
from bot.engine.language import find_code
from bot.engine.persons import ask_who, choose, is_without
from bot.engine.scope import title
from bot.vocabulary import Begin, OfferLink, StopContact, TellMyData


def obey(draft: Draft, text: str) -> bool:
    """Does what a control word asks for. Returns False where the whole message is none."""
    languages = draft.listens()
    if is_without(draft, text):
        assert draft.prompt is not None
        choose(draft, draft.prompt, "unnamed")
        return True
    word = control(languages, text, free=takes_any_words(draft))
    if word is not None:
        return _do(draft, word, text)
    if draft.flow is not None and draft.status == "open":
        if correct_numbered(draft, text):
            return True
        if is_word(languages, "refuse", text):
            return _without(draft, text, refused=True)
        if is_word(languages, "skip", text):
            return _without(draft, text, refused=False)
    code = language_named(tuple(draft.catalogue.languages.values()), text)
    if code is None:
        return False
    _speak(draft, code)
    return True


_ASKED: Mapping[str, str] = {"other_person": "other", "who": "who", "erase_my_data": "erase"}
"""Control words that first ask which person of a shared phone is meant."""


def takes_any_words(draft: Draft) -> bool:
    """Tells whether the question on the screen takes any words as its answer."""
    prompt = draft.prompt
    if prompt is None or draft.flow is None or draft.status != "open":
        return False
    return prompt.asking == "other" or (prompt.asking == "question" and draft.step_at(prompt.node).type == "text")


def _do(draft: Draft, word: str, text: str) -> bool:
    running = draft.flow is not None and draft.status == "open"
    match word:
        case "help":
            draft.reply("engine.help")
            resume(draft, draft.under())
        case "menu":
            menu(draft)
        case "language":
            ask_language(draft)
        case "person":
            hand_over(draft)
        case "stop":
            stop(draft)
        case "start_again":
            opt_in(draft)
            resume(draft, draft.under())
        case "my_data":
            draft.effects.append(TellMyData(f"my_data:{draft.turns}"))
        case "link":
            draft.effects.append(OfferLink(f"link_code:{draft.turns}"))
        case "other_person" | "who" | "erase_my_data":
            ask_who(draft, _ASKED[word])
        case "back" if running:
            back(draft)
        case "repeat" if running:
            resume(draft, draft.under())
        case "restart" if running:
            restart(draft)
        case "skip" if running:
            return _without(draft, text, refused=False)
        case "back" | "repeat" | "restart" | "skip":
            menu(draft)
        case _:
            return False
    return True


def _without(draft: Draft, text: str, *, refused: bool) -> bool:
    if draft.under() not in ("question", "other", "candidates", "confirm_other") or not _at_step(draft):
        return False
    without_answer(draft, text, "refused" if refused else "skipped")
    return True


def _at_step(draft: Draft) -> bool:
    assert draft.flow is not None
    program = draft.flow.program
    return draft.node < len(program) and isinstance(program[draft.node], Step)


def _speak(draft: Draft, code: str) -> None:
    """Changes the language, if the flow has it, and asks again in it."""
    codes, under = spoken(draft), draft.under()
    found = find_code(code, codes)
    if found is not None:
        change_language(draft, found)
    else:
        known = ", ".join(map(draft.catalogue.name_of, codes))
        draft.reply("engine.language.missing", language=draft.catalogue.name_of(code), languages=known)
    resume(draft, under)


def stop(draft: Draft) -> None:
    """No surveys, reminders or campaigns any more, until the person opts in by words."""
    draft.stopped = True
    draft.effects.append(StopContact())
    draft.reply("engine.stopped", municipality=draft.catalogue.municipality)
    if draft.flow is not None and draft.status == "open":
        close(draft, "stopped")
    draft.prompt = None


def restart(draft: Draft) -> None:
    """Closes what was answered so far as partial and begins the flow anew."""
    assert draft.flow is not None
    close(draft, "partial")
    draft.effects.append(Begin(draft.flow.flow, dict(draft.presets), anew=True))


def back(draft: Draft) -> None:
    """Goes back to the question before, to correct its answer."""
    flow = draft.flow
    assert flow is not None
    before = answered(draft)
    if draft.under() == "other":
        ask_again(draft, draft.node, draft.frames)
        return
    if _at_step(draft):
        step = draft.step_at(draft.node)
        present = key_of(step.name, draft.frames[: step.depth])
        keys = [key for key, _, _ in before]
        if present in keys:
            before = before[: keys.index(present)]
    if not before:
        draft.reply("engine.back.first", title=title(flow, draft.language))
        resume(draft, draft.under())
        return
    _, step, at = before[-1]
    ask_again(draft, flow.index[step.name], at)
