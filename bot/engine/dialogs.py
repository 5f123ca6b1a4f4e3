"""The product's own questions: consent, language, leaving for another flow, summary, correction, erasure, the menu.

Each lies over what the flow asks and gives way to it again.
"""

from __future__ import annotations

from bot.engine.answering import ask_again
from bot.engine.answers.words import first_word, is_word
from bot.engine.availability import open_flows
from bot.engine.candidates import answer_candidates, answer_confirmation, take_candidate, take_confirmed
from bot.engine.correcting import edit, review
from bot.engine.deeds import choose_document
from bot.engine.draft import Draft
from bot.engine.ending import ask_edit, ask_review, close
from bot.engine.flow import Step
from bot.engine.language import tongue
from bot.engine.own_words import ask_other
from bot.engine.picking import picked
from bot.engine.scope import title
from bot.engine.state import Prompt
from bot.engine.walk import go_on
from bot.vocabulary import Begin, EraseMyData, HandOver, Option, Perform, RecordConsent, ResumeContact, SetLanguage, Start


def answer_own(draft: Draft, prompt: Prompt, text: str) -> None:
    """Takes a typed answer to a question that is not a step's."""
    match prompt.asking:
        case "candidates":
            answer_candidates(draft, prompt, text)
        case "confirm_other":
            answer_confirmation(draft, prompt, text)
        case "pause":
            go_on(draft)
        case _:
            name = picked(draft, prompt, text)
            if name is None and prompt.asking == "review" and is_word(draft.listens(), "yes", text):
                name = prompt.options[0]  # a yes to the summary sends it
            if name is None:
                _not_picked(draft, prompt)
            else:
                choose_own(draft, prompt, name)


def choose_own(draft: Draft, prompt: Prompt, name: str) -> None:
    """Takes an option of a question that is not a step's."""
    if not prompt.options:  # whatever was pressed was not shown with this
        draft.reply("engine.old_button")
        resume(draft, draft.under())
        return
    if name not in prompt.options and not (prompt.asking == "review" and name.startswith("edit:")):
        _not_picked(draft, prompt)
        return
    match prompt.asking:
        case "candidates":
            take_candidate(draft, prompt, name)
        case "confirm_other":
            take_confirmed(draft, prompt, name)
        case "consent":
            _consent(draft, name == "yes")
        case "language":
            change_language(draft, name)
            resume(draft, prompt.detail["under"])
        case "leave":
            _leave(draft, prompt, name)
        case "review":
            review(draft, name)
        case "edit":
            edit(draft, name)
        case "erase":
            _erase(draft, prompt, name)
        case "menu":
            _menu(draft, prompt, name)
        case "documents":
            choose_document(draft, prompt, name)
            go_on(draft)
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
    if any(flow.kind == "request" and not flow.anonymous for flow in draft.catalogue.flows.values()):
        options.append(Option("requests", draft.speaks.say("engine.menu.requests")))
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
    elif name == "requests":
        resume_quietly(draft, under)
        draft.effects.append(Perform("my_requests", "request"))
    elif draft.flow is not None and draft.flow.flow == flow:
        resume(draft, under)
    else:
        resume_quietly(draft, under)
        draft.effects.append(Begin(flow))


def hand_over(draft: Draft) -> None:
    """A person is wanted: the desk is told, the resident hears how to reach somebody, and goes on meanwhile."""
    draft.handed_over = True
    draft.effects.append(HandOver("asked"))  # each time: whoever takes it may have ended it since, and one at a time is kept
    draft.reply("engine.handed_over")
    resume(draft, draft.under())


def opt_in(draft: Draft) -> None:
    """The person wants surveys again."""
    draft.stopped = False
    draft.effects.append(ResumeContact())
    draft.reply("engine.resumed", municipality=draft.catalogue.municipality)
