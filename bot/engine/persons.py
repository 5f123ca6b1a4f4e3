"""Several persons on one phone: who is speaking now, who takes the phone next, and by which name.

Who shares the phone is not the engine's to know, and no name may stand in a conversation's state: so it asks for them
(TellPersons) whenever it needs them, also to understand a name that somebody typed, and forgets them with the turn.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.engine.answers import Choosable, Question, Sure, fold, understand
from bot.engine.answers.words import first_word, is_word, lexicon
from bot.engine.dialogs import ask_erase, resume, resume_quietly
from bot.engine.draft import Draft
from bot.engine.language import Language
from bot.engine.state import Prompt
from bot.vocabulary import AddPerson, ChangePerson, NamePerson, Option, Result, Say, TellPersons, Value

LONGEST = 20
"""Signs of a nickname: it must stand on a button of every channel, whole."""

ASKING = frozenset({"persons", "nickname"})
"""What the prompts of this module ask."""

_BEFORE_NAME = ("i_am", "my_name")


@dataclass(frozen=True, slots=True)
class Sharer:
    """One of those who share the phone. `name` is their nickname, else "Persona 2" in the reader's language."""

    number: int
    name: str
    current: bool


# ── what is asked ────────────────────────────────────────────────────────────────────────────────────────────────────


def ask_who(draft: Draft, why: str) -> None:
    """Has it told who shares this phone: "other" (somebody else takes it), "who" (who speaks now) or "erase" (whose data go)."""
    draft.effects.append(TellPersons(f"persons:{why}"))


def told(draft: Draft, result: Result) -> None:
    """Goes on with what was asked for, now that it is known who shares the phone."""
    value = result.value if isinstance(result.value, dict) else {}
    sharers = _sharers(draft, value.get("persons"))
    most = value.get("most")
    room = len(sharers) < most if isinstance(most, int) else True
    said = str(value.get("said", ""))
    match result.effect.partition(":")[2]:
        case "who":
            _tell_who(draft, sharers, room=room)
        case "erase":
            _ask_erase(draft, sharers)
        case "pick":
            _pick(draft, sharers, said, room=room)
        case "name":
            _name_new(draft, sharers, said, room=room)
        case "rename":
            _rename(draft, sharers, said)
        case "button":
            _other_button(draft, sharers, said)
        case "called" if said.isdecimal():
            _change(draft, int(said))
        case "stopped":
            if len(sharers) > 1:
                draft.reply("engine.stopped.phone")
        case _:
            _ask_next(draft, sharers, room=room)


def greet(draft: Draft, key: str, value: Value) -> None:
    """Says to whoever has the phone now that they are the one who is talked with, and asks what their flow was asking."""
    place = value if isinstance(value, dict) else {}
    name = str(place.get("name", "")) or draft.speaks.say("engine.person.number", number=place.get("number", 1))
    draft.reply(key, name=name, word=first_word(draft.listens(), "other_person"))
    resume(draft, draft.under())


def _ask_next(draft: Draft, sharers: Sequence[Sharer], *, room: bool) -> None:
    """Who takes the phone: one of those who were here, or somebody new; where nobody else was, only their name is asked."""
    if len(sharers) < 2 and room:
        _ask_name(draft, "new")
        return
    text = draft.speaks.say("engine.person.next") if room else draft.speaks.say("engine.person.full", most=len(sharers))
    _ask(draft, text, [*_others(sharers), *_new(draft, room=room), Option("me", draft.speaks.say("engine.person.me"))])


def _tell_who(draft: Draft, sharers: Sequence[Sharer], *, room: bool) -> None:
    if len(sharers) < 2:
        draft.reply("engine.person.only", word=first_word(draft.listens(), "other_person"))
        resume(draft, draft.under())
        return
    options = [Option("me", draft.speaks.say("engine.person.me")), Option("rename", draft.speaks.say("engine.person.rename"))]
    text = draft.speaks.say("engine.person.who", name=_current(sharers).name)
    _ask(draft, text, [*options, *_others(sharers), *_new(draft, room=room)])


