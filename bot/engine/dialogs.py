"""The product's own questions: consent, language, leaving for another flow, summary, correction, erasure, the menu.

Each lies over what the flow asks and gives way to it again.
"""

from __future__ import annotations

from bot.engine.answering import (
    accept,
    answer_text,
    ask_again,
    ask_back,
    ask_other,
    react,
    read,
    take_other,
)
from bot.engine.answers import AskBack, Choosable, Question, Sure, fold, understand
from bot.engine.answers.words import first_word
from bot.engine.availability import open_flows
from bot.engine.draft import Draft
from bot.engine.ending import answered, ask_edit, ask_review, close
from bot.engine.flow import Step
from bot.engine.language import tongue
from bot.engine.scope import title
from bot.engine.state import Prompt
from bot.engine.walk import go_on
from bot.vocabulary import Begin, EraseMyData, HandOver, Option, RecordConsent, ResumeContact, SetLanguage, Start


def picked(draft: Draft, prompt: Prompt, text: str) -> str | None:
    """Returns the option of a question of the product's own that this text means, None where it means none surely."""
    labels = prompt.detail["labels"]
    cut = {name: label for label, name in prompt.cut.items()}
    options = tuple([Choosable(name, label, (), cut.get(name, "")) for name, label in zip(prompt.options, labels, strict=True)])
    if not options:
        return None
    match understand(Question("select_one", options), text, draft.listens(), draft.now):
        case Sure(value=str() as name):
            return name
        case _:
            return None


def answer_own(draft: Draft, prompt: Prompt, text: str) -> None:
    """Takes a typed answer to a question that is not a step's."""
    match prompt.asking:
        case "candidates":
            _candidates(draft, prompt, text)
        case "confirm_other":
            _confirm_other(draft, prompt, text)
        case "pause":
            go_on(draft)
        case _:
            name = _numbered_correction(draft, prompt, text) or picked(draft, prompt, text)
            if name is None:
                _not_picked(draft, prompt)
            else:
                choose_own(draft, prompt, name)


def choose_own(draft: Draft, prompt: Prompt, name: str) -> None:
    """Takes an option of a question that is not a step's."""
    if name not in prompt.options and not (prompt.asking == "review" and name.startswith("edit:")):
        _not_picked(draft, prompt)
        return
    match prompt.asking:
        case "candidates":
            _take_candidate(draft, prompt, name)
        case "confirm_other":
            _take_confirmed(draft, prompt, name)
        case "consent":
            _consent(draft, name == "yes")
        case "language":
            change_language(draft, name)
            resume(draft, prompt.detail["under"])
        case "leave":
            _leave(draft, prompt, name)
        case "review":
            _review(draft, name)
        case "edit":
            _edit(draft, name)
        case "erase":
            _erase(draft, prompt, name)
        case "menu":
            _menu(draft, prompt, name)
        case _:
            go_on(draft)


def _not_picked(draft: Draft, prompt: Prompt) -> None:
    """Says that this was none of the options, and shows them again."""
    draft.tries += 1
    options = tuple([Option(name, label) for name, label in zip(prompt.options, prompt.detail["labels"], strict=True)])
    draft.ask(
        prompt.asking,
        draft.speaks.say("engine.pick"),
        step=prompt.asking,
        node=prompt.node,
        at=prompt.at,
        options=options,
        detail=prompt.detail,
    )


def resume(draft: Draft, under: str) -> None:
    """Asks again what the flow was asking; in the lobby nothing is asked, so nothing is said."""
    if draft.flow is None or draft.status != "open":
        draft.prompt = None
        return
    match under:
        case "other":
            ask_other(draft, draft.node, draft.frames)
        case "review":
            ask_review(draft)
        case "edit":
            ask_edit(draft)
        case "question" | "candidates" | "confirm_other" if _is_question(draft):
            ask_again(draft, draft.node, draft.frames)
        case _:
            go_on(draft)


def _is_question(draft: Draft) -> bool:
    assert draft.flow is not None
    return draft.node < len(draft.flow.program) and isinstance(draft.flow.program[draft.node], Step)


