"""How simulated residents write: a choice, a number, a date, and the words that always work."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.engine.flow import Step
from bot.engine.language import Language
from bot.rehearsal.ways import written
from bot.vocabulary import Option, Outgoing, Press, Text, Value


@dataclass(frozen=True, slots=True)
class Voice:
    """What is written in one language where flow and word lists have no words: sentences around an answer, nonsense."""

    around: tuple[str, ...]
    numbers: tuple[str, ...]
    either: str
    joined: str
    open: tuple[str, ...]
    nonsense: tuple[str, ...]


SPANISH = Voice(
    around=("yo digo que {}", "{} por favor", "creo que {}", "buenas, {}", "{}, gracias"),
    numbers=("{}", "{}", "tengo {}", "son {}", "{} por favor"),
    either="{} o {}",
    joined="{} y {}",
    open=(
        "Que arreglen las veredas de mi barrio", "Falta alumbrado en la noche", "más seguridad",
        "no sabría decir bien pero hace falta agua",
        "Que nos avisen antes de hacer las obras", "los buses pasan muy de vez en cuando",
        "un parque para los niños", "todo esta bien",
        "Que publiquen en qué se gasta el dinero y que respondan cuando uno pregunta, porque nunca contestan el teléfono",
    ),
    nonsense=("???", "y eso para qué es", "quien es", "jajaja", "ahorita no puedo", "buenas tardes", "asdf"),
)  # fmt: skip

ENGLISH = Voice(
    around=("I say {}", "{} please", "I think {}", "hello, {}", "{}, thanks"),
    numbers=("{}", "{}", "I am {}", "it is {}", "{} please"),
    either="{} or {}",
    joined="{} and {}",
    open=(
        "Mend the pavements in my street", "There is no light at night", "more safety", "I could not say, but water is missing",
        "Tell us before you begin to build", "the buses hardly ever come", "a park for the children", "all is well",
        "Publish what the money is spent on, and answer when somebody asks, because nobody picks up the telephone",
    ),
    nonsense=("???", "what is this for", "who is this", "haha", "not now", "good afternoon", "asdf"),
)  # fmt: skip


def voice(code: str) -> Voice:
    """Returns the voice for a language: English for English, Spanish for any other."""
    return ENGLISH if code.startswith("en") else SPANISH


def control(language: Language, word: str, chance: random.Random) -> Text:
    """Returns one of the ways to write a word that always works, such as "help"."""
    ways: Sequence[str] = language.words.get("control", {}).get(word, ())
    return Text(chance.choice(ways[:3]) if ways else word)


def listed(language: Language, section: str, chance: random.Random) -> Text:
    """Returns one of the phrases of a section of the word lists, such as "skip"."""
    ways: Sequence[str] = language.words.get(section, ())
    return Text(chance.choice(ways[:3]) if ways else section)


def plainly(text: str) -> str:
    """Returns a text as it is typed in haste: small letters without accents."""
    parted = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in parted if unicodedata.category(c) != "Mn" or c == "\u0303"))


def misspelt(text: str, chance: random.Random) -> str:
    """Returns the text with one letter left out, doubled, or changed for its neighbour; short ones stay as they are."""
    places = [place for place in range(1, len(text) - 1) if text[place].isalpha() and text[place + 1].isalpha()]
    if len(text) < 5 or not places:
        return text
    place = chance.choice(places)
    match chance.randrange(3):
        case 0:
            return text[:place] + text[place + 1 :]
        case 1:
            return text[:place] + text[place] + text[place:]
        case _:
            return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def choosing(message: Outgoing, names: Sequence[str], way: str, step: Step | None, chance: random.Random) -> Text | Press:
    """Returns how these options of that message are chosen in that way; what a way cannot say is said by number."""
    places = [place for place, option in enumerate(message.options) if option.name in names]
    if message.wants == "rank":  # in the person's order
        order = [option.name for option in message.options]
        places = [order.index(name) for name in names]
    pressable = message.layout in {"buttons", "list"}
    if way == "press" and pressable and not (message.several and message.wants == "rank"):
        return Press(message.prompt, " ".join(message.options[place].name for place in places))
    joined = voice(message.language).joined
    if way in {"press", "number"} or len(places) > 2 or message.wants == "rank":
        numbers = [str(place + 1) for place in places]
        return Text(_listed(numbers, joined if chance.random() < 0.3 and message.wants != "rank" else "{}, {}"))
    labels = [_said(message.options[place], way, step, message.language, chance) for place in places]
    text = _listed(labels, joined)
    if way == "sentence":
        text = chance.choice(voice(message.language).around).format(text)
    return Text(misspelt(text, chance) if way == "typo" else text)


def _said(option: Option, way: str, step: Step | None, language: str, chance: random.Random) -> str:
    choice = next((one for one in step.choices if one.name == option.name), None) if step is not None else None
    words = [word for word in choice.words.get(language, ()) if not word.isdigit()] if choice is not None else []
    if way == "word" and words:
        return chance.choice(words)
    return plainly(option.label) if chance.random() < 0.6 else option.label


def _listed(parts: Sequence[str], joined: str) -> str:
    return ", ".join([*parts[:-2], joined.format(*parts[-2:])]) if len(parts) > 1 else "".join(parts)


def opened(step: Step, value: Value, language: str, chance: random.Random) -> Text:
    """Returns how the answer to an open question is written."""
    speaks = voice(language)
    if step.type == "text":
        return Text(str(value))
    text = written(step, value)
    if step.type in {"integer", "decimal", "range"}:
        return Text(chance.choice(speaks.numbers).format(text))
    return Text(text)


def valued(step: Step, known: Sequence[Value], language: str, chance: random.Random) -> Value:
    """Returns what the person answers to an open question: one of the values that pass; texts are of many kinds."""
    if step.type == "text" and step.constraint is None:
        return chance.choice(voice(language).open)
    if not known:
        return ""
    # likely values come first
    return chance.choices(known, [1 / (place + 1) for place in range(len(known))])[0]