def _ask_name(draft: Draft, whose: str) -> None:
    none = [Option("unnamed", draft.speaks.say("engine.person.unnamed"))] if whose == "new" else []
    options = (*none, Option("me", draft.speaks.say("engine.person.me" if whose == "new" else "engine.person.as_it_is")))
    text = draft.speaks.say(f"engine.person.name.{whose}", most=LONGEST)
    draft.ask("nickname", text, step="nickname", options=options, detail={"under": draft.under(), "whose": whose})


def _other_button(draft: Draft, sharers: Sequence[Sharer], number: str) -> None:
    """A button of somebody else's question was pressed: it answers nobody's survey; who is it that has the phone?"""
    other = next((sharer for sharer in sharers if str(sharer.number) == number), None)
    if other is None:
        resume(draft, draft.under())
        return
    text = draft.speaks.say("engine.person.button", name=other.name, own=_current(sharers).name)
    _ask(draft, text, [Option(f"p:{other.number}", other.name), Option("me", draft.speaks.say("engine.person.me"))])


def _ask_erase(draft: Draft, sharers: Sequence[Sharer]) -> None:
    if len(sharers) < 2:
        ask_erase(draft)
        return
    options = tuple([Option(name, draft.speaks.say(f"engine.erase.{name}")) for name in ("mine", "phone", "nothing")])
    text = draft.speaks.say("engine.erase.which", name=_current(sharers).name, count=len(sharers))
    draft.ask_own("erase", text, options, under=draft.under())


def _ask(draft: Draft, text: str, options: Sequence[Option]) -> None:
    draft.ask("persons", text, step="persons", options=tuple(options), detail={"under": draft.under()})
    say = draft.effects[-1]
    assert isinstance(say, Say)
    draft.effects[-1] = replace(say, passing=True)


# ── what is answered ─────────────────────────────────────────────────────────────────────────────────────────────────


def hear(draft: Draft, prompt: Prompt, text: str) -> None:
    """Takes what was typed to a question of this module, and was no word that always works."""
    said = fold(text)
    if said.isdecimal() and len(said) < 4 and 1 <= int(said) <= len(prompt.options):
        choose(draft, prompt, prompt.options[int(said) - 1])
    elif prompt.asking == "persons":
        draft.effects.append(TellPersons("persons:pick", text))
    elif (option := _own_option(draft, prompt, said)) is not None:
        choose(draft, prompt, option)
    else:
        _hear_name(draft, prompt, text)


def is_without(draft: Draft, text: str) -> bool:
    """Tells whether "skip" was said to the question for a name: then it is that which is left out, not the flow's question."""
    prompt = draft.prompt
    if prompt is None or prompt.asking != "nickname":
        return False
    return any(is_word(draft.listens(), section, text) for section in ("skip", "refuse"))


def choose(draft: Draft, prompt: Prompt, name: str) -> None:
    """Takes an option of a question of this module."""
    detail: Mapping[str, Any] = prompt.detail
    if name not in prompt.options and not (prompt.asking == "nickname" and name == "unnamed"):
        ask_who(draft, "other")
    elif name == "me" or (name == "unnamed" and detail["whose"] != "new"):
        if draft.flow is None:  # nothing is asked again there, and something must be said
            draft.reply("engine.person.still")
        resume(draft, detail["under"])
    elif name == "unnamed":
        _add(draft, "")
    elif name == "new":
        _ask_name(draft, "new")
    elif name == "rename":
        _ask_name(draft, "mine")
    else:
        _change(draft, int(name.removeprefix("p:")))


def _own_option(draft: Draft, prompt: Prompt, said: str) -> str | None:
    """Returns the option that was typed: these labels are the product's own, nobody's name."""
    keys = {"unnamed": "engine.person.unnamed", "me": "engine.person.me"}
    if prompt.detail["whose"] != "new":
        keys["me"] = "engine.person.as_it_is"
    return next((name for name, key in keys.items() if name in prompt.options and fold(draft.speaks.say(key)) == said), None)


def _hear_name(draft: Draft, prompt: Prompt, text: str) -> None:
    name = nickname(draft.listens(), text)
    if not 0 < len(name) <= LONGEST or not any(sign.isalpha() for sign in name):
        draft.reply("engine.person.name.bad", most=LONGEST)
        _ask_name(draft, prompt.detail["whose"])
        return
    draft.effects.append(TellPersons("persons:name" if prompt.detail["whose"] == "new" else "persons:rename", name))