# ── one each ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _candidates(draft: Draft, prompt: Prompt, text: str) -> None:
    """The reply to a question back: one of the candidates, or else a fresh answer to the question."""
    name = picked(draft, prompt, text)
    if name is not None:
        _take_candidate(draft, prompt, name)
        return
    original = Prompt(prompt.number, "question", prompt.node, prompt.at, tuple(prompt.detail["options"]), {}, prompt.language)
    answer_text(draft, original, text)


def _take_candidate(draft: Draft, prompt: Prompt, name: str) -> None:
    detail = prompt.detail
    if detail["single"]:
        if name == "yes":
            accept(draft, prompt.node, prompt.at, detail["raw"], detail["values"][0])
        else:
            ask_again(draft, prompt.node, prompt.at)
        return
    accept(draft, prompt.node, prompt.at, detail["raw"], detail["values"][int(name) - 1])


def _confirm_other(draft: Draft, prompt: Prompt, text: str) -> None:
    name = picked(draft, prompt, text)
    if name is not None:
        _take_confirmed(draft, prompt, name)
        return
    original = Prompt(prompt.number, "question", prompt.node, prompt.at, tuple(prompt.detail["options"]), {}, prompt.language)
    reading = read(draft, original, text)
    if isinstance(reading, AskBack):
        ask_back(draft, original, text, reading)
    else:
        react(draft, original, text, reading)


def _take_confirmed(draft: Draft, prompt: Prompt, name: str) -> None:
    if name == "yes":
        take_other(draft, prompt, prompt.detail["raw"], prompt.detail["words"])
    else:
        ask_again(draft, prompt.node, prompt.at)


def _consent(draft: Draft, given: bool) -> None:
    flow = draft.flow
    assert flow is not None
    consent = draft.catalogue.consents[flow.consent]
    draft.effects.append(RecordConsent(consent.name, consent.version, draft.language, consent.purpose, consent.days, given))
    if given:
        draft.consented = (*draft.consented, f"{consent.name}@{consent.version}")
    else:
        draft.declined = (*draft.declined, consent.name)
        draft.reply("engine.consent.declined")
    go_on(draft)


def ask_language(draft: Draft) -> None:
    """Asks in which language to go on."""
    options = tuple([Option(code, draft.catalogue.name_of(code)) for code in spoken(draft)])
    if len(options) < 2:
        draft.reply("engine.language.only", language=options[0].label if options else draft.speaks.name)
        resume(draft, draft.under())
        return
    draft.ask_own("language", draft.speaks.say("engine.language"), options, under=draft.under())


def spoken(draft: Draft) -> tuple[str, ...]:
    """Returns the languages that may be asked for: the flow's; outside flows those of open ones, and those that are whole."""
    if draft.flow is not None:
        return draft.flow.languages
    codes: dict[str, str] = {}
    for code, language in draft.catalogue.languages.items():
        if language.whole:
            codes.setdefault(tongue(code), code)
    for flow in open_flows(draft.catalogue, draft.now):
        for code in flow.languages:
            codes.setdefault(tongue(code), code)
    return tuple(codes.values())


def change_language(draft: Draft, code: str) -> None:
    """Speaks that language from now on and says so in it."""
    draft.speak(code)
    draft.effects.append(SetLanguage(code))
    draft.reply("engine.language.changed", language=draft.catalogue.name_of(code))


def ask_leave(draft: Draft, start: Start) -> None:
    """Asks whether to leave this flow for another."""
    assert draft.flow is not None
    other = draft.catalogue.current(start.flow)
    text = draft.speaks.say(
        "engine.leave",
        title=title(draft.flow, draft.language),
        other=title(other, draft.language) if other else start.flow,
    )
    draft.ask_own("leave", text, draft.yes_no(), under=draft.under(), flow=start.flow, presets=dict(start.presets))


def _leave(draft: Draft, prompt: Prompt, name: str) -> None:
    if name == "yes":
        resume_quietly(draft, prompt.detail["under"])
        draft.effects.append(Begin(prompt.detail["flow"], prompt.detail.get("presets", {})))
    else:
        resume(draft, prompt.detail["under"])


def resume_quietly(draft: Draft, under: str) -> None:
    """Puts the flow's own question back on the screen's memory without saying it: the person goes elsewhere for now."""
    said = len(draft.effects)
    resume(draft, under)
    del draft.effects[said:]


def _review(draft: Draft, name: str) -> None:
    if name.startswith("edit:"):
        _edit(draft, name.removeprefix("edit:"))
    elif name == "correct":
        ask_edit(draft)
    else:
        draft.reviewed = True
        go_on(draft)


def _numbered_correction(draft: Draft, prompt: Prompt, text: str) -> str | None:
    """Reads "corregir 3" on the summary: the third line is to be corrected."""
    if prompt.asking != "review":
        return None
    verb = fold(draft.speaks.say("engine.review.correct")).split(" ")[0]
    words = fold(text).split()
    if len(words) != 2 or words[0] != verb or not words[1].isdecimal():
        return None
    keys = [key for key, _, _ in answered(draft)]
    number = int(words[1][:6])
    return f"edit:{keys[number - 1]}" if 1 <= number <= len(keys) else None


def _edit(draft: Draft, key: str) -> None:
    flow = draft.flow
    assert flow is not None
    if key == "none":
        if draft.finished:
            draft.reply("engine.edit.nothing")
            close(draft, "completed")
        else:
            go_on(draft)
        return
    name, *instance = key.split("/")
    ask_again(draft, flow.index[name], tuple(map(int, instance)))


def ask_erase(draft: Draft) -> None:
    """Asks whether to erase everything that is kept about this person."""
    draft.ask_own("erase", draft.speaks.say("engine.erase"), draft.yes_no(), under=draft.under())


def _erase(draft: Draft, prompt: Prompt, name: str) -> None:
    if name in ("no", "nothing"):
        draft.reply("engine.erase.kept")
        resume(draft, prompt.detail["under"])
        return
    draft.reply("engine.erased.phone" if name == "phone" else "engine.erased")
    if draft.flow is not None and draft.status == "open":
        close(draft, "stopped")
    draft.prompt = None
    draft.effects.append(EraseMyData(phone=name == "phone"))


def menu(draft: Draft) -> None:
    """Shows what one can do here: the open flows, the language, a person."""
    flows = open_flows(draft.catalogue, draft.now)
    options = [Option(f"flow:{flow.flow}", title(flow, draft.language)) for flow in flows]
    if len(spoken(draft)) > 1:
        options.append(Option("language", draft.speaks.say("engine.menu.language")))
    options.append(Option("person", draft.speaks.say("engine.menu.person")))
    key = "engine.menu" if flows else "engine.menu.nothing"
    draft.ask_own("menu", draft.speaks.say(key, municipality=draft.catalogue.municipality), tuple(options), under=draft.under())


def offer_others(draft: Draft) -> None:
    """Says which flows one may begin, to whoever cannot go on in this one; nothing where there are none."""
    flows = open_flows(draft.catalogue, draft.now)
    if flows:
        titles = ", ".join(f"«{title(flow, draft.language)}»" for flow in flows)
        draft.reply("engine.closed.others", titles=titles, word=first_word(draft.listens(), "menu"))


def _menu(draft: Draft, prompt: Prompt, name: str) -> None:
    under = prompt.detail["under"]
    flow = name.removeprefix("flow:")
    if name == "language":
        ask_language(draft)
    elif name == "person":
        hand_over(draft)
    elif draft.flow is not None and draft.flow.flow == flow:
        resume(draft, under)
    else:
        resume_quietly(draft, under)
        draft.effects.append(Begin(flow))


def hand_over(draft: Draft) -> None:
    """A person is wanted: the desk is told, the resident hears how to reach somebody, and goes on meanwhile."""
    if not draft.handed_over:
        draft.handed_over = True
        draft.effects.append(HandOver("asked"))
    draft.reply("engine.handed_over")
    resume(draft, draft.under())


def opt_in(draft: Draft) -> None:
    """The person wants surveys again."""
    draft.stopped = False
    draft.effects.append(ResumeContact())
    draft.reply("engine.resumed", municipality=draft.catalogue.municipality)