def _name_new(draft: Draft, sharers: Sequence[Sharer], name: str, *, room: bool) -> None:
    known = _named(sharers, name)
    if known is None:
        _add(draft, name) if room else _ask_next(draft, sharers, room=room)
        return
    options = [Option(f"p:{known.number}", known.name)] if not known.current else []
    new = Option("new", draft.speaks.say("engine.person.other_name"))
    _ask(
        draft,
        draft.speaks.say("engine.person.taken", name=known.name),
        [*options, new, Option("me", draft.speaks.say("engine.person.me"))],
    )


def _rename(draft: Draft, sharers: Sequence[Sharer], name: str) -> None:
    known = _named(sharers, name)
    if known is not None and not known.current:
        draft.reply("engine.person.name.taken")
        _ask_name(draft, "mine")
        return
    draft.effects.append(NamePerson(name))
    draft.reply("engine.person.named", name=name)
    resume(draft, draft.under())


def _pick(draft: Draft, sharers: Sequence[Sharer], said: str, *, room: bool) -> None:
    """Understands a name, or one of the other options, that was typed: the names were told for it anew."""
    prompt = draft.prompt
    offered = prompt.options if prompt is not None and prompt.asking == "persons" else ()
    labels = {f"p:{sharer.number}": sharer.name for sharer in sharers}
    keys = {"new": "engine.person.new", "me": "engine.person.me", "rename": "engine.person.rename"}
    labels |= {name: draft.speaks.say(key) for name, key in keys.items()}
    options = tuple([Choosable(name, labels[name], ()) for name in offered if name in labels])
    text = nickname(draft.listens(), said) or said
    match understand(Question("select_one", options), text, draft.listens(), draft.now) if options else None:
        case Sure(value=str() as name) if prompt is not None:
            choose(draft, prompt, name)
        case _:
            draft.reply("engine.person.not_known")
            _ask_next(draft, sharers, room=room)


def _add(draft: Draft, name: str) -> None:
    resume_quietly(draft, draft.under())
    draft.effects.append(AddPerson(name))


def _change(draft: Draft, number: int) -> None:
    resume_quietly(draft, draft.under())
    draft.effects.append(ChangePerson(number))


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def nickname(languages: Sequence[Language], text: str) -> str:
    """Returns the name in "soy Rosa" or "me llamo Rosa María", as it was written; the whole text where nothing stands before it.

    Signs that steer a screen or a direction of writing are left out.
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFC", text) if unicodedata.category(sign)[0] != "C" or sign == "\n")
    words = plain.split()
    before = after_words(languages, plain, *_BEFORE_NAME)
    kept = words[before:] if before < len(words) else words
    return " ".join(kept).strip(" .,;:!?¡¿\"'«»")


def after_words(languages: Sequence[Language], text: str, *sections: str) -> int:
    """Returns how many words of the text are a phrase of these sections at its beginning, 0 for none."""
    spoken = text.split()
    words = lexicon(languages)
    first = fold(spoken[0]) if spoken else ""
    if not any(first in words.opening.get(section, ()) for section in sections):
        return 0  # nearly every message: one word was looked at
    tokens = [fold(word) for word in spoken]
    return max(words.length(section, tokens, 0) for section in sections)


def _sharers(draft: Draft, value: Value | object) -> list[Sharer]:
    found = []
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, dict):
            number = int(entry["number"])
            name = str(entry["name"]) or draft.speaks.say("engine.person.number", number=number)
            found.append(Sharer(number, name, bool(entry["current"])))
    return found or [Sharer(1, draft.speaks.say("engine.person.number", number=1), current=True)]


def _current(sharers: Sequence[Sharer]) -> Sharer:
    return next((sharer for sharer in sharers if sharer.current), sharers[0])


def _others(sharers: Sequence[Sharer]) -> list[Option]:
    return [Option(f"p:{sharer.number}", sharer.name) for sharer in sharers if not sharer.current]


def _new(draft: Draft, *, room: bool) -> list[Option]:
    return [Option("new", draft.speaks.say("engine.person.new"))] if room else []


def _named(sharers: Sequence[Sharer], name: str) -> Sharer | None:
    return next((sharer for sharer in sharers if fold(sharer.name) == fold(name)), None)
